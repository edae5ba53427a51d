import type { Attribute, AttributePath } from '../attribute.ts'
import { type BoundFilter, isConstant, never } from './bound-filter.ts'
import { mainSubAttribute } from './scope.ts'

type Relation = NonNullable<Attribute['relation']>

/** The attribute on a path whose values are rows. */
export const relationOn = (path: AttributePath): Attribute | undefined =>
  path.find(({ relation }) => relation)

/**
 * A test of a relation's values as a question for its rows. Whether a certain id is among them, and whether there
 * are any, the store knows from an index; for any other test it looks at each.
 */
export function relatedWhere(where: BoundFilter, relation: Relation): BoundFilter {
  const any: BoundFilter = { kind: 'any-related', relation }
  switch (where.kind) {
    case 'or':
      return { kind: 'or', operands: where.operands.map(operand => relatedWhere(operand, relation)) }
    case 'present':
      if (isMain(where.path)) return any
      break
    case 'compare': {
      const { path, operator, value } = where
      if (!isMain(path)) break
      if (operator === 'eq' && typeof value === 'string') return { kind: 'related', relation, id: value }
      if (operator === 'ne' && value === null) return any
      if (operator === 'eq' && value === null) return never
    }
  }
  return { kind: 'some-related', relation, where }
}

/** The same for a path through the relation, which also stands for one absent value where there are no rows. */
export function relatedAt(test: Extract<BoundFilter, { kind: 'compare' }>, relation: Relation): BoundFilter {
  const found = relatedWhere(test, relation)
  const isOfAbsent = test.value === null ? test.operator === 'eq' : test.operator === 'ne'
  if (!isOfAbsent) return found
  const none: BoundFilter = { kind: 'not', operand: { kind: 'any-related', relation } }
  return isConstant(found) ? none : { kind: 'or', operands: [found, none] }
}

const isMain = (path: AttributePath) => path.length === 1 && path[0]?.name === mainSubAttribute
