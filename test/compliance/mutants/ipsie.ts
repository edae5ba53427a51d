import { groupUrn, isObject, type Json, type JsonObject, userUrn } from '../../../scim-compliance/scim.ts'
import {
  error,
  instead,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reply,
  withBody,
} from './break.ts'
import {
  bodies,
  changesBody,
  changesRequest,
  changesResponse,
  filters,
  inLists,
  operations,
  resources,
  responds,
  without,
} from './breaks.ts'

type Breaks = Mutant['breaks']

const isOf = (type: 'Users' | 'Groups', { target }: { readonly target: string }) =>
  target.startsWith(`/${type}`)

const isMetadata = ({ target }: { readonly target: string }) => target.includes('/oauth-authorization-server')

const metadata = (change: (document: JsonObject) => JsonObject): Breaks =>
  bodies((body, request) => (isMetadata(request) ? change(body) : body))

const config = (change: (body: JsonObject) => JsonObject): Breaks =>
  bodies((body, { target }) => (target.startsWith('/ServiceProviderConfig') ? change(body) : body))

/** Changes the attributes of a schema in `/Schemas`. */
const schema = (urn: string, change: (attributes: readonly JsonObject[]) => readonly JsonObject[]): Breaks =>
  bodies((body, { target }) =>
    target.startsWith('/Schemas')
      ? {
          ...body,
          Resources: objectsIn(body.Resources).map(one =>
            one.id === urn ? { ...one, attributes: change(objectsIn(one.attributes)) } : one,
          ),
        }
      : body,
  )

const lacks = (name: string) => (attributes: readonly JsonObject[]) =>
  attributes.filter(attribute => attribute.name !== name)

/** Replaces the operations on an attribute of users or groups by one without effect. */
const ignores = (
  type: 'Users' | 'Groups',
  path: string,
  fits: (value: Json | undefined) => boolean = () => true,
) =>
  operations((all, request) =>
    isOf(type, request)
      ? all.map(one =>
          one.path === path && fits(one.value) ? { op: 'add', path: 'externalId', value: 'x' } : one,
        )
      : all,
  )

/** Rejects filters of users or groups that begin so. */
const declines = (type: 'Users' | 'Groups', start: string): Breaks =>
  responds(request =>
    isOf(type, request) && (queryOf(request).get('filter') ?? '').startsWith(start)
      ? error(400, 'No.', 'invalidFilter')
      : undefined,
  )

const notReturned = (type: 'Users' | 'Groups', name: string): Breaks =>
  resources((one, request) => (isOf(type, request) ? without(one, name) : one))

const isRead = (
  { method, target }: { readonly method: string; readonly target: string },
  type: 'Users' | 'Groups',
) => method === 'GET' && new RegExp(`^/${type}/[^?]`).test(target)

const inErrors = (change: (body: JsonObject) => JsonObject): Breaks =>
  changesResponse(response => (response.status >= 400 ? withBody(response, change(objectIn(response))) : {}))

const emptyList = (type: 'Users' | 'Groups'): Breaks =>
  inLists((list, request) =>
    pathOf(request) === `/${type}` && !request.target.includes('filter=')
      ? { ...list, totalResults: 0, Resources: [] }
      : list,
  )

/** The names of deleted users stay taken. */
export const keepsNames: Breaks = () => {
  const names = new Map<string, Json | undefined>()
  const taken = new Set<Json | undefined>()
  return async (request, next) => {
    const { userName } = objectIn(request)
    if (request.method === 'POST' && userName !== undefined && taken.has(userName))
      return error(409, 'No.', 'uniqueness')
    const response = await next(request)
    if (request.method === 'POST' && isOf('Users', request))
      names.set(String(objectIn(response).id), objectIn(response).userName)
    if (request.method === 'DELETE') taken.add(names.get(pathOf(request).slice('/Users/'.length)))
    return response
  }
}

