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
