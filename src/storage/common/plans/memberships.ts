import type { Cause, MemberPolicy, MembershipRemoval } from '../../../domain/ports/resources.ts'
import { errors } from '../../../scim/error.ts'
import type { BoundFilter } from '../../../scim/filter/bound-filter.ts'
import type { MembershipEdit, SentMembers } from '../../../scim/patch/elements.ts'
import type { StoredResource } from '../../../scim/resource.ts'
import { memberMatches, requestedId } from '../member-filter.ts'
import {
  causeColumns,
  inPortions,
  type ListedMember,
  type MemberRow,
  maxListInChange,
  type PlanChange,
  type PlanQueries,
  type PlanQuery,
  type PlanStep,
  read,
  readAll,
} from './plan.ts'

/** Read at once: about a millisecond. */
const membersPerPage = 500

export type MembersToEdit = {
  readonly tenant: number
  readonly group: Pick<StoredResource, 'key' | 'id' | 'type'>
  readonly isNew: boolean
  readonly policy: MemberPolicy
  readonly cause: Cause
}

export type EditedMembers = {
  readonly added: number
  readonly removed: number
  readonly changes: readonly PlanChange[]
}

type Member = MemberRow & { readonly type: string | null; readonly display: string | null }

type Touched = { readonly before: MemberRow | undefined; readonly after: Member | undefined }

/** Memberships are written once the plan has ended, so later edits of a request see those of earlier ones here. */
type Editing = MembersToEdit & { readonly touched: Map<string, Touched> }

/** Only the difference is written: a member that is removed and added again keeps its position and has no events. */
export function* editMembers(
  edits: readonly (MembershipEdit | MembershipRemoval)[],
  group: MembersToEdit,
): PlanStep<EditedMembers> {
  if (edits.length === 0) return noEdits
  const editing = { ...group, touched: new Map() }
  for (const edit of edits) yield* apply(edit, editing)
  return netChanges(editing)
}

const noEdits: EditedMembers = { added: 0, removed: 0, changes: [] }

function apply(edit: MembershipEdit | MembershipRemoval, editing: Editing): PlanStep<void> {
  switch (edit.kind) {
    case 'add':
      return add(edit, editing)
    case 'remove':
      return remove(edit.members, editing)
    case 'remove-membership':
      return removeMembership(edit, editing)
    case 'remove-where':
      return removeWhere(edit.where, editing)
    case 'replace':
      return replace(edit, editing)
    case 'remove-all':
      return removeMatching(() => true, editing)
  }
}

function netChanges({ tenant, group, cause, touched }: Editing): EditedMembers {
  const removed: MemberRow[] = []
  const added: MemberRow[] = []
  for (const { before, after } of touched.values()) {
    // Another key if the id belonged to no resource when it was added.
    if (before && after && before.memberKey === after.memberKey && before.sentDisplay === after.sentDisplay)
      continue
    if (before) removed.push(before)
    if (after) added.push(after)
  }
  return {
    added: added.length,
    removed: removed.length,
    changes: [
      ...membershipChanges('removeMembers', tenant, group.key, removed, cause),
      ...membershipChanges('addMembers', tenant, group.key, added, cause),
    ],
  }
}

export function membershipChanges(
  change: 'addMembers' | 'removeMembers',
  tenant: number,
  group: number,
  members: readonly MemberRow[],
  cause: Cause,
): readonly PlanChange[] {
  const changes: PlanChange[] = []
  for (const portion of inPortions(members, maxListInChange)) {
    changes.push({
      change,
      row: { tenant, group, members: portion, at: cause.now, ...causeColumns(cause) },
    })
  }
  return changes
}

/** A member that the group has stays as it is: its `display` is immutable (RFC 7643 §2.4). */
function* add({ members, displays }: SentMembers, editing: Editing): PlanStep<void> {
  const { touched, isNew } = editing
  const unique = [...new Set(members)]
  const unread = isNew ? [] : unique.filter(id => !touched.has(id))
  yield* addMissing({ members: unique, ...(displays && { displays }) }, editing, unread)
}

function* addMissing(
  { members, displays }: SentMembers,
  editing: Editing,
  unread: readonly string[],
): PlanStep<void> {
  const isUnread = new Set(unread)
  for (const portion of inPortions(members, membersPerPage)) {
    yield* addPortion(
      portion,
      displays,
      editing,
      portion.filter(id => isUnread.has(id)),
    )
  }
}

