import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import type { Intent } from '../../domain/journal/description.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import { enforce, type OperationName, type Profile } from '../../profiles/profile.ts'
import { resourceFromDocument } from '../../scim/document.ts'
import { errors } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { readSearchRequest } from '../../scim/messages.ts'
import { minimalProjection, type Projection } from '../../scim/projection.ts'
import { isUnmodified, type Precondition, type ResourceId, type StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { excerpt } from '../../scim/text.ts'
import type { Call } from '../provider/call.ts'
import type { Written } from '../provider/provider.ts'
import type { Represented } from '../provider/representation.ts'
import { handleList } from './list-operations.ts'
import type { Handled, Outcome, ResourceDeps, ScimRequest, ScimResponse, Subject } from './request.ts'
import { handle, targetOf } from './respond.ts'
import { type Parameters, type Route, readParameters, readProjectionFor } from './route.ts'

const changeOperations: readonly OperationName[] = ['replace', 'patch', 'delete']

/**
 * The versions that a request is conditional on (RFC 7644 §3.14); undefined if the profile has no versions. Throws 428
 * (RFC 6585 §3) if the profile requires a version for a change and the request has none.
 */
function readPrecondition(
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

/** Repeated headers form one list (RFC 9110 §5.3). */
const headerText = (header: string | readonly string[] | undefined) =>
  typeof header === 'object' ? header.join(', ') : header

export type ResourceRoute = Extract<Route, { kind: 'collection' | 'resource' }>

export function handleResource(
  deps: ResourceDeps,
  request: ScimRequest,
  route: ResourceRoute,
): MaybePromise<Outcome> {
  const subject = subjectOf(route)
  return handle(subject, () => handleOperation(deps, request, route, subject))
}

export const subjectOf = (route: ResourceRoute) => ({
  intent: toIntent(route),
  target: { type: route.type.name, ...('id' in route && { id: route.id }) },
})

function handleOperation(
  deps: ResourceDeps,
  request: ScimRequest,
  route: ResourceRoute,
  subject: Subject,
): MaybePromise<Outcome> {
  const { received, caller, reserved } = request
  const { tenant } = caller
  const { type, operation } = route
  enforce(tenant.profile.rules.operation, { operation, type })
  const precondition = readPrecondition(request, operation, tenant.profile)
  const call: Call = {
    tenant,
    type,
    operation,
    now: tenantNow(tenant, received.at),
    exchange: received.id,
    bodyBytes: request.bodyBytes,
    precondition,
    reserved,
  }
  const isSearch = route.kind === 'collection' && route.search
  const parameters = isSearch
    ? readSearchRequest(request.body(), tenant.profile.requests)
    : readParameters(request.query)
  if (operation === 'list') return handleList(deps, request, { types: [type], ...call }, parameters, subject)
  const projection = readProjectionFor(type, parameters, tenant.profile)
  const context = { deps, request, call, parameters, projection, intent: subject.intent }
  if (!('id' in route)) return create(context)
  const { id } = route
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

export function toIntent({ type, operation }: ResourceRoute): Intent {
  return operation === 'patch' ? { kind: operation, type, operations: [] } : { kind: operation, type }
}

type OperationContext = {
  readonly deps: ResourceDeps
  readonly request: ScimRequest
  readonly call: Call
  readonly parameters: Parameters
  readonly projection: Projection | undefined
  readonly intent: Intent
}

function create(context: OperationContext): MaybePromise<Outcome> {
  const { deps, call, intent } = context
  const body = context.request.body()
  const target = { type: call.type.name, ...labelIn(body, call.type) }
  return handle({ intent, target }, async () => {
    const stored = await deps.provider.create(call, body)
    return respondWithResource(context, stored, call.tenant.profile.responses.created)
  })
}

export function labelIn(body: Json | undefined, { labelAttribute }: ResourceType): { label?: string } {
  const label = isObject(body) ? body[labelAttribute] : undefined
  return typeof label === 'string' ? { label: excerpt(label) } : {}
}

function read(context: OperationContext, id: ResourceId): MaybePromise<Handled> {
  const { deps, call, intent } = context
  return whenDone(deps.provider.find(call, id), stored =>
    whenDone(represented(context, stored), representation => {
      const target = recordTarget(context, stored)
      const { tag } = representation
      const response =
        call.precondition && tag !== undefined && isUnmodified(call.precondition, tag)
          ? { status: 304, headers: tagHeader(representation) }
          : toResponse(context, stored, representation, 200)
      return { intent, target, response }
    }),
  )
}

async function replace(context: OperationContext, id: ResourceId): Promise<Handled> {
  const { call, request } = context
  const written = await context.deps.provider.replace(call, id, request.body())
  const intent: Intent = { kind: 'replace', type: call.type, ...enabledState(call.type, written) }
  return respondWithResource({ ...context, intent }, written, call.tenant.profile.responses.replaced)
}

function enabledState({ enabledAttribute }: ResourceType, stored: StoredResource): { enabled?: boolean } {
  const value = enabledAttribute === undefined ? undefined : resourceFromDocument(stored)[enabledAttribute]
  return typeof value === 'boolean' ? { enabled: value } : {}
}

async function patch(context: OperationContext, id: ResourceId): Promise<Handled> {
  const { call, request } = context
  const { written, operations } = await context.deps.provider.patch(call, id, request.body())
  const intent: Intent = { kind: 'patch', type: call.type, operations }
  if (await returnsPatched(context, written)) return respondWithResource({ ...context, intent }, written, 200)
  const target = recordTarget(context, written)
  return { intent, target, response: { status: 204, headers: await tagHeaderOnly(context, written) } }
}

/** RFC 7644 §3.5.2: a request that names attributes gets them; otherwise the provider may return no body. */
async function returnsPatched(
  { deps, call, parameters, projection }: OperationContext,
  written: Written,
): Promise<boolean> {
  if (projection && parameters.attributes) return true
  const { patched, maxPatchedMembers } = call.tenant.profile.responses
  if (patched(call.type) === 204) return false
  return (
    maxPatchedMembers === undefined ||
    !(await deps.provider.showsMoreMembers(call, written, projection, maxPatchedMembers))
  )
}

async function remove(context: OperationContext, id: ResourceId): Promise<Handled> {
  const target = recordTarget(context, await context.deps.provider.remove(context.call, id))
  return { intent: context.intent, target, response: { status: 204 } }
}

async function respondWithResource(
  context: OperationContext,
  stored: StoredResource,
  status: number,
): Promise<Handled> {
  const target = recordTarget(context, stored)
  const response = toResponse(context, stored, await represented(context, stored), status)
  return { intent: context.intent, target, response }
}

const represented = (
  { deps, call, request, projection }: OperationContext,
  stored: StoredResource,
): MaybePromise<Represented> => deps.provider.representOne(call, stored, { base: request.base, projection })

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

/** RFC 7643 §3.1 requires `Content-Location`; samples of RFC 7644 §3.4.1 and §3.5.1 also send `Location`. */
function locationHeaders(
  { call, request }: OperationContext,
  stored: StoredResource,
): Readonly<Record<string, string>> {
  if (!call.tenant.profile.responses.location) return {}
  const location = `${request.base}${call.type.endpoint}/${stored.id}`
  return { Location: location, 'Content-Location': location }
}

const tagHeaderOnly = async (
  context: OperationContext,
  stored: StoredResource,
): Promise<Readonly<Record<string, string>>> =>
  context.call.tenant.profile.features.etag
    ? tagHeader(await represented({ ...context, projection: minimalProjection }, stored))
    : {}

/** RFC 7644 §3.14: the version is also sent as a header. */
const tagHeader = ({ tag }: Represented): Readonly<Record<string, string>> =>
  tag === undefined ? {} : { ETag: tag }

function recordTarget({ deps, call }: OperationContext, stored: StoredResource | Written): ExchangeTarget {
  if (!('changed' in stored) || !stored.changed) deps.recordSeen(call.tenant.key, stored.key, call.now)
  return targetOf(stored)
}
