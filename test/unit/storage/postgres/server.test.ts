import { readFileSync } from 'node:fs'
import pino, { type Logger } from 'pino'
import t, { type Test } from 'tap'
import { DatabaseError } from '../../../../src/domain/ports/database.ts'
import { ConfigError, readConfig } from '../../../../src/server/config.ts'
import { type RunningServer, startServer } from '../../../../src/server/server.ts'
import { connectionCount, connectionsByPurpose } from '../../../../src/storage/postgres/connect.ts'
import { migrate } from '../../../../src/storage/postgres/migrations.ts'
import { until } from '../../../support/cluster.ts'
import { skipWithoutPgBouncer, throughPgBouncer } from '../../../support/pgbouncer.ts'
import { createSchema, runOnServer, skipWithoutPostgres, throughProxy } from '../../../support/postgres.ts'
import { aUser } from '../../../support/samples.ts'

const skip = skipWithoutPostgres
const token = 'a-token-for-tests-of-postgres'

type Location = { readonly url: string; readonly schema: string }

const flagsFor = ({ url, schema }: Location) => [
  ...['--port=0', '--console-port=0', '--aws-port=0', '--profile=rfc', '--tenant=acme', `--token=${token}`],
  ...[`--database-url=${url}`, `--database-schema=${schema}`, '--database-lanes=1', '--database-readers=1'],
]

const startOn = (t: Test, location: Location, ...flags: readonly string[]): Promise<RunningServer> =>
  startWith(t, pino({ level: 'silent' }), location, ...flags)

async function startWith(t: Test, logger: Logger, location: Location, ...flags: readonly string[]) {
  const config = readConfig({
    args: [...flagsFor(location), ...flags],
    environment: {},
    isTerminal: false,
    showsCredentials: true,
  })
  const server = await startServer(config, logger)
  t.teardown(server.close)
  return server
}

/** A logger whose messages about the readiness of the instance a test reads. */
function recordMessages() {
  const messages: string[] = []
  const write = (line: string) => {
    const { msg } = JSON.parse(line)
    if (/this instance is/.test(msg)) messages.push(msg)
  }
  return { messages, logger: pino({ level: 'info' }, { write }) }
}

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

const send = async (url: string, body?: object) => {
  const response = await fetch(url, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) })
  // biome-ignore lint/suspicious/noExplicitAny: a body is any JSON
  const received: any = await response.json()
  return { status: response.status, headers: response.headers, body: received }
}
const users = ({ endpoint }: RunningServer) => `${endpoint}/Users`

t.test('two instances on an empty schema create one first tenant and serve its users', { skip }, async t => {
  const location = await createSchema(t)
  const [one, other] = await Promise.all([startOn(t, location), startOn(t, location)])
  if (!one || !other) return
  t.equal([one, other].filter(server => server.token).length, 1, 'one of them reports the token')
  t.same(
    [one, other].map(({ tenants }) => tenants.list().map(({ id }) => id)),
    [['acme'], ['acme']],
  )
  const created = await send(users(one), aUser('marge'))
  t.equal(created.status, 201)
  t.equal((await send(users(other), aUser('marge'))).status, 409)
  t.equal((await send(users(other))).body.totalResults, 1)

  const later = await startOn(t, location)
  t.equal(later.token, undefined)
  t.equal((await send(users(later))).body.totalResults, 1)
})

t.test(
  'a server that must not migrate waits for the tables, and works without notifications',
  { skip },
  async t => {
    const location = await createSchema(t)
    const flags = ['--database-migrate=off', '--database-listen=off']
    await t.rejects(startOn(t, location, ...flags), {
      message: /^The tables of .* do not match this release, .*: scimulator migrate$/,
    })
    await migrate(location)
    const [one, other] = [await startOn(t, location, ...flags), await startOn(t, location, ...flags)]
    const tenant = await one.tenants.create({}, 'other')
    t.same(other.tenants.find('other'), tenant)
  },
)

