import { enforce } from '../profiles/enforce.ts'
import type { ListCall, Listed, PageRequest } from '../provider/list.ts'
import { shown } from '../scim/error.ts'
import { listResponse } from '../scim/page.ts'
import type { Stored } from '../scim/resource.ts'
import { readSearchRequest } from '../scim/search-request.ts'
import { nowAt, type Tenant } from '../tenants/tenant.ts'
import { type Parameters, parametersOf, projectionFor, readPage } from './read-query.ts'
import type { Answer } from './reply.ts'
import type { ResourceParts } from './resource-parts.ts'
import type { Route } from './route.ts'
import type { ScimRequest } from './scim-request.ts'

export type RootRoute = Extract<Route, { kind: 'root' }>

/** Answers a query on everything that the tenant has (RFC 7644 §3.4.2.1). */
export function answerRoot(
  parts: ResourceParts,
  request: ScimRequest,
  tenant: Tenant,
  { search }: RootRoute,
): Promise<Answer> {
  const { exchange } = request
  exchange.intent = { kind: 'search' }
  const types = tenant.profile.resourceTypes
  for (const type of types) enforce(tenant.profile.rules.operation, { operation: 'list', type })
  const parameters = search
    ? readSearchRequest(request.body(), tenant.profile.reads)
    : parametersOf(request.query)
  const now = nowAt(tenant, exchange.at)
  return answerList(
    parts,
    request,
    { tenant, types, operation: 'list', now, exchange: exchange.id },
    parameters,
  )
}

/** Answers a query with a page of a list (RFC 7644 §3.4.2), and notes in the exchange what it was about. */
export async function answerList(
  parts: ResourceParts,
  request: ScimRequest,
  call: ListCall,
  parameters: Parameters,
): Promise<Answer> {
  const { exchange } = request
  const { profile } = call.tenant
  const projections = new Map(
    call.types.map(type => [type.name, projectionFor(type, parameters, profile)] as const),
  )
  const page = readPage(parameters, profile)
  const listed = await parts.provider.list(call, { parameters, page, actor: exchange.token?.id ?? '' })
  const { filter } = listed
  const [type, ...others] = call.types
  if (type && others.length === 0) {
    exchange.intent = { kind: 'list', type, ...(filter && { filter }), found: listed.page.length }
  }
  const [only, ...more] = listed.page
  if (filter && only && more.length === 0) note(parts, request, call, only)
  const resources = await represented()
  return { status: 200, body: listResponse(shapeOf(page, listed, resources)) }

  /** Each by its own type, in the order of the list. */
  async function represented(): Promise<readonly string[]> {
    const texts = new Map<number, string>()
    for (const type of call.types) {
      const own = others.length === 0 ? listed.page : listed.page.filter(one => one.type === type.name)
      const representation = { base: request.base, projection: projections.get(type.name) }
      const written = await parts.provider.represent({ ...call, type }, own, representation)
      for (const [at, { key }] of own.entries()) texts.set(key, written[at]?.text ?? '')
    }
    return listed.page.flatMap(({ key }) => texts.get(key) ?? [])
  }
}

function shapeOf(page: PageRequest, listed: Listed, resources: readonly string[]) {
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
function note({ seen }: ResourceParts, { exchange }: ScimRequest, { now }: ListCall, only: Stored): void {
  exchange.target = { type: only.type, id: only.id, label: shown(only.label) }
  seen([only.key], now)
}
