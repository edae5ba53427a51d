import {
  error,
  objectIn,
  objectsIn,
  pathOf,
  queryOf,
  reading,
  withBody,
  withQuery,
} from '../mutants/break.ts'
import { bodies, changesBody, changesRequest, header, metas, responds, without } from '../mutants/breaks.ts'
import {
  before,
  createRandom,
  deletedStillFound,
  doubledMembers,
  frozenVersion,
  hiddenInactive,
} from './breaks.ts'
import { type Fault, faultOf } from './fault.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const isList = /^\/(Users|Groups)$/
const sqlTime = (time: unknown) => `${time}`.replace('T', ' ').replace(/(\.\d+)?Z$/, '')

/** Faults of lists, writes, values, headers and errors. */
export const faults1: readonly Fault[] = [
  {
    id: 'filtered-total',
    description: 'totalResults of a filtered list is the number of all resources.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      if (!isList.test(pathOf(request)) || !queryOf(request).has('filter') || response.status !== 200)
        return response
      const { totalResults = 0 } = objectIn(await next(reading(request, `${pathOf(request)}?count=0`)))
      return withBody(response, { ...objectIn(response), totalResults })
    },
    check: 'rfc/filter/eq-string',
    remedy: /their number in totalResults/,
    counted: 1,
  },
  {
    id: 'user-name-eq-case',
    ...faultOf('case-counts'),
    check: 'rfc/filter/ignores-case',
    remedy: /Ignore case/,
    counted: 1,
  },
  {
    ...faultOf('unique-with-case'),
    id: 'unique-with-case',
    check: 'rfc/user/name-unique-without-case',
    remedy: /Ignore case when you check/,
    counted: 1,
    areas: ['rfc/user'],
  },
  {
    id: 'active-text',
    ...faultOf('boolean-as-text'),
    check: 'rfc/advertised/types',
    remedy: /booleans without quotes/,
    counted: 1,
  },
  {
    id: 'random-500',
    description: 'One percent of all requests returns 500.',
    breaks: () => {
      const random = createRandom(1)
      return async (request, next) => (random() < 0.01 ? error(500, 'database is locked') : next(request))
    },
    check: 'rfc/errors/occasional-5xx',
    remedy: /server’s log/,
    counted: 1,
    areas: ['rfc/errors', 'rfc/put', 'rfc/patch-replace'],
  },
  {
    id: 'redirect-308',
    description: '/Users redirects to /Users/.',
    breaks: () => async (request, next) => {
      const path = pathOf(request)
      if (path === '/Users/') return next({ ...request, target: request.target.replace('/Users/', '/Users') })
      if (path !== '/Users') return next(request)
      const location = request.target.replace('/Users', 'Users/')
      return { status: 308, headers: { location }, text: '' }
    },
    counted: 0,
    ends: /\/Users redirects to \S+\/Users\/ \(308\)/,
    areas: ['rfc/retrieve'],
  },
  {
    ...faultOf('created-200'),
    id: 'created-200',
    check: 'rfc/create/answers-201',
    remedy: /Return 201/,
    counted: 1,
  },
  {
    id: 'page-2-is-page-1',
    ...faultOf('start-index-ignored'),
    check: 'rfc/index-paging/second-page',
    remedy: /startIndex/,
    counted: 1,
  },
  {
    id: 'given-name-loses-rest',
    ...faultOf('complex-replaced-whole'),
    check: 'rfc/patch-replace/sub-attribute',
    remedy: /sub-attribute/,
    counted: 1,
  },
  {
    ...faultOf('filtered-remove-hits-all'),
    id: 'filtered-remove-hits-all',
    check: 'rfc/patch-remove/by-filter',
    remedy: /Evaluate the filter in the path/,
    counted: 1,
  },
  {
    id: 'put-keeps-omitted',
    description: 'PUT keeps what the request omits.',
    breaks: () => async (request, next) =>
      request.method === 'PUT'
        ? next(withBody(request, { ...(await before(request, next)), ...objectIn(request) }))
        : next(request),
    check: 'rfc/put/refuses-missing-required',
    remedy: /required attributes in PUT/,
    counted: 1,
  },
  {
    id: 'put-drops-external-id',
    description: 'PUT ignores externalId.',
    breaks: changesBody(body => without(body, 'externalId'), 'PUT'),
    check: 'rfc/put/external-id',
    remedy: /externalId/,
    counted: 1,
  },
  {
    id: 'put-removes-no-member',
    description: 'PUT of a group adds members, and removes none.',
    breaks: () => async (request, next) => {
      if (request.method !== 'PUT' || !request.target.startsWith('/Groups/')) return next(request)
      const body = objectIn(request)
      const members = [...objectsIn((await before(request, next)).members), ...objectsIn(body.members)]
      return next(withBody(request, { ...body, members }))
    },
    check: 'rfc/put/members',
    remedy: /Replace the members/,
    counted: 1,
  },
  {
    id: 'deleted-still-listed',
    description: 'A filter by userName still returns deleted users.',
    breaks: deletedStillFound,
    check: 'rfc/delete/out-of-lists',
    remedy: /Omit deleted/,
    counted: 1,
  },
  {
    ...faultOf('deleted-200'),
    id: 'deleted-200',
    check: 'rfc/delete/answers-204',
    remedy: /Return 204/,
    counted: 1,
  },
  {
    ...faultOf('unknown-200'),
    id: 'unknown-200',
    check: 'rfc/delete/get',
    remedy: /Return 404/,
    counted: 1,
  },
  {
    id: 'extension-missing',
    description: '/Schemas lacks the extension of users.',
    breaks: () => async (request, next) => {
      if (pathOf(request) === `/Schemas/${enterprise}`) return error(404)
      const response = await next(request)
      if (pathOf(request) !== '/Schemas') return response
      const list = objectIn(response)
      const Resources = objectsIn(list.Resources).filter(({ id }) => id !== enterprise)
      return withBody(response, { ...list, Resources, totalResults: Resources.length })
    },
    check: 'rfc/schemas/type-schema-known',
    remedy: /schema/,
    counted: 1,
  },
  {
    ...faultOf('no-location'),
    id: 'no-location',
    check: 'rfc/create/location',
    remedy: /Location header/,
    counted: 1,
  },
  {
    id: 'modified-frozen',
    ...faultOf('modified-stands-still'),
    check: 'rfc/meta/modified-moves',
    remedy: /Update lastModified/,
    counted: 1,
  },
  {
    id: 'etag-frozen',
    description: 'The ETag and meta.version never change.',
    breaks: () => frozenVersion,
    check: 'rfc/versions/changes',
    remedy: /new version with each change/,
    counted: 1,
  },
  {
    id: 'error-without-status',
    description: 'Errors have no status in the body.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? without(body, 'status') : body)),
    check: 'rfc/errors/status-is-text',
    remedy: /"status"/,
    counted: 1,
  },
  {
    id: 'text-plain',
    description: 'Responses have the media type text/plain.',
    breaks: header('content-type', () => 'text/plain'),
    check: 'rfc/transport/accept-scim-json',
    remedy: /application\/scim\+json/,
    counted: 1,
  },
  {
    ...faultOf('excluded-ignored'),
    id: 'excluded-ignored',
    check: 'rfc/projection/excluded',
    remedy: /excludedAttributes names/,
    counted: 1,
  },
  {
    id: 'sort-order-ignored',
    description: 'sortOrder is ignored.',
    breaks: changesRequest(request =>
      /\/\.search$/.test(pathOf(request))
        ? withBody(request, without(objectIn(request), 'sortOrder'))
        : withQuery(request, { sortOrder: null }),
    ),
    check: 'rfc/sort/descending',
    remedy: /Reverse the order/,
    counted: 1,
  },
  {
    id: 'below-one-400',
    description: 'A startIndex below 1 returns 400.',
    breaks: responds(request =>
      Number(queryOf(request).get('startIndex') ?? 1) < 1 ? error(400) : undefined,
    ),
    check: 'rfc/index-paging/below-one',
    remedy: /as 1/,
    counted: 1,
  },
  {
    id: 'negative-count-400',
    ...faultOf('negative-count-refused'),
    check: 'rfc/index-paging/count-negative',
    remedy: /below 0 as 0/,
    counted: 1,
  },
  {
    id: 'bulk-references-lost',
    ...faultOf('bulk-id-not-replaced'),
    check: 'rfc/bulk-references/in-members',
    remedy: /bulkId/,
    counted: 1,
  },
  {
    ...faultOf('and-is-or'),
    id: 'and-is-or',
    check: 'rfc/filter/and',
    remedy: /both operands/,
    counted: 1,
  },
  {
    ...faultOf('no-groups-of-users'),
    id: 'no-groups-of-users',
    check: 'rfc/group/of-user',
    remedy: /Derive the groups/,
    counted: 1,
  },
  {
    id: 'member-twice',
    description: 'Adding an existing member makes it a member twice.',
    breaks: doubledMembers,
    check: 'rfc/patch-members/add-again',
    remedy: /Compare members by value/,
    counted: 1,
  },
  {
    id: 'not-atomic',
    description: 'Operations before a failed one keep their effect.',
    breaks: () => {
      const onePerRequest = faultOf('not-atomic').breaks()
      return (request, next) =>
        objectsIn(objectIn(request).Operations).length > 1 ? onePerRequest(request, next) : next(request)
    },
    check: 'rfc/patch/all-or-nothing',
    remedy: /copy/,
    counted: 1,
  },
  {
    id: 'sql-dates',
    description: 'created and lastModified are written as in SQL.',
    breaks: metas(meta => ({
      ...meta,
      created: sqlTime(meta.created),
      lastModified: sqlTime(meta.lastModified),
    })),
    check: 'rfc/meta/times',
    remedy: /2030-01-31T12:00:00Z/,
    counted: 1,
  },
  {
    ...faultOf('conflict-400'),
    id: 'conflict-400',
    check: 'rfc/create/conflict',
    remedy: /409/,
    counted: 1,
  },
  {
    id: 'lists-without-schemas',
    ...faultOf('list-without-schemas'),
    check: 'rfc/model/message-schemas',
    remedy: /ListResponse/,
    counted: 2,
    also: ['rfc/discovery/list-schemas'],
    areas: ['rfc/model', 'rfc/discovery'],
  },
  {
    id: 'inactive-hidden',
    description: 'Users that aren’t active aren’t found.',
    breaks: () => hiddenInactive,
    check: 'rfc/patch-replace/active',
    remedy: /Only DELETE removes/,
    counted: 1,
  },
  {
    id: 'password-returned',
    ...faultOf('password-shown'),
    check: 'rfc/user/password-hidden',
    remedy: /hash/,
    counted: 1,
  },
  {
    ...faultOf('paths-mind-case'),
    id: 'paths-mind-case',
    check: 'rfc/patch-paths/names-in-any-case',
    remedy: /Ignore case/,
    counted: 1,
  },
  {
    ...faultOf('listed-removal-removes-all'),
    id: 'listed-removal-removes-all',
    check: 'rfc/patch-members/remove-by-value',
    remedy: /only the members that it lists/,
    counted: 1,
  },
  {
    id: 'slow-2-percent',
    description: 'Two percent of all requests take five seconds.',
    breaks: () => {
      const random = createRandom(2)
      return async (request, next) => {
        if (random() < 0.02) await new Promise(resolve => setTimeout(resolve, 5000))
        return next(request)
      }
    },
    counted: 0,
    note: /% of responses took more than 3 s/,
    areas: ['rfc/resource-ids'],
  },
]
