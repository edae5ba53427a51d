import t from 'tap'
import { DatabaseError } from '../../../../src/domain/ports/database.ts'
import {
  connectPostgres,
  createLane,
  createSerialLane,
  openJournalLane,
} from '../../../../src/storage/postgres/connect.ts'
import {
  type Connection,
  ConnectionLostError,
  openConnection,
} from '../../../../src/storage/postgres/connection.ts'
import { createSharedRead } from '../../../../src/storage/postgres/resource-rows.ts'
import { prepared } from '../../../../src/storage/postgres/statement.ts'
import { until } from '../../../support/cluster.ts'
import { startFakePostgres } from '../../../support/fake-postgres.ts'
import { createSchema, runOnServer, skipWithoutPostgres } from '../../../support/postgres.ts'

/** The message of a rejected connection, without the port. */
async function rejectionOf(url: string): Promise<string> {
  try {
    await (await openConnection({ url })).close()
  } catch (error) {
    if (error instanceof DatabaseError) return error.message.replace(/:\d+/, ':PORT')
    throw error
  }
  return 'it was not rejected'
}

t.test('a server that does not respond is reported', async t => {
  t.match(
    await rejectionOf('postgres://ada:pa55word@127.0.0.1:1/scim'),
    /^The database "scim" on 127\.0\.0\.1:PORT cannot be reached \(.*ECONNREFUSED.*\)\. Start it, or correct --database-url\.$/,
  )
  await t.rejects(openConnection({ url: 'postgres://127.0.0.1:1/scim' }), ConnectionLostError)
})

t.test('of several hosts, the first is used that can be reached and accepts writes', async t => {
  const row = { version: '15', encoding: 'UTF8' }
  const [standby, primary] = [
    await startFakePostgres(t, { row: { ...row, readOnly: 'on' } }),
    await startFakePostgres(t, { row: { ...row, readOnly: 'off' } }),
  ].map(url => new URL(url).host)
  const urlOf = (...hosts: readonly unknown[]) =>
    `postgres://ada:pa55word@${hosts}/scim?target_session_attrs=any`
  const connection = await openConnection({ url: urlOf('127.0.0.1:1', standby, primary) })
  t.equal(connection.name, `"scim" on ${primary}`)
  await connection.close()
  t.match(
    await rejectionOf(urlOf('127.0.0.1:1', standby)),
    /^No host of --database-url accepts writes\. The database "scim" on 127\.0\.0\.1:PORT cannot be reached \(.*\)\. Start it, or correct --database-url\. The database "scim" on \S+ is read-only\.$/,
  )
})

t.test('a URL that cannot be parsed is not repeated', async t => {
  t.equal(
    await rejectionOf('postgres://ada:pa55word@[::1/scim'),
    'The URL of the database is invalid. Write --database-url as postgres://user:password@host:port/database.',
  )
})

t.test('a file of the URL that cannot be read is reported with its path', async t => {
  t.equal(
    await rejectionOf('postgres://ada:pa55word@127.0.0.1/scim?sslrootcert=/missing/ca.pem'),
    "A file that --database-url names cannot be read (ENOENT: no such file or directory, open '/missing/ca.pem'). Correct its path or its permissions.",
  )
})

const rejections: readonly (readonly [code: string, reason: string, message: string])[] = [
  [
    '28P01',
    'password authentication failed for user "ada"',
    'The database "scim" on 127.0.0.1:PORT rejected the password of "ada". Correct it in --database-url.',
  ],
  [
    '28000',
    'no pg_hba.conf entry for host "10.0.0.1", user "ada"',
    'The database "scim" on 127.0.0.1:PORT does not accept "ada" (no pg_hba.conf entry for host "10.0.0.1", user "ada"). Allow the connection in pg_hba.conf, or correct --database-url.',
  ],
  [
    '3D000',
    'database "scim" does not exist',
    'The database "scim" on 127.0.0.1:PORT does not exist. Create it with: createdb --encoding=UTF8 scim',
  ],
  [
    '53300',
    'sorry, too many clients already',
    'The database "scim" on 127.0.0.1:PORT has no free connections. Raise max_connections, or run fewer instances.',
  ],
  [
    '57P03',
    'the database system is starting up',
    'The database "scim" on 127.0.0.1:PORT cannot be reached (the database system is starting up). Start it, or correct --database-url.',
  ],
]

for (const [code, reason, message] of rejections) {
  t.test(`a connection that is rejected with ${code} is explained`, async t => {
    t.equal(await rejectionOf(await startFakePostgres(t, { code, reason })), message)
  })
}

t.test('an old version and another encoding are rejected', async t => {
  t.equal(
    await rejectionOf(await startFakePostgres(t, { row: { version: '14', encoding: 'UTF8' } })),
    'The database "scim" on 127.0.0.1:PORT is PostgreSQL 14. Use version 15 or later.',
  )
  t.equal(
    await rejectionOf(await startFakePostgres(t, { row: { version: '15', encoding: 'SQL_ASCII' } })),
    'The database "scim" on 127.0.0.1:PORT has the encoding SQL_ASCII. Create one with the encoding UTF8.',
  )
})

