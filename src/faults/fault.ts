import type { OperationName } from '../profiles/profile.ts'

export type FaultMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Which requests a fault strikes: those to which everything that is given applies. */
export type FaultMatch = {
  /** The id of the tenant. */
  readonly tenant?: string
  readonly methods?: readonly FaultMethod[]
  /** The name of a resource type, in any case: `User`. */
  readonly type?: string
  readonly operations?: readonly OperationName[]
  /** Part of the URL or of the body, in any case. */
  readonly text?: string
  /** Passes over so many that match first. */
  readonly skip?: number
  /** Strikes only each so many-th one that matches. */
  readonly every?: number
}

/** What becomes of the answer. */
export type FaultEffect =
  /** The request isn't carried out. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly detail?: string
      /** Seconds. */
      readonly retryAfter?: number
    }
  /** The request is carried out so much later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The connection is cut: before the request is carried out, or after, so that its answer is lost. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** The request is carried out, and half of the answer's body sent. */
  | { readonly kind: 'truncate' }
  /** The request is carried out, and something else is sent in the answer's place. */
  | { readonly kind: 'body'; readonly body: string; readonly mediaType: string; readonly status?: number }
  /** The request is refused as with a token that has expired. */
  | { readonly kind: 'token-expired' }

export type NewFault = {
  /** What people call it. */
  readonly name?: string
  readonly match: FaultMatch
  readonly effect: FaultEffect
  /** Disarms itself after so many strikes; without it it stays armed. */
  readonly times?: number
}

/** An answer to be spoiled on purpose. Faults are held in memory: a start begins with none. */
export type Fault = NewFault & {
  readonly id: string
  /** What it does, in words: "PATCH of users: 429, Retry-After 30". */
  readonly words: string
  /** The machine's time in milliseconds since 1970. */
  readonly armed: number
  readonly strikes: number
  readonly lastStrike?: number
}
