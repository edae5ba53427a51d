import { findAttribute } from '../scim/attribute.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { Assignment, PatchOperation, PatchTarget } from '../scim/patch/operation.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { commonAttributes } from '../scim/schemas/common.ts'
import { shortList, shortName } from './attribute-words.ts'

type Change = Assignment & { readonly op: PatchOperation['op'] }

/** "disable user", "rename group, add 2 members", "change displayName, title of user". */
export function describePatch(type: ResourceType, operations: readonly PatchOperation[]): string {
  const changes = operations.flatMap(({ op, assignments }) =>
    assignments.map(assignment => ({ ...assignment, op })),
  )
  const name = type.name.toLowerCase()
  const ignored = operations.flatMap(operation =>
    operation.ignored.filter(isMeant(operation)).map(nameWrittenIn),
  )
  const words = [
    ...switchWords(name, changes.filter(isSwitch(type))),
    ...(changes.some(isRenaming(type)) ? [`rename ${name}`] : []),
    ...changeWords(
      [...changes.filter(isOrdinary(type)).map(({ target }) => nameOf(target)), ...ignored],
      name,
    ),
    ...memberWords(changes.filter(isMembership)),
  ]
  return words.length === 0 ? `change ${name}` : words.join(', ')
}

/** Clients send the resource as they got it: `id`, `meta` and `schemas` in a value without a path are no change. */
const isMeant =
  ({ path }: PatchOperation) =>
  (name: string): boolean =>
    path !== undefined || findAttribute(commonAttributes, name) === undefined

/** Of a path that nobody read, the name it begins with: a value may follow, and that value be a secret. */
const nameWrittenIn = (path: string) => /^[\w$:.-]*/.exec(path)?.[0] || 'something unknown'

const isMembership = ({ target }: Change) =>
  target.path.length === 1 && target.path[0]?.relation === 'members'

const isNamed = ({ target }: Change, name: string | undefined) =>
  name !== undefined && target.path.length === 1 && target.path[0] === findAttribute(target.path, name)

// Some clients send the boolean as text; here it has been read. Taken away, it is a change like any other.
const isSwitch = (type: ResourceType) => (change: Change) =>
  isNamed(change, type.enabledBy) && typeof change.value === 'boolean'

const isRenaming = (type: ResourceType) => (change: Change) =>
  isNamed(change, type.labelledBy) && change.op !== 'remove'

const isOrdinary = (type: ResourceType) => (change: Change) =>
  !isMembership(change) && !isSwitch(type)(change) && !isRenaming(type)(change)

// Operations apply in order, so the last one says how it ends.
const switchWords = (name: string, switches: readonly Change[]): readonly string[] => {
  const last = switches.at(-1)
  return last ? [`${last.value === true ? 'enable' : 'disable'} ${name}`] : []
}

const changeWords = (names: readonly string[], name: string): readonly string[] =>
  names.length === 0 ? [] : [`change ${shortList([...new Set(names)])} of ${name}`]

/** `emails.value`, whatever the filter in brackets. */
const nameOf = ({ path, sub }: PatchTarget) => shortName(sub ? [...path, sub] : path)

const memberWords = (changes: readonly Change[]): readonly string[] => {
  if (changes.length === 0) return []
  if (changes.some(({ op }) => op === 'replace')) return ['replace members']
  const added = sumOf(changes.filter(({ op }) => op === 'add').map(({ value }) => countOf(value)))
  const removals = changes.filter(({ op }) => op === 'remove').map(removedBy)
  if (removals.length === 0) return [`add ${added} ${memberOrMembers(added)}`]
  const removed = totalOf(removals)
  const number = removed === 'some' ? '' : `${removed} `
  if (added === 0) return [`remove ${number}${memberOrMembers(removed)}`]
  return [`add ${added} and remove ${number}members`]
}

const memberOrMembers = (count: Count) => (count === 1 ? 'member' : 'members')

/** `some` where a filter decides who leaves. */
type Count = number | 'some' | 'all'

const totalOf = (removals: readonly Count[]): Count => {
  if (removals.includes('all')) return 'all'
  return removals.includes('some') ? 'some' : sumOf(removals.filter(count => typeof count === 'number'))
}

const sumOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

const countOf = (value: unknown): number => {
  if (Array.isArray(value)) return value.length
  return value === undefined || value === null ? 0 : 1
}

/** Entra ID names those who leave in the value, or one of them in the path: `members[value eq "…"]`. */
const removedBy = ({ target, value }: Change): Count => {
  if (target.where) return namedBy(target.where) ?? 'some'
  return value === undefined || value === null ? 'all' : countOf(value)
}

const namedBy = (where: BoundFilter): number | undefined => {
  if (where.kind === 'related') return 1
  if (where.kind === 'compare') return where.operator === 'eq' ? 1 : undefined
  if (where.kind !== 'or') return undefined
  const counts = where.operands.map(namedBy)
  return counts.every(count => count !== undefined) ? sumOf(counts) : undefined
}
