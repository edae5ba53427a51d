import { type AttributePath, pathText } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { inGroupMapping, inUserMapping } from '../entra-pages.ts'
import type { QuerySubject, Rule } from '../profile.ts'
import { invalidFilterDetail, validationErrors } from './document.ts'
import { type Choices, maxFilterClauses } from './features.ts'
import { sources } from './sources.ts'

type QueryRule = Rule<QuerySubject>

const equalityPath = (filter: BoundFilter): AttributePath | undefined =>
  filter.kind === 'compare' && filter.operator === 'eq' && typeof filter.value === 'string'
    ? filter.path
    : undefined

const isId = (filter: BoundFilter) => equalityPath(filter)?.[0]?.name === 'id'

const isPartner = (filter: BoundFilter) =>
  (filter.kind === 'related' && filter.relation === 'members') ||
  equalityPath(filter)?.some(({ name }) => name === 'manager') === true

const isPair = (operands: readonly BoundFilter[]) =>
  operands.length === maxFilterClauses && operands.some(isId) && operands.some(isPartner)

const isOffered = (type: ResourceType, filter: BoundFilter): boolean => {
  if (filter.kind === 'related') return true
  if (filter.kind === 'and') return isPair(filter.operands)
  const path = equalityPath(filter)
  return path !== undefined && [type.labelAttribute, 'externalId', 'id'].includes(pathText(path))
}

const filterRule: QueryRule = {
  id: 'aws/filters',
  description:
    'Filters use `eq`. Users can be filtered by `userName`, `externalId`, `groups.value`, `id`, or `id` and `manager`; groups by `displayName`, `externalId`, `members.value`, `id`, or `id` and `members`.',
  source: sources.listUsers,
  basis: 'documented',
  remedy: 'Filter users by userName or externalId and groups by displayName or externalId, with eq.',
  entraRemedy: `${inUserMapping('match by userName or externalId.')} ${inGroupMapping('match by displayName or externalId.')}`,
  scimType: 'invalidFilter',
  check: ({ type, filter }) =>
    filter !== undefined && !isOffered(type, filter) ? { detail: invalidFilterDetail } : undefined,
}

const invalidParameter = (name: 'cursor' | 'count', description: string) => ({
  detail: validationErrors([{ at: name, description }]),
})

const cursorRule: QueryRule = {
  id: 'aws/cursor-characters',
  description: 'A cursor may contain only letters, digits and `-+=/:_`.',
  source: sources.listUsers,
  basis: 'documented',
  remedy: 'Send the cursor as the previous page returned it.',
  check: ({ parameters: { cursor } }) =>
    cursor !== undefined && !/^[-a-zA-Z0-9+=/:_]*$/.test(cursor)
      ? invalidParameter('cursor', 'Member must satisfy regular expression pattern: [-a-zA-Z0-9+=/:_]*')
      : undefined,
}

const isNumber = (count: string) => /^-?\d+$/.test(count)

const countRule: QueryRule = {
  id: 'aws/count-in-range',
  description: 'A `count` must be a whole number of at least 1.',
  source: sources.listUsers,
  basis: 'assumed',
  remedy: 'Send a whole number of at least 1 as count, or none.',
  check: ({ parameters: { count } }) => {
    if (count === undefined) return undefined
    if (!isNumber(count)) return invalidParameter('count', 'Member must be a number')
    return Number(count) < 1
      ? invalidParameter('count', 'Member must have value greater than or equal to 1')
      : undefined
  },
}

const longestPageRule = (maxCount: number): QueryRule => ({
  id: 'aws/count-within-page',
  description: 'A `count` may not exceed the maximum page size.',
  source: sources.listUsers,
  basis: 'assumed',
  remedy: `Send a count of at most ${maxCount}, and request the other pages with cursor.`,
  check: ({ parameters: { count } }) =>
    count !== undefined && isNumber(count) && Number(count) > maxCount
      ? invalidParameter('count', `Member must have value less than or equal to ${maxCount}`)
      : undefined,
})

