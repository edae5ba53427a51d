import type { Database } from '../database/sqlite.ts'
import type { Writer } from '../database/writer.ts'
import type { Related } from '../scim/resource.ts'
import type { Directory, Page, PageRequest, Status } from './directory.ts'
import { pageOf, positionIn } from './page-of.ts'
import { createClear } from './sqlite-clear.ts'
import { createEffects } from './sqlite-effects.ts'
import { createDocumentChanges, createHistoryReader } from './sqlite-history-reader.ts'
import { createHolds } from './sqlite-holds.ts'
import { createIdentities } from './sqlite-identities.ts'
import { createPast } from './sqlite-past.ts'
import { createPurge } from './sqlite-purge.ts'
import { type RelatedRow, toRelated } from './sqlite-related.ts'
import { createStaleReader } from './sqlite-stale.ts'
import { createTimeline } from './sqlite-timeline.ts'

export type SqliteDirectory = Directory & {
  /** Deletes every resource of a tenant and all its history. To be called inside a write. */
  readonly clear: (tenant: number) => void
  /** The same of all tenants. */
  readonly clearAll: () => void
  /** To be called inside the write that has put other rows into the tables than the directory's own. */
  readonly reread: () => void
}

/** The directory as people see it, over the tables of `createSqliteStore`. */
export function createSqliteDirectory(db: Database, writer: Writer): SqliteDirectory {
  const identities = createIdentities(db)
  const stale = createStaleReader(db, identities)
  const history = createHistoryReader(db)
  const documentChanges = createDocumentChanges(db)
  const timeline = createTimeline(db)
  const members = createMemberReader(db)
  const { purge, purgeable } = createPurge(db, identities)
  const counts = createCounts(db)
  const holds = createHolds(db)
  const sightings = createSightings(db, writer)
  const labelOf = createLabels(db)
  const effects = createEffects(db)

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
    past: createPast(db),
    stale: async (tenant, query) => stale(tenant, query),
    purge: (tenant, now, ids) => writer.write(() => purge(tenant, now, ids)),
    purgeable: async (tenant, ids, limit) => purgeable(tenant, ids, limit),
    holds: async (tenant, type, path) => holds(tenant, type, path),
    counts: async tenant => counts(tenant),
    seen: sightings.note,
    labelOf,
    ...createClear(db),
    reread: sightings.forget,
  }
}

function createMemberReader(db: Database) {
  const membersBefore = db.prepare<[number, number, number], RelatedRow & { key: number }>(`
    select m.key, m.member_id as id, r.type, r.display
    from memberships m left join resources r on r.key = m.member_key
    where m.group_key = ? and m.key < ? order by m.key desc limit ?`)

  return (group: number, { limit, cursor }: PageRequest): Page<Related> => {
    const rows = membersBefore.all(group, positionIn(cursor), limit + 1)
    const { items, next } = pageOf(rows, limit, ({ key }) => key)
    return { items: items.map(toRelated), ...(next !== undefined && { next }) }
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
      'select label from departed where tenant = ? and id = ? and type = ? order by key desc limit 1',
    )
    .pluck()
  return (tenant: number, type: string, id: string): string | undefined =>
    present.get(tenant, id, type) ?? deleted.get(tenant, id, type)
}

function createCounts(db: Database) {
  const countsOf = db.prepare<[{ tenant: number }], { type: string; status: Status; n: number }>(`
    select type, 'active' as status, n from counts where tenant = @tenant
    union all
    select type, 'disabled', count(*) from resources where tenant = @tenant and enabled = 0 group by type
    union all
    select type, case state when 'retained' then 'retained' else 'removed' end, count(*)
    from departed where tenant = @tenant group by 1, 2`)

  return (tenant: number): Readonly<Record<string, Readonly<Record<Status, number>>>> => {
    const byType: Record<string, Record<Status, number>> = {}
    for (const { type, status, n } of countsOf.all({ tenant })) {
      byType[type] ??= { active: 0, disabled: 0, retained: 0, removed: 0 }
      const counts = byType[type]
      counts[status] += n
      // What is kept is the number of both.
      if (status === 'disabled') counts.active -= n
    }
    return byType
  }
}

function createSightings(db: Database, writer: Writer) {
  // A resource may have gone since: a reset or a restore can come before this in the same commit.
  const store = db.prepare(`
    insert into sightings (key, at) select @key, @at
    where exists (select 1 from resources where key = @key) or exists (select 1 from departed where key = @key)
    on conflict do update set at = max(at, excluded.at)`)
  let pending = new Map<number, number>()

  const storePending = () => {
    const sightings = pending
    pending = new Map()
    for (const [key, at] of sightings) store.run({ key, at })
  }

  return {
    note: (keys: readonly number[], at: number): void => {
      if (keys.length === 0) return
      // One job for all sightings until the next commit.
      if (pending.size === 0) writer.soon(storePending)
      for (const key of keys) pending.set(key, Math.max(at, pending.get(key) ?? 0))
    },
    /** Drops what isn't stored yet: its keys may belong to other resources now. */
    forget: (): void => pending.clear(),
  }
}
