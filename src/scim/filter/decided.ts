import type { AttributePath } from '../attribute.ts'
import { always, type BoundFilter, isConstant, never } from './bound-filter.ts'
import { matches } from './matches.ts'

/**
 * The same filter for resources of one type, without what the type alone decides: nobody looks through all users for
 * `meta.resourceType eq "Group"`. A filter that is wholly decided becomes `always` or `never`.
 */
export function decided(filter: BoundFilter, typeName: string): BoundFilter {
  switch (filter.kind) {
    case 'and':
      return joined('and', decidedEach(filter.operands, typeName))
    case 'or':
      return joined('or', decidedEach(filter.operands, typeName))
    case 'not': {
      const operand = decided(filter.operand, typeName)
      if (isConstant(operand)) return operand.kind === 'and' ? never : always
      return { kind: 'not', operand }
    }
    case 'present':
    case 'compare':
      return isTypeName(filter.path) ? constant(matches({ ...filter, path: [] }, typeName)) : filter
    default:
      return filter
  }
}

const decidedEach = (operands: readonly BoundFilter[], typeName: string) =>
  operands.map(operand => decided(operand, typeName))

function joined(kind: 'and' | 'or', operands: readonly BoundFilter[]): BoundFilter {
  const constants = operands.filter(isConstant)
  // `never` among those of an `and`, or `always` among those of an `or`, decides it.
  if (constants.some(each => each.kind !== kind)) return kind === 'and' ? never : always
  const open = operands.filter(operand => !isConstant(operand))
  return open.length === 1 && open[0] ? open[0] : { kind, operands: open }
}

const constant = (holds: boolean) => (holds ? always : never)

const isTypeName = (path: AttributePath) => path.at(-1)?.typeName === true
