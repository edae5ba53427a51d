import {
  enterpriseUrn,
  isObject,
  type Json,
  type JsonObject,
  userUrn,
} from '../../../scim-compliance/scim.ts'
import {
  error,
  instead,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  type ReceivedRequest,
  reading,
  reply,
  withBody,
  withQuery,
} from './break.ts'
import {
  bodies,
  changesBody,
  changesRequest,
  changesResponse,
  header,
  inLists,
  operation,
  operations,
  resources,
  responds,
  status,
  without,
} from './breaks.ts'
import { keepsNames } from './ipsie.ts'

type Breaks = Mutant['breaks']
type Kind = 'Users' | 'Groups'

const isOf = (kind: Kind, request: ReceivedRequest) =>
  pathOf(request) === `/${kind}` || request.target.startsWith(`/${kind}/`)

const isList = (kind: Kind, request: ReceivedRequest) =>
  request.method === 'GET' && pathOf(request) === `/${kind}`

const filterIn = (request: ReceivedRequest): string => queryOf(request).get('filter') ?? ''

/** Changes the entries of a discovery list. */
const entries = (
  path: '/Schemas' | '/ResourceTypes',
  change: (all: readonly JsonObject[]) => readonly JsonObject[],
): Breaks =>
  inLists((list, request) => {
    if (pathOf(request) !== path) return list
    const Resources = change(objectsIn(list.Resources))
    return { ...list, Resources, totalResults: Resources.length }
  })

const eachEntry = (path: '/Schemas' | '/ResourceTypes', change: (one: JsonObject) => JsonObject): Breaks =>
  entries(path, all => all.map(change))

/** Omits the canonicalValues of the types of email addresses. */
const withoutTypes = (schema: JsonObject): JsonObject => ({
  ...schema,
  attributes: objectsIn(schema.attributes).map(attribute =>
    attribute.name === 'emails'
      ? {
          ...attribute,
          subAttributes: objectsIn(attribute.subAttributes).map(one => without(one, 'canonicalValues')),
        }
      : attribute,
  ),
})

/** Changes a filter of lists of a type; null: ignores it. */
const filtersOf = (kind: Kind, change: (filter: string) => string | null): Breaks =>
  changesRequest(request =>
    isList(kind, request) && filterIn(request) !== ''
      ? withQuery(request, { filter: change(filterIn(request)) })
      : request,
  )

const firstCondition = (filter: string): string | null => filter.split(' and ')[0] ?? null

/** Requires an attribute in a POST of a type. */
const requires = (kind: Kind, name: string): Breaks =>
  responds(request =>
    request.method === 'POST' && isOf(kind, request) && objectIn(request)[name] === undefined
      ? error(400, `${name} is required.`, 'invalidValue')
      : undefined,
  )

const unknown = 'scimCheckUnknown'
const unknownUrn = 'urn:example:params:scim:schemas:scim-check:1.0:Unknown'

const withoutUrn = (schemas: Json | undefined): Json =>
  Array.isArray(schemas) ? schemas.filter(urn => urn !== unknownUrn) : (schemas ?? null)

/** Operations on undeclared paths are ignored. */
const ignoresUnknownPaths: Breaks = () => (request, next) => {
  const { Operations, ...rest } = objectIn(request)
  const known = objectsIn(Operations).filter(({ path }) => !/unknown/i.test(String(path)))
  if (request.method !== 'PATCH' || known.length === objectsIn(Operations).length) return next(request)
  return known.length === 0
    ? Promise.resolve(reply(204))
    : next(withBody(request, { ...rest, Operations: known }))
}

/** A create is rejected for an undeclared attribute, and performed without it. */
const storesRejected: Breaks = () => async (request, next) => {
  const body = objectIn(request)
  if (request.method === 'POST' && unknown in body) await next(withBody(request, without(body, unknown)))
  return next(request)
}

/** A path without a name of an attribute is that of each attribute in value. */
const acceptsPathless: Breaks = operations(all =>
  all.flatMap(one =>
    one.path === undefined && isObject(one.value)
      ? Object.entries(one.value).map(([path, value]) => ({ ...one, path, value }))
      : [one],
  ),
)

/** An operation on such a path is performed as another. */
const performs = (op: string, path: string | RegExp, change: (one: JsonObject) => JsonObject): Breaks =>
  operation(one =>
    one.op === op && (typeof path === 'string' ? one.path === path : path.test(String(one.path)))
      ? change(one)
      : one,
  )

