import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, fail, formatValue, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { objectsIn, valueIn } from '../steps/attributes.ts'
import { authorizationCheck } from './areas.ts'

const wellKnown = '/.well-known/oauth-authorization-server'

/** RFC 8414 §3.1: between the host and the path of the issuer. */
function metadataUrl(issuer: string): string {
  const { origin, pathname, search } = new URL(issuer)
  return `${origin}${wellKnown}${pathname.replace(/\/$/, '')}${search}`
}

/** The server names these URLs: only https is requested, or where the user sends requests anyway. */
function isSafe(
  text: Json | undefined,
  { service, authorization: { issuer } }: CheckContext,
): text is string {
  const url = typeof text === 'string' ? URL.parse(text) : null
  const known = [service.url, ...(issuer === undefined ? [] : [issuer])].map(one => new URL(one).origin)
  return url !== null && (url.protocol === 'https:' || known.includes(url.origin))
}

const linkedMetadata = (context: CheckContext): readonly string[] =>
  objectsIn(context.service.config, 'authenticationSchemes')
    .flatMap(({ documentationUri, specUri }) => [documentationUri, specUri])
    .filter(link => isSafe(link, context))
    .filter(link => link.includes(wellKnown))

/** Issuers that have the SCIM root below them: `https://host/acme/scim/v2`, `https://host/acme/scim`, … */
function issuersAbove(url: string): readonly string[] {
  const { origin, pathname } = new URL(url)
  const parts = pathname.split('/').filter(part => part !== '')
  return [...parts.keys(), parts.length]
    .reverse()
    .map(length => [origin, ...parts.slice(0, length)].join('/'))
}

type Metadata = JsonObject & { readonly issuer: string; readonly token_endpoint: string }

/** The metadata of the issuer in the options, or of a link of the server, or else of an issuer with the host of the SCIM root. */
async function readMetadata(context: CheckContext): Promise<Metadata> {
  const { issuer } = context.authorization
  const linked = linkedMetadata(context)
  const guessed = linked.length > 0 ? linked : issuersAbove(context.service.url).map(metadataUrl)
  const urls = issuer === undefined ? [...new Set(guessed)] : [metadataUrl(issuer)]
  let response: ScimResponse | undefined
  for (const url of urls) {
    response = await context.elsewhere(url)
    if (response.status === 200 && valueIn(response.body, 'issuer') !== undefined) break
  }
  if (response?.status !== 200)
    fail(
      `metadata at ${urls[0]}${urls.length > 1 ? ` or above (${urls.length} URLs)` : ''}`,
      `status ${response?.status}`,
      response,
    )
  const body = isObject(response?.body) ? response.body : {}
  const { issuer: named, token_endpoint } = body
  expectThat(isSafe(named, context), 'issuer as an https URL', named, response)
  expectThat(isSafe(token_endpoint, context), 'token_endpoint as an https URL', token_endpoint, response)
  return { ...body, issuer: named, token_endpoint }
}

const listed = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

const metadata = 'ipsie/authorization/metadata'
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const authorizationChecks: readonly Check[] = [
  authorizationCheck('metadata', 'AL-A03', '4.1', 'MUST', {
    description:
      'The authorization server publishes its metadata with a token_endpoint, at the URL of its issuer.',
    rationale: 'The identity provider reads there where it gets its tokens.',
    remedy:
      'Serve RFC 8414 metadata, and link it in authenticationSchemes of ServiceProviderConfig. If the authorization server has another host, name it with --issuer.',
    run: async context => {
      const { issuer } = await readMetadata(context)
      // RFC 8414 §3.3: the issuer is the one whose URL was requested.
      const response = await context.elsewhere(metadataUrl(issuer))
      expectStatus(response, 200)
      const named = isObject(response.body) ? response.body.issuer : undefined
      expectThat(named === issuer, `issuer ${issuer} at ${metadataUrl(issuer)}`, named, response)
    },
  }),
  authorizationCheck('jwt-client', 'AL-A02', '4.1', 'MUST', {
    description: 'The metadata offers client_credentials, clients with a JWT, and the scope scim.',
    rationale: 'The identity provider gets its tokens in this way, without a shared secret.',
    remedy:
      'Accept client_assertion (RFC 7523 §2.2) at the token endpoint, and list private_key_jwt, client_credentials and scim in the metadata.',
    after: [metadata],
    run: async context => {
      const { grant_types_supported, token_endpoint_auth_methods_supported, scopes_supported } =
        await readMetadata(context)
      const methods = listed(token_endpoint_auth_methods_supported)
      const expected = {
        'client_credentials in grant_types_supported':
          listed(grant_types_supported).includes('client_credentials'),
        'private_key_jwt in token_endpoint_auth_methods_supported':
          methods.includes('private_key_jwt') || methods.includes('client_secret_jwt'),
        // The list may be omitted.
        'scim in scopes_supported':
          scopes_supported === undefined || listed(scopes_supported).includes('scim'),
      }
      const missing = Object.entries(expected).flatMap(([what, isThere]) => (isThere ? [] : [what]))
      const got = { grant_types_supported, token_endpoint_auth_methods_supported, scopes_supported }
      expectThat(missing.length === 0, missing.join(', '), got)
    },
  }),
  authorizationCheck('token', 'AL-A02', '4.1', 'MUST', {
    description:
      'The token endpoint issues a token with the scope scim, and no other, to a client with a JWT.',
    rationale: 'The identity provider gets its tokens in this way, without a shared secret.',
    remedy: 'Verify the assertion by the keys of its issuer, and grant only the scope scim.',
    after: [metadata],
    run: async context => {
      const { client } = context.authorization
      if (client === undefined)
        return skip(
          'A token is only requested with SCIM_CLIENT_ID and SCIM_CLIENT_ASSERTION.',
          undefined,
          'option',
        )
      const { token_endpoint } = await readMetadata(context)
      const response = await context.elsewhere(token_endpoint, {
        grant_type: 'client_credentials',
        scope: 'scim',
        client_id: client.id,
        client_assertion_type: assertionType,
        client_assertion: client.assertion,
      })
      const body = isObject(response.body) ? response.body : {}
      const { status } = response
      if (status !== 200) fail('status 200', `${status} (${formatValue(body.error)})`, response)
      // No value is quoted, since each may be the token.
      const isToken = typeof body.access_token === 'string' && /^bearer$/i.test(String(body.token_type))
      expectThat(isToken, 'access_token, and token_type Bearer', Object.keys(body), response, 'missing')
      // RFC 6749 §5.1: without it, the requested one is granted.
      const isScim = body.scope === undefined || body.scope === 'scim'
      expectThat(isScim, 'scope scim', 'another scope', response, 'excess')
    },
  }),
]
