import type { Writer } from '../../domain/ports/database.ts'
import type {
  Directory,
  Member,
  Page,
  PageRequest,
  PurgeCandidate,
  ResourceCounts,
} from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import type { Rows } from '../common/dialect.ts'
import { type CountRow, toResourceCounts } from '../common/identities.ts'
import { parsePosition, toPage } from '../common/list-page.ts'
import { longWork as defaultLongWork, entriesPerTest } from '../common/list-work.ts'
import { limitLongReads } from '../common/long-read-limit.ts'
import type { RetainedRecord } from '../common/plans/plan.ts'
import { planPurge } from '../common/plans/remove.ts'
import { joiningExchangeSql, type MemberRow, toMember, toRelated } from '../common/related.ts'
import { createStaleReader, type StaleDialect } from '../common/stale.ts'
import type { Connections } from './connections.ts'
import { countedTypes, createLastKey } from './counts.ts'
import type { Database } from './database.ts'
import { isWanted, longReadDialect, sqliteDialect } from './dialect.ts'
import {
  createDocumentChanges,
  createExchangeEffects,
  createHistoryReader,
  createTimeline,
} from './history.ts'
import { createHistoryRetention } from './history-retention.ts'
import { createHistoryView } from './history-view.ts'
import { createAuthorsReader, createIdentities, createJoiningReader, type Identities } from './identities.ts'
import { createRead, type Read } from './long-reads.ts'
import { createLastSeen } from './reading.ts'
import { createPurgeChanges, createRetainedQueries, runPlan } from './run-plan.ts'
import { toReadQuery } from './statements.ts'

/** Names contain no quotes or backslashes: RFC 7643 §2.1, and URNs. */
const jsonPath = (names: readonly string[]) => `$${names.map(name => `."${name}"`).join('')}`

function createValueSearch(read: Read, isLarge: () => boolean) {
  const text = `
    select 1 from resources where tenant = @tenant and type = @type and ${isWanted('key')} and (
      @whole = '$' or json_type(document, @whole) is not null
      or json_type(coalesce(secrets, '{}'), @whole) is not null
      or (json_type(document, @above) = 'array' and exists (
        select 1 from json_each(document, @above) each
        where case each.type when 'object' then json_type(each.value, @below) is not null else false end)))
    limit 1`

  return async (tenant: number, type: string, path: readonly string[]): Promise<boolean> => {
    const params = {
      tenant,
      type,
      whole: jsonPath(path),
      above: jsonPath(path.slice(0, -1)),
      below: jsonPath(path.slice(-1)),
    }
    const [found = []] = await read([{ text, params }], isLarge())
    return found.length > 0
  }
}

const retainedText = `select key, id, version from deleted_resources where tenant = @tenant and state = 'retained' order by key`

function createPurgePreview(db: Database, read: Read, isLarge: () => boolean, identities: Identities) {
  const { retained } = createRetainedQueries(db)
  const allRetained = async (tenant: number) => {
    const [rows = []] = await read([{ text: retainedText, params: { tenant } }], isLarge())
    return rows as readonly RetainedRecord[]
  }
  return async (tenant: number, ids: readonly string[] | 'all', limit: number) => {
    const records =
      ids === 'all' ? await allRetained(tenant) : [...new Set(ids)].flatMap(id => retained(tenant, id))
    const shown: readonly PurgeCandidate[] = records
      .slice(0, limit)
      .flatMap(({ key }) => identities.at(key) ?? [])
    return { ids: records.map(({ id }) => id), records: shown }
  }
}

const consoleLimits = { maxRunning: 2, maxWaiting: 50 }

/** The time that a statement takes which finds no rows, in tests on documents. */
const testsPerStatement = 20

export type SqliteDirectory = Directory & {
  /** To be called inside a write that replaced the rows of the tables. */
  readonly reload: () => void
}

