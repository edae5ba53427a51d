import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type {
  Directory,
  DocumentRevision,
  ExchangeEffects,
  ExchangeMoment,
  HistoryEntry,
  MembershipEvent,
  Page,
  PageRequest,
  PastResource,
  Timeline,
} from '../../domain/ports/directory.ts'
import {
  type DocumentRow,
  type EffectRow,
  type EventRow,
  findDocumentChanges,
  membershipEventsSql,
  type ResourceNameRow,
  type TimelineRow,
  timelineRange,
  toAffectedResources,
  toHistoryPage,
  toMembershipEvent,
  toPastResource,
  toTimeline,
  type VersionRow,
} from '../common/history.ts'
import { parsePosition } from '../common/list-page.ts'
import { applyDifference } from '../common/text-difference.ts'
import { countedTypes } from './counts.ts'
import type { Database } from './database.ts'
import { sqliteDialect } from './dialect.ts'

const eventsSql = membershipEventsSql(sqliteDialect)

function createEventReader(db: Database) {
  const between = db.prepare<[number, number, string], EventRow>(
    `${eventsSql} where e.moment between ? and ? and e.exchange = ? order by e.moment`,
  )
  return (from: number, to: number, exchange: string): readonly MembershipEvent[] =>
    between.all(from, to, exchange).map(toMembershipEvent)
}

/** The number of versions that one statement reads: each may have 256 KiB. */
const rowsPerRead = 8

type Retention = { readonly historySince: (tenant: number) => number | undefined }

export function createHistoryReader(db: Database, { historySince }: Retention) {
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

  return async (tenant: number, key: number, { limit, cursor }: PageRequest): Promise<Page<HistoryEntry>> => {
    const before = parsePosition(cursor)
    const rows = await versionsBefore(key, before, limit + 1)
    const events = [
      ...eventsOfGroup.all(key, before, limit + 1),
      ...eventsOfMember.all(key, before, limit + 1),
    ]
    return toHistoryPage(rows, events, limit, historySince(tenant))
  }
}

