import { parseSearch } from '../../src/journal/search/parse.ts'
import type { Search } from '../../src/journal/search/search.ts'

/** What a text asks for; one with a mistake in it is a mistake of the test. */
export function searchFor(text: string, now = Date.now()): Search {
  const { terms, mistakes } = parseSearch(text, now)
  if (mistakes.length > 0) throw new Error(mistakes.map(({ message }) => message).join(' '))
  return terms
}