const named = (name: string): string => `userName eq ${JSON.stringify(name)}`

/** The users with a name in any case. */
const usersNamed = (
  request: ReceivedRequest,
  next: Parameters<ReturnType<Breaks>>[1],
  name: string,
): Promise<readonly JsonObject[]> =>
  next(reading(request, `/Users?filter=${encodeURIComponent(named(name))}`)).then(response =>
    objectsIn(objectIn(response).Resources),
  )

/** GET of a userName returns the user. */
const addressesByName: Breaks = () => async (request, next) => {
  const [, name] = /^\/Users\/([^/?]+)$/.exec(request.target) ?? []
  const response = await next(request)
  if (request.method !== 'GET' || response.status !== 404 || name === undefined) return response
  const [user] = await usersNamed(request, next, decodeURIComponent(name))
  return user ? reply(200, user) : response
}

/** Names that differ in case are different for uniqueness, but not for filters. */
const uniqueByCase: Breaks = () => async (request, next) => {
  const response = await next(request)
  const body = objectIn(request)
  if (request.method !== 'POST' || response.status !== 409 || typeof body.userName !== 'string')
    return response
  const [user] = await usersNamed(request, next, body.userName)
  return user?.userName === body.userName
    ? response
    : next(instead(request, 'POST', '/Users', { ...body, userName: `${body.userName}-2` }))
}

/** Names in upper case are stored as other names, so that they differ from those in lower case everywhere. */
const namesByCase: Breaks = () => async (request, next) => {
  const stored = (name: string) => (/[A-Z]/.test(name) ? `upper-${name.toLowerCase()}` : name)
  const body = objectIn(request)
  const sent =
    typeof body.userName === 'string'
      ? withBody(request, { ...body, userName: stored(body.userName) })
      : request
  const [, name] = /^userName eq "([^"]*)"$/.exec(filterIn(sent)) ?? []
  return next(name === undefined ? sent : withQuery(sent, { filter: named(stored(name)) }))
}

/** Deleted users stay in the lists of users that a filter by name returns. */
const listsDeleted: Breaks = () => {
  const deleted = new Map<string, JsonObject>()
  return async (request, next) => {
    const isDeleting = request.method === 'DELETE' && isOf('Users', request)
    const before = isDeleting ? await next(reading(request, request.target)) : undefined
    const response = await next(request)
    if (before?.status === 200) deleted.set(named(String(objectIn(before).userName)), objectIn(before))
    const kept = isList('Users', request) ? deleted.get(filterIn(request)) : undefined
    return kept ? reply(200, listOf(kept)) : response
  }
}

/** PATCH that sets active to false deletes the user. */
const deletesDisabled: Breaks = () => async (request, next) => {
  const isDisabling = objectsIn(objectIn(request).Operations).some(
    ({ op, path, value }) => op === 'replace' && path === 'active' && value === false,
  )
  return next(
    request.method === 'PATCH' && isDisabling ? { ...request, method: 'DELETE', text: '' } : request,
  )
}

/** DELETE of a user sets active to false. */
const disablesDeleted: Breaks = () => async (request, next) => {
  if (request.method !== 'DELETE' || !isOf('Users', request)) return next(request)
  const Operations = [{ op: 'replace', path: 'active', value: false }]
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
  const response = await next(instead(request, 'PATCH', request.target, { schemas, Operations }))
  return response.status < 300 ? reply(204) : response
}

const withoutReason = (methods: readonly string[]): Breaks =>
  changesResponse((response, { method }) =>
    response.status === 409 && methods.includes(method)
      ? withBody(response, without(objectIn(response), 'scimType'))
      : {},
  )

