import { plainText } from './plain-text.ts'

/** What a webhook is told. */
export type Notice = {
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
export type Notify = (notice: Notice) => void

/**
 * The notice as it is posted. `text` is where chat programs look for the words, so what clients wrote is made harmless
 * there; programs find it unchanged in the facts. `at` is the machine's time.
 */
export const noticeBody = (
  { type, tenant, text, page, facts }: Notice,
  at: number,
  console: string | undefined,
): string =>
  JSON.stringify({
    type,
    at: new Date(at).toISOString(),
    tenant,
    text: plainText(text),
    ...facts,
    link: console === undefined || page === undefined ? undefined : console + page,
  })
