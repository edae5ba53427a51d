import { enforce, type Paging, type Profile } from '../profiles/profile.ts'
import type { Filters, ListCall, ListResult, PageRequest } from '../provider/list.ts'
import { errors, excerpt } from '../scim/error.ts'
import { parseFilter, parseFilterForTypes } from '../scim/filter/parse.ts'
import { listResponse, readSearchRequest } from '../scim/messages.ts'
import { type Projection, readProjection } from '../scim/projection.ts'
import type { StoredResource } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { readSort, type Sort } from '../scim/sorting.ts'
import { type Tenant, tenantNow } from '../tenants/tenant.ts'
import type { ResourceDeps, ScimRequest } from './request.ts'
import type { ScimResponse } from './responses.ts'
import type { Route } from './route.ts'

/** Query parameters; RFC 7644 has none that may stand twice. Unknown ones are kept for rules to see. */
export type Parameters = Readonly<Record<string, string>>

export function readParameters(query: unknown): Parameters {
  return Object.fromEntries(
    Object.entries(query as Record<string, string | string[]>).map(([name, value]) => {
      if (Array.isArray(value))
        throw errors.invalidValue(`The query parameter "${excerpt(name)}" stands more than once.`)
      if (value.includes('\0'))
        throw errors.invalidValue(`The query parameter "${excerpt(name)}" holds a NUL character.`)
      return [name, value]
    }),
  )
}

/** Which page the client asks for: by index (RFC 7644 §3.4.2.4), or by cursor (RFC 9865). */
export function readPage(parameters: Parameters, { features: { paging } }: Profile): PageRequest {
  const { cursor, startIndex } = parameters
  if (paging.cursor && cursor !== undefined) {
    if (paging.index && startIndex !== undefined) {
      throw errors.invalidValue('"cursor" and "startIndex" are two ways to page. Send one of them.')
    }
    return { by: 'cursor', cursor, count: readCount(parameters.count, paging, errors.invalidCount) }
  }
  const start = paging.index ? readInteger('startIndex', startIndex, errors.invalidValue) : undefined
  const count = readCount(parameters.count, paging, errors.invalidValue) ?? paging.defaultCount
  return { by: 'index', offset: Math.max(1, start ?? 1) - 1, count, total: paging.total === 'matches' }
}

type CreateError = (detail: string) => Error

/** RFC 7644 §3.4.2.4, RFC 9865 §2: what is negative counts as 0. */
function readCount(text: string | undefined, paging: Paging, refuse: CreateError): number | undefined {
  const isPassedOver = paging.invalidCount === 'default' && text !== undefined && !wholeNumber.test(text)
  const count = readInteger('count', isPassedOver ? undefined : text, refuse)
  return count === undefined ? undefined : Math.min(Math.max(0, count), paging.maxCount)
}

const wholeNumber = /^[+-]?\d{1,15}$/

function readInteger(name: string, text: string | undefined, refuse: CreateError): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!wholeNumber.test(text)) throw refuse(`"${name}" has to be a whole number, not "${excerpt(text)}".`)
  return Number(text)
}

/** What is to be shown of resources of a type, where the profile lets clients say so. */
export function readProjectionFor(
  type: ResourceType,
  parameters: Parameters,
  { features, requests }: Profile,
): Projection | undefined {
  if (!features.projection) return undefined
  const { attributes, excludedAttributes } = parameters
  const read = (list: string | undefined) => list && (requests.normalizeAttributeList?.(list) ?? list)
  return readProjection(type, read(attributes), read(excludedAttributes))
}

/** The filter as each type binds it. Throws the error of the first query rule that the request breaks. */
function readFilters(types: readonly ResourceType[], parameters: Parameters, profile: Profile): Filters {
  const filters = parseFilters(types, parameters.filter, profile)
  for (const type of types) {
    enforce(profile.rules.query, { type, parameters, filter: filters.get(type) })
  }
  return filters
}

function parseFilters(
  types: readonly ResourceType[],
  text: string | undefined,
  { requests }: Profile,
): Filters {
  if (text === undefined) return new Map()
  const [type, ...others] = types
  return type && others.length === 0
    ? new Map([[type, parseFilter(text, type, requests, requests.limits)]])
    : parseFilterForTypes(text, types, requests, requests.limits)
}

/** Where sorting isn't offered, its parameters are ignored (RFC 7644 §3.4.2.3). */
const readSortOrder = (
  types: readonly ResourceType[],
  { sortBy, sortOrder }: Parameters,
  { features, requests }: Profile,
): Sort | undefined => (features.sort ? readSort(types, sortBy, sortOrder, requests) : undefined)

export type RootRoute = Extract<Route, { kind: 'root' }>

/** Answers a query on everything that the tenant has (RFC 7644 §3.4.2.1). */
export function handleRootQuery(
  deps: ResourceDeps,
  request: ScimRequest,
  tenant: Tenant,
  { search }: RootRoute,
): Promise<ScimResponse> {
  const { exchange } = request
  exchange.intent = { kind: 'search' }
  const types = tenant.profile.schema.resourceTypes
  for (const type of types) enforce(tenant.profile.rules.operation, { operation: 'list', type })
  const parameters = search
    ? readSearchRequest(request.body(), tenant.profile.requests)
    : readParameters(request.query)
  const now = tenantNow(tenant, exchange.at)
  return handleList(
    deps,
    request,
    { tenant, types, operation: 'list', now, exchange: exchange.id },
    parameters,
  )
}

/** Answers a query with a page of a list (RFC 7644 §3.4.2), and notes in the exchange what it was about. */
export async function handleList(
  deps: ResourceDeps,
  request: ScimRequest,
  call: ListCall,
  parameters: Parameters,
): Promise<ScimResponse> {
  const { exchange } = request
  const { profile } = call.tenant
  const projections = new Map(
    call.types.map(type => [type.name, readProjectionFor(type, parameters, profile)] as const),
  )
  const page = readPage(parameters, profile)
  const listed = await deps.provider.list(call, {
    filters: readFilters(call.types, parameters, profile),
    sort: readSortOrder(call.types, parameters, profile),
    page,
    actor: exchange.token?.id ?? '',
    queryText: { filter: parameters.filter, sortBy: parameters.sortBy },
  })
  const { filter } = listed
  const [type, ...others] = call.types
  if (type && others.length === 0) {
    exchange.intent = { kind: 'list', type, ...(filter && { filter }), found: listed.page.length }
  }
  const [only, ...more] = listed.page
  if (filter && only && more.length === 0) noteTarget(deps, request, call, only)
  const resources = await represented()
  return { status: 200, body: listResponse(toListPage(page, listed, resources)) }

  /** Each by its own type, in the order of the list. */
  async function represented(): Promise<readonly string[]> {
    const texts = new Map<number, string>()
    for (const type of call.types) {
      const own = others.length === 0 ? listed.page : listed.page.filter(one => one.type === type.name)
      const representation = { base: request.base, projection: projections.get(type.name) }
      const written = await deps.provider.represent({ ...call, type }, own, representation)
      for (const [at, { key }] of own.entries()) texts.set(key, written[at]?.text ?? '')
    }
    return listed.page.flatMap(({ key }) => texts.get(key) ?? [])
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

/** The exchange is about the one that was found. */
function noteTarget(
  { recordSeen }: ResourceDeps,
  { exchange }: ScimRequest,
  { now }: ListCall,
  only: StoredResource,
): void {
  exchange.target = { type: only.type, id: only.id, label: excerpt(only.label) }
  recordSeen([only.key], now)
}
