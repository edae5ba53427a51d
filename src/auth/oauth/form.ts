import { decodeJwt } from 'jose'
import type { Access } from '../../domain/tenants/tenant.ts'
import type { TokenEndpointPolicy } from '../../profiles/profile.ts'
import { oauthErrors } from './oauth-error.ts'

/** Parameters without a value count as omitted (RFC 6749 §3.2). */
type Form = { readonly get: (name: string) => string | undefined }

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

type FormRequest = {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly body: Buffer | undefined
}

/** Reads a form whose names are all different, whatever its charset. Throws `OAuthError`. */
export function readForm({ contentType, contentEncoding, body }: FormRequest): Form {
  if (contentType !== undefined && /^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    throw oauthErrors.invalidRequest(
      'The body is JSON. Send a form with Content-Type: application/x-www-form-urlencoded.',
    )
  }
  if (contentType === undefined || !formType.test(contentType.trim())) {
    throw oauthErrors.noForm()
  }
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw oauthErrors.invalidRequest('Send the form without Content-Encoding.')
  }
  const values = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body?.toString('utf8') ?? '')) {
    if (values.has(name)) throw oauthErrors.invalidRequest('A parameter occurs twice. Send each one once.')
    values.set(name, value)
  }
  return { get: name => values.get(name) || undefined }
}

function decodeFormValue(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Nothing is verified yet. */
export type PresentedClient =
  | { readonly kind: 'secret'; readonly id: string; readonly secret: string; readonly usedBasic: boolean }
  | { readonly kind: 'assertion'; readonly id: string; readonly assertion: string }
  | { readonly kind: 'none'; readonly id?: string; readonly usedBasic: boolean }

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Reads the client and how it authenticates: with a secret in the body or as Basic credentials (RFC 6749 §2.3.1), or with an
 * assertion (RFC 7521 §4.2). With `acceptsRepeated`, body and Basic may have the same secret. Throws `OAuthError`.
 */
export function readClient(
  form: Form,
  authorization: string | undefined,
  acceptsRepeated: boolean,
): PresentedClient {
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  const basic = readBasic(authorization)
  if ([secret, assertion, basic].filter(way => way !== undefined).length > 1) {
    const isSame =
      basic?.kind === 'secret' &&
      assertion === undefined &&
      basic.secret === secret &&
      (id === undefined || id === basic.id)
    if (!(isSame && acceptsRepeated)) {
      throw oauthErrors.invalidRequest('The client authenticates in two ways. Use one of them.')
    }
  }
  if (basic) {
    if (basic.kind === 'secret' && id !== undefined && id !== basic.id) {
      throw oauthErrors.invalidRequest('client_id and the Basic credentials name different clients.')
    }
    return basic
  }
  if (assertion !== undefined) return readAssertion(form, assertion, id)
  if (form.get('client_assertion_type') !== undefined) {
    throw oauthErrors.invalidRequest('client_assertion is missing.')
  }
  if (secret === undefined) return { kind: 'none', ...(id !== undefined && { id }), usedBasic: false }
  if (id === undefined) throw oauthErrors.invalidRequest('client_id is missing.')
  return { kind: 'secret', id, secret, usedBasic: false }
}

function readAssertion(form: Form, assertion: string, id: string | undefined): PresentedClient {
  if (form.get('client_assertion_type') !== assertionType) {
    throw oauthErrors.invalidRequest(`Send client_assertion with client_assertion_type=${assertionType}.`)
  }
  const client = id ?? subjectOf(assertion)
  if (client === undefined) throw oauthErrors.invalidRequest('client_id is missing.')
  return { kind: 'assertion', id: client, assertion }
}

/** RFC 7521 §4.2: `client_id` is optional, because the subject of the assertion is the client (RFC 7523 §3). */
function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}

/** RFC 6749 §2.3.1: id and secret are encoded as in a form before they are joined. Undefined for other schemes. */
function readBasic(authorization = ''): Exclude<PresentedClient, { kind: 'assertion' }> | undefined {
  const [, encoded] = /^basic(?: +(.*))?$/i.exec(authorization.trim()) ?? []
  if (!/^basic\b/i.test(authorization.trim())) return undefined
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  const decodedId = decodeFormValue(id ?? '')
  const decodedSecret = decodeFormValue(secret ?? '')
  if (!decodedId || !decodedSecret) {
    return { kind: 'none', ...(decodedId && { id: decodedId }), usedBasic: true }
  }
  return { kind: 'secret', id: decodedId, secret: decodedSecret, usedBasic: true }
}

const scopes: ReadonlyMap<string, Access> = new Map([
  ['scim', 'full'],
  ['scim.readwrite', 'full'],
  ['scim.write', 'full'],
  ['scim.read', 'read'],
])

export const scopeNames = [...scopes.keys()]

/** Scopes between spaces (RFC 6749 §3.3), of a length that tokens can be stored with. */
const scopeText = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,1000}$/

type GrantedScope = { readonly access: Access; readonly scope: string }

const allOf = (access: Access): GrantedScope => ({
  access,
  scope: access === 'full' ? 'scim.read scim.write' : 'scim.read',
})

/**
 * The access that a token request gets, never more than the client's. Unknown scopes are left out. The response repeats the names
 * of the request: MSAL caches tokens by them, and requests another one for each call if other names come back. Throws `OAuthError`.
 */
export function grantScope(
  requested: string | undefined,
  client: Access,
  { unknownScopes }: TokenEndpointPolicy,
): GrantedScope {
  if (requested !== undefined && !scopeText.test(requested)) throw oauthErrors.malformedScope()
  const names = [...new Set(requested?.split(' ').filter(name => name !== ''))]
  if (names.length === 0) return allOf(client)
  const granted = names.filter(name => isPermitted(name, client))
  if (granted.length === 0) {
    if (unknownScopes === 'refuse') throw oauthErrors.invalidScope()
    return { access: client, scope: names.join(' ') }
  }
  const access = client === 'full' && granted.some(name => scopes.get(name) === 'full') ? 'full' : 'read'
  return { access, scope: granted.join(' ') }
}

/** `scim` and `scim.readwrite` include reading, which every client may do. */
const isPermitted = (name: string, client: Access): boolean =>
  scopes.has(name) && !(name === 'scim.write' && client === 'read')
