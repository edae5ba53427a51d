import type { Database } from '../database/sqlite.ts'
import type { Related } from '../scim/resource.ts'
import type { Page, PageRequest } from './directory.ts'
import { pageOf, positionIn } from './page-of.ts'
import type { Then } from './past.ts'
import type { VersionFinder } from './sqlite-past-versions.ts'
import { toRelated } from './sqlite-related.ts'

type Joining = { readonly moment: number; readonly memberId: string; readonly memberKey: number | null }
type Named = { readonly id: string; readonly type: string; readonly display: string }

// `e` is the joining; whoever left afterwards is no member, and whoever joined again is one by that.
const later = 'l.group_key = e.group_key and l.moment > e.moment and l.at <= @at'
const isLast = `
  not exists (select 1 from membership_events l where l.member_key = e.member_key and ${later})
  and (e.member_key is not null or not exists (
    select 1 from membership_events l where l.member_key is null and l.member_id = e.member_id and ${later}))`

/** Reads who was in which group, with the names of that time. */
export function createPastRelations(db: Database, versionAt: VersionFinder) {
  const joinings = db.prepare<[{ group: number; at: number; before: number; limit: number }], Joining>(`
    select e.moment, e.member_id as memberId, e.member_key as memberKey from membership_events e
    where e.group_key = @group and e.moment < @before and e.at <= @at and e.event = 'added' and ${isLast}
    order by e.moment desc limit @limit`)
  const comingsAndGoings = db.prepare<[number, number], { event: 'added' | 'removed'; group: number }>(`
    select event, group_key as "group" from membership_events
    where member_key = ? and at <= ? order by moment`)
  const nameNow = db.prepare<[{ key: number }], Named>(`
    select id, type, display from resources where key = @key
    union all select id, type, display from departed where key = @key`)

  const named = (key: number, then: Then): Related | undefined => {
    const version = versionAt(key, then.at)
    const row = version && nameNow.get({ key })
    return (
      row && toRelated({ ...row, display: then.read(row.type, version.document)?.display ?? row.display })
    )
  }

  return {
    /** In order of joining. */
    groups: (member: number, then: Then): readonly Related[] => {
      const groups = new Set<number>()
      for (const { event, group } of comingsAndGoings.all(member, then.at)) {
        if (event === 'added') groups.add(group)
        else groups.delete(group)
      }
      return [...groups].flatMap(group => named(group, then) ?? [])
    },

    /** Who joined last comes first. */
    members: (group: number, then: Then, { limit, cursor }: PageRequest): Page<Related> => {
      const rows = joinings.all({ group, at: then.at, before: positionIn(cursor), limit: limit + 1 })
      const { items, ...rest } = pageOf(rows, limit, ({ moment }) => moment)
      const related = ({ memberId, memberKey }: Joining) =>
        (memberKey === null ? undefined : named(memberKey, then)) ??
        toRelated({ id: memberId, type: null, display: null })
      return { items: items.map(related), ...rest }
    },
  }
}
