import type { JsonObject } from '../../../scim-compliance/scim.ts'
import { error, type Mutant, objectIn, objectsIn, pathOf, queryOf, withBody, withQuery } from './break.ts'
import { changesRequest, changesResponse, inLists, without } from './breaks.ts'

const numberIn = (query: URLSearchParams, name: string, otherwise: number): number =>
  Number(query.get(name) ?? otherwise)

/** Lists of users and groups whose first page is correct. */
const later = (change: (resources: readonly JsonObject[]) => readonly JsonObject[]) =>
  inLists((list, request) =>
    numberIn(queryOf(request), 'startIndex', 1) > 1
      ? { ...list, Resources: change(objectsIn(list.Resources)) }
      : list,
  )

/** Pages and counts. */
export const listMutants: readonly Mutant[] = [
  {
    id: 'total-of-the-page',
    description: 'totalResults is the length of the page.',
    breaks: inLists(list => ({ ...list, totalResults: objectsIn(list.Resources).length })),
    caughtBy: ['rfc/index-paging/total-over-pages'],
  },
  {
    id: 'total-of-the-first-page',
    description: 'totalResults of a page of one is 1.',
    breaks: inLists((list, request) =>
      queryOf(request).get('count') === '1'
        ? { ...list, totalResults: objectsIn(list.Resources).length }
        : list,
    ),
    caughtBy: ['rfc/retrieve/total-results'],
  },
  {
    id: 'total-of-groups',
    description: 'totalResults of groups is the length of the page.',
    breaks: inLists((list, request) =>
      pathOf(request) === '/Groups' ? { ...list, totalResults: objectsIn(list.Resources).length } : list,
    ),
    caughtBy: ['rfc/index-paging/groups'],
  },
  {
    id: 'total-as-text',
    description: 'totalResults is a string.',
    breaks: inLists(list => ({ ...list, totalResults: `${list.totalResults}` })),
    caughtBy: ['rfc/retrieve/total-results'],
  },
  {
    id: 'items-as-asked',
    description: 'itemsPerPage is the requested number, not the returned one.',
    breaks: inLists((list, request) => ({
      ...list,
      itemsPerPage: numberIn(queryOf(request), 'count', 100),
    })),
    caughtBy: ['rfc/index-paging/items-per-last-page'],
  },
  {
    id: 'no-items-per-page',
    description: 'Pages lack itemsPerPage and startIndex.',
    breaks: inLists(list => without(list, 'itemsPerPage', 'startIndex')),
    caughtBy: ['rfc/index-paging/items-per-page', 'rfc/index-paging/start-index'],
  },
  {
    id: 'start-index-one',
    description: 'startIndex is always 1.',
    breaks: inLists(list => ({ ...list, startIndex: 1 })),
    caughtBy: ['rfc/index-paging/start-index'],
  },
  {
    id: 'counts-from-zero',
    description: 'startIndex is 0-based.',
    breaks: changesRequest(request => {
      const start = queryOf(request).get('startIndex')
      return start === null ? request : withQuery(request, { startIndex: `${Number(start) + 1}` })
    }),
    caughtBy: ['rfc/index-paging/one-based'],
  },
  {
    id: 'start-index-is-a-page',
    description: 'startIndex is the number of the page.',
    breaks: changesRequest(request => {
      const query = queryOf(request)
      const start = (numberIn(query, 'startIndex', 1) - 1) * numberIn(query, 'count', 100) + 1
      return query.has('startIndex') ? withQuery(request, { startIndex: `${start}` }) : request
    }),
    caughtBy: ['rfc/index-paging/second-page', 'rfc/index-paging/walk'],
  },
  {
    id: 'start-index-ignored',
    description: 'startIndex is ignored.',
    breaks: changesRequest(request => withQuery(request, { startIndex: null })),
    caughtBy: ['rfc/index-paging/second-page', 'rfc/index-paging/walk'],
  },
  {
    id: 'count-ignored',
    description: 'count is ignored.',
    breaks: changesRequest(request => withQuery(request, { count: null })),
    caughtBy: ['rfc/index-paging/count-limits'],
  },
  {
    id: 'count-zero-is-all',
    description: 'count=0 returns all resources.',
    breaks: changesRequest(request =>
      queryOf(request).get('count') === '0' ? withQuery(request, { count: null }) : request,
    ),
    caughtBy: ['rfc/index-paging/count-zero'],
  },
  {
    id: 'count-zero-tells-nothing',
    description: 'count=0 returns no totalResults.',
    breaks: inLists((list, request) =>
      queryOf(request).get('count') === '0' ? { ...list, totalResults: 0 } : list,
    ),
    caughtBy: ['rfc/index-paging/count-zero-tells-total'],
  },
  {
    id: 'negative-count-refused',
    description: 'A negative count is rejected.',
    breaks: changesResponse((_, request) => (numberIn(queryOf(request), 'count', 1) < 0 ? error(400) : {})),
    caughtBy: ['rfc/index-paging/count-negative'],
  },
  {
    id: 'unstable-order',
    description: 'Each page is taken from a different order.',
    breaks: () => {
      let times = 0
      return (request, next) =>
        next(
          pathOf(request) === '/Users' && request.method === 'GET'
            ? withQuery(request, { sortBy: 'id', sortOrder: ++times % 2 ? 'ascending' : 'descending' })
            : request,
        )
    },
    caughtBy: ['rfc/index-paging/walk', 'rfc/index-paging/second-page'],
  },
  {
    id: 'lost-between-pages',
    description: 'The first resource of each further page is missing.',
    breaks: later(all => all.slice(1)),
    caughtBy: ['rfc/index-paging/walk', 'rfc/index-paging/second-page'],
  },
  {
    id: 'twice-over-pages',
    description: 'The last resource of a page is repeated on the next.',
    breaks: changesRequest(request => {
      const start = numberIn(queryOf(request), 'startIndex', 1)
      return start > 1 ? withQuery(request, { startIndex: `${start - 1}` }) : request
    }),
    caughtBy: ['rfc/index-paging/walk', 'rfc/index-paging/second-page'],
  },
  {
    id: 'beyond-the-end-404',
    description: 'A page beyond the end returns 404.',
    breaks: changesResponse((response, request) =>
      numberIn(queryOf(request), 'startIndex', 1) > Number(objectIn(response).totalResults ?? Infinity)
        ? error(404)
        : {},
    ),
    caughtBy: ['rfc/index-paging/beyond-the-end'],
  },
  {
    id: 'nothing-found-404',
    description: 'A filter without a match returns 404.',
    breaks: changesResponse((response, { method }) =>
      method === 'GET' && objectIn(response).totalResults === 0 ? error(404) : {},
    ),
    caughtBy: ['rfc/retrieve/nothing-found'],
  },
  {
    id: 'list-without-schemas',
    description: 'Lists have no schemas.',
    breaks: inLists(list => without(list, 'schemas')),
    caughtBy: ['rfc/model/message-schemas'],
  },
  {
    id: 'bare-array',
    description: 'A list is an array.',
    breaks: changesResponse((response, request) => {
      const { Resources } = objectIn(response)
      return Resources && /^\/(Users|Groups)/.test(request.target) ? withBody(response, Resources) : {}
    }),
    caughtBy: ['rfc/model/message-schemas', 'rfc/retrieve/total-results'],
  },
  {
    id: 'lists-are-short',
    description: 'Lists omit meta.',
    breaks: inLists(list => ({
      ...list,
      Resources: objectsIn(list.Resources).map(one => without(one, 'meta')),
    })),
    caughtBy: ['rfc/retrieve/same-in-list'],
  },
]