t.test('the console shows where the data is, without the password', { skip }, async t => {
  const location = await createSchema(t)
  const server = await startOn(t, location)
  const { body } = await send(`${server.console}/api/v1/settings`)
  t.match(body.database, { path: server.data, bytes: Number })
  t.match(server.data, /^PostgreSQL, database ".*" on .*, schema "test_[0-9a-f]+"$/)
  t.match(
    body.settings.filter(({ flag }: { flag: string }) => flag === '--database-url'),
    [{ value: '***', source: 'flag' }],
  )
  t.notMatch(JSON.stringify(body), location.url)
  const problem = await send(`${server.console}/api/v1/compact`, {})
  t.match(problem, {
    status: 409,
    body: { detail: 'PostgreSQL reuses the space of deleted data by itself.' },
  })
})

t.test('while the database is away, requests and the readiness check return 503', { skip }, async t => {
  const { proxy, location } = await throughProxy(t, await createSchema(t))
  const server = await startOn(t, location)
  t.equal((await send(users(server), aUser('marge'))).status, 201)
  proxy.interrupt()
  for (const url of [users(server), `${server.endpoint}/Users/unknown`]) {
    const rejected = await send(url)
    t.same(
      [rejected.status, rejected.headers.get('retry-after'), rejected.body.detail],
      [503, '1', 'The directory is unavailable at present. Retry in a moment.'],
    )
  }
  const readiness = () => send(`${server.console}/readyz`)
  await until(async () => (await readiness()).status === 503)
  t.equal((await readiness()).headers.get('retry-after'), '1')
  await until(async () => /^The database cannot be reached at present/.test((await readiness()).body.detail))
  t.equal((await send(`${server.console}/api/v1/tenants`)).status, 503)
  t.equal((await send(`${server.console}/livez`)).status, 200)

  proxy.resume()
  await until(async () => (await readiness()).status === 200)
  t.equal((await send(users(server))).body.totalResults, 1)
})

/** The connections that the page on PostgreSQL lists, by their purpose. */
const documentedConnections = Object.fromEntries(
  [
    ...readFileSync('docs/postgresql.md', 'utf8').matchAll(/^\| (\d+)(?: \(`--[a-z-]+`\))? \| (.+) \|$/gm),
  ].map(([, count, purpose = '']) => [purpose, Number(count)]),
)

t.test('an instance opens all of its connections at its start, as documented', { skip }, async t => {
  t.same(documentedConnections, connectionsByPurpose())
  t.match(
    readFileSync('docs/postgresql.md', 'utf8'),
    `An instance keeps ${connectionCount()} connections open with the default settings`,
  )
  const location = await createSchema(t)
  const url = new URL(location.url)
  url.searchParams.set('application_name', location.schema)
  const defaults = ['--database-lanes=2', '--database-readers=4']
  const server = await startOn(t, { ...location, url: url.href }, ...defaults)
  t.equal((await send(`${server.console}/readyz`)).status, 200)
  const open = () =>
    runOnServer(
      `select count(*)::int as count from pg_stat_activity where application_name = '${location.schema}'`,
    )
  t.same(await open(), [{ count: connectionCount() }])
  t.equal((await send(users(server), aUser('marge'))).status, 201)
  t.equal((await send(`${server.console}/api/v1/snapshots`, {})).status, 201)
  t.same(await open(), [{ count: connectionCount() }], 'and no more')
})

t.test(
  'an instance without all of its connections is not ready, and its log has the reason',
  { skip },
  async t => {
    const location = await createSchema(t)
    const role = `${location.schema}_limited`
    await runOnServer(
      `create role ${role} login connection limit 11; grant usage, create on schema ${location.schema} to ${role}`,
    )
    t.teardown(() => runOnServer(`drop owned by ${role}; drop role ${role}`))
    const url = new URL(location.url)
    url.username = role
    const { messages, logger } = recordMessages()
    const server = await startWith(t, logger, { ...location, url: url.href })
    const readiness = async () => {
      const { status, body } = await send(`${server.console}/readyz`)
      return [status, body.detail]
    }
    t.same(await readiness(), [
      503,
      'Not all connections to the database are open and respond; the log has the reason. Try again in a moment.',
    ])
    t.match(messages, [
      /^this instance is not ready: \d of its connections to the database cannot be opened\. The database .* has no free connections\. Raise the connection limit of the role, or run fewer instances\. An instance needs 14 connections\.$/,
    ])
    await runOnServer(`alter role ${role} connection limit 14`)
    await until(async () => (await readiness())[0] === 200)
    t.same(messages.slice(1), ['all 14 connections to the database are open: this instance is ready'])
  },
)

