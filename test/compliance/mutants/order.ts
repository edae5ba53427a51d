import { listOf, type Mutant, objectIn, objectsIn, queryOf, reply, withBody, withQuery } from './break.ts'
import { answers, asks, inLists, resources, without } from './breaks.ts'

const codePoints = (one: unknown, other: unknown): number =>
  `${one}` < `${other}` ? -1 : `${one}` > `${other}` ? 1 : 0

/** Cursors, order, and which attributes are shown. */
export const orderMutants: readonly Mutant[] = [
  {
    id: 'cursor-ignored',
    description: 'A cursor leads to the first page again.',
    breaks: asks(asked => (queryOf(asked).has('cursor') ? withQuery(asked, { cursor: '' }) : asked)),
    caughtBy: ['rfc/cursor-paging/walk'],
  },
  {
    id: 'cursor-on-the-last',
    description: 'The last page has a nextCursor, too.',
    breaks: inLists((list, asked) => (queryOf(asked).has('cursor') ? { nextCursor: 'more', ...list } : list)),
    caughtBy: ['rfc/cursor-paging/next-on-all-but-the-last'],
  },
  {
    id: 'forged-cursors',
    description: 'A cursor that was never given is taken for the first page.',
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
    description: 'ascending is descending.',
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
    description: 'Without sortOrder the last comes first.',
    breaks: asks(asked =>
      queryOf(asked).has('sortBy') && !queryOf(asked).has('sortOrder')
        ? withQuery(asked, { sortOrder: 'descending' })
        : asked,
    ),
    caughtBy: ['rfc/sort/ascending-by-default'],
  },
  {
    id: 'sort-minds-case',
    description: 'Capitals come first where the schema says that case doesn’t count.',
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
    description: 'Each page is sorted by itself.',
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
    description: 'With attributes the id is left out.',
    breaks: resources((one, asked) => (queryOf(asked).has('attributes') ? without(one, 'id') : one)),
    caughtBy: ['rfc/projection/get', 'rfc/advertised/always-users'],
  },
  {
    id: 'id-can-be-excluded',
    description: 'excludedAttributes=id takes the id away.',
    breaks: resources((one, asked) =>
      /\bid\b/.test(queryOf(asked).get('excludedAttributes') ?? '') ? without(one, 'id') : one,
    ),
    caughtBy: ['rfc/projection/always-returned'],
  },
  {
    id: 'excluded-sub-attributes',
    description: 'To exclude name.familyName excludes the whole name.',
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
    description: 'POST to /Users/.search makes a user.',
    breaks: answers((_, { target }) => (/\/\.search/.test(target) ? reply(201, { id: 'search' }) : {})),
    caughtBy: ['rfc/search/answers-200'],
  },
  {
    id: 'search-ignores-its-filter',
    description: '.search shows everything.',
    breaks: asks(asked =>
      /\/\.search/.test(asked.target) ? withBody(asked, without(objectIn(asked), 'filter')) : asked,
    ),
    caughtBy: ['rfc/search/filter'],
  },
  {
    id: 'root-is-empty',
    description: 'A query on the root finds nothing.',
    breaks: answers((_, asked) => (/^\/?(\?|$)/.test(asked.target) ? reply(200, listOf()) : {})),
    caughtBy: ['rfc/retrieve/root-query'],
  },
]
