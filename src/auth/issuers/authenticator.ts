import { LRUCache } from 'lru-cache'
import {
  type Authenticator,
  type Credential,
  type CredentialAuthentication,
  isJwt,
  type JwtFacts,
} from '../../domain/tenants/credential.ts'
import type { IssuerStore, TrustedIssuer } from '../../domain/tenants/issuers.ts'
import type { Access, CredentialRefusal, Tenant, TenantStore } from '../../domain/tenants/tenant.ts'
import { tokenKey } from '../../storage/common/stores/tenants.ts'
import { rulesOf } from './rules.ts'
import { decodeJwt, type JwtVerifier, type RefusedJwt, type VerifiedJwt, withoutTokens } from './verify.ts'

type AuthenticatorDeps = {
  readonly tenants: Pick<TenantStore, 'find' | 'findByKey'>
  readonly issuers: Pick<IssuerStore, 'list' | 'all' | 'find'>
  readonly verifier: JwtVerifier
  /** The clock of this machine: neither a tenant's nor the database's counts for tokens of others. */
  readonly clock?: () => number
}

type Candidate = { readonly tenant: Tenant; readonly issuer: TrustedIssuer }

type Admitted = Extract<CredentialAuthentication, { access: unknown }>
type Refused = Extract<CredentialAuthentication, { refusal: unknown }>

export function createJwtAuthenticator({
  tenants,
  issuers,
  verifier,
  clock = () => Date.now(),
}: AuthenticatorDeps): Authenticator {
  const remembered = createRememberedJwts()

  const findRemembered = (tenant: Tenant, text: string, machine: number): Admitted | undefined => {
    const found = remembered.find(tenant, text, machine)
    if (!found || issuers.find(tenant, found.issuer.id) !== found.issuer) return undefined
    return { tenant, credential: found.credential, access: found.access }
  }

  const candidatesFor = ({ claims }: JwtFacts, tenant: Tenant | undefined): readonly Candidate[] =>
    (tenant ? issuers.list(tenant) : issuers.all()).flatMap(issuer => {
      const owner = tenant ?? tenants.findByKey(issuer.tenant)
      const isInForce = owner?.profile.credentials === 'any'
      const isOfIssuer = rulesOf(issuer.settings).issuers.some(accepted => accepted === claims.iss)
      return isInForce && isOfIssuer ? [{ tenant: owner, issuer }] : []
    })

  const verify = async (
    { tenant, issuer }: Candidate,
    text: string,
    machine: number,
  ): Promise<Admitted | Refused> => {
    const result = await verifier.verify(text, rulesOf(issuer.settings), machine)
    if ('refusal' in result) return refused(result, tenant, issuer)
    const credential = toCredential(result.jwt, issuer)
    const { access } = result
    // The issuer may have been changed while the keys were fetched.
    if (issuers.find(tenant, issuer.id) !== issuer) return refuse('unknown-issuer', tenant, credential)
    remember(tenant, text, issuer, credential, result)
    return { tenant, credential, access }
  }

  const remember = (
    tenant: Tenant,
    text: string,
    issuer: TrustedIssuer,
    credential: Credential,
    { key, keySet, expires, access }: VerifiedJwt,
  ) => remembered.add(tenant, text, { issuer, credential, access, key, keySet, expires })

  const authenticate: Authenticator['authenticate'] = (text, tenantId) => {
    const machine = clock()
    const tenant = tenantId === undefined ? undefined : tenants.find(tenantId)
    if (tenantId !== undefined && !tenant) return { refusal: 'unknown' }
    const isOffered = tenant === undefined || tenant.profile.credentials === 'any'
    const known = tenant && isOffered && findRemembered(tenant, text, machine)
    if (known) return known
    const jwt = decodeJwt(text)
    const unverified = jwt && ({ kind: 'jwt', jwt: withoutTokens(jwt) } as const)
    if (!isOffered) return refuse('not-offered', tenant, unverified)
    if (!jwt) return refuse('malformed', tenant)
    const candidates = candidatesFor(jwt, tenant)
    if (candidates.length === 0) return refuse('unknown-issuer', tenant, unverified)
    return verifyAll(candidates, candidate => verify(candidate, text, machine))
  }

  return {
    offers: tenant => tenant.profile.credentials === 'any' && issuers.list(tenant).length > 0,
    recognizes: isJwt,
    authenticate,
    reauthenticate: authenticate,
  }
}

/** A token that fits issuers of several tenants is refused; the URL then has to name the tenant. */
async function verifyAll(
  candidates: readonly Candidate[],
  verify: (candidate: Candidate) => Promise<Admitted | Refused>,
): Promise<CredentialAuthentication> {
  const results = await Promise.all(candidates.map(verify))
  const admitted = results.filter(result => 'access' in result)
  const [first] = admitted
  if (!first) return mostTelling(results.filter(result => 'refusal' in result))
  return admitted.some(({ tenant }) => tenant.key !== first.tenant.key)
    ? refuse('ambiguous', undefined, first.credential)
    : first
}

/** A token whose issuer is unreachable may be good, so the client must not give up. */
function mostTelling(refusals: readonly Refused[]): CredentialAuthentication {
  const [first = refuse('unknown-issuer')] = refusals
  return refusals.find(({ refusal }) => refusal === 'keys-unreachable') ?? first
}

const toCredential = (jwt: JwtFacts, { id, settings }: TrustedIssuer): Credential => ({
  kind: 'issuer',
  issuer: id,
  name: settings.name,
  jwt: withoutTokens(jwt),
})

const refused = ({ refusal, jwt }: RefusedJwt, tenant: Tenant, issuer: TrustedIssuer): Refused => ({
  refusal,
  tenant,
  ...(jwt && { credential: toCredential(jwt, issuer) }),
})

const refuse = (refusal: CredentialRefusal, tenant?: Tenant, credential?: Credential): Refused => ({
  refusal,
  ...(tenant && { tenant }),
  ...(credential && { credential }),
})

export type RememberedJwt = Pick<VerifiedJwt, 'key' | 'keySet' | 'expires'> & {
  readonly issuer: TrustedIssuer
  readonly credential: Credential
  readonly access: Access
}

const maxJwts = 1000
const maxTenants = 1000

/**
 * Verified JWTs by their hashes, for each tenant by itself: verifying a signature takes many times as long as a look-up. They are
 * used until they expire, and no longer than their key is trusted.
 */
function createRememberedJwts() {
  const tenants = new LRUCache<number, LRUCache<string, RememberedJwt>>({ max: maxTenants })

  return {
    find({ key }: Tenant, text: string, machine: number): RememberedJwt | undefined {
      const found = tenants.get(key)?.get(tokenKey(text))
      const isValid = found && machine < found.expires * 1000 && found.keySet.isTrusted(found.key)
      return isValid ? found : undefined
    },
    add({ key }: Tenant, text: string, remembered: RememberedJwt): void {
      const ofTenant = tenants.get(key) ?? new LRUCache<string, RememberedJwt>({ max: maxJwts })
      tenants.set(key, ofTenant)
      ofTenant.set(tokenKey(text), remembered)
    },
  }
}
