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

/** A number of each count. */
export type Numbers = Readonly<Record<Count, number>>

/** Columns, one of each table that takes numbers of a count. */
const numbered: Readonly<Record<Count, readonly (readonly [table: string, column: string])[]>> = {
  key: [
    ['resources', 'key'],
    ['departed', 'key'],
  ],
  membership: [['memberships', 'key']],
  moment: [
    ['versions', 'moment'],
    ['membership_events', 'moment'],
  ],
}

const ofEachCount = (number: (count: Count) => number): Numbers => ({
  key: number('key'),
  membership: number('membership'),
  moment: number('moment'),
})

const boundsOf = (db: Database, bound: 'min' | 'max', count: Count, nameOf: (table: string) => string) =>
  numbered[count].flatMap(([table, column]) => {
    const sql = `select ${bound}(${column}) from ${nameOf(table)}`
    return db.prepare<[], number | null>(sql).pluck().get() ?? []
  })

/** The highest number of each count in the tables as they are now; 0 where there is none. */
export const highestNumbers = (db: Database): Numbers =>
  ofEachCount(count => Math.max(0, ...boundsOf(db, 'max', count, table => `main.${table}`)))

/**
 * How far the numbers of a snapshot's rows move when they come back. They stay where no tenant is left that might have
 * them. Otherwise they move right behind the highest before the restore: a number that a request still holds must not
 * name another row, and numbers must not double with each restore.
 */
export const shiftsFor = (db: Database, from: Place, before: Numbers): Numbers => {
  const left = highestNumbers(db)
  return ofEachCount(count => {
    const lowest = Math.min(...boundsOf(db, 'min', count, table => tableAt(from, table)))
    return left[count] === 0 || lowest > before[count] ? 0 : before[count] + 1 - lowest
  })
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
  shifts: Numbers,
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
