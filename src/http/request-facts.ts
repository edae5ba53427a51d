import type { FastifyRequest } from 'fastify'
import type { RequestFacts } from '../faults/fault.ts'
import type { ExchangeTarget } from '../journal/exchange.ts'
import type { Json } from '../scim/json.ts'
import { countOperations } from './bulk/bulk-request.ts'
import { documentNames } from './discovery.ts'
import { type ExchangeState, parseBody } from './request.ts'
import { labelIn, type ResourceRoute, toIntent } from './resource-operations.ts'
import { findRoute, type Route } from './route.ts'

/** What decides whether a fault is meant for a request. */
export function requestFacts(request: FastifyRequest): RequestFacts {
  const { tenant, body } = request.exchange
  const route = routeIn(request)
  return {
    tenant: tenant?.id,
    method: request.method,
    type: route && 'type' in route ? route.type.name : undefined,
    operation: operationOf(route),
    url: request.originalUrl,
    body: () => body?.toString('utf8') ?? '',
  }
}

/** What a request that isn't carried out was about, as far as its address tells. */
export function intentAndTarget(request: FastifyRequest): Pick<ExchangeState, 'intent' | 'target'> {
  const route = routeIn(request)
  const body = readableIn(request)
  switch (route?.kind) {
    case undefined:
      return { intent: { kind: 'unknown-address' } }
    case 'collection':
    case 'resource':
      return { intent: toIntent(route), target: targetOf(route, body) }
    case 'discovery':
      return { intent: { kind: 'discovery', document: documentNames[route.document] } }
    case 'bulk':
      return { intent: { kind: 'bulk', operations: countOperations(body) } }
    case 'root':
      return { intent: { kind: 'search' } }
    case 'unsupported':
      return { intent: { kind: 'unsupported', what: route.what } }
  }
}

function readableIn(request: FastifyRequest): Json | undefined {
  try {
    return parseBody(request)
  } catch {
    return undefined
  }
}

function targetOf(route: ResourceRoute, body: Json | undefined): ExchangeTarget {
  if ('id' in route) return { type: route.type.name, id: route.id }
  return { type: route.type.name, ...(route.operation === 'create' && labelIn(body, route.type)) }
}

function operationOf(route: Route | undefined): RequestFacts['operation'] {
  if (route?.kind === 'collection' || route?.kind === 'resource') return route.operation
  return route?.kind === 'root' ? 'list' : undefined
}

/** What isn't let in has no tenant whose profile could tell; what it asks for may be nothing at all. */
function routeIn({ method, exchange }: FastifyRequest): Route | undefined {
  const { address, tenant } = exchange
  if (!address || !tenant) return undefined
  try {
    return findRoute(method, address, tenant.profile)
  } catch {
    return undefined
  }
}
