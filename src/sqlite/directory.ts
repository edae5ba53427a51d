import { setImmediate as nextTurn } from 'node:timers/promises'
import { parsePosition, toPage } from '../persistence/paging.ts'
import type { SlicedJob, Writer } from '../ports/database.ts'
import type { Directory, Page, PageRequest, PurgeCandidate, Status } from '../ports/directory.ts'
import { compact } from '../scim/json.ts'
import type { RelatedResource } from '../scim/resource.ts'
import type { Connections, Database } from './database.ts'
import { createExchangeEffects } from './exchange-effects.ts'
import { createDocumentChanges, createHistoryReader, createTimeline } from './history.ts'
import { createHistoryView } from './history-view.ts'
import { createHistoryWriter } from './history-writer.ts'
import { createIdentities, type Identities } from './identities.ts'
import { type RelatedRow, toRelated } from './related.ts'
import { createStaleReader } from './stale.ts'
import { createTenantClearing } from './tenant-clearing.ts'

type ValueSearchParameters = { tenant: number; type: string; whole: string; above: string; below: string }

/** Names contain no quotes or backslashes: RFC 7643 §2.1, and URNs. */
const jsonPath = (names: readonly string[]) => `$${names.map(name => `."${name}"`).join('')}`

/** Looks for a resource with a value at a path; the last name may be a sub-attribute of the values of a list. */
function createValueSearch(db: Database) {
  const holding = db
    .prepare<[ValueSearchParameters], number>(`
      select exists (
        select 1 from resources where tenant = @tenant and type = @type and (
          @whole = '$' or json_type(document, @whole) is not null
          or json_type(coalesce(secrets, '{}'), @whole) is not null
          or (json_type(document, @above) = 'array' and exists (
            select 1 from json_each(document, @above) each
            where case each.type when 'object' then json_type(each.value, @below) is not null else false end))))`)
    .pluck()

  return (tenant: number, type: string, path: readonly string[]): boolean =>
    holding.get({
      tenant,
      type,
      whole: jsonPath(path),
      above: jsonPath(path.slice(0, -1)),
      below: jsonPath(path.slice(-1)),
    }) === 1
}

type RetainedRow = { readonly key: number; readonly id: string; readonly version: number }

/** Read at once, in less than a millisecond. */
const recordsPerPortion = 200
/** Records that are purged between two yields of a job: about a millisecond. */
const purgesPerStep = 50

/** Reads retained records in portions: there may be as many as users. */
function createRetainedReader(db: Database) {
  const typeAfter = db
    .prepare<[number, string], string | null>(
      'select min(type) from deleted_resources where tenant = ? and type > ?',
    )
    .pluck()
  const retainedAfter = db.prepare<[number, string, number], RetainedRow>(`
    select key, id, version from deleted_resources
    where tenant = ? and type = ? and state = 'retained' and key > ? order by key limit ${recordsPerPortion}`)
  const retainedWithId = db.prepare<[number, string], RetainedRow>(
    `select key, id, version from deleted_resources where tenant = ? and id = ? and state = 'retained'`,
  )

  function* allRetained(tenant: number): Generator<readonly RetainedRow[]> {
    for (let type = typeAfter.get(tenant, ''); typeof type === 'string'; type = typeAfter.get(tenant, type)) {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const rows: readonly RetainedRow[] = retainedAfter.all(tenant, type, after)
        yield rows
        after = rows[recordsPerPortion - 1]?.key
      }
    }
  }

  function* retainedWithIds(tenant: number, ids: readonly string[]): Generator<readonly RetainedRow[]> {
    for (const id of new Set(ids)) yield retainedWithId.all(tenant, id)
  }

  return (tenant: number, ids: readonly string[] | 'all'): Generator<readonly RetainedRow[]> =>
    ids === 'all' ? allRetained(tenant) : retainedWithIds(tenant, ids)
}

const byKey = (one: RetainedRow, other: RetainedRow) => one.key - other.key

/** Purges retained records. */
function createPurge(db: Database) {
  const retained = createRetainedReader(db)
  const history = createHistoryWriter(db)
  const forget = db.prepare(`update deleted_resources set state = 'purged', document = null where key = ?`)

  return function* (
    tenant: number,
    now: number,
    ids: readonly string[] | 'all',
  ): SlicedJob<readonly string[]> {
    const purged: RetainedRow[] = []
    for (const records of retained(tenant, ids)) {
      for (const record of records) {
        const { key, version } = record
        forget.run(key)
        // The deletion is one version, the purge the next.
        history.version({ key, version: version + 2, action: 'purged' }, { now })
        if (purged.push(record) % purgesPerStep === 0) yield
      }
    }
    return (ids === 'all' ? purged.sort(byKey) : purged).map(({ id }) => id)
  }
}

