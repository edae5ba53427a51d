import { errors, shown } from '../error.ts'
import type { Reads } from '../reads.ts'
import type { CompareOperator } from './bound-filter.ts'
import { type Lexeme, lex, storable, stringOf } from './lex.ts'
import { mainSubAttribute } from './scope.ts'
import type { FilterToken, ValueToken } from './token.ts'

type FilterReads = Pick<Reads, 'bareFilterValues' | 'bracketsBeforeEq'>
type Limits = { readonly filterLength: number; readonly filterDepth: number }

/**
 * The words of a filter, each with its part in the grammar, so that what is wrong is told where it stands.
 * Whether brackets pair up is left to the parser; how deep they go is counted here, before it runs.
 */
export function tokensOf(
  text: string,
  { bareFilterValues, bracketsBeforeEq }: FilterReads,
  limits: Limits,
  offset = 0,
): readonly FilterToken[] {
  if (text.length > limits.filterLength) {
    throw errors.invalidFilter(
      `The filter has ${text.length} characters; at most ${limits.filterLength} are accepted.`,
    )
  }
  const lexemes = lex(text, offset)
  refuseDepth(lexemes, limits.filterDepth)
  const tokens: FilterToken[] = []
  for (const lexeme of lexemes) {
    if (bracketsBeforeEq && isEqAfterBrackets(tokens.at(-1), lexeme)) {
      tokens.push({ role: 'sub', text: mainSubAttribute, at: lexeme.at })
    }
    tokens.push(tokenAfter(tokens.at(-1), lexeme, bareFilterValues))
  }
  refuseMissingEnd(tokens.at(-1), offset + text.length)
  return tokens
}

/** `emails[type eq "work"] eq "x"`, where `.value` is understood. */
const isEqAfterBrackets = (previous: FilterToken | undefined, { kind, text, apart }: Lexeme): boolean =>
  previous?.text === ']' &&
  previous.role === 'close' &&
  apart &&
  kind === 'word' &&
  text.toLowerCase() === 'eq'

function refuseDepth(lexemes: readonly Lexeme[], limit: number) {
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

function tokenAfter(previous: FilterToken | undefined, lexeme: Lexeme, bareValues: boolean): FilterToken {
  switch (previous?.role) {
    case undefined:
    case 'connective':
    case 'open':
      return operandStart(lexeme)
    case 'not':
      if (lexeme.text === '(') return bracket('open', lexeme)
      throw unexpected(lexeme, 'an opening parenthesis after "not"')
    case 'name':
    case 'sub':
      return afterName(previous, lexeme)
    case 'comparison':
      return valueIn(lexeme, bareValues)
    case 'presence':
    case 'value':
    case 'close':
      return afterOperand(previous, lexeme)
  }
}

function operandStart(lexeme: Lexeme): FilterToken {
  const { kind, text, at } = lexeme
  if (text === '(' && lexeme.apart) return bracket('open', lexeme)
  if (kind !== 'word' || !lexeme.apart) throw unexpected(lexeme, 'a blank and the name of an attribute')
  return text.toLowerCase() === 'not' ? { role: 'not', text, at } : { role: 'name', text, at }
}

const comparisons: Readonly<Record<string, CompareOperator>> = {
  eq: 'eq',
  ne: 'ne',
  co: 'co',
  sw: 'sw',
  ew: 'ew',
  gt: 'gt',
  ge: 'ge',
  lt: 'lt',
  le: 'le',
}

function afterName(previous: FilterToken, lexeme: Lexeme): FilterToken {
  const { kind, text, at } = lexeme
  if (text === '[' && previous.role === 'name' && !lexeme.apart) return bracket('open', lexeme)
  const operator = text.toLowerCase()
  if (kind !== 'word') throw unexpected(lexeme, `an operator after "${shown(previous.text)}"`)
  if (operator === 'pr') return { role: 'presence', text, at }
  const comparison = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
  if (comparison) return { role: 'comparison', text: comparison, at }
  throw errors.invalidFilter(
    `"${shown(text)}" at position ${at + 1} is not an operator. Use one of eq, ne, co, sw, ew, gt, ge, lt, le and pr.`,
  )
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const literals = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

function valueIn(lexeme: Lexeme, bareValues: boolean): ValueToken {
  const { kind, text, at, apart } = lexeme
  if (kind === 'bracket' || !apart) throw unexpected(lexeme, 'a blank and a value')
  if (kind === 'string') return { role: 'value', text, at, quoted: true, value: stringOf(lexeme) }
  const literal = literals.get(text)
  if (literal !== undefined) return { role: 'value', text, at, quoted: false, value: literal }
  if (number.test(text) && Number.isFinite(Number(text))) {
    return { role: 'value', text, at, quoted: false, value: Number(text) }
  }
  if (bareValues) return { role: 'value', text, at, quoted: false, value: storable(text, at) }
  throw errors.invalidFilter(
    `The value ${shown(text)} at position ${at + 1} has no quotes. Strings need them: "${shown(text)}"; only true, ` +
      'false and null (in lower case) and numbers go without.',
  )
}

function afterOperand(previous: FilterToken, lexeme: Lexeme): FilterToken {
  const { kind, text, at, apart } = lexeme
  if (text === ')' || text === ']') return bracket('close', lexeme)
  if (previous.text === ']' && !apart && kind === 'word' && text.startsWith('.')) {
    return { role: 'sub', text: text.slice(1), at: at + 1 }
  }
  const connective = text.toLowerCase()
  if (apart && kind === 'word' && (connective === 'and' || connective === 'or')) {
    return { role: 'connective', text: connective, at }
  }
  throw unexpected(lexeme, '"and", "or" or the end of the filter')
}

const bracket = (role: 'open' | 'close', { text, at }: Lexeme): FilterToken => ({ role, text, at })

const unexpected = ({ text, at }: Lexeme, wanted: string) =>
  errors.invalidFilter(`"${shown(text)}" at position ${at + 1} is out of place: ${wanted} is expected there.`)

function refuseMissingEnd(last: FilterToken | undefined, end: number) {
  const wanted = missingAfter(last)
  if (wanted)
    throw errors.invalidFilter(`The filter ends at position ${end + 1}, where ${wanted} is expected.`)
}

function missingAfter(last: FilterToken | undefined): string | undefined {
  switch (last?.role) {
    case undefined:
      return 'the name of an attribute'
    case 'connective':
    case 'open':
      return `the name of an attribute after "${last.text}"`
    case 'not':
      return 'a filter in parentheses after "not"'
    case 'name':
    case 'sub':
      return `an operator after "${shown(last.text)}"`
    case 'comparison':
      return `a value after "${last.text}"`
    default:
      return undefined
  }
}
