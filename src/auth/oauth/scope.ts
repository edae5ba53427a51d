import type { Access } from '../../domain/tenants/tenant.ts'
import type { TokenEndpointPolicy } from '../../profiles/profile.ts'
import { oauthErrors } from './oauth-error.ts'

const scopes: ReadonlyMap<string, Access> = new Map([
  ['scim', 'full'],
  ['scim.readwrite', 'full'],
  ['scim.write', 'full'],
  ['scim.read', 'read'],
])

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