const faults: Readonly<Record<string, readonly [description: string, Breaks, ...caughtBy: string[]]>> = {
  'no-resource-types': [
    '/ResourceTypes returns 404.',
    responds(request => (pathOf(request) === '/ResourceTypes' ? error(404) : undefined)),
    'discovery/endpoints',
  ],
  'schema-missing': [
    '/Schemas lacks the enterprise extension.',
    entries('/Schemas', all => all.filter(({ id }) => id !== enterpriseUrn)),
    'discovery/schemas-of-types',
  ],
  'type-without-id': [
    'Resource types have no id.',
    eachEntry('/ResourceTypes', one => without(one, 'id')),
    'discovery/type-id',
  ],
  'shared-endpoint': [
    'A second resource type has the endpoint of users.',
    entries('/ResourceTypes', all => [
      ...all,
      { schemas: [], id: 'Person', name: 'Person', endpoint: '/Users', schema: userUrn },
    ]),
    'discovery/one-endpoint',
  ],
  'addressed-by-name': ['GET /Users/{userName} returns the user.', addressesByName, 'discovery/by-id-only'],
  'no-users': [
    'No user can be created.',
    responds(request =>
      request.method === 'POST' && isOf('Users', request) ? error(400, 'No.', 'invalidValue') : undefined,
    ),
    'schemas/create-user',
  ],
  'no-groups': [
    'No group can be created.',
    responds(request =>
      request.method === 'POST' && isOf('Groups', request) ? error(400, 'No.', 'invalidValue') : undefined,
    ),
    'schemas/create-group',
  ],
  'required-and-undeclared': [
    'A user needs a displayName, which isn’t declared as required.',
    requires('Users', 'displayName'),
    'schemas/required',
  ],
  'attribute-lost': [
    'The locale of a user isn’t stored.',
    changesBody(body => without(body, 'locale')),
    'schemas/stored',
  ],
  'attribute-undeclared': [
    'Users have an attribute that no schema declares.',
    resources((one, request) => (isOf('Users', request) ? { ...one, shoeSize: 42 } : one)),
    'schemas/returned',
  ],
  'types-undeclared': [
    'The types of email addresses have no canonicalValues.',
    eachEntry('/Schemas', withoutTypes),
    'schemas/canonical-types',
  ],
  'unique-by-case': [
    'userName is case-exact in uniqueness, and not in filters.',
    uniqueByCase,
    'case/consistent',
  ],
  'id-in-any-case': [
    'The case of an id is ignored.',
    changesRequest(request =>
      /^\/Users\/[^/?]+$/.test(request.target)
        ? { ...request, target: request.target.toLowerCase().replace('/users', '/Users') }
        : request,
    ),
    'case/id',
  ],
  'external-id-in-any-case': [
    'The case of externalId is ignored in filters.',
    filtersOf('Users', filter =>
      filter.replace(/"EXTERNAL-(.*)"/, (_, rest) => `"External-${rest.toLowerCase()}"`),
    ),
    'case/external-id',
  ],
  'user-name-by-case': [
    'userName is case-exact in filters and in uniqueness.',
    namesByCase,
    'case/user-name',
  ],
  'unknown-attribute': [
    'An undeclared attribute is ignored.',
    changesBody(body => without(body, unknown)),
    'undeclared/attribute',
  ],
  'unknown-attribute-stored': [
    'A user with an undeclared attribute is rejected, and stored without it.',
    storesRejected,
    'undeclared/attribute',
  ],
  'unknown-sub-attribute': [
    'An undeclared sub-attribute is ignored.',
    changesBody(body => (isObject(body.name) ? { ...body, name: without(body.name, unknown) } : body)),
    'undeclared/sub-attribute',
  ],
  'unknown-extension': [
    'Values of an undeclared extension are ignored.',
    changesBody(body => without(body, unknownUrn)),
    'undeclared/extension',
  ],
  'unknown-schema': [
    'An undeclared schema in schemas is ignored.',
    changesBody(body => ({ ...body, schemas: withoutUrn(body.schemas) })),
    'undeclared/schema',
  ],
  'unknown-path': ['PATCH of an undeclared path is ignored.', ignoresUnknownPaths, 'undeclared/patch-path'],
  'filters-ignored': ['Filters of users are ignored.', filtersOf('Users', () => null), 'filter/eq-users'],
  'group-filters-ignored': [
    'Filters of groups by displayName are ignored.',
    filtersOf('Groups', filter => (filter.startsWith('displayName') ? null : filter)),
    'filter/eq-groups',
  ],
  'and-ignored': [
    'Of two conditions on users, the second is ignored.',
    filtersOf('Users', firstCondition),
    'filter/and-users',
  ],
  'group-and-ignored': [
    'Of two conditions on groups, the second is ignored.',
    filtersOf('Groups', firstCondition),
    'filter/and-groups',
  ],
  'unknown-filter': [
    'A filter on an undeclared attribute finds nothing.',
    responds(request => (filterIn(request).startsWith(unknown) ? reply(200, listOf()) : undefined)),
    'filter/undeclared',
  ],
  'start-index-ignored': [
    'startIndex is ignored.',
    changesRequest(request =>
      isList('Users', request) ? withQuery(request, { startIndex: null }) : request,
    ),
    'paging/walk',
  ],
  'small-pages': [
    'Pages have at most 50 resources.',
    changesRequest(request =>
      queryOf(request).get('count') === '100' ? withQuery(request, { count: '50' }) : request,
    ),
    'paging/count-100',
  ],
  'small-default': [
    'A page has 50 resources by default.',
    changesRequest(request => (request.target === '/Users?' ? withQuery(request, { count: '50' }) : request)),
    'paging/default-100',
  ],
  'large-count-rejected': [
    'A count above the maximum is rejected.',
    responds(request =>
      Number(queryOf(request).get('count')) > 1000 ? error(400, 'No.', 'tooMany') : undefined,
    ),
    'paging/above-the-maximum',
  ],
  'no-patch': [
    'PATCH of users returns 501.',
    responds(request => (request.method === 'PATCH' && isOf('Users', request) ? error(501) : undefined)),
    'patch/supported',
  ],
  pathless: ['PATCH without a path is performed.', acceptsPathless, 'patch/no-path'],
  'add-does-not-replace': [
    'add to a department with a value has no effect.',
    performs('add', /:department$/, () => ({ op: 'replace', path: 'nickName', value: 'x' })),
    'patch/add-is-replace',
  ],
  'replace-merges': [
    'replace of name merges.',
    performs('replace', 'name', one => ({ ...one, op: 'add' })),
    'patch/replaces-complex',
  ],
  'add-replaces-complex': [
    'add to name replaces.',
    performs('add', 'name', one => ({ ...one, op: 'replace' })),
    'patch/merges-complex',
  ],
  'replace-appends': [
    'replace of emails appends.',
    performs('replace', 'emails', one => ({ ...one, op: 'add' })),
    'patch/replaces-list',
  ],
  'add-replaces-list': [
    'add to emails replaces.',
    performs('add', 'emails', one => ({ ...one, op: 'replace' })),
    'patch/appends-to-list',
  ],
  'element-path': [
    'A path with a filter and without a sub-attribute is performed.',
    performs('replace', 'emails[type eq "work"]', one => ({
      ...one,
      path: 'emails[type eq "work"].value',
      value: isObject(one.value) ? (one.value.value ?? null) : null,
    })),
    'patch/element-path',
  ],
  'one-of-several': [
    'Of several values that match a filter, one is changed.',
    performs('replace', 'emails[type eq "work"].display', one => ({
      ...one,
      path: 'emails[type eq "work" and value sw "a-"].display',
    })),
    'patch/several-matches',
  ],
  'disabled-deleted': ['PATCH of active with false deletes the user.', deletesDisabled, 'lifecycle/disabled'],
  'deleted-disabled': ['DELETE of a user disables it.', disablesDeleted, 'lifecycle/deleted'],
  'deleted-again': [
    'A second DELETE returns 204.',
    status(404, 204, ({ method }) => method === 'DELETE'),
    'lifecycle/requests-to-deleted',
  ],
  'deleted-listed': ['Filters return deleted users.', listsDeleted, 'lifecycle/unlisted'],
  'name-kept': ['The userName of a deleted user stays taken.', keepsNames, 'lifecycle/name-is-free'],
  'conflict-unexplained': [
    'A 409 to a create has no scimType.',
    withoutReason(['POST']),
    'uniqueness/create',
  ],
  'conflict-of-update-unexplained': [
    'A 409 to PATCH and PUT has no scimType.',
    withoutReason(['PATCH', 'PUT']),
    'uniqueness/update',
  ],
  'only-basic': [
    'ServiceProviderConfig offers only HTTP Basic.',
    bodies((body, { target }) =>
      target.startsWith('/ServiceProviderConfig')
        ? {
            ...body,
            authenticationSchemes: objectsIn(body.authenticationSchemes).map(one => ({
              ...one,
              type: 'httpbasic',
            })),
          }
        : body,
    ),
    'connection/basic',
  ],
  'plain-json-errors': [
    'Errors have the Content-Type application/json.',
    header('content-type', (value, { status }) => (status >= 400 ? 'application/json' : value)),
    'connection/media-type',
  ],
}

/** Faults of a server that otherwise follows the draft; `caughtBy`: all checks that fail, but the claim to follow it. */
export const interopMutants: readonly Mutant[] = Object.entries(faults).map(
  ([id, [description, breaks, ...caughtBy]]) => ({
    id: `interop-${id}`,
    description,
    breaks,
    caughtBy: caughtBy.map(name => `interop/${name}`),
  }),
)
