import type { CryptoKey, JWK, JWTHeaderParameters } from 'jose'
import type { JwtAlgorithm } from '../../domain/tenants/issuers.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { IssuerFetchError } from './safe-fetch.ts'

/** A public key of an issuer. The same key is the same object, however often it is fetched. */
export type IssuerKey = {
  readonly jwk: JWK
  readonly firstSeen: number
  readonly import: (algorithm: string) => Promise<CryptoKey>
}

const maxKeys = 1000

/** The keys in a JWK set (RFC 7517 §5), which is accepted as a whole or not at all. Throws `IssuerFetchError`. */
export function readKeySet(document: Json): readonly JsonObject[] {
  const keys = isObject(document) ? document.keys : undefined
  if (!Array.isArray(keys)) throw invalid('The response is not a JWK set: it has no array "keys".')
  if (keys.length > maxKeys) throw invalid(`The JWK set has more than ${maxKeys} keys.`)
  if (!keys.every(isObject)) throw invalid('The JWK set has a member that is no key.')
  return keys
}

const invalid = (message: string) => new IssuerFetchError(message, true)

/** Only these members are used: a certificate or a URL in a key must not replace it (RFC 8725 §3.10). */
const members = ['kty', 'kid', 'alg', 'use', 'key_ops', 'n', 'e', 'crv', 'x', 'y'] as const

export function toIssuerKey(key: JsonObject, firstSeen: number): IssuerKey {
  const jwk = Object.fromEntries(members.flatMap(name => (name in key ? [[name, key[name]]] : []))) as JWK
  const imported = new Map<string, Promise<CryptoKey>>()
  return {
    jwk,
    firstSeen,
    import(algorithm) {
      const known = imported.get(algorithm) ?? importKey(jwk, algorithm)
      imported.set(algorithm, known)
      return known
    },
  }
}

/** The library is loaded with the first key, which most servers never have. */
async function importKey(jwk: JWK, algorithm: string): Promise<CryptoKey> {
  const { importJWK } = await import('jose')
  return importJWK(jwk, algorithm) as Promise<CryptoKey>
}

export const keyIdentity = ({ jwk }: IssuerKey): string => JSON.stringify(jwk)

const curves: Readonly<Partial<Record<string, string>>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
}

/** Whether a key is for this algorithm (RFC 7517 §4, RFC 7518 §3.1). */
function fits({ jwk }: IssuerKey, algorithm: string): boolean {
  const { kty, alg, use, key_ops: operations, crv } = jwk
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  if (alg !== undefined && alg !== algorithm) return false
  if (/^[RP]S/.test(algorithm)) return kty === 'RSA'
  return kty === (algorithm === 'EdDSA' ? 'OKP' : 'EC') && crv === curves[algorithm]
}

export const matchingKeys = (
  keys: readonly IssuerKey[],
  { kid, alg }: JWTHeaderParameters & { readonly alg: JwtAlgorithm },
): readonly IssuerKey[] => keys.filter(key => fits(key, alg) && (kid === undefined || key.jwk.kid === kid))

const minModulusBits = 2048

/** Whether an RSA key is too short (RFC 7518 §3.3). */
export function isWeak({ jwk: { kty, n = '' } }: IssuerKey): boolean {
  if (kty !== 'RSA') return false
  const modulus = Buffer.from(String(n), 'base64url')
  const start = modulus.findIndex(byte => byte !== 0)
  const first = modulus[start] ?? 0
  const bits = start < 0 ? 0 : (modulus.length - start) * 8 - Math.clz32(first) + 24
  return bits < minModulusBits
}