/** Lists the retained records that would be purged. */
function createPurgePreview(db: Database, identities: Identities) {
  const retained = createRetainedReader(db)
  return async (tenant: number, ids: readonly string[] | 'all', limit: number) => {
    const records: RetainedRow[] = []
    for (const portion of retained(tenant, ids)) {
      records.push(...portion)
      if (portion.length === recordsPerPortion) await nextTurn()
    }
    if (ids === 'all') records.sort(byKey)
    const shown: readonly PurgeCandidate[] = records
      .slice(0, limit)
      .flatMap(({ key }) => identities.at(key) ?? [])
    return { ids: records.map(({ id }) => id), records: shown }
  }
}

export type SqliteDirectory = Directory & {
  /** Deletes all resources of a tenant and their history. To be called inside a write. */
  readonly clear: (tenant: number) => void
  /** The same for all tenants. */
  readonly clearAll: () => void
  /** To be called inside a write that replaced the rows of the tables. */
  readonly reload: () => void
}

/** The directory as the console shows it, over the tables of `createResourceStore`. */
export function createDirectory({ writes, reads }: Connections, writer: Writer): SqliteDirectory {
  const identities = createIdentities(reads)
  const stale = createStaleReader(reads, identities)
  const history = createHistoryReader(reads)
  const documentChanges = createDocumentChanges(reads)
  const timeline = createTimeline(reads)
  const members = createMemberReader(reads)
  const purge = createPurge(writes)
  const purgeable = createPurgePreview(reads, identities)
  const counts = createCounts(reads)
  const holds = createValueSearch(reads)
  const lastSeen = createLastSeen(writes, writer)
  const findLabel = createLabels(reads)
  const effects = createExchangeEffects(reads)

  return {
    effects,
    identities: async (tenant, type, query) => identities.page(tenant, type, query),
    identity: async (tenant, type, id) => identities.withId(tenant, type, id),
    members: async (tenant, type, id, page) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : members(key, page)
    },
    history: async (tenant, type, id, page) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : history(key, page)
    },
    documentChanges: async (tenant, type, id, limit) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : documentChanges(key, limit)
    },
    timeline,
    historyView: createHistoryView(reads),
    stale: async (tenant, query) => stale(tenant, query),
    purge: (tenant, now, ids) => writer.writeInSlicesIfLong(() => purge(tenant, now, ids)),
    purgeable,
    hasValue: async (tenant, type, path) => holds(tenant, type, path),
    counts: async tenant => counts(tenant),
    recordSeen: lastSeen.note,
    findLabel,
    ...createTenantClearing(writes),
    reload: lastSeen.forget,
  }
}

function createMemberReader(db: Database) {
  const membersBefore = db.prepare<[number, number, number], RelatedRow & { key: number }>(`
    select m.key, m.member_id as id, r.type, r.display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key < ? order by m.key desc limit ?`)

  return (group: number, { limit, cursor }: PageRequest): Page<RelatedResource> => {
    const rows = membersBefore.all(group, parsePosition(cursor), limit + 1)
    const { items, next } = toPage(rows, limit, ({ key }) => key)
    return { items: items.map(toRelated), ...compact({ next }) }
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
  return async (tenant: number, type: string, id: string): Promise<string | undefined> =>
    present.get(tenant, id, type) ?? deleted.get(tenant, id, type)
}

function createCounts(db: Database) {
  const countsOf = db.prepare<[{ tenant: number }], { type: string; status: Status; n: number }>(`
    select type, 'active' as status, n from counts where tenant = @tenant
    union all
    select type, 'disabled', count(*) from resources where tenant = @tenant and enabled = 0 group by type
    union all
    select type, case state when 'retained' then 'retained' else 'removed' end, count(*)
    from deleted_resources where tenant = @tenant group by 1, 2`)

  return (tenant: number): Readonly<Record<string, Readonly<Record<Status, number>>>> => {
    const byType: Record<string, Record<Status, number>> = {}
    for (const { type, status, n } of countsOf.all({ tenant })) {
      byType[type] ??= { active: 0, disabled: 0, retained: 0, removed: 0 }
      const counts = byType[type]
      counts[status] += n
      // The stored number includes both.
      if (status === 'disabled') counts.active -= n
    }
    return byType
  }
}

function createLastSeen(db: Database, writer: Writer) {
  // The resource may no longer exist: a reset or a restore can precede this in the same commit.
  const store = db.prepare(`
    insert into last_seen (key, at) select @key, @at
    where exists (select 1 from resources where key = @key) or exists (select 1 from deleted_resources where key = @key)
    on conflict do update set at = max(at, excluded.at)`)
  let pending = new Map<number, number>()

  const storePending = () => {
    const rows = pending
    pending = new Map()
    for (const [key, at] of rows) store.run({ key, at })
  }

  return {
    note: (keys: readonly number[], at: number): void => {
      if (keys.length === 0) return
      // One job for all resources until the next commit.
      if (pending.size === 0) writer.defer(storePending)
      for (const key of keys) pending.set(key, Math.max(at, pending.get(key) ?? 0))
    },
    /** Drops what is not stored yet: its keys may belong to other resources now. */
    forget: (): void => pending.clear(),
  }
}
