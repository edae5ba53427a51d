import { isObject, type JsonObject } from '../../../scim-compliance/scim.ts'
import { type Mutant, objectIn, objectsIn, reply, withBody } from './break.ts'
import { bodies, changesRequest, changesResponse, without } from './breaks.ts'

/** Changes the messages of /Bulk and their responses. */
const bulkRequests = (change: (body: JsonObject) => JsonObject) =>
  changesRequest(request =>
    request.target.startsWith('/Bulk') ? withBody(request, change(objectIn(request))) : request,
  )

const bulkResults = (change: (result: JsonObject) => JsonObject) =>
  bodies((body, request) =>
    request.target.startsWith('/Bulk') && Array.isArray(body.Operations)
      ? { ...body, Operations: objectsIn(body.Operations).map(change) }
      : body,
  )

const config = (change: (body: JsonObject) => JsonObject) =>
  bodies((body, { target }) => (target.startsWith('/ServiceProviderConfig') ? change(body) : body))

/** Changes returned attributes of schemas. */
const schemaAttribute = (schema: RegExp, name: string, change: (attribute: JsonObject) => JsonObject) =>
  bodies((body, { target }) => {
    if (!target.startsWith('/Schemas')) return body
    const changed = (one: JsonObject): JsonObject =>
      schema.test(`${one.id}`)
        ? {
            ...one,
            attributes: objectsIn(one.attributes).map(attribute =>
              name === '*' || attribute.name === name ? change(attribute) : attribute,
            ),
          }
        : one
    return Array.isArray(body.Resources)
      ? { ...body, Resources: objectsIn(body.Resources).map(changed) }
      : changed(body)
  })

const user = /core:2\.0:User$/
const group = /core:2\.0:Group$/

