import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { type RelatedRow, toRelated } from '../common/related.ts'
import type { Database } from './database.ts'

/** Read by one statement: about 2 ms. */
const rowsPerRead = 1_000
/** After this many, a group whose members are being removed is read at once. */
const maxAttempts = 3

type MemberRow = RelatedRow & { readonly key: number }
type GroupState = {
  readonly version: number
  readonly era: string | null
  readonly moment: number | null
}

export function createMemberReader(db: Database) {
  const membersAfter = db.prepare<[number, number, number], MemberRow>(`
    select m.key, m.member_id as id, r.type, coalesce(m.sent_display, r.display) as display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key > ? order by m.key limit ?`)
  const stateOf = db.prepare<[number], GroupState>(`
    select version, era,
      (select max(moment) from membership_events where group_key = resources.key) as moment
    from resources where key = ?`)
  const removalAfter = db
    .prepare<[number, number], number>(`
      select 1 from membership_events where group_key = ? and moment > ? and event = 'removed' limit 1`)
    .pluck()
  const memberAt = db
    .prepare<[number, number], number>('select 1 from memberships where group_key = ? limit 1 offset ?')
    .pluck()

  /** Whether members that were read since then still are the group's: added ones follow the others. */
  const isStillTrue = (group: number, before: GroupState | undefined): boolean => {
    const now = stateOf.get(group)
    if (before?.era !== now?.era) return false
    return before?.version === now?.version || removalAfter.get(group, before?.moment ?? 0) === undefined
  }

  const membersOf = async (
    groups: readonly number[],
  ): Promise<ReadonlyMap<number, readonly RelatedResource[]>> => {
    let rowsRead = 0

    const endSlice = async (): Promise<void> => {
      if (rowsRead < rowsPerRead) return
      rowsRead = 0
      if (sharedSlices.isOver()) await sharedSlices.next()
    }

    const readPortions = async (group: number): Promise<readonly RelatedResource[]> => {
      const members: RelatedResource[] = []
      for (let after = 0; ; ) {
        const rows = membersAfter.all(group, after, rowsPerRead)
        rowsRead += rows.length
        for (const row of rows) members.push(toRelated(row))
        const last = rows.at(-1)
        if (!last || rows.length < rowsPerRead) return members
        after = last.key
        await endSlice()
      }
    }

    const read = async (group: number): Promise<readonly RelatedResource[]> => {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const before = stateOf.get(group)
        const members = await readPortions(group)
        if (members.length < rowsPerRead || isStillTrue(group, before)) return members
      }
      return membersAfter.all(group, 0, -1).map(toRelated)
    }

    const members = new Map<number, readonly RelatedResource[]>()
    for (const group of groups) {
      await endSlice()
      members.set(group, await read(group))
    }
    return members
  }

  return {
    membersOf,
    membersOfOne: async (group: number) => (await membersOf([group])).get(group) ?? [],
    hasMore: (group: number, members: number): boolean => memberAt.get(group, members) !== undefined,
  }
}
