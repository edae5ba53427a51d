import { createHash, type webcrypto } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

type SigningKey = { readonly kid: string; readonly privateKey: webcrypto.CryptoKey; readonly published: JWK }

/** The keys of a token service, in memory only. */
export type SigningKeys = {
  published(): readonly JWK[]
  sign(claims: JWTPayload): Promise<string>
  /** Signs with a new key from now on; the key before the current one is withdrawn. Returns the new key's id. */
  rotate(): Promise<string>
}

export async function createSigningKeys(): Promise<SigningKeys> {
  let current = await createKey()
  let previous: SigningKey | undefined
  return {
    published: () => [current, ...(previous ? [previous] : [])].map(({ published }) => published),
    // The header of a real token (azure-docs#21660).
    sign: claims =>
      new SignJWT(claims)
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5t: current.kid, kid: current.kid })
        .sign(current.privateKey),
    async rotate() {
      const next = await createKey()
      previous = current
      current = next
      return next.kid
    },
  }
}

async function createKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength: 2048 })
  // A key's id looks like the thumbprint of its certificate.
  const kid = createHash('sha1')
    .update(await exportSPKI(publicKey))
    .digest('base64url')
  const { kty, n, e } = await exportJWK(publicKey)
  return { kid, privateKey, published: { kty, use: 'sig', kid, x5t: kid, n, e } as JWK }
}
