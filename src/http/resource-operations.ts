import type { Intent } from '../journal/description.ts'
import { enforce, type OperationName, type Profile } from '../profiles/profile.ts'
import type { Call } from '../provider/call.ts'
import type { Written } from '../provider/provider.ts'
import type { Represented } from '../provider/representation.ts'
import { resourceFromDocument } from '../scim/document.ts'
import { errors, excerpt } from '../scim/error.ts'
import { isUnmodified, type Precondition } from '../scim/etag.ts'
import { isObject, type Json } from '../scim/json.ts'
import { readSearchRequest } from '../scim/messages.ts'
import { minimalProjection, type Projection } from '../scim/projection.ts'
import { type StoredResource, toResourceId } from '../scim/resource.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { type Tenant, tenantNow } from '../tenants/tenant.ts'
import { handleList, type Parameters, readParameters, readProjectionFor } from './list-operations.ts'
import type { ResourceDeps, ScimRequest } from './request.ts'
import type { ScimResponse } from './responses.ts'
import type { Route } from './route.ts'

const changeOperations: readonly OperationName[] = ['replace', 'patch', 'delete']

/**
 * The versions that a request is for (RFC 7644 §3.14); undefined where the profile offers none. Throws 428
 * (RFC 6585 §3) when a change has to name one and doesn't.
 */
export function readPrecondition(
  { headers, method }: ScimRequest,
  operation: OperationName,
  { features }: Profile,
): Precondition | undefined {
  if (!features.etag) return undefined
  const ifMatch = headerText(headers['if-match'])
  const ifNoneMatch = headerText(headers['if-none-match'])
  if (features.requiresIfMatch && changeOperations.includes(operation) && ifMatch === undefined) {
    throw errors.preconditionRequired(method)
  }
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}

/** A header that stands several times is one list (RFC 9110 §5.3). */
const headerText = (header: string | readonly string[] | undefined) =>
  typeof header === 'object' ? header.join(', ') : header

export type ResourceRoute = Extract<Route, { kind: 'collection' | 'resource' }>

/** Answers a request for a resource or for a list of them, and notes in the exchange what it was about. */
export async function handleResource(
  deps: ResourceDeps,
  request: ScimRequest,
  tenant: Tenant,
  route: ResourceRoute,
): Promise<ScimResponse> {
  const { exchange } = request
  const { type, operation } = route
  exchange.intent = toIntent(route)
  exchange.target = { type: type.name, ...('id' in route && { id: route.id }) }
  enforce(tenant.profile.rules.operation, { operation, type })
  const precondition = readPrecondition(request, operation, tenant.profile)
  const call: Call = {
    tenant,
    type,
    operation,
    now: tenantNow(tenant, exchange.at),
    exchange: exchange.id,
    ...(precondition && { precondition }),
    ...(request.reserved && { reserved: request.reserved }),
  }
  const isSearch = route.kind === 'collection' && route.search
  const parameters = isSearch
    ? readSearchRequest(request.body(), tenant.profile.requests)
    : readParameters(request.query)
  if (operation === 'list') return handleList(deps, request, { ...call, types: [type] }, parameters)
  const projection = readProjectionFor(type, parameters, tenant.profile)
  const context = { ...deps, request, call, parameters, projection }
  if (!('id' in route)) return create(context)
  const id = toResourceId(route.id)
  switch (operation) {
    case 'replace':
      return replace(context, id)
    case 'patch':
      return patch(context, id)
    case 'delete':
      return remove(context, id)
    default:
      return read(context, id)
  }
}

/** What the client wants, before its body or its filter is read. */
export function toIntent({ type, operation }: ResourceRoute): Intent {
  return operation === 'patch' ? { kind: operation, type, operations: [] } : { kind: operation, type }
}

type OperationContext = ResourceDeps & {
  readonly request: ScimRequest
  readonly call: Call
  readonly parameters: Parameters
  readonly projection: Projection | undefined
}
type Id = ReturnType<typeof toResourceId>

async function create(context: OperationContext): Promise<ScimResponse> {
  const body = context.request.body()
  context.request.exchange.target = { type: context.call.type.name, ...labelIn(body, context.call.type) }
  const stored = await context.provider.create(context.call, body)
  return respondWithResource(context, stored, context.call.tenant.profile.responses.created)
}

