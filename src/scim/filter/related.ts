import type { Attribute, AttributePath } from '../attribute.ts'
import { errors } from '../error.ts'
import type { BoundFilter } from './bound-filter.ts'
import { mainSubAttribute } from './scope.ts'
import type { FilterToken } from './token.ts'

type Relation = NonNullable<Attribute['relation']>

export const relationOf = (path: AttributePath): Relation | undefined =>
  path.find(({ relation }) => relation)?.relation

/**
 * A test of a relation's values as a question for its rows. They hold ids alone, so what can be asked is
 * whether a certain id is among them, and whether there are any.
 */
export function relatedWhere(
  where: BoundFilter,
  attribute: Attribute,
  relation: Relation,
  token: FilterToken,
): BoundFilter {
  const any: BoundFilter = { kind: 'any-related', relation }
  switch (where.kind) {
    case 'any-related':
      return where
    case 'or':
      return {
        kind: 'or',
        operands: where.operands.map(operand => relatedWhere(operand, attribute, relation, token)),
      }
    case 'present':
      if (isMain(where.path)) return any
      break
    case 'compare': {
      const { path, operator, value } = where
      if (!isMain(path)) break
      if (operator === 'eq' && typeof value === 'string') return { kind: 'related', relation, id: value }
      if (operator === 'ne' && value === null) return any
      if (operator === 'eq' && value === null) return { kind: 'not', operand: any }
    }
  }
  const { name } = attribute
  throw errors.invalidFilter(
    `This test of "${name}" at position ${token.at + 1} is not offered. Ask for one id (${name}.${mainSubAttribute} ` +
      `eq "…"), for several joined by "or", or whether there are any (${name} pr).`,
  )
}

const isMain = (path: AttributePath) => path.length === 1 && path[0]?.name === mainSubAttribute
