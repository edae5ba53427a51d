import { CursorError } from '../../domain/ports/journal.ts'
import type { AnalysisDialect } from '../common/analysis.ts'
import {
  type BatchRows,
  deleteOldCycles,
  deletions,
  type SavedRows,
  saveBatch,
  setupTables,
  tenantTables,
} from '../common/plans/analysis.ts'
import type { Database } from './database.ts'
import { sqliteDialect } from './dialect.ts'
import { createStatementRunner } from './statements.ts'

const toCursor = (position: string) => Buffer.from(position).toString('base64url')

export const analysisDialect: AnalysisDialect = {
  ...sqliteDialect,
  order: { cycles: 'key', exchanges: 'seq' },
  isOfServer: column => `${column} > 0`,
  toCursor,
  parseCursor(cursor) {
    if (cursor === undefined) return Number.MAX_SAFE_INTEGER
    const key = Number(Buffer.from(cursor, 'base64url').toString())
    if (!Number.isSafeInteger(key) || key === 0 || toCursor(String(key)) !== cursor) throw new CursorError()
    return key
  },
  cycleKey: 'id',
  member: path => `summary ->> '$.${path}'`,
  indexed: text => text,
  elements: (list, alias) => `json_each(${list}) ${alias}`,
  exchangeKey: { seq: 'bigint' },
  findingKey: { seq: 'bigint' },
  ofExchange: { join: 'f.seq = e.seq', order: 'f.key' },
  pending: `cross join exchanges e where e.seq = given.seq
    and not exists (select 1 from exchange_notes n where n.seq = e.seq)`,
}

/** Sessions keep what is not deleted with their exchanges. */
const deleteAll = [
  `delete from cycles where ${analysisDialect.isOfServer('key')}`,
  'delete from setup_steps where tenant not in (select tenant from sessions)',
  'delete from token_clients',
].map(text => ({ text }))

export function createAnalysisWriter(db: Database) {
  const run = createStatementRunner(db)
  return {
    saveBatch(batch: BatchRows): SavedRows {
      const plan = saveBatch(analysisDialect, batch)
      let step = plan.next([])
      while (!step.done) step = plan.next(step.value.map(run))
      return step.value
    },
    deleteOldCycles: (): number => run(deleteOldCycles(analysisDialect)).length,
    clearSetup(tenant: string): void {
      deletions(setupTables, tenant).forEach(run)
    },
    /** Deletes what is not deleted with the exchanges: that of a tenant, or all. */
    clear(tenant?: string): void {
      const statements = tenant === undefined ? deleteAll : deletions(tenantTables, tenant)
      statements.forEach(run)
    },
  }
}
