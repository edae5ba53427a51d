import type { FastifyRequest } from 'fastify'
import type { RequestFacts } from '../../domain/faults/fault.ts'
import type { Intent } from '../../domain/journal/description.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { countOperations } from '../../scim/bulk.ts'
import type { Json } from '../../scim/json.ts'
import { discoverySubject } from './discovery.ts'
import { findFilter } from './list-operations.ts'
import { callerOf } from './receive.ts'
import { bodyText, parseBody, type Subject } from './request.ts'
import { labelIn, type ResourceRoute, toIntent } from './resource-operations.ts'
import { findRoute, type Route } from './route.ts'

export function requestFacts(request: FastifyRequest): RequestFacts {
  const { tenant } = callerOf(request)
  const route = routeOf(request, tenant)
  return {
    tenant: tenant?.id,
    api: 'scim',
    method: request.method,
    type: route && 'type' in route ? route.type.name : undefined,
    operation: operationOf(route),
    url: request.originalUrl,
    body: () => bodyText(request) ?? '',
  }
}

export function unhandledSubject(
  request: FastifyRequest,
  tenant: Tenant | undefined = callerOf(request).tenant,
): Subject {
  const route = routeOf(request, tenant)
  const body = readableBody(request)
  switch (route?.kind) {
    case undefined:
      return { intent: { kind: 'unknown-address' } }
    case 'collection':
    case 'resource':
      return { intent: intentOf(request, route, tenant), target: targetIn(route, body) }
    case 'discovery':
      return discoverySubject(route)
    case 'bulk':
      return { intent: { kind: 'bulk', operations: countOperations(body) } }
    case 'root':
      return { intent: { kind: 'search' } }
    case 'unsupported':
      return { intent: { kind: 'unsupported', what: route.what } }
  }
}

/** A list has its filter, so that the journal describes a look-up as one. */
function intentOf({ query }: FastifyRequest, route: ResourceRoute, tenant: Tenant | undefined): Intent {
  const intent = toIntent(route)
  if (intent.kind !== 'list' || !tenant) return intent
  const filter = findFilter(route.type, query, tenant.profile)
  return filter ? { ...intent, filter } : intent
}

function readableBody(request: FastifyRequest): Json | undefined {
  try {
    return parseBody(request)
  } catch {
    return undefined
  }
}

function targetIn(route: ResourceRoute, body: Json | undefined): ExchangeTarget {
  if ('id' in route) return { type: route.type.name, id: route.id }
  return { type: route.type.name, ...(route.operation === 'create' && labelIn(body, route.type)) }
}

function operationOf(route: Route | undefined): RequestFacts['operation'] {
  if (route?.kind === 'collection' || route?.kind === 'resource') return route.operation
  return route?.kind === 'root' ? 'list' : undefined
}

/** Undefined for an unknown address. Without a tenant there is no profile to read the address by. */
function routeOf({ method, address }: FastifyRequest, tenant: Tenant | undefined): Route | undefined {
  if (!address || !tenant) return undefined
  try {
    return findRoute(method, address, tenant.profile)
  } catch {
    return undefined
  }
}
