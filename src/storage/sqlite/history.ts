import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type {
  Directory,
  DocumentRevision,
  HistoryEntry,
  Page,
  PageRequest,
  Timeline,
} from '../../domain/ports/directory.ts'
import type { MembershipEvent } from '../../domain/ports/history.ts'
import {
  type DocumentRow,
  type EventRow,
  findDocumentChanges,
  membershipEventsSql,
  toHistoryPage,
  toMembershipEvent,
  type VersionRow,
} from '../common/history.ts'
import { parsePosition } from '../common/paging.ts'
import { type TimelineRow, timelineRange, toTimeline } from '../common/timeline.ts'
import { countedTypes } from './counts.ts'
import type { Database } from './database.ts'
import { sqliteDialect } from './dialect.ts'
import { documentSql } from './version-documents.ts'

const eventsSql = membershipEventsSql(sqliteDialect)

export function createEventReader(db: Database) {
  const between = db.prepare<[number, number, string], EventRow>(
    `${eventsSql} where e.moment between ? and ? and e.exchange = ? order by e.moment`,
  )
  return (from: number, to: number, exchange: string): readonly MembershipEvent[] =>
    between.all(from, to, exchange).map(toMembershipEvent)
}

/** The number of versions that one statement reads: each may have 256 KiB. */
const rowsPerRead = 8

export function createHistoryReader(db: Database) {
  const versions = db.prepare<[number, number, number], VersionRow>(`
    select v.moment, v.version, v.action, v.at, v.exchange, v.via, ${documentSql(db)('v')} as document
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ?`)
  const eventsOf = (side: 'group_key' | 'member_key') =>
    db.prepare<[number, number, number], EventRow>(
      `${eventsSql} where e.${side} = ? and e.moment < ? order by e.moment desc limit ?`,
    )
  const eventsOfGroup = eventsOf('group_key')
  const eventsOfMember = eventsOf('member_key')

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
    const rows = await versionsBefore(key, before, limit + 1)
    const events = [
      ...eventsOfGroup.all(key, before, limit + 1),
      ...eventsOfMember.all(key, before, limit + 1),
    ]
    return toHistoryPage(rows, events, limit)
  }
}

export function createDocumentChanges(db: Database) {
  const versionsBefore = db.prepare<[number, number], DocumentRow>(`
    select v.moment, v.version, v.at, v.exchange, v.via, ${documentSql(db)('v')} as document
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ${rowsPerRead}`)

  return (key: number, limit: number, signal?: AbortSignal): Promise<readonly DocumentRevision[]> =>
    findDocumentChanges(limit, async moment => {
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
      return versionsBefore.all(key, moment)
    })
}

const momentsPerRead = 2_000

// An entry of the index is a fraction of a row of the table, so that far fewer pages are read.
const belongsToTenant = (key: string) => `(
  exists (
    select 1 from resources indexed by resources_by_type
    where tenant = @tenant and type in (select type from types) and key = ${key})
  or exists (select 1 from deleted_resources where key = ${key} and tenant = @tenant))`

type TimelineParameters = {
  tenant: number
  from: number
  until: number
  now: number
  parts: number
  first: number
  last: number
}

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
  const changes = db.prepare<[TimelineParameters], TimelineRow>(`
    with types (type) as materialized ${countedTypes}
    select case when at < @from then -1 when at > @until then @parts
      else max(0, min(@parts - 1, cast((at - @from) * @parts / max(1.0, @until - @from) as integer))) end as part,
      count(*) as n, min(at) as first, max(at) as last
    from (
      select v.at from versions v
      where v.moment > @first and v.moment <= @last and ${belongsToTenant('v.resource_key')}
      union all
      select e.at from membership_events e
      where e.moment > @first and e.moment <= @last and ${belongsToTenant('e.group_key')})
    where at <= @now group by part`)

  return async (tenant, query): Promise<Timeline> => {
    const { now, parts, signal } = query
    const range = timelineRange(query, beginning.get({ tenant }))
    const rows: TimelineRow[] = []
    const end = lastMoment.get() ?? 0
    for (let first = 0; first < end; first += momentsPerRead) {
      const last = Math.min(end, first + momentsPerRead)
      rows.push(...changes.all({ tenant, ...range, now, parts, first, last }))
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
    return toTimeline(range, parts, rows)
  }
}
