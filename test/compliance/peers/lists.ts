import type { JsonObject } from '../../../scim-compliance/scim.ts'
import { type Break, error, objectIn, objectsIn, pathOf, queryOf } from '../mutants/break.ts'
import { changesBody, filters, inLists, responds, without } from '../mutants/breaks.ts'
import type { Peer } from './peer.ts'

/** Changes lists of resources, but not those of discovery. */
const inDirectory = (change: (list: JsonObject) => JsonObject): Peer['breaks'] =>
  inLists((list, request) => (/^\/(Schemas|ResourceTypes)\b/.test(request.target) ? list : change(list)))

const both =
  (outer: Peer['breaks'], inner: Peer['breaks']): Peer['breaks'] =>
  (): Break => {
    const [first, second] = [outer(), inner()]
    return (request, next) => first(request, changed => second(changed, next))
  }

const isSearch = ({ target }: { readonly target: string }) => /\/\.search(\?|$)/.test(target)

const filterIn = (request: Parameters<Break>[0]): string =>
  queryOf(request).get('filter') ?? (isSearch(request) ? String(objectIn(request).filter ?? '') : '')

/** Deviations of lists, filters and pages. */
export const listPeers: readonly Peer[] = [
  {
    id: 'ignores-filters',
    description: 'Filters are ignored: each search returns all resources.',
    breaks: both(
      filters(() => null),
      changesBody((body, request) => (isSearch(request) ? without(body, 'filter') : body), 'POST'),
    ),
  },
  {
    id: 'totals-of-the-page',
    description: 'totalResults is the number of resources on the page.',
    breaks: inDirectory(list => ({ ...list, totalResults: objectsIn(list.Resources).length })),
  },
  {
    id: 'no-filter-on-title',
    description: 'Filters on title return 400 invalidFilter.',
    breaks: responds(request =>
      /\btitle\b/i.test(filterIn(request).replace(/"(\\.|[^"\\])*"/g, '""'))
        ? error(400, 'Filter attribute title is not supported.', 'invalidFilter')
        : undefined,
    ),
  },
  {
    id: 'null-for-no-resources',
    description: 'A list without resources has Resources null.',
    breaks: inDirectory(list =>
      objectsIn(list.Resources).length === 0 ? { ...list, Resources: null } : list,
    ),
  },
  {
    id: 'offers-me',
    description: '/Me is supported, but the token is not that of a user.',
    breaks: responds(request =>
      pathOf(request) === '/Me' ? error(404, 'The subject "service" isn’t a user.') : undefined,
    ),
  },
]
