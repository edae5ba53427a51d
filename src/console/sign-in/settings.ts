import { readDuration } from '../../domain/duration.ts'
import { isLocalName } from '../../domain/outbound/addresses.ts'
import { urlProblem } from '../../domain/tenants/issuers.ts'
import type { RoleConditions } from './person.ts'

/** Durations are in milliseconds. */
export type SignInSettings = RoleConditions & {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string
  /** The audience of access tokens that the console API accepts; absent if it accepts none. */
  readonly audience?: string
  readonly recent: number
  readonly acr?: string
  readonly session: number
}

/** The lifetime of the longest session: the console does not learn of a sign-out elsewhere. */
export const maxSession = 8 * 60 * 60_000

// Issuers of Entra ID for any directory: everyone could give themselves a role in one of their own.
const sharedIssuer =
  /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/(common|organizations|consumers)\b/i

export function checkIssuer(text: string): void {
  const problem = urlProblem(text)
  if (problem !== undefined) throw new Error(problem)
  if (/[?]/.test(text)) throw new Error('must not have a query')
  if (sharedIssuer.test(text)) {
    throw new Error('must name one directory, as https://login.microsoftonline.com/{tenant id}/v2.0 does')
  }
}

/** The origin of the console's URL. Throws an error with the mistake. */
export function readConsoleUrl(text: string): string {
  const url = URL.parse(text)
  const isOrigin = url !== null && url.href === `${url.origin}/` && /^https?:$/.test(url.protocol)
  if (!isOrigin) throw new Error('must be a URL without a path, such as https://console.example')
  if (url.protocol === 'http:' && !isLocalName(url.hostname)) {
    throw new Error(
      'must begin with https://, because sessions would be sent unencrypted; http:// is for localhost',
    )
  }
  return url.origin
}

/** Milliseconds of a duration such as `5m`. Throws an error with the mistake. */
export function readSignInDuration(text: string): number {
  const milliseconds = readDuration(text)
  if (milliseconds === undefined || milliseconds < 1000 || milliseconds > maxSession) {
    throw new Error('must be a duration such as 5m, at most 8h')
  }
  return milliseconds
}

/** Throws an error with the mistake. The value is sent in headers and URLs. */
export function checkAcr(text: string): void {
  if (/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(text)) return
  throw new Error('must be one value such as c1, without spaces or quotation marks')
}
