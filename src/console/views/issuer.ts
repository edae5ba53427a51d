import type { KeySetStatus } from '../../auth/issuers/key-sets.ts'
import { rulesOf } from '../../auth/issuers/rules.ts'
import { hour } from '../../domain/duration.ts'
import type { IssuerSettings, TrustedIssuer } from '../../domain/tenants/issuers.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'

export function viewIssuer(
  { profile }: Tenant,
  { id, created, settings }: TrustedIssuer,
  status: KeySetStatus,
  now: number,
) {
  const { accessTokensOnly = false, ...rules } = rulesOf(settings)
  const { name, kind, access, jwks } = settings
  return {
    ...rules,
    id,
    name,
    kind,
    access,
    created,
    inForce: profile.credentials === 'any',
    ...(settings.kind === 'entra' && { cloud: settings.cloud }),
    jwks,
    standIn: settings.kind === 'entra' && jwks !== undefined,
    accessTokensOnly,
    warning: warningOf(settings, status, now),
    keySet: viewKeys(status),
  }
}

/** Microsoft calls its own tokens a means of testing, since they are not for one endpoint. */
const notBound =
  'These tokens are not bound to this endpoint: anyone who can make Entra provision another custom application of the same directory receives a token that is accepted here. For production, use client credentials.'

function warningOf(
  { kind }: IssuerSettings,
  { unreachableSince, reason = '' }: KeySetStatus,
  now: number,
): string | undefined {
  const isUnreachable = unreachableSince !== undefined && now - unreachableSince >= hour
  const sentences = [
    ...(isUnreachable ? [`The keys could not be fetched for more than an hour. ${reason}`] : []),
    ...(kind === 'entra' ? [notBound] : []),
  ]
  return sentences.length === 0 ? undefined : sentences.join(' ')
}

export const viewKeys = ({ keys, ...status }: KeySetStatus) => ({
  ...status,
  keys: keys.map(({ jwk: { kid, alg, kty }, firstSeen }) => ({
    ...(typeof kid === 'string' && { id: kid }),
    ...(typeof alg === 'string' && { algorithm: alg }),
    type: String(kty),
    firstSeen,
  })),
})
