import { keyNameAt, type Search, type Term } from '../../src/domain/journal/search/parse.ts'

/** The text of a search. Parsed again, it is the same search. Its times are absolute. */
export const printSearch = (search: Search): string => search.map(printTerm).join(' ')

function printTerm({ key, value, not }: Term): string {
  const written = key === 'words' ? wordsOf(value) : `${key}:${needsQuotes(value) ? quoted(value) : value}`
  return not ? `-${written}` : written
}

/** Text with another meaning in a search is quoted. */
const wordsOf = (text: string): string =>
  needsQuotes(text) || text.startsWith('-') || keyNameAt(text, 0) !== undefined ? quoted(text) : text

const needsQuotes = (text: string): boolean => /^$|[\s"\\]/.test(text)

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
