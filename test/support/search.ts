import { parseSearch, type Search } from '../../src/domain/journal/search/parse.ts'

/** Parses a search; an error in it is an error of the test. */
export function searchFor(text: string, now = Date.now()): Search {
  const { terms, errors } = parseSearch(text, now)
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join(' '))
  return terms
}
