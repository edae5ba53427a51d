import { transferTables } from '../../src/storage/common/transfer.ts'
import type { Connection } from '../../src/storage/postgres/connection.ts'
import { copyRows } from '../../src/storage/postgres/transfer.ts'
import type { Database } from '../../src/storage/sqlite/database.ts'
import { createTransferSource } from '../../src/storage/sqlite/transfer.ts'

/** Replaces all rows of a schema by those of a database in SQLite, in which no value is exclusive. */
export async function copyToPostgres(from: Database, to: Connection): Promise<void> {
  const tables = [...transferTables, 'counts', 'indexed_texts']
  await to.execute(tables.map(table => `delete from ${table}`).join('; '))
  await copyRows(
    to,
    createTransferSource({ db: from }, () => false),
  )
  // As if two connections had written them.
  await to.execute(`
    update counts set n = n + 1;
    insert into counts (tenant, type, block, slot, n) select tenant, type, block, 1, -1 from counts`)
}
