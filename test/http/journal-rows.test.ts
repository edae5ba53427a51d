import pino from 'pino'
import t, { type Test } from 'tap'
import { compareRows, compareSeries } from '../../scripts/prove/journal-rows/compare.ts'
import {
  changedSeries,
  type Difference,
  differences,
  postgresDifferences,
} from '../../scripts/prove/journal-rows/differences.ts'
import { type Recorded, readFixture } from '../../scripts/prove/journal-rows/fixture.ts'
import { readSeries } from '../../scripts/prove/journal-rows/metrics.ts'
import { type Row, rowsOfSteps } from '../../scripts/prove/journal-rows/rows.ts'
import { runSteps } from '../../scripts/prove/journal-rows/run.ts'
import { addressFlags, readRows } from '../../scripts/prove/journal-rows/server.ts'
import { serverFlags } from '../../scripts/prove/journal-rows/setup.ts'
import { readConfig } from '../../src/server/config.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { storedColumns, toRowValues } from '../../src/storage/common/exchange-rows.ts'
import { testLease } from '../support/database.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'

// The requests and their rows are those that an earlier version recorded. `npm run prove -- journal-rows` sends more of them to both.

const { plans } = readFixture()

/** A database, and its rows: before the server is closed in memory, after that otherwise. */
type TestDatabase = {
  readonly flags: readonly string[]
  rows(server: RunningServer): Promise<readonly Row[]>
}

async function rowsAfterClosing(
  server: RunningServer,
  data: Parameters<typeof readRows>[0],
): Promise<readonly Row[]> {
  await server.close()
  return readRows(data)
}

function inFile(t: Test): TestDatabase {
  const file = `${t.testdir()}/journal-rows.db`
  return { flags: [`--data=${file}`], rows: server => rowsAfterClosing(server, { file }) }
}

const inMemory: TestDatabase = {
  flags: ['--memory'],
  async rows(server) {
    const rows: Row[] = []
    for await (const batch of server.journal.batches({ bodies: 'all' })) {
      for (const exchange of batch) {
        const values = toRowValues(exchange)
        rows.push(Object.fromEntries(storedColumns.map((column, at) => [column, values[at]])))
      }
    }
    await server.close()
    return rows
  },
}

async function inPostgres(t: Test): Promise<TestDatabase> {
  const { url, schema } = await createSchema(t)
  return {
    flags: [`--database-url=${url}`, `--database-schema=${schema}`],
    rows: server => rowsAfterClosing(server, { url, schema }),
  }
}

/** Sends the requests of a plan, and compares their rows. Returns how many rows show each difference. */
async function compare(t: Test, plan: Recorded, { flags, rows }: TestDatabase, known: readonly Difference[]) {
  const config = readConfig({
    args: [...addressFlags(), ...serverFlags, ...plan.flags, ...flags],
    environment: {},
    isTerminal: false,
    showsCredentials: false,
  })
  const server = await startServer({ ...config, lease: testLease }, pino({ level: 'silent' }))
  t.teardown(server.close)
  const { origin } = new URL(server.endpoint)
  const addresses = { scim: origin, console: server.console, aws: server.aws?.url ?? '' }
  const session = await runSteps(plan.steps, addresses)
  const series = await readSeries(addresses)
  const now = rowsOfSteps(await rows(server), plan.steps, session)
  const { shown, deviations } = compareRows(plan.steps, plan.rows, now, known)
  t.same(deviations, [], plan.name)
  t.same(compareSeries(plan.series, series, changedSeries), [], `metrics: ${plan.name}`)
  return shown
}

t.test('a journal in a file has the rows of an earlier version, apart from known differences', async t => {
  const seen = new Set<string>()
  for (const plan of plans) {
    for (const [name, rows] of await compare(t, plan, inFile(t), differences)) if (rows > 0) seen.add(name)
  }
  const unseen = differences.filter(({ name }) => !seen.has(name))
  t.same(unseen, [], 'each known difference is seen')
})

t.test('a journal in memory has the same rows', async t => {
  const [, random] = plans
  if (random) await compare(t, random, inMemory, differences)
})

t.test('a journal in PostgreSQL has the same rows', { skip: skipWithoutPostgres }, async t => {
  const [, random] = plans
  if (random) await compare(t, random, await inPostgres(t), [...differences, ...postgresDifferences])
})
