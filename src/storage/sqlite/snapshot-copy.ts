import { randomBytes } from 'node:crypto'
import { type RestoreResult, type Snapshot, SnapshotError } from '../../domain/ports/snapshots.ts'
import { type SnapshotSummary, summarizeTenants } from '../common/snapshots.ts'
import type { Database } from './database.ts'
import { clearTenants } from './tenant-rows.ts'
import { indexTexts } from './text-index.ts'

export type SnapshotPlace = { readonly schema: string; readonly prefix: string }

/** Neither part of the name comes from a client. */
export const qualifiedTable = ({ schema, prefix }: SnapshotPlace, table: string): string =>
  `${schema}."${prefix}${table}"`

type Counter = 'key' | 'moment'

type CopiedTable = {
  readonly name: string
  /** Its name in snapshots of versions up to 0.1. */
  readonly formerName?: string
  /** The column with the key of the resource that a row belongs to; absent for tables with a column `tenant`. */
  readonly resourceColumn?: string
  readonly counters: Readonly<Record<string, Counter>>
  readonly restoreColumn?: string
  readonly isRecent?: true
}

/** All tables with data of tenants, except those that are derived from `resources`. */
const copiedTables: readonly CopiedTable[] = [
  { name: 'resources', counters: { key: 'key' }, restoreColumn: 'era' },
  { name: 'deleted_resources', formerName: 'departed', counters: { key: 'key' } },
  { name: 'keys', counters: { resource: 'key' } },
  // Its own keys identify joinings, so they stay.
  { name: 'memberships', counters: { group_key: 'key', member_key: 'key' } },
  { name: 'versions', resourceColumn: 'resource_key', counters: { moment: 'moment', resource_key: 'key' } },
  {
    name: 'membership_events',
    resourceColumn: 'group_key',
    counters: { moment: 'moment', group_key: 'key', member_key: 'key' },
  },
  { name: 'last_seen', formerName: 'sightings', resourceColumn: 'key', counters: { key: 'key' } },
  { name: 'permission_sets', counters: {}, isRecent: true },
  { name: 'account_assignments', counters: {}, isRecent: true },
  { name: 'assignment_requests', counters: {}, isRecent: true },
  { name: 'identity_center_instances', counters: {}, isRecent: true },
]

function nameInSnapshot(db: Database, from: SnapshotPlace, name: string): string {
  const formerName = copiedTables.find(table => table.name === name)?.formerName
  return formerName !== undefined && storedColumns(db, from, name).size === 0 ? formerName : name
}

/**
 * The restored tenants, by their keys in the snapshot. A table, since there can be thousands: as a list in a statement,
 * each row would be compared with each of them.
 */
const tenantPairs = 'temp.restored_tenants'
const restoredTenants = `select key from ${tenantPairs}`

type CounterValues = Readonly<Record<Counter, number>>

const columnsOfCounter: Readonly<Record<Counter, readonly (readonly [table: string, column: string])[]>> = {
  key: [
    ['resources', 'key'],
    ['deleted_resources', 'key'],
  ],
  moment: [
    ['versions', 'moment'],
    ['membership_events', 'moment'],
  ],
}

const forEachCounter = (number: (count: Counter) => number): CounterValues => ({
  key: number('key'),
  moment: number('moment'),
})

const findBounds = (db: Database, bound: 'min' | 'max', count: Counter, nameOf: (table: string) => string) =>
  columnsOfCounter[count].flatMap(([table, column]) => {
    const sql = `select ${bound}(${column}) from ${nameOf(table)}`
    return db.prepare<[], number | null>(sql).pluck().get() ?? []
  })

const reservedColumns: Readonly<Record<Counter, string>> = { key: 'last_resource', moment: 'last_moment' }

/** The highest number of each sequence that the current tables have or will have; 0 without rows. */
const findHighest = (db: Database): CounterValues =>
  forEachCounter(count => {
    const reserved = db.prepare<[], number>(
      `select coalesce(max(${reservedColumns[count]}), 0) from main.unlisted_tenants`,
    )
    return Math.max(reserved.pluck().get() ?? 0, ...findBounds(db, 'max', count, table => `main.${table}`))
  })

/**
 * The offsets that are added to the numbers of a snapshot's rows. They are 0 if no remaining tenant can have
 * these numbers. Otherwise the rows follow the highest number before the restore: a number that a request
 * still holds must not refer to another row, and numbers must not double with each restore.
 */
const computeShifts = (db: Database, from: SnapshotPlace, before: CounterValues): CounterValues => {
  const left = findHighest(db)
  return forEachCounter(count => {
    const lowest = Math.min(
      ...findBounds(db, 'min', count, table => qualifiedTable(from, nameInSnapshot(db, from, table))),
    )
    return left[count] === 0 || lowest > before[count] ? 0 : before[count] + 1 - lowest
  })
}

