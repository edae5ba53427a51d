import { decodePercent } from '../journal/credentials.ts'

/** The path of a request about OAuth, which no SCIM request has. */
export type TokenAddress = {
  readonly tenant: string
  /** Whether it is the token endpoint. Others, such as introspection and metadata, are not supported. */
  readonly isTokenEndpoint: boolean
}

/** Reads `/{tenant}/oauth2/token`, other paths below `/{tenant}/oauth2`, and those of metadata (RFC 8414 §3, OIDC Discovery §4). */
export function readTokenAddress(target: string): TokenAddress | undefined {
  // Almost all requests are about SCIM.
  if (!target.includes('oauth2') && !target.includes('.well-known')) return undefined
  // Clients send the whole URL to a proxy (RFC 9112 §3.2.2).
  const [path = ''] = target.replace(/^https?:\/\/[^/?]*/i, '').split(/[?#]/)
  const [first = '', second, ...rest] = path.split('/').filter(part => part !== '')
  const tenant = decodePercent(first)
  if (second === 'oauth2' && first !== 'scim') {
    return { tenant, isTokenEndpoint: rest.length === 1 && rest[0] === 'token' }
  }
  const isMetadata = (folder: string | undefined, document = '') =>
    folder === '.well-known' && /^(oauth-authorization-server|openid-configuration)$/.test(document)
  if (isMetadata(first, second)) return { tenant: decodePercent(rest[0] ?? ''), isTokenEndpoint: false }
  return isMetadata(second, rest[0]) ? { tenant, isTokenEndpoint: false } : undefined
}
