import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { createJournalDiagnoser } from '../analysis/diagnosis/diagnose.ts'
import { createEvaluator } from '../analysis/evaluation/evaluate.ts'
import { createJobHealthMonitor, type JobHealthMonitor } from '../analysis/job-health.ts'
import { type AnalysisWorker, createAnalysisWorker } from '../analysis/worker.ts'
import { createActiveFaults, type Faults } from '../faults/active-faults.ts'
import type { ScimDeps } from '../http/scim-plugin.ts'
import { secretAttributeNames } from '../journal/masking.ts'
import { createSingleInstanceLeases } from '../persistence/single-instance-leases.ts'
import type { Compaction, Writer } from '../ports/database.ts'
import type { Directory } from '../ports/directory.ts'
import type { Journal, Retention } from '../ports/journal.ts'
import type { Snapshots } from '../ports/snapshots.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { ProfileName } from '../profiles/names.ts'
import { profileNames } from '../profiles/names.ts'
import { loadProfile } from '../profiles/registry.ts'
import { createProvider } from '../provider/provider.ts'
import { createSqliteAnalysis, type SqliteAnalysis } from '../sqlite/analysis.ts'
import { type Checkpoints, createCheckpoints } from '../sqlite/checkpoints.ts'
import { connect } from '../sqlite/connections.ts'
import { compactBoth, createCompaction, type Database, lockDatabase, openSqlite } from '../sqlite/database.ts'
import { createDirectory } from '../sqlite/directory.ts'
import { createJournal } from '../sqlite/journal.ts'
import { openJournal, upgrade } from '../sqlite/journal-file.ts'
import { type JournalDatabase, startJournalThread, writeJournalInPlace } from '../sqlite/journal-writer.ts'
import { createLongWrites, type LongWrites } from '../sqlite/long-writes.ts'
import { createResourceStore } from '../sqlite/resources.ts'
import { createSqliteSnapshots } from '../sqlite/snapshots.ts'
import { createTenantStore, type SqliteTenants } from '../sqlite/tenants.ts'
import { createWriter } from '../sqlite/writer.ts'

/**
 * Deletes users, groups, their history, the journal and its analysis, turns faults off and resets the clock of the
 * tenant with this id, or of all tenants. Returns the ids of the tenants. The journal, which is in another file, follows
 * once the rest is on disk; if that fails or is interrupted, a second reset completes it.
 */
type Reset = (tenant?: string) => Promise<readonly string[]>

type ResetDeps = {
  readonly writer: Writer
  readonly longWrites: Pick<LongWrites, 'reset'>
  readonly tenants: Pick<SqliteTenants, 'reload'>
  readonly analysis: Pick<SqliteAnalysis, 'clear'>
  readonly jobHealth: Pick<JobHealthMonitor, 'clear'>
  readonly faults: Pick<Faults, 'deactivateAll' | 'deactivateForTenant'>
}

export function createReset({ writer, longWrites, tenants, analysis, jobHealth, faults }: ResetDeps): Reset {
  return async id => {
    // Two commits in one turn: the first writes what was deferred before, and the reset deletes it, too.
    const before = writer.flush()
    const done = longWrites.reset(id).then(rows => {
      tenants.reload(rows)()
      return rows.map(row => row.id)
    })
    await Promise.all([before, writer.flush(), analysis.clear(id, done)])
    jobHealth.clear(id)
    if (id === undefined) faults.deactivateAll()
    else faults.deactivateForTenant(id)
    return await done
  }
}

type ServicesOptions = {
  /** The SQLite file; undefined keeps data in memory. */
  readonly path?: string | undefined
  /** The profile that formats responses to requests without a known tenant. */
  readonly profile: ProfileName
  /** The retention of the journal. */
  readonly retention?: Retention
  /** Called when the database can no longer be written. */
  readonly onFatal?: (error: Error) => void
}

/** The services that both listeners use. */
export type Services = {
  readonly tenants: TenantStore
  readonly journal: Journal
  readonly directory: Directory
  /** Analyzes the journal; not started yet. */
  readonly analysis: AnalysisWorker
  /** Estimates the health of the provisioning jobs that write to the tenants. */
  readonly jobHealth: JobHealthMonitor
  readonly faults: Faults
  readonly snapshots: Snapshots
  readonly reset: Reset
  readonly compaction: Compaction
  readonly scim: ScimDeps
  /** The copy of the database from before an upgrade. */
  readonly backup: string | undefined
  close(): Promise<void>
}

const defaultRetention: Retention = { count: 100_000, days: 90 }

