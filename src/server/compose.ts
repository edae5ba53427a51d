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
import { createSqliteAnalysis } from '../sqlite/analysis.ts'
import { createCompaction, openSqlite } from '../sqlite/database.ts'
import { createDirectory, type SqliteDirectory } from '../sqlite/directory.ts'
import { createJournal, type SqliteJournal } from '../sqlite/journal.ts'
import { migrate } from '../sqlite/migrations.ts'
import { createResourceStore } from '../sqlite/resources.ts'
import { createSqliteSnapshots } from '../sqlite/snapshots.ts'
import { createTenantStore, type SqliteTenants } from '../sqlite/tenants.ts'
import { createWriter } from '../sqlite/writer.ts'

/**
 * Deletes users, groups, their history, the journal and what it showed, turns faults off and sets the clock back: of
 * the tenant with this id, or of all. All on disk at once, or nothing. Returns the ids of the tenants.
 */
export type Reset = (tenant?: string) => Promise<readonly string[]>

type ResetDeps = {
  readonly writer: Writer
  readonly tenants: Pick<SqliteTenants, 'resetClocks'>
  readonly directory: Pick<SqliteDirectory, 'clear' | 'clearAll'>
  readonly journal: Pick<SqliteJournal, 'clear'>
  readonly analysis: Pick<AnalysisWorker, 'clear'>
  readonly jobHealth: Pick<JobHealthMonitor, 'clear'>
  readonly faults: Pick<Faults, 'deactivateAll' | 'deactivateForTenant'>
}

export function createReset(parts: ResetDeps): Reset {
  const { writer, tenants, directory, journal, analysis, jobHealth, faults } = parts
  return async id => {
    const reset = () => {
      const clocks = tenants.resetClocks(id)
      if (id === undefined) directory.clearAll()
      else for (const { key } of clocks.tenants) directory.clear(key)
      return {
        ids: clocks.tenants.map(tenant => tenant.id),
        onceOnDisk: [clocks.apply, journal.clear(id), analysis.clear(id)],
      }
    }
    // Two commits in one turn: what was answered before is in the journal's table by the second, and goes, too.
    const before = writer.flush()
    const done = writer.write(reset).then(({ ids, onceOnDisk }) => {
      for (const step of onceOnDisk) step()
      jobHealth.clear(id)
      if (id === undefined) faults.deactivateAll()
      else faults.deactivateForTenant(id)
      return ids
    })
    await Promise.all([before, writer.flush()])
    return await done
  }
}

export type ServicesOptions = {
  /** The SQLite file; in memory without it. */
  readonly path?: string | undefined
  /** Whose words answer a request of which no tenant is known. */
  readonly profile: ProfileName
  /** What the journal keeps. */
  readonly retention?: Retention
  /** The database can't be written any more. */
  readonly onFatal?: (error: Error) => void
}

/** Everything that both listeners stand on. */
export type Services = {
  readonly tenants: TenantStore
  readonly journal: SqliteJournal
  readonly directory: Directory
  /** What the journal's exchanges mean; not started yet. */
  readonly analysis: AnalysisWorker
  /** How the jobs stand that speak to the tenants. */
  readonly jobHealth: JobHealthMonitor
  readonly faults: Faults
  readonly snapshots: Snapshots
  readonly reset: Reset
  readonly compaction: Compaction
  readonly scim: ScimDeps
  /** The database as it was before an upgrade. */
  readonly backup: string | undefined
  close(): Promise<void>
}

/** What the journal keeps unless told otherwise: the newest 100,000 exchanges of the last 90 days. */
const defaultRetention: Retention = { count: 100_000, days: 90 }

/** Opens and upgrades the database and puts the parts together. Throws DatabaseError. */
export function openServices(
  { path, profile, retention = defaultRetention, onFatal }: ServicesOptions,
  logger: Logger,
): Services {
  const db = openSqlite(path)
  try {
    const { backup } = migrate(db)
    const onDeferredError = (err: unknown) =>
      logger.error({ err }, 'something could not be kept in the journal')
    const writer = createWriter(db, { onDeferredError, ...(onFatal && { onFatal }) })
    const directory = createDirectory(db, writer)
    const tenants = createTenantStore(db, writer, loadProfile, directory.clear)
    const journal = createJournal(db, writer, retention, onDeferredError)
    const faults = createActiveFaults({ newId: randomUUID, clock: Date.now })
    const analysis = createAnalysisWorker({
      journal,
      writer,
      store: createSqliteAnalysis(db),
      tenants,
      diagnose: createJournalDiagnoser({
        tenants,
        effects: directory.effects,
        evaluator: createEvaluator({ tenants, directory }),
      }),
      onError: (err, exchange) => logger.error({ err, exchange }, 'the analysis failed'),
    })
    const jobHealth = createJobHealthMonitor(analysis, journal)
    const store = createResourceStore(db, writer, tenants.exists)
    const provider = createProvider({ store })
    const compaction = createCompaction(db, writer)
    const snapshots = createSqliteSnapshots({
      db,
      writer,
      path,
      reload: () => {
        const remember = tenants.reload()
        store.reload()
        directory.reload()
        return () => {
          remember()
          provider.forgetCursors()
        }
      },
    })
    const reset = createReset({ writer, tenants, directory, journal, analysis, jobHealth, faults })
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
      db.close()
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
    db.close()
    throw error
  }
}
