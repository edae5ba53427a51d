import t, { type Test } from 'tap'
import { migrate } from '../../src/database/migrate.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { createWriter } from '../../src/database/sqlite-writer.ts'
import { createSqliteDirectory } from '../../src/store/sqlite-directory.ts'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './effects.ts'
import { describePast } from './past.ts'
import { describePromisedMembers } from './promised-members.ts'
import { describeStore } from './resource-store.ts'
import { describeSecrets } from './secrets.ts'

const open = (t: Test) => {
  const db = openSqlite(undefined)
  migrate(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    db.close()
  })
  const store = createSqliteStore(db, writer)
  return { store, directory: createSqliteDirectory(db, writer), flush: writer.flush }
}

describeStore(t, open)
describeDirectory(t, open)
describePast(t, open)
describeEffects(t, open)
describeSecrets(t, open)
describePromisedMembers(t, open)
