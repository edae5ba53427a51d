import type { MistakeList } from './mapping-fields.ts'
import {
  isInteger,
  type ScopingClause,
  type ScopingFilter,
  scopingOperators,
  takesInteger,
  takesNoValue,
  takesRegex,
  wholeRegex,
} from './scoping-filter.ts'

/** Reads the scoping filters of a mapping: `[{ "clauses": [{ "attribute", "operator", "value" }] }]`. */
export const readScope = (given: unknown, place: string, mistakes: MistakeList): readonly ScopingFilter[] =>
  given === undefined
    ? []
    : mistakes.list(given, place).map((filter, at) => readFilter(filter, `${place}[${at}]`, mistakes))

function readFilter(given: unknown, place: string, mistakes: MistakeList): ScopingFilter {
  const fields = mistakes.fieldsOf(given, place, ['name', 'clauses'])
  if (!fields) return { clauses: [] }
  const name = mistakes.text(fields, 'name', place, 'optional')
  const clauses = mistakes
    .list(fields.clauses, `${place}.clauses`)
    .flatMap((clause, at) => readClause(clause, `${place}.clauses[${at}]`, mistakes) ?? [])
  if (Array.isArray(fields.clauses) && fields.clauses.length === 0) {
    mistakes.add(`${place}.clauses`, 'is empty. Give it a clause, or leave the filter away.')
  }
  return { ...(name !== undefined && { name }), clauses }
}

function readClause(given: unknown, place: string, mistakes: MistakeList): ScopingClause | undefined {
  const fields = mistakes.fieldsOf(given, place, ['attribute', 'operator', 'value'])
  if (!fields) return undefined
  const attribute = mistakes.text(fields, 'attribute', place, 'needed')
  const written = mistakes.text(fields, 'operator', place, 'needed')
  if (attribute === undefined || written === undefined) return undefined
  const operator = scopingOperators.find(each => each.toLowerCase() === written.toLowerCase())
  if (operator === undefined) {
    mistakes.add(`${place}.operator`, `"${written}" isn't one. They are ${scopingOperators.join(', ')}.`)
    return undefined
  }
  if (takesNoValue(operator)) {
    if (fields.value !== undefined)
      mistakes.add(`${place}.value`, `isn't looked at by ${operator}. Leave it away.`)
    return { attribute, operator }
  }
  const value =
    typeof fields.value === 'number' ? String(fields.value) : mistakes.text(fields, 'value', place, 'needed')
  if (value === undefined) return undefined
  if (takesInteger(operator) && !isInteger(value)) {
    mistakes.add(`${place}.value`, `should be a whole number, for ${operator} compares numbers.`)
  }
  if (takesRegex(operator)) mistakes.reading(`${place}.value`, () => wholeRegex(value))
  return { attribute, operator, value }
}
