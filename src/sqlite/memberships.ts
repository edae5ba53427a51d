import { memberMatches, requestedId } from '../persistence/member-filter.ts'
import type { SlicedJob } from '../ports/database.ts'
import type { Cause, MemberPolicy } from '../ports/resources.ts'
import { errors } from '../scim/error.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { MembershipEdit } from '../scim/patch/operation.ts'
import type { StoredResource } from '../scim/resource.ts'
import type { Database } from './database.ts'
import type { HistoryWriter } from './history-writer.ts'

type MemberRow = {
  readonly key: number
  readonly memberId: string
  readonly memberKey: number | null
  readonly type: string | null
  readonly display: string | null
}
type Membership = { readonly groupKey: number; readonly memberId: string; readonly memberKey: number | null }

/** The group whose members are edited, and the circumstances. */
type Editing = {
  readonly tenant: number
  readonly group: StoredResource
  readonly policy: MemberPolicy
  readonly cause: Cause
}

type MembershipChanges = { readonly added: number; readonly removed: number }
const noChanges: MembershipChanges = { added: 0, removed: 0 }

export type Memberships = ReturnType<typeof createMemberships>

/** Memberships that change between two yields of a job: less than a millisecond. */
const changesPerStep = 50

/** Memberships: one row each, so a change costs the same in a group of ten or of fifty thousand. */
export function createMemberships(db: Database, history: HistoryWriter) {
  const resourceWithId = db.prepare<[number, string], { key: number; type: string }>(
    'select key, type from resources where tenant = ? and id = ?',
  )
  const insertMember = db.prepare(`
    insert into memberships (tenant, group_key, member_id, member_key)
    values (?, ?, ?, ?) on conflict do nothing`)
  const deleteMember = db.prepare<[number, string], Membership>(`
    delete from memberships where group_key = ? and member_id = ?
    returning group_key as groupKey, member_id as memberId, member_key as memberKey`)
  const membersAfter = db.prepare<[number, number, number], MemberRow>(`
    select m.key, m.member_id as memberId, m.member_key as memberKey, r.type, r.display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key > ? order by m.key limit ?`)
  const linkReserved = db
    .prepare<[number, number, string], number>(
      `update memberships set member_key = ? where tenant = ? and member_id = ? and member_key is null
      returning group_key`,
    )
    .pluck()
  const groupsOf = db
    .prepare<[number], number>('select group_key from memberships where member_key = ? order by key')
    .pluck()

  const memberKey = (
    tenant: number,
    group: StoredResource,
    id: string,
    policy: MemberPolicy,
  ): number | null => {
    const found = resourceWithId.get(tenant, id)
    if (found?.key === group.key) throw errors.invalidValue(`A ${group.type} can't be a member of itself.`)
    const type = found?.type ?? policy.promised?.get(id)
    if (type !== undefined && policy.types.includes(type)) return found?.key ?? null
    if (type !== undefined || policy.unknown === 'refuse') {
      throw errors.noSuchMember(policy.types.join(' or '), id)
    }
    return null
  }

  const removeOne = (group: number, id: string, cause: Cause): number => {
    const removed = deleteMember.get(group, id)
    if (!removed) return 0
    history.membership({ event: 'removed', group, memberId: id, member: removed.memberKey }, cause)
    return 1
  }

  function* removeMembers(group: number, ids: readonly string[], cause: Cause): SlicedJob<number> {
    let removed = 0
    let done = 0
    for (const id of ids) {
      if (isStepOver(done++)) yield
      removed += removeOne(group, id, cause)
    }
    return removed
  }

  /** Reads the members page by page, since a group may exceed the memory. */
  function* removeMatching(
    group: number,
    isRemoved: (member: MemberRow) => boolean,
    cause: Cause,
  ): SlicedJob<number> {
    let removed = 0
    let after = 0
    for (;;) {
      const rows = membersAfter.all(group, after, changesPerStep)
      for (const row of rows) if (isRemoved(row)) removed += removeOne(group, row.memberId, cause)
      const last = rows.at(-1)
      if (!last) return removed
      after = last.key
      if (rows.length === changesPerStep) yield
    }
  }

  function* add(ids: readonly string[], { tenant, group, policy, cause }: Editing): SlicedJob<number> {
    let added = 0
    let done = 0
    for (const id of ids) {
      if (isStepOver(done++)) yield
      const member = memberKey(tenant, group, id, policy)
      if (insertMember.run(tenant, group.key, id, member).changes === 0) continue
      history.membership({ event: 'added', group: group.key, memberId: id, member }, cause)
      added++
    }
    return added
  }

  /** Only the difference is written: remaining members keep their position and history. */
  function* replace(ids: readonly string[], editing: Editing): SlicedJob<MembershipChanges> {
    const missing = new Set(ids)
    const isRemoved = ({ memberId }: MemberRow) => !missing.delete(memberId)
    const removed = yield* removeMatching(editing.group.key, isRemoved, editing.cause)
    return { added: yield* add([...missing], editing), removed }
  }

  const removeWhere = (where: BoundFilter, { group, cause }: Editing): SlicedJob<number> => {
    const id = requestedId(where)
    return id === undefined
      ? removeMatching(group.key, member => memberMatches(where, member), cause)
      : removeMembers(group.key, [id], cause)
  }

  function* apply(edit: MembershipEdit, editing: Editing): SlicedJob<MembershipChanges> {
    const { group, cause } = editing
    switch (edit.kind) {
      case 'add':
        return { added: yield* add(edit.members, editing), removed: 0 }
      case 'remove':
        return { added: 0, removed: yield* removeMembers(group.key, edit.members, cause) }
      case 'remove-where':
        return { added: 0, removed: yield* removeWhere(edit.where, editing) }
      case 'replace':
        return yield* replace(edit.members, editing)
      case 'remove-all':
        return { added: 0, removed: yield* removeMatching(group.key, () => true, cause) }
    }
  }

  /** Applies the edits in order. */
  function* edit(edits: readonly MembershipEdit[], editing: Editing): SlicedJob<MembershipChanges> {
    let changes = noChanges
    for (const each of edits) changes = sum(changes, yield* apply(each, editing))
    return changes
  }

  /** Links a new resource to the memberships for which its id was reserved. */
  const linkNew = (tenant: number, { key, id }: StoredResource): void => {
    for (const group of linkReserved.all(key, tenant, id)) history.resolve(group, id, key)
  }

  /** Removes a resource from all groups, and all members from it. Returns the groups it was in. */
  function* removeAll(resource: StoredResource, cause: Cause): SlicedJob<readonly number[]> {
    const groups = groupsOf.all(resource.key)
    for (const [at, group] of groups.entries()) {
      if (isStepOver(at)) yield
      removeOne(group, resource.id, cause)
    }
    yield* removeMatching(resource.key, () => true, cause)
    return groups
  }

  return { edit, linkNew, removeAll }
}

const isStepOver = (changes: number): boolean => changes > 0 && changes % changesPerStep === 0

const sum = (one: MembershipChanges, other: MembershipChanges): MembershipChanges => ({
  added: one.added + other.added,
  removed: one.removed + other.removed,
})
