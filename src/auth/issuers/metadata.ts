import { isLoopbackUrl, urlProblem } from '../../domain/tenants/issuers.ts'
import { isObject, type JsonObject } from '../../scim/json.ts'
import { IssuerFetchError, type SafeFetch } from './safe-fetch.ts'

/** OpenID Connect Discovery §4 appends the path; RFC 8414 §3 inserts it behind the host. */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname, search } = new URL(issuer)
  const path = pathname.replace(/\/+$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration${search}`,
    `${origin}/.well-known/oauth-authorization-server${path}${search}`,
  ]
}

/** Rejects with `IssuerFetchError`. */
export async function discoverKeys(issuer: string, { json }: Pick<SafeFetch, 'json'>): Promise<string> {
  const problem = urlProblem(issuer)
  if (problem) throw new IssuerFetchError(problem, false)
  let failure: unknown
  for (const url of metadataUrls(issuer)) {
    try {
      return keysIn(await json(url), issuer)
    } catch (error) {
      failure ??= error
      // The other document is on the same server.
      if (!(error instanceof IssuerFetchError) || !error.reached) break
    }
  }
  throw failure
}

function keysIn(document: unknown, issuer: string): string {
  if (!isObject(document)) throw invalid('The metadata are not a JSON object.')
  // Otherwise one issuer could speak for another (RFC 8414 §3.3).
  if (document.issuer !== issuer) throw invalid('The metadata are of another issuer than this one.')
  return keysUrl(document, issuer)
}

function keysUrl({ jwks_uri: url }: JsonObject, issuer: string): string {
  if (typeof url !== 'string') throw invalid('The metadata have no jwks_uri.')
  const problem = urlProblem(url)
  if (problem) throw invalid(`The jwks_uri of the metadata is not allowed. ${problem}`)
  if (isLoopbackUrl(url) && !isLoopbackUrl(issuer)) {
    throw invalid('The jwks_uri of the metadata is not allowed. Only an issuer on this machine may name it.')
  }
  return url
}

const invalid = (message: string) => new IssuerFetchError(message, true)