t.test('the connection of the journal is open after one response', async t => {
  // A second statement could wait forever, and with it the stop of a server whose database does not respond.
  const row = { version: '15', encoding: 'UTF8', schema: 'public' }
  const lane = openJournalLane({ url: await startFakePostgres(t, { row, responses: 1 }) })
  t.equal(await lane.run(async ({ name }) => name.replace(/\d+$/, 'PORT')), '"scim" on 127.0.0.1:PORT')
  lane.reset()
  await lane.close()
})

const skip = skipWithoutPostgres

/** The process of the server that serves a connection. */
async function backendOf({ query }: Pick<Connection, 'query'>): Promise<number> {
  const [row] = await query<{ readonly pid: number }>({ text: 'select pg_backend_pid() as pid' })
  return row?.pid ?? 0
}

const terminate = (pid: number) => runOnServer(`select pg_terminate_backend(${pid})`)

t.test('integers are numbers, and a session has its settings', { skip }, async t => {
  const { url, schema } = await createSchema(t)
  const connection = await openConnection({ url, schema })
  t.teardown(() => connection.close())
  const text = `select 9007199254740991::bigint as large, sum(2) as sum, current_setting('lock_timeout') as timeout,
    current_schema() as schema`
  t.same(await connection.query({ text }), [
    { large: Number.MAX_SAFE_INTEGER, sum: 2, timeout: '5s', schema },
  ])
  const lane = openJournalLane({ url, schema })
  t.teardown(lane.close)
  const commits = {
    text: "select setting, source = 'session' as own from pg_settings where name = 'synchronous_commit'",
  }
  t.same(await lane.run(({ query }) => query(commits)), [{ setting: 'off', own: true }])
  t.match(await connection.query(commits), [{ own: false }])
})

t.test('a read whose connection is lost is repeated on a new one', { skip }, async t => {
  const connections = connectPostgres(await createSchema(t), { readers: 1, lanes: 0 })
  t.teardown(() => connections.close())
  const before = await backendOf(connections.reads)
  await terminate(before)
  const after = await backendOf(connections.reads)
  t.not(after, before)
  t.equal(await backendOf(connections.reads), after)
})

t.test('a connection that has ended between two uses is replaced before the next one', { skip }, async t => {
  const location = await createSchema(t)
  const lane = createSerialLane(createLane(() => openConnection(location)))
  t.teardown(lane.close)
  const before = await lane.transaction(backendOf)
  await terminate(before)
  await until(() => lane.lane.opened() === undefined)
  t.not(await lane.transaction(backendOf), before)
})

t.test('a statement under way on a lost connection fails as such', { skip }, async t => {
  const connection = await openConnection(await createSchema(t))
  const backend = await backendOf(connection)
  const slow = t.rejects(connection.query({ text: 'select pg_sleep(60)' }), ConnectionLostError)
  await terminate(backend)
  await slow
})

t.test('an error of a statement keeps its SQLSTATE, and the connection', { skip }, async t => {
  const connection = await openConnection(await createSchema(t))
  t.teardown(() => connection.close())
  await t.rejects(connection.query({ text: 'select missing' }), { code: '42703' })
  t.same(await connection.query({ text: 'select 1 as one' }), [{ one: 1 }])
})

t.test('arrays arrive as they are sent', { skip }, async t => {
  const connection = await openConnection(await createSchema(t))
  t.teardown(() => connection.close())
  const texts = [
    '',
    'NULL',
    null,
    ' a,b ',
    '{}',
    '"quoted" \\ back',
    'line\nbreak\ttab\u007f',
    'é \u2028 😀',
    '{"a":"b\\\\n\\""}',
  ]
  const numbers = [1, -2.5, null, 9007199254740991]
  const values = [texts, numbers, [true, false, null], []]
  t.same(
    await connection.query(
      {
        text: 'select $1::text[] as texts, $2::float8[] as numbers, $3::boolean[] as flags, $4::text[] as none',
      },
      values,
    ),
    [{ texts, numbers, flags: [true, false, null], none: [] }],
  )
})

t.test('the statements of a snapshot see one state, whatever is written meanwhile', { skip }, async t => {
  const location = await createSchema(t)
  const connections = connectPostgres(location, { readers: 1, lanes: 0 })
  t.teardown(() => connections.close())
  const table = `${location.schema}.numbers`
  await runOnServer(`create table ${table} (n int)`)
  const count = { text: `select count(*) as n from ${table}`, values: [] }
  const holder = await openConnection(location)
  t.teardown(() => holder.close())
  const lock = { text: 'select pg_advisory_lock(hashtext(current_schema()))', values: [] }
  await holder.query(lock)
  const snapshot = connections.reads.snapshot([count, lock, count])
  const waiting = { text: 'select 1 from pg_locks where locktype = $1 and not granted' }
  while ((await holder.query(waiting, ['advisory'])).length === 0);
  await runOnServer(`insert into ${table} values (1)`)
  await holder.query({ text: 'select pg_advisory_unlock_all()' })
  const [before, , after] = await snapshot
  t.same(after, before)
  t.same(await connections.reads.query(count), [{ n: 1 }], 'later reads see it')
})

