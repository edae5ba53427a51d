import type { ComparisonOperator, EntraFunction, Expression } from './expression-tree.ts'
import { MappingError } from './fields.ts'
import { findFunction, functionNames } from './functions.ts'
import { attributeOf, type ExpressionContext, type MappedValue, toText } from './values.ts'

export type ExpressionToken = {
  readonly kind: 'attribute' | 'constant' | 'name' | 'operator' | '(' | ')' | ','
  /** Of an attribute its name, of a constant its value. */
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

/** Cuts an expression into its words. Throws MappingError with the position of what is no word. */
export function tokenizeExpression(text: string): readonly ExpressionToken[] {
  const tokens: ExpressionToken[] = []
  for (let at = skipBlanks(text, 0); at < text.length; ) {
    const token = tokenAt(text, at)
    if (!token) throw syntaxError(text, at)
    tokens.push(token)
    at = skipBlanks(text, token.end)
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

/** Only quotes and backslashes are escaped; any other backslash is one. */
const unescaped = (text: string) => text.replace(/\\(["\\])/g, '$1')

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at] ?? '')) at++
  return at
}

function syntaxError(text: string, at: number) {
  const character = text[at]
  const why =
    character === '"'
      ? 'This quotation mark is never closed.'
      : character === '['
        ? 'This bracket "[" should enclose the name of an attribute.'
        : `"${character}" can't stand here.`
  return new MappingError({ place: '', text: `At character ${at + 1} of the expression ${text}: ${why}` })
}

export type { ExpressionContext } from './values.ts'

/** What an expression gives for an object; undefined for what Entra calls null. */
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
      return expression.called.apply(
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

/** `[appRoleAssignments]` is no attribute of the directory: it stands for the roles of this application. */
const sourceValueOf = (name: string, context: ExpressionContext): MappedValue | undefined =>
  name.toLowerCase() === 'approleassignments'
    ? context.appRoles.length === 0
      ? undefined
      : { kind: 'roles', roles: context.appRoles }
    : attributeOf(context, name)

/** A comparison with null holds for none of them, as the limits of IIF in Microsoft's reference have it. */
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

/**
 * Reads an expression of Entra's attribute mappings (Microsoft's "Reference for writing expressions for attribute
 * mappings"). Throws MappingError with the position of what it can't read.
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.expression()
  parser.end()
  return expression
}

/** An expression that nests deeper than this was made to break something. */
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
    if (this.#peek()) throw this.#error('The expression should end here.')
  }

  #operand(): Expression {
    const attribute = this.#take('attribute')
    if (attribute) return { kind: 'attribute', name: attribute.text }
    const constant = this.#take('constant')
    if (constant) return { kind: 'constant', value: constant.text }
    const name = this.#take('name')
    if (name) return this.#call(name)
    throw this.#error('An [attribute], a "constant", a number or a function should stand here.')
  }

  #call(name: ExpressionToken): Expression {
    if (!this.#take('(')) {
      throw this.#error(
        `"${name.text}" stands alone. Write [${name.text}] for an attribute, "${name.text}" for a constant.`,
        name.at,
      )
    }
    const called = findFunction(name.text)
    if (!called) {
      throw this.#error(
        `The function "${name.text}" isn't known here. Known are ${functionNames.join(', ')}.`,
        name.at,
      )
    }
    const given = this.#arguments()
    const wrong = argumentError(called, given)
    if (wrong !== undefined) throw this.#error(wrong, name.at)
    return { kind: 'call', called, arguments: given }
  }

  #arguments(): readonly (Expression | undefined)[] {
    if (this.#take(')')) return []
    const given: (Expression | undefined)[] = []
    for (;;) {
      const kind = this.#peek()?.kind
      given.push(kind === ',' || kind === ')' ? undefined : this.expression())
      if (this.#take(')')) return given
      if (!this.#take(',')) throw this.#error('A comma or the closing bracket ")" is missing.')
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

  #error(what: string, at = this.#peek()?.at ?? this.#text.length) {
    return new MappingError({
      place: '',
      text: `At character ${at + 1} of the expression ${this.#text}: ${what}`,
    })
  }
}

function argumentError(called: EntraFunction, given: readonly (Expression | undefined)[]) {
  const { name, usage, fewest, most } = called
  if (given.length < fewest || given.length > most) {
    const number =
      fewest === most ? `${fewest}` : most === Infinity ? `${fewest} or more` : `${fewest} to ${most}`
    return `${name} takes ${number} argument${number === '1' ? '' : 's'}, here it has ${given.length}: ${usage}.`
  }
  return called.validate?.(given)
}
