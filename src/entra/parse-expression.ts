import { type ExpressionToken, lexExpression } from './expression-tokens.ts'
import type { ComparisonOperator, EntraFunction, Expression } from './expression-tree.ts'
import { findFunction, functionNames } from './functions/index.ts'
import { MappingError } from './mapping-error.ts'

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
const deepest = 50

class Parser {
  readonly #text: string
  readonly #tokens: readonly ExpressionToken[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = lexExpression(text)
  }

  expression(): Expression {
    if (++this.#depth > deepest) throw this.#mistake(`Functions are nested deeper than ${deepest}.`)
    const left = this.#operand()
    const operator = this.#take('operator')
    const expression: Expression = operator
      ? { kind: 'comparison', operator: operator.text as ComparisonOperator, left, right: this.#operand() }
      : left
    this.#depth--
    return expression
  }

  end() {
    if (this.#peek()) throw this.#mistake('The expression should end here.')
  }

  #operand(): Expression {
    const attribute = this.#take('attribute')
    if (attribute) return { kind: 'attribute', name: attribute.text }
    const constant = this.#take('constant')
    if (constant) return { kind: 'constant', value: constant.text }
    const name = this.#take('name')
    if (name) return this.#call(name)
    throw this.#mistake('An [attribute], a "constant", a number or a function should stand here.')
  }

  #call(name: ExpressionToken): Expression {
    if (!this.#take('(')) {
      throw this.#mistake(
        `"${name.text}" stands alone. Write [${name.text}] for an attribute, "${name.text}" for a constant.`,
        name.at,
      )
    }
    const called = findFunction(name.text)
    if (!called) {
      throw this.#mistake(
        `The function "${name.text}" isn't known here. Known are ${functionNames.join(', ')}.`,
        name.at,
      )
    }
    const given = this.#arguments()
    const wrong = wrongArguments(called, given)
    if (wrong !== undefined) throw this.#mistake(wrong, name.at)
    return { kind: 'call', called, arguments: given }
  }

  #arguments(): readonly (Expression | undefined)[] {
    if (this.#take(')')) return []
    const given: (Expression | undefined)[] = []
    for (;;) {
      const kind = this.#peek()?.kind
      given.push(kind === ',' || kind === ')' ? undefined : this.expression())
      if (this.#take(')')) return given
      if (!this.#take(',')) throw this.#mistake('A comma or the closing bracket ")" is missing.')
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

  #mistake(what: string, at = this.#peek()?.at ?? this.#text.length) {
    return new MappingError({
      place: '',
      text: `At character ${at + 1} of the expression ${this.#text}: ${what}`,
    })
  }
}

function wrongArguments(called: EntraFunction, given: readonly (Expression | undefined)[]) {
  const { name, usage, fewest, most } = called
  if (given.length < fewest || given.length > most) {
    const number =
      fewest === most ? `${fewest}` : most === Infinity ? `${fewest} or more` : `${fewest} to ${most}`
    return `${name} takes ${number} argument${number === '1' ? '' : 's'}, here it has ${given.length}: ${usage}.`
  }
  return called.wrong?.(given)
}
