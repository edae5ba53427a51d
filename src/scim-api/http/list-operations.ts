import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import type { Intent } from '../../domain/journal/description.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import { enforce, type Paging, type Profile } from '../../profiles/profile.ts'
import { errors } from '../../scim/error.ts'
import { parseFilter, parseFilterForTypes } from '../../scim/filter/bind.ts'
import { type BoundFilter, countUnindexedTests } from '../../scim/filter/bound-filter.ts'
import { listResponse, readSearchRequest } from '../../scim/messages.ts'
import type { Projection } from '../../scim/projection.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { readSort, type Sort } from '../../scim/sorting.ts'
import { excerpt } from '../../scim/text.ts'
import type { Call } from '../provider/call.ts'
import type { Filters, ListCall, ListResult, PageRequest } from '../provider/list.ts'
import type { Handled, Outcome, ResourceDeps, ScimRequest, Subject } from './request.ts'
import { handle, targetOf } from './respond.ts'
import { type Parameters, type Route, readParameters, readProjectionFor } from './route.ts'

/** Reads the requested page: by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865). Throws ScimError. */
function readPage(parameters: Parameters, { features: { paging } }: Profile): PageRequest {
  const { cursor, startIndex } = parameters
  if (paging.cursor && cursor !== undefined) {
    if (paging.index && startIndex !== undefined) {
      throw errors.invalidValue('"cursor" and "startIndex" cannot be combined. Send one of them.')
    }
    return { by: 'cursor', cursor, count: readCount(parameters.count, paging, errors.invalidCount) }
  }
  const start = paging.index ? readInteger('startIndex', startIndex, errors.invalidValue) : undefined
  const count = readCount(parameters.count, paging, errors.invalidValue) ?? paging.defaultCount
  return { by: 'index', offset: Math.max(1, start ?? 1) - 1, count, total: paging.total === 'matches' }
}

type CreateError = (detail: string) => Error

/** RFC 7644 §3.4.2.4, RFC 9865 §2: a negative count is 0. */
function readCount(text: string | undefined, paging: Paging, createError: CreateError): number | undefined {
  const isIgnored = paging.invalidCount === 'default' && text !== undefined && !wholeNumber.test(text)
  const count = readInteger('count', isIgnored ? undefined : text, createError)
  return count === undefined ? undefined : Math.min(Math.max(0, count), paging.maxCount)
}

const wholeNumber = /^[+-]?\d{1,15}$/

function readInteger(name: string, text: string | undefined, createError: CreateError): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!wholeNumber.test(text)) throw createError(`"${name}" must be a whole number, not "${excerpt(text)}".`)
  return Number(text)
}

function readFilters(types: readonly ResourceType[], parameters: Parameters, profile: Profile): Filters {
  const filters = parseFilters(types, parameters.filter, profile)
  for (const type of types) {
    enforce(profile.rules.query, { type, parameters, filter: filters.get(type) })
  }
  for (const filter of filters.values()) checkComparisons(filter, profile)
  return filters
}

/** RFC 7644 §3.12: a filter that the server is not willing to process is `tooMany`. */
function checkComparisons(filter: BoundFilter, { requests: { limits } }: Profile): void {
  const tests = countUnindexedTests(filter)
  if (tests <= limits.filterComparisons) return
  throw errors.tooMany(
    `The filter has ${tests} comparisons that no index answers; the maximum is ${limits.filterComparisons}, because each reads every resource. Split the query.`,
  )
}

function parseFilters(
  types: readonly ResourceType[],
  text: string | undefined,
  { requests }: Profile,
): Filters {
  if (text === undefined) return new Map()
  const [type] = types
  return type && types.length === 1
    ? new Map([[type, parseFilter(text, type, requests, requests.limits)]])
    : parseFilterForTypes(text, types, requests, requests.limits)
}

export function findFilter(type: ResourceType, query: unknown, profile: Profile): BoundFilter | undefined {
  try {
    return parseFilters([type], readParameters(query).filter, profile).get(type)
  } catch {
    return undefined
  }
}

/** Where sorting isn't offered, its parameters are ignored (RFC 7644 §3.4.2.3). */
const readSortOrder = (
  types: readonly ResourceType[],
  { sortBy, sortOrder }: Parameters,
  { features, requests }: Profile,
): Sort | undefined => (features.sort ? readSort(types, sortBy, sortOrder, requests) : undefined)

