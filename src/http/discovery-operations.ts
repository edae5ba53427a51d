import { errors, shown } from '../scim/error.ts'
import type { JsonObject } from '../scim/json.ts'
import { listResponse } from '../scim/page.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { Answer } from './reply.ts'
import type { Route } from './route.ts'
import type { ScimRequest } from './scim-request.ts'

export type DiscoveryRoute = Extract<Route, { kind: 'discovery' }>

/** What the journal calls the documents. */
export const documentWords = {
  ServiceProviderConfig: 'service provider configuration',
  ResourceTypes: 'resource types',
  Schemas: 'schemas',
} as const

/** RFC 7644 §4: what the tenant's profile offers. Sorting and paging mean nothing here, nor does a filter. */
export function answerDiscovery(
  { exchange, base, query }: ScimRequest,
  { profile }: Tenant,
  route: DiscoveryRoute,
): Answer {
  const { answers } = profile
  exchange.intent = { kind: 'discovery', document: documentWords[route.document] }
  if (profile.discoveryFilter === 'refuse' && Object.hasOwn(query as object, 'filter')) {
    throw errors.forbidden(`/${route.document} can't be filtered. Leave "filter" out; all is answered then.`)
  }
  switch (route.document) {
    case 'ServiceProviderConfig':
      return { status: 200, body: JSON.stringify(answers.serviceProviderConfig(base)) }
    case 'ResourceTypes':
      return entries(answers.resourceTypes(base), route, 'name', answers.resourceTypeByName)
    case 'Schemas':
      return entries(answers.schemas(base), route, 'id', true)
  }
}

function entries(
  all: readonly JsonObject[],
  { name, document }: DiscoveryRoute,
  key: 'name' | 'id',
  byName: boolean,
): Answer {
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
    throw errors.noSuchEndpoint(`There is no "${shown(name)}" among ${document}; /${document} lists them.`)
  }
  return { status: 200, body: JSON.stringify(entry) }
}
