import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { migrate } from '../../../src/storage/postgres/migrations.ts'
import { createSchema, rowsOfAllTables, runOnServer, skipWithoutPostgres } from '../../support/postgres.ts'
import { takeTables } from '../../support/postgres-tables.ts'

const usesOwnServer = process.env.SCIMULATOR_TEST_POSTGRES === undefined
const skip = skipWithoutPostgres || (!usesOwnServer && 'the server is not started by the tests')

const support = new URL('../../support/postgres.ts', import.meta.url)

/** A test process that has started a server and waits; the folder of the server's files. */
async function startWaitingTest(): Promise<{ readonly test: ChildProcess; readonly folder: string }> {
  const program = `
    import t from 'tap'
    import { createSchema } from '${support}'
    t.test('waits', async t => {
      const { url } = await createSchema(t)
      process.stderr.write(new URL(url).searchParams.get('host') + '\\n')
      await new Promise(() => setInterval(() => {}, 1e6))
    })`
  const test = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  for await (const part of test.stderr?.setEncoding('utf8') ?? []) {
    output += part
    if (output.endsWith('\n')) break
  }
  return { test, folder: output.trim() }
}

/** Resolves once the folder is gone. */
function removalOf(folder: string): Promise<void> {
  return new Promise(resolve => {
    const watcher = watch(dirname(folder))
    const check = () => {
      if (existsSync(folder)) return
      watcher.close()
      resolve()
    }
    watcher.on('change', check)
    check()
  })
}

t.test('the server ends with a test process that is killed, and its files are removed', { skip }, async t => {
  const { test, folder } = await startWaitingTest()
  const client = new pg.Client({ host: folder, user: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  const disconnected = new Promise<void>(resolve => client.once('end', resolve))
  test.kill('SIGKILL')
  await disconnected
  await removalOf(folder)
  t.notOk(existsSync(folder))
})

t.test('schemas are separate', { skip: skipWithoutPostgres }, async t => {
  const [one, other] = [await createSchema(t), await createSchema(t)]
  t.equal(one.url, other.url)
  t.not(one.schema, other.schema)
})

/** The moment of the migration, and what is random in new tables. */
const varying = /\b\d{13}\b|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}/g

const rowsOf = async (schema: string) =>
  (await rowsOfAllTables(schema)).map(rows => rows.replace(varying, '?')).sort()

const sequencesOf = (schema: string) =>
  runOnServer(
    `select sequencename, last_value, increment_by from pg_sequences where schemaname = '${schema}' order by 1`,
  )

t.test('tables that a test has used are as new ones in the next', { skip: skipWithoutPostgres }, async t => {
  const fresh = await createSchema(t)
  await migrate(fresh)
  let used = ''
  await t.test('a test', async t => {
    const tables = await takeTables(t)
    used = tables.schema
    await runOnServer(`
      set search_path = ${used};
      delete from leases; update epochs set n = 7; select nextval('moment');
      insert into settings (name, value, epoch) values ('theme', 'dark', 1);
      insert into settings (name, value, epoch) select n::text, repeat('x', 100), 1 from generate_series(1, 5000) n`)
    t.notSame(await rowsOf(used), await rowsOf(fresh.schema))
  })
  const { schema } = await takeTables(t)
  t.equal(schema, used)
  t.same(await rowsOf(schema), await rowsOf(fresh.schema))
  t.same(await sequencesOf(schema), await sequencesOf(fresh.schema))
})

t.test('a connection that a test leaves open ends with it', { skip: skipWithoutPostgres }, async t => {
  let client: pg.Client | undefined
  let ended: Promise<void> | undefined
  await t.test('a test', async t => {
    const { url } = await takeTables(t)
    client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    ended = new Promise(resolve => client?.once('end', resolve))
    await client.connect()
  })
  await ended
})

t.test('tables that a test has changed are not used again', { skip: skipWithoutPostgres }, async t => {
  let changed = ''
  await t.test('a test', async t => {
    changed = (await takeTables(t)).schema
    await runOnServer(`alter table ${changed}.settings add column theme text`)
  })
  t.not((await takeTables(t)).schema, changed)
  t.same(await runOnServer(`select from pg_namespace where nspname = '${changed}'`), [])
})
