import type { Exchange } from '../journal/exchange.ts'
import type { Broken } from '../profiles/enforce.ts'
import { profileNamed, profileNames } from '../profiles/index.ts'
import type { Profile, ProfileName } from '../profiles/profile.ts'
import { DeclarationError } from '../scim/declare/mistakes.ts'
import { errors, ScimError } from '../scim/error.ts'
import type { Resource } from '../scim/resource.ts'
import type { Effects } from '../store/effects.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import { type Collected, collecting } from './verdict/collect-rules.ts'
import { createDryStore } from './verdict/dry-store.ts'
import { judgedProfile, secretsAreTexts } from './verdict/judged-profile.ts'
import { type ReadableRequest, readRequest, type Unjudged } from './verdict/readable-request.ts'
import { requiredFilled } from './verdict/required-filled.ts'
import { tryRequest } from './verdict/try-request.ts'

/** What a profile would have answered to a request. */
export type Verdict = {
  readonly profile: ProfileName
  /** Whether it is the profile that answered. */
  readonly own: boolean
  readonly accepted: boolean
  readonly status: number
  readonly scimType?: string
  readonly detail?: string
  /** Every rule that it breaks; the first one is what refuses it. */
  readonly rules: readonly Broken[]
}

/** The verdicts of all profiles, or why there are none. */
export type Judgement = { readonly verdicts: readonly Verdict[]; readonly unjudged?: string }

/** Judges requests out of the journal. Nothing is written, noted, counted or hashed by that. */
export type Judge = {
  readonly all: (exchange: Exchange) => Promise<Judgement>
  /** What AWS would have answered; undefined where that can't be told. */
  readonly aws: (exchange: Exchange) => Promise<Verdict | undefined>
}

export type JudgeParts = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly directory: { readonly effects: Effects }
}

export function createJudge({ tenants, directory: { effects } }: JudgeParts): Judge {
  const judge = async (exchange: Exchange, names: readonly ProfileName[]): Promise<Judgement> => {
    const tenant = tenants.find(exchange.tenant ?? '')
    const request = tenant ? readRequest(exchange) : { unjudged: 'its tenant is gone' }
    if (!tenant || 'unjudged' in request) return { verdicts: [], ...unjudgedIn(request) }
    const verdictBy = async (name: ProfileName): Promise<Verdict | undefined> => {
      const profile = profileFor(tenant, name)
      if (!profile || !canBeJudged(request, profile)) return undefined
      return verdictOf({ exchange, tenant, profile, request, effects })
    }
    if (await mayBeForASecret(exchange, request, verdictBy)) {
      return { verdicts: [], unjudged: 'it was refused, and the reason may be a secret that was masked' }
    }
    const verdicts: Verdict[] = []
    for (const name of names) {
      const verdict = await verdictBy(name)
      if (verdict) verdicts.push(verdict)
    }
    return { verdicts }
  }
  return {
    all: exchange => judge(exchange, profileNames),
    aws: async exchange => (await judge(exchange, ['aws'])).verdicts[0],
  }
}

/** Whether a request with a masked secret was refused in another way than it would have been without the mask. */
async function mayBeForASecret(
  { status, profile }: Exchange,
  request: ReadableRequest | ScimError,
  verdictBy: (name: ProfileName) => Promise<Verdict | undefined>,
): Promise<boolean> {
  const own = profileNames.find(name => name === profile)
  if (request instanceof ScimError || !request.isMasked || status < 400 || own === undefined) return false
  return (await verdictBy(own))?.status !== status
}

const unjudgedIn = (request: ReadableRequest | ScimError | Unjudged) =>
  'unjudged' in request ? { unjudged: request.unjudged } : {}

const canBeJudged = (request: ReadableRequest | ScimError, profile: Profile): boolean =>
  request instanceof ScimError || !request.isMasked || secretsAreTexts(profile)

/** With the tenant's own switches where it is the tenant's own; undefined where it can't have the tenant's types. */
function profileFor({ profile, declared }: Tenant, name: ProfileName): Profile | undefined {
  if (profile.name === name) return profile
  try {
    return profileNamed(name, {}, declared)
  } catch (error) {
    if (error instanceof DeclarationError) return undefined
    throw error
  }
}

type Case = {
  readonly exchange: Exchange
  readonly tenant: Tenant
  readonly profile: Profile
  readonly request: ReadableRequest | ScimError
  readonly effects: Effects
}

async function verdictOf(asked: Case): Promise<Verdict> {
  const { exchange, profile } = asked
  const broken = new Map<string, Collected>()
  const outcome = await outcomeOf(asked, broken)
  const rules = [...broken.values()].map(one => one.broken)
  const [first] = broken.values()
  const refusal = first ? refusalBy(first) : outcome
  const about = { profile: profile.name, own: exchange.profile === profile.name }
  if (typeof refusal === 'number') return { ...about, accepted: true, status: refusal, rules }
  const { scimType, detail } = profile.answers.error(refusal, exchange.id, exchange.tenantTime)
  return {
    ...about,
    accepted: false,
    status: profile.answers.status(refusal),
    ...(typeof scimType === 'string' && { scimType }),
    detail: typeof detail === 'string' ? detail : refusal.detail,
    rules,
  }
}

/** What a PUT or PATCH says of a resource that isn't there is never held against the rules. */
function forgetBodyRules(method: string, { rules }: Profile, broken: Map<string, Collected>): void {
  if (method !== 'PUT' && method !== 'PATCH') return
  const kept = new Set(rules.operation.map(({ id }) => id))
  for (const id of broken.keys()) if (!kept.has(id)) broken.delete(id)
}

const refusalBy = ({ broken: { id, detail, status }, scimType }: Collected) =>
  errors.ruleBroken(id, detail, status, scimType)

/** The status of the answer, or what was thrown for something else than a rule. */
async function outcomeOf(asked: Case, broken: Map<string, Collected>): Promise<number | ScimError> {
  const { exchange, tenant: asSet, profile, request, effects } = asked
  if (request instanceof ScimError) return request
  const isOwn = exchange.profile === profile.name
  let before: Resource | undefined
  const judged = judgedProfile(profile, exchange.method)
  const rules = collecting(
    judged.rules,
    broken,
    (rule, subject) => !isOwn && before !== undefined && rule.brokenBy({ ...subject, resource: before }),
  )
  // An answer that was spoiled on purpose says nothing.
  const status = exchange.fault ? undefined : exchange.status
  const clockOffset = exchange.tenantTime - exchange.at
  const tenant: Tenant = { ...asSet, clockOffset, profile: { ...judged, rules } }
  const store = createDryStore({
    effects,
    tenant: asSet.key,
    moment: { exchange: exchange.id, at: exchange.tenantTime },
    types: judged.resourceTypes,
    wasTaken: status === 409,
    membersWereThere: status !== undefined && status < 400 && asSet.profile.unknownMembers === 'refuse',
    taken: (type, resource) => (isOwn ? resource : requiredFilled(type.attributes, resource)),
    found: resource => {
      before = resource
    },
  })
  try {
    return await tryRequest(request, exchange, tenant, store)
  } catch (error) {
    if (error instanceof ScimError) {
      if (error.reason === 'noSuchResource') forgetBodyRules(exchange.method, judged, broken)
      return error
    }
    // What a rule would have kept out may have no meaning to what comes after it.
    if (broken.size > 0) return errors.internal()
    throw error
  }
}
