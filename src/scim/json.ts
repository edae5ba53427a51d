import { createScanner, type JSONScanner, type ScanError, type SyntaxKind } from 'jsonc-parser'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export type Immutable<Value> = Value extends readonly (infer Element)[]
  ? readonly Immutable<Element>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value

type Compact<Members> = Members extends unknown
  ? { [Name in keyof Members as undefined extends Members[Name] ? never : Name]: Members[Name] } & {
      [Name in keyof Members as undefined extends Members[Name] ? Name : never]?: Exclude<
        Members[Name],
        undefined
      >
    }
  : never

/** Per-request code spreads `x !== undefined && { x }` instead, which takes a third of the time. */
export function compact<Members extends object>(members: Members): Compact<Members> {
  const defined: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) defined[name] = value
  }
  return defined as Compact<Members>
}

/** Whether a value has at most so many levels of objects and arrays. Code that walks a deeper one may exceed the stack. */
export const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every(member => isShallow(member, depth - 1)))

/** RFC 7643 §2.5: an absent attribute, null and an empty array are equivalent. */
export const isUnassigned = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** Whether two values are equal as JSON: the order matters in arrays, but not in objects. */
export function jsonEquals(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, at) => jsonEquals(value, other[at]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && jsonEquals(one[name], other[name]))
  )
}

/** The levels of objects and arrays that a document from a client may have. No schema of SCIM comes near. */
export const deepestJson = 64

const quote = 0x22
const backslash = 0x5c

/** The position of the closing quote of the string at `start`; the length of the text without one. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text.charCodeAt(before - 1) === backslash) before--
    if ((end - before) % 2 === 0) return end
  }
  return text.length
}

export type JsonLimits = {
  readonly levels: number
  readonly bytes: number
}

/** Files of 32 MiB with 100,000 users need a third of that. */
export const jsonLimits: JsonLimits = { levels: deepestJson, bytes: 384 * 1024 * 1024 }

/** Bytes of memory for an object or a list, for an element, and for the name of a member, apart from its text. */
const costs = { bracket: 56, comma: 16, colon: 32 }

/**
 * Why JSON.parse would need too much memory for a text, as the end of a sentence about it; undefined if it would not. A thread is not
 * ended while JSON.parse runs, whatever its limits are. Linear in the text, and stops at the first bracket too many.
 */
export function findExcess(text: string, { levels, bytes }: JsonLimits = jsonLimits): string | undefined {
  let depth = 0
  let needed = text.length
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case 0x2c: // ,
        needed += costs.comma
        break
      case 0x3a: // :
        needed += costs.colon
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > levels) return `has more than ${levels} levels of objects and arrays`
        needed += costs.bracket
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
    }
  }
  return needed > bytes ? 'has too many objects and values for the memory of the server' : undefined
}

/** The position where a text stops being JSON (RFC 8259); lines and columns from 1. */
type JsonError = { readonly line: number; readonly column: number; readonly message: string }

/** Parses JSON. Throws a SyntaxError with line and column, and without the text itself, which may be a secret. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    const { line, column, message } = findJsonError(text)
    throw new SyntaxError(`line ${line}, column ${column}: ${message}`)
  }
}

/** Parses JSON of a file that a client sends. Throws a SyntaxError also for a text that would need too much memory. */
export function parseFileJson(text: string): Json {
  const excess = findExcess(text)
  if (excess !== undefined) throw new SyntaxError(`it ${excess}`)
  return parseJson(text)
}

/** JSON.parse does not always report a position, and the parser of jsonc-parser overflows the stack on deep texts. */
export function findJsonError(json: string): JsonError {
  const scanner = createScanner(json)
  const message = firstError(scanner)
  return {
    line: scanner.getTokenStartLine() + 1,
    column: scanner.getTokenStartCharacter() + 1,
    message,
  }
}

type Expected = 'value' | 'first element' | 'element' | 'first name' | 'name' | 'colon' | 'separator' | 'end'

type Open = ('}' | ']')[]

// Values of SyntaxKind and ScanError: a compiler that erases types cannot inline the const enums of a package.
const kinds = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  blank: 15,
  end: 17,
} as const satisfies Readonly<Record<string, SyntaxKind>>

const scanErrors = new Map<ScanError, string>([
  [2, 'string without a closing quote on this line. Close it, and write line breaks as \\n.'],
  [6, 'string with a control character. Escape it, such as a tab as \\t.'],
  [5, 'string with an invalid escape sequence. Write a backslash as \\\\.'],
  [4, 'string with an invalid \\u escape sequence. Four hexadecimal digits must follow.'],
  [3, 'incomplete number. Digits must follow.'],
])

function firstError(scanner: JSONScanner): string {
  const open: Open = []
  let expected: Expected = 'value'
  for (;;) {
    const token = nextToken(scanner)
    const scanError = scanErrors.get(scanner.getTokenError())
    if (scanError !== undefined) return scanError
    const following = expectedAfter(token, expected, open)
    if (following === undefined) return describe(token, expected, open)
    expected = following
  }
}

function nextToken(scanner: JSONScanner): SyntaxKind {
  let token: SyntaxKind
  do token = scanner.scan()
  while (token === kinds.blank || token === kinds.lineBreak)
  return token
}

const scalars: ReadonlySet<SyntaxKind> = new Set([
  kinds.string,
  kinds.number,
  kinds.true,
  kinds.false,
  kinds.null,
])

const closingBrackets = new Map<SyntaxKind, '}' | ']'>([
  [kinds.closeBrace, '}'],
  [kinds.closeBracket, ']'],
])

function expectedAfter(token: SyntaxKind, expected: Expected, open: Open): Expected | undefined {
  const afterValue = () => (open.length === 0 ? 'end' : 'separator')
  const mayClose = expected === 'separator' || expected === 'first element' || expected === 'first name'
  if (mayClose && closingBrackets.has(token) && closingBrackets.get(token) === open.at(-1)) {
    open.pop()
    return afterValue()
  }
  switch (expected) {
    case 'value':
    case 'element':
    case 'first element':
      if (token === kinds.openBrace) {
        open.push('}')
        return 'first name'
      }
      if (token === kinds.openBracket) {
        open.push(']')
        return 'first element'
      }
      return scalars.has(token) ? afterValue() : undefined
    case 'name':
    case 'first name':
      return token === kinds.string ? 'colon' : undefined
    case 'colon':
      return token === kinds.colon ? 'value' : undefined
    case 'separator':
      if (token !== kinds.comma) return undefined
      return open.at(-1) === '}' ? 'name' : 'element'
    case 'end':
      return undefined
  }
}

function describe(token: SyntaxKind, expected: Expected, open: Open): string {
  if (token === kinds.end) return 'unexpected end of the text.'
  if (token === kinds.lineComment || token === kinds.blockComment) {
    return 'JSON has no comments. Remove the comment.'
  }
  const closing = closingBrackets.get(token)
  if (closing !== undefined && (expected === 'name' || expected === 'element')) {
    return `a comma must not precede ${closing}. Remove it.`
  }
  switch (expected) {
    case 'value':
    case 'element':
      return 'expected a value.'
    case 'first element':
      return 'expected a value or ].'
    case 'name':
      return 'expected a name in double quotes.'
    case 'first name':
      return 'expected a name in double quotes or }.'
    case 'colon':
      return 'expected a colon after the name.'
    case 'separator':
      return `expected a comma or ${open.at(-1)}.`
    case 'end':
      return 'unexpected text after the end.'
  }
}