/** What a resource that may not come to be would have been called by. */
export function labelIn(body: Json | undefined, { labelAttribute }: ResourceType): { label?: string } {
  const label = isObject(body) ? body[labelAttribute] : undefined
  return typeof label === 'string' ? { label: excerpt(label) } : {}
}

async function read(context: OperationContext, id: Id): Promise<ScimResponse> {
  const stored = await context.provider.find(context.call, id)
  const { precondition } = context.call
  const representation = await represented(context, stored)
  noteTarget(context, stored)
  const { tag } = representation
  return precondition && tag !== undefined && isUnmodified(precondition, tag)
    ? { status: 304, headers: tagHeader(representation) }
    : toResponse(context, stored, representation, 200)
}

async function replace(context: OperationContext, id: Id): Promise<ScimResponse> {
  const { call, request } = context
  const written = await context.provider.replace(call, id, request.body())
  request.exchange.intent = { kind: 'replace', type: call.type, ...enabledState(call.type, written) }
  return respondWithResource(context, written, call.tenant.profile.responses.replaced)
}

/** Whether a PUT has left it enabled or disabled, where its type knows of that. */
function enabledState({ enabledAttribute }: ResourceType, stored: StoredResource): { enabled?: boolean } {
  const value = enabledAttribute === undefined ? undefined : resourceFromDocument(stored)[enabledAttribute]
  return typeof value === 'boolean' ? { enabled: value } : {}
}

async function patch(context: OperationContext, id: Id): Promise<ScimResponse> {
  const { call, parameters, request } = context
  const { written, operations } = await context.provider.patch(call, id, request.body())
  request.exchange.intent = { kind: 'patch', type: call.type, operations }
  const status = call.tenant.profile.responses.patched(call.type)
  noteTarget(context, written)
  // RFC 7644 §3.5.2: who names attributes gets them.
  if (status === 204 && !(context.projection && parameters.attributes)) {
    return { status, headers: await tagHeaderOnly(context, written) }
  }
  return respondWithResource(context, written, 200)
}

async function remove(context: OperationContext, id: Id): Promise<ScimResponse> {
  noteTarget(context, await context.provider.remove(context.call, id))
  return { status: 204 }
}

async function respondWithResource(
  context: OperationContext,
  stored: StoredResource,
  status: number,
): Promise<ScimResponse> {
  noteTarget(context, stored)
  return toResponse(context, stored, await represented(context, stored), status)
}

async function represented(
  { provider, call, request, projection }: OperationContext,
  stored: StoredResource,
): Promise<Represented> {
  const [only] = await provider.represent(call, [stored], { base: request.base, projection })
  if (only === undefined) throw errors.internal()
  return only
}

const toResponse = (
  context: OperationContext,
  stored: StoredResource,
  representation: Represented,
  status: number,
): ScimResponse => ({
  status,
  body: representation.text,
  headers: { ...locationHeaders(context, stored), ...tagHeader(representation) },
})

/**
 * RFC 7643 §3.1 has `meta.location` equal `Content-Location`; the samples of RFC 7644 §3.4.1 and §3.5.1 show
 * `Location` with what isn't created as well.
 */
function locationHeaders(
  { call, request }: OperationContext,
  stored: StoredResource,
): Readonly<Record<string, string>> {
  if (!call.tenant.profile.responses.location) return {}
  const location = `${request.base}${call.type.endpoint}/${stored.id}`
  return { Location: location, 'Content-Location': location }
}

/** The tag of a response without a body. */
const tagHeaderOnly = async (
  context: OperationContext,
  stored: StoredResource,
): Promise<Readonly<Record<string, string>>> =>
  context.call.tenant.profile.features.etag
    ? tagHeader(await represented({ ...context, projection: minimalProjection }, stored))
    : {}

/** RFC 7644 §3.14: the version is sent as a header, too, where versions are offered. */
const tagHeader = ({ tag }: Represented): Readonly<Record<string, string>> =>
  tag === undefined ? {} : { ETag: tag }

/** The exchange is about this resource. One that it has changed carries the time itself. */
function noteTarget({ recordSeen, call, request }: OperationContext, stored: StoredResource | Written): void {
  request.exchange.target = { type: stored.type, id: stored.id, label: excerpt(stored.label) }
  if (!('changed' in stored) || !stored.changed) recordSeen([stored.key], call.now)
}
