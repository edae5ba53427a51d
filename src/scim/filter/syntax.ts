import type { Filter } from 'scim2-parse-filter'
import { parseFilter as parseTokens, type Token, Tokens } from 'scim2-parse-filter/lib/src/parser.js'
import { errors, excerpt } from '../error.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { CompareOperator } from './bound-filter.ts'
import { mainSubAttribute } from './scope.ts'

/** A piece of a filter as it stands in the text. */
export type Lexeme = {
  readonly kind: 'word' | 'string' | 'bracket'
  readonly text: string
  /** Where it starts, counted from 0. */
  readonly at: number
  /** Whether a blank, an opening bracket or nothing stands before it. */
  readonly precededBySpace: boolean
}

const lexeme =
  /(?<blank>[ \t\r\n]+)|(?<string>"(?:[^"\\]|\\[\s\S])*")|(?<bracket>[()[\]])|(?<word>[^ \t\r\n"()[\]]+)/y

/** Splits a filter into words, JSON strings and brackets. Positions in errors count from 1. */
export function lex(text: string, offset = 0): readonly Lexeme[] {
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

/** The text that a JSON string with its quotes stands for. */
export function parseStringLiteral({ text, at }: Lexeme): string {
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

/** No stored text holds these two, and the database would read them as something else. */
export function checkStorable(value: string, at: number): string {
  if (value.includes('\0') || !value.isWellFormed()) {
    throw errors.invalidFilter(
      `The string at position ${at + 1} contains the character U+0000 or half of a surrogate pair.`,
    )
  }
  return value
}

/** A piece of a filter that knows what part it plays (RFC 7644 figure 1). `at` counts from 0. */
export type FilterToken =
  | { readonly role: 'name'; readonly text: string; readonly at: number }
  /** The sub-attribute after a value path, without its dot. */
  | { readonly role: 'sub'; readonly text: string; readonly at: number }
  | { readonly role: 'comparison'; readonly text: CompareOperator; readonly at: number }
  | ValueToken
  | {
      readonly role: 'presence' | 'connective' | 'not' | 'open' | 'close'
      readonly text: string
      readonly at: number
    }

export type ValueToken = {
  readonly role: 'value'
  readonly text: string
  readonly at: number
  readonly quoted: boolean
  readonly value: string | number | boolean | null
}

/**
 * The tree of a filter. In place of names and values it holds the index of their token, so that whoever looks
 * them up can say where in the text they stand.
 */
export type FilterSyntax = { readonly tree: Filter; readonly tokens: readonly FilterToken[] }

/** Only the parser of the library is used: its own tokens don't know `$ref`, negative numbers and escapes. */
export function parseSyntax(given: readonly FilterToken[], end: number): FilterSyntax {
  const tokens = moveIntoBrackets(given)
  const list = new Tokens([...tokens.map(parserToken), { type: 'EOT', literal: '' }])
  const refuse = (index: number) => {
    const token = tokens[index]
    throw errors.invalidFilter(
      token
        ? `"${token.text}" at position ${token.at + 1} closes nothing that is open there.`
        : `The filter ends at position ${end + 1} before every parenthesis and bracket is closed.`,
    )
  }
  let tree: Filter
  try {
    tree = parseTokens(list)
  } catch {
    // The parser has just stepped over the token that it can't use.
    return refuse(list.i - 1)
  }
  return list.peek().type === 'EOT' ? { tree, tokens } : refuse(list.i)
}

/**
 * `emails[type eq "work"].value eq "x"` becomes `emails[(type eq "work") and value eq "x"]`: both tests are meant
 * for the same value (RFC 7644 §3.4.2.2), and the parser would make two independent ones of them.
 */
function moveIntoBrackets(tokens: readonly FilterToken[]): readonly FilterToken[] {
  const joined: FilterToken[] = []
  let unclosed: FilterToken | undefined
  for (const token of tokens) {
    const opening = token.role === 'sub' ? joined.findLastIndex(({ text }) => text === '[') : -1
    if (opening >= 0) {
      unclosed = joined.pop()
      joined.splice(opening + 1, 0, { role: 'open', text: '(', at: token.at })
      joined.push(
        { role: 'close', text: ')', at: token.at },
        { role: 'connective', text: 'and', at: token.at },
      )
    }
    joined.push(token)
    if (unclosed && (token.role === 'value' || token.role === 'presence')) {
      joined.push(unclosed)
      unclosed = undefined
    }
  }
  return joined
}

function parserToken({ role, text }: FilterToken, index: number): Token {
  switch (role) {
    case 'name':
    case 'sub':
      return { type: 'Word', literal: String(index) }
    case 'value':
      return { type: 'Number', literal: String(index) }
    case 'open':
    case 'close':
      return { type: 'Bracket', literal: text }
    default:
      return { type: 'Word', literal: text.toLowerCase() }
  }
}

type FilterReads = Pick<RequestPolicy, 'unquotedFilterValues' | 'comparisonAfterBrackets'>
type TokenLimits = { readonly filterLength: number; readonly filterDepth: number }

/**
 * The words of a filter, each with its part in the grammar, so that what is wrong is told where it stands.
 * Whether brackets pair up is left to the parser; how deep they go is counted here, before it runs.
 */
export function tokenize(
  text: string,
  { unquotedFilterValues, comparisonAfterBrackets }: FilterReads,
  limits: TokenLimits,
  offset = 0,
): readonly FilterToken[] {
  if (text.length > limits.filterLength) {
    throw errors.invalidFilter(
      `The filter has ${text.length} characters; at most ${limits.filterLength} are accepted.`,
    )
  }
  const lexemes = lex(text, offset)
  rejectDepth(lexemes, limits.filterDepth)
  const tokens: FilterToken[] = []
  for (const lexeme of lexemes) {
    if (comparisonAfterBrackets && isEqAfterBrackets(tokens.at(-1), lexeme)) {
      tokens.push({ role: 'sub', text: mainSubAttribute, at: lexeme.at })
    }
    tokens.push(tokenAfter(tokens.at(-1), lexeme, unquotedFilterValues))
  }
  rejectMissingEnd(tokens.at(-1), offset + text.length)
  return tokens
}

/** `emails[type eq "work"] eq "x"`, where `.value` is understood. */
const isEqAfterBrackets = (
  previous: FilterToken | undefined,
  { kind, text, precededBySpace }: Lexeme,
): boolean =>
  previous?.text === ']' &&
  previous.role === 'close' &&
  precededBySpace &&
  kind === 'word' &&
  text.toLowerCase() === 'eq'

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
  if (text === '(' && lexeme.precededBySpace) return bracket('open', lexeme)
  if (kind !== 'word' || !lexeme.precededBySpace)
    throw unexpected(lexeme, 'a blank and the name of an attribute')
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
  if (text === '[' && previous.role === 'name' && !lexeme.precededBySpace) return bracket('open', lexeme)
  const operator = text.toLowerCase()
  if (kind !== 'word') throw unexpected(lexeme, `an operator after "${excerpt(previous.text)}"`)
  if (operator === 'pr') return { role: 'presence', text, at }
  const comparison = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
  if (comparison) return { role: 'comparison', text: comparison, at }
  throw errors.invalidFilter(
    `"${excerpt(text)}" at position ${at + 1} is not an operator. Use one of eq, ne, co, sw, ew, gt, ge, lt, le and pr.`,
  )
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const literals = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

function valueIn(lexeme: Lexeme, bareValues: boolean): ValueToken {
  const { kind, text, at, precededBySpace } = lexeme
  if (kind === 'bracket' || !precededBySpace) throw unexpected(lexeme, 'a blank and a value')
  if (kind === 'string') return { role: 'value', text, at, quoted: true, value: parseStringLiteral(lexeme) }
  const literal = literals.get(text)
  if (literal !== undefined) return { role: 'value', text, at, quoted: false, value: literal }
  if (number.test(text) && Number.isFinite(Number(text))) {
    return { role: 'value', text, at, quoted: false, value: Number(text) }
  }
  if (bareValues) return { role: 'value', text, at, quoted: false, value: checkStorable(text, at) }
  throw errors.invalidFilter(
    `The value ${excerpt(text)} at position ${at + 1} has no quotes. Strings need them: "${excerpt(text)}"; only true, ` +
      'false and null (in lower case) and numbers go without.',
  )
}

function afterOperand(previous: FilterToken, lexeme: Lexeme): FilterToken {
  const { kind, text, at, precededBySpace } = lexeme
  if (text === ')' || text === ']') return bracket('close', lexeme)
  if (previous.text === ']' && !precededBySpace && kind === 'word' && text.startsWith('.')) {
    return { role: 'sub', text: text.slice(1), at: at + 1 }
  }
  const connective = text.toLowerCase()
  if (precededBySpace && kind === 'word' && (connective === 'and' || connective === 'or')) {
    return { role: 'connective', text: connective, at }
  }
  throw unexpected(lexeme, '"and", "or" or the end of the filter')
}

const bracket = (role: 'open' | 'close', { text, at }: Lexeme): FilterToken => ({ role, text, at })

const unexpected = ({ text, at }: Lexeme, wanted: string) =>
  errors.invalidFilter(
    `"${excerpt(text)}" at position ${at + 1} is out of place: ${wanted} is expected there.`,
  )

function rejectMissingEnd(last: FilterToken | undefined, end: number) {
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
      return `an operator after "${excerpt(last.text)}"`
    case 'comparison':
      return `a value after "${last.text}"`
    default:
      return undefined
  }
}
