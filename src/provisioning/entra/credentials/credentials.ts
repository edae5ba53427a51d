import type { SendWithToken, Target, TargetResponse } from '../../kit/target.ts'

/** An access token. It is kept in memory only. */
export type AccessToken = {
  readonly kind: 'token'
  readonly text: string
  /** By the job's clock, in milliseconds, as is the expiry. */
  readonly obtainedAt: number
  readonly expiresAt: number
}

/** Why there is no access token: `credentials refused` or `no access token`. */
export type NoToken = Extract<TargetResponse, { readonly kind: 'none' }>

/** How a job authenticates at the SCIM endpoint. */
export type Credentials = {
  /** A token for the next request: the held one while it is good, otherwise a new one. */
  current(): Promise<AccessToken | NoToken>
  /** A token instead of one that the endpoint refused; undefined if none is to be requested. */
  replace(refused: AccessToken): Promise<AccessToken | NoToken | undefined>
}

/** The Secret Token of the provisioning page: always the same. */
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
