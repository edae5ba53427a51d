import { mark } from '../../../domain/journal/credentials.ts'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { ExchangeEffects } from '../../../domain/ports/history.ts'
import type { TenantStore } from '../../../domain/ports/tenants.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import type { ProfileName } from '../../../profiles/names.ts'
import { profileNames } from '../../../profiles/names.ts'
import { type BrokenRule, type Profile, ruleError } from '../../../profiles/profile.ts'
import { loadProfile } from '../../../profiles/registry.ts'
import type { Declarations } from '../../../scim/declare/declarations.ts'
import { DeclarationError } from '../../../scim/declare/fields.ts'
import { errors, ScimError } from '../../../scim/error.ts'
import { compact } from '../../../scim/json.ts'
import { memoize } from '../../../scim/memoize.ts'
import type { Resource } from '../../../scim/resource.ts'
import { createDryRunStore, fillRequired } from './dry-run-store.ts'
import { collectBrokenRules, evaluatedProfile, secretsAreStrings } from './evaluated-profile.ts'
import {
  dryRunRequest,
  type NotEvaluated,
  type RecordedRequest,
  readRecordedRequest,
  reasonNotReadable,
} from './recorded-request.ts'

/** How a profile would have responded to a request. */
export type Evaluation = {
  readonly profile: ProfileName
  /** Whether it is the profile that responded. */
  readonly isTenantProfile: boolean
  readonly accepted: boolean
  readonly status: number
  readonly scimType?: string
  readonly detail?: string
  /** The attribute whose value another resource has. */
  readonly taken?: string
  /** All rules that it violates; the first one rejects it. */
  readonly rules: readonly BrokenRule[]
}

/** The evaluations for all profiles, or the reason why there are none. */
export type EvaluationResult = { readonly evaluations: readonly Evaluation[]; readonly notEvaluated?: string }

/** Evaluates requests of the journal. Has no side effects. */
export type Evaluator = {
  readonly all: (exchange: Exchange) => Promise<EvaluationResult>
  /** The evaluation for AWS; undefined if it is unknown. */
  readonly aws: (exchange: Exchange) => Promise<Evaluation | undefined>
}

type EvaluatorDeps = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly directory: { readonly effects: ExchangeEffects }
}

export function createEvaluator({ tenants, directory: { effects } }: EvaluatorDeps): Evaluator {
  const evaluate = async (exchange: Exchange, names: readonly ProfileName[]): Promise<EvaluationResult> => {
    // Profiles differ in SCIM only.
    if (exchange.api !== undefined) return { evaluations: [] }
    const tenant = tenants.find(exchange.tenant ?? '')
    const request = tenant ? readRecordedRequest(exchange) : { notEvaluated: 'its tenant was deleted' }
    if (!tenant || 'notEvaluated' in request) return { evaluations: [], ...reasonNotEvaluated(request) }
    const evaluateBy = async (name: ProfileName): Promise<Evaluation | undefined> => {
      const profile = profileFor(tenant, name)
      if (!profile || !canEvaluate(request, profile)) return undefined
      return evaluateCase({ exchange, tenant, profile, request, effects })
    }
    if (await mayDependOnSecret(exchange, request, evaluateBy)) {
      return {
        evaluations: [],
        notEvaluated: 'it was rejected, possibly because of a secret that is masked',
      }
    }
    const evaluations: Evaluation[] = []
    for (const name of names) {
      const evaluation = await evaluateBy(name)
      if (evaluation) evaluations.push(evaluation)
    }
    return { evaluations }
  }
  return {
    all: exchange => evaluate(exchange, profileNames),
    aws: async exchange =>
      acceptedByTenant(exchange, tenants.find(exchange.tenant ?? '')) ??
      (await evaluate(exchange, ['aws'])).evaluations[0],
  }
}

/**
 * The evaluation for AWS of a request that a tenant with the AWS profile has accepted: by the same rules, none is violated. Undefined
 * for other requests, and for those that can't be evaluated.
 */
function acceptedByTenant(exchange: Exchange, tenant: Tenant | undefined): Evaluation | undefined {
  const { profile, status, api, fault, request } = exchange
  if (profile !== 'aws' || tenant?.profile.name !== 'aws') return undefined
  if (status < 200 || status > 299 || api !== undefined || fault) return undefined
  if (reasonNotReadable(exchange) !== undefined || request.body?.includes(mark)) return undefined
  return { profile, isTenantProfile: true, accepted: true, status, rules: [] }
}

/** Whether the rejection may depend on a masked secret. */
async function mayDependOnSecret(
  { status, profile }: Exchange,
  request: RecordedRequest | ScimError,
  evaluateBy: (name: ProfileName) => Promise<Evaluation | undefined>,
): Promise<boolean> {
  const profileName = profileNames.find(name => name === profile)
  if (request instanceof ScimError || !request.isMasked || status < 400 || profileName === undefined)
    return false
  return (await evaluateBy(profileName))?.status !== status
}