const readColumns = (db: Database, schema: string, table: string) =>
  db
    .prepare<[string, string], { name: string; needed: number }>(`
      select name, "notnull" = 1 and dflt_value is null as needed from pragma_table_info(?, ?)`)
    .all(table, schema)

const storedColumns = (db: Database, from: SnapshotPlace, table: string): ReadonlySet<string> =>
  new Set(readColumns(db, from.schema, from.prefix + table).map(({ name }) => name))

function findCommonColumns(db: Database, from: SnapshotPlace, table: string): readonly string[] | undefined {
  const there = storedColumns(db, from, nameInSnapshot(db, from, table))
  const here = readColumns(db, 'main', table)
  const isLacking = there.size === 0 || here.some(({ name, needed }) => needed === 1 && !there.has(name))
  return isLacking ? undefined : here.map(({ name }) => name).filter(name => there.has(name))
}

/**
 * Copies the rows of the tenants back. Runs inside a write, after the tenants' current rows were deleted.
 * `eraNow` consists of letters and digits, and is different for each restore.
 */
function restoreRows(
  db: Database,
  from: SnapshotPlace,
  { name, resourceColumn, counters, restoreColumn }: CopiedTable,
  columns: readonly string[],
  shifts: CounterValues,
  eraNow: string,
): void {
  const source = (table: string) => qualifiedTable(from, nameInSnapshot(db, from, table))
  const isRestored = `tenant in (select was from ${tenantPairs})`
  const condition = resourceColumn
    ? `${resourceColumn} in (select key from ${source('resources')} where ${isRestored}
        union all select key from ${source('deleted_resources')} where ${isRestored})`
    : isRestored
  const shifted = (column: string): string => {
    if (column === 'tenant') return `(select key from ${tenantPairs} where was = tenant)`
    const count = counters[column]
    return count ? `${column} + ${shifts[count]}` : column
  }
  const copied = columns
    .filter(column => column !== restoreColumn)
    .map(column => [column, shifted(column)] as const)
  const values = restoreColumn === undefined ? copied : [...copied, [restoreColumn, `'${eraNow}'`] as const]
  db.exec(`
    insert into main.${name} (${values.map(([column]) => column).join(', ')})
    select ${values.map(([, value]) => value).join(', ')} from ${source(name)} where ${condition}`)
}

const summaryTable = 'about'
const identityTable = 'identity'

/** Tokens are not part of a snapshot. */
const tenantColumns: readonly string[] = [
  ...['profile', 'on_delete', 'throttle', 'switches', 'clock_offset', 'declared', 'imported'],
]

export function fillSnapshot(db: Database, place: SnapshotPlace, summary: SnapshotSummary): void {
  for (const { name } of copiedTables) {
    db.exec(`create table ${qualifiedTable(place, name)} as select * from main.${name}`)
  }
  db.exec(`
    create table ${qualifiedTable(place, 'tenants')} as
    select key, id, ${tenantColumns.join(', ')} from main.tenants order by key`)
  db.exec(`create table ${qualifiedTable(place, identityTable)} as select * from main.${identityTable}`)
  db.exec(`create table ${qualifiedTable(place, summaryTable)} (summary text not null)`)
  db.prepare(`insert into ${qualifiedTable(place, summaryTable)} values (?)`).run(JSON.stringify(summary))
}

/** Throws if the file is no snapshot, or damaged. */
export function readSummary(db: Database, place: SnapshotPlace): SnapshotSummary {
  const text = db
    .prepare<[], string>(`select summary from ${qualifiedTable(place, summaryTable)}`)
    .pluck()
    .get()
  if (text === undefined) throw new Error('It has no summary.')
  return JSON.parse(text)
}

/** Reads all of a snapshot. Throws if it is damaged. */
export function checkSnapshot(db: Database, place: SnapshotPlace): void {
  readSummary(db, place)
  const found = db.pragma(`${place.schema}.quick_check(1)`, { simple: true })
  if (found !== 'ok') throw new Error(String(found))
}

export function findTenants(db: Database): Snapshot['tenants'] {
  const rows = db
    .prepare<[], { id: string; type: string | null; n: number }>(`
      select t.id, c.type, sum(c.n) as n from tenants t left join counts c on c.tenant = t.key
      group by t.key, c.type order by t.key, c.type`)
    .all()
  const retained = new Map(
    db
      .prepare<[], [id: string, n: number]>(`
        select t.id, count(*) from deleted_resources d join tenants t on t.key = d.tenant
        where d.state = 'retained' group by t.key`)
      .raw()
      .all(),
  )
  return summarizeTenants(rows, retained)
}

