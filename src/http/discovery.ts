import { errors, excerpt } from '../scim/error.ts'
import type { JsonObject } from '../scim/json.ts'
import { listResponse } from '../scim/messages.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { ScimRequest } from './request.ts'
import type { ScimResponse } from './responses.ts'
import type { Route } from './route.ts'

export type DiscoveryRoute = Extract<Route, { kind: 'discovery' }>

/** What the journal calls the documents. */
export const documentNames = {
  ServiceProviderConfig: 'service provider configuration',
  ResourceTypes: 'resource types',
  Schemas: 'schemas',
} as const

/** RFC 7644 §4: what the tenant's profile offers. Sorting and paging mean nothing here, nor does a filter. */
export function handleDiscovery(
  { exchange, base, query }: ScimRequest,
  { profile }: Tenant,
  route: DiscoveryRoute,
): ScimResponse {
  const { responses } = profile
  exchange.intent = { kind: 'discovery', document: documentNames[route.document] }
  if (profile.features.discoveryFilter === 'refuse' && Object.hasOwn(query as object, 'filter')) {
    throw errors.forbidden(`/${route.document} can't be filtered. Leave "filter" out; all is answered then.`)
  }
  switch (route.document) {
    case 'ServiceProviderConfig':
      return { status: 200, body: JSON.stringify(responses.serviceProviderConfig(base)) }
    case 'ResourceTypes':
      return entries(responses.resourceTypes(base), route, 'name', responses.resourceTypeByName)
    case 'Schemas':
      return entries(responses.schemas(base), route, 'id', true)
  }
}

function entries(
  all: readonly JsonObject[],
  { name, document }: DiscoveryRoute,
  key: 'name' | 'id',
  byName: boolean,
): ScimResponse {
  if (name === undefined) {
    const resources = all.map(entry => JSON.stringify(entry))
    return {
      status: 200,
      body: listResponse({ by: 'index', resources, total: resources.length, startIndex: 1 }),
    }
  }
  if (document === 'ResourceTypes' && !byName)
    throw errors.noSuchEndpoint('Resource types are served as a list only.')
  // RFC 7643 §2.1 compares schema URNs without case; the names of types are told apart by more than case, too.
  const entry = all.find(one => String(one[key]).toLowerCase() === name.toLowerCase())
  if (!entry) {
    throw errors.noSuchEndpoint(`There is no "${excerpt(name)}" among ${document}; /${document} lists them.`)
  }
  return { status: 200, body: JSON.stringify(entry) }
}
