import type { Database } from '../database/sqlite.ts'

/** Finds the exchange that made a resource, by its key: that of its first version. */
export function createOriginReader(db: Database) {
  const first = db.prepare<[number], { exchange: string | null }>(
    'select exchange from versions where resource_key = ? order by moment limit 1',
  )
  return (key: number): { readonly origin?: string } => {
    const exchange = first.get(key)?.exchange
    return typeof exchange === 'string' ? { origin: exchange } : {}
  }
}
