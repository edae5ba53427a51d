import {
  type Compare,
  type Filter,
  type LogExp,
  type NotFilter,
  type Suffix,
  stringify,
  type ValuePath,
} from 'scim2-parse-filter'
import { errors } from '../error.ts'
import type { RequestPolicy } from '../request-policy.ts'
import { excerpt } from '../text.ts'
import { mainSubAttribute } from './bound-filter.ts'

type Lexeme = {
  readonly kind: 'word' | 'string' | 'bracket'
  readonly text: string
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

/**
 * The tree of `scim2-parse-filter`, with one more node: in `emails[type eq "work"].value eq "x"`, both tests are about the same
 * value (RFC 7644 §3.4.2.2). The parser adds `Name` to each attribute and `Value` to each value.
 */
export type FilterTree<Name = unknown, Value = unknown> =
  | AttributeTest<Name, Value>
  | (Pick<LogExp, 'op'> & { readonly filters: readonly FilterTree<Name, Value>[] })
  | (Pick<NotFilter, 'op'> & { readonly filter: FilterTree<Name, Value> })
  | (Pick<ValuePath, 'op' | 'attrPath'> & Name & { readonly valFilter: FilterTree<Name, Value> })
  | (Pick<ValuePath, 'attrPath'> &
      Name & {
        readonly op: '[].'
        readonly valFilter: FilterTree<Name, Value>
        readonly subFilter: AttributeTest<Name, Value>
      })

type AttributeTest<Name, Value> = (Readonly<Suffix> & Name) | (Readonly<Compare> & Name & Value)

/** Positions count from 0. */
type NamePosition = { readonly at: number }
/** `valueText` is the value as written: without quotes, `007` and `1e5` can be strings. */
type WrittenValue = { readonly valueAt: number; readonly valueText: string }

export type FilterSyntax = FilterTree<NamePosition, WrittenValue>
export type FilterName = NamePosition & { readonly attrPath: string }
export type FilterComparison = Readonly<Compare> & NamePosition & WrittenValue

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

function readPlainComparison(text: string, offset: number): FilterSyntax | undefined {
  const found = plainComparison.exec(text)
  if (!found) return undefined
  const [, name = '', word = '', value = ''] = found
  const op = compareOperator(word.toLowerCase())
  if (!op || name.toLowerCase() === 'not') return undefined
  const start = text.length - value.length - 2
  const valueAt = start + offset
  const compValue = checkStorable(value, valueAt)
  return { op, attrPath: name, compValue, at: offset, valueAt, valueText: text.slice(start) }
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

  const parseOperands = (op: 'and' | 'or', parse: (after: string) => FilterSyntax, after: string) => {
    const first = parse(after)
    const filters = [first]
    while (skipConnective(op)) filters.push(parse(op))
    return filters.length === 1 ? first : { op, filters }
  }

  const parseAnd = (after: string): FilterSyntax => parseOperands('and', parseOperand, after)
  const parseOr = (after: string): FilterSyntax => parseOperands('or', parseAnd, after)

  const parseOperand = (after: string): FilterSyntax => {
    const first = expect(`the name of an attribute${after && ` after "${after}"`}`)
    const { kind, text, at, precededBySpace } = first
    if (text === '(' && precededBySpace) return parseEnclosed('(')
    if (kind !== 'word' || !precededBySpace) throw unexpected(first, 'a blank and the name of an attribute')
    if (text.toLowerCase() !== 'not') return parseTest({ attrPath: text, at })
    if (expect('a filter in parentheses after "not"').text === '(') {
      return { op: 'not', filter: parseEnclosed('(') }
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
    const { attrPath, at } = name
    const valFilter = parseEnclosed('[')
    const sub = parseSubAttribute()
    return sub
      ? { op: '[].', attrPath, at, valFilter, subFilter: parseComparison(sub) }
      : { op: '[]', attrPath, at, valFilter }
  }

  /** The sub-attribute after brackets. In `emails[type eq "work"] eq "x"`, some profiles read `.value` there. */
  const parseSubAttribute = (): FilterName | undefined => {
    const found = lexemes[next]
    if (found?.kind !== 'word') return undefined
    const { text, at, precededBySpace } = found
    if (policy.comparisonAfterBrackets && precededBySpace && text.toLowerCase() === 'eq') {
      return { attrPath: mainSubAttribute, at }
    }
    if (precededBySpace || !text.startsWith('.')) return undefined
    next++
    return { attrPath: text.slice(1), at: at + 1 }
  }

  const parseComparison = ({ attrPath, at }: FilterName) => {
    const expected = `an operator after "${excerpt(attrPath)}"`
    const found = expect(expected)
    if (found.kind !== 'word') throw unexpected(found, expected)
    const word = found.text.toLowerCase()
    if (word === 'pr') return { op: 'pr', attrPath, at } as const
    const op = compareOperator(word)
    if (!op) throw notAnOperator(found)
    const value = expect(`a value after "${op}"`)
    const compValue = readFilterValue(value, policy)
    return { op, attrPath, compValue, at, valueAt: value.at, valueText: value.text }
  }

  const tree = parseOr('')
  const extra = lexemes[next]
  if (extra) throw misplacedAfterOperand(extra)
  return tree
}

const closing = { '(': ')', '[': ']' } as const

const compareOperators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const
const compareOperator = (word: string): Compare['op'] | undefined => compareOperators.find(op => op === word)

const notAnOperator = ({ text, at }: Lexeme) =>
  errors.invalidFilter(
    `"${excerpt(text)}" at position ${at + 1} is not an operator. Use one of ${compareOperators.join(', ')} and pr.`,
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

function readFilterValue(lexeme: Lexeme, { unquotedFilterValues }: FilterReads): Compare['compValue'] {
  const { kind, text, at, precededBySpace } = lexeme
  if (kind === 'bracket' || !precededBySpace) throw unexpected(lexeme, 'a blank and a value')
  if (kind === 'string') return parseStringLiteral(lexeme)
  const literal = literals.get(text)
  if (literal !== undefined) return literal
  if (number.test(text) && Number.isFinite(Number(text))) return Number(text)
  if (unquotedFilterValues) return checkStorable(text, at)
  throw errors.invalidFilter(
    `The value ${excerpt(text)} at position ${at + 1} has no quotes. Strings need them: "${excerpt(text)}"; only true, ` +
      'false and null (in lower case) and numbers go without.',
  )
}

export const equals = (attrPath: string, compValue: Compare['compValue']): Compare => ({
  op: 'eq',
  attrPath,
  compValue,
})

/** Prints a filter in the form of RFC 7644 §3.4.2.2. Parsing the text returns the same tree. */
export const printFilter = (filter: FilterTree): string => stringify(toPrintable(filter))

function toPrintable(filter: FilterTree): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, filters: filter.filters.map(each => grouped(toPrintable(each), filter.op)) }
    case 'not':
      return { op: filter.op, filter: toPrintable(filter.filter) }
    case '[]':
      return { op: filter.op, attrPath: filter.attrPath, valFilter: toPrintable(filter.valFilter) }
    case '[].': {
      const { attrPath, valFilter, subFilter } = filter
      return {
        ...subFilter,
        attrPath: `${printFilter({ op: '[]', attrPath, valFilter })}.${subFilter.attrPath}`,
      }
    }
    default:
      return filter
  }
}

/**
 * `stringify` prints parentheses only around an `or` in an `and`. `(a and b) and c` keeps its own if its operand is the only
 * one of an `or`.
 */
const grouped = (operand: Filter, within: LogExp['op']): Filter =>
  operand.op === within ? { op: within === 'and' ? 'or' : 'and', filters: [operand] } : operand
