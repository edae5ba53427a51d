import {
  checkIssuerSettings,
  type IssuerSettings,
  readDirectory,
  scimAudience,
} from '../domain/tenants/issuers.ts'
import { TenantError } from '../domain/tenants/tenant.ts'
import { profileNames } from '../profiles/names.ts'
import { loadProfile } from '../profiles/registry.ts'

export type FirstIssuerSettings = {
  readonly publicUrl?: string | undefined
  readonly entraTenant?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly jwks?: string | undefined
}

export function firstIssuers(
  { publicUrl, entraTenant, issuer, audience, jwks }: FirstIssuerSettings,
  tenant: string,
): readonly IssuerSettings[] {
  const audiences = audience?.split(/\s+/).filter(Boolean) ?? []
  const defaults = publicUrl === undefined ? [] : [scimAudience(publicUrl, tenant)]
  return [
    ...(entraTenant === undefined
      ? []
      : [
          {
            kind: 'entra',
            name: 'Entra ID',
            access: 'full',
            cloud: 'global',
            directory: readDirectory(entraTenant),
          } as const,
        ]),
    ...(issuer === undefined
      ? []
      : [
          {
            kind: 'oauth',
            name: issuer.slice(0, 100),
            access: 'full',
            issuer,
            audiences: audiences.length > 0 ? audiences : defaults,
            ...(jwks !== undefined && { jwks }),
          } as const,
        ]),
  ]
}

export function findIssuerProblems(
  settings: FirstIssuerSettings & { readonly profile?: string | undefined },
): readonly string[] {
  const { profile, issuer, entraTenant, audience, jwks } = settings
  const given = Object.entries({
    '--entra-tenant': entraTenant,
    '--issuer': issuer,
    '--audience': audience,
    '--jwks': jwks,
  })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag)
  const name = profileNames.find(known => known === profile)
  if (name !== undefined && loadProfile(name, {}).credentials === 'tokens' && given.length > 0) {
    return given.map(flag => `${flag} needs --profile entra or rfc: AWS takes its own access tokens only.`)
  }
  if (issuer === undefined && (audience !== undefined || jwks !== undefined)) {
    return given
      .filter(flag => flag !== '--entra-tenant')
      .map(flag => `${flag} is about --issuer, which is missing.`)
  }
  try {
    for (const one of firstIssuers(settings, 'tenant')) checkIssuerSettings(one)
    return []
  } catch (error) {
    if (!(error instanceof TenantError)) throw error
    return [error.message]
  }
}

type FirstClientSettings = {
  readonly profile?: string | undefined
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
}

export function findClientProblems({
  profile,
  clientId,
  clientSecret,
}: FirstClientSettings): readonly string[] {
  const given = Object.entries({ '--client-id': clientId, '--client-secret': clientSecret })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag)
  const name = profileNames.find(known => known === profile)
  if (name !== undefined && !loadProfile(name, {}).tokenEndpoint) {
    return given.map(flag => `${flag} needs --profile entra or rfc: AWS has no token endpoint.`)
  }
  return given.length === 1 ? ['Use --client-id and --client-secret together, or neither.'] : []
}
