import { parsePosition, toPage } from '../persistence/paging.ts'
import type { Writer } from '../ports/database.ts'
import type { Directory, Page, PageRequest, PurgeCandidate, Status } from '../ports/directory.ts'
import { compact } from '../scim/json.ts'
import type { RelatedResource } from '../scim/resource.ts'
import type { Database } from './database.ts'
import { createExchangeEffects } from './exchange-effects.ts'
import { createDocumentChanges, createHistoryReader, createTimeline } from './history.ts'
import { createHistoryView } from './history-view.ts'
import { createHistoryWriter } from './history-writer.ts'
import { createIdentities, type Identities } from './identities.ts'
import { type RelatedRow, toRelated } from './related.ts'
import { createTenantClearing } from './resource-rows.ts'
import { createStaleReader } from './stale.ts'

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

/** Purges retained records, or lists those that would be purged. */
function createPurge(db: Database, identities: Identities) {
  const history = createHistoryWriter(db)
  const retained = db.prepare<[number], RetainedRow>(
    `select key, id, version from deleted_resources where tenant = ? and state = 'retained' order by key`,
  )
  const retainedWithId = db.prepare<[number, string], RetainedRow>(
    `select key, id, version from deleted_resources where tenant = ? and id = ? and state = 'retained'`,
  )
  const forget = db.prepare(`update deleted_resources set state = 'purged', document = null where key = ?`)

  const recordsOf = (tenant: number, ids: readonly string[] | 'all'): readonly RetainedRow[] =>
    ids === 'all' ? retained.all(tenant) : [...new Set(ids)].flatMap(id => retainedWithId.all(tenant, id))

  return {
    purge: (tenant: number, now: number, ids: readonly string[] | 'all'): readonly string[] => {
      const records = recordsOf(tenant, ids)
      for (const { key, version } of records) {
        forget.run(key)
        // The deletion is one version, the purge the next.
        history.version({ key, version: version + 2, action: 'purged' }, { now })
      }
      return records.map(({ id }) => id)
    },

    purgeable: (tenant: number, ids: readonly string[] | 'all', limit: number) => {
      const records = recordsOf(tenant, ids)
      const shown: readonly PurgeCandidate[] = records
        .slice(0, limit)
        .flatMap(({ key }) => identities.at(key) ?? [])
      return { ids: records.map(({ id }) => id), records: shown }
    },
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
export function createDirectory(db: Database, writer: Writer): SqliteDirectory {
  const identities = createIdentities(db)
  const stale = createStaleReader(db, identities)
  const history = createHistoryReader(db)
  const documentChanges = createDocumentChanges(db)
  const timeline = createTimeline(db)
  const members = createMemberReader(db)
  const { purge, purgeable } = createPurge(db, identities)
  const counts = createCounts(db)
  const holds = createValueSearch(db)
  const lastSeen = createLastSeen(db, writer)
  const findLabel = createLabels(db)
  const effects = createExchangeEffects(db)

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
    documentChanges: async (tenant, type, id, limit, signal) => {
      const key = identities.keyOf(tenant, type, id)
      return key === undefined ? undefined : documentChanges(key, limit, signal)
    },
    timeline,
    historyView: createHistoryView(db),
    stale: async (tenant, query) => stale(tenant, query),
    purge: (tenant, now, ids) => writer.write(() => purge(tenant, now, ids)),
    purgeable: async (tenant, ids, limit) => purgeable(tenant, ids, limit),
    hasValue: async (tenant, type, path) => holds(tenant, type, path),
    counts: async tenant => counts(tenant),
    recordSeen: lastSeen.note,
    findLabel,
    ...createTenantClearing(db),
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
