import type { WebhookEventType } from '../../domain/ports/deliveries.ts'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Invisible, no space: keeps the characters on both sides from being parsed as one token. */
const wordJoiner = '\u2060'

/** Slack and Teams read entities for `&`, `<` and `>`; client data must not become markup, links or mentions. */
export const escapeForChat = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/[&<>]/g, character => entities[character] ?? '')
    .replaceAll('://', `:${wordJoiner}//`)
    .replaceAll('](', `]${wordJoiner}(`)
    .replace(/\bwww\./gi, found => `${found.slice(0, -1)}${wordJoiner}.`)
    // A mention has no letter before it; e-mail addresses are unchanged.
    .replace(/(?<![\p{L}\p{N}_])@(?=[\p{L}\p{N}])/gu, `@${wordJoiner}`)

export type WebhookEvent = {
  readonly type: WebhookEventType
  readonly tenant?: string
  readonly text: string
  readonly page?: string
  readonly facts?: Readonly<Record<string, string | number>>
}

/** Queues an event for all webhooks. Never throws. */
export type Notify = (event: WebhookEvent) => void

/** Client data is escaped in `text` only, which chat programs display. `at` is in milliseconds since 1970. */
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
