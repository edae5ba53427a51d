import type { Json } from '../scim/json.ts'

/** A request of the provisioning service, relative to the tenant URL. */
export type WireRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query as they go over the wire: `/Users?filter=userName+eq+%22marge%22`. */
  readonly path: string
  readonly body?: Json
}

/** What came back, as far as it could be read. */
export type WireAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** The body as JSON; undefined when it is empty or isn't JSON. */
      readonly body: Json | undefined
      /** The body as text, for the log: Entra quotes it. */
      readonly text: string
      readonly mediaType: string
      /** Seconds of `Retry-After`, if it was sent as such. */
      readonly retryAfter?: number
    }
  /** No answer that could be read: refused connection, time-out, cut off in the middle, too large. */
  | {
      readonly kind: 'none'
      readonly reason: 'timeout' | 'connection' | 'too large'
      readonly text: string
    }
