import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { type ClearableAnalysis, createAnalysisReader, newestCycles } from '../common/analysis.ts'
import { type CycleRow, toCycle } from '../common/analysis-rows.ts'
import { toBatchRows, toSavedBatch } from '../common/plans/analysis.ts'
import { analysisDialect } from './analysis-writer.ts'
import { lastAnalyzed } from './exchange-rows.ts'
import { createFindingReader } from './findings.ts'
import type { JournalDatabase } from './journal.ts'
import { createSessionRanges, type IsListed } from './session-journal.ts'
import { createStatementRunner } from './statements.ts'

/** Rows that one statement counts: 1.5 ms, for it reads their pages. */
const rowsPerCount = 2000

type PendingCount = { readonly count: number; readonly last: number | null }

/** The results of the analysis in SQLite, in the file of the journal. Those of sessions that are not listed are not shown. */
export function createSqliteAnalysis(db: JournalDatabase, isListed?: IsListed): ClearableAnalysis {
  const { reads } = db
  const read = createStatementRunner(reads)
  const reader = createAnalysisReader(analysisDialect, read)
  const { isHidden } = createSessionRanges(reads, isListed)
  const findings = createFindingReader(reads, isHidden)
  const newestAnalyzed = reads.prepare<[], number>(`select ${lastAnalyzed}`).pluck()
  const pendingAfter = reads.prepare<[number], PendingCount>(
    `select count(*) as count, max(seq) as last
      from (select seq from exchanges where seq > ? order by seq limit ${rowsPerCount})`,
  )
  const oldestPending = reads
    .prepare<[], number>(`select at from exchanges where seq > ${lastAnalyzed} order by seq limit 1`)
    .pluck()
  // This process is the only one that writes (`lockDatabase`), and it reads the state anew when it starts.
  let generation = 1
  let deletion: Promise<unknown> = Promise.resolve()

  const startGeneration = async (deleteResults: () => Promise<void>): Promise<void> => {
    generation++
    const done = deleteResults().finally(() => {
      generation++
    })
    deletion = Promise.allSettled([deletion, done])
    await done
  }

  return {
    ...reader,
    ...findings,
    cycles: async query =>
      query.tenant !== undefined && isHidden(query.tenant) ? { items: [] } : reader.cycles(query),
    async state() {
      const rows = read(newestCycles(analysisDialect)) as readonly CycleRow[]
      return { generation, newestCycles: rows.map(toCycle) }
    },
    async saveBatch(batch, continued) {
      await deletion
      if (continued !== generation) return undefined
      return toSavedBatch(batch, await db.call('saveBatch', toBatchRows(batch)))
    },
    deleteOldCycles: () => db.call('deleteOldCycles'),
    clearSetup: tenant => startGeneration(() => db.call('clearSetup', tenant)),
    clear: (tenant, ready = Promise.resolve()) =>
      startGeneration(async () => {
        const [newest] = await Promise.all([db.call('newest'), ready])
        await db.call('clear', tenant, newest)
      }),
    async pendingCount() {
      let total = 0
      let after: number | undefined = newestAnalyzed.get()
      while (after !== undefined) {
        const found = pendingAfter.get(after)
        total += found?.count ?? 0
        after = found?.count === rowsPerCount ? (found.last ?? undefined) : undefined
        if (sharedSlices.isOver()) await sharedSlices.next()
      }
      return total
    },
    oldestPending: async () => oldestPending.get(),
  }
}
