import { createActiveFaults } from '../../src/domain/faults/fault.ts'
import { createOnlyInstance } from '../../src/domain/ports/leader.ts'
import { createJobHealthMonitor } from '../../src/insight/analysis/job-health.ts'
import { createAnalysisWorker } from '../../src/insight/analysis/worker.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import { createReset as createWholeReset } from '../../src/server/compose.ts'
import { createSqliteAnalysis } from '../../src/storage/sqlite/analysis.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { createJournal } from '../../src/storage/sqlite/journal.ts'
import { openJournal, upgrade } from '../../src/storage/sqlite/journal-file.ts'
import { createLongWrites, createReset, createUnlistedTenants } from '../../src/storage/sqlite/long-writes.ts'
import { startJournalThread, writeJournalInPlace } from '../../src/storage/sqlite/open-journal.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../src/storage/sqlite/snapshots.ts'
import { createTenantStore } from '../../src/storage/sqlite/tenants.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { plenty } from '../contract/journal.ts'

/** All adapters over one database, in memory without a path, and its connections. The caller closes it. */
export function openWhole(path?: string) {
  const db = openSqlite(path)
  upgrade(db)
  const connections = connect(db)
  const writer = createWriter(db, { snapshot: connections.snapshot })
  const longWrites = createLongWrites(db, writer)
  const directory = createDirectory(connections, writer)
  const tenants = createTenantStore(db, writer, loadProfile, createUnlistedTenants({ longWrites }).remove)
  const journalDb =
    path === undefined
      ? writeJournalInPlace(openJournal(), { retention: plenty })
      : startJournalThread(path, { retention: plenty })
  const journal = createJournal(journalDb)
  const analysisStore = createSqliteAnalysis(journalDb)
  const analysis = createAnalysisWorker({
    tenants,
    journal,
    store: analysisStore,
    leader: createOnlyInstance(),
    readsAtOnce: 1,
    diagnose: ({ id }) => [{ id: 'client/odd', detail: id }],
    onError: error => {
      throw error
    },
  })
  const jobHealth = createJobHealthMonitor(analysis, journal, tenants)
  let fault = 0
  const faults = createActiveFaults({ newId: () => `fault-${++fault}`, clock: () => 0 })
  const store = createResourceStore(connections, writer, tenants.exists)
  const reset = createWholeReset({
    engine: { reset: createReset({ writer, longWrites, tenants, analysis: analysisStore }), faults, tenants },
    jobHealth,
  })
  const snapshots = createSqliteSnapshots({
    db,
    writer,
    longWrites,
    reload: rows => {
      const remember = tenants.reload(rows)
      return () => {
        store.reload()
        directory.reload()
        remember()
      }
    },
  })
  const close = async () => {
    await analysis.stop()
    await writer.close()
    await longWrites.close()
    await connections.close()
    await journalDb.close()
  }
  return {
    ...{
      db,
      journalDb,
      writer,
      directory,
      tenants,
      journal,
      analysis,
      jobHealth,
      faults,
      store,
      reset,
      snapshots,
    },
    close,
  }
}