const skipPooler = skip || skipWithoutPgBouncer

for (const mode of ['transaction', 'statement'] as const) {
  t.test(`PgBouncer in ${mode} mode is named at the start`, { skip: skipPooler }, async t => {
    const location = await throughPgBouncer(t, await createSchema(t), { mode })
    const expected = new RegExp(
      `^The database "postgres" on \\S+ is behind a pooler in ${mode} mode, which keeps no sessions\\. Set pool_mode of PgBouncer to session, with a default_pool_size of at least 18 for each instance, or connect to PostgreSQL directly\\.$`,
    )
    await t.rejects(startOn(t, location), { name: 'DatabaseError', message: expected })
    await t.rejects(migrate(location), { name: 'DatabaseError', message: expected })
  })
}

t.test(
  'an instance behind a pool that is too small is not ready, and its log names the setting',
  {
    skip: skipPooler,
  },
  async t => {
    const direct = await createSchema(t)
    const { messages, logger } = recordMessages()
    const small = await throughPgBouncer(t, direct, { mode: 'session', poolSize: 13 })
    const waiting = await startWith(t, logger, small)
    t.equal((await send(`${waiting.console}/readyz`)).status, 503)
    t.match(messages, [
      /^this instance is not ready: 1 of its connections to the database cannot be opened\. The database "postgres" on \S+ accepts connections, but does not respond\. Behind PgBouncer, its pool may be exhausted: raise default_pool_size\. Behind PgBouncer, default_pool_size has to be at least 14 for each instance\.$/,
    ])
    const large = await throughPgBouncer(t, direct, { mode: 'session', poolSize: 14 })
    const server = await startOn(t, large)
    t.equal((await send(`${server.console}/readyz`)).status, 200)
    t.equal((await send(users(server), aUser('marge'))).status, 201)
  },
)

t.test('a database that does not respond keeps no request waiting', { skip }, async t => {
  const { proxy, location } = await throughProxy(t, await createSchema(t))
  const server = await startOn(t, location)
  t.equal((await send(users(server), aUser('marge'))).status, 201)
  proxy.freeze()
  const responses = await Promise.all([
    send(users(server)),
    send(users(server), aUser('homer')),
    send(`${users(server)}?filter=${encodeURIComponent('userName eq "marge"')}`),
  ])
  t.same(
    responses.map(({ status, headers }) => [status, headers.get('retry-after')]),
    Array(3).fill([503, '1']),
  )
  proxy.resume()
  await until(async () => (await send(`${server.console}/readyz`)).status === 200)
  t.equal((await send(users(server))).status, 200)
})

t.test('times of requests are those of the database, whatever the own clock is', { skip }, async t => {
  const server = await startOn(t, await createSchema(t))
  const { now } = Date
  const hour = 3_600_000
  Date.now = () => now() + hour
  t.teardown(() => {
    Date.now = now
  })
  const { body } = await send(users(server), aUser('marge'))
  const { machine } = (await send(`${server.console}/api/v1/tenants`)).body.items[0].clock
  for (const time of [body.meta.created, machine]) t.ok(Date.parse(time) < now() + hour / 2, time)
})

t.test('a server stops although its database does not respond', { skip }, async t => {
  const { proxy, location } = await throughProxy(t, await createSchema(t))
  const server = await startOn(t, location)
  t.equal((await send(users(server), aUser('marge'))).status, 201)
  proxy.freeze()
  const reset = send(`${server.console}/api/v1/reset`, {}).then(
    ({ status }) => status,
    () => 'disconnected',
  )
  await server.close()
  // The instance may have stopped serving before the server closed the connection.
  t.ok([503, 'disconnected'].includes(await reset))
})

