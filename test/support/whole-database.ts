import { createAnalyst } from '../../src/analysis/analyst.ts'
import { createSqliteAnalysis } from '../../src/analysis/sqlite-analysis.ts'
import { createStandings } from '../../src/analysis/standings.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { createWriter } from '../../src/database/sqlite-writer.ts'
import { createFaults } from '../../src/faults/faults.ts'
import { createSqliteJournal } from '../../src/journal/sqlite-journal.ts'
import { profileNamed } from '../../src/profiles/index.ts'
import { createReset } from '../../src/reset.ts'
import { createSqliteSnapshots } from '../../src/snapshots/sqlite-snapshots.ts'
import { createSqliteDirectory } from '../../src/store/sqlite-directory.ts'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'
import { createSqliteTenants } from '../../src/tenants/sqlite-tenants.ts'
import { plenty } from '../contract/journal.ts'

/** All adapters over one database, in memory without a path, and the database itself. Close it at the end. */
export function openWhole(path?: string) {
  const db = openSqlite(path)
  migrate(db)
  const writer = createWriter(db)
  const directory = createSqliteDirectory(db, writer)
  const tenants = createSqliteTenants(db, writer, profileNamed, directory.clear)
  const journal = createSqliteJournal(db, writer, plenty)
  const analysis = createAnalyst({
    tenants,
    journal,
    writer,
    store: createSqliteAnalysis(db),
    diagnose: ({ id }) => [{ id: 'client/odd', detail: id }],
    onTrouble: error => {
      throw error
    },
  })
  const standings = createStandings(analysis, journal)
  let fault = 0
  const faults = createFaults({ newId: () => `fault-${++fault}`, clock: () => 0 })
  const store = createSqliteStore(db, writer, tenants.has)
  const reset = createReset({ writer, tenants, directory, journal, analysis, standings, faults })
  const snapshots = createSqliteSnapshots({
    db,
    writer,
    path,
    reread: () => {
      const remember = tenants.reread()
      store.reread()
      directory.reread()
      return remember
    },
  })
  const close = async () => {
    await analysis.stop()
    await writer.close()
    db.close()
  }
  return {
    ...{ db, writer, directory, tenants, journal, analysis, standings, faults, store, reset, snapshots },
    close,
  }
}
