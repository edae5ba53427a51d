import { compact } from '../../../scim/json.ts'
import { findKey, type KeyName, keyNames, type SearchKey, searchKeys } from './keys.ts'
import { foldAscii } from './values.ts'

/** One condition of a search. The value has the form that its key's `read` returns, and is well-formed Unicode. */
export type TermOf<Key extends string> = { readonly key: Key; readonly value: string; readonly not?: true }

/** `words`: text without a key, in the action, the target, the URL or a body. */
export type Term = TermOf<KeyName | 'words'>

export type FieldTerm = Term & { readonly key: Exclude<KeyName, 'text'> }

export const isFieldTerm = (term: Term): term is FieldTerm => term.key !== 'words' && term.key !== 'text'

export type Search = readonly Term[]

/** The cycle whose exchanges a search finds, or `any`. Its id is that of its first exchange. */
export const cycleIn = (search: Search): string | undefined =>
  search.find(({ key, not }) => key === 'cycle' && !not)?.value

/** An error in the text of a search, `length` UTF-16 units from `at` on. */
export type SearchError = {
  readonly message: string
  readonly at: number
  readonly length: number
  readonly suggestion?: string
}

export type SearchLanguage<Name extends string> = {
  readonly keys: Readonly<Record<Name, SearchKey>>
  readonly names: readonly Name[]
  readonly find: (name: string) => Name | undefined
}

type ParsedTerms<Name extends string> = {
  readonly terms: readonly TermOf<Name | 'words'>[]
  readonly errors: readonly SearchError[]
}

const journalLanguage: SearchLanguage<KeyName> = { keys: searchKeys, names: keyNames, find: findKey }

export const createTerm = <Key extends string>(key: Key, value: string, not = false): TermOf<Key> => ({
  key,
  value: value.toWellFormed(),
  ...(not && { not }),
})