t.test('a statement of a snapshot that fails ends its transaction', { skip }, async t => {
  const connections = connectPostgres(await createSchema(t), { readers: 1, lanes: 0 })
  t.teardown(() => connections.close())
  const one = { text: 'select 1 as one', values: [] }
  await t.rejects(connections.reads.snapshot([{ text: 'select missing', values: [] }, one]), {
    code: '42703',
  })
  t.same(await connections.reads.snapshot([one, one]), [[{ one: 1 }], [{ one: 1 }]])
})

t.test('reads of one turn of the event loop share a statement', { skip }, async t => {
  const connections = connectPostgres(await createSchema(t), { readers: 1, lanes: 0 })
  t.teardown(() => connections.close())
  const statements: unknown[] = []
  const reads: Pick<typeof connections.reads, 'queryByKey'> = {
    queryByKey: (statement, values) => {
      statements.push(values)
      return connections.reads.queryByKey(statement, values)
    },
  }
  const find = createSharedRead<{ readonly name: string }>(
    reads,
    prepared(`
      select k.nth, v.name from unnest($1::int[], $2::text[]) with ordinality k (number, kind, nth)
        join (values (1, 'a', 'one'), (2, 'a', 'two')) v (number, kind, name) using (number, kind)`),
  )
  t.same(await Promise.all([find(2, 'a'), find(1, 'b'), find(1, 'a'), find(2, 'a')]), [
    { name: 'two' },
    undefined,
    { name: 'one' },
    { name: 'two' },
  ])
  t.same(statements, [
    [
      [2, 1, 1, 2],
      ['a', 'b', 'a', 'a'],
    ],
  ])
})

const texts = [
  '',
  'plain',
  '"quoted" \\ {a,b}',
  'NULL',
  "it's",
  '\u00e9\u{1f600}',
  '\n\t\u0001',
  null,
  'x'.repeat(5000),
]

t.test('texts and JSON arrive as they were sent', { skip }, async t => {
  const connection = await openConnection(await createSchema(t))
  t.teardown(() => connection.close())
  const echo = prepared(`
    select x.text, x.number, x.truth, x.text::text collate "C" = any($1::text[]) as known
    from unnest($1::text[], $2::bigint[], $3::boolean[]) x (text, number, truth)`)
  const numbers = texts.map((_, at) => (at % 2 === 0 ? at : null))
  const truths = texts.map((_, at) => at % 3 === 0)
  const rows = texts.map((text, at) => ({
    text,
    number: numbers[at],
    truth: truths[at],
    known: text === null ? null : true,
  }))
  t.same(await connection.query(echo, [texts, numbers, truths]), rows)
  t.same(await connection.query(echo, [[], [], []]), [])
  t.same(await connection.query(prepared('select $1::text as text, $2::jsonb as json'), ['é', '{"a":[1]}']), [
    { text: 'é', json: { a: [1] } },
  ])
})

t.test(
  'statements of a round trip return the rows of each, whenever they are prepared',
  { skip },
  async t => {
    const connection = await openConnection(await createSchema(t))
    t.teardown(() => connection.close())
    const one = { ...prepared('select 1 as one'), values: [] }
    const none = { ...prepared('select 1 as none where false'), values: [] }
    const create = { text: 'create temporary table a (x int)', values: [] }
    const expected = [[{ one: 1 }], [], [{ one: 1 }]]
    t.same(
      await Promise.all([connection.queryAll([one, none, one]), connection.queryAll([none, create, one])]),
      [expected, [[], [], [{ one: 1 }]]],
    )
    t.same(await connection.queryAll([]), [])
  },
)

t.test('after a statement that fails, the others of its round trip are not run', { skip }, async t => {
  const connection = await openConnection(await createSchema(t))
  t.teardown(() => connection.close())
  const divide = prepared('select 1 / $1::int as result')
  const insert = prepared('insert into a (x) values ($1)')
  await connection.execute('create table a (x int)')
  const by = (divisor: number) =>
    connection.queryAll([
      { ...insert, values: [divisor] },
      { ...divide, values: [divisor] },
      { ...prepared('select count(*) as count from a'), values: [] },
    ])
  await t.rejects(by(0), { code: '22012' })
  t.same(await by(1), [[], [{ result: 1 }], [{ count: 1 }]], 'the first insertion was undone')
  t.same(await connection.query(divide, [1]), [{ result: 1 }])
  // A statement that the server does not know, because the one before it failed, is prepared again.
  const later = prepared('select 2 as two')
  await t.rejects(
    connection.queryAll([
      { ...divide, values: [0] },
      { ...later, values: [] },
    ]),
    { code: '22012' },
  )
  t.same(await connection.query(later), [{ two: 2 }])
})
