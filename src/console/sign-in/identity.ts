import type { JwtRules } from '../../auth/issuers/rules.ts'
import type { JwtVerifier } from '../../auth/issuers/verify.ts'
import { type EntraCloud, entraIssuers, jwtAlgorithms } from '../../domain/tenants/issuers.ts'
import { CallerRefusal, type ConsoleCaller } from '../caller.ts'
import { Problem } from '../problem.ts'
import { authenticationOf, identify, roleOf } from './person.ts'
import type { SignInSettings } from './settings.ts'

/**
 * Finds the caller that an access token of the identity provider identifies; undefined for texts that are not valid for this
 * console. Throws a Problem if the token gives no role, or if the keys cannot be fetched.
 */
export function createIdentification(
  settings: SignInSettings,
  verifier: Pick<JwtVerifier, 'verify'>,
): (text: string) => Promise<ConsoleCaller | undefined> {
  const { audience } = settings
  if (audience === undefined) return async () => undefined
  const rules = rulesFor(settings.issuer, audience)
  return async text => {
    if (!/^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text)) return undefined
    const verified = await verifier.verify(text, rules, Date.now())
    if ('refusal' in verified) {
      if (verified.refusal === 'keys-unreachable') throw keysUnreachable()
      return undefined
    }
    const { claims } = verified.jwt
    const role = roleOf(claims, settings)
    const caller = {
      kind: 'identity' as const,
      ...identify(claims),
      ...authenticationOf(claims, settings.acr),
    }
    if (!role) throw noRole(caller)
    return { ...caller, role, expires: verified.expires * 1000 }
  }
}

const rulesFor = (issuer: string, audience: string): JwtRules => ({
  issuers: [issuer, ...earlierIssuers(issuer)],
  audiences: [audience],
  algorithms: jwtAlgorithms,
  keys: { kind: 'metadata', issuer },
  access: 'full',
})

const entraClouds: readonly EntraCloud[] = ['global', 'us-government', 'china']

/** Entra ID issues access tokens of version 1 unless the registration of the API requests version 2, with the same keys. */
function earlierIssuers(issuer: string): readonly string[] {
  const directory = issuer.split('/').at(-2) ?? ''
  return entraClouds.flatMap(cloud => {
    const [v1, v2] = entraIssuers(directory, cloud)
    return v2 === issuer ? [v1] : []
  })
}

const keysUnreachable = () =>
  new Problem('not-ready', 'The keys of the identity provider cannot be fetched. Try again later.', {
    headers: { 'retry-after': '30' },
  })

const noRole = (caller: CallerRefusal['caller']) =>
  new CallerRefusal(
    'The access token is valid, but neither --console-readers nor --console-writers gives it a role.',
    caller,
  )
