import type { SearchQuery } from '../../contract/exchanges.ts'
import { createTerm, parseSearch, type Search, type Term } from '../../journal/search/parse.ts'
import { parseStatus } from '../../journal/search/values.ts'
import { Problem } from '../problem.ts'

/** What the parameters ask for. Throws a Problem about `q`. */
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

/** What `q` asks for, clock times as of now. Throws a Problem that names each mistake and its place. */
export function parseSearchText(q = ''): Search {
  const { terms, errors } = parseSearch(q, Date.now())
  if (errors.length === 0) return terms
  const detail = errors.map(({ message }) => message).join(' ')
  throw new Problem('invalid-query', `Mend this and ask again. ${detail}`, {
    errors: errors.map(mistake => ({ path: 'query.q', ...mistake })),
  })
}
