import type { ListQuery } from '../../domain/ports/resources.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import { findIndexedTest, findsFew, type IndexOf, indexesOf } from './filter-to-sql.ts'

type IndexOfPath = ReturnType<typeof indexesOf>

/** Lists of more work are long reads: some 5 ms. */
export const longWork = 5000

/** Index entries that an engine passes over in the time of a test on a document. */
export const entriesPerTest = 10

/** What tests and orders cost per resource, compared with a test on its document. */
const costs = { document: 1, indexedText: 0.1, lookup: 0.1, relatedResources: 10 }

/** The work for a filter per resource of the type; 0 if an index finds the few resources to test. */
function costOf(filter: BoundFilter, indexOf: IndexOfPath): number {
  switch (filter.kind) {
    case 'and': {
      const operands = filter.operands.map(operand => costOf(operand, indexOf))
      return operands.includes(0) ? 0 : sum(operands)
    }
    case 'or':
      return sum(filter.operands.map(operand => costOf(operand, indexOf) || costs.lookup))
    case 'not':
      return costOf(filter.operand, indexOf) || costs.lookup
    case 'compare':
      if (isSelective(filter)) return 0
      return findIndexedTest(filter, indexOf) ? costs.indexedText : costs.document
    case 'present':
      return costs.document
    case 'some':
      return isSelective(filter) ? 0 : costs.document + costOf(filter.where, indexOf)
    case 'related':
      return isSelective(filter) ? 0 : costs.lookup
    case 'any-related':
      return costs.lookup
    case 'some-related':
      return costs.relatedResources
  }
}

/** A user is in few groups, but a group may have most users as members. */
const isSelective = (filter: BoundFilter): boolean =>
  findsFew(filter) && !(filter.kind === 'related' && filter.relation === 'groups')

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The work for a list per resource of a type, in tests on documents, of which an engine makes about one in a microsecond. */
export type WorkPerResource = { readonly type: string; readonly work: number }

/** Estimates the work for a list. Types of which an index finds the few resources to test are left out. */
export function estimateWork(
  { typeQueries, order }: ListQuery,
  indexOf: IndexOf,
): readonly WorkPerResource[] {
  return typeQueries.flatMap(({ type, filter, sortBy }) => {
    const filtering = filter && costOf(filter, indexesOf(indexOf, type))
    if (filtering === 0) return []
    const work = (filtering ?? 0) + (order && sortBy ? costs.document : 0)
    return work > 0 ? [{ type, work }] : []
  })
}

export const totalWork = (works: readonly WorkPerResource[], numberOf: (type: string) => number): number =>
  sum(works.map(({ type, work }) => work * numberOf(type)))
