import { randomBytes } from 'node:crypto'
import type { Database } from '../database/sqlite.ts'
import { createClear } from '../store/sqlite-clear.ts'
import { type Place, tableAt } from './shelf.ts'
import { type Restored, SnapshotError } from './snapshot.ts'
import {
  columnsThere,
  commonColumns,
  copiedTables,
  copyBack,
  highestNumbers,
  type Pair,
  shiftsFor,
} from './sqlite-copy.ts'
import { identityTable, tenantColumns } from './sqlite-save.ts'

type TenantThen = { readonly id: string; readonly was: number; readonly is: number | null }

/** Brings a snapshot back. Within a write. */
export function createRestore(db: Database) {
  const { clear } = createClear(db)
  // Nothing stores them; one would keep the row that comes back under its key from doing so.
  const deleteStray = db.prepare(`
    delete from sightings where not exists (select 1 from resources r where r.key = sightings.key)
      and not exists (select 1 from departed d where d.key = sightings.key)`)

  // A snapshot of an earlier version doesn't say: it is taken for one of the database that it lies beside.
  const isFromElsewhere = (from: Place): boolean =>
    columnsThere(db, from, identityTable).has('id') &&
    db
      .prepare<[], number>(`
        select not exists (select 1 from ${tableAt(from, identityTable)} join main.${identityTable} using (id))`)
      .pluck()
      .get() === 1

  /**
   * The tenants of the snapshot as they are now. A key is given to one tenant only, so that a tenant that was created
   * under the id of a deleted one has another. In another database keys mean nothing, so that ids decide.
   */
  const tenantsIn = (from: Place): readonly TenantThen[] =>
    db
      .prepare<[], TenantThen>(`
        select s.id, s.key as was, t.key as "is" from ${tableAt(from, 'tenants')} s
        left join main.tenants t on t.id = s.id ${isFromElsewhere(from) ? '' : 'and t.key = s.key'}
        order by s.key`)
      .all()

  const columnsIn = (from: Place, table: string): readonly string[] => {
    const columns = commonColumns(db, from, table)
    if (columns) return columns
    throw new SnapshotError(
      'unusable',
      `The snapshot was made by another version of the server, which knew too little for the table "${table}": restore it with that version, or delete it.`,
    )
  }

  const restoreResources = (from: Place, pairs: readonly Pair[]): void => {
    const tables = copiedTables.map(table => ({ table, columns: columnsIn(from, table.name) }))
    const before = highestNumbers(db)
    for (const { is } of pairs) clear(is)
    deleteStray.run()
    const shifts = shiftsFor(db, from, before)
    const era = randomBytes(6).toString('hex')
    for (const { table, columns } of tables) copyBack(db, from, table, columns, pairs, shifts, era)
    db.exec(`
      insert into counts (tenant, type, block, n) select tenant, type, key >> 12, count(*) from resources
      where tenant in (${pairs.map(({ is }) => is).join(', ')}) group by 1, 2, 3`)
  }

  const restoreSettings = (from: Place, pairs: readonly Pair[]): void => {
    const known = columnsThere(db, from, 'tenants')
    const columns = tenantColumns.filter(column => known.has(column)).join(', ')
    for (const { was, is } of pairs) {
      db.prepare(`
        update main.tenants set (${columns}) = (
          select ${columns} from ${tableAt(from, 'tenants')} where key = @was)
        where key = @is`).run({ was, is })
    }
  }

  return (from: Place): Restored => {
    const tenants = tenantsIn(from)
    const pairs = tenants.flatMap(({ was, is }) => (is === null ? [] : [{ was, is }]))
    if (pairs.length > 0) {
      restoreResources(from, pairs)
      restoreSettings(from, pairs)
    }
    return {
      tenants: tenants.filter(({ is }) => is !== null).map(({ id }) => id),
      leftOut: tenants.filter(({ is }) => is === null).map(({ id }) => id),
    }
  }
}
