import type { AnalysisStore } from '../../domain/ports/analysis.ts'
import { type CycleRow, toCycle } from '../common/analysis-rows.ts'
import { saveBatch } from './analysis-rows.ts'
import { leaseGuard } from './cluster/leases.ts'
import type { Reads } from './connect.ts'
import { createCycleReader, deleteOldCycles, newestCycles } from './cycles.ts'
import { postgresDialect } from './dialect.ts'
import { recountAll } from './exchange-amounts.ts'
import { createFindingReader } from './findings.ts'
import type { PostgresJournal } from './journal.ts'
import { deleteSelected } from './journal-pruning.ts'
import type { SerialLane } from './serial-lane.ts'
import { createSetupReader } from './setup-steps.ts'
import { prepared } from './statement.ts'
import { createTokenClientReader } from './token-clients.ts'

export type PostgresAnalysis = AnalysisStore & {
  /**
   * Deletes the exchanges that were recorded before this call about a tenant, or all, with everything that the analysis has stored,
   * and starts a new generation. Those that other instances have not written yet stay. Waits for `ready`; if that rejects, nothing is deleted. Resolves when the changes are on
   * disk; after an error, a part may be deleted.
   */
  readonly clear: (tenant?: string, ready?: Promise<unknown>) => Promise<void>
}

type PostgresAnalysisOptions = {
  readonly reads: Reads
  /** The connection that writes the journal. */
  readonly lane: SerialLane
  readonly journal: Pick<PostgresJournal, 'flush'>
}

const generation = prepared('select generation from analysis_generation')
const startGeneration = prepared('update analysis_generation set generation = generation + 1')
const pendingCount = prepared('select count(*) as count from unanalyzed_exchanges')
const oldestPending = prepared(`
  select at from (select tenant, id from unanalyzed_exchanges order by id limit 1) as oldest join exchanges using (tenant, id)`)
const deleteSteps = prepared('delete from setup_steps where tenant = $1')
const deleteTokenClients = prepared('delete from token_clients where tenant = $1')
const deleteCycles = prepared('delete from cycles where tenant = $1')
const newestId = prepared(
  'select id from exchanges where $1::text is null or tenant = $1 order by id desc limit 1',
)
const keepLater = { text: 'insert into later_exchanges select * from exchanges where id > $1' }
const ofTenantUpTo = prepared(
  'select tenant, id from exchanges where tenant = $1 and id <= $2 order by id limit $3',
)

const onDisk = 'set local synchronous_commit = on'

/** The results of the analysis in PostgreSQL. */
export function createPostgresAnalysis({ reads, lane, journal }: PostgresAnalysisOptions): PostgresAnalysis {
  const cycles = createCycleReader(reads)
  const findings = createFindingReader(reads)
  const setup = createSetupReader(reads)
  const tokenClients = createTokenClientReader(reads)

  const findNewest = async (entry: string | undefined): Promise<string> => {
    await journal.flush()
    const [row] = await lane.run(connection =>
      connection.query<{ readonly id: string }>(newestId, [entry ?? null]),
    )
    return row?.id ?? ''
  }

  const clearTenant = async (entry: string, newest: string): Promise<void> => {
    await deleteSelected(lane, ofTenantUpTo, [entry, newest])
    await lane.transaction(connection =>
      Promise.all([
        connection.execute(onDisk),
        connection.query(startGeneration),
        connection.query(deleteCycles, [entry]),
        connection.query(deleteSteps, [entry]),
        connection.query(deleteTokenClients, [entry]),
      ]),
    )
  }

  /** Exchanges that were recorded since are analyzed again. */
  const clearAll = (newest: string): Promise<unknown> =>
    lane.transaction(connection =>
      Promise.all([
        connection.execute(`
          ${onDisk};
          lock table exchanges in access exclusive mode;
          create temporary table later_exchanges (like exchanges) on commit drop`),
        connection.query(startGeneration),
        connection.query(keepLater, [newest]),
        connection.execute(`
          truncate exchanges, exchange_notes, unanalyzed_exchanges, findings, cycles, token_clients, setup_steps;
          insert into exchanges select * from later_exchanges;
          ${recountAll('later_exchanges')};
          insert into unanalyzed_exchanges (tenant, id) select tenant, id from later_exchanges`),
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
    tokenClients: tokenClients.ofTokens,
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
        Promise.all([
          connection.query(startGeneration),
          connection.query(deleteSteps, [tenant]),
          connection.query(deleteTokenClients, [tenant]),
        ]),
      )
    },
    async clear(tenant, ready = Promise.resolve()) {
      const entry = tenant === undefined ? undefined : postgresDialect.indexEntry(tenant)
      const [newest] = await Promise.all([findNewest(entry), ready])
      await (entry === undefined ? clearAll(newest) : clearTenant(entry, newest))
    },
    cycles: cycles.page,
    cycle: cycles.find,
    recentCycles: cycles.recent,
    newestCycle: cycles.newestOf,
    setupSteps: setup.steps,
    clientsOfTokens: tokenClients.ofTenant,
    findings: findings.groups,
    findingCounts: findings.counts,
    findingsAbout: findings.about,
    async pendingCount() {
      const [row] = await reads.query<{ readonly count: number }>(pendingCount)
      return row?.count ?? 0
    },
    async oldestPending() {
      const [row] = await reads.query<{ readonly at: number }>(oldestPending)
      return row?.at
    },
  }
}
