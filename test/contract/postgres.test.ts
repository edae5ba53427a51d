import t, { type Test } from 'tap'
import { connectPostgres } from '../../src/postgres/connect.ts'
import { openConnection } from '../../src/postgres/connection.ts'
import { migrate as migratePostgres } from '../../src/postgres/migrations.ts'
import { createResourceReads, type ResourceReads } from '../../src/postgres/resources.ts'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createDirectory } from '../../src/sqlite/directory.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createResourceStore } from '../../src/sqlite/resources.ts'
import { clearTenants } from '../../src/sqlite/tenant-clearing.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { copyToPostgres } from '../support/copy-to-postgres.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { describePromisedMembers } from './promised-members.ts'
import { describeStore } from './resources.ts'
import { describeSecrets } from './secrets.ts'

async function openReads(t: Test) {
  const location = await createSchema(t)
  await migratePostgres(location)
  const connections = connectPostgres(location, { readers: 2, lanes: 0 })
  const connection = await openConnection(location)
  t.teardown(async () => {
    await connections.close()
    await connection.close()
  })
  return { connection, reads: createResourceReads(connections.reads) }
}

/** Writes to SQLite, and reads the same rows from PostgreSQL. */
function open(t: Test) {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  const { insert, update, remove } = createResourceStore(connections, writer)
  const directory = createDirectory(connections, writer)

  // Some tests read nothing.
  let opening: ReturnType<typeof openReads> | undefined
  let underWay: Promise<unknown> = Promise.resolve()
  const readCopy = <Result>(read: (reads: ResourceReads) => Promise<Result>): Promise<Result> => {
    const next = underWay.then(async () => {
      opening ??= openReads(t)
      const { connection, reads } = await opening
      await writer.flush()
      await copyToPostgres(db, connection)
      return read(reads)
    })
    underWay = next.catch(() => {})
    return next
  }
  const store = {
    insert,
    update,
    remove,
    find: (...of: Parameters<ResourceReads['find']>) => readCopy(reads => reads.find(...of)),
    secrets: (...of: Parameters<ResourceReads['secrets']>) => readCopy(reads => reads.secrets(...of)),
    list: (...of: Parameters<ResourceReads['list']>) => readCopy(reads => reads.list(...of)),
    orderedKeys: (...of: Parameters<ResourceReads['orderedKeys']>) =>
      readCopy(reads => reads.orderedKeys(...of)),
    findByKeys: (...of: Parameters<ResourceReads['findByKeys']>) =>
      readCopy(reads => reads.findByKeys(...of)),
    related: (...of: Parameters<ResourceReads['related']>) => readCopy(reads => reads.related(...of)),
    hasMoreMembers: (...of: Parameters<ResourceReads['hasMoreMembers']>) =>
      readCopy(reads => reads.hasMoreMembers(...of)),
    relatedById: (...of: Parameters<ResourceReads['relatedById']>) =>
      readCopy(reads => reads.relatedById(...of)),
  }
  const clear = (tenant: number) => writer.write(() => clearTenants(db, `tenant = ${tenant}`))
  return { store, directory, flush: writer.flush, clear }
}

t.test('reads from PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeStore(t, open)
  describeSecrets(t, open)
  describePromisedMembers(t, open)
})
