import { errors, excerpt } from '../error.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { CompareOperator } from './bound-filter.ts'
import { mainSubAttribute } from './scope.ts'

type Lexeme = {
  readonly kind: 'word' | 'string' | 'bracket'
  readonly text: string
  /** Its position, from 0. */
  readonly at: number
  /** Also true at the start of the filter and after an opening bracket. */
  readonly precededBySpace: boolean
}

const lexeme =
  /(?<blank>[ \t\r\n]+)|(?<string>"(?:[^"\\]|\\[\s\S])*")|(?<bracket>[()[\]])|(?<word>[^ \t\r\n"()[\]]+)/y

/** Splits a filter into words, JSON strings and brackets. Positions in errors count from 1. */
function lex(text: string, offset = 0): readonly Lexeme[] {
  const lexemes: Lexeme[] = []
  let precededBySpace = true
  lexeme.lastIndex = 0
  for (let at = 0; at < text.length; at = lexeme.lastIndex) {
    lexeme.lastIndex = at
    const groups = lexeme.exec(text)?.groups
    if (!groups) {
      throw errors.invalidFilter(
        `The string that starts at position ${at + offset + 1} has no closing quote.`,
      )
    }
    const { string, bracket, word } = groups
    const found = string ?? bracket ?? word
    if (found !== undefined) {
      const kind = string ? 'string' : bracket ? 'bracket' : 'word'
      lexemes.push({ kind, text: found, at: at + offset, precededBySpace })
    }
    precededBySpace = found === undefined || found === '(' || found === '['
  }
  return lexemes
}

function parseStringLiteral({ text, at }: Lexeme): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw errors.invalidFilter(
      `The string ${excerpt(text)} at position ${at + 1} is not a JSON string: a backslash must begin one of JSON's ` +
        'escapes, and control characters must be escaped.',
    )
  }
  return checkStorable(String(value), at)
}

/** Stored texts contain neither of the two, and SQL would interpret them differently. */
export function checkStorable(value: string, at: number): string {
  if (value.includes('\0') || !value.isWellFormed()) {
    throw errors.invalidFilter(
      `The string at position ${at + 1} contains the character U+0000 or half of a surrogate pair.`,
    )
  }
  return value
}

/** A name in a filter. `at` counts from 0. */
export type FilterName = { readonly text: string; readonly at: number }

/** A value in a filter, and how the client wrote it. */
export type FilterValue = FilterName & {
  readonly quoted: boolean
  readonly value: string | number | boolean | null
}

/**
 * A filter before its names are looked up (RFC 7644 figure 1). Names and values keep their positions, for the errors
 * of the binder.
 */
export type FilterSyntax =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly FilterSyntax[] }
  | { readonly kind: 'not'; readonly operand: FilterSyntax }
  | { readonly kind: 'brackets'; readonly name: FilterName; readonly where: FilterSyntax }
  | { readonly kind: 'present'; readonly name: FilterName }
  | {
      readonly kind: 'compare'
      readonly name: FilterName
      readonly operator: CompareOperator
      readonly value: FilterValue
    }

type FilterReads = Pick<RequestPolicy, 'unquotedFilterValues' | 'comparisonAfterBrackets'>
export type FilterLimits = { readonly filterLength: number; readonly filterDepth: number }

/** Parses a filter by RFC 7644 figure 1. `offset` is the position of the text in a PATCH path. */
export function parseSyntax(
  text: string,
  policy: FilterReads,
  limits: FilterLimits,
  offset = 0,
): FilterSyntax {
  if (text.length > limits.filterLength) {
    throw errors.invalidFilter(
      `The filter has ${text.length} characters; at most ${limits.filterLength} are accepted.`,
    )
  }
  const plain = readPlainComparison(text, offset)
  if (plain) return plain
  const lexemes = lex(text, offset)
  rejectDepth(lexemes, limits.filterDepth)
  return parseLexemes(lexemes, offset + text.length, policy)
}

