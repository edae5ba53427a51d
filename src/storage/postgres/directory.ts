import type { Directory, Member, Page, PageRequest, ResourceCounts } from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import { type CountRow, toResourceCounts } from '../common/identities.ts'
import { parsePosition, toPage } from '../common/list-page.ts'
import { limitLongReads } from '../common/long-read-limit.ts'
import { planPurge } from '../common/plans/remove.ts'
import {
  type AuthorsRow,
  joiningExchangeSql,
  type MemberRow,
  toAuthors,
  toMember,
  toRelated,
} from '../common/related.ts'
import { createStaleReader, type StaleDialect } from '../common/stale.ts'
import type { Reads } from './connect.ts'
import { canStore, indexEntrySql, postgresDialect } from './dialect.ts'
import {
  createDocumentReader,
  createExchangeEffects,
  createHistoryReader,
  createTimeline,
} from './history.ts'
import { createHistoryRetention } from './history-retention.ts'
import { createHistoryView } from './history-view.ts'
import { createIdentities, type Identities } from './identities.ts'
import type { Lanes } from './lanes.ts'
import { createLastSeen } from './last-seen.ts'
import { createSearch, type LongReads, type RunSearch, readInPlace } from './long-reads.ts'
import { createSharedRead } from './resource-rows.ts'
import { prepared, toQuery } from './statement.ts'

export type PostgresDirectory = Directory & {
  flush(): Promise<void>
  close(): Promise<void>
}

type DirectoryOptions = {
  readonly purge: Directory['purge']
  /** `reads` by default. */
  readonly longReads?: LongReads
  readonly longWork?: number
  readonly onError?: (error: unknown) => void
}

/** The console is one client among others: it leaves a connection to the lists of clients. */
const consoleLimits = { maxRunning: 1, maxWaiting: 50 }

export function createPostgresDirectory(
  reads: Reads,
  { purge, longReads = readInPlace(reads), longWork, onError }: DirectoryOptions,
): PostgresDirectory {
  const search = createSearch(reads, limitLongReads(longReads, consoleLimits), longWork)
  const documents = createDocumentReader(reads)
  const identities = createIdentities(reads, search)
  const retention = createHistoryRetention(reads)
  const { history, documentChanges } = createHistoryReader(reads, documents, retention)
  const members = createMemberReader(reads)
  const lastSeen = createLastSeen(reads, compact({ onError }))

  /** Includes deleted resources. Undefined if there never was a resource. */
  const about =
    <Rest extends readonly unknown[], Result>(
      read: (tenant: number, key: number, ...rest: Rest) => Promise<Result>,
    ) =>
    async (tenant: number, type: string, id: string, ...rest: Rest): Promise<Result | undefined> => {
      const key = await identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : read(tenant, key, ...rest)
    }

  const stale = createStale(search, identities)
  return {
    effects: createExchangeEffects(reads, identities, documents),
    identities: identities.page,
    identity: identities.withId,
    members: about(members),
    memberCounts: createMemberCounter(search),
    history: about(history),
    documentChanges: about(documentChanges),
    authors: createAuthorsReader(reads),
    joined: createJoiningReader(reads),
    timeline: createTimeline(reads, search, retention),
    ...retention,
    historyView: createHistoryView(reads, documents),
    async stale(...query) {
      // The times of requests that this instance has responded to.
      await lastSeen.flush()
      return stale.page(...query)
    },
    async staleCounts(...query) {
      await lastSeen.flush()
      return stale.counts(...query)
    },
    purge,
    purgeable: createPurgePreview(reads, search, identities),
    hasValue: createValueSearch(search),
    counts: createCountReader(search),
    recordSeen: lastSeen.note,
    findLabel: createLabels(reads),
    flush: lastSeen.flush,
    close: lastSeen.close,
  }
}

function createAuthorsReader(reads: Reads): Directory['authors'] {
  const version = (order: 'asc' | 'desc') => `(
    select v.via from versions v where v.tenant = $1 and v.resource_key = k.key order by v.moment ${order} limit 1)`
  const authors = prepared(`
    select k.key, ${version('asc')} as created, ${version('desc')} as changed from unnest($2::bigint[]) k (key)`)
  return async (tenant, keys) => {
    const rows = await reads.query<AuthorsRow>(authors, [tenant, keys])
    return new Map(rows.map(row => [row.key, toAuthors(row)]))
  }
}

function createJoiningReader(reads: Reads): Directory['joined'] {
  const joined = prepared(`
    select k.key, e.at from unnest($3::bigint[]) k (key)
      cross join lateral (
        select e.at from membership_events e
        where e.tenant = $1 and e.member_key = k.key and e.group_key = $2 and e.event = 'added' and e.at <= $4
        order by e.moment desc limit 1) e`)
  return async (tenant, group, members, until) => {
    const rows = await reads.query<{ readonly key: number; readonly at: number }>(joined, [
      tenant,
      group,
      members,
      until,
    ])
    return new Map(rows.map(({ key, at }) => [key, at]))
  }
}

