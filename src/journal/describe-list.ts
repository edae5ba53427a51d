import type { AttributePath } from '../scim/attribute.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { shortList, shortName } from './attribute-words.ts'

type Comparison = Extract<BoundFilter, { readonly kind: 'compare' }>

/** "list users", "look up user by userName", "search users by title", "test connection". */
export function describeList(
  type: ResourceType,
  filter: BoundFilter | undefined,
  found: number | undefined,
): string {
  // The plural is in the endpoint: /Users, /Policies.
  const plural = type.endpoint.slice(1).toLowerCase()
  if (!filter) return `list ${plural}`
  if (found === 0 && looksForNobody(filter)) return 'test connection'
  const names = namesIn(filter)
  const by = names.length > 0 ? ` by ${shortList(names)}` : ''
  return isLookUp(filter) ? `look up ${type.name.toLowerCase()}${by}` : `search ${plural}${by}`
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Entra ID's Test Connection, also before each cycle: the matching attribute equals a random UUID. Identifiers of
 * other systems are case exact; looking one up that is a UUID is ordinary work.
 */
const looksForNobody = (filter: BoundFilter): boolean => {
  const comparison = filter.kind === 'some' ? filter.where : filter
  if (!isEquality(comparison)) return false
  const attribute = comparison.path.at(-1)
  return Boolean(attribute?.lookup && !attribute.caseExact) && uuid.test(String(comparison.value))
}

const isEquality = (filter: BoundFilter): filter is Comparison =>
  filter.kind === 'compare' && filter.operator === 'eq'

/** Whether it asks for what equals something, in every part. */
const isLookUp = (filter: BoundFilter): boolean => {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every(isLookUp)
    case 'some':
      return isLookUp(filter.where)
    case 'compare':
      return filter.operator === 'eq'
    case 'related':
      return true
    case 'or':
    case 'not':
    case 'present':
    case 'any-related':
    case 'some-related':
      return false
  }
}

const namesIn = (filter: BoundFilter): readonly string[] => [...new Set(everyName(filter, []))]

const everyName = (filter: BoundFilter, above: AttributePath): readonly string[] => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(operand => everyName(operand, above))
    case 'not':
      return everyName(filter.operand, above)
    case 'some':
      return everyName(filter.where, [...above, ...filter.path])
    case 'present':
    case 'compare':
      return [shortName([...above, ...filter.path])]
    case 'related':
    case 'any-related':
    case 'some-related':
      return [filter.relation]
  }
}
