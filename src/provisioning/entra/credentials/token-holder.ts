import { hour, minute } from '../../../domain/duration.ts'
import type { AccessToken, Credentials, NoToken } from './credentials.ts'

export type IssuedToken = {
  readonly kind: 'issued'
  readonly text: string
  /** Seconds; undefined if the response has no `expires_in`. */
  readonly expiresIn: number | undefined
}

/** Requests a token. Never rejects. */
export type RequestToken = () => Promise<IssuedToken | NoToken>

type TokenHolderOptions = {
  /** The job's clock, in milliseconds. */
  readonly clock: () => number
  /** Requests another token after a 401. It is unknown whether Entra does. */
  readonly refreshOn401: boolean
}

const minValidity = 5 * minute

/** A token that is refused at a younger age would be refused again. */
const minAgeToReplace = minute

/** RFC 6749 §5.1 leaves the lifetime open without `expires_in`: the shortest that Microsoft's gallery accepts. */
const assumedLifetime = hour

/** Holds a token until it is about to expire. All that need a new one at the same time share one request. */
export function holdToken(requestToken: RequestToken, options: TokenHolderOptions): Credentials {
  const { clock, refreshOn401 } = options
  let held: AccessToken | undefined
  let pending: Promise<AccessToken | NoToken> | undefined

  const obtain = async (): Promise<AccessToken | NoToken> => {
    held = undefined
    const issued = await requestToken()
    if (issued.kind === 'none') return issued
    const { text, expiresIn } = issued
    const obtainedAt = clock()
    const lifetime = expiresIn === undefined ? assumedLifetime : expiresIn * 1000
    held = { kind: 'token', text, obtainedAt, expiresAt: obtainedAt + lifetime }
    return held
  }
  const obtainOnce = () => {
    pending ??= obtain().finally(() => {
      pending = undefined
    })
    return pending
  }

  return {
    current: async () => (held && held.expiresAt - clock() >= minValidity ? held : obtainOnce()),
    async replace(refused) {
      if (!refreshOn401) return undefined
      // Another request has replaced it, or is about to.
      if (held && held !== refused) return held
      if (pending) return pending
      return clock() - refused.obtainedAt > minAgeToReplace ? obtainOnce() : undefined
    },
  }
}
