import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { AnalysisStore } from '../../domain/ports/analysis.ts'
import { toBatchRows, toSavedBatch } from './analysis-rows.ts'
import { createCycleReader } from './cycles.ts'
import { lastAnalyzed } from './exchange-rows.ts'
import { createFindingReader } from './findings.ts'
import type { JournalDatabase } from './journal-writer.ts'
import { createSessionRanges, type IsListed } from './session-journal.ts'
import { createSetupReader } from './setup-steps.ts'
import { createTokenClientReader } from './token-clients.ts'

export type SqliteAnalysis = AnalysisStore & {
  /**
   * Deletes the exchanges that were recorded before this call about a tenant, or all, with everything that the analysis
   * has stored, and starts a new generation. Waits for `ready`; if that rejects, nothing is deleted. Resolves when the
   * changes are on disk; after an error, a part may be deleted.
   */
  readonly clear: (tenant?: string, ready?: Promise<unknown>) => Promise<void>
}

/** Rows that one statement counts: 1.5 ms, for it reads their pages. */
const rowsPerCount = 2000

type PendingCount = { readonly count: number; readonly last: number | null }

/** The results of the analysis in SQLite, in the file of the journal. Those of sessions that are not listed are not shown. */
export function createSqliteAnalysis(db: JournalDatabase, isListed?: IsListed): SqliteAnalysis {
  const { reads } = db
  const cycles = createCycleReader(reads)
  const { isHidden } = createSessionRanges(reads, isListed)
  const findings = createFindingReader(reads, isHidden)
  const setup = createSetupReader(reads)
  const tokenClients = createTokenClientReader(reads)
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

  /** Deletes results. What is read meanwhile may be deleted: it belongs to neither the old generation nor the new one. */
  const startGeneration = async (deleteResults: () => Promise<void>): Promise<void> => {
    generation++
    const done = deleteResults().finally(() => {
      generation++
    })
    deletion = Promise.allSettled([deletion, done])
    await done
  }

  return {
    state: async () => ({ generation, newestCycles: cycles.newest() }),
    tokenClients: async tokens => tokenClients.ofTokens(tokens),
    completedSteps: async tenants => setup.completed(tenants),
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
    cycles: async query =>
      query.tenant !== undefined && isHidden(query.tenant) ? { items: [] } : cycles.page(query),
    cycle: async id => cycles.find(id),
    recentCycles: async of => cycles.recent(of),
    newestCycle: async (tenant, clients, kinds) => cycles.newestOf(tenant, clients, kinds),
    setupSteps: async tenant => setup.steps(tenant),
    clientsOfTokens: async tenant => tokenClients.ofTenant(tenant),
    findings: findings.groups,
    findingCounts: findings.counts,
    findingsAbout: async exchange => findings.about(exchange),
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
