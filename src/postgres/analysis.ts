import { type CycleRow, toCycle } from '../persistence/analysis-rows.ts'
import type { AnalysisStore } from '../ports/analysis.ts'
import { type LeaseGuard, saveBatch } from './analysis-rows.ts'
import type { Reads } from './connect.ts'
import { createCycleReader, deleteOldCycles, newestCycles } from './cycles.ts'
import { postgresDialect } from './dialect.ts'
import { createFindingReader } from './findings.ts'
import type { PostgresJournal } from './journal.ts'
import { deleteSelected } from './journal-pruning.ts'
import type { SerialLane } from './serial-lane.ts'
import { createSetupReader } from './setup-steps.ts'
import { prepared } from './statement.ts'

export type PostgresAnalysis = AnalysisStore & {
  /**
   * Deletes the exchanges of a tenant, or all, with everything that the analysis has stored, and starts a new generation. Those that
   * other instances are about to write stay. Waits for `ready`; if that rejects, nothing is deleted. Resolves when the changes are on
   * disk; after an error, a part may be deleted.
   */
  readonly clear: (tenant?: string, ready?: Promise<unknown>) => Promise<void>
}

type PostgresAnalysisOptions = {
  readonly reads: Reads
  /** The connection that writes the journal. */
  readonly lane: SerialLane
  readonly journal: Pick<PostgresJournal, 'flush'>
  readonly leaseGuard: LeaseGuard
}

const generation = prepared('select generation from analysis_generation')
const startGeneration = prepared('update analysis_generation set generation = generation + 1')
const pendingCount = prepared('select count(*) as count from unanalyzed_exchanges')
const deleteSteps = prepared('delete from setup_steps where tenant = $1')
const deleteCycles = prepared('delete from cycles where tenant = $1')
const newestId = prepared('select id from exchanges where tenant = $1 order by id desc limit 1')
const ofTenantUpTo = prepared(
  'select tenant, id from exchanges where tenant = $1 and id <= $2 order by id limit $3',
)

const onDisk = 'set local synchronous_commit = on'

/** The results of the analysis in PostgreSQL. */
export function createPostgresAnalysis({
  reads,
  lane,
  journal,
  leaseGuard,
}: PostgresAnalysisOptions): PostgresAnalysis {
  const cycles = createCycleReader(reads)
  const findings = createFindingReader(reads)
  const setup = createSetupReader(reads)

  const clearTenant = async (tenant: string): Promise<void> => {
    const entry = postgresDialect.indexEntry(tenant)
    const [newest] = await lane.run(connection =>
      connection.query<{ readonly id: string }>(newestId, [entry]),
    )
    if (newest) await deleteSelected(lane, ofTenantUpTo, [entry, newest.id])
    await lane.transaction(connection =>
      Promise.all([
        connection.execute(onDisk),
        connection.query(startGeneration),
        connection.query(deleteCycles, [entry]),
        connection.query(deleteSteps, [entry]),
      ]),
    )
  }

  const clearAll = (): Promise<unknown> =>
    lane.transaction(connection =>
      Promise.all([
        connection.execute(onDisk),
        connection.query(startGeneration),
        connection.execute(
          'truncate exchanges, exchange_notes, unanalyzed_exchanges, exchange_batches, findings, cycles, setup_steps',
        ),
      ]),
    )

  return {
    async state() {
      const [[current], newest] = (await reads.snapshot([{ ...generation, values: [] }, newestCycles])) as [
        readonly { readonly generation: number }[],
        readonly CycleRow[],
      ]
      return { generation: current?.generation ?? 0, newestCycles: newest.map(toCycle) }
    },
    completedSteps: setup.completed,
    saveBatch: (batch, continued, lease) =>
      lane.transaction(connection => saveBatch(connection, batch, continued, leaseGuard(lease))),
    async deleteOldCycles() {
      const [row] = await lane.run(connection =>
        connection.query<{ readonly deleted: number }>(deleteOldCycles),
      )
      return row?.deleted ?? 0
    },
    async clearSetup(tenant) {
      await lane.transaction(connection =>
        Promise.all([connection.query(startGeneration), connection.query(deleteSteps, [tenant])]),
      )
    },
    async clear(tenant, ready = Promise.resolve()) {
      await Promise.all([journal.flush(), ready])
      await (tenant === undefined ? clearAll() : clearTenant(tenant))
    },
    cycles: cycles.page,
    cycle: cycles.find,
    recentCycles: cycles.recent,
    newestCycle: cycles.newestOf,
    setupSteps: setup.steps,
    findings: findings.groups,
    findingCounts: findings.counts,
    findingsAbout: findings.about,
    async pendingCount() {
      const [row] = await reads.query<{ readonly count: number }>(pendingCount)
      return row?.count ?? 0
    },
  }
}
