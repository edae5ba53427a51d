import type { Database } from '../database/sqlite.ts'
import type { Purgeable } from './directory.ts'
import { createHistory } from './sqlite-history.ts'
import type { Identities } from './sqlite-identities.ts'

type Retained = { readonly key: number; readonly id: string; readonly version: number }

/** Purges the records that are kept of what clients deleted, or tells which would be. */
export function createPurge(db: Database, identities: Identities) {
  const history = createHistory(db)
  const retained = db.prepare<[number], Retained>(
    `select key, id, version from departed where tenant = ? and state = 'retained' order by key`,
  )
  const retainedWithId = db.prepare<[number, string], Retained>(
    `select key, id, version from departed where tenant = ? and id = ? and state = 'retained'`,
  )
  const forget = db.prepare(`update departed set state = 'purged', document = null where key = ?`)

  const recordsOf = (tenant: number, ids: readonly string[] | 'all'): readonly Retained[] =>
    ids === 'all' ? retained.all(tenant) : [...new Set(ids)].flatMap(id => retainedWithId.all(tenant, id))

  return {
    purge: (tenant: number, now: number, ids: readonly string[] | 'all'): readonly string[] => {
      const records = recordsOf(tenant, ids)
      for (const { key, version } of records) {
        forget.run(key)
        // One is the deletion, this the next.
        history.version({ key, version: version + 2, action: 'purged' }, { now })
      }
      return records.map(({ id }) => id)
    },

    purgeable: (tenant: number, ids: readonly string[] | 'all', limit: number) => {
      const records = recordsOf(tenant, ids)
      const shown: readonly Purgeable[] = records
        .slice(0, limit)
        .flatMap(({ key }) => identities.at(key) ?? [])
      return { ids: records.map(({ id }) => id), records: shown }
    },
  }
}