type TenantInSnapshot = { readonly id: string; readonly was: number; readonly is: number | null }

/** Must be used inside a transaction. */
export function createRestore(db: Database) {
  // Snapshots of versions up to 0.1 have neither, and give keys again (migrations/sqlite/0021-via.sql).
  const completeMemberships = db.prepare(`
    update memberships as m set (key, at) = (
      select coalesce(max(e.moment), m.key), coalesce(e.at, (select r.created from resources r where r.key = m.group_key), 0)
      from membership_events e
      where e.event = 'added' and e.group_key = m.group_key and (
        e.member_key = m.member_key or (m.member_key is null and e.member_key is null and e.member_id = m.member_id)))
    where at is null`)
  // Rows without a resource are only stored for sessions, whose resources follow; another one would block the restored row with the
  // same key.
  const deleteOrphans = db.prepare(`
    delete from last_seen where not exists (select 1 from resources r where r.key = last_seen.key)
      and not exists (select 1 from deleted_resources d where d.key = last_seen.key)
      and not exists (select 1 from unlisted_tenants u where last_seen.key between u.first_resource and u.last_resource)`)

  // Snapshots of earlier versions have no identity: they are assumed to be from the database next to them.
  const isFromElsewhere = (from: SnapshotPlace): boolean =>
    storedColumns(db, from, identityTable).has('id') &&
    db
      .prepare<[], number>(`
        select not exists (select 1 from ${qualifiedTable(from, identityTable)} join main.${identityTable} using (id))`)
      .pluck()
      .get() === 1

  /**
   * The tenants of the snapshot that still exist. A key is given to one tenant only, so a tenant created with
   * the id of a deleted one has another key. In another database keys mean nothing, and ids are compared.
   */
  const tenantsIn = (from: SnapshotPlace): readonly TenantInSnapshot[] =>
    db
      .prepare<[], TenantInSnapshot>(`
        select s.id, s.key as was, t.key as "is" from ${qualifiedTable(from, 'tenants')} s
        left join main.tenants t on t.id = s.id ${isFromElsewhere(from) ? '' : 'and t.key = s.key'}
        order by s.key`)
      .all()

  const columnsIn = (from: SnapshotPlace, table: string): readonly string[] => {
    const columns = findCommonColumns(db, from, table)
    if (columns) return columns
    throw new SnapshotError(
      'unusable',
      `The snapshot was saved by another version of the server and lacks data for the table "${table}". Restore it with that version, or delete it.`,
    )
  }

  const restoreResources = (from: SnapshotPlace): void => {
    const tables = copiedTables
      .filter(({ name, isRecent }) => !isRecent || storedColumns(db, from, name).size > 0)
      .map(table => ({ table, columns: columnsIn(from, table.name) }))
    const before = findHighest(db)
    clearTenants(db, `tenant in (${restoredTenants})`)
    deleteOrphans.run()
    const shifts = computeShifts(db, from, before)
    const era = randomBytes(6).toString('hex')
    for (const { table, columns } of tables) restoreRows(db, from, table, columns, shifts, era)
    if (!storedColumns(db, from, 'memberships').has('at')) completeMemberships.run()
    db.exec(`
      insert into counts (tenant, type, block, n) select tenant, type, key >> 12, count(*) from resources
      where tenant in (${restoredTenants}) group by 1, 2, 3`)
    indexTexts(db, restoredTenants)
  }

  const restoreSettings = (from: SnapshotPlace): void => {
    const known = storedColumns(db, from, 'tenants')
    const columns = tenantColumns.filter(column => known.has(column))
    db.exec(`
      update main.tenants set ${columns.map(column => `${column} = s.${column}`).join(', ')}
      from ${qualifiedTable(from, 'tenants')} s join ${tenantPairs} p on p.was = s.key
      where main.tenants.key = p.key`)
  }

  const notePairs = (tenants: readonly TenantInSnapshot[]): void => {
    db.exec(`
      create temp table if not exists restored_tenants (was integer primary key, key integer not null);
      delete from ${tenantPairs}`)
    const insert = db.prepare(`insert into ${tenantPairs} (was, key) values (?, ?)`)
    for (const { was, is } of tenants) if (is !== null) insert.run(was, is)
  }

  return (from: SnapshotPlace): RestoreResult => {
    const tenants = tenantsIn(from)
    const restored = tenants.filter(({ is }) => is !== null)
    if (restored.length > 0) {
      notePairs(tenants)
      restoreResources(from)
      restoreSettings(from)
    }
    return {
      tenants: restored.map(({ id }) => id),
      skipped: tenants.filter(({ is }) => is === null).map(({ id }) => id),
    }
  }
}
