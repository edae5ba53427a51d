import { exactFetch } from '../kit/exact-fetch.ts'
import { httpTarget } from '../kit/http-target.ts'
import type { Target, TargetRequest } from '../kit/target.ts'

/** Milliseconds after which Okta closes the socket (Okta's SCIM FAQ). */
export const oktaTimeout = 60_000

/** The headers of Okta's requests, in the order of those that its engineers published (okta-blog-archive#1956). */
const headersOf = ({ body }: TargetRequest, token: string): Record<string, string> => ({
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  ...(body !== undefined && { 'Content-Type': 'application/scim+json; charset=utf-8' }),
  'User-Agent': 'Okta SCIM Client 1.0.0',
  Authorization: `Bearer ${token}`,
})

const lastHeaders = { Connection: 'Keep-Alive', 'Accept-Encoding': 'gzip,deflate' }

type OktaTargetOptions = {
  readonly url: string
  readonly token: string
  readonly timeout?: number
}

/** A SCIM endpoint over HTTP, with Okta's headers. Throws a TypeError for an invalid URL. */
export const oktaTarget = ({ url, token, timeout = oktaTimeout }: OktaTargetOptions): Target =>
  httpTarget({ tenantUrl: url, token, timeout, headers: headersOf, fetch: exactFetch(lastHeaders) })
