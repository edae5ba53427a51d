import { compileRegex } from './fields.ts'
import { attributeOf, type ExpressionContext, type MappedValue, toText } from './values.ts'

export type ScopingFilter = { readonly name?: string; readonly clauses: readonly ScopingClause[] }

export type ScopingClause = {
  readonly attribute: string
  readonly operator: ScopingOperator
  readonly value?: string
}

export const scopingOperators = [
  'EQUALS',
  'NOT EQUALS',
  'IS TRUE',
  'IS FALSE',
  'IS NULL',
  'IS NOT NULL',
  'REGEX MATCH',
  'NOT REGEX MATCH',
  'Greater_Than',
  'Greater_Than_OR_EQUALS',
  'Includes',
  'ENDS_WITH',
  '&',
  '!&',
] as const

type ScopingOperator = (typeof scopingOperators)[number]

export const isUnaryOperator = (operator: ScopingOperator): boolean => operator.startsWith('IS ')
export const isRegexOperator = (operator: ScopingOperator): boolean => operator.endsWith('REGEX MATCH')
export const isIntegerOperator = (operator: ScopingOperator): boolean => operator.startsWith('Greater_Than')

export const isInScope = (filters: readonly ScopingFilter[], context: ExpressionContext): boolean =>
  filters.length === 0 ||
  filters.some(({ clauses }) => clauses.every(clause => clauseMatches(clause, context)))

/** Case-sensitive. False for null values and for lists, which Entra can't filter. */
function clauseMatches(
  { attribute, operator, value: expected = '' }: ScopingClause,
  context: ExpressionContext,
): boolean {
  const value = attributeOf(context, attribute)
  if (operator === 'IS NULL') return value === undefined
  if (operator === 'IS NOT NULL') return value !== undefined
  if (value === undefined || Array.isArray(value)) return false
  return operatorMatches(toText(value as MappedValue), operator, expected)
}

function operatorMatches(
  text: string,
  operator: Exclude<ScopingOperator, 'IS NULL' | 'IS NOT NULL'>,
  expected: string,
): boolean {
  switch (operator) {
    case 'EQUALS':
      return text === expected
    case 'NOT EQUALS':
      return text !== expected
    case 'IS TRUE':
      return isBoolean(text, 'true')
    case 'IS FALSE':
      return isBoolean(text, 'false')
    case 'REGEX MATCH':
      return matchesFully(text, expected)
    case 'NOT REGEX MATCH':
      return !matchesFully(text, expected)
    case 'Greater_Than':
      return isInteger(text) && BigInt(text) > BigInt(expected)
    case 'Greater_Than_OR_EQUALS':
      return isInteger(text) && BigInt(text) >= BigInt(expected)
    case 'Includes':
      return text.includes(expected)
    case 'ENDS_WITH':
      return text.endsWith(expected)
    // "true if the evaluated attribute exists in the input string value"
    case '&':
      return expected.includes(text)
    case '!&':
      return !expected.includes(text)
  }
}

const isBoolean = (text: string, expected: string) => text.toLowerCase() === expected

/** Microsoft requires whole numbers of at least 0. */
export const isInteger = (text: string): boolean => /^\d+$/.test(text)

function matchesFully(text: string, pattern: string): boolean {
  const regex = anchoredRegex(pattern)
  regex.lastIndex = 0
  return regex.test(text)
}

/** Microsoft's samples (`.*\@domain.com`) are written for the whole value. Throws MappingError. */
export function anchoredRegex(pattern: string): RegExp {
  const [, ignoring = '', rest = pattern] = /^(\(\?i\))?([\s\S]*)$/.exec(pattern) ?? []
  // Compiled alone first, so that an error quotes the pattern as written.
  compileRegex(pattern)
  return compileRegex(`${ignoring}^(?:${rest})$`)
}
