import { hour, minute } from '../../../domain/duration.ts'
import type { SendWithToken, Target, TargetResponse } from '../../kit/target.ts'

/** An access token. It is kept in memory only. */
export type AccessToken = {
  readonly kind: 'token'
  readonly text: string
  /** By the job's clock, in milliseconds, as is the expiry. */
  readonly obtainedAt: number
  readonly expiresAt: number
}

export type NoToken = Extract<TargetResponse, { readonly kind: 'none' }>

export type Credentials = {
  current(): Promise<AccessToken | NoToken>
  /** A token instead of one that the endpoint refused; undefined if none is to be requested. */
  replace(refused: AccessToken): Promise<AccessToken | NoToken | undefined>
}

export function secretToken(text: string): Credentials {
  const token: AccessToken = {
    kind: 'token',
    text,
    obtainedAt: Number.NEGATIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
  }
  return { current: async () => token, replace: async () => undefined }
}

/** Sends each request with the current token, and once more with another after a 401 if the credentials have one. */
export function withCredentials(send: SendWithToken, credentials: Credentials): Target {
  return async request => {
    const token = await credentials.current()
    if (token.kind === 'none') return token
    const response = await send(request, token.text)
    if (response.kind === 'none' || response.status !== 401) return response
    const next = await credentials.replace(token)
    if (next === undefined) return response
    return next.kind === 'none' ? next : send(request, next.text)
  }
}

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
