import type { SearchQuery } from '../../contract/exchanges.ts'
import { createTerm, parseSearch, type Search, type Term } from '../../journal/search/parse.ts'
import { parseStatus } from '../../journal/search/values.ts'
import { Problem } from '../problem.ts'

/** The search of the parameters. Throws a Problem about `q`. */
export function toSearch(query: SearchQuery): Search {
  const { q, tenant, method, action, status, resource, from, until, text } = query
  return [
    ...term('tenant', tenant),
    ...term('method', method?.toUpperCase()),
    ...term('action', action),
    ...term('status', status && parseStatus(status)),
    ...term('resource', resource),
    ...term('after', from),
    ...term('before', until),
    ...term('text', text),
    ...parseSearchText(q),
  ]
}

const term = (key: Term['key'], value: string | undefined): Search =>
  value === undefined ? [] : [createTerm(key, value)]

/** The search of `q`, with times relative to now. Throws a Problem with the place of each mistake. */
export function parseSearchText(q = ''): Search {
  const { terms, errors } = parseSearch(q, Date.now())
  if (errors.length === 0) return terms
  const detail = errors.map(({ message }) => message).join(' ')
  throw new Problem('invalid-query', `Correct the search: ${detail}`, {
    errors: errors.map(mistake => ({ path: 'query.q', ...mistake })),
  })
}
