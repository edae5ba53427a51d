import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { type Analyst, createAnalyst } from './analysis/analyst.ts'
import { createStoredDiagnosis } from './analysis/diagnose/diagnose-stored.ts'
import { createSqliteAnalysis } from './analysis/sqlite-analysis.ts'
import { createStandings, type Standings } from './analysis/standings.ts'
import { createJudge } from './analysis/verdict.ts'
import { type Compaction, createCompaction } from './database/compaction.ts'
import { migrate } from './database/migrate.ts'
import { openSqlite } from './database/sqlite.ts'
import { createWriter } from './database/sqlite-writer.ts'
import { createFaults, type Faults } from './faults/faults.ts'
import type { ScimParts } from './http/scim-plugin.ts'
import type { Retention } from './journal/journal.ts'
import { secretNames } from './journal/secret-names.ts'
import { createSqliteJournal, type SqliteJournal } from './journal/sqlite-journal.ts'
import { profileNamed, profileNames } from './profiles/index.ts'
import type { ProfileName } from './profiles/profile.ts'
import { createProvider } from './provider/provider.ts'
import { createReset, type Reset } from './reset.ts'
import type { Snapshots } from './snapshots/snapshot.ts'
import { createSqliteSnapshots } from './snapshots/sqlite-snapshots.ts'
import type { Directory } from './store/directory.ts'
import { createSqliteDirectory } from './store/sqlite-directory.ts'
import { createSqliteStore } from './store/sqlite-store.ts'
import { createSqliteTenants } from './tenants/sqlite-tenants.ts'
import type { TenantStore } from './tenants/tenant-store.ts'

export type PartsOptions = {
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
export type Parts = {
  readonly tenants: TenantStore
  readonly journal: SqliteJournal
  readonly directory: Directory
  /** What the journal's exchanges mean; not started yet. */
  readonly analysis: Analyst
  /** How the jobs stand that speak to the tenants. */
  readonly standings: Standings
  readonly faults: Faults
  readonly snapshots: Snapshots
  readonly reset: Reset
  readonly compaction: Compaction
  readonly scim: ScimParts
  /** The database as it was before an upgrade. */
  readonly backup: string | undefined
  close(): Promise<void>
}

/** What the journal keeps unless told otherwise: the newest 100,000 exchanges of the last 90 days. */
const usualRetention: Retention = { count: 100_000, days: 90 }

/** Opens and upgrades the database and puts the parts together. Throws DatabaseError. */
export function openParts(
  { path, profile, retention = usualRetention, onFatal }: PartsOptions,
  logger: Logger,
): Parts {
  const db = openSqlite(path)
  try {
    const { backup } = migrate(db)
    const onLost = (err: unknown) => logger.error({ err }, 'something could not be kept in the journal')
    const writer = createWriter(db, { onLost, ...(onFatal && { onFatal }) })
    const directory = createSqliteDirectory(db, writer)
    const tenants = createSqliteTenants(db, writer, profileNamed, directory.clear)
    const journal = createSqliteJournal(db, writer, retention, onLost)
    const faults = createFaults({ newId: randomUUID, clock: Date.now })
    const analysis = createAnalyst({
      journal,
      writer,
      store: createSqliteAnalysis(db),
      tenants,
      diagnose: createStoredDiagnosis({
        tenants,
        effects: directory.effects,
        judge: createJudge({ tenants, directory }),
      }),
      onTrouble: (err, exchange) => logger.error({ err, exchange }, 'the analysis failed'),
    })
    const standings = createStandings(analysis, journal)
    const store = createSqliteStore(db, writer, tenants.has)
    const provider = createProvider({ store })
    const compaction = createCompaction(db, writer)
    const snapshots = createSqliteSnapshots({
      db,
      writer,
      path,
      reread: () => {
        const remember = tenants.reread()
        store.reread()
        directory.reread()
        return () => {
          remember()
          provider.forgetCursors()
        }
      },
    })
    const reset = createReset({ writer, tenants, directory, journal, analysis, standings, faults })
    const scim: ScimParts = {
      provider,
      tenants,
      journal,
      faults,
      seen: (keys, at) => directory.seen(keys, at),
      labelOf: directory.labelOf,
      otherwise: profileNamed(profile, {}),
      secrets: secretNames(profileNames.flatMap(name => profileNamed(name, {}).resourceTypes)),
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
      standings,
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