const reasonNotEvaluated = (request: RecordedRequest | ScimError | NotEvaluated) =>
  'notEvaluated' in request ? { notEvaluated: request.notEvaluated } : {}

const canEvaluate = (request: RecordedRequest | ScimError, profile: Profile): boolean =>
  request instanceof ScimError || !request.isMasked || secretsAreStrings(profile)

/** Uses the tenant's switches for its own profile; undefined if the profile can't have the tenant's types. */
function profileFor({ profile, declared }: Tenant, name: ProfileName): Profile | undefined {
  return profile.name === name ? profile : profilesWith(declared)[name]
}

const profilesWith = memoize((declared: Declarations): Readonly<Record<ProfileName, Profile | undefined>> => {
  const load = (name: ProfileName) => {
    try {
      return loadProfile(name, {}, declared)
    } catch (error) {
      if (error instanceof DeclarationError) return undefined
      throw error
    }
  }
  return { aws: load('aws'), entra: load('entra'), rfc: load('rfc') }
})

type EvaluationCase = {
  readonly exchange: Exchange
  readonly tenant: Tenant
  readonly profile: Profile
  readonly request: RecordedRequest | ScimError
  readonly effects: ExchangeEffects
}

async function evaluateCase(evaluation: EvaluationCase): Promise<Evaluation> {
  const { exchange, profile } = evaluation
  const broken = new Map<string, BrokenRule>()
  const outcome = await dryRun(evaluation, broken)
  const rules = [...broken.values()]
  const [first] = rules
  const refusal = first ? ruleError(first) : outcome
  const about = { profile: profile.name, isTenantProfile: exchange.profile === profile.name }
  if (typeof refusal === 'number') return { ...about, accepted: true, status: refusal, rules }
  const { scimType, detail } = profile.responses.error(refusal, exchange.id, exchange.tenantTime)
  return {
    ...about,
    accepted: false,
    status: profile.responses.status(refusal),
    ...(typeof scimType === 'string' && { scimType }),
    detail: typeof detail === 'string' ? detail : refusal.detail,
    ...(refusal.reason === 'uniqueness' && compact({ taken: refusal.attribute })),
    rules,
  }
}

/** The body of a PUT or PATCH for a resource that doesn't exist violates no rules. */
function discardBodyRules(method: string, { rules }: Profile, broken: Map<string, BrokenRule>): void {
  if (method !== 'PUT' && method !== 'PATCH') return
  const kept = new Set(rules.operation.map(({ id }) => id))
  for (const id of broken.keys()) if (!kept.has(id)) broken.delete(id)
}

/** The status of the response, or the error that is not from a rule. */
async function dryRun(
  evaluation: EvaluationCase,
  broken: Map<string, BrokenRule>,
): Promise<number | ScimError> {
  const { exchange, tenant: currentTenant, profile, request, effects } = evaluation
  if (request instanceof ScimError) return request
  const isOwn = exchange.profile === profile.name
  let before: Resource | undefined
  const evaluated = evaluatedProfile(profile, exchange.method)
  const rules = collectBrokenRules(
    evaluated.rules,
    broken,
    (rule, subject) =>
      !isOwn && before !== undefined && rule.check({ ...subject, resource: before }) !== undefined,
  )
  // The response of an injected fault shows nothing.
  const status = exchange.fault ? undefined : exchange.status
  const clockOffset = exchange.tenantTime - exchange.at
  const tenant: Tenant = { ...currentTenant, clockOffset, profile: { ...evaluated, rules } }
  const store = createDryRunStore({
    effects,
    tenant: currentTenant.key,
    moment: { exchange: exchange.id, at: exchange.tenantTime },
    types: evaluated.schema.resourceTypes,
    keyWasTaken: status === 409,
    membersExisted:
      status !== undefined && status < 400 && currentTenant.profile.requests.unknownMembers === 'refuse',
    // Whether it is unmodified depends on its version.
    wasRead:
      exchange.method === 'GET' && status === 200 && exchange.request.headers['if-none-match'] === undefined,
    asStored: (type, resource) => (isOwn ? resource : fillRequired(type.attributes, resource)),
    onFound: resource => {
      before = resource
    },
  })
  try {
    return await dryRunRequest(request, exchange, tenant, store)
  } catch (error) {
    if (error instanceof ScimError) {
      if (error.reason === 'noSuchResource') discardBodyRules(exchange.method, evaluated, broken)
      return error
    }
    // A value that a rule rejects may be meaningless to later steps.
    if (broken.size > 0) return errors.internal()
    throw error
  }
}
