import type { Database } from '../database/sqlite.ts'
import { type Place, tableAt } from './shelf.ts'
import type { Snapshot } from './snapshot.ts'
import { copiedTables } from './sqlite-copy.ts'

/** What is kept of a snapshot beside the tables. */
export type Summary = Omit<Snapshot, 'bytes'>

const summaryTable = 'about'

/** What a tenant is set to; tokens are none of it. */
export const tenantColumns = [
  'profile',
  'on_delete',
  'throttle',
  'switches',
  'clock_offset',
  'declared',
] as const

/** Fills a snapshot with all that the tenants have now. */
export function fillSnapshot(db: Database, place: Place, summary: Summary): void {
  for (const { name } of copiedTables) {
    db.exec(`create table ${tableAt(place, name)} as select * from main.${name}`)
  }
  db.exec(`
    create table ${tableAt(place, 'tenants')} as
    select key, id, ${tenantColumns.join(', ')} from main.tenants order by key`)
  db.exec(`create table ${tableAt(place, summaryTable)} (summary text not null)`)
  db.prepare(`insert into ${tableAt(place, summaryTable)} values (?)`).run(JSON.stringify(summary))
}

/** Throws when the snapshot is none, or damaged. */
export function readSummary(db: Database, place: Place): Summary {
  const text = db
    .prepare<[], string>(`select summary from ${tableAt(place, summaryTable)}`)
    .pluck()
    .get()
  if (text === undefined) throw new Error('It has no summary.')
  return JSON.parse(text)
}

/** The tenants, with how many resources of each type they have, and how many deleted ones are retained. */
export function tenantsNow(db: Database): Snapshot['tenants'] {
  const rows = db
    .prepare<[], { id: string; type: string | null; n: number }>(`
      select t.id, c.type, sum(c.n) as n from tenants t left join counts c on c.tenant = t.key
      group by t.key, c.type order by t.key, c.type`)
    .all()
  const retained = new Map(
    db
      .prepare<[], [id: string, n: number]>(`
        select t.id, count(*) from departed d join tenants t on t.key = d.tenant
        where d.state = 'retained' group by t.key`)
      .raw()
      .all(),
  )
  const tenants = new Map<string, Record<string, number>>()
  for (const { id, type, n } of rows) {
    const counts = tenants.get(id) ?? {}
    if (type !== null && n > 0) counts[type] = n
    tenants.set(id, counts)
  }
  return [...tenants].map(([id, counts]) => ({ id, counts, retained: retained.get(id) ?? 0 }))
}
