import t, { type Test } from 'tap'
import type { Directory } from '../../src/ports/directory.ts'
import { connectPostgres } from '../../src/postgres/connect.ts'
import { openConnection } from '../../src/postgres/connection.ts'
import { createPostgresDirectory } from '../../src/postgres/directory.ts'
import { migrate as migratePostgres } from '../../src/postgres/migrations.ts'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createDirectory } from '../../src/sqlite/directory.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createResourceStore } from '../../src/sqlite/resources.ts'
import { clearTenants } from '../../src/sqlite/tenant-clearing.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { copyToPostgres } from '../support/copy-to-postgres.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './exchange-effects.ts'
import { describePast } from './history-view.ts'

async function openReads(t: Test, purge: Directory['purge']) {
  const location = await createSchema(t)
  await migratePostgres(location)
  const connections = connectPostgres(location, { readers: 2, lanes: 0 })
  const connection = await openConnection(location)
  t.teardown(async () => {
    await connections.close()
    await connection.close()
  })
  return { connection, directory: createPostgresDirectory(connections.reads, { purge }) }
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
  const store = createResourceStore(connections, writer)
  const { purge, recordSeen } = createDirectory(connections, writer)

  const opening = openReads(t, purge)
  let underWay: Promise<unknown> = opening
  const readCopy = <Result>(read: (directory: Directory) => Promise<Result>): Promise<Result> => {
    const next = underWay.then(async () => {
      const { connection, directory } = await opening
      await writer.flush()
      await copyToPostgres(db, connection)
      return read(directory)
    })
    underWay = next.catch(() => {})
    return next
  }
  /** The methods of a part of the directory, which read a new copy. */
  const readFrom = <Part extends object>(partOf: (directory: Directory) => Part): Part =>
    new Proxy({} as Part, {
      get:
        (_, name) =>
        (...values: readonly unknown[]) =>
          readCopy(directory => {
            const part = partOf(directory) as Record<string, (...values: readonly unknown[]) => unknown>
            return Promise.resolve(part[String(name)]?.(...values))
          }),
    })
  const parts = {
    effects: readFrom(({ effects }) => effects),
    historyView: readFrom(({ historyView }) => historyView),
    recordSeen,
  }
  const directory = new Proxy(
    readFrom(directory => directory),
    {
      get: (methods, name) => Reflect.get(Object.hasOwn(parts, name) ? parts : methods, name),
    },
  )
  const clear = (tenant: number) => writer.write(() => clearTenants(db, `tenant = ${tenant}`))
  return { store, directory, flush: writer.flush, clear }
}

t.test('reads from PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeDirectory(t, open)
  describePast(t, open)
  describeEffects(t, open)
})
