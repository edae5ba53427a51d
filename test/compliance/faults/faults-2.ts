import type { JsonObject } from '../../../scim-compliance/scim.ts'
import { type Break, error, instead, objectIn, pathOf, queryOf, reading, reply } from '../mutants/break.ts'
import { changesResponse, filters, operations, resources, responds, without } from '../mutants/breaks.ts'
import { numericIds } from './breaks.ts'
import { type Fault, faultOf } from './fault.ts'

const isUser = (one: JsonObject) => 'userName' in one

/** A PATCH operation without an effect. */
const nothing = { op: 'replace', value: {} }

/** A method that isn’t served, except for wrong tokens. */
const unserved =
  (method: string, status: number): Fault['breaks'] =>
  (): Break =>
  async (request, next) => {
    if (request.method !== method) return next(request)
    const found = await next(reading(request, pathOf(request)))
    return found.status === 401 ? found : error(status, `${method} isn’t served.`)
  }

const storedOfUsers = ['id', 'schemas', 'meta', 'externalId', 'userName', 'active', 'groups']

/** Other faults of common servers. */
export const faults2: readonly Fault[] = [
  {
    id: 'title-lost',
    ...faultOf('title-is-lost'),
    check: 'rfc/advertised/writable',
    remedy: /Accept every attribute/,
    counted: 1,
    areas: ['rfc/advertised', 'rfc/create'],
  },
  {
    id: 'nothing-optional-stored',
    description: 'Of users, only userName, externalId and active are stored.',
    breaks: resources(one =>
      isUser(one)
        ? Object.fromEntries(Object.entries(one).filter(([name]) => storedOfUsers.includes(name)))
        : one,
    ),
    check: 'rfc/advertised/writable',
    remedy: /Accept every attribute/,
    not: /Unauthenticated/,
    counted: 1,
    areas: ['rfc/advertised', 'rfc/authentication'],
  },
  {
    ...faultOf('filter-ignored'),
    id: 'filter-ignored',
    check: 'rfc/filter/eq-string',
    remedy: /Return only/,
    counted: 1,
  },
  {
    id: 'only-user-name-filters',
    description: 'Filters other than userName eq are ignored.',
    breaks: filters(filter => (/^userName eq "[^"]*"$/i.test(filter) ? filter : null)),
    check: 'rfc/filter/not-ignored',
    remedy: /400 for a filter that isn’t supported/,
    counted: 1,
  },
  {
    id: 'bad-filter-500',
    description: 'A filter that can’t be parsed returns 500.',
    breaks: changesResponse((response, request) => {
      const { detail } = objectIn(response)
      const isParsed = /never returned|computed|cannot be compared|has no attribute/.test(`${detail}`)
      const query = queryOf(request)
      const isAboutFilter = query.has('filter') && !query.has('cursor')
      return response.status === 400 && isAboutFilter && !isParsed ? error(500) : {}
    }),
    check: 'rfc/filter/refuses-malformed',
    remedy: /Catch the errors of the filter’s parser/,
    counted: 1,
  },
  {
    id: 'patch-501',
    description: 'PATCH is advertised, and returns 501.',
    breaks: unserved('PATCH', 501),
    check: 'rfc/discovery/offers-patch',
    remedy: /don’t advertise/,
    counted: 1,
    areas: ['rfc/discovery', 'rfc/patch'],
  },
  {
    id: 'patch-does-nothing',
    description: 'PATCH returns success without any effect.',
    breaks: operations(() => [nothing]),
    check: 'rfc/discovery/offers-patch',
    remedy: /Apply the operation/,
    counted: 1,
    areas: ['rfc/discovery', 'rfc/patch'],
  },
  {
    id: 'patch-unvalidated',
    description: 'PATCH that should be rejected returns 200 without any effect.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return request.method === 'PATCH' && response.status === 400 && 'Operations' in objectIn(request)
        ? next(reading(request, pathOf(request)))
        : response
    },
    check: 'rfc/patch/refuses-unknown-attribute',
    remedy: /400 with scimType invalidPath/,
    counted: 1,
  },
  {
    ...faultOf('attributes-ignored'),
    id: 'attributes-ignored',
    check: 'rfc/projection/get',
    remedy: /Omit attributes/,
    counted: 1,
  },
  {
    id: 'members-hidden',
    description: 'Members of groups are never returned.',
    breaks: resources(one => without(one, 'members')),
    check: 'rfc/group/members-kept',
    remedy: /Return members/,
    counted: 1,
    areas: ['rfc/group', 'rfc/patch-members'],
  },
  {
    ...faultOf('no-etag'),
    id: 'no-etag',
    check: 'rfc/discovery/offers-etag',
    remedy: /Send ETags/,
    counted: 1,
    areas: ['rfc/discovery', 'rfc/versions'],
  },
  {
    ...faultOf('any-token'),
    id: 'any-token',
    check: 'rfc/authentication/wrong',
    remedy: /valid token/,
    counted: 1,
    safe: 'no',
  },
  {
    id: 'no-token-writes',
    ...faultOf('no-token-deletes'),
    check: 'rfc/authentication/unauthenticated-writes',
    remedy: /for every method/,
    counted: 1,
    safe: 'no',
  },
  {
    id: 'puts-before-auth',
    description: 'PUT reads the body before it checks credentials: without any, it returns 400.',
    breaks: responds(({ method, headers }) =>
      method === 'PUT' && (headers.authorization ?? '') === ''
        ? error(400, 'userName is missing.')
        : undefined,
    ),
    check: 'rfc/authentication/unauthenticated-writes',
    remedy: /before you read the body/,
    counted: 1,
    safe: 'yes',
    areas: ['rfc/authentication', 'rfc/delete/answers-204', 'rfc/delete/get', 'rfc/patch-replace/active'],
  },
  {
    id: 'delete-does-nothing',
    description: 'DELETE returns 204 without any effect.',
    breaks: () => async (request, next) => {
      if (request.method !== 'DELETE') return next(request)
      const { 'if-match': match } = request.headers
      const patch = instead(request, 'PATCH', request.target, { schemas: [patchUrn], Operations: [nothing] })
      const found = await next({
        ...patch,
        headers: { ...patch.headers, ...(match !== undefined && { 'if-match': match }) },
      })
      return found.status < 300 ? reply(204) : found
    },
    check: 'rfc/delete/get',
    remedy: /404/,
    counted: 1,
    safe: 'no',
  },
  {
    id: 'active-ignored',
    description: 'PATCH ignores active, and returns success.',
    breaks: operations(all =>
      all.map(one => {
        const { path, value } = one
        if (/(^|:)active$/i.test(`${path}`)) return nothing
        return path === undefined && value !== null && typeof value === 'object' && 'active' in value
          ? { ...one, value: without(value, 'active') }
          : one
      }),
    ),
    check: 'rfc/patch-replace/active',
    remedy: /Allow clients to change active/,
    counted: 1,
    safe: 'no',
  },
  {
    id: 'post-400-without-emails',
    description: 'Users need an email address, which no schema says.',
    breaks: responds(request =>
      request.method === 'POST' && pathOf(request) === '/Users' && !('emails' in objectIn(request))
        ? error(400, 'emails is required.', 'invalidValue')
        : undefined,
    ),
    check: 'rfc/advertised/optional',
    remedy: /required as true/,
    counted: 1,
    areas: ['rfc/create', 'rfc/advertised'],
  },
  {
    id: 'numeric-id',
    description: 'IDs are numbers.',
    breaks: numericIds,
    check: 'rfc/common/id-given',
    remedy: /as a string/,
    counted: 1,
  },
  {
    ...faultOf('total-of-the-page'),
    id: 'total-of-the-page',
    check: 'rfc/retrieve/total-results',
    remedy: /number of all matches/,
    counted: 1,
    areas: ['rfc/retrieve', 'rfc/index-paging'],
  },
  {
    ...faultOf('errors-empty'),
    id: 'errors-empty',
    check: 'rfc/errors/body',
    remedy: /every error as a JSON body/,
    counted: 1,
  },
  {
    id: 'put-405',
    description: 'PUT returns 405.',
    breaks: unserved('PUT', 405),
    check: 'rfc/put/replaces',
    remedy: /Support this method/,
    counted: 1,
  },
]

const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