type RootRoute = Extract<Route, { kind: 'root' }>

/** Handles a query over all resource types (RFC 7644 §3.4.2.1). */
export function handleRootQuery(
  deps: ResourceDeps,
  request: ScimRequest,
  { search }: RootRoute,
): MaybePromise<Outcome> {
  const subject: Subject = { intent: { kind: 'search' } }
  return handle(subject, () => {
    const { received, caller } = request
    const { tenant } = caller
    const types = tenant.profile.schema.resourceTypes
    for (const type of types) enforce(tenant.profile.rules.operation, { operation: 'list', type })
    const parameters = search
      ? readSearchRequest(request.body(), tenant.profile.requests)
      : readParameters(request.query)
    const now = tenantNow(tenant, received.at)
    const call: ListCall = { tenant, types, operation: 'list', now, exchange: received.id }
    return handleList(deps, request, call, parameters, subject)
  })
}

/** RFC 7644 §3.4.2. If a filter finds one resource, that is the target. */
export function handleList(
  deps: ResourceDeps,
  request: ScimRequest,
  call: ListCall,
  parameters: Parameters,
  subject: Subject,
): MaybePromise<Handled> {
  const { caller, base } = request
  const { profile } = call.tenant
  const projections = call.types.map(type => readProjectionFor(type, parameters, profile))
  const page = readPage(parameters, profile)
  const listed = deps.provider.list(call, {
    filters: readFilters(call.types, parameters, profile),
    sort: readSortOrder(call.types, parameters, profile),
    page,
    actor: caller.token?.id ?? '',
    queryText: { filter: parameters.filter, sortBy: parameters.sortBy },
    signal: () => request.signal(),
  })
  return whenDone(listed, listed =>
    whenDone(represented(deps, call, listed.page, { base, projections }), resources => {
      const { filter } = listed
      const single = filter && listed.page.length === 1 ? listed.page[0] : undefined
      if (single) deps.recordSeen(call.tenant.key, single.key, call.now)
      const intent = listIntent(call, listed) ?? subject.intent
      const target = single ? targetOf(single) : subject.target
      const response = { status: 200, body: listResponse(toListPage(page, listed, resources)) }
      return target ? { intent, target, response } : { intent, response }
    }),
  )
}

function listIntent({ types }: ListCall, { filter, page }: ListResult): Intent | undefined {
  const [type] = types
  if (!type || types.length > 1) return undefined
  const found = page.length
  return filter ? { kind: 'list', type, filter, found } : { kind: 'list', type, found }
}

type ListRepresentation = {
  readonly base: string
  readonly projections: readonly (Projection | undefined)[]
}

function represented(
  { provider }: ResourceDeps,
  call: ListCall,
  page: readonly StoredResource[],
  { base, projections }: ListRepresentation,
): MaybePromise<readonly string[]> {
  const [only] = page
  if (!only) return []
  if (page.length > 1) return representEach()
  const at = call.types.findIndex(({ name }) => name === only.type)
  const type = call.types[at]
  if (!type) throw errors.internal()
  const { tenant, operation, now, exchange } = call
  const ofType: Call = { tenant, type, operation, now, exchange }
  return whenDone(provider.representOne(ofType, only, { base, projection: projections[at] }), ({ text }) => [
    text,
  ])

  async function representEach(): Promise<readonly string[]> {
    const texts = new Map<number, string>()
    for (const [at, type] of call.types.entries()) {
      const ofType = page.filter(one => one.type === type.name)
      const written = await provider.represent({ ...call, type }, ofType, {
        base,
        projection: projections[at],
      })
      for (const [position, { key }] of ofType.entries()) texts.set(key, written[position]?.text ?? '')
    }
    return page.flatMap(({ key }) => texts.get(key) ?? [])
  }
}

function toListPage(page: PageRequest, listed: ListResult, resources: readonly string[]) {
  const { total, next, previous } = listed
  return page.by === 'cursor'
    ? ({
        by: 'cursor',
        resources,
        ...(total !== undefined && { total }),
        ...(next !== undefined && { next }),
        ...(previous !== undefined && { previous }),
      } as const)
    : ({ by: 'index', resources, total: total ?? resources.length, startIndex: page.offset + 1 } as const)
}
