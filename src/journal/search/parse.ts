import { type KeyName, keyNames, searchKeys } from './keys.ts'
import type { Mistake, ParsedSearch, Term } from './search.ts'
import { termOf } from './search.ts'
import { suggest } from './suggest.ts'
import { foldAscii } from './text.ts'

/** SQLite takes no expression that is much deeper, and no person one that is much longer. */
export const mostTerms = 50

type Word = {
  /** The value without quotes, and where it stands with them. */
  readonly value: string
  readonly at: number
  readonly end: number
  readonly mistake?: Mistake
}

/**
 * Reads the search language: terms between blanks, each `key:value`, `key:"quoted value"` or mere text, negated by a
 * `-`. Clock times and durations are meant as of `now`, in milliseconds since 1970. Tells all mistakes.
 */
export function parseSearch(text: string, now: number): ParsedSearch {
  const terms: Term[] = []
  const mistakes: Mistake[] = []
  let at = nextWord(text, 0)
  while (at < text.length) {
    const { term, end, mistake } = readTerm(text, at, now)
    if (term && terms.length === mostTerms) {
      mistakes.push(
        mistakeAt(
          at,
          text.length,
          `More than ${mostTerms} terms are too many: leave out those from here on.`,
        ),
      )
      break
    }
    if (term) terms.push(term)
    if (mistake) mistakes.push(mistake)
    at = nextWord(text, end)
  }
  return { terms, mistakes }
}

const mistakeAt = (at: number, end: number, message: string, suggestion?: string): Mistake => ({
  message,
  at,
  length: end - at,
  ...(suggestion !== undefined && { suggestion }),
})

type ReadTerm = { readonly term?: Term; readonly mistake?: Mistake; readonly end: number }

function readTerm(text: string, start: number, now: number): ReadTerm {
  // A dash before a blank, or at the end, is text.
  const not = text[start] === '-' && /\S/.test(text[start + 1] ?? '')
  const at = not ? start + 1 : start
  const name = nameAt(text, at)
  const word = readWord(text, name === undefined ? at : at + name.length + 1)
  if (name === undefined) return asTerm(word, () => readWords(word, not))
  const key = keyNames.find(one => one === foldAscii(name))
  return asTerm(word, () => (key ? readValue(key, word, not, now) : unknownKey(name, at)))
}

const asTerm = ({ mistake, end }: Word, read: () => Omit<ReadTerm, 'end'>): ReadTerm =>
  mistake ? { mistake, end } : { ...read(), end }

/** The name before a colon. `{"active":` and `12:30` begin with none. */
export function nameAt(text: string, at: number): string | undefined {
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
    const message =
      'The quote that opens here is not closed: put a " at the end, and write \\" for one inside.'
    return { value: '', at, end: text.length, mistake: mistakeAt(at, text.length, message) }
  }
  const close = quoted.lastIndex
  const end = endOfWord(text, close)
  const value = (found[1] ?? '').replace(/\\(["\\])/g, '$1')
  if (end === close) return { value, at, end }
  const message = 'A blank is missing after the closing quote; a quote inside is written \\".'
  return { value, at, end, mistake: mistakeAt(close, end, message) }
}

const readWords = ({ value, at, end }: Word, not: boolean): Omit<ReadTerm, 'end'> =>
  value === ''
    ? {
        mistake: mistakeAt(
          at,
          end,
          'There is nothing between the quotes: put the text there that you look for.',
        ),
      }
    : { term: termOf('words', value, not) }

function readValue(
  name: KeyName,
  { value, at, end }: Word,
  not: boolean,
  now: number,
): Omit<ReadTerm, 'end'> {
  const key = searchKeys[name]
  if (value === '') {
    return { mistake: mistakeAt(at, end, `Put a value right after "${name}:", as in ${key.example}.`) }
  }
  const read = key.read ? key.read(value, now) : value
  if (read !== undefined) return { term: termOf(name, read, not) }
  if (!key.choices)
    return { mistake: mistakeAt(at, end, key.expects ?? `Give a value as in ${key.example}.`) }
  const suggestion = suggest(value, key.choices)
  const hint = suggestion ? `did you mean "${suggestion}"?` : `there is ${listed(key.choices)}.`
  const message = `There is no "${name}" called "${shortened(value)}": ${hint}`
  return { mistake: mistakeAt(at, end, message, suggestion) }
}

function unknownKey(name: string, at: number): Omit<ReadTerm, 'end'> {
  const suggestion = suggest(name, keyNames)
  const hint = suggestion
    ? `did you mean "${suggestion}"?`
    : `put the text in quotes to look for it as it is, or ask for one of ${keyNames.join(', ')}.`
  const message = `Nothing is called "${shortened(name)}" here: ${hint}`
  return { mistake: mistakeAt(at, at + name.length, message, suggestion) }
}

const listed = (choices: readonly string[]) =>
  choices.length === 1 ? `only ${choices[0]}` : `${choices.slice(0, -1).join(', ')} and ${choices.at(-1)}`

const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