function* addPortion(
  ids: readonly string[],
  displays: SentMembers['displays'],
  editing: Editing,
  unread: readonly string[],
): PlanStep<void> {
  const { tenant, group, policy, touched } = editing
  const results = yield [
    ...ids.map((id): PlanQuery => ({ query: 'member', of: [tenant, id] })),
    ...unread.map((id): PlanQuery => ({ query: 'membership', of: [tenant, group.key, id] })),
  ]
  const resources = results.slice(0, ids.length) as readonly PlanQueries['member']['result'][]
  const stored = results.slice(ids.length) as readonly PlanQueries['membership']['result'][]
  const members = new Set(unread.filter((_, at) => stored[at] !== undefined))
  for (const [at, memberId] of ids.entries()) {
    const member = acceptedMember(memberId, displays?.get(memberId), resources[at], group, policy)
    const known = touched.get(memberId)
    if (known?.after || members.has(memberId)) continue
    touched.delete(memberId)
    touched.set(memberId, { before: known?.before, after: member })
  }
}

function acceptedMember(
  memberId: string,
  sent: string | undefined,
  found: PlanQueries['member']['result'],
  group: MembersToEdit['group'],
  policy: MemberPolicy,
): Member {
  if (memberId === group.id) throw errors.invalidValue(`A ${group.type} can't be a member of itself.`)
  const type = found?.type ?? policy.promised?.get(memberId)
  if (type === undefined ? policy.unknown === 'refuse' : !policy.types.includes(type)) {
    throw errors.noSuchMember(policy.types.join(' or '), memberId)
  }
  return {
    memberId,
    memberKey: found?.key ?? null,
    type: found?.type ?? null,
    display: found?.display ?? null,
    // Clients often send back the name that they received, which follows the resource.
    ...(sent !== undefined && sent !== found?.display && { sentDisplay: sent }),
  }
}

function* remove(ids: readonly string[], { tenant, group, isNew, touched }: Editing): PlanStep<void> {
  const unread = isNew ? [] : [...new Set(ids)].filter(id => !touched.has(id))
  for (const id of ids) leave(touched, id)
  for (const portion of inPortions(unread, membersPerPage)) {
    const stored = yield* readAll(
      'membership',
      portion.map(id => [tenant, group.key, id]),
    )
    for (const before of stored)
      if (before) touched.set(before.memberId, { before: toMemberRow(before), after: undefined })
  }
}

function* removeMembership(
  { member, key }: MembershipRemoval,
  { tenant, group, isNew, touched }: Editing,
): PlanStep<void> {
  if (isNew || touched.has(member)) return
  const [stored] = yield* readAll('membership', [[tenant, group.key, member]])
  if (stored?.key === key) touched.set(member, { before: toMemberRow(stored), after: undefined })
}

function* removeWhere(where: BoundFilter, editing: Editing): PlanStep<void> {
  const id = requestedId(where)
  yield* id === undefined
    ? removeMatching(member => memberMatches(where, { ...member, display: shownDisplay(member) }), editing)
    : remove([id], editing)
}

/** Members that remain keep their position and history. One with another `display` than the one sent is added again. */
function* replace({ members, displays }: SentMembers, editing: Editing): PlanStep<void> {
  const missing = new Set(members)
  const isRemoved = (member: Member): boolean => {
    const sent = displays?.get(member.memberId)
    if (sent !== undefined && sent !== shownDisplay(member)) return true
    return !missing.delete(member.memberId)
  }
  yield* removeMatching(isRemoved, editing)
  yield* addMissing({ members: [...missing], ...(displays && { displays }) }, editing, [])
}

const shownDisplay = ({ sentDisplay, display }: Member): string | null => sentDisplay ?? display

function* removeMatching(isRemoved: (member: Member) => boolean, editing: Editing): PlanStep<void> {
  const { tenant, group, isNew, touched } = editing
  for (const [id, { after }] of touched) if (after && isRemoved(after)) leave(touched, id)
  if (isNew) return
  yield* visitMembers(tenant, group.key, member => {
    if (!touched.has(member.memberId) && isRemoved(member)) {
      touched.set(member.memberId, { before: toMemberRow(member), after: undefined })
    }
  })
}

export function* allMembers(tenant: number, group: number): PlanStep<readonly MemberRow[]> {
  const members: MemberRow[] = []
  yield* visitMembers(tenant, group, member => void members.push(toMemberRow(member)))
  return members
}

/** Reads the members page by page, since their names may exceed the memory. */
function* visitMembers(tenant: number, group: number, visit: (member: ListedMember) => void): PlanStep<void> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const [page]: [readonly ListedMember[]] = yield* read({
      query: 'membersAfter',
      of: [tenant, group, after, membersPerPage],
    })
    page.forEach(visit)
    after = page[membersPerPage - 1]?.key
  }
}

const leave = (touched: Editing['touched'], id: string): void => {
  const known = touched.get(id)
  if (known?.after) touched.set(id, { before: known.before, after: undefined })
}

const toMemberRow = ({ memberId, memberKey, sentDisplay }: MemberRow): MemberRow => ({
  memberId,
  memberKey,
  ...(sentDisplay != null && { sentDisplay }),
})
