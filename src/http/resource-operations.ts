import type { Intent } from '../journal/intent.ts'
import { enforce } from '../profiles/enforce.ts'
import type { Call } from '../provider/call.ts'
import type { Written } from '../provider/provider.ts'
import type { Represented } from '../provider/represent.ts'
import { errors, shown } from '../scim/error.ts'
import { isObject, type Json } from '../scim/json.ts'
import { isUnmodified } from '../scim/precondition.ts'
import { resourceOf } from '../scim/prepare.ts'
import { nothingAsked, type Projection } from '../scim/project.ts'
import { type Stored, toResourceId } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { readSearchRequest } from '../scim/search-request.ts'
import { nowAt, type Tenant } from '../tenants/tenant.ts'
import { answerList } from './list-operations.ts'
import { readPrecondition } from './precondition.ts'
import { type Parameters, parametersOf, projectionFor } from './read-query.ts'
import type { Answer } from './reply.ts'
import type { ResourceParts } from './resource-parts.ts'
import type { Route } from './route.ts'
import type { ScimRequest } from './scim-request.ts'

export type ResourceRoute = Extract<Route, { kind: 'collection' | 'resource' }>

/** Answers a request for a resource or for a list of them, and notes in the exchange what it was about. */
export async function answerResource(
  parts: ResourceParts,
  request: ScimRequest,
  tenant: Tenant,
  route: ResourceRoute,
): Promise<Answer> {
  const { exchange } = request
  const { type, operation } = route
  exchange.intent = intentOf(route)
  exchange.target = { type: type.name, ...('id' in route && { id: route.id }) }
  enforce(tenant.profile.rules.operation, { operation, type })
  const precondition = readPrecondition(request, operation, tenant.profile)
  const call: Call = {
    tenant,
    type,
    operation,
    now: nowAt(tenant, exchange.at),
    exchange: exchange.id,
    ...(precondition && { precondition }),
    ...(request.promised && { promised: request.promised }),
  }
  const isSearch = route.kind === 'collection' && route.search
  const parameters = isSearch
    ? readSearchRequest(request.body(), tenant.profile.reads)
    : parametersOf(request.query)
  if (operation === 'list') return answerList(parts, request, { ...call, types: [type] }, parameters)
  const projection = projectionFor(type, parameters, tenant.profile)
  const visit = { ...parts, request, call, parameters, projection }
  if (!('id' in route)) return create(visit)
  const id = toResourceId(route.id)
  switch (operation) {
    case 'replace':
      return replace(visit, id)
    case 'patch':
      return patch(visit, id)
    case 'delete':
      return remove(visit, id)
    default:
      return read(visit, id)
  }
}

/** What the client wants, before its body or its filter is read. */
export function intentOf({ type, operation }: ResourceRoute): Intent {
  return operation === 'patch' ? { kind: operation, type, operations: [] } : { kind: operation, type }
}

type Visit = ResourceParts & {
  readonly request: ScimRequest
  readonly call: Call
  readonly parameters: Parameters
  readonly projection: Projection | undefined
}
type Id = ReturnType<typeof toResourceId>

async function create(visit: Visit): Promise<Answer> {
  const body = visit.request.body()
  visit.request.exchange.target = { type: visit.call.type.name, ...labelIn(body, visit.call.type) }
  const stored = await visit.provider.create(visit.call, body)
  return whole(visit, stored, visit.call.tenant.profile.answers.created)
}

/** What a resource that may not come to be would have been called by. */
export function labelIn(body: Json | undefined, { labelledBy }: ResourceType): { label?: string } {
  const label = isObject(body) ? body[labelledBy] : undefined
  return typeof label === 'string' ? { label: shown(label) } : {}
}

async function read(visit: Visit, id: Id): Promise<Answer> {
  const stored = await visit.provider.find(visit.call, id)
  const { precondition } = visit.call
  const representation = await represented(visit, stored)
  note(visit, stored)
  const { tag } = representation
  return precondition && tag !== undefined && isUnmodified(precondition, tag)
    ? { status: 304, headers: tagHeader(representation) }
    : answerWith(visit, stored, representation, 200)
}

async function replace(visit: Visit, id: Id): Promise<Answer> {
  const { call, request } = visit
  const written = await visit.provider.replace(call, id, request.body())
  request.exchange.intent = { kind: 'replace', type: call.type, ...stateOf(call.type, written) }
  return whole(visit, written, call.tenant.profile.answers.replaced)
}

/** Whether a PUT has left it enabled or disabled, where its type knows of that. */
function stateOf({ enabledBy }: ResourceType, stored: Stored): { enabled?: boolean } {
  const value = enabledBy === undefined ? undefined : resourceOf(stored)[enabledBy]
  return typeof value === 'boolean' ? { enabled: value } : {}
}

async function patch(visit: Visit, id: Id): Promise<Answer> {
  const { call, parameters, request } = visit
  const { written, operations } = await visit.provider.patch(call, id, request.body())
  request.exchange.intent = { kind: 'patch', type: call.type, operations }
  const status = call.tenant.profile.answers.patched(call.type)
  note(visit, written)
  // RFC 7644 §3.5.2: who names attributes gets them.
  if (status === 204 && !(visit.projection && parameters.attributes)) {
    return { status, headers: await tagAlone(visit, written) }
  }
  return whole(visit, written, 200)
}

async function remove(visit: Visit, id: Id): Promise<Answer> {
  note(visit, await visit.provider.remove(visit.call, id))
  return { status: 204 }
}

async function whole(visit: Visit, stored: Stored, status: number): Promise<Answer> {
  note(visit, stored)
  return answerWith(visit, stored, await represented(visit, stored), status)
}

async function represented(
  { provider, call, request, projection }: Visit,
  stored: Stored,
): Promise<Represented> {
  const [only] = await provider.represent(call, [stored], { base: request.base, projection })
  if (only === undefined) throw errors.internal()
  return only
}

const answerWith = (visit: Visit, stored: Stored, representation: Represented, status: number): Answer => ({
  status,
  body: representation.text,
  headers: { ...locationOf(visit, stored), ...tagHeader(representation) },
})

/**
 * RFC 7643 §3.1 has `meta.location` equal `Content-Location`; the samples of RFC 7644 §3.4.1 and §3.5.1 show
 * `Location` with what isn't created as well.
 */
function locationOf({ call, request }: Visit, stored: Stored): Readonly<Record<string, string>> {
  if (!call.tenant.profile.answers.location) return {}
  const location = `${request.base}${call.type.endpoint}/${stored.id}`
  return { Location: location, 'Content-Location': location }
}

/** The tag of a response without a body. */
const tagAlone = async (visit: Visit, stored: Stored): Promise<Readonly<Record<string, string>>> =>
  visit.call.tenant.profile.offers.etag
    ? tagHeader(await represented({ ...visit, projection: nothingAsked }, stored))
    : {}

/** RFC 7644 §3.14: the version is sent as a header, too, where versions are offered. */
const tagHeader = ({ tag }: Represented): Readonly<Record<string, string>> =>
  tag === undefined ? {} : { ETag: tag }

/** The exchange is about this resource. One that it has changed carries the time itself. */
function note({ seen, call, request }: Visit, stored: Stored | Written): void {
  request.exchange.target = { type: stored.type, id: stored.id, label: shown(stored.label) }
  if (!('changed' in stored) || !stored.changed) seen([stored.key], call.now)
}
