import { type AttributePath, findAttribute, pathText } from '../scim/attribute.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { Assignment, PatchOperation, PatchTarget } from '../scim/patch/operation.ts'
import { commonAttributes, type ResourceType } from '../scim/resource-types.ts'

/** `department`, `emails.value`: without the URN of an extension, which makes words unreadable. */
export const shortName = (path: AttributePath): string => {
  const named = path.filter(({ extension }) => !extension)
  return pathText(named.length > 0 ? named : path)
}

const maxListedNames = 4

/** "title, nickName, locale, timezone and 3 more" */
export const shortList = (names: readonly string[]): string =>
  names.length <= maxListedNames
    ? names.join(', ')
    : `${names.slice(0, maxListedNames).join(', ')} and ${names.length - maxListedNames} more`

type Change = Assignment & { readonly op: PatchOperation['op'] }

/** "disable user", "rename group, add 2 members", "change displayName, title of user". */
export function describePatch(type: ResourceType, operations: readonly PatchOperation[]): string {
  const changes = operations.flatMap(({ op, assignments }) =>
    assignments.map(assignment => ({ ...assignment, op })),
  )
  const name = type.name.toLowerCase()
  const ignored = operations.flatMap(operation =>
    operation.ignored.filter(isChange(operation)).map(leadingName),
  )
  const words = [
    ...describeEnabling(name, changes.filter(isSwitch(type))),
    ...(changes.some(isRenaming(type)) ? [`rename ${name}`] : []),
    ...describeChanges(
      [...changes.filter(isOrdinary(type)).map(({ target }) => attributeLabel(target)), ...ignored],
      name,
    ),
    ...describeMembers(changes.filter(isMembership)),
  ]
  return words.length === 0 ? `change ${name}` : words.join(', ')
}

/** Clients send the resource as they got it: `id`, `meta` and `schemas` in a value without a path are no change. */
const isChange =
  ({ path }: PatchOperation) =>
  (name: string): boolean =>
    path !== undefined || findAttribute(commonAttributes, name) === undefined

/** Of a path that nobody read, the name it begins with: a value may follow, and that value be a secret. */
const leadingName = (path: string) => /^[\w$:.-]*/.exec(path)?.[0] || 'something unknown'

const isMembership = ({ target }: Change) =>
  target.path.length === 1 && target.path[0]?.relation === 'members'

const isNamed = ({ target }: Change, name: string | undefined) =>
  name !== undefined && target.path.length === 1 && target.path[0] === findAttribute(target.path, name)

// Some clients send the boolean as text; here it has been read. Taken away, it is a change like any other.
const isSwitch = (type: ResourceType) => (change: Change) =>
  isNamed(change, type.enabledAttribute) && typeof change.value === 'boolean'

const isRenaming = (type: ResourceType) => (change: Change) =>
  isNamed(change, type.labelAttribute) && change.op !== 'remove'

const isOrdinary = (type: ResourceType) => (change: Change) =>
  !isMembership(change) && !isSwitch(type)(change) && !isRenaming(type)(change)

// Operations apply in order, so the last one says how it ends.
const describeEnabling = (name: string, switches: readonly Change[]): readonly string[] => {
  const last = switches.at(-1)
  return last ? [`${last.value === true ? 'enable' : 'disable'} ${name}`] : []
}

const describeChanges = (names: readonly string[], name: string): readonly string[] =>
  names.length === 0 ? [] : [`change ${shortList([...new Set(names)])} of ${name}`]

/** `emails.value`, whatever the filter in brackets. */
const attributeLabel = ({ path, sub }: PatchTarget) => shortName(sub ? [...path, sub] : path)

const describeMembers = (changes: readonly Change[]): readonly string[] => {
  if (changes.length === 0) return []
  if (changes.some(({ op }) => op === 'replace')) return ['replace members']
  const added = sumOf(changes.filter(({ op }) => op === 'add').map(({ value }) => countValues(value)))
  const removals = changes.filter(({ op }) => op === 'remove').map(countRemoved)
  if (removals.length === 0) return [`add ${added} ${memberNoun(added)}`]
  const removed = totalRemoved(removals)
  const number = removed === 'some' ? '' : `${removed} `
  if (added === 0) return [`remove ${number}${memberNoun(removed)}`]
  return [`add ${added} and remove ${number}members`]
}

const memberNoun = (count: Count) => (count === 1 ? 'member' : 'members')

/** `some` where a filter decides who leaves. */
type Count = number | 'some' | 'all'

const totalRemoved = (removals: readonly Count[]): Count => {
  if (removals.includes('all')) return 'all'
  return removals.includes('some') ? 'some' : sumOf(removals.filter(count => typeof count === 'number'))
}

const sumOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

const countValues = (value: unknown): number => {
  if (Array.isArray(value)) return value.length
  return value === undefined || value === null ? 0 : 1
}

/** Entra ID names those who leave in the value, or one of them in the path: `members[value eq "…"]`. */
const countRemoved = ({ target, value }: Change): Count => {
  if (target.where) return countNamed(target.where) ?? 'some'
  return value === undefined || value === null ? 'all' : countValues(value)
}

const countNamed = (where: BoundFilter): number | undefined => {
  if (where.kind === 'related') return 1
  if (where.kind === 'compare') return where.operator === 'eq' ? 1 : undefined
  if (where.kind !== 'or') return undefined
  const counts = where.operands.map(countNamed)
  return counts.every(count => count !== undefined) ? sumOf(counts) : undefined
}
