import type { Database } from '../database/sqlite.ts'
import type { Place, Shelf } from './shelf.ts'

const schema = 'snapshots'

/** Keeps snapshots in memory, as long as the database is open. */
export function createMemoryShelf(db: Database): Shelf {
  db.exec(`attach ':memory:' as ${schema}`)
  const kept = new Map<string, number>()
  const placeOf = (id: string): Place => ({ schema, prefix: `${id} ` })
  const tablesOf = db
    .prepare<[string], string>(`select name from ${schema}.sqlite_schema where instr(name, ?) = 1`)
    .pluck()
  const pages = (what: 'page_count' | 'freelist_count' | 'page_size') =>
    Number(db.pragma(`${schema}.${what}`, { simple: true }))
  const used = () => (pages('page_count') - pages('freelist_count')) * pages('page_size')

  return {
    ids: () => [...kept.keys()],
    bytes: id => kept.get(id) ?? 0,
    put(id, fill) {
      const before = used()
      db.transaction(() => fill(placeOf(id)))()
      kept.set(id, used() - before)
    },
    async use(id, use) {
      if (!kept.has(id)) throw new Error(`There is no snapshot ${id}.`)
      return await use(placeOf(id))
    },
    remove(id) {
      kept.delete(id)
      for (const table of tablesOf.all(placeOf(id).prefix)) db.exec(`drop table ${schema}."${table}"`)
    },
  }
}
