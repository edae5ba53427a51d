import t, { type Test } from 'tap'
import { sessionTables } from '../../src/domain/ports/snapshots.ts'
import { openPostgresEngine } from '../../src/storage/postgres/engine.ts'
import { testLease } from '../support/database.ts'
import { createSchema, runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeImports } from './imports.ts'
import { describeOpenedSessions, sessionOf } from './opened-sessions.ts'

const log = {
  info: () => {},
  warn: () => {},
  error: (error: unknown) => {
    throw error
  },
}

async function openEngine(t: Test, location: { readonly url: string; readonly schema: string }) {
  const engine = await openPostgresEngine({
    ...location,
    ...{ lanes: 1, readers: 2, lease: testLease, sealKey: 'encrypts access keys' },
    ...{ retention: { count: 100_000, days: 30 }, log },
  })
  t.teardown(() => engine.close())
  return engine
}

/** The number of rows in each table that has some, and those of a session. */
async function rowsIn(schema: string): Promise<Readonly<Record<string, number>>> {
  const tables = [...sessionTables, 'counts', 'tenants', 'removed_tenants']
  const queries = tables.map(
    table => `select '${table}' as name, count(*)::integer as rows from ${schema}.${table}`,
  )
  const found = (await runOnServer(queries.join(' union all '))) as readonly { name: string; rows: number }[]
  return Object.fromEntries(found.filter(({ rows }) => rows > 0).map(({ name, rows }) => [name, rows]))
}

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const open = async (t: Test) => {
    const location = await createSchema(t)
    return { engine: await openEngine(t, location), rows: () => rowsIn(location.schema) }
  }
  describeOpenedSessions(t, open)
  describeImports(t, open)

  t.test(
    'a session of an instance that ends is stored nowhere, and other instances never show it',
    async t => {
      const location = await createSchema(t)
      const [one, other] = [await openEngine(t, location), await openEngine(t, location)]
      const before = await rowsIn(location.schema)
      let batches = 0
      const session = sessionOf('opened', async () => {
        t.same([other.tenants.list(), (await other.journal.page({ limit: 10 })).items], [[], []])
        if (batches++ !== 9) return
        const ended = await runOnServer(
          `select pg_terminate_backend(pid) as ended from pg_locks
          where relation = '${location.schema}.versions'::regclass and mode = 'RowExclusiveLock'`,
        )
        t.same(ended, [{ ended: true }])
      })
      await t.rejects(one.sessions.open(session), { name: 'ConnectionLostError' })
      t.same(await rowsIn(location.schema), before)
      await one.sessions.open(sessionOf('opened'))
      t.match(other.tenants.list(), [{ id: 'opened' }])
    },
  )
}
