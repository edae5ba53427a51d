import { mapInSlices } from '../../domain/event-loop/slices.ts'
import type {
  Directory,
  DocumentRevision,
  ExchangeEffects,
  ExchangeMoment,
  HistoryEntry,
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
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { RunSearch } from './long-reads.ts'
import { numberPlaceholders, prepared } from './statement.ts'

const eventsSql = membershipEventsSql(postgresDialect)

/** The number of versions that one statement reads while changes are searched: each may have 256 KiB. */
const versionsPerRead = 32

type Retention = Pick<Directory, 'historySince'>

export function createHistoryReader(reads: Reads, documents: DocumentReader, { historySince }: Retention) {
  const versionsOf = prepared(`
    select v.version, v.action, v.at, v.exchange, v.via, ${textColumns('v')} from versions v
    where v.tenant = $1 and v.resource_key = $2 and v.moment < $3 order by v.moment desc limit $4`)
  const eventsOf = (side: 'group_key' | 'member_key') =>
    prepared(
      numberPlaceholders(
        `${eventsSql} where e.tenant = ? and e.${side} = ? and e.moment < ? order by e.moment desc limit ?`,
      ),
    )
  const eventsOfGroup = eventsOf('group_key')
  const eventsOfMember = eventsOf('member_key')

  type StoredVersion = Omit<VersionRow, 'document'> & VersionText

  return {
    history: async (tenant: number, key: number, page: PageRequest): Promise<Page<HistoryEntry>> => {
      const { limit, cursor } = page
      const values = [tenant, key, parsePosition(cursor), limit + 1]
      const since = await historySince(tenant)
      const [versions = [], ofGroup = [], ofMember = []] = await reads.snapshot(
        [versionsOf, eventsOfGroup, eventsOfMember].map(statement => ({ ...statement, values })),
      )
      const rows = await documents(tenant, versions as readonly StoredVersion[])
      return toHistoryPage(rows, [...ofGroup, ...ofMember] as readonly EventRow[], limit, since)
    },

    documentChanges: async (
      tenant: number,
      key: number,
      limit: number,
      signal?: AbortSignal,
    ): Promise<readonly DocumentRevision[]> => {
      const versionsBefore = async (moment: number): Promise<readonly DocumentRow[]> => {
        signal?.throwIfAborted()
        return documents(
          tenant,
          await reads.query<StoredVersion>(versionsOf, [tenant, key, moment, versionsPerRead]),
        )
      }
      return findDocumentChanges(limit, versionsBefore, await historySince(tenant))
    },
  }
}

/** The base of a difference is in this row or, if `base` is a moment, in that version. A deletion has no document. */
export type VersionText = {
  readonly key: number
  readonly moment: number
  readonly text: string | null
  readonly difference: string | null
  readonly base: number | null
}

export const textColumns = (v: string): string => `
  ${v}.resource_key as key, ${v}.moment, ${v}.difference,
  case
    when ${v}.document is not null then ${v}.document
    when ${v}.difference is not null then ${v}.previous_document
    when ${v}.action = 'created' then coalesce((
      select next.previous_document from versions next
      where next.tenant = ${v}.tenant and next.resource_key = ${v}.resource_key and next.moment > ${v}.moment
      order by next.moment limit 1), (
      select resource.document from resources resource
      where resource.tenant = ${v}.tenant and resource.key = ${v}.resource_key))
  end as text,
  case when ${v}.document is null and ${v}.difference is not null and ${v}.previous_document is null then (
    select whole.moment from versions whole
    where whole.tenant = ${v}.tenant and whole.resource_key = ${v}.resource_key and whole.moment < ${v}.moment
      and whole.document is not null order by whole.moment desc limit 1)
  end as base`

type Base = { readonly key: number; readonly moment: number }
type WithDocument = { readonly document: string | null }

export function createDocumentReader(reads: Reads) {
  const documents = prepared(`
    select v.moment, v.document from unnest($2::bigint[], $3::bigint[]) x (key, moment)
      join versions v on v.tenant = $1 and v.resource_key = x.key and v.moment = x.moment`)

  const readBases = async (tenant: number, bases: readonly Base[]): Promise<ReadonlyMap<number, string>> => {
    if (bases.length === 0) return new Map()
    const rows = await reads.query<{ readonly moment: number; readonly document: string }>(documents, [
      tenant,
      bases.map(({ key }) => key),
      bases.map(({ moment }) => moment),
    ])
    return new Map(rows.map(({ moment, document }) => [moment, document]))
  }

  return async <Row extends VersionText>(
    tenant: number,
    rows: readonly Row[],
  ): Promise<readonly (Row & WithDocument)[]> => {
    const bases = new Map(
      rows.flatMap(({ key, base }): readonly [number, Base][] =>
        base === null ? [] : [[base, { key, moment: base }]],
      ),
    )
    const read = await readBases(tenant, [...bases.values()])
    return mapInSlices(rows, row => {
      const text = row.base === null ? row.text : (read.get(row.base) ?? null)
      const document = text === null || row.difference === null ? text : applyDifference(text, row.difference)
      return { ...row, document }
    })
  }
}

export type DocumentReader = ReturnType<typeof createDocumentReader>

type NamedVersion = VersionText & Pick<EffectRow, 'version' | 'at'> & ResourceNameRow

type State = VersionText &
  Pick<EffectRow, 'version' | 'at'> &
  Pick<ResourceNameRow, 'id' | 'type'> & { readonly created: number }

const names = 'r.tenant, r.key, r.type, r.id, r.label'
const anyResource = `(select ${names} from resources r union all select ${names} from deleted_resources r)`

const newestVersions = (condition: string) => `
  select n.type, n.id, v.*,
    (select f.at from versions f where f.tenant = n.tenant and f.resource_key = n.key order by f.moment limit 1) as created
  from ${anyResource} n join x on n.tenant = $1 and n.key = x.key
    cross join lateral (
      select v.version, v.at, ${textColumns('v')} from versions v
      where v.tenant = $1 and v.resource_key = x.key and ${condition}
      order by v.moment desc limit 1) v`

/** States of more resources take too long for connections whose statements are short. */
const manyKeys = 100

/**
 * Finds the effects of exchanges by the indexes on exchanges. The analysis does so for each write: planning these statements takes
 * ten times as long as running them, so they run where plans are kept.
 */
export function createExchangeEffects(
  reads: Reads,
  { keyOf }: Pick<Identities, 'keyOf'>,
  documents: DocumentReader,
): ExchangeEffects {
  const versionsOf = prepared(`
    select ${textColumns('v')}, v.version, v.at, coalesce(r.type, d.type) as type, coalesce(r.id, d.id) as id,
      coalesce(r.label, d.label) as label
    from versions v
      left join resources r on r.tenant = v.tenant and r.key = v.resource_key
      left join deleted_resources d on d.tenant = v.tenant and d.key = v.resource_key
    where v.tenant = $1 and v.exchange = $2 order by v.moment`)
  const eventsOf = prepared(`${eventsSql} where e.tenant = $1 and e.exchange = $2 order by e.moment`)
  const versionsBefore = prepared(`
    with x as (select * from unnest($2::bigint[], $3::bigint[]) x (key, moment))
    ${newestVersions('v.moment < x.moment')}`)
  // The state before the versions of the exchange, or before its time if it has none.
  const statesBefore = prepared(`
    with x as (
      select k.key, (
        select min(v.moment) from versions v
        where v.tenant = $1 and v.exchange = $3 and v.resource_key = k.key) as own
      from unnest($2::bigint[]) k (key))
    ${newestVersions(`case when x.own is null then v.exchange < $3 or (v.exchange is null and v.at <= $4)
      else v.moment < x.own end`)}`)
  // An ID has an existing resource, or the last one that had it.
  const withIds = prepared(`
    select distinct on (id) key, id, type from (
      select key, id, type, false as deleted from resources where tenant = $1 and id = any($2::text[])
      union all select key, id, type, true from deleted_resources where tenant = $1 and id = any($2::text[])) x
    order by id, deleted, key desc`)
  const holders = prepared(
    `select resource as key from keys
      where tenant = $1 and type = $2 and attribute = $3 and value = $4 order by resource`,
  )

  const queryFor = ({ length }: { readonly length: number }) =>
    length > manyKeys ? reads.query : reads.queryByKey

  const toStates = async (
    tenant: number,
    rows: readonly State[],
  ): Promise<ReadonlyMap<number, PastResource>> =>
    new Map(
      (await documents(tenant, rows)).flatMap(row => {
        const state = toPastResource(row, row, row.created)
        return state ? [[row.key, state] as const] : []
      }),
    )

  const statesAt = async (
    tenant: number,
    keys: readonly number[],
    { exchange, at }: ExchangeMoment,
  ): Promise<ReadonlyMap<number, PastResource>> =>
    keys.length === 0
      ? new Map()
      : toStates(tenant, await queryFor(keys)<State>(statesBefore, [tenant, keys, exchange, at]))

  return {
    causedBy: async (tenant, type, id, { exchange }) => {
      const key = await keyOf(tenant, type, id)
      if (key === undefined) return { resources: [], memberships: [] }
      const values = [tenant, exchange]
      const [found = [], events = []] = await reads.snapshot([
        { ...versionsOf, values },
        { ...eventsOf, values },
      ])
      const versions = await documents(tenant, found as readonly NamedVersion[])
      if (!versions.some(version => version.key === key)) return { resources: [], memberships: [] }
      const firsts = [...Map.groupBy(versions, version => version.key).values()].flatMap(
        ([first]) => first ?? [],
      )
      const before = await toStates(
        tenant,
        await queryFor(firsts)<State>(versionsBefore, [
          tenant,
          firsts.map(({ key }) => key),
          firsts.map(({ moment }) => moment),
        ]),
      )
      const byKey = new Map(firsts.map(first => [first.key, first]))
      const resources = toAffectedResources(key, versions, {
        nameOf: key => byKey.get(key),
        stateBefore: ({ key }) => before.get(key),
      })
      return { resources, memberships: (events as readonly EventRow[]).map(toMembershipEvent) }
    },

    stateBefore: async (tenant, type, id, moment) => {
      const key = await keyOf(tenant, type, id)
      return key === undefined ? undefined : (await statesAt(tenant, [key], moment)).get(key)
    },

    typesBefore: async (tenant, ids, moment) => {
      const found = await queryFor(ids)<Pick<ResourceNameRow, 'key' | 'id' | 'type'>>(withIds, [
        tenant,
        ids.filter(canStore),
      ])
      const states = await statesAt(
        tenant,
        found.map(({ key }) => key),
        moment,
      )
      return new Map(found.flatMap(({ key, id, type }) => (states.has(key) ? [[id, type] as const] : [])))
    },

    holdersBefore: async (tenant, type, { attribute, value }, moment) => {
      if (!canStore(value)) return []
      const entry = postgresDialect.indexEntry(value)
      const found = await reads.queryByKey<{ readonly key: number }>(holders, [
        tenant,
        type,
        attribute,
        entry,
      ])
      const keys = found.map(({ key }) => key)
      const states = await statesAt(tenant, keys, moment)
      return keys.flatMap(key => states.get(key) ?? [])
    },
  }
}

export function createTimeline(
  reads: Reads,
  search: RunSearch,
  { historySince }: Retention,
): Directory['timeline'] {
  const firstCreated = prepared(`
    select min(created) as created from (
      (select created from resources where tenant = $1 order by key limit 1)
      union all (select created from deleted_resources where tenant = $1 order by key limit 1)) first`)
  const changesOf = prepared(`
    select case when at < $2::bigint then -1 when at > $3::bigint then $4::bigint
      else greatest(0, least($4::bigint - 1, (at - $2::bigint) * $4::bigint / greatest(1, $3::bigint - $2::bigint))) end as part,
      count(*) as n, min(at) as first, max(at) as last
    from (
      select at from versions where tenant = $1 and at <= $5
      union all select at from membership_events where tenant = $1 and at <= $5) changes
    group by part`)

  return async (tenant, query): Promise<Timeline> => {
    const { now, parts, signal } = query
    const [first] = await reads.query<{ readonly created: number | null }>(firstCreated, [tenant])
    const since = await historySince(tenant)
    const range = timelineRange(query, first?.created, since)
    const values = [tenant, range.from, range.until, parts, now]
    const rows = await search<TimelineRow>([tenant], { ...changesOf, values }, signal)
    return toTimeline(range, parts, rows, since)
  }
}