/** Bulk requests, and the server's description of itself. */
export const serviceMutants: readonly Mutant[] = [
  {
    id: 'bulk-id-not-replaced',
    description: 'bulkId: in a later operation isn’t replaced.',
    breaks: changesRequest(request =>
      request.target.startsWith('/Bulk')
        ? { ...request, text: request.text.replaceAll('"bulkId:', '"nobody:') }
        : request,
    ),
    caughtBy: ['rfc/bulk-references/in-members'],
  },
  {
    id: 'bulk-id-not-in-paths',
    description: 'bulkId: in a path isn’t replaced.',
    breaks: changesRequest(request =>
      request.target.startsWith('/Bulk')
        ? { ...request, text: request.text.replaceAll('/bulkId:', '/nobody:') }
        : request,
    ),
    caughtBy: ['rfc/bulk-references/in-paths'],
  },
  {
    id: 'fail-on-errors-ignored',
    description: 'failOnErrors is ignored.',
    breaks: bulkRequests(body => without(body, 'failOnErrors')),
    caughtBy: ['rfc/bulk/stops-after-errors'],
  },
  {
    id: 'bulk-stops-at-once',
    description: 'Bulk ends with the first error.',
    breaks: bulkRequests(body => ({ ...body, failOnErrors: 1 })),
    caughtBy: ['rfc/bulk/goes-on-after-errors', 'rfc/bulk/stops-after-as-many'],
  },
  {
    id: 'bulk-limits-ignored',
    description: 'More operations than advertised are accepted.',
    breaks: changesResponse(({ status }, { target }) =>
      target.startsWith('/Bulk') && status === 413
        ? reply(200, { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'], Operations: [] })
        : {},
    ),
    caughtBy: ['rfc/bulk/too-many', 'rfc/bulk/too-large'],
  },
  {
    id: 'bulk-status-number',
    description: 'The status of an operation is a number.',
    breaks: bulkResults(result => ({ ...result, status: Number(result.status) })),
    caughtBy: ['rfc/bulk/status-as-string'],
  },
  {
    id: 'bulk-without-location',
    description: 'Operations have no location.',
    breaks: bulkResults(result => without(result, 'location')),
    caughtBy: ['rfc/bulk/location'],
  },
  {
    id: 'bulk-id-not-told',
    description: 'Responses omit the bulkId.',
    breaks: bulkResults(result => without(result, 'bulkId')),
    caughtBy: ['rfc/bulk/bulk-id-comes-back'],
  },
  {
    id: 'bulk-errors-without-response',
    description: 'Failed operations have no error.',
    breaks: bulkResults(result => without(result, 'response')),
    caughtBy: ['rfc/bulk/error-in-response'],
  },
  {
    id: 'bulk-last-lost',
    description: 'The last operation is lost.',
    breaks: bulkRequests(body => ({ ...body, Operations: objectsIn(body.Operations).slice(0, -1) })),
    caughtBy: ['rfc/bulk/creates', 'rfc/bulk/replaces-and-deletes', 'rfc/bulk/same-as-in-order'],
  },
  {
    id: 'patch-said-unsupported',
    description: 'PATCH isn’t advertised, but supported.',
    breaks: config(body => ({ ...body, patch: { supported: false } })),
    caughtBy: ['rfc/errors/patch-not-offered'],
  },
  {
    id: 'no-authentication-schemes',
    description: 'ServiceProviderConfig omits the authentication schemes.',
    breaks: config(body => without(body, 'authenticationSchemes')),
    caughtBy: ['rfc/discovery/config-members'],
  },
  {
    id: 'filter-without-max',
    description: 'ServiceProviderConfig omits filter.maxResults.',
    breaks: config(body => ({ ...body, filter: { supported: true } })),
    caughtBy: ['rfc/discovery/config-members'],
  },
  {
    id: 'no-bulk-in-config',
    description: 'ServiceProviderConfig omits bulk.',
    breaks: config(body => without(body, 'bulk')),
    caughtBy: ['rfc/discovery/config-members'],
  },
  {
    id: 'few-results-advertised',
    description: 'Pages are larger than the advertised maxResults.',
    breaks: config(body => ({ ...body, filter: { supported: true, maxResults: 2 } })),
    caughtBy: ['rfc/index-paging/capped'],
  },
  {
    id: 'title-said-read-only',
    description: '`title` is advertised as readOnly, but can be changed.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, mutability: 'readOnly' })),
    caughtBy: ['rfc/advertised/read-only-post-users', 'rfc/advertised/read-only-put-users'],
  },
  {
    id: 'title-said-immutable',
    description: '`title` is advertised as immutable, but can be changed.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, mutability: 'immutable' })),
    caughtBy: ['rfc/advertised/immutable-users', 'rfc/put/refuses-immutable'],
  },
  {
    id: 'title-said-required',
    description: '`title` is advertised as required, but isn’t.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, required: true })),
    caughtBy: ['rfc/advertised/required-users'],
  },
  {
    id: 'user-name-said-optional',
    description: '`userName` is advertised as optional, but is required.',
    breaks: schemaAttribute(user, 'userName', one => ({ ...one, required: false })),
    caughtBy: ['rfc/advertised/optional-users', 'rfc/user/name-required'],
  },
  {
    id: 'title-said-case-exact',
    description: '`title` is advertised as caseExact, but isn’t.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, caseExact: true })),
    caughtBy: ['rfc/advertised/case-exact-users'],
  },
  {
    id: 'nick-name-said-unique',
    description: '`nickName` is advertised as unique, but isn’t.',
    breaks: schemaAttribute(user, 'nickName', one => ({ ...one, uniqueness: 'server' })),
    caughtBy: ['rfc/advertised/unique-users'],
  },
  {
    id: 'title-said-never-returned',
    description: '`title` is advertised as never returned, but is returned.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, returned: 'never' })),
    caughtBy: ['rfc/advertised/never-users'],
  },
  {
    id: 'title-said-on-request',
    description: '`title` is advertised as returned on request, but is always returned.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, returned: 'request' })),
    caughtBy: ['rfc/advertised/request-users'],
  },
  {
    id: 'title-said-boolean',
    description: '`title` is advertised as a boolean, but booleans are rejected.',
    breaks: schemaAttribute(user, 'title', one => ({ ...one, type: 'boolean' })),
    caughtBy: ['rfc/advertised/writable-users', 'rfc/advertised/types-users'],
  },
  {
    id: 'attributes-without-type',
    description: 'Attributes of the schema have no type.',
    breaks: schemaAttribute(group, '*', one => without(one, 'type')),
    caughtBy: ['rfc/schemas/attribute-type'],
  },
  {
    id: 'unknown-mutability',
    description: 'The schema contains an unknown mutability.',
    breaks: schemaAttribute(group, 'displayName', one => ({ ...one, mutability: 'read-write' })),
    caughtBy: ['rfc/schemas/attribute-mutability'],
  },
  {
    id: 'type-with-unknown-schema',
    description: 'A resource type refers to a schema that doesn’t exist.',
    breaks: bodies((body, { target }) =>
      target === '/ResourceTypes' && Array.isArray(body.Resources)
        ? {
            ...body,
            Resources: objectsIn(body.Resources).map(one =>
              one.name === 'Group' ? { ...one, schema: `${one.schema}x` } : one,
            ),
          }
        : body,
    ),
    caughtBy: ['rfc/schemas/type-schema-known'],
  },
  {
    id: 'type-leads-nowhere',
    description: 'A resource type refers to an endpoint that doesn’t exist.',
    breaks: bodies((body, { target }) =>
      target === '/ResourceTypes' && Array.isArray(body.Resources)
        ? {
            ...body,
            Resources: objectsIn(body.Resources).map(one =>
              one.endpoint === '/Devices' ? { ...one, endpoint: '/Gadgets' } : one,
            ),
          }
        : body,
    ),
    caughtBy: ['rfc/schemas/type-endpoints-answer'],
  },
  {
    id: 'attribute-not-in-the-schema',
    description: 'Users contain an attribute that no schema has.',
    breaks: bodies(body => (isObject(body.meta) && 'userName' in body ? { ...body, shoeSize: 42 } : body)),
    caughtBy: ['rfc/advertised/complete-users'],
  },
  {
    id: 'messages-among-schemas',
    description: '/Schemas contains schemas of messages.',
    breaks: bodies((body, { target }) =>
      target === '/Schemas'
        ? {
            ...body,
            Resources: [
              ...objectsIn(body.Resources),
              {
                id: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
                name: 'ListResponse',
                attributes: [],
              },
            ],
          }
        : body,
    ),
    caughtBy: ['rfc/discovery/no-messages'],
  },
]
