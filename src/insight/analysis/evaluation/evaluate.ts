import { parse } from 'node:querystring'
import { mark } from '../../../domain/journal/credentials.ts'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import { withheldBody } from '../../../domain/journal/masking.ts'
import type { ExchangeEffects } from '../../../domain/ports/directory.ts'
import type { ResourceStore } from '../../../domain/ports/resources.ts'
import type { Tenant, TenantStore } from '../../../domain/tenants/tenant.ts'
import { type ProfileName, profileNames } from '../../../profiles/names.ts'
import { type BrokenRule, type Profile, ruleError } from '../../../profiles/profile.ts'
import { loadProfile } from '../../../profiles/registry.ts'
import { readBulkRequest } from '../../../scim/bulk.ts'
import type { Declarations } from '../../../scim/declare/declarations.ts'
import { DeclarationError } from '../../../scim/declare/fields.ts'
import { errors, ScimError } from '../../../scim/error.ts'
import { compact, isObject, type Json } from '../../../scim/json.ts'
import { memoize } from '../../../scim/memoize.ts'
import { objectIn } from '../../../scim/messages.ts'
import type { Resource } from '../../../scim/resource.ts'
import { readJsonText, type ScimRequest, unsupportedContent } from '../../../scim-api/http/request.ts'
import { type Address, findRoute, readAddress, readTokenAddress } from '../../../scim-api/http/route.ts'
import { copyDeps, dispatch } from '../../scim-copy.ts'
import { createDryRunStore, fillRequired } from './dry-run-store.ts'
import { collectBrokenRules, evaluatedProfile, secretsAreStrings } from './evaluated-profile.ts'

export type Evaluation = {
  readonly profile: ProfileName
  readonly isTenantProfile: boolean
  readonly accepted: boolean
  readonly status: number
  readonly scimType?: string
  readonly detail?: string
  readonly taken?: string
  /** All rules that it violates; the first one rejects it. */
  readonly rules: readonly BrokenRule[]
}

export type EvaluationResult = { readonly evaluations: readonly Evaluation[]; readonly notEvaluated?: string }

export type Evaluator = {
  readonly all: (exchange: Exchange) => Promise<EvaluationResult>
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

/** A request that a tenant with the AWS profile accepted violates none of the same rules. Undefined for others. */
function acceptedByTenant(exchange: Exchange, tenant: Tenant | undefined): Evaluation | undefined {
  const { profile, status, api, fault, request } = exchange
  if (profile !== 'aws' || tenant?.profile.name !== 'aws') return undefined
  if (status < 200 || status > 299 || api !== undefined || fault) return undefined
  if (reasonNotReadable(exchange) !== undefined || request.body?.includes(mark)) return undefined
  return { profile, isTenantProfile: true, accepted: true, status, rules: [] }
}

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
  return profile.name === name ? profile : profilesWith(declared).get(name)
}

