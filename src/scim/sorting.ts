import { type AttributePath, findAttribute, resolveAttribute, subAttributesOf } from './attribute.ts'
import { errors } from './error.ts'
import { mainSubAttribute } from './filter/bound-filter.ts'
import type { RequestPolicy } from './request-policy.ts'
import type { ResourceType } from './resource-types.ts'
import { excerpt } from './text.ts'

export type SortOrder = 'ascending' | 'descending'

/** RFC 7643 §2.4: the sub-attribute that marks the preferred value. */
export const primarySubAttribute = 'primary'

/**
 * How a list is sorted (RFC 7644 §3.4.2.3): by the value at a path, which for a multi-valued attribute is the primary value
 * or else the first. Resources without a value come last, or first in descending order. Equal resources are in order of
 * creation, so that descending order is ascending order reversed.
 */
export type Sort = {
  readonly order: SortOrder
  /** By type name. A type without the attribute has no path. */
  readonly paths: ReadonlyMap<string, AttributePath>
}

/**
 * Reads `sortBy` and `sortOrder`. An empty `sortBy` counts as absent; `sortOrder` is then ignored. Throws `invalidPath` for
 * an attribute that none of the types has or that cannot be compared, and `invalidValue` for an order that is neither
 * `ascending` nor `descending`.
 */
export function readSort(
  types: readonly ResourceType[],
  sortBy: string | undefined,
  sortOrder: string | undefined,
  policy: RequestPolicy,
): Sort | undefined {
  if (sortBy === undefined || sortBy === '') return undefined
  const order = readOrder(sortOrder)
  const paths = new Map<string, AttributePath>()
  for (const type of types) {
    const path = resolveAttribute(type, policy.fullAttributeName(type.name, sortBy))
    if (path) paths.set(type.name, sortPath(path, sortBy))
  }
  if (paths.size > 0) return { order, paths }
  const owner = types.map(({ name }) => name).join(' or ')
  throw errors.invalidPath(`"sortBy" names "${excerpt(sortBy)}", but no ${owner} has such an attribute.`)
}

function readOrder(text: string | undefined): SortOrder {
  const order = text?.toLowerCase() ?? ''
  if (order === '' || order === 'ascending') return 'ascending'
  if (order === 'descending') return 'descending'
  throw errors.invalidValue(`"sortOrder" must be "ascending" or "descending", not "${excerpt(text ?? '')}".`)
}

function sortPath(path: AttributePath, sortBy: string): AttributePath {
  const notSortable = (reason: string) =>
    errors.invalidPath(`Cannot sort by "${excerpt(sortBy)}": ${reason}. Use another attribute.`)
  // Otherwise the order would reveal values that are never returned (RFC 7643 §7).
  if (path.some(({ returned }) => returned === 'never')) throw notSortable('it is never returned')
  if (path.some(({ relation, derived, notFilterable }) => relation || derived || notFilterable)) {
    throw notSortable('the server computes it for each response')
  }
  const attribute = path.at(-1)
  if (attribute?.type !== 'complex') return path
  const value = findAttribute(subAttributesOf(attribute), mainSubAttribute)
  if (value) return [...path, value]
  throw notSortable('it has no value of its own, only sub-attributes')
}
