import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { createSchema, skipWithoutPostgres } from '../../support/postgres.ts'

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