export function suggestName(written: string, names: readonly string[]): string | undefined {
  const word = foldAscii(written)
  const [nearest] = names
    .map(name => ({ name, distance: editDistance(word, foldAscii(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((one, other) => one.distance - other.distance)
  return nearest?.name
}

function editDistance(one: string, other: string): number {
  // A name twice as long is no typing error, and the rest costs the product of both lengths.
  if (one.length > 2 * other.length + 2) return one.length - other.length
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 1; at <= one.length; at++) {
    const next = [at]
    for (let to = 1; to <= other.length; to++) {
      const same = one[at - 1] === other[to - 1]
      const swapped = one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1]
      next[to] = Math.min(
        costAt(row, to) + 1,
        costAt(next, to - 1) + 1,
        costAt(row, to - 1) + (same ? 0 : 1),
        swapped ? costAt(before, to - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return costAt(row, other.length)
}

const costAt = (row: readonly number[], at: number): number => row[at] ?? Number.POSITIVE_INFINITY

/** SQLite limits the depth of expressions. */
export const maxTerms = 50

type Word = {
  readonly value: string
  readonly at: number
  readonly end: number
  readonly error?: SearchError
}

export const parseSearch = (text: string, now: number): ParsedTerms<KeyName> =>
  parseTerms(text, now, journalLanguage)

/**
 * Parses a search: terms separated by spaces, each `key:value`, `key:"quoted value"` or text, negated by a `-`. Times of
 * day and durations are relative to `now`, in milliseconds since 1970. Returns all errors.
 */
export function parseTerms<Name extends string>(
  text: string,
  now: number,
  language: SearchLanguage<Name>,
): ParsedTerms<Name> {
  const terms: TermOf<Name | 'words'>[] = []
  const errors: SearchError[] = []
  let at = nextWord(text, 0)
  while (at < text.length) {
    const { term, end, error } = readTerm(text, at, now, language)
    if (term && terms.length === maxTerms) {
      errors.push(
        errorAt(at, text.length, `More than ${maxTerms} terms are too many: leave out those from here on.`),
      )
      break
    }
    if (term) terms.push(term)
    if (error) errors.push(error)
    at = nextWord(text, end)
  }
  return { terms, errors }
}

const errorAt = (at: number, end: number, message: string, suggestion?: string): SearchError => ({
  message,
  at,
  length: end - at,
  ...compact({ suggestion }),
})

type ReadTerm<Name extends string> = {
  readonly term?: TermOf<Name | 'words'>
  readonly error?: SearchError
  readonly end: number
}

function readTerm<Name extends string>(
  text: string,
  start: number,
  now: number,
  language: SearchLanguage<Name>,
): ReadTerm<Name> {
  // A dash before a space, or at the end, is text.
  const not = text[start] === '-' && /\S/.test(text[start + 1] ?? '')
  const at = not ? start + 1 : start
  const name = keyNameAt(text, at)
  const word = readWord(text, name === undefined ? at : at + name.length + 1)
  if (name === undefined) return asTerm(word, () => readWords(word, not))
  const key = language.find(name)
  return asTerm(word, () =>
    key ? readValue(key, language.keys[key], word, not, now) : unknownKey(name, at, language.names),
  )
}

const asTerm = <Name extends string>(
  { error, end }: Word,
  read: () => Omit<ReadTerm<Name>, 'end'>,
): ReadTerm<Name> => (error ? { error, end } : { ...read(), end })

/** The name before a colon. `{"active":` and `12:30` have none. */
export function keyNameAt(text: string, at: number): string | undefined {
  const names = /([a-z][\w-]*):/iy
  names.lastIndex = at
  return names.exec(text)?.[1]
}

function nextWord(text: string, from: number): number {
  const blanks = /\s*/y
  blanks.lastIndex = from
  blanks.test(text)
  return blanks.lastIndex
}

function endOfWord(text: string, from: number): number {
  const word = /\S*/y
  word.lastIndex = from
  word.test(text)
  return word.lastIndex
}

function readWord(text: string, at: number): Word {
  const end = endOfWord(text, at)
  return text[at] === '"' ? readQuoted(text, at) : { value: text.slice(at, end), at, end }
}

function readQuoted(text: string, at: number): Word {
  const quoted = /"((?:[^"\\]|\\.)*)"/sy
  quoted.lastIndex = at
  const found = quoted.exec(text)
  if (!found) {
    const message = 'This quotation mark is not closed. Add a " at the end; inside the text write \\".'
    return { value: '', at, end: text.length, error: errorAt(at, text.length, message) }
  }
  const close = quoted.lastIndex
  const end = endOfWord(text, close)
  const value = (found[1] ?? '').replace(/\\(["\\])/g, '$1')
  if (end === close) return { value, at, end }
  const message = 'A space is missing after the closing quotation mark; inside the text write \\".'
  return { value, at, end, error: errorAt(close, end, message) }
}

const readWords = ({ value, at, end }: Word, not: boolean): Omit<ReadTerm<never>, 'end'> =>
  value === ''
    ? {
        error: errorAt(at, end, 'The quotation marks contain no text to search for.'),
      }
    : { term: createTerm('words', value, not) }

function readValue<Name extends string>(
  name: Name,
  key: SearchKey,
  { value, at, end }: Word,
  not: boolean,
  now: number,
): Omit<ReadTerm<Name>, 'end'> {
  if (value === '') {
    return { error: errorAt(at, end, `Enter a value directly after "${name}:", as in ${key.example}.`) }
  }
  const read = key.read ? key.read(value, now) : value
  if (read !== undefined) return { term: createTerm(name, read, not) }
  if (!key.choices) return { error: errorAt(at, end, key.expects ?? `Enter a value as in ${key.example}.`) }
  const suggestion = suggestName(value, key.choices)
  const hint = suggestion ? `did you mean "${suggestion}"?` : `expected ${listChoices(key.choices)}.`
  const message = `Invalid value "${shorten(value)}" for "${name}": ${hint}`
  return { error: errorAt(at, end, message, suggestion) }
}

function unknownKey(name: string, at: number, names: readonly string[]): Omit<ReadTerm<never>, 'end'> {
  const suggestion = suggestName(name, names)
  const hint = suggestion
    ? `did you mean "${suggestion}"?`
    : `put the text in quotes to search for it, or use one of ${names.join(', ')}.`
  const message = `Unknown filter "${shorten(name)}": ${hint}`
  return { error: errorAt(at, at + name.length, message, suggestion) }
}

const listChoices = (choices: readonly string[]) =>
  [choices.slice(0, -1).join(', '), choices.at(-1)].filter(Boolean).join(' or ')

const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
