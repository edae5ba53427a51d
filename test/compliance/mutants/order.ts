import {
  error,
  listOf,
  type Mutant,
  objectIn,
  objectsIn,
  queryOf,
  reply,
  withBody,
  withQuery,
} from './break.ts'
import { changesRequest, changesResponse, inLists, resources, without } from './breaks.ts'

const codePoints = (one: unknown, other: unknown): number =>
  `${one}` < `${other}` ? -1 : `${one}` > `${other}` ? 1 : 0

/** Cursors, order, and projection. */
export const orderMutants: readonly Mutant[] = [
  {
    id: 'cursor-ignored',
    description: 'Each cursor returns the first page.',
    breaks: changesRequest(request =>
      queryOf(request).has('cursor') ? withQuery(request, { cursor: '' }) : request,
    ),
    caughtBy: ['rfc/cursor-paging/walk'],
  },
  {
    id: 'cursor-on-the-last',
    description: 'The last page has a nextCursor.',
    breaks: inLists((list, request) =>
      queryOf(request).has('cursor') ? { nextCursor: 'more', ...list } : list,
    ),
    caughtBy: ['rfc/cursor-paging/next-on-all-but-the-last'],
  },
  {
    id: 'previous-on-the-first',
    description: 'The first page of a list has a previousCursor.',
    breaks: inLists((list, request) =>
      queryOf(request).get('cursor') === '' ? { previousCursor: 'before', ...list } : list,
    ),
    caughtBy: ['rfc/cursor-paging/no-previous-on-the-first'],
  },
  {
    id: 'cursor-without-count-zero',
    description: 'With a cursor, a count of 0 is rejected.',
    breaks: changesResponse((_, request) => {
      const query = queryOf(request)
      return query.has('cursor') && query.get('count') === '0' ? error(400) : {}
    }),
    caughtBy: ['rfc/cursor-paging/count-zero'],
  },
  {
    id: 'forged-cursors',
    description: 'An unknown cursor returns the first page.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      return response.status === 400 && queryOf(request).has('cursor')
        ? next(withQuery(request, { cursor: '' }))
        : response
    },
    caughtBy: ['rfc/cursor-paging/refuses-nonsense', 'rfc/cursor-paging/refuses-forged'],
  },
  {
    id: 'sort-reversed',
    description: 'ascending sorts in descending order.',
    breaks: changesRequest(request =>
      queryOf(request).has('sortBy')
        ? withQuery(request, {
            sortOrder: queryOf(request).get('sortOrder') === 'descending' ? 'ascending' : 'descending',
          })
        : request,
    ),
    caughtBy: ['rfc/sort/ascending', 'rfc/sort/descending'],
  },
  {
    id: 'sort-ignored',
    description: 'Sorting is advertised and ignored.',
    breaks: changesRequest(request => withQuery(request, { sortBy: null })),
    caughtBy: ['rfc/sort/ascending', 'rfc/sort/descending', 'rfc/discovery/offers-sort'],
  },
  {
    id: 'descending-by-default',
    description: 'sortBy without sortOrder sorts in descending order.',
    breaks: changesRequest(request =>
      queryOf(request).has('sortBy') && !queryOf(request).has('sortOrder')
        ? withQuery(request, { sortOrder: 'descending' })
        : request,
    ),
    caughtBy: ['rfc/sort/ascending-by-default'],
  },
  {
    id: 'sort-minds-case',
    description: 'Upper case is sorted first although caseExact is false.',
    breaks: inLists((list, request) => {
      const by = queryOf(request).get('sortBy') ?? ''
      return by === ''
        ? list
        : { ...list, Resources: objectsIn(list.Resources).toSorted((a, b) => codePoints(a[by], b[by])) }
    }),
    caughtBy: ['rfc/sort/folds-case'],
  },
  {
    id: 'sorted-within-pages',
    description: 'Each page is sorted separately.',
    breaks: () => async (request, next) => {
      const by = queryOf(request).get('sortBy') ?? ''
      if (by === '') return next(request)
      const response = await next(withQuery(request, { sortBy: 'meta.created', sortOrder: 'descending' }))
      const list = objectIn(response)
      const Resources = objectsIn(list.Resources).toSorted((a, b) => codePoints(a[by], b[by]))
      return withBody(response, { ...list, Resources })
    },
    caughtBy: ['rfc/sort/over-pages'],
  },
  {
    id: 'attributes-ignored',
    description: 'attributes is ignored.',
    breaks: changesRequest(request => withQuery(request, { attributes: null })),
    caughtBy: ['rfc/projection/get', 'rfc/projection/list'],
  },
  {
    id: 'excluded-ignored',
    description: 'excludedAttributes is ignored.',
    breaks: changesRequest(request => withQuery(request, { excludedAttributes: null })),
    caughtBy: ['rfc/projection/excluded', 'rfc/projection/excluded-members'],
  },
  {
    id: 'attributes-drop-the-id',
    description: 'attributes removes the id.',
    breaks: resources((one, request) => (queryOf(request).has('attributes') ? without(one, 'id') : one)),
    caughtBy: ['rfc/projection/get', 'rfc/advertised/always-users'],
  },
  {
    id: 'id-can-be-excluded',
    description: 'excludedAttributes=id removes the id.',
    breaks: resources((one, request) =>
      /\bid\b/.test(queryOf(request).get('excludedAttributes') ?? '') ? without(one, 'id') : one,
    ),
    caughtBy: ['rfc/projection/always-returned'],
  },
  {
    id: 'excluded-sub-attributes',
    description: 'Excluding name.familyName excludes the whole name.',
    breaks: changesRequest(request => {
      const excluded = queryOf(request).get('excludedAttributes')
      return excluded === null
        ? request
        : withQuery(request, { excludedAttributes: excluded.replace(/\.\w+/g, '') })
    }),
    caughtBy: ['rfc/projection/excluded-sub-attributes'],
  },
  {
    id: 'search-creates',
    description: 'POST to /Users/.search creates a user.',
    breaks: changesResponse((_, { target }) =>
      /\/\.search/.test(target) ? reply(201, { id: 'search' }) : {},
    ),
    caughtBy: ['rfc/search/answers-200'],
  },
  {
    id: 'search-ignores-its-filter',
    description: '.search returns all resources.',
    breaks: changesRequest(request =>
      /\/\.search/.test(request.target) ? withBody(request, without(objectIn(request), 'filter')) : request,
    ),
    caughtBy: ['rfc/search/filter'],
  },
  {
    id: 'root-is-empty',
    description: 'A query on the root returns an empty list.',
    breaks: changesResponse((_, request) => (/^\/?(\?|$)/.test(request.target) ? reply(200, listOf()) : {})),
    caughtBy: ['rfc/retrieve/root-query'],
  },
]
