import { findAttribute, shortName } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { Assignment, PatchOperation, PatchTarget } from '../../scim/patch/elements.ts'
import { commonAttributes, type ResourceType } from '../../scim/resource-types.ts'
import { excerpt, shortList } from '../../scim/text.ts'
import type { Operation, OperationFacts } from './operation.ts'

type PatchSummary = {
  readonly enabled?: boolean
  readonly renames: boolean
  readonly attributes: readonly string[]
  readonly members?: MemberChange
}

type MemberChange =
  | { readonly kind: 'replace' }
  | { readonly kind: 'edit'; readonly added: number; readonly removed?: RemovedCount }

type RemovedCount = number | 'some' | 'all'

type Change = Assignment & { readonly op: PatchOperation['op'] }

export function summarizePatch(type: ResourceType, operations: readonly PatchOperation[]): PatchSummary {
  const changes = operations.flatMap(({ op, assignments }) =>
    assignments.map(assignment => ({ ...assignment, op })),
  )
  const ignored = operations.flatMap(operation =>
    operation.ignored.filter(isChange(operation)).map(leadingName),
  )
  const enabling = changes.findLast(isSwitch(type))
  const members = summarizeMembers(changes.filter(isMembership))
  const attributes = [
    ...changes.filter(isOrdinary(type)).map(({ target }) => attributeLabel(target)),
    ...ignored,
  ]
  return {
    // Operations apply in order: the last one decides.
    ...(enabling && { enabled: enabling.value === true }),
    renames: changes.some(isRenaming(type)),
    attributes: [...new Set(attributes)],
    ...(members && { members }),
  }
}

export const patchFacts = (summary: PatchSummary): OperationFacts => {
  const { enabled, members } = summary
  const added = members?.kind === 'edit' ? members.added : 0
  const removed = members?.kind === 'edit' ? members.removed : undefined
  return {
    operation: patchOperation(summary),
    ...(enabled !== undefined && { enabled }),
    ...(added > 0 && { membersAdded: added }),
    ...(typeof removed === 'number' && { membersRemoved: removed }),
  }
}

function patchOperation({ enabled, renames, members }: PatchSummary): Operation {
  if (enabled !== undefined) return enabled ? 'enable' : 'disable'
  if (members?.kind === 'replace') return 'replace-members'
  if (members?.removed === undefined) return members ? 'add-members' : renames ? 'rename' : 'update'
  return members.added > 0 ? 'change-members' : 'remove-members'
}

export function describePatch(
  type: ResourceType,
  { enabled, renames, attributes, members }: PatchSummary,
): string {
  const name = type.name.toLowerCase()
  const clauses = [
    ...(enabled === undefined ? [] : [`${enabled ? 'enable' : 'disable'} ${name}`]),
    ...(renames ? [`rename ${name}`] : []),
    ...(attributes.length === 0 ? [] : [`change ${shortList(attributes)} of ${name}`]),
    ...(members ? [describeMembers(members)] : []),
  ]
  return clauses.length === 0 ? `change ${name}` : clauses.join(', ')
}

function describeMembers(members: MemberChange): string {
  if (members.kind === 'replace') return 'replace members'
  const { added, removed } = members
  if (removed === undefined) return `add ${added} ${memberNoun(added)}`
  const number = removed === 'some' ? '' : `${removed} `
  return added === 0 ? `remove ${number}${memberNoun(removed)}` : `add ${added} and remove ${number}members`
}

const memberNoun = (count: RemovedCount) => (count === 1 ? 'member' : 'members')

/** Clients send resources back as they read them: `id`, `meta` and `schemas` in a value without a path change nothing. */
const isChange =
  ({ path }: PatchOperation) =>
  (name: string): boolean =>
    path !== undefined || findAttribute(commonAttributes, name) === undefined

/** Only the leading name of an unparsed path: the rest may contain a value, and that value may be a secret. */
const leadingName = (path: string) =>
  excerpt(/^[\w$:.-]*/.exec(path)?.[0] ?? '', longestName) || 'something unknown'

/** Characters. The longest attribute of the RFCs with its URN has 80; a client may send a megabyte. */
const longestName = 100

const isMembership = ({ target }: Change) =>
  target.path.length === 1 && target.path[0]?.relation === 'members'

const isNamed = ({ target }: Change, name: string | undefined) =>
  name !== undefined && target.path.length === 1 && target.path[0] === findAttribute(target.path, name)

// Booleans that a client sent as text are parsed by now. Removing the attribute is an ordinary change.
const isSwitch = (type: ResourceType) => (change: Change) =>
  isNamed(change, type.enabledAttribute) && typeof change.value === 'boolean'

const isRenaming = (type: ResourceType) => (change: Change) =>
  isNamed(change, type.labelAttribute) && change.op !== 'remove'

const isOrdinary = (type: ResourceType) => (change: Change) =>
  !isMembership(change) && !isSwitch(type)(change) && !isRenaming(type)(change)

const attributeLabel = ({ path, sub }: PatchTarget) => shortName(sub ? [...path, sub] : path)

function summarizeMembers(changes: readonly Change[]): MemberChange | undefined {
  if (changes.length === 0) return undefined
  if (changes.some(({ op }) => op === 'replace')) return { kind: 'replace' }
  const added = sumOf(changes.filter(({ op }) => op === 'add').map(({ value }) => countValues(value)))
  const removals = changes.filter(({ op }) => op === 'remove').map(countRemoved)
  return { kind: 'edit', added, ...(removals.length > 0 && { removed: totalRemoved(removals) }) }
}

const totalRemoved = (removals: readonly RemovedCount[]): RemovedCount => {
  if (removals.includes('all')) return 'all'
  return removals.includes('some') ? 'some' : sumOf(removals.filter(count => typeof count === 'number'))
}

const sumOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

const countValues = (value: unknown): number => {
  if (Array.isArray(value)) return value.length
  return value === undefined || value === null ? 0 : 1
}

/** Entra ID lists the members to remove in the value, or names one in the path: `members[value eq "…"]`. */
const countRemoved = ({ target, value }: Change): RemovedCount => {
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
