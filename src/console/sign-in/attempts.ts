import { attemptLifetime } from './cookies.ts'
import type { Checks } from './provider.ts'
import { createSeal } from './seal.ts'

export type Attempt = Checks & {
  readonly returnPath: string
  readonly person?: { readonly issuer: string; readonly subject: string }
}

type Expiring<Value> = { readonly value: Value; readonly expires: number }

export type Attempts = {
  seal(attempt: Attempt): string
  /** The first of these values that is an attempt and has not expired. */
  open(values: readonly string[]): Attempt | undefined
  sealMove(returnPath: string): string
  openMove(text: string): string | undefined
}

const moveLifetime = 60_000

/**
 * Sign-ins in progress. The browser keeps them, encrypted, so that any instance over the database can complete them, and
 * starting many uses no memory. A code can be redeemed once only, and its verifier is in the cookie.
 */
export function createAttempts(key: () => Buffer, clock: () => number): Attempts {
  const attempts = createSeal(key, 'sign-in')
  const moves = createSeal(key, 'move')
  const expiring = <Value>(value: Value, lifetime: number): Expiring<Value> => ({
    value,
    expires: clock() + lifetime,
  })
  const valid = <Value>(opened: unknown): Value | undefined => {
    const { value, expires } = (opened ?? { expires: 0 }) as Expiring<Value>
    return expires > clock() ? value : undefined
  }
  return {
    seal: attempt => attempts.seal(expiring(attempt, attemptLifetime * 1000)),
    open: values => values.map(value => valid<Attempt>(attempts.open(value))).find(Boolean),
    sealMove: returnPath => moves.seal(expiring(returnPath, moveLifetime)),
    openMove: text => valid<string>(moves.open(text)),
  }
}
