import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { createJournalDiagnoser } from '../analysis/diagnosis/diagnose.ts'
import { createEvaluator } from '../analysis/evaluation/evaluate.ts'
import { createJobHealthMonitor, type JobHealthMonitor } from '../analysis/job-health.ts'
import { type AnalysisWorker, createAnalysisWorker } from '../analysis/worker.ts'
import { createActiveFaults, type Faults } from '../faults/active-faults.ts'
import type { ScimDeps } from '../http/scim-plugin.ts'
import { secretAttributeNames } from '../journal/masking.ts'
import type { Compaction, Writer } from '../ports/database.ts'
import type { Directory } from '../ports/directory.ts'
import type { Retention } from '../ports/journal.ts'
import type { Snapshots } from '../ports/snapshots.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { ProfileName } from '../profiles/names.ts'
import { profileNames } from '../profiles/names.ts'
import { loadProfile } from '../profiles/registry.ts'
import { createProvider } from '../provider/provider.ts'
import { createSqliteAnalysis, type SqliteAnalysis } from '../sqlite/analysis.ts'
import { connect } from '../sqlite/connections.ts'
import { createCompaction, type Database, lockDatabase, openSqlite } from '../sqlite/database.ts'
import { createDirectory, type SqliteDirectory } from '../sqlite/directory.ts'
import { createJournal, type SqliteJournal } from '../sqlite/journal.ts'
import { createLongWrites } from '../sqlite/long-writes.ts'
import { migrate } from '../sqlite/migrations.ts'
import { createResourceStore } from '../sqlite/resources.ts'
import { createSqliteSnapshots } from '../sqlite/snapshots.ts'
import { createTenantStore, type SqliteTenants } from '../sqlite/tenants.ts'
import { createWriter } from '../sqlite/writer.ts'

/**
 * Deletes users, groups, their history, the journal and its analysis, turns faults off and resets the clock of the
 * tenant with this id, or of all tenants, in one transaction. Returns the ids of the tenants.
 */
type Reset = (tenant?: string) => Promise<readonly string[]>

type ResetDeps = {
  readonly writer: Writer
  readonly tenants: Pick<SqliteTenants, 'resetClocks'>
  readonly directory: Pick<SqliteDirectory, 'clear' | 'clearAll'>
  readonly journal: Pick<SqliteJournal, 'clear'>
  readonly analysis: Pick<SqliteAnalysis, 'clear'>
  readonly jobHealth: Pick<JobHealthMonitor, 'clear'>
  readonly faults: Pick<Faults, 'deactivateAll' | 'deactivateForTenant'>
}

export function createReset({
  writer,
  tenants,
  directory,
  journal,
  analysis,
  jobHealth,
  faults,
}: ResetDeps): Reset {
  return async id => {
    const reset = () => {
      const clocks = tenants.resetClocks(id)
      if (id === undefined) directory.clearAll()
      else for (const { key } of clocks.tenants) directory.clear(key)
      const afterCommit = [clocks.apply, journal.clear(id)]
      analysis.clear(id)
      return { ids: clocks.tenants.map(tenant => tenant.id), afterCommit }
    }
    // Two commits in one turn: the first writes the requests that were recorded before, and the reset deletes them, too.
    const before = writer.flush()
    const done = writer.write(reset).then(({ ids, afterCommit }) => {
      for (const step of afterCommit) step()
      jobHealth.clear(id)
      if (id === undefined) faults.deactivateAll()
      else faults.deactivateForTenant(id)
      return ids
    })
    await Promise.all([before, writer.flush()])
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
  readonly journal: SqliteJournal
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
  try {
    db = openSqlite(path)
    const { backup } = migrate(db)
    const connections = connect(db)
    const onDeferredError = (err: unknown) => logger.error({ err }, 'writing to the journal failed')
    const writer = createWriter(db, { onDeferredError, ...(onFatal && { onFatal }) })
    const longWrites = createLongWrites(db, writer)
    const directory = createDirectory(connections, writer)
    const tenants = createTenantStore(db, writer, loadProfile, longWrites.deleteTenant)
    const journal = createJournal(db, writer, retention, onDeferredError)
    const faults = createActiveFaults({ newId: randomUUID, clock: Date.now })
    const analysisStore = createSqliteAnalysis(db, writer)
    const analysis = createAnalysisWorker({
      journal,
      store: analysisStore,
      tenants,
      diagnose: createJournalDiagnoser({
        tenants,
        effects: directory.effects,
        evaluator: createEvaluator({ tenants, directory }),
      }),
      onError: (err, exchange) => logger.error({ err, exchange }, 'analyzing a request failed'),
    })
    const jobHealth = createJobHealthMonitor(analysis, journal)
    const store = createResourceStore(connections, writer, tenants.exists)
    const provider = createProvider({ store })
    const compaction = createCompaction(db, writer)
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
      tenants,
      directory,
      journal,
      analysis: analysisStore,
      jobHealth,
      faults,
    })
    const scim: ScimDeps = {
      provider,
      tenants,
      journal,
      faults,
      recordSeen: (keys, at) => directory.recordSeen(keys, at),
      findLabel: directory.findLabel,
      fallbackProfile: loadProfile(profile, {}),
      secrets: secretAttributeNames(profileNames.flatMap(name => loadProfile(name, {}).schema.resourceTypes)),
    }
    const close = async () => {
      await analysis.stop()
      await writer.close()
      await longWrites.close()
      await connections.close()
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
    db?.close()
    unlock()
    throw error
  }
}
