import type { Database } from '../database/sqlite.ts'
import { type Place, tableAt } from './shelf.ts'

/** The counts of the store from which a column takes its numbers. */
type Count = 'key' | 'membership' | 'moment'

/** A table of the store that is copied, and how its rows are told to be a tenant's. */
type Copied = {
  readonly name: string
  /** The column with the key of the resource that a row belongs to; absent where there is a column `tenant`. */
  readonly holder?: string
  /** Columns with numbers that may be taken when the rows come back. */
  readonly counted: Readonly<Record<string, Count>>
  /** The column that says which restore brought a row back. */
  readonly era?: string
}

/** All that the store has of tenants, but for `counts`, which follows from `resources`. */
export const copiedTables: readonly Copied[] = [
  { name: 'resources', counted: { key: 'key' }, era: 'era' },
  { name: 'departed', counted: { key: 'key' } },
  { name: 'keys', counted: { resource: 'key' } },
  { name: 'memberships', counted: { key: 'membership', group_key: 'key', member_key: 'key' } },
  { name: 'versions', holder: 'resource_key', counted: { moment: 'moment', resource_key: 'key' } },
  {
    name: 'membership_events',
    holder: 'group_key',
    counted: { moment: 'moment', group_key: 'key', member_key: 'key' },
  },
  { name: 'sightings', holder: 'key', counted: { key: 'key' } },
]

/** A tenant's key when the snapshot was made, and now. */
export type Pair = { readonly was: number; readonly is: number }

/** How far each count is ahead of what the snapshot may have: the rows get numbers that nobody has. */
export type Shifts = Readonly<Record<Count, number>>

/** The numbers that are taken by those who stay. */
export function shiftsFor(db: Database): Shifts {
  const last = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? 0
  return {
    key: Math.max(last('select max(key) from resources'), last('select max(key) from departed')),
    membership: last('select max(key) from memberships'),
    moment: Math.max(
      last('select max(moment) from versions'),
      last('select max(moment) from membership_events'),
    ),
  }
}

/** The columns of a table, and whether a row must have a value of its own there. */
const columnsOf = (db: Database, schema: string, table: string) =>
  db
    .prepare<[string, string], { name: string; needed: number }>(`
      select name, "notnull" = 1 and dflt_value is null as needed from pragma_table_info(?, ?)`)
    .all(table, schema)

/** The names of the columns of a snapshot's table. */
export const columnsThere = (db: Database, from: Place, table: string): ReadonlySet<string> =>
  new Set(columnsOf(db, from.schema, from.prefix + table).map(({ name }) => name))

/** The columns that a table and that of a snapshot have in common; undefined when rows can't be made of them. */
export function commonColumns(db: Database, from: Place, table: string): readonly string[] | undefined {
  const there = columnsThere(db, from, table)
  const here = columnsOf(db, 'main', table)
  const isLacking = there.size === 0 || here.some(({ name, needed }) => needed === 1 && !there.has(name))
  return isLacking ? undefined : here.map(({ name }) => name).filter(name => there.has(name))
}

/**
 * Brings the rows of the tenants back. Within a write, in which what these tenants had is gone already. `eraNow` is letters
 * and digits that no other restore has.
 */
export function copyBack(
  db: Database,
  from: Place,
  { name, holder, counted, era }: Copied,
  columns: readonly string[],
  pairs: readonly Pair[],
  shifts: Shifts,
  eraNow: string,
): void {
  const were = pairs.map(({ was }) => was).join(', ')
  const source = (table: string) => tableAt(from, table)
  const isTheirs = holder
    ? `${holder} in (select key from ${source('resources')} where tenant in (${were})
        union all select key from ${source('departed')} where tenant in (${were}))`
    : `tenant in (${were})`
  const shifted = (column: string): string => {
    if (column === 'tenant') return tenantNow(pairs)
    const count = counted[column]
    return count ? `${column} + ${shifts[count]}` : column
  }
  const copied = columns.filter(column => column !== era).map(column => [column, shifted(column)] as const)
  const values = era === undefined ? copied : [...copied, [era, `'${eraNow}'`] as const]
  db.exec(`
    insert into main.${name} (${values.map(([column]) => column).join(', ')})
    select ${values.map(([, value]) => value).join(', ')} from ${source(name)} where ${isTheirs}`)
}

const tenantNow = (pairs: readonly Pair[]): string =>
  `case tenant ${pairs.map(({ was, is }) => `when ${was} then ${is}`).join(' ')} end`
