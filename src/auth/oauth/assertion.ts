import type { JwtFacts } from '../../domain/tenants/credential.ts'
import { entraIssuers, entraKeys, jwtAlgorithms } from '../../domain/tenants/issuers.ts'
import type { ClientAssertion } from '../../domain/tenants/oauth-clients.ts'
import type { Refusal } from '../../domain/tenants/tenant.ts'
import { memoize } from '../../scim/memoize.ts'
import type { JwtRules } from '../issuers/rules.ts'
import { type JwtVerifier, withoutTokens } from '../issuers/verify.ts'

type AssertionResult = { readonly jwt: JwtFacts } | { readonly refusal: Refusal; readonly jwt?: JwtFacts }

export type VerifyAssertion = (
  text: string,
  expected: ClientAssertion,
  machine: number,
) => Promise<AssertionResult>

/**
 * The rules of an assertion. RFC 7523 §3 asks for the client ID as subject; that of Entra is the service principal of its
 * provisioning service. Sources disagree on the audience of Entra's: the client ID of the application, or its URI.
 */
const rulesOf = memoize((expected: ClientAssertion): JwtRules => {
  const common = { algorithms: jwtAlgorithms, access: 'full' as const }
  if (expected.kind === 'issuer') {
    const { issuer, subject, audiences, caller, jwks } = expected
    return {
      ...common,
      issuers: [issuer],
      audiences,
      subjects: [subject],
      ...(caller !== undefined && { clients: [caller] }),
      keys: jwks === undefined ? { kind: 'metadata', issuer } : { kind: 'jwks', url: jwks },
    }
  }
  const { directory, application, principal, cloud = 'global', jwks } = expected
  return {
    ...common,
    issuers: entraIssuers(directory, cloud),
    audiences: [application, `api://${application}`],
    subjects: [principal],
    clients: [application],
    directory,
    keys: { kind: 'jwks', url: jwks ?? entraKeys(directory, cloud) },
  }
})

export const createAssertionVerifier =
  ({ verify }: Pick<JwtVerifier, 'verify'>): VerifyAssertion =>
  async (text, expected, machine) => {
    const result = await verify(text, rulesOf(expected), machine)
    const jwt = result.jwt && withoutTokens(result.jwt)
    if (!('refusal' in result)) return { jwt: withoutTokens(result.jwt) }
    return { refusal: result.refusal, ...(jwt && { jwt }) }
  }
