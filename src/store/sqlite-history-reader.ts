import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../database/sqlite.ts'
import type { DocumentChange, HistoryEntry, Page, PageRequest } from './directory.ts'
import type { MembershipEvent } from './effects.ts'
import { pageOf, positionIn } from './page-of.ts'
import { documentOf } from './sqlite-documents.ts'
import type { VersionRecord } from './sqlite-history.ts'
import { toRelated } from './sqlite-related.ts'

type VersionRow = {
  readonly moment: number
  readonly version: number
  readonly action: VersionRecord['action']
  readonly at: number
  readonly exchange: string | null
  readonly document: string | null
  readonly before: string | null
}

type DocumentRow = Pick<VersionRow, 'moment' | 'version' | 'at' | 'exchange' | 'document'>

type EventRow = {
  readonly moment: number
  readonly event: 'added' | 'removed'
  readonly at: number
  readonly exchange: string | null
  readonly groupId: string
  readonly groupType: string
  readonly groupDisplay: string
  readonly memberId: string
  readonly memberType: string | null
  readonly memberDisplay: string | null
}

type Entry = { readonly moment: number; readonly entry: HistoryEntry }

/** Who took part is named as it is now, or as it was when it left. */
const namedEvents = `
  select e.moment, e.event, e.at, e.exchange,
    coalesce(g.id, dg.id) as groupId, coalesce(g.type, dg.type) as groupType,
    coalesce(g.display, dg.display) as groupDisplay, e.member_id as memberId,
    coalesce(m.type, dm.type) as memberType, coalesce(m.display, dm.display) as memberDisplay
  from membership_events e
  left join resources g on g.key = e.group_key left join departed dg on dg.key = e.group_key
  left join resources m on m.key = e.member_key left join departed dm on dm.key = e.member_key`

const eventsWhere = (side: 'group_key' | 'member_key') =>
  `${namedEvents} where e.${side} = ? and e.moment < ? order by e.moment desc limit ?`

/** Reads the membership events that an exchange caused between two moments, in their order. */
export function createEventReader(db: Database) {
  const between = db.prepare<[number, number, string], EventRow>(
    `${namedEvents} where e.moment between ? and ? and e.exchange = ? order by e.moment`,
  )
  return (from: number, to: number, exchange: string): readonly MembershipEvent[] =>
    between.all(from, to, exchange).map(membershipOf)
}

/** Reads what happened to a resource: its versions, and its memberships from both sides. Newest first. */
export function createHistoryReader(db: Database) {
  const document = documentOf(db)
  const versions = db.prepare<[number, number, number], VersionRow>(`
    select v.moment, v.version, v.action, v.at, v.exchange, ${document('v')} as document, (
      select ${document('b')} from versions b
      where b.resource_key = v.resource_key and b.moment < v.moment order by b.moment desc limit 1) as before
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ?`)
  const eventsOfGroup = db.prepare<[number, number, number], EventRow>(eventsWhere('group_key'))
  const eventsOfMember = db.prepare<[number, number, number], EventRow>(eventsWhere('member_key'))

  return (key: number, { limit, cursor }: PageRequest): Page<HistoryEntry> => {
    const before = positionIn(cursor)
    const entries: Entry[] = [
      ...versions.all(key, before, limit + 1).map(toVersion),
      ...eventsOfGroup.all(key, before, limit + 1).map(toMembership),
      ...eventsOfMember.all(key, before, limit + 1).map(toMembership),
    ]
    entries.sort((one, other) => other.moment - one.moment)
    const { items, next } = pageOf(entries, limit, ({ moment }) => moment)
    return { items: items.map(({ entry }) => entry), ...(next !== undefined && { next }) }
  }
}

/** So many versions are read before requests are let through: each may be of 256 KiB. */
const readAtOnce = 16

/** Reads the versions of a resource that changed its document, newest first; of a group most change only members. */
export function createDocumentChanges(db: Database) {
  const versionsBelow = db.prepare<[number, number], DocumentRow>(`
    select v.moment, v.version, v.at, v.exchange, ${documentOf(db)('v')} as document
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ${readAtOnce}`)

  return async (key: number, limit: number): Promise<readonly DocumentChange[]> => {
    const changes: DocumentChange[] = []
    let later: DocumentRow | undefined
    for (let rows = versionsBelow.all(key, Number.MAX_SAFE_INTEGER); rows.length > 0; ) {
      for (const row of rows) {
        if (later) changes.push(...changeOf(later, row.document))
        if (changes.length === limit) return changes
        later = row
      }
      await nextTurn()
      rows = versionsBelow.all(key, later?.moment ?? 0)
    }
    return later ? [...changes, ...changeOf(later, null)] : changes
  }
}

/** The change by a version; none by a deletion, and by one that left the document as it was. */
const changeOf = (
  { version, at, exchange, document }: DocumentRow,
  before: string | null,
): readonly DocumentChange[] =>
  document === null || document === before
    ? []
    : [
        {
          version,
          at,
          ...(exchange !== null && { exchange }),
          document,
          ...(before !== null && { before }),
        },
      ]

const toVersion = ({ moment, version, action, at, exchange, document, before }: VersionRow): Entry => ({
  moment,
  entry: {
    kind: 'version',
    version,
    action,
    at,
    ...(exchange !== null && { exchange }),
    ...(document !== null && { document }),
    ...(before !== null && { before }),
  },
})

const toMembership = (row: EventRow): Entry => ({ moment: row.moment, entry: membershipOf(row) })

const membershipOf = (row: EventRow): MembershipEvent => ({
  kind: 'membership',
  event: row.event,
  at: row.at,
  ...(row.exchange !== null && { exchange: row.exchange }),
  group: toRelated({ id: row.groupId, type: row.groupType, display: row.groupDisplay }),
  member: toRelated({ id: row.memberId, type: row.memberType, display: row.memberDisplay }),
})