/** Opens and upgrades the database and composes the services over it. Throws DatabaseError. */
export function openServices(
  { path, profile, retention = defaultRetention, onFatal }: ServicesOptions,
  logger: Logger,
): Services {
  const unlock = path === undefined ? () => {} : lockDatabase(path)
  let db: Database | undefined
  let journalDb: JournalDatabase | undefined
  try {
    db = openSqlite(path)
    const { backup, foreignJournal } = upgrade(db, { onProgress: reportMove(logger) })
    if (foreignJournal !== undefined) {
      logger.warn(
        `the journal next to the database was that of another one, or of a later state of it; it is in ${foreignJournal} now`,
      )
    }
    const connections = connect(db)
    const journalOptions = {
      retention,
      onLost: (err: unknown) => logger.error({ err }, 'writing to the journal failed'),
      ...(onFatal && { onFatal }),
    }
    const thread = path === undefined ? undefined : startJournalThread(path, journalOptions)
    journalDb = thread ?? writeJournalInPlace(openJournal(), journalOptions)
    let checkpoints: Checkpoints | undefined
    const writer = createWriter(db, {
      snapshot: connections.snapshot,
      onDeferredError: err => logger.error({ err }, 'a deferred write failed'),
      onCommit: () => checkpoints?.afterCommit(),
      ...(onFatal && { onFatal }),
    })
    if (thread) {
      checkpoints = createCheckpoints(db, {
        run: mode => thread.callThread('checkpoint', mode),
        betweenCommits: writer.betweenCommits,
        onError: err => logger.error({ err }, 'a checkpoint of the database failed'),
      })
    }
    const longWrites = createLongWrites(db, writer)
    const directory = createDirectory(connections, writer)
    const tenants = createTenantStore(db, writer, loadProfile, longWrites.deleteTenant)
    const journal = createJournal(journalDb)
    const faults = createActiveFaults({ newId: randomUUID, clock: Date.now })
    const analysisStore = createSqliteAnalysis(journalDb)
    const analysis = createAnalysisWorker({
      journal,
      store: analysisStore,
      leases: createSingleInstanceLeases(),
      tenants,
      diagnose: createJournalDiagnoser({
        tenants,
        effects: directory.effects,
        evaluator: createEvaluator({ tenants, directory }),
      }),
      onError: (err, exchange) => logger.error({ err, exchange }, 'analyzing a request failed'),
    })
    const jobHealth = createJobHealthMonitor(analysis, journal)
    const store = createResourceStore(connections, writer, tenants.exists, {
      textIndex: { onError: err => logger.error({ err }, 'indexing an attribute failed') },
    })
    const provider = createProvider({ store })
    const compaction = compactBoth(
      createCompaction(db, writer, async () => checkpoints?.truncate()),
      journalCompaction(journalDb),
    )
    const snapshots = createSqliteSnapshots({
      db,
      writer,
      longWrites,
      reload: rows => {
        const applyTenants = tenants.reload(rows)
        return () => {
          store.reload()
          directory.reload()
          applyTenants()
          provider.forgetCursors()
        }
      },
    })
    const reset = createReset({
      writer,
      longWrites,
      tenants,
      analysis: analysisStore,
      jobHealth,
      faults,
    })
    const scim: ScimDeps = {
      provider,
      tenants,
      journal,
      faults,
      recordSeen: directory.recordSeen,
      findLabel: directory.findLabel,
      fallbackProfile: loadProfile(profile, {}),
      secrets: secretAttributeNames(profileNames.flatMap(name => loadProfile(name, {}).schema.resourceTypes)),
    }
    const close = async () => {
      await analysis.stop()
      await checkpoints?.close()
      await writer.close()
      await longWrites.close()
      await connections.close()
      await journalDb?.close()
      unlock()
    }
    return {
      tenants,
      journal,
      directory,
      analysis,
      jobHealth,
      faults,
      snapshots,
      reset,
      compaction,
      scim,
      backup,
      close,
    }
  } catch (error) {
    void journalDb?.close()
    db?.close()
    unlock()
    throw error
  }
}

const journalCompaction = ({ call }: JournalDatabase): Compaction => ({
  compact: () => call('compact'),
  shrink: () => call('shrink'),
})

const millisecondsBetweenReports = 2000

/** Reports the progress of moving the journal: at once, then at intervals. */
function reportMove(logger: Logger): (moved: number, total: number) => void {
  let reported = Number.NEGATIVE_INFINITY
  const format = (count: number) => count.toLocaleString('en-US')
  return (moved, total) => {
    const now = performance.now()
    if (moved < total && now - reported < millisecondsBetweenReports) return
    reported = now
    logger.info(`moving the journal: ${format(moved)} of ${format(total)} requests`)
  }
}
