import { isUtf8 } from 'node:buffer'
import { errors } from '../scim/error.ts'
import type { Json } from '../scim/json.ts'
import { checkStructure } from './json-structure.ts'

/**
 * Parses a JSON body, and refuses doubled names, names that reach a prototype, NUL, lone surrogates and nesting
 * beyond reason. All of them are `invalidJson` with the place. An empty body is undefined.
 */
export function readJson(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw errors.invalidJson('The body is not valid UTF-8.')
  const text = withoutMark(bytes.toString('utf8'))
  if (text.trim() === '') return undefined
  checkStructure(text)
  const value = parsed(text)
  checkTexts(text)
  return value
}

/** RFC 8259 §8.1 lets a parser ignore the byte order mark, which PowerShell puts before what it sends. */
const withoutMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text)

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw errors.invalidJson(
      `The body is not valid JSON: ${error instanceof Error ? withoutQuotation(error.message) : 'unreadable'}.`,
    )
  }
}

/** V8 quotes the text around what it can't read, and a secret may stand there. */
const withoutQuotation = (message: string) =>
  message.replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '')

const quoted = /"(?:[^"\\]|\\.)*"/g

/** Raw control characters aren't JSON and valid UTF-8 holds no surrogates, so only escapes can bring them in. */
function checkTexts(text: string): void {
  if (!text.includes('\\u')) return
  for (const { 0: literal, index } of text.matchAll(quoted)) {
    if (!literal.includes('\\u')) continue
    const value: string = JSON.parse(literal)
    if (value.includes('\0')) throw unsound(index, 'a NUL character')
    if (!value.isWellFormed()) throw unsound(index, 'half of a surrogate pair')
  }
}

/** The text itself may be a secret. */
const unsound = (index: number, what: string) =>
  errors.invalidJson(`The text at position ${index + 1} of the body holds ${what}. Leave it out.`)