/** A name that is taken gets a number. */
const renamesGroups: Breaks = () => {
  let number = 0
  return async (request, next) => {
    const response = await next(request)
    if (request.method !== 'POST' || !isOf('Groups', request) || response.status !== 409) return response
    const body = objectIn(request)
    return next(
      instead(request, 'POST', '/Groups', { ...body, displayName: `${body.displayName} ${++number}` }),
    )
  }
}

/** Faults of a server that otherwise passes AL1 and AL2; `caughtBy`: all checks that fail. */
export const ipsieMutants: readonly Mutant[] = (
  [
    {
      id: 'no-metadata',
      description: 'The metadata returns 404.',
      breaks: responds(request => (isMetadata(request) ? error(404) : undefined)),
      caughtBy: ['ipsie/authorization/metadata'],
    },
    {
      id: 'metadata-of-another-issuer',
      description: 'The metadata names an issuer that has none.',
      breaks: metadata(document => ({ ...document, issuer: `${document.issuer}/other` })),
      caughtBy: ['ipsie/authorization/metadata'],
    },
    {
      id: 'no-token-endpoint',
      description: 'The metadata has no token_endpoint.',
      breaks: metadata(document => without(document, 'token_endpoint')),
      caughtBy: ['ipsie/authorization/metadata'],
    },
    {
      id: 'only-secrets',
      description: 'Clients authenticate by a secret only.',
      breaks: metadata(document => ({
        ...document,
        token_endpoint_auth_methods_supported: ['client_secret_basic'],
      })),
      caughtBy: ['ipsie/authorization/jwt-client'],
    },
    {
      id: 'other-scopes',
      description: 'The metadata lists other scopes than scim.',
      breaks: metadata(document => ({ ...document, scopes_supported: ['users'] })),
      caughtBy: ['ipsie/authorization/jwt-client'],
    },
    {
      id: 'bulk-not-advertised',
      description: 'ServiceProviderConfig advertises no bulk requests.',
      breaks: config(body => ({ ...body, bulk: { supported: false } })),
      caughtBy: ['ipsie/service/bulk'],
    },
    {
      id: 'bulk-not-there',
      description: '/Bulk returns 501.',
      breaks: responds(({ target }) => (target === '/Bulk' ? error(501) : undefined)),
      caughtBy: ['ipsie/service/bulk'],
    },
    {
      id: 'first-operation-of-users',
      description: 'A PATCH of users applies only its first operation.',
      breaks: operations((all, request) => (isOf('Users', request) ? all.slice(0, 1) : all)),
      caughtBy: ['ipsie/service/several-attributes'],
    },
    {
      id: 'errors-as-text',
      description: 'Errors are plain text.',
      breaks: changesResponse(response => (response.status >= 400 ? { text: 'Not found' } : {})),
      caughtBy: ['ipsie/service/error-form'],
    },
    {
      id: 'errors-without-schemas',
      description: 'Errors have no schemas.',
      breaks: inErrors(body => without(body, 'schemas')),
      caughtBy: ['ipsie/service/error-form'],
    },
    {
      id: 'stack-in-errors',
      description: 'Errors contain a stack trace.',
      breaks: inErrors(body => ({ ...body, stack: 'Error: x\n    at find (server.mjs:12:5)' })),
      caughtBy: ['ipsie/service/error-details'],
    },
    {
      id: 'exception-in-errors',
      description: 'Errors quote an exception of the language.',
      breaks: inErrors(body => ({ ...body, detail: 'Cannot convert undefined or null to object' })),
      caughtBy: ['ipsie/service/error-details'],
    },
    {
      id: 'file-in-errors',
      description: 'Errors name a source file.',
      breaks: inErrors(body => ({ ...body, detail: 'Not found in /srv/scim/app/users.py, line 12.' })),
      caughtBy: ['ipsie/service/error-details'],
    },
    {
      id: 'sql-in-errors',
      description: 'Errors contain a statement of the database.',
      breaks: inErrors(body => ({ ...body, detail: 'SELECT id, name FROM users WHERE id = 1: no rows' })),
      caughtBy: ['ipsie/service/error-details'],
    },
    {
      id: 'users-not-read',
      description: 'GET of a user by id returns 404.',
      breaks: responds(request => (isRead(request, 'Users') ? error(404) : undefined)),
      caughtBy: ['ipsie/deprovisioning/by-id'],
    },
    {
      id: 'deactivation-ignored',
      description: 'A deactivation has no effect.',
      breaks: ignores('Users', 'active', value => value === false),
      caughtBy: ['ipsie/deprovisioning/deactivate'],
    },
    {
      id: 'activation-ignored',
      description: 'An activation has no effect.',
      breaks: ignores('Users', 'active', value => value === true),
      caughtBy: ['ipsie/deprovisioning/reactivate'],
    },
    {
      id: 'no-patch',
      description: 'PATCH returns 501.',
      breaks: responds(({ method }) => (method === 'PATCH' ? error(501) : undefined)),
      caughtBy: ['ipsie/deprovisioning/deactivate'],
    },
    {
      id: 'names-stay-taken',
      description: 'The names of deleted users stay taken.',
      breaks: keepsNames,
      caughtBy: ['ipsie/deprovisioning/name-is-free'],
    },
    {
      id: 'deletion-fails',
      description: 'DELETE of a user returns 500.',
      breaks: responds(request =>
        request.method === 'DELETE' && isOf('Users', request) ? error(500) : undefined,
      ),
      caughtBy: ['ipsie/deprovisioning/name-is-free'],
    },
    {
      id: 'filters-ignored',
      description: 'Filters of users are ignored.',
      breaks: changesRequest(request =>
        isOf('Users', request) && request.target.includes('filter=')
          ? { ...request, target: '/Users' }
          : request,
      ),
      caughtBy: ['ipsie/deprovisioning/find-by-name'],
    },
    {
      id: 'external-id-of-users-not-found',
      description: 'Filters of users by externalId are declined.',
      breaks: declines('Users', 'externalId'),
      caughtBy: ['ipsie/deprovisioning/find-by-external-id'],
    },
    {
      id: 'external-id-of-users-lost',
      description: 'externalId of users is not stored.',
      breaks: changesBody((body, request) => (isOf('Users', request) ? without(body, 'externalId') : body)),
      caughtBy: ['ipsie/deprovisioning/find-by-external-id'],
    },
    {
      id: 'value-paths-declined',
      description: 'Filters with a value path of emails are declined.',
      breaks: declines('Users', 'emails['),
      caughtBy: ['ipsie/deprovisioning/find-by-email'],
    },
    {
      id: 'type-ignored',
      description: 'A filter finds an address of any type.',
      breaks: filters(filter => filter.replace(/type eq "\w+" and /, '')),
      caughtBy: ['ipsie/deprovisioning/find-by-email'],
    },
    {
      id: 'no-users-created',
      description: 'POST /Users returns 405.',
      breaks: responds(request =>
        request.method === 'POST' && isOf('Users', request) ? error(405) : undefined,
      ),
      caughtBy: ['ipsie/users/create'],
    },
    {
      id: 'users-without-display-name',
      description: 'The schema of users has no displayName.',
      breaks: schema(userUrn, lacks('displayName')),
      caughtBy: ['ipsie/users/attributes'],
    },
    {
      id: 'external-id-of-users-hidden',
      description: 'externalId of users is not returned.',
      breaks: notReturned('Users', 'externalId'),
      caughtBy: ['ipsie/users/external-id'],
    },
    {
      id: 'password',
      description: 'The schema of users has a password.',
      breaks: schema(userUrn, attributes => [
        ...attributes,
        { name: 'password', type: 'string', mutability: 'writeOnly', returned: 'never' },
      ]),
      caughtBy: ['ipsie/users/no-password'],
    },
    {
      id: 'secret',
      description: 'A schema of the server has an attribute for a secret.',
      breaks: bodies((body, { target }) =>
        target.startsWith('/Schemas')
          ? listOf(...objectsIn(body.Resources), {
              id: 'urn:example:Keys',
              name: 'Keys',
              attributes: [{ name: 'apiSecret', type: 'string' }],
            })
          : body,
      ),
      caughtBy: ['ipsie/users/no-credentials'],
    },
    {
      id: 'names-of-users-not-changed',
      description: 'A change of the displayName of a user has no effect.',
      breaks: ignores('Users', 'displayName'),
      caughtBy: ['ipsie/users/update'],
    },
    {
      id: 'no-list-of-users',
      description: 'The list of users is empty.',
      breaks: emptyList('Users'),
      caughtBy: ['ipsie/users/list'],
    },
    {
      id: 'large-pages',
      description: 'A page has as many users as its count asks for.',
      breaks: responds(({ target }) =>
        target === '/Users?count=1001'
          ? reply(200, listOf(...Array.from({ length: 1001 }, (_, at) => ({ id: `${at}` }))))
          : undefined,
      ),
      caughtBy: ['ipsie/users/page-size'],
    },
    {
      id: 'no-cursors',
      description: 'ServiceProviderConfig advertises no cursors.',
      breaks: config(body => ({ ...body, pagination: { cursor: false, index: true } })),
      caughtBy: ['ipsie/users/cursors'],
    },
    {
      id: 'members-required',
      description: 'A group without members is rejected.',
      breaks: responds(request =>
        request.method === 'POST' && isOf('Groups', request) && !Array.isArray(objectIn(request).members)
          ? error(400)
          : undefined,
      ),
      caughtBy: ['ipsie/groups/create'],
    },
    {
      id: 'groups-without-members',
      description: 'The schema of groups has no members.',
      breaks: schema(groupUrn, lacks('members')),
      caughtBy: ['ipsie/groups/attributes'],
    },
    {
      id: 'external-id-of-groups-hidden',
      description: 'externalId of groups is not returned.',
      breaks: notReturned('Groups', 'externalId'),
      caughtBy: ['ipsie/groups/external-id'],
    },
    {
      id: 'groups-not-read',
      description: 'GET of a group by id returns 404.',
      breaks: responds(request => (isRead(request, 'Groups') ? error(404) : undefined)),
      caughtBy: ['ipsie/groups/by-id'],
    },
    {
      id: 'no-list-of-groups',
      description: 'The list of groups is empty.',
      breaks: emptyList('Groups'),
      caughtBy: ['ipsie/groups/list'],
    },
    {
      id: 'names-of-groups-not-found',
      description: 'Filters of groups by displayName are declined.',
      breaks: declines('Groups', 'displayName'),
      caughtBy: ['ipsie/groups/find-by-name'],
    },
    {
      id: 'external-id-of-groups-not-found',
      description: 'Filters of groups by externalId are declined.',
      breaks: declines('Groups', 'externalId'),
      caughtBy: ['ipsie/groups/find-by-external-id'],
    },
    {
      id: 'members-not-found',
      description: 'Filters of groups by a member are declined.',
      breaks: declines('Groups', 'members['),
      caughtBy: ['ipsie/groups/find-by-member'],
    },
    {
      id: 'names-of-groups-not-changed',
      description: 'A change of the displayName of a group has no effect.',
      breaks: ignores('Groups', 'displayName'),
      caughtBy: ['ipsie/groups/update'],
    },
    {
      id: 'forty-nine-members',
      description: 'A PATCH of a group applies at most 49 operations.',
      breaks: operations((all, request) => (isOf('Groups', request) ? all.slice(0, 49) : all)),
      caughtBy: ['ipsie/groups/fifty-members'],
    },
    {
      id: 'more-than-49-rejected',
      description: 'A PATCH with more than 49 operations is rejected.',
      breaks: responds(request => {
        const { Operations } = objectIn(request)
        return Array.isArray(Operations) && Operations.length > 49 && isObject(Operations[0])
          ? error(413)
          : undefined
      }),
      caughtBy: ['ipsie/groups/fifty-members'],
    },
    {
      id: 'names-of-groups-twice',
      description: 'Two groups get nearly the same name.',
      breaks: renamesGroups,
      caughtBy: ['ipsie/groups/unique-name'],
    },
  ] satisfies readonly Mutant[]
).map(mutant => ({ ...mutant, id: `ipsie-${mutant.id}`, profile: 'interop' }))
