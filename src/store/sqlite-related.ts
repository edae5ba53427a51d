import type { Database } from '../database/sqlite.ts'
import type { Related, ResourceId } from '../scim/resource.ts'

export type RelatedRow = {
  readonly id: string
  readonly type: string | null
  readonly display: string | null
}

export const toRelated = ({ id, type, display }: RelatedRow): Related => ({
  id: id as ResourceId,
  ...(type !== null && { type }),
  ...(display !== null && { display }),
})

export type GroupRow = RelatedRow & { readonly key: number }

/** Reads the groups that have a resource as a member, in order of joining. */
export function createGroupRows(db: Database): (member: number) => readonly GroupRow[] {
  const groups = db.prepare<[number], GroupRow>(`
    select r.key, r.id, r.type, r.display
    from memberships m join resources r on r.key = m.group_key
    where m.member_key = ? order by m.key`)
  return member => groups.all(member)
}

/** Reads the members of groups and the direct groups of members, in order of joining. */
export function createRelatedReader(db: Database) {
  const members = db.prepare<[number], RelatedRow>(`
    select m.member_id as id, r.type, r.display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? order by m.key`)
  const groupRows = createGroupRows(db)
  return (relation: 'members' | 'groups', key: number): readonly Related[] =>
    (relation === 'members' ? members.all(key) : groupRows(key)).map(toRelated)
}

/** Reads what is known of the resources with certain ids. */
export function createNameReader(db: Database) {
  const resourceWithId = db.prepare<[number, string], RelatedRow>(
    'select id, type, display from resources where tenant = ? and id = ?',
  )
  return (tenant: number, ids: readonly string[]): ReadonlyMap<string, Related> =>
    new Map(
      ids.flatMap(id => {
        const row = resourceWithId.get(tenant, id)
        return row ? [[id, toRelated(row)] as const] : []
      }),
    )
}