export function createDirectory(
  { writes, reads, longReads }: Connections,
  writer: Writer,
  longWork = defaultLongWork,
): SqliteDirectory {
  const read = createRead(reads, limitLongReads(longReads, consoleLimits))
  const lastKey = createLastKey(reads)
  const isLarge = () => lastKey() >= longWork
  const isLong = (statements: number) =>
    statements * testsPerStatement + lastKey() / entriesPerTest >= longWork
  const identities = createIdentities(reads, read, isLarge)
  const stale = createStale(read, isLarge, identities)
  const retention = createHistoryRetention({ writes, reads }, writer)
  const history = createHistoryReader(reads, retention)
  const documentChanges = createDocumentChanges(reads, retention)
  const timeline = createTimeline(reads, retention)
  const members = createMemberReader(reads)
  const purging = { queries: createRetainedQueries(writes), changes: createPurgeChanges(writes) }
  const purgeable = createPurgePreview(reads, read, isLarge, identities)
  const counts = createCountReader(read, isLong)
  const hasValue = createValueSearch(read, isLarge)
  const lastSeen = createLastSeen(writes, writer)
  const findLabel = createLabels(reads)
  const effects = createExchangeEffects(reads)

  return {
    effects,
    identities: identities.page,
    identity: async (tenant, type, id) => identities.withId(tenant, type, id),
    members: async (tenant, type, id, page) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : members(key, page)
    },
    memberCounts: createMemberCounter(read, isLarge),
    history: async (tenant, type, id, page) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : history(tenant, key, page)
    },
    documentChanges: async (tenant, type, id, limit, signal) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : documentChanges(tenant, key, limit, signal)
    },
    authors: createAuthorsReader(reads),
    joined: createJoiningReader(reads),
    timeline,
    ...retention,
    historyView: createHistoryView(reads),
    stale: stale.page,
    staleCounts: stale.counts,
    purge: (tenant, now, ids) =>
      writer.writeInSlicesIfLong(() => runPlan(planPurge(tenant, now, ids), purging)),
    purgeable,
    hasValue,
    counts,
    recordSeen: lastSeen.note,
    findLabel,
    reload: lastSeen.forget,
  }
}

function createMemberReader(db: Database) {
  const membersBefore = db.prepare<[number, number, number], MemberRow & { key: number }>(`
    select m.key, m.member_id as id, r.type, r.display, m.at as joined, m.via,
      ${joiningExchangeSql(sqliteDialect)} as exchange
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key < ? order by m.key desc limit ?`)

  return (group: number, { limit, cursor }: PageRequest): Page<Member> => {
    const rows = membersBefore.all(group, parsePosition(cursor), limit + 1)
    const { items, next } = toPage(rows, limit, ({ key }) => key)
    return { items: items.map(row => toMember(row, toRelated(row))), ...compact({ next }) }
  }
}

const memberCountsText = `
  select group_key as key, count(*) as n from memberships
  where group_key in (select value from json_each(@groups)) group by group_key`

/** Counts in the index of groups: in a thread if there are many resources, for groups can have all users. */
function createMemberCounter(read: Read, isLarge: () => boolean): Directory['memberCounts'] {
  return async (_tenant, groups, signal) => {
    const [rows = []] = await read(
      [{ text: memberCountsText, params: { groups: JSON.stringify(groups) } }],
      isLarge(),
      signal,
    )
    return new Map((rows as readonly { key: number; n: number }[]).map(({ key, n }) => [key, n]))
  }
}

function createLabels(db: Database) {
  const present = db
    .prepare<[number, string, string], string>(
      'select label from resources where tenant = ? and id = ? and type = ?',
    )
    .pluck()
  const deleted = db
    .prepare<[number, string, string], string>(
      'select label from deleted_resources where tenant = ? and id = ? and type = ? order by key desc limit 1',
    )
    .pluck()
  return (tenant: number, type: string, id: string): string | undefined =>
    present.get(tenant, id, type) ?? deleted.get(tenant, id, type)
}

/** The stored number of resources includes disabled ones. Indexes list the others, so that no row is read. */
const countsText = `
  select type, 'stored' as state, sum(n) as n from counts where tenant = @tenant group by type
  union all
  select type, 'disabled', count(*) from resources where tenant = @tenant and enabled = 0 group by type
  union all
  select type, state, count(*) from deleted_resources where tenant = @tenant group by type, state`

function createCountReader(read: Read, isLong: (statements: number) => boolean) {
  return async (tenants: readonly number[]): Promise<readonly ResourceCounts[]> => {
    const queries = tenants.map(tenant => ({ text: countsText, params: { tenant } }))
    const rows = await read(queries, isLong(tenants.length))
    return rows.map(found => toResourceCounts(found as readonly CountRow[]))
  }
}

const dialect: StaleDialect = {
  ...longReadDialect,
  entryOf: text => text,
  countedTypes,
  // SQLite would read all resources by ID.
  disabledResources: 'resources x indexed by resources_disabled',
}

/** `isLarge` returns whether reading all identities takes long. */
const createStale = (read: Read, isLarge: () => boolean, identities: Pick<Identities, 'at'>) =>
  createStaleReader(dialect, {
    async read(_tenant, statement, signal) {
      const [rows = []] = await read([toReadQuery(statement)], isLarge(), signal)
      return rows as Rows
    },
    withKeys: async (_tenant, keys) => keys.flatMap(key => identities.at(key) ?? []),
  })
