import { join } from 'node:path'
import t from 'tap'
import { ConfigError, readConfig } from '../../../src/server/config.ts'
import { settings } from '../../../src/server/settings.ts'
import { flagsOf, isOnPostgres, testDatabase } from '../../support/database.ts'
import { startWith } from '../../support/started-server.ts'
import { buildTestConsole, problem } from './console-app.ts'

type Shown = {
  readonly settings: readonly {
    readonly flag: string
    readonly value: string
    readonly source: string
  }[]
  readonly [more: string]: unknown
}

const settingsOf = async (console: string, token?: string): Promise<Shown> => {
  const headers = { ...(token && { authorization: `Bearer ${token}` }) }
  return (await (await fetch(`${console}/api/v1/settings`, { headers })).json()) as Shown
}

t.test('the settings have their source and contain no secret', async t => {
  const path = join(t.testdir(), 'scim.db')
  const database = await testDatabase(t, path)
  const server = await startWith(
    t,
    [
      ...flagsOf(database),
      '--token=secret-of-a-client',
      '--console-token=secret-of-the-console',
      '--webhook=https://hooks.example/secret-path https://other.example',
      '--keep-exchanges=500',
    ],
    { SCIMULATOR_KEEP_DAYS: '7', SCIMULATOR_TENANT: 'acme', SCIMULATOR_PROFILE: '' },
  )
  const response = await settingsOf(server.console, 'secret-of-the-console')
  t.match(response, {
    version: /^\d+\.\d+\.\d+/,
    node: process.version,
    started: /^\d{4}-\d\d-\d\dT/,
    journal: { exchanges: 0, retention: { count: 500, days: 7 } },
    database: {
      path: database.postgres ? /^PostgreSQL, database "postgres" on / : path,
      bytes: Number,
    },
  })
  t.same(
    response.settings.map(({ flag }) => flag),
    settings.map(({ flag }) => `--${flag}`),
  )
  const shown = Object.fromEntries(
    response.settings.map(({ flag, value, source }) => [flag, [value, source]]),
  )
  t.match(shown, {
    ...(database.postgres
      ? { '--database-schema': [database.postgres.schema, 'flag'] }
      : { '--data': [path, 'flag'] }),
    '--token': ['***', 'flag'],
    '--console-token': ['***', 'flag'],
    '--webhook': ['https://hooks.example/… https://other.example/', 'flag'],
    '--keep-exchanges': ['500', 'flag'],
    '--keep-days': ['7', 'environment'],
    '--tenant': ['acme', 'environment'],
    '--profile': ['aws', 'default'],
    '--tls-key': ['none', 'default'],
    '--log-format': ['json', 'default'],
  })
  t.notMatch(JSON.stringify(response), /secret-(of|path)/)
})

t.test('a server in memory has no database settings, and the journal shows its size', async t => {
  const server = await startWith(t, flagsOf(await testDatabase(t)))
  await fetch(`${server.endpoint}/Users`)
  await fetch(`${server.endpoint}/Users`)
  const { database, journal } = await settingsOf(server.console)
  isOnPostgres ? t.match(database, { path: /^PostgreSQL/, bytes: Number }) : t.equal(database, undefined)
  t.match(journal, { exchanges: 2, oldest: /^\d{4}-\d\d-\d\dT/, retention: { count: 100_000, days: 90 } })
})

t.test('invalid settings prevent the start', async t => {
  const problemsOf = (...args: readonly string[]) => {
    try {
      readConfig({ args, environment: {}, isTerminal: false })
      return []
    } catch (error) {
      if (error instanceof ConfigError) return error.problems
      throw error
    }
  }
  const url = 'must be URLs that begin with http:// or https://, separated by spaces'
  t.same(problemsOf('--keep-exchanges=0', '--keep-days=1.5', '--webhook=ftp://secret'), [
    '--keep-exchanges must be a whole number from 1 to 10000000.',
    '--keep-days must be a whole number from 1 to 36500.',
    `--webhook ${url}.`,
  ])
  t.same(problemsOf('--keep-exchanges=10000001', '--keep-days=36501'), [
    '--keep-exchanges must be a whole number from 1 to 10000000.',
    '--keep-days must be a whole number from 1 to 36500.',
  ])
  for (const size of ['0', '999KB', '-1', '1.5GB', '1 GB', '999999', '99999999999GB'])
    t.same(problemsOf(`--keep-bytes=${size}`), [
      '--keep-bytes must be a size of at least 1MB, such as 500MB, 2GB or 1GiB, or off.',
    ])
  for (const [text, bytes] of [
    ['1000000', 1e6],
    ['2GiB', 2 ** 31],
    ['off', Number.POSITIVE_INFINITY],
  ] as const)
    t.equal(
      readConfig({ args: [`--keep-bytes=${text}`], environment: {}, isTerminal: false }).keepBytes,
      bytes,
    )
  t.same(problemsOf('--keep-history-days=89'), [
    '--keep-history-days must be at least --keep-days (it is 90): requests in the journal are explained by the history.',
  ])
  t.same(problemsOf('--keep-history-days=90'), [])
  t.same(problemsOf('--keep-exchanges=1', '--keep-days=36500', '--webhook=http://a https://b/c'), [])
})

t.test('a start deletes expired journal entries without a request', async t => {
  const data = flagsOf(await testDatabase(t, join(t.testdir(), 'scim.db')))
  const before = await startWith(t, data)
  for (let count = 0; count < 3; count++) await fetch(`${before.endpoint}/Users`)
  await before.close()
  const server = await startWith(t, [...data, '--keep-exchanges=2'])
  const stored = async () => ((await settingsOf(server.console)).journal as { exchanges: number }).exchanges
  while ((await stored()) === 3) await new Promise(setImmediate)
  t.equal(await stored(), 2)
})

t.test('the database is compacted, and its size before and after is returned', async t => {
  const { callApi } = await buildTestConsole(t)
  const { status, body } = await callApi('POST', '/api/v1/compact')
  if (isOnPostgres) {
    t.equal(status, 409)
    const reason = 'PostgreSQL reuses the space of deleted data by itself.'
    t.same(body, problem('not-compacted', 'Not compacted', 409, reason))
    return
  }
  t.equal(status, 200)
  t.same(body, { before: body.before, after: body.after })
  t.ok(body.after > 0 && body.after <= body.before)
})

t.test('the reason of a failure is reported', async t => {
  const reason = 'The database can’t be compacted (database or disk is full): make room for it.'
  const compact = () => Promise.reject(new Error(reason))
  const { callApi } = await buildTestConsole(t, 'rfc', { compaction: { compact, shrink: async () => {} } })
  const { status, body } = await callApi('POST', '/api/v1/compact')
  t.equal(status, 500)
  t.same(body, problem('compaction-failed', 'Compaction failed', 500, reason))
})
