import { MappingError } from './fields.ts'
import { findFunction, functionNames } from './functions.ts'
import {
  attributeOf,
  type ComparisonOperator,
  type EntraFunction,
  type Expression,
  type ExpressionContext,
  type MappedValue,
  toText,
} from './values.ts'

type ExpressionToken = {
  readonly kind: 'attribute' | 'constant' | 'name' | 'operator' | '(' | ')' | ','
  readonly text: string
  readonly at: number
}

const patterns = [
  { kind: 'attribute', pattern: /\[([^[\]"]+)\]/y },
  { kind: 'constant', pattern: /"((?:[^"\\]|\\[\s\S])*)"/y },
  { kind: 'constant', pattern: /(-?\d+(?:\.\d+)?)/y },
  { kind: 'name', pattern: /([A-Za-z_]\w*)/y },
  { kind: 'operator', pattern: /(<>|<=|>=|[=<>])/y },
  { kind: '(', pattern: /(\()/y },
  { kind: ')', pattern: /(\))/y },
  { kind: ',', pattern: /(,)/y },
] as const

/** Splits an expression into tokens. Throws MappingError with the position of an invalid character. */
function tokenizeExpression(text: string): readonly ExpressionToken[] {
  const tokens: ExpressionToken[] = []
  for (let at = skipWhitespace(text, 0); at < text.length; ) {
    const token = tokenAt(text, at)
    if (!token) throw syntaxError(text, at)
    tokens.push(token)
    at = skipWhitespace(text, token.end)
  }
  return tokens
}

function tokenAt(text: string, at: number): (ExpressionToken & { readonly end: number }) | undefined {
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) continue
    const [whole, inner = ''] = found
    const isQuoted = whole.startsWith('"')
    return { kind, text: isQuoted ? unescaped(inner) : inner.trim(), at, end: at + whole.length }
  }
  return undefined
}

/** A backslash escapes quotes and backslashes only; elsewhere it is a backslash. */
const unescaped = (text: string) => text.replace(/\\(["\\])/g, '$1')

function skipWhitespace(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at] ?? '')) at++
  return at
}

const expressionError = (text: string, at: number, why: string) =>
  new MappingError({ place: '', text: `Character ${at + 1} of the expression ${text}: ${why}` })

function syntaxError(text: string, at: number) {
  const character = text[at]
  const why =
    character === '"'
      ? 'The quotation mark is not closed.'
      : character === '['
        ? 'The bracket "[" must enclose the name of an attribute.'
        : `Unexpected "${character}".`
  return expressionError(text, at, why)
}

export type { ExpressionContext } from './values.ts'

/** The value of an expression for an object; undefined is Entra's null. */
export function evaluateExpression(
  expression: Expression,
  context: ExpressionContext,
): MappedValue | undefined {
  switch (expression.kind) {
    case 'attribute':
      return sourceValueOf(expression.name, context)
    case 'constant':
      return expression.value
    case 'call':
      return expression.callee.apply(
        expression.arguments.map(argument => argument && evaluateExpression(argument, context)),
        expression.arguments,
      )
    case 'comparison':
      return compare(
        evaluateExpression(expression.left, context),
        expression.operator,
        evaluateExpression(expression.right, context),
      )
  }
}

/** `[appRoleAssignments]` isn't a directory attribute: it returns the user's roles in this application. */
const sourceValueOf = (name: string, context: ExpressionContext): MappedValue | undefined =>
  name.toLowerCase() === 'approleassignments'
    ? context.appRoles.length === 0
      ? undefined
      : { kind: 'roles', roles: context.appRoles }
    : attributeOf(context, name)

/** Every comparison with null is false (limits of IIF in Microsoft's reference). */
function compare(
  one: MappedValue | undefined,
  operator: ComparisonOperator,
  other: MappedValue | undefined,
): boolean {
  if (one === undefined || other === undefined) return false
  const order = orderOf(toText(one), toText(other))
  switch (operator) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

const isNumber = (text: string) => /^-?\d+(\.\d+)?$/.test(text)

function orderOf(one: string, other: string): number {
  if (isNumber(one) && isNumber(other)) return Number(one) - Number(other)
  return one === other ? 0 : one < other ? -1 : 1
}

/** Microsoft: Reference for writing expressions for attribute mappings. Throws MappingError with the position. */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.expression()
  parser.end()
  return expression
}

/** Bounds the recursion; expressions of real mappings are much flatter. */
const maxDepth = 50

class Parser {
  readonly #text: string
  readonly #tokens: readonly ExpressionToken[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenizeExpression(text)
  }

  expression(): Expression {
    if (++this.#depth > maxDepth) throw this.#error(`Functions are nested deeper than ${maxDepth}.`)
    const left = this.#operand()
    const operator = this.#take('operator')
    const expression: Expression = operator
      ? { kind: 'comparison', operator: operator.text as ComparisonOperator, left, right: this.#operand() }
      : left
    this.#depth--
    return expression
  }

  end() {
    if (this.#peek()) throw this.#error('Expected the end of the expression.')
  }

  #operand(): Expression {
    const attribute = this.#take('attribute')
    if (attribute) return { kind: 'attribute', name: attribute.text }
    const constant = this.#take('constant')
    if (constant) return { kind: 'constant', value: constant.text }
    const name = this.#take('name')
    if (name) return this.#call(name)
    throw this.#error('Expected an [attribute], a "constant", a number or a function.')
  }

  #call(name: ExpressionToken): Expression {
    if (!this.#take('(')) {
      throw this.#error(
        `Unexpected name. Write [${name.text}] for an attribute or "${name.text}" for a constant.`,
        name.at,
      )
    }
    const callee = findFunction(name.text)
    if (!callee) {
      throw this.#error(`Unknown function "${name.text}". Functions: ${functionNames.join(', ')}.`, name.at)
    }
    const given = this.#arguments()
    const why = argumentError(callee, given)
    if (why !== undefined) throw this.#error(why, name.at)
    return { kind: 'call', callee, arguments: given }
  }

  #arguments(): readonly (Expression | undefined)[] {
    if (this.#take(')')) return []
    const given: (Expression | undefined)[] = []
    for (;;) {
      const kind = this.#peek()?.kind
      given.push(kind === ',' || kind === ')' ? undefined : this.expression())
      if (this.#take(')')) return given
      if (!this.#take(',')) throw this.#error('Expected a comma or a closing parenthesis.')
    }
  }

  #peek() {
    return this.#tokens[this.#next]
  }

  #take(kind: ExpressionToken['kind']) {
    const token = this.#peek()
    if (token?.kind !== kind) return undefined
    this.#next++
    return token
  }

  #error(why: string, at = this.#peek()?.at ?? this.#text.length) {
    return expressionError(this.#text, at, why)
  }
}

function argumentError(callee: EntraFunction, given: readonly (Expression | undefined)[]) {
  const { name, usage, minArguments, maxArguments } = callee
  if (given.length < minArguments || given.length > maxArguments) {
    const number = numberRange(minArguments, maxArguments)
    return `${name} requires ${number} argument${number === '1' ? '' : 's'}, not ${given.length}: ${usage}.`
  }
  return callee.validate?.(given)
}

function numberRange(min: number, max: number): string {
  if (min === max) return String(min)
  return max === Infinity ? `${min} or more` : `${min} to ${max}`
}
