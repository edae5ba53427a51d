import { deliveryHeaders, type SigningKey } from './signature.ts'

/** What came of one attempt; `reason` where it didn't arrive. */
export type Posted = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

/** JSON for one or more URLs. Every attempt to deliver it has the same id, by which receivers know it again. */
export type Message = { readonly id: string; readonly body: string }

/** Tries once to deliver a message. Returns what came of it, and never throws. */
export type Post = (url: string, message: Message, stop: AbortSignal) => Promise<Posted>

const patience = 10_000

/** Posts by fetch, signed with each of the keys. */
export const createPost =
  (keys: readonly SigningKey[]): Post =>
  async (url, message, stop) => {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Scimulator',
          ...deliveryHeaders(keys, message, Date.now()),
        },
        body: message.body,
        // Where it leads nobody has said that anything may be sent.
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(patience)]),
      })
      await answer.body?.cancel()
      const { ok, status } = answer
      return ok ? { ok, status } : { ok, status, reason: `it answered with status ${status}` }
    } catch (error) {
      return { ok: false, reason: reasonOf(error) }
    }
  }

// Not the message, in which the URL may stand.
function reasonOf(error: unknown): string {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return 'it did not answer within 10 seconds'
  const code = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'it could not be reached'
}