t.test('a server stops although a change of its tenants gets no response', { skip }, async t => {
  const { proxy, location } = await throughProxy(t, await createSchema(t))
  const server = await startOn(t, location)
  proxy.freeze()
  const change = server.tenants.create({}, 'acme').catch(() => 'given up')
  await server.close()
  t.equal(await change, 'given up')
})

t.test('a start that fails names the reason, not the password', { skip }, async t => {
  const location = await createSchema(t)
  const url = new URL(location.url)
  url.searchParams.delete('host')
  url.host = '127.0.0.1:1'
  url.password = 'secret-of-it'
  const error = await startOn(t, { ...location, url: url.href }).catch((error: unknown) => error)
  t.type(error, DatabaseError)
  t.match(error, {
    message: /^The database "postgres" on 127\.0\.0\.1:1 cannot be reached \(.*\)\. Start it, /,
  })
  t.notMatch(String(error), 'secret-of-it')

  await runOnServer(`create table ${location.schema}.cats (name text)`)
  await t.rejects(startOn(t, location), DatabaseError, 'tables of another program')
})

const problemsOf = (...args: readonly string[]): readonly string[] => {
  try {
    readConfig({ args, environment: { SCIMULATOR_DATA: 'image.db' }, isTerminal: false })
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)]
  }
}

t.test('a database URL excludes a file and needs a console token that all instances have', async t => {
  const url = '--database-url=postgres://homer:secret-of-it@db.example/scim'
  t.same(problemsOf(url), [])
  t.same(problemsOf(url, '--data=x.db', '--memory'), [
    'Use either --database-url or --data.',
    'Use either --database-url or --memory.',
  ])
  t.match(problemsOf(url, '--console-host=0.0.0.0'), [
    /^--console-token or --console-issuer is required with --database-url /,
  ])
  t.same(problemsOf(url, '--console-host=0.0.0.0', '--console-token=sixteen-letters-long'), [])
  t.same(problemsOf('--database-url=mysql://homer:secret-of-it@db'), [
    '--database-url must be a URL such as postgres://user:password@host:5432/database.',
  ])
  t.same(problemsOf('--database-url=postgres://homer@[::1]:5432,db.example/scim'), [])
  t.same(problemsOf('--database-url=postgres://homer:secret-of-it@one,two:99999/scim'), [
    '--database-url must be a URL such as postgres://user:password@host:5432/database.',
  ])
  t.same(problemsOf(url, '--database-lanes=0', '--database-schema='), [
    '--database-schema must have 1 to 63 bytes, none of them a double quote.',
    '--database-lanes must be a whole number from 1 to 32.',
  ])
})

t.test(
  'a schema that PostgreSQL reserves, or whose name it would cut off, is an invalid setting',
  async t => {
    const url = '--database-url=postgres://homer:secret-of-it@db.example/scim'
    const reserved = (name: string) =>
      `--database-schema must not be "${name}": PostgreSQL reserves information_schema and names that begin with pg_.`
    const outcomes = [
      'pg_temp',
      'pg_catalog',
      'information_schema',
      '$user',
      'é'.repeat(32),
      'a"b',
      'a\ud800',
    ]
    t.same(
      outcomes.map(name => problemsOf(url, `--database-schema=${name}`)),
      [
        ...[[reserved('pg_temp')], [reserved('pg_catalog')], [reserved('information_schema')]],
        ['--database-schema must be the name of a schema; "$user" is a placeholder in search paths.'],
        ...Array(3).fill(['--database-schema must have 1 to 63 bytes, none of them a double quote.']),
      ],
    )
    for (const name of ['public', 'PG_temp', 'user', 'é'.repeat(31)]) {
      t.same(problemsOf(url, `--database-schema=${name}`), [], name)
    }
  },
)
