import { type AttributePath, findAttribute, resolveAttribute, subAttributesOf } from './attribute.ts'
import { errors, excerpt } from './error.ts'
import { mainSubAttribute } from './filter/scope.ts'
import type { RequestPolicy } from './request-policy.ts'
import type { ResourceType } from './resource-types.ts'

export type SortOrder = 'ascending' | 'descending'

/** RFC 7643 §2.4: the sub-attribute that tells which of several values counts most. */
export const primarySubAttribute = 'primary'

/**
 * How a list is sorted (RFC 7644 §3.4.2.3): by the value at a path, and of a multi-valued attribute by its primary
 * value, else by its first. Who has no value comes last, and first when descending; equals stay in order of creation,
 * so that descending is ascending read backwards.
 */
export type Sort = {
  readonly order: SortOrder
  /** By the name of the type; a type that lacks the attribute has no path. */
  readonly paths: ReadonlyMap<string, AttributePath>
}

/**
 * Reads `sortBy` and `sortOrder`. An empty `sortBy` counts as none, and then the order means nothing. Throws
 * `invalidPath` for an attribute that none of the types has or that can't be compared, `invalidValue` for an order
 * that is neither `ascending` nor `descending`.
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
  throw errors.invalidValue(`"sortOrder" is "ascending" or "descending", not "${excerpt(text ?? '')}".`)
}

/** The path to the value that is compared: of a complex attribute its `value`, where it has one. */
function sortPath(path: AttributePath, sortBy: string): AttributePath {
  const wrong = (why: string) =>
    errors.invalidPath(`Nothing can be sorted by "${excerpt(sortBy)}": ${why}. Name another attribute.`)
  // Else the order would tell what no answer may (RFC 7643 §7, returned "never").
  if (path.some(({ returned }) => returned === 'never')) throw wrong('it is never shown')
  if (path.some(({ relation, derived, notFilterable }) => relation || derived || notFilterable)) {
    throw wrong('the server fills it in when it answers')
  }
  const attribute = path.at(-1)
  if (attribute?.type !== 'complex') return path
  const value = findAttribute(subAttributesOf(attribute), mainSubAttribute)
  if (value) return [...path, value]
  throw wrong('it has no value of its own, only sub-attributes')
}
