import { syncFabric } from '../../domain/tenants/credential.ts'
import {
  entraAudience,
  entraIssuers,
  entraKeys,
  type IssuerScopes,
  type IssuerSettings,
  type JwtAlgorithm,
  jwtAlgorithms,
} from '../../domain/tenants/issuers.ts'
import type { Access } from '../../domain/tenants/tenant.ts'
import { memoize } from '../../scim/memoize.ts'
import type { KeySource } from './key-sets.ts'

export type JwtRules = {
  /** `iss` must equal one of these, character by character. */
  readonly issuers: readonly string[]
  /** One member of `aud` must equal one of these. Those that are GUIDs are compared without case. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly JwtAlgorithm[]
  readonly keys: KeySource
  /** The clients by `client_id`, `azp` or `appid`; all if absent. */
  readonly clients?: readonly string[] | undefined
  readonly subjects?: readonly string[] | undefined
  /** The Entra directory: `ver` must fit `iss`, and `tid`, where present, must be this. */
  readonly directory?: string | undefined
  readonly accessTokensOnly?: boolean | undefined
  readonly scopes?: IssuerScopes | undefined
  readonly access: Access
}

export const rulesOf = memoize((settings: IssuerSettings): JwtRules => {
  if (settings.kind === 'oauth') {
    const { issuer, jwks, algorithms = jwtAlgorithms, ...rest } = settings
    return {
      ...rest,
      issuers: [issuer],
      algorithms,
      keys: jwks === undefined ? { kind: 'metadata', issuer } : { kind: 'jwks', url: jwks },
    }
  }
  const { directory, cloud, jwks, access } = settings
  return {
    issuers: entraIssuers(directory, cloud),
    audiences: [entraAudience(settings)],
    algorithms: jwtAlgorithms,
    keys: { kind: 'jwks', url: jwks ?? entraKeys(directory, cloud) },
    clients: [syncFabric],
    directory,
    access,
  }
})
