import type { JsonObject } from '../../../scim-compliance/scim.ts'
import { error, type Mutant, objectIn, objectsIn, pathOf, queryOf, withBody, withQuery } from './break.ts'
import { answers, asks, inLists, without } from './breaks.ts'

const numberIn = (query: URLSearchParams, name: string, otherwise: number): number =>
  Number(query.get(name) ?? otherwise)

/** Lists of users and groups whose first page is correct. */
const later = (change: (resources: readonly JsonObject[]) => readonly JsonObject[]) =>
  inLists((list, asked) =>
    numberIn(queryOf(asked), 'startIndex', 1) > 1
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
    breaks: inLists((list, asked) =>
      queryOf(asked).get('count') === '1'
        ? { ...list, totalResults: objectsIn(list.Resources).length }
        : list,
    ),
    caughtBy: ['rfc/retrieve/total-results'],
  },
  {
    id: 'total-of-groups',
    description: 'totalResults of groups is the length of the page.',
    breaks: inLists((list, asked) =>
      pathOf(asked) === '/Groups' ? { ...list, totalResults: objectsIn(list.Resources).length } : list,
    ),
    caughtBy: ['rfc/index-paging/groups'],
  },
  {
    id: 'total-as-text',
    description: 'totalResults is a string.',
    breaks: inLists(list => ({ ...list, totalResults: `${list.totalResults}` })),
    caughtBy: ['rfc/retrieve/page-members', 'rfc/retrieve/total-results'],
  },
  {
    id: 'items-as-asked',
    description: 'itemsPerPage is the requested number, not the returned one.',
    breaks: inLists((list, asked) => ({
      ...list,
      itemsPerPage: numberIn(queryOf(asked), 'count', 100),
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
    breaks: asks(asked => {
      const start = queryOf(asked).get('startIndex')
      return start === null ? asked : withQuery(asked, { startIndex: `${Number(start) + 1}` })
    }),
    caughtBy: ['rfc/index-paging/one-based'],
  },
  {
    id: 'start-index-is-a-page',
    description: 'startIndex is the number of the page.',
    breaks: asks(asked => {
      const query = queryOf(asked)
      const start = (numberIn(query, 'startIndex', 1) - 1) * numberIn(query, 'count', 100) + 1
      return query.has('startIndex') ? withQuery(asked, { startIndex: `${start}` }) : asked
    }),
    caughtBy: ['rfc/index-paging/second-page', 'rfc/index-paging/walk'],
  },
  {
    id: 'start-index-ignored',
    description: 'startIndex is ignored.',
    breaks: asks(asked => withQuery(asked, { startIndex: null })),
    caughtBy: ['rfc/index-paging/second-page', 'rfc/index-paging/walk'],
  },
  {
    id: 'count-ignored',
    description: 'count is ignored.',
    breaks: asks(asked => withQuery(asked, { count: null })),
    caughtBy: ['rfc/index-paging/count-limits'],
  },
  {
    id: 'count-zero-is-all',
    description: 'count=0 returns all resources.',
    breaks: asks(asked => (queryOf(asked).get('count') === '0' ? withQuery(asked, { count: null }) : asked)),
    caughtBy: ['rfc/index-paging/count-zero'],
  },
  {
    id: 'count-zero-tells-nothing',
    description: 'count=0 returns no totalResults.',
    breaks: inLists((list, asked) =>
      queryOf(asked).get('count') === '0' ? { ...list, totalResults: 0 } : list,
    ),
    caughtBy: ['rfc/index-paging/count-zero-tells-total'],
  },
  {
    id: 'negative-count-refused',
    description: 'A negative count is rejected.',
    breaks: answers((_, asked) => (numberIn(queryOf(asked), 'count', 1) < 0 ? error(400) : {})),
    caughtBy: ['rfc/index-paging/count-negative'],
  },
  {
    id: 'unstable-order',
    description: 'Each page is taken from a different order.',
    breaks: () => {
      let times = 0
      return (asked, next) =>
        next(
          pathOf(asked) === '/Users' && asked.method === 'GET'
            ? withQuery(asked, { sortBy: 'id', sortOrder: ++times % 2 ? 'ascending' : 'descending' })
            : asked,
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
    breaks: asks(asked => {
      const start = numberIn(queryOf(asked), 'startIndex', 1)
      return start > 1 ? withQuery(asked, { startIndex: `${start - 1}` }) : asked
    }),
    caughtBy: ['rfc/index-paging/walk', 'rfc/index-paging/second-page'],
  },
  {
    id: 'beyond-the-end-404',
    description: 'A page beyond the end returns 404.',
    breaks: answers((answer, asked) =>
      numberIn(queryOf(asked), 'startIndex', 1) > Number(objectIn(answer).totalResults ?? Infinity)
        ? error(404)
        : {},
    ),
    caughtBy: ['rfc/index-paging/beyond-the-end'],
  },
  {
    id: 'nothing-found-404',
    description: 'A filter without a match returns 404.',
    breaks: answers((answer, { method }) =>
      method === 'GET' && objectIn(answer).totalResults === 0 ? error(404) : {},
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
    breaks: answers((answer, asked) => {
      const { Resources } = objectIn(answer)
      return Resources && /^\/(Users|Groups)/.test(asked.target) ? withBody(answer, Resources) : {}
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
    caughtBy: ['rfc/retrieve/same-in-list-user'],
  },
]