/** A comparison with a string without escapes: the filter of almost every look-up. Neighboring parts share no characters. */
const plainComparison = /^([^ \t\r\n"()[\]]+)[ \t\r\n]+([A-Za-z]{2})[ \t\r\n]+"([ !#-[\]-\uffff]*)"$/

/** Returns what `parseLexemes` would return for a plain comparison; undefined for other filters. */
function readPlainComparison(text: string, offset: number): FilterSyntax | undefined {
  const found = plainComparison.exec(text)
  if (!found) return undefined
  const [, name = '', word = '', value = ''] = found
  const operator = word.toLowerCase()
  if (!isCompareOperator(operator) || name.toLowerCase() === 'not') return undefined
  const start = text.length - value.length - 2
  const at = start + offset
  return {
    kind: 'compare',
    name: { text: name, at: offset },
    operator,
    value: { text: text.slice(start), at, quoted: true, value: checkStorable(value, at) },
  }
}

/** The parser recurses once per level, so the depth is checked before it runs. */
function rejectDepth(lexemes: readonly Lexeme[], limit: number) {
  const costs: number[] = []
  let depth = 0
  for (const [index, { text, at }] of lexemes.entries()) {
    if (text === '(' || text === '[') {
      costs.push(lexemes[index - 1]?.text.toLowerCase() === 'not' ? 2 : 1)
      depth += costs.at(-1) ?? 0
    }
    if (text === ')' || text === ']') depth -= costs.pop() ?? 0
    if (depth > limit) {
      throw errors.invalidFilter(
        `The filter is nested too deeply at position ${at + 1}: parentheses, brackets and "not" may go ${limit} deep.`,
      )
    }
  }
}

/** Recursive descent: `or` binds weakest, then `and`, then `not`. `end` is the position after the last lexeme. */
function parseLexemes(lexemes: readonly Lexeme[], end: number, policy: FilterReads): FilterSyntax {
  let next = 0

  const expect = (expected: string): Lexeme => {
    const found = lexemes[next++]
    if (found) return found
    throw errors.invalidFilter(`The filter ends at position ${end + 1}, where ${expected} is expected.`)
  }

  const skipConnective = (connective: 'and' | 'or'): boolean => {
    const found = lexemes[next]
    const isThere = found?.kind === 'word' && found.precededBySpace && found.text.toLowerCase() === connective
    if (isThere) next++
    return isThere
  }

  const parseOperands = (kind: 'and' | 'or', parse: (after: string) => FilterSyntax, after: string) => {
    const first = parse(after)
    const operands = [first]
    while (skipConnective(kind)) operands.push(parse(kind))
    return operands.length === 1 ? first : ({ kind, operands } as const)
  }

  const parseAnd = (after: string): FilterSyntax => parseOperands('and', parseOperand, after)
  const parseOr = (after: string): FilterSyntax => parseOperands('or', parseAnd, after)

  /** `after` is what the operand follows; empty at the start of the filter. */
  const parseOperand = (after: string): FilterSyntax => {
    const first = expect(`the name of an attribute${after && ` after "${after}"`}`)
    const { kind, text, at, precededBySpace } = first
    if (text === '(' && precededBySpace) return parseEnclosed('(')
    if (kind !== 'word' || !precededBySpace) throw unexpected(first, 'a blank and the name of an attribute')
    if (text.toLowerCase() !== 'not') return parseTest({ text, at })
    if (expect('a filter in parentheses after "not"').text === '(') {
      return { kind: 'not', operand: parseEnclosed('(') }
    }
    throw unexpected(lexemes[next - 1] ?? first, 'an opening parenthesis after "not"')
  }

  const parseEnclosed = (opening: '(' | '['): FilterSyntax => {
    const inner = parseOr(opening)
    const found = lexemes[next++]
    if (!found) {
      throw errors.invalidFilter(
        `The filter ends at position ${end + 1} before every parenthesis and bracket is closed.`,
      )
    }
    if (found.text !== closing[opening]) throw misplacedAfterOperand(found)
    return inner
  }

  const parseTest = (name: FilterName): FilterSyntax => {
    const following = lexemes[next]
    if (following?.text !== '[' || following.precededBySpace) return parseComparison(name)
    next++
    const where = parseEnclosed('[')
    const sub = parseSubAttribute()
    // RFC 7644 §3.4.2.2: in `emails[type eq "work"].value eq "x"`, both tests are about the same value.
    return sub
      ? { kind: 'brackets', name, where: { kind: 'and', operands: [where, parseComparison(sub)] } }
      : { kind: 'brackets', name, where }
  }

  /** The sub-attribute after brackets. In `emails[type eq "work"] eq "x"`, some profiles read `.value` there. */
  const parseSubAttribute = (): FilterName | undefined => {
    const found = lexemes[next]
    if (found?.kind !== 'word') return undefined
    const { text, at, precededBySpace } = found
    if (policy.comparisonAfterBrackets && precededBySpace && text.toLowerCase() === 'eq') {
      return { text: mainSubAttribute, at }
    }
    if (precededBySpace || !text.startsWith('.')) return undefined
    next++
    return { text: text.slice(1), at: at + 1 }
  }

  const parseComparison = (name: FilterName): FilterSyntax => {
    const expected = `an operator after "${excerpt(name.text)}"`
    const found = expect(expected)
    if (found.kind !== 'word') throw unexpected(found, expected)
    const operator = found.text.toLowerCase()
    if (operator === 'pr') return { kind: 'present', name }
    if (!isCompareOperator(operator)) throw notAnOperator(found)
    const value = readFilterValue(expect(`a value after "${operator}"`), policy)
    return { kind: 'compare', name, operator, value }
  }

  const tree = parseOr('')
  const extra = lexemes[next]
  if (extra) throw misplacedAfterOperand(extra)
  return tree
}

const closing = { '(': ')', '[': ']' } as const

const operators: readonly string[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']
const isCompareOperator = (text: string): text is CompareOperator => operators.includes(text)

const notAnOperator = ({ text, at }: Lexeme) =>
  errors.invalidFilter(
    `"${excerpt(text)}" at position ${at + 1} is not an operator. Use one of ${operators.join(', ')} and pr.`,
  )

const unexpected = ({ text, at }: Lexeme, expected: string) =>
  errors.invalidFilter(
    `"${excerpt(text)}" at position ${at + 1} is out of place: ${expected} is expected there.`,
  )

const misplacedAfterOperand = (found: Lexeme) =>
  found.text === ')' || found.text === ']'
    ? errors.invalidFilter(`"${found.text}" at position ${found.at + 1} closes nothing that is open there.`)
    : unexpected(found, '"and", "or" or the end of the filter')

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const literals = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

function readFilterValue(lexeme: Lexeme, { unquotedFilterValues }: FilterReads): FilterValue {
  const { kind, text, at, precededBySpace } = lexeme
  if (kind === 'bracket' || !precededBySpace) throw unexpected(lexeme, 'a blank and a value')
  if (kind === 'string') return { text, at, quoted: true, value: parseStringLiteral(lexeme) }
  const literal = literals.get(text)
  if (literal !== undefined) return { text, at, quoted: false, value: literal }
  if (number.test(text) && Number.isFinite(Number(text))) {
    return { text, at, quoted: false, value: Number(text) }
  }
  if (unquotedFilterValues) return { text, at, quoted: false, value: checkStorable(text, at) }
  throw errors.invalidFilter(
    `The value ${excerpt(text)} at position ${at + 1} has no quotes. Strings need them: "${excerpt(text)}"; only true, ` +
      'false and null (in lower case) and numbers go without.',
  )
}