export function createDocumentChanges(db: Database, { historySince }: Retention) {
  const versionsBefore = db.prepare<[number, number], DocumentRow>(`
    select v.moment, v.version, v.at, v.exchange, v.via, ${documentSql(db)('v')} as document
    from versions v where v.resource_key = ? and v.moment < ? order by v.moment desc limit ${rowsPerRead}`)

  return (
    tenant: number,
    key: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly DocumentRevision[]> =>
    findDocumentChanges(
      limit,
      async moment => {
        if (sharedSlices.isOver()) await sharedSlices.next(signal)
        return versionsBefore.all(key, moment)
      },
      historySince(tenant),
    )
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

export function createTimeline(db: Database, { historySince }: Retention): Directory['timeline'] {
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
    const since = historySince(tenant)
    const range = timelineRange(query, beginning.get({ tenant }), since)
    const rows: TimelineRow[] = []
    const end = lastMoment.get() ?? 0
    for (let first = 0; first < end; first += momentsPerRead) {
      const last = Math.min(end, first + momentsPerRead)
      rows.push(...changes.all({ tenant, ...range, now, parts, first, last }))
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
    return toTimeline(range, parts, rows, since)
  }
}

export function documentSql(db: Database): (alias: string) => string {
  db.function('with_difference', { deterministic: true }, (before: unknown, difference: unknown) =>
    applyDifference(String(before), String(difference)),
  )
  return version => `
    case
      when ${version}.document is not null then ${version}.document
      when ${version}.difference is not null then with_difference(coalesce(${version}.previous_document, (
        select whole.document from versions whole
        where whole.resource_key = ${version}.resource_key and whole.moment < ${version}.moment
        and whole.document is not null order by whole.moment desc limit 1)), ${version}.difference)
      when ${version}.action = 'created' then coalesce((
        select next.previous_document from versions next
        where next.resource_key = ${version}.resource_key and next.moment > ${version}.moment
        order by next.moment limit 1), (
        select resource.document from resources resource where resource.key = ${version}.resource_key))
    end`
}

const maxVersionsBetween = 32

/**
 * Finds the effects of exchanges without an index on exchanges, which would slow down every write. The change
 * is searched among the newest versions of the exchange's target; its other changes are adjacent, since they
 * were written in one transaction.
 */
export function createExchangeEffects(db: Database): ExchangeEffects {
  // An existing resource, or the last one with the id.
  const existing = db.prepare<[number, string, string], ResourceNameRow>(
    'select key, type, id, label from resources where tenant = ? and type = ? and id = ?',
  )
  const deleted = db.prepare<[number, string, string], ResourceNameRow>(
    `select key, type, id, label from deleted_resources where tenant = ? and type = ? and id = ?
      order by key desc limit 1`,
  )
  const namedAt = db.prepare<[{ key: number }], ResourceNameRow>(`
    select key, type, id, label from resources where key = @key
    union all
    select key, type, id, label from deleted_resources where key = @key`)
  const typeOf = db.prepare<[{ tenant: number; id: string }], ResourceNameRow>(`
    select key, type, id, label from resources where tenant = @tenant and id = @id
    union all
    select * from (
      select key, type, id, label from deleted_resources where tenant = @tenant and id = @id order by key desc)`)
  const holders = db
    .prepare<[number, string, string, string], number>(
      'select resource from keys where tenant = ? and type = ? and attribute = ? and value = ?',
    )
    .pluck()
  const created = db
    .prepare<[number], number>('select at from versions where resource_key = ? order by moment limit 1')
    .pluck()
  const ownMoments = db
    .prepare<[{ key: number; exchange: string }], number>(`
      select moment from (
        select moment, exchange from versions
        where resource_key = @key and (exchange is null or exchange <= @exchange)
        order by moment desc limit ${maxVersionsBetween})
      where exchange = @exchange order by moment`)
    .pluck()
  const columns = `v.moment, v.resource_key as key, v.version, v.at, ${documentSql(db)('v')} as document`
  const previous = db.prepare<[number, number], EffectRow>(
    `select ${columns} from versions v where resource_key = ? and moment < ? order by moment desc limit 1`,
  )
  const latestBefore = db.prepare<[{ key: number } & ExchangeMoment], EffectRow>(`
    select ${columns} from versions v
    where resource_key = @key and (exchange < @exchange or (exchange is null and at <= @at))
    order by moment desc limit 1`)
  const versionsBetween = db.prepare<[number, number, string], EffectRow>(
    `select ${columns} from versions v where moment between ? and ? and exchange = ? order by moment`,
  )
  const neighbour = (direction: 'before' | 'after') => {
    const [beyond, order, choose] = direction === 'before' ? ['<', 'desc', 'max'] : ['>', 'asc', 'min']
    const nearest = (table: string) => `
      select * from (
        select moment from ${table} where moment ${beyond} @from and exchange is not @exchange
        order by moment ${order} limit 1)`
    return db
      .prepare<[{ from: number; exchange: string }], number | null>(
        `select ${choose}(moment) from (${nearest('versions')} union all ${nearest('membership_events')})`,
      )
      .pluck()
  }
  const lastOfOthers = neighbour('before')
  const nextOfOthers = neighbour('after')
  const events = createEventReader(db)

  const named = (tenant: number, type: string, id: string) =>
    existing.get(tenant, type, id) ?? deleted.get(tenant, type, id)

  const nameOf = (key: number) => namedAt.get({ key })

  const toState = (row: EffectRow, name = nameOf(row.key)): PastResource | undefined =>
    name && toPastResource(row, name, created.get(row.key) ?? row.at)

  const stateBefore = (
    key: number,
    moment: ExchangeMoment,
    name?: ResourceNameRow,
  ): PastResource | undefined => {
    const [own] = ownMoments.all({ key, exchange: moment.exchange })
    const row = own === undefined ? latestBefore.get({ key, ...moment }) : previous.get(key, own)
    return row && toState(row, name)
  }

  return {
    causedBy: async (tenant, type, id, { exchange }) => {
      const key = named(tenant, type, id)?.key
      const own = key === undefined ? [] : ownMoments.all({ key, exchange })
      const [first, last] = [own[0], own.at(-1)]
      if (key === undefined || first === undefined || last === undefined) {
        return { resources: [], memberships: [] }
      }
      const from = (lastOfOthers.get({ from: first, exchange }) ?? 0) + 1
      const to = (nextOfOthers.get({ from: last, exchange }) ?? Number.MAX_SAFE_INTEGER) - 1
      const resources = toAffectedResources(key, versionsBetween.all(from, to, exchange), {
        nameOf,
        stateBefore: ({ key, moment }) => {
          const row = previous.get(key, moment)
          return row && toState(row)
        },
      })
      return { resources, memberships: events(from, to, exchange) }
    },
    stateBefore: async (tenant, type, id, moment) => {
      const found = named(tenant, type, id)
      return found && stateBefore(found.key, moment, found)
    },
    typesBefore: async (tenant, ids, moment) =>
      new Map(
        ids.flatMap(id => {
          const found = typeOf.get({ tenant, id })
          return found && stateBefore(found.key, moment) ? [[id, found.type] as const] : []
        }),
      ),
    holdersBefore: async (tenant, type, { attribute, value }, moment) =>
      holders.all(tenant, type, attribute, value).flatMap(key => stateBefore(key, moment) ?? []),
  }
}
