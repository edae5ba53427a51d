import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { Authenticator } from '../../domain/tenants/credential.ts'
import { errors } from '../../scim/error.ts'
import type { JsonObject } from '../../scim/json.ts'
import { listResponse } from '../../scim/messages.ts'
import { excerpt } from '../../scim/text.ts'
import type { Outcome, ScimRequest, ScimResponse, Subject } from './request.ts'
import { handle } from './respond.ts'
import { type Route, tokenAddressesOf } from './route.ts'

type DiscoveryRoute = Extract<Route, { kind: 'discovery' }>

const documentNames = {
  ServiceProviderConfig: 'service provider configuration',
  ResourceTypes: 'resource types',
  Schemas: 'schemas',
} as const

export const discoverySubject = ({ document }: DiscoveryRoute): Subject => ({
  intent: { kind: 'discovery', document: documentNames[document] },
})

/** RFC 7644 §4: describes the tenant's profile. Sorting and paging are ignored. */
export function handleDiscovery(
  authenticators: readonly Pick<Authenticator, 'offers'>[],
  request: ScimRequest,
  route: DiscoveryRoute,
): MaybePromise<Outcome> {
  const subject = discoverySubject(route)
  const { tenant } = request.caller
  const hasOAuth = authenticators.some(({ offers }) => offers(tenant))
  return handle(subject, () => ({ ...subject, response: discoveryResponse(request, route, hasOAuth) }))
}

function discoveryResponse(
  { caller, base, root, query }: ScimRequest,
  route: DiscoveryRoute,
  hasOAuth: boolean,
): ScimResponse {
  const { id, profile } = caller.tenant
  const { features, responses, tokenEndpoint } = profile
  if (features.discoveryFilter === 'refuse' && Object.hasOwn(query as object, 'filter')) {
    throw errors.forbidden(`/${route.document} can't be filtered. Remove "filter" to get all entries.`)
  }
  switch (route.document) {
    case 'ServiceProviderConfig': {
      const origin = base.slice(0, base.length - root.length)
      const metadata = tokenEndpoint && tokenAddressesOf(origin, id).metadata
      const oauth = hasOAuth ? { metadata } : undefined
      return { status: 200, body: JSON.stringify(responses.serviceProviderConfig(base, oauth)) }
    }
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
    throw errors.noSuchEndpoint('Resource types are available as a list only.')
  // RFC 7643 §2.1 compares schema URNs without case. The names of types differ by more than case.
  const entry = all.find(candidate => String(candidate[key]).toLowerCase() === name.toLowerCase())
  if (!entry) {
    throw errors.noSuchEndpoint(`No "${excerpt(name)}" in ${document}. /${document} lists all entries.`)
  }
  return { status: 200, body: JSON.stringify(entry) }
}