const profilesWith = memoize((declared: Declarations): ReadonlyMap<ProfileName, Profile | undefined> => {
  const load = (name: ProfileName) => {
    try {
      return loadProfile(name, {}, declared)
    } catch (error) {
      if (error instanceof DeclarationError) return undefined
      throw error
    }
  }
  return new Map(profileNames.map(name => [name, load(name)]))
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

type RecordedRequest = Pick<ScimRequest, 'method' | 'base' | 'query' | 'body' | 'headers'> & {
  readonly address: Address
  readonly isMasked: boolean
}

type NotEvaluated = { readonly notEvaluated: string }

/** An unknown address is an error of the request; an unreadable body is one for the profiles that need it. */
function readRecordedRequest(exchange: Exchange): RecordedRequest | ScimError | NotEvaluated {
  const why = reasonNotReadable(exchange)
  if (why !== undefined) return { notEvaluated: why }
  const { url, method, request } = exchange
  try {
    const address = readAddress(url)
    if (!address) throw errors.noSuchEndpoint('SCIM is served below /{tenant}/scim/v2 and below /scim/v2.')
    const body = readBody(exchange)
    const marks = body === undefined || body instanceof ScimError ? 'none' : findMasks(body)
    if (marks === 'inside') return { notEvaluated: 'a secret is masked within a text' }
    const { headers } = request
    const base = `http://${headers.host ?? 'localhost'}${address.root}`
    const query = withoutCursor(exchange, parseQuery(url))
    const read = () => {
      if (body instanceof ScimError) throw body
      return body
    }
    return { method, base, query, body: read, headers, address, isMasked: marks === 'whole' }
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

/** The JSON of a body, or the error in it. An operation of a bulk request is JSON already. */
function readBody({ parent, status, request }: Exchange): Json | undefined | ScimError {
  const { headers, body } = request
  const isSent = status === 415 || (parent === undefined && body !== undefined)
  if (!isSent && body === undefined) return undefined
  const unsupported = isSent ? unsupportedContent(headers) : undefined
  if (unsupported) return unsupported
  try {
    return readJsonText(body ?? '', objectIn(request))
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

/** The response was sent before the whole request was read. */
const unreadReasons: Readonly<Record<number, string>> = {
  408: 'it arrived incomplete',
  413: 'its body was too large to be read',
  431: 'its headers were too large to be read',
  499: 'the client disconnected before the response',
}

function reasonNotReadable(exchange: Exchange): string | undefined {
  const { operation, refusal, tenant, status, url, parent, request } = exchange
  if (operation === 'token') return 'it was sent to the token endpoint, which is not part of SCIM'
  if (readTokenAddress(url)?.endpoint === 'metadata')
    return 'it asks for metadata, which are not part of SCIM'
  if (refusal !== undefined) return 'its token was rejected, so the request was not processed'
  if (tenant === undefined) return 'it belongs to no known tenant'
  if (unreadReasons[status] !== undefined && request.body === undefined) return unreadReasons[status]
  if (request.cutFrom !== undefined) return 'the journal stored only the beginning of its body'
  if (request.body === withheldBody) return 'the journal withheld its body, which may contain a secret'
  if (url.includes(mark)) return 'a secret is masked in its URL'
  if (parent !== undefined && request.body?.includes('"bulkId:')) {
    return 'it refers to other operations of its bulk request'
  }
  return undefined
}

const parseQuery = (url: string) => {
  const at = url.indexOf('?')
  return at < 0 ? {} : { ...parse(url.slice(at + 1)) }
}

/** A cursor is valid only in the process that issued it; the start of the list is equivalent to a valid one. */
const withoutCursor = (
  { status }: Exchange,
  query: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string | string[] | undefined>> =>
  status < 400 && typeof query.cursor === 'string' ? { ...query, cursor: '' } : query

function findMasks(json: Json): 'none' | 'whole' | 'inside' {
  if (typeof json === 'string') {
    if (json === mark) return 'whole'
    return json.includes(mark) ? 'inside' : 'none'
  }
  const parts = Array.isArray(json) ? json : isObject(json) ? Object.values(json) : []
  const found = new Set(parts.map(findMasks))
  return found.has('inside') ? 'inside' : found.has('whole') ? 'whole' : 'none'
}

/** Runs a request on this store. Returns the status; throws ScimError. */
async function dryRunRequest(
  { address, ...read }: RecordedRequest,
  exchange: { readonly id: string; readonly at: number },
  tenant: Tenant,
  store: ResourceStore,
): Promise<number> {
  const request: ScimRequest = {
    ...read,
    root: address.root,
    received: { ...exchange, started: 0 },
    caller: { tenant },
    signal: () => undefined,
  }
  const route = findRoute(read.method, address, tenant.profile)
  if (route.kind === 'unsupported') throw route.error
  if (route.kind === 'bulk') {
    // The operations are exchanges of their own.
    readBulkRequest(read.body(), route.limits.maxOperations)
    return 200
  }
  const outcome = await dispatch(
    route,
    request,
    copyDeps(store, () => exchange.at),
  )
  if ('error' in outcome) throw outcome.error
  return outcome.response.status
}
