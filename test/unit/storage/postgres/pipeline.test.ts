import { readFileSync } from 'node:fs'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createPipeline, type Pipeline } from '../../../../src/storage/postgres/pipeline.ts'
import { prepared } from '../../../../src/storage/postgres/statement.ts'
import { createSchema, skipWithoutPostgres } from '../../../support/postgres.ts'

const skip = skipWithoutPostgres

t.test('the driver is installed in the exact version that the pipeline was written for', async t => {
  const { devDependencies } = JSON.parse(
    readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
  )
  t.match(devDependencies.pg, /^\d+\.\d+\.\d+$/)
  const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('pg/package.json')), 'utf8'))
  t.equal(version, devDependencies.pg)
})

/** What the pipeline calls of a connection, in order. */
type Sent = readonly [message: string, parameters: unknown]

/** A client that submits a query as the driver does, to a connection that records what it is sent. */
async function open(t: Test) {
  const { url } = await createSchema(t)
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
  await client.connect()
  t.teardown(() => client.end())
  const sent: Sent[] = []
  for (const message of ['parse', 'describe', 'bind', 'execute', 'sync'] as const) {
    const connection = client.connection as unknown as Record<string, (...values: unknown[]) => unknown>
    const original = connection[message]?.bind(connection)
    connection[message] = (...values) => {
      sent.push([message, values[0]])
      return original?.(...values)
    }
  }
  const pipeline: Pipeline = createPipeline(client, type => pg.types.getTypeParser(type, 'text'))
  return { client, pipeline, sent }
}

const double = { ...prepared('select $1::int * 2 as double'), name: 'double' }
const add = { ...prepared('select $1::int + $2::int as sum, null as nothing'), name: 'add' }

t.test('statements of a round trip share one Sync, and are described once', { skip }, async t => {
  const { pipeline, sent } = await open(t)
  t.same(
    await pipeline([
      { ...double, values: [4] },
      { ...add, values: [1, 2] },
      { ...double, values: [5] },
    ]),
    [[{ double: 8 }], [{ sum: 3, nothing: null }], [{ double: 10 }]],
  )
  t.same(
    sent.map(([message]) => message),
    [
      ...['parse', 'describe', 'bind', 'execute'],
      ...['parse', 'describe', 'bind', 'execute'],
      ...['bind', 'execute', 'sync'],
    ],
  )
  sent.length = 0
  t.same(await pipeline([{ ...add, values: [3, 4] }]), [[{ sum: 7, nothing: null }]])
  t.same(sent, [
    ['bind', { portal: '', statement: 'p2', values: ['3', '4'] }],
    ['execute', { portal: '' }],
    ['sync', undefined],
  ])
})

t.test(
  'pipelines and queries of the driver that are sent at once have their own results',
  { skip },
  async t => {
    const { client, pipeline } = await open(t)
    const results = await Promise.all([
      pipeline([{ ...double, values: [1] }]),
      client.query('select 7 as seven').then(({ rows }) => rows),
      pipeline([{ ...double, values: [2] }]),
    ])
    t.same(results, [[[{ double: 2 }]], [{ seven: 7 }], [[{ double: 4 }]]])
  },
)

t.test('a statement that fails rejects its pipeline alone, and is prepared again', { skip }, async t => {
  const { pipeline, sent } = await open(t)
  const [failed, next] = await Promise.allSettled([
    pipeline([
      { ...double, values: [1] },
      { ...add, values: ['no number', 2] },
    ]),
    pipeline([{ ...double, values: [3] }]),
  ])
  t.match(failed, { status: 'rejected', reason: { code: '22P02' } })
  t.same(next, { status: 'fulfilled', value: [[{ double: 6 }]] })
  sent.length = 0
  t.same(await pipeline([{ ...add, values: [1, 1] }]), [[{ sum: 2, nothing: null }]])
  t.match(sent, [['parse', { name: 'p3' }], ['describe'], ['bind'], ['execute'], ['sync']])
})

t.test('an empty statement and one without rows have no rows', { skip }, async t => {
  const { pipeline } = await open(t)
  t.same(
    await pipeline([
      { text: '', values: [] },
      { text: 'select 1 where false', values: [] },
    ]),
    [[], []],
  )
})
