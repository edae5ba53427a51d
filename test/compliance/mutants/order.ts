import { listOf, type Mutant, objectIn, objectsIn, queryOf, reply, withBody, withQuery } from './break.ts'
import { answers, asks, inLists, resources, without } from './breaks.ts'

const codePoints = (one: unknown, other: unknown): number =>
  `${one}` < `${other}` ? -1 : `${one}` > `${other}` ? 1 : 0

/** Cursors, order, and projection. */
export const orderMutants: readonly Mutant[] = [
  {
    id: 'cursor-ignored',
    description: 'Each cursor returns the first page.',
    breaks: asks(asked => (queryOf(asked).has('cursor') ? withQuery(asked, { cursor: '' }) : asked)),
    caughtBy: ['rfc/cursor-paging/walk'],
  },
  {
    id: 'cursor-on-the-last',
    description: 'The last page has a nextCursor.',
    breaks: inLists((list, asked) => (queryOf(asked).has('cursor') ? { nextCursor: 'more', ...list } : list)),
    caughtBy: ['rfc/cursor-paging/next-on-all-but-the-last'],
  },
  {
    id: 'forged-cursors',
    description: 'An unknown cursor returns the first page.',
    breaks: () => async (asked, next) => {
      const answer = await next(asked)
      return answer.status === 400 && queryOf(asked).has('cursor')
        ? next(withQuery(asked, { cursor: '' }))
        : answer
    },
    caughtBy: ['rfc/cursor-paging/refuses-nonsense', 'rfc/cursor-paging/refuses-forged'],
  },
  {
    id: 'sort-reversed',
    description: 'ascending sorts in descending order.',
    breaks: asks(asked =>
      queryOf(asked).has('sortBy')
        ? withQuery(asked, {
            sortOrder: queryOf(asked).get('sortOrder') === 'descending' ? 'ascending' : 'descending',
          })
        : asked,
    ),
    caughtBy: ['rfc/sort/ascending', 'rfc/sort/descending'],
  },
  {
    id: 'sort-ignored',
    description: 'Sorting is advertised and ignored.',
    breaks: asks(asked => withQuery(asked, { sortBy: null })),
    caughtBy: ['rfc/sort/ascending', 'rfc/sort/descending', 'rfc/discovery/offers-sort'],
  },
  {
    id: 'descending-by-default',
    description: 'sortBy without sortOrder sorts in descending order.',
    breaks: asks(asked =>
      queryOf(asked).has('sortBy') && !queryOf(asked).has('sortOrder')
        ? withQuery(asked, { sortOrder: 'descending' })
        : asked,
    ),
    caughtBy: ['rfc/sort/ascending-by-default'],
  },
  {
    id: 'sort-minds-case',
    description: 'Upper case is sorted first although caseExact is false.',
    breaks: inLists((list, asked) => {
      const by = queryOf(asked).get('sortBy') ?? ''
      return by === ''
        ? list
        : { ...list, Resources: objectsIn(list.Resources).toSorted((a, b) => codePoints(a[by], b[by])) }
    }),
    caughtBy: ['rfc/sort/folds-case'],
  },
  {
    id: 'sorted-within-pages',
    description: 'Each page is sorted separately.',
    breaks: () => async (asked, next) => {
      const by = queryOf(asked).get('sortBy') ?? ''
      if (by === '') return next(asked)
      const answer = await next(withQuery(asked, { sortBy: 'meta.created', sortOrder: 'descending' }))
      const list = objectIn(answer)
      const Resources = objectsIn(list.Resources).toSorted((a, b) => codePoints(a[by], b[by]))
      return withBody(answer, { ...list, Resources })
    },
    caughtBy: ['rfc/sort/over-pages'],
  },
  {
    id: 'attributes-ignored',
    description: 'attributes is ignored.',
    breaks: asks(asked => withQuery(asked, { attributes: null })),
    caughtBy: ['rfc/projection/get', 'rfc/projection/list'],
  },
  {
    id: 'excluded-ignored',
    description: 'excludedAttributes is ignored.',
    breaks: asks(asked => withQuery(asked, { excludedAttributes: null })),
    caughtBy: ['rfc/projection/excluded', 'rfc/projection/excluded-members'],
  },
  {
    id: 'attributes-drop-the-id',
    description: 'attributes removes the id.',
    breaks: resources((one, asked) => (queryOf(asked).has('attributes') ? without(one, 'id') : one)),
    caughtBy: ['rfc/projection/get', 'rfc/advertised/always-users'],
  },
  {
    id: 'id-can-be-excluded',
    description: 'excludedAttributes=id removes the id.',
    breaks: resources((one, asked) =>
      /\bid\b/.test(queryOf(asked).get('excludedAttributes') ?? '') ? without(one, 'id') : one,
    ),
    caughtBy: ['rfc/projection/always-returned'],
  },
  {
    id: 'excluded-sub-attributes',
    description: 'Excluding name.familyName excludes the whole name.',
    breaks: asks(asked => {
      const excluded = queryOf(asked).get('excludedAttributes')
      return excluded === null
        ? asked
        : withQuery(asked, { excludedAttributes: excluded.replace(/\.\w+/g, '') })
    }),
    caughtBy: ['rfc/projection/excluded-sub-attributes'],
  },
  {
    id: 'search-creates',
    description: 'POST to /Users/.search creates a user.',
    breaks: answers((_, { target }) => (/\/\.search/.test(target) ? reply(201, { id: 'search' }) : {})),
    caughtBy: ['rfc/search/answers-200'],
  },
  {
    id: 'search-ignores-its-filter',
    description: '.search returns all resources.',
    breaks: asks(asked =>
      /\/\.search/.test(asked.target) ? withBody(asked, without(objectIn(asked), 'filter')) : asked,
    ),
    caughtBy: ['rfc/search/filter'],
  },
  {
    id: 'root-is-empty',
    description: 'A query on the root returns an empty list.',
    breaks: answers((_, asked) => (/^\/?(\?|$)/.test(asked.target) ? reply(200, listOf()) : {})),
    caughtBy: ['rfc/retrieve/root-query'],
  },
]
