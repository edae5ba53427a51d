const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Invisible, and no space: keeps what stands on its two sides from being read as one token. */
const wordJoiner = '\u2060'

/**
 * A sentence that quotes clients, such that chat programs show it and do nothing else: no markup, link, mention or line of
 * its own. Slack, Teams and their like read entities for `&`, `<` and `>` in the text of a message.
 */
export const escapeForChat = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/[&<>]/g, character => entities[character] ?? '')
    .replaceAll('://', `:${wordJoiner}//`)
    .replaceAll('](', `]${wordJoiner}(`)
    .replace(/\bwww\./gi, found => `${found.slice(0, -1)}${wordJoiner}.`)
    // But for the letter before it, chat programs take it for a mention; addresses stay as they are.
    .replace(/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu, `@${wordJoiner}`)

/** What a webhook is told. */
export type WebhookEvent = {
  readonly type: 'first-contact' | 'failure' | 'finding' | 'token-expiry' | 'test'
  /** The id of the tenant; absent when none is known. */
  readonly tenant?: string
  /** What happened, in words. */
  readonly text: string
  /** Where the console shows it: a path there. */
  readonly page?: string
  /** What programs may want to know besides. */
  readonly facts?: Readonly<Record<string, string | number>>
}

/** Tells all webhooks; never waits, never throws. */
export type Notify = (notice: WebhookEvent) => void

/**
 * The notice as it is posted. `text` is where chat programs look for the words, so what clients wrote is made harmless
 * there; programs find it unchanged in the facts. `at` is the machine's time.
 */
export const eventBody = (
  { type, tenant, text, page, facts }: WebhookEvent,
  at: number,
  console: string | undefined,
): string =>
  JSON.stringify({
    type,
    at: new Date(at).toISOString(),
    tenant,
    text: escapeForChat(text),
    ...facts,
    link: console === undefined || page === undefined ? undefined : console + page,
  })
