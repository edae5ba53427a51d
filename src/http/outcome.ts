import type { MaybePromise } from '../event-loop/maybe-promise.ts'
import type { Intent } from '../journal/description.ts'
import type { ExchangeTarget } from '../journal/exchange.ts'
import { type Caller, UnreadableBody } from './request.ts'

/** The response of an operation, before the profile's headers are added. The body is JSON text. */
export type ScimResponse = {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Absent: the profile's. */
  readonly mediaType?: string
}

/** What a request is about. The journal describes it in words. */
export type Subject = { readonly intent: Intent; readonly target?: ExchangeTarget }

/** A request with its response. `rule` is the rule of the profile that it violated. */
export type Handled = Subject & { readonly response: ScimResponse; readonly rule?: string }

/** A request that ended with an error, before the error is formatted by the profile. */
export type Failed = Subject & { readonly error: unknown }

export type Outcome = Handled | Failed

/** A handled request and its caller when the response was made; the tenant may have changed since authentication. */
export type Completed = Handled & { readonly caller: Caller }

/** The subject of a request that could not be read. */
export const unreadable: Subject = { intent: { kind: 'malformed' } }

/** Calls a handler. An error that it throws is returned with the subject. */
export function handle(subject: Subject, handler: () => MaybePromise<Outcome>): MaybePromise<Outcome> {
  const fail = (error: unknown): Outcome =>
    error instanceof UnreadableBody ? { ...unreadable, error: error.cause } : { ...subject, error }
  try {
    const outcome = handler()
    return outcome instanceof Promise ? outcome.catch(fail) : outcome
  } catch (error) {
    return fail(error)
  }
}
