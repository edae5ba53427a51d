import { randomBytes } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { provisioningAppId, provisioningObjectId, workloadObjectId } from '../credentials/microsoft.ts'

const minute = 60
const hour = 60 * minute

/** Microsoft dates its tokens back by this, for clocks that are slow: `exp` is `expires_in` and 5 minutes after `iat`. */
const backdated = 5 * minute

/** Lifetimes of `expires_in`. A token of version 1 was good for 8 hours in 2019 (azure-docs#21660). */
const lifetimes = { v1: 8 * hour, v2: hour } as const

export type TokenVersion = keyof typeof lifetimes

export type Grant = {
  readonly version: TokenVersion
  readonly issuer: string
  readonly tenantId: string
  readonly appId: string
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly now: number
}

export type Issued = {
  readonly claims: JWTPayload
  /** Seconds from now. */
  readonly expiresIn: number
}

/** The claims of a token that Entra issues to an application (access-token-claims-reference). */
export function issuedClaims({ version, issuer, tenantId, appId, audience, now }: Grant): Issued {
  const expiresIn = lifetimes[version]
  const seconds = Math.floor(now / 1000)
  const iat = seconds - backdated
  const isProvisioning = appId.toLowerCase() === provisioningAppId
  return {
    expiresIn,
    claims: {
      aud: audience,
      iss: issuer,
      iat,
      nbf: iat,
      exp: seconds + expiresIn,
      // 2: the application authenticated with a certificate.
      ...(version === 'v1' ? { appid: appId, appidacr: '2' } : { azp: appId, azpacr: '2' }),
      idp: issuer,
      oid: isProvisioning ? provisioningObjectId : workloadObjectId,
      // The provisioning service acts for the workload identity (SCIMReferenceCode, Workload Identity Federation).
      sub: provisioningObjectId,
      tid: tenantId,
      uti: randomBytes(16).toString('base64url'),
      ver: version === 'v1' ? '1.0' : '2.0',
    },
  }
}
