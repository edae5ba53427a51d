import { createScanner, type JSONScanner, type ScanError, type SyntaxKind } from 'jsonc-parser'
import type { Json } from './json.ts'
import { findExcess } from './json-text.ts'

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

/**
 * The first error in a text that JSON.parse rejects: JSON.parse does not always report the position. Reads tokens one
 * by one, since the parser of jsonc-parser overflows the stack on deep texts.
 */
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

/** The closing brackets of the open objects and arrays, innermost last. */
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

/** What must follow the token; undefined if the token itself is an error. */
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