const emptyCursorRule: QueryRule = {
  id: 'aws/no-empty-cursor-with-filter',
  description: 'A list of groups with a filter may not have an empty `cursor`.',
  source: sources.idcSync,
  basis: 'observed',
  remedy: 'Omit the cursor from the first request of a list with a filter.',
  check: ({ type, parameters: { cursor }, filter }) =>
    cursor === '' && filter !== undefined && type.attributes.some(({ relation }) => relation === 'members')
      ? invalidParameter('cursor', 'Member must have length greater than or equal to 1')
      : undefined,
}

const isInOtherForm = (filter: BoundFilter): boolean => {
  if (filter.kind === 'related') return filter.form !== 'sub-attribute'
  return (
    filter.kind === 'and' &&
    filter.operands.some(operand => operand.kind === 'related' && operand.form === 'brackets')
  )
}

const relatedFormRule: QueryRule = {
  id: 'aws/members-and-groups-by-value',
  description:
    'Groups are filtered by `members.value`, users by `groups.value`: `members[value eq "…"]`, `groups[value eq "…"]`, and `members` or `groups` without `id` are rejected.',
  source: sources.listGroups,
  basis: 'inferred',
  remedy:
    'Send members.value eq "…" or groups.value eq "…". What AWS answers to other forms is not known: see the tenant’s switch membershipFilter.',
  scimType: 'invalidFilter',
  check: ({ filter }) =>
    filter !== undefined && isInOtherForm(filter) ? { detail: invalidFilterDetail } : undefined,
}

const membersValueRule: QueryRule = {
  id: 'aws/no-id-with-members-value',
  description: 'The filter on one group and one member must use `members`, not `members.value`.',
  source: sources.idcSync,
  basis: 'observed',
  remedy: 'Use members instead of members.value in this filter.',
  scimType: 'invalidFilter',
  check: ({ filter }) =>
    filter?.kind === 'and' &&
    filter.operands.some(operand => operand.kind === 'related' && operand.form === 'sub-attribute')
      ? { detail: invalidFilterDetail }
      : undefined,
}

const unsupportedParameters = ['startIndex', 'attributes', 'excludedAttributes'] as const

const parameterRule: QueryRule = {
  id: 'aws/no-unsupported-parameters',
  description: 'Lists do not support `startIndex`, `attributes` or `excludedAttributes`.',
  source: sources.listUsers,
  basis: 'assumed',
  remedy: 'Omit the parameter. AWS probably ignores it: see the tenant’s switch unsupportedParameters.',
  entraRemedy:
    'Entra requests groups without their members, and no setting changes that. AWS probably ignores the parameter: see the tenant’s switch unsupportedParameters.',
  check: ({ parameters }) => {
    const name = unsupportedParameters.find(parameter => parameters[parameter] !== undefined)
    return name && { detail: `Query parameter ${name} is not supported.` }
  },
}

const withoutTexts = (filter: string | undefined) => filter?.replace(/"(?:[^"\\]|\\.)*"/g, '""') ?? ''

const memberRule: QueryRule = {
  id: 'aws/filter-says-member',
  description: 'The filter on one group and one member must use `member`, not `members`.',
  source: sources.listGroups,
  basis: 'documented',
  remedy: 'Use member instead of members in this filter.',
  scimType: 'invalidFilter',
  check: ({ filter, parameters }) =>
    filter !== undefined && /\bmembers\s+eq\b/i.test(withoutTexts(parameters.filter))
      ? { detail: invalidFilterDetail }
      : undefined,
}

export const queryRules = (choices: Choices, maxCount: number): readonly QueryRule[] => [
  filterRule,
  cursorRule,
  ...(choices.countOutOfRange === 'refuse' ? [countRule] : []),
  ...(choices.countAbovePage === 'refuse' ? [longestPageRule(maxCount)] : []),
  ...(choices.emptyCursorWithFilter === 'refuse' ? [emptyCursorRule] : []),
  ...(choices.membershipFilter === 'refuse' ? [relatedFormRule] : []),
  ...(choices.idWithMembersValue === 'refuse' ? [membersValueRule] : []),
  ...(choices.unsupportedParameters === 'refuse' ? [parameterRule] : []),
  ...(choices.memberFilter === 'member' ? [memberRule] : []),
]
