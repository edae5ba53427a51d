import { sharedSlices } from '../event-loop/slices.ts'
import { parsePosition, toPage } from '../persistence/paging.ts'
import { toRelated } from '../persistence/related.ts'
import type {
  Directory,
  DocumentRevision,
  HistoryEntry,
  Page,
  PageRequest,
  Timeline,
} from '../ports/directory.ts'
import type { MembershipEvent } from '../ports/history.ts'
import { compact } from '../scim/json.ts'
import type { Database } from './database.ts'
import { documentSql } from './version-documents.ts'

type VersionRow = {
  readonly moment: number
  readonly version: number
  readonly action: Extract<HistoryEntry, { kind: 'version' }>['action']
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

/** Members and groups have their current names, or their last one if they were deleted. */
const eventsWithNames = `
  select e.moment, e.event, e.at, e.exchange,
    coalesce(g.id, dg.id) as groupId, coalesce(g.type, dg.type) as groupType,
    coalesce(g.display, dg.display) as groupDisplay, e.member_id as memberId,
    coalesce(m.type, dm.type) as memberType, coalesce(m.display, dm.display) as memberDisplay
  from membership_events e
  left join resources g on g.key = e.group_key left join deleted_resources dg on dg.key = e.group_key
  left join resources m on m.key = e.member_key left join deleted_resources dm on dm.key = e.member_key`

const eventsWhere = (side: 'group_key' | 'member_key') =>
  `${eventsWithNames} where e.${side} = ? and e.moment < ? order by e.moment desc limit ?`

/** Reads the membership events of an exchange between two moments, in order. */
export function createEventReader(db: Database) {
  const between = db.prepare<[number, number, string], EventRow>(
    `${eventsWithNames} where e.moment between ? and ? and e.exchange = ? order by e.moment`,
  )
  return (from: number, to: number, exchange: string): readonly MembershipEvent[] =>
    between.all(from, to, exchange).map(toMembershipEvent)
}

/** The number of versions that one statement reads: each may have 256 KiB. */
const rowsPerRead = 8

/** Reads the history of a resource, newest first: its versions, and its memberships as a member and as a group. */
export function createHistoryReader(db: Database) {
  const document = documentSql(db)
  const versions = db.prepare<[number, number, number], VersionRow>(`
    select v.moment, v.version, v.action, v.at, v.exchange, ${document('v')} as document, (
      select ${document('b')} from versions b
      where b.resource_key = v.resource_key and b.moment < v.moment order by b.moment desc limit 1) as before
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ?`)
  const eventsOfGroup = db.prepare<[number, number, number], EventRow>(eventsWhere('group_key'))
  const eventsOfMember = db.prepare<[number, number, number], EventRow>(eventsWhere('member_key'))

  const versionsBefore = async (
    key: number,
    before: number,
    count: number,
  ): Promise<readonly VersionRow[]> => {
    const rows: VersionRow[] = []
    for (let position = before; rows.length < count; ) {
      const read = versions.all(key, position, Math.min(rowsPerRead, count - rows.length))
      rows.push(...read)
      const last = read.at(-1)
      if (!last || read.length < rowsPerRead) return rows
      position = last.moment
      if (sharedSlices.isOver()) await sharedSlices.next()
    }
    return rows
  }

  return async (key: number, { limit, cursor }: PageRequest): Promise<Page<HistoryEntry>> => {
    const before = parsePosition(cursor)
    const entries: Entry[] = [
      ...(await versionsBefore(key, before, limit + 1)).map(toVersion),
      ...eventsOfGroup.all(key, before, limit + 1).map(toMembership),
      ...eventsOfMember.all(key, before, limit + 1).map(toMembership),
    ]
    entries.sort((one, other) => other.moment - one.moment)
    const { items, next } = toPage(entries, limit, ({ moment }) => moment)
    return { items: items.map(({ entry }) => entry), ...compact({ next }) }
  }
}

/**
 * Reads the versions of a resource that changed its document, newest first; most versions of a group change
 * only members.
 */
export function createDocumentChanges(db: Database) {
  const versionsBelow = db.prepare<[number, number], DocumentRow>(`
    select v.moment, v.version, v.at, v.exchange, ${documentSql(db)('v')} as document
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ${rowsPerRead}`)

  return async (key: number, limit: number, signal?: AbortSignal): Promise<readonly DocumentRevision[]> => {
    const changes: DocumentRevision[] = []
    let later: DocumentRow | undefined
    for (let rows = versionsBelow.all(key, Number.MAX_SAFE_INTEGER); rows.length > 0; ) {
      for (const row of rows) {
        if (later) changes.push(...toDocumentRevision(later, row.document))
        if (changes.length === limit) return changes
        later = row
      }
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
      rows = versionsBelow.all(key, later?.moment ?? 0)
    }
    return later ? [...changes, ...toDocumentRevision(later, null)] : changes
  }
}

/** The change by a version; none for a deletion, and for a version with an unchanged document. */
const toDocumentRevision = (
  { version, at, exchange, document }: DocumentRow,
  before: string | null,
): readonly DocumentRevision[] =>
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

const toMembership = (row: EventRow): Entry => ({ moment: row.moment, entry: toMembershipEvent(row) })

const toMembershipEvent = (row: EventRow): MembershipEvent => ({
  kind: 'membership',
  event: row.event,
  at: row.at,
  ...(row.exchange !== null && { exchange: row.exchange }),
  group: toRelated({ id: row.groupId, type: row.groupType, display: row.groupDisplay }),
  member: toRelated({ id: row.memberId, type: row.memberType, display: row.memberDisplay }),
})

/** The number of moments that one statement reads. */
const momentsPerRead = 2_000

const belongsToTenant = (key: string) => `(
  exists (select 1 from resources where key = ${key} and tenant = @tenant)
  or exists (select 1 from deleted_resources where key = ${key} and tenant = @tenant))`

type TimelineParameters = {
  tenant: number
  from: number
  until: number
  parts: number
  first: number
  last: number
}

/** Counts the changes of a tenant over time. */
export function createTimeline(db: Database): Directory['timeline'] {
  const beginning = db
    .prepare<[{ tenant: number }], number | null>(`
      select min(created) from (
        select created from resources where key = (select min(key) from resources where tenant = @tenant)
        union all select created from deleted_resources where key = (select min(key) from deleted_resources where tenant = @tenant))`)
    .pluck()
  const lastMoment = db
    .prepare<[], number>(`
      select max(coalesce((select max(moment) from versions), 0),
        coalesce((select max(moment) from membership_events), 0))`)
    .pluck()
  const changes = db
    .prepare<[TimelineParameters], [part: number, n: number]>(`
      select max(0, min(@parts - 1, cast((at - @from) * @parts / max(1.0, @until - @from) as integer))) as part,
        count(*)
      from (
        select v.at from versions v
        where v.moment > @first and v.moment <= @last and ${belongsToTenant('v.resource_key')}
        union all
        select e.at from membership_events e
        where e.moment > @first and e.moment <= @last and ${belongsToTenant('e.group_key')})
      where at <= @until group by part`)
    .raw()

  return async (tenant, until, parts, signal): Promise<Timeline> => {
    const from = Math.min(until, beginning.get({ tenant }) ?? until)
    const counted = new Array<number>(parts).fill(0)
    const end = lastMoment.get() ?? 0
    for (let first = 0; first < end; first += momentsPerRead) {
      const last = Math.min(end, first + momentsPerRead)
      for (const [part, n] of changes.all({ tenant, from, until, parts, first, last })) {
        counted[part] = (counted[part] ?? 0) + n
      }
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
    return { from, until, changes: counted }
  }
}
