import { readDirectory } from '../../aws-api/account-access/directory-at.ts'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import type { Directory } from '../../domain/ports/directory.ts'
import { excerpt } from '../../scim/error.ts'
import { compact } from '../../scim/json.ts'
import { findUserSignIn, type UserSignIn } from './list-users.ts'
import { checkInspection, type Expectations, type RuleResult } from './response-rules.ts'
import { type IdentityProvider, signInRules } from './rules.ts'
import type { CheckInput, Inspection } from './saml/inspect.ts'
import { runInspection } from './saml/run-inspection.ts'

export type CloudTrailOutcome = {
  readonly eventName: 'ExternalIdPDirectoryLogin'
  readonly outcome: 'Success' | 'Failure'
  readonly message?: string
}

/** The report on a response. Nothing is stored, and no user is signed in. */
export type ResponseCheck = {
  /** `rejected` if a rule of severity `error` failed; `unknown` if the signature or the user was not checked. */
  readonly outcome: 'accepted' | 'rejected' | 'unknown'
  readonly inspection: Inspection
  readonly results: readonly RuleResult[]
  readonly user?: UserSignIn
  readonly cloudTrail?: CloudTrailOutcome
  readonly page?: string
  readonly identityProvider?: IdentityProvider
}

type ResponseCheckDeps = {
  readonly directory: Directory
  readonly assignments: Pick<AccountAssignments, 'assignments'>
}

/** Checks a SAML response against AWS's rules and the users of a tenant. Throws `InputError`. */
export async function checkResponse(
  deps: ResponseCheckDeps,
  tenant: number,
  input: CheckInput & Expectations,
  signal?: AbortSignal,
): Promise<ResponseCheck> {
  const { response, metadata, certificate, ...expectations } = input
  const inspection = await runInspection({ response, ...compact({ metadata, certificate }) }, signal)
  const user = await findUser(deps, tenant, inspection)
  const results = inRuleOrder([
    ...checkInspection(inspection, expectations),
    nameIdMatches(inspection, user),
    userEnabled(inspection, user),
  ])
  const hasFailed = (rule: RuleResult['rule']) => hasResult(results, rule, 'failed')
  const outcome = outcomeOf(results)
  const provider = inspection.assertion?.issuer && identityProviderOf(inspection.assertion.issuer)
  return {
    outcome,
    inspection,
    results,
    ...(outcome !== 'unknown' && {
      cloudTrail: {
        eventName: 'ExternalIdPDirectoryLogin',
        outcome: outcome === 'rejected' ? 'Failure' : 'Success',
        ...(hasFailed('SI-001') && { message: 'Response contains invalid name id policy format' }),
      },
    }),
    ...compact({ user: user?.signIn, identityProvider: provider || undefined }),
    ...(hasFailed('SI-003') && { page: 'Looks like this code isn’t right' }),
  }
}

const hasResult = (
  results: readonly RuleResult[],
  rule: RuleResult['rule'],
  expected: RuleResult['result'],
): boolean => results.some(({ rule: id, result }) => id === rule && result === expected)

/** Without these, it is unknown which user the response would sign in. */
const decisive = ['SI-003', 'SI-005', 'SI-008'] as const

function outcomeOf(results: readonly RuleResult[]): ResponseCheck['outcome'] {
  const errors = signInRules.filter(({ severity }) => severity === 'error')
  if (errors.some(({ id }) => hasResult(results, id, 'failed'))) return 'rejected'
  return decisive.every(rule => hasResult(results, rule, 'passed')) ? 'accepted' : 'unknown'
}

const position = new Map<string, number>(signInRules.map(({ id }, at) => [id, at]))

const inRuleOrder = (results: readonly RuleResult[]): readonly RuleResult[] =>
  results.toSorted((one, other) => (position.get(one.rule) ?? 0) - (position.get(other.rule) ?? 0))

type NamedUser = { readonly signIn: UserSignIn; readonly isExact: boolean }

async function findUser(
  { directory, assignments }: ResponseCheckDeps,
  tenant: number,
  { assertion }: Inspection,
): Promise<NamedUser | undefined> {
  const name = assertion?.nameId?.text
  if (name === undefined || name === '') return undefined
  const id = await readDirectory(directory, tenant, undefined).findByName('User', name)
  const signIn = id === undefined ? undefined : await findUserSignIn({ directory, assignments }, tenant, id)
  return signIn && { signIn, isExact: signIn.identity.label === name }
}

function nameIdMatches({ assertion }: Inspection, user: NamedUser | undefined): RuleResult {
  const rule = 'SI-003'
  if (!assertion) return { rule, result: 'not-checked', detail: 'There is no NameID in signed content.' }
  const name = assertion.nameId?.text
  if (name === undefined) return { rule, result: 'failed', detail: 'The assertion has no NameID.' }
  if (!user) return { rule, result: 'failed', detail: `No user has the userName "${excerpt(name)}".` }
  const { label, status, id } = user.signIn.identity
  if (!user.isExact) {
    return { rule, result: 'failed', detail: `The userName is "${excerpt(label)}": the letter case differs.` }
  }
  return status === 'active' || status === 'disabled'
    ? { rule, result: 'passed', detail: `The user ${id} has this userName.` }
    : { rule, result: 'failed', detail: `The user ${id} had this userName and was deleted.` }
}

function userEnabled({ assertion }: Inspection, user: NamedUser | undefined): RuleResult {
  const rule = 'SI-005'
  if (!assertion) return { rule, result: 'not-checked', detail: 'There is no NameID in signed content.' }
  if (!user) return { rule, result: 'not-checked', detail: 'No user has this name.' }
  switch (user.signIn.identity.status) {
    case 'active':
      return { rule, result: 'passed', detail: 'The user is enabled.' }
    case 'disabled':
      return { rule, result: 'failed', detail: 'The user is disabled.' }
    default:
      return { rule, result: 'failed', detail: 'The user was deleted.' }
  }
}

const issuers: readonly (readonly [IdentityProvider, RegExp])[] = [
  ['entra', /^https:\/\/sts\.windows\.net\//],
  ['okta', /^https?:\/\/(www\.okta\.com|[^/]+\.okta(preview)?\.com)\//],
  ['google', /^https:\/\/accounts\.google\.com\//],
  ['ping', /^https:\/\/(auth\.pingone\.|[^/]*\.pingone\.)/],
  ['keycloak', /\/realms\/[^/]+$/],
  ['authentik', /authentik/i],
]

const identityProviderOf = (issuer: string): IdentityProvider | undefined =>
  issuers.find(([, form]) => form.test(issuer))?.[0]