function createMemberReader(reads: Reads) {
  const membersBefore = prepared(`
    select m.key, coalesce(m.whole, m.member_id) as id, r.type, r.display, m.at as joined, m.via,
      ${joiningExchangeSql(postgresDialect)} as exchange
    from memberships m left join resources r on r.tenant = m.tenant and r.key = m.member_key
    where m.tenant = $1 and m.group_key = $2 and m.key < $3 order by m.key desc limit $4`)

  return async (tenant: number, group: number, { limit, cursor }: PageRequest): Promise<Page<Member>> => {
    const values = [tenant, group, parsePosition(cursor), limit + 1]
    const rows = await reads.query<MemberRow & { readonly key: number }>(membersBefore, values)
    const { items, next } = toPage(rows, limit, ({ key }) => key)
    return { items: items.map(row => toMember(row, toRelated(row))), ...compact({ next }) }
  }
}

function createValueSearch(search: RunSearch): Directory['hasValue'] {
  const found = prepared(`
    select 1 from resources cross join lateral (
      select document::jsonb as document, coalesce(secrets, '{}')::jsonb as secrets) r
    where tenant = $1 and type = $2 and (
      r.document #> $3::text[] is not null or r.secrets #> $3::text[] is not null
      or exists (
        select 1 from jsonb_array_elements(
          case jsonb_typeof(r.document #> $4::text[]) when 'array' then r.document #> $4::text[] else '[]' end) value
        where value -> $5::text is not null))
    limit 1`)
  return async (tenant, type, path) => {
    if (!path.every(canStore)) return false
    const values = [tenant, type, path, path.slice(0, -1), path.at(-1) ?? '']
    return (await search([tenant], { ...found, values })).length > 0
  }
}

type RetainedRow = { readonly key: number; readonly id: string }

function createPurgePreview(reads: Reads, search: RunSearch, identities: Identities): Directory['purgeable'] {
  const allRetained = prepared(
    `select key, id from deleted_resources where tenant = $1 and state = 'retained' order by key`,
  )
  const retainedWithIds = prepared(`
    select d.key, d.id from unnest($2::text[]) with ordinality i (id, nth)
      join deleted_resources d on d.tenant = $1 and d.id = i.id and d.state = 'retained'
    order by i.nth, d.key`)
  return async (tenant, ids, limit) => {
    const rows =
      ids === 'all'
        ? await search<RetainedRow>([tenant], { ...allRetained, values: [tenant] })
        : await reads.query<RetainedRow>(retainedWithIds, [tenant, [...new Set(ids)].filter(canStore)])
    const keys = rows.slice(0, limit).map(({ key }) => key)
    return { ids: rows.map(({ id }) => id), records: await identities.withKeys(tenant, keys) }
  }
}

function createCountReader(search: RunSearch) {
  const countsOf = prepared(`
    select tenant, type, 'stored' as state, sum(n) as n from counts where tenant = any($1::bigint[]) group by tenant, type
    union all
    select tenant, type, 'disabled', count(*) from resources
    where tenant = any($1::bigint[]) and not enabled group by tenant, type
    union all
    select tenant, type, state, count(*) from deleted_resources
    where tenant = any($1::bigint[]) group by tenant, type, state`)
  return async (tenants: readonly number[]): Promise<readonly ResourceCounts[]> => {
    const rows = await search<CountRow & { readonly tenant: number }>(tenants, {
      ...countsOf,
      values: [tenants],
    })
    const byTenant = Map.groupBy(rows, ({ tenant }) => tenant)
    return tenants.map(tenant => toResourceCounts(byTenant.get(tenant) ?? []))
  }
}

function createMemberCounter(search: RunSearch): Directory['memberCounts'] {
  const counts = prepared(`
    select group_key as key, count(*) as n from memberships
    where tenant = $1 and group_key = any($2::bigint[]) group by group_key`)
  return async (tenant, groups, signal) => {
    const query = { ...counts, values: [tenant, groups] }
    const rows = await search<{ readonly key: number; readonly n: number }>([tenant], query, signal)
    return new Map(rows.map(({ key, n }) => [key, n]))
  }
}

function createLabels(reads: Reads): Directory['findLabel'] {
  const labelOf = createSharedRead<{ readonly label: string | null }>(
    reads,
    prepared(`
      select x.nth, coalesce(
        (select r.label from resources r where r.tenant = x.tenant and r.id = x.id and r.type = x.type),
        (select d.label from deleted_resources d
          where d.tenant = x.tenant and d.id = x.id and d.type = x.type order by d.key desc limit 1)) as label
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality x (tenant, type, id, nth)`),
  )
  return async (tenant, type, id) =>
    canStore(id) ? ((await labelOf(tenant, type, id))?.label ?? undefined) : undefined
}

export const createPurge =
  (lanes: Lanes): Directory['purge'] =>
  (tenant, now, ids) =>
    lanes.run({ tenant, changes: [`purge ${tenant}`], plan: () => planPurge(tenant, now, ids) })

const dialect: StaleDialect = {
  ...postgresDialect,
  entryOf: indexEntrySql,
  countedTypes: '(select distinct type from counts where tenant = @tenant)',
  disabledResources: 'resources x',
}

const createStale = (search: RunSearch, { withKeys }: Pick<Identities, 'withKeys'>) =>
  createStaleReader(dialect, {
    read: (tenant, statement, signal) => search([tenant], toQuery(statement), signal),
    withKeys,
  })
