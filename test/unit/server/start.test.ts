import { spawn } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Tenant } from '../../../src/domain/tenants/tenant.ts'
import { newTokenText } from '../../../src/domain/tenants/tokens.ts'
import { ConfigError, readConfig } from '../../../src/server/config.ts'
import { checkTokenFile, writeToken } from '../../../src/server/first-tenant.ts'
import { pruneHistory, schedulePruning } from '../../../src/server/timers.ts'
import { createJournal } from '../../../src/storage/sqlite/journal.ts'
import { readSealKey } from '../../../src/storage/sqlite/stores.ts'
import { anExchange, exchangeId } from '../../contract/journal.ts'
import { place, userDraft } from '../../contract/store-fixture.ts'
import { openTestJournal } from '../../support/journal-database.ts'
import { startWith } from '../../support/started-server.ts'
import { openWhole } from '../../support/whole-database.ts'

const day = 24 * 60 * 60 * 1000

t.test('a clock far ahead of the journal causes a warning and deletes nothing', async t => {
  const { connections } = openTestJournal({ retention: { count: 100, days: 30 } })
  t.teardown(connections.close)
  const journal = createJournal(connections)
  journal.record(anExchange(1, { at: Date.now() - 100 * day }))
  const { promise: warned, resolve: warn } = Promise.withResolvers<string>()
  const audit = {
    async prune() {
      t.fail('the audit log is not pruned either')
    },
  }
  const pruning = schedulePruning(journal, {
    warn,
    onError: t.error,
    clock: Date.now,
    audit,
    keepAuditDays: 30,
  })
  t.teardown(() => pruning.stop())
  t.equal(
    (await warned).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, 'TIME'),
    'The clock of this machine, TIME, is 100 days ahead of the last pruning of the journal. No request and no entry of the audit log is deleted for its age (--keep-days, --keep-audit-days) until TIME. If the clock is wrong, correct it before then; if the server was stopped for that long, no action is needed.',
  )
  t.match(await journal.extent(), { exchanges: 1 })
})

t.test('the server is ready once its first tenant exists with its credentials', async t => {
  const statuses: number[] = []
  const whenBuilt = (message: unknown) => {
    const { fastify } = message as { readonly fastify: FastifyInstance }
    fastify.addHook('onListen', async () => {
      if (!fastify.hasRoute({ method: 'GET', url: '/readyz' })) return
      statuses.push((await fastify.inject({ url: '/readyz', headers: { host: 'localhost' } })).statusCode)
    })
  }
  const initialization = channel('fastify.initialization')
  initialization.subscribe(whenBuilt)
  const server = await startWith(t, ['--memory', '--tenant=acme', '--token=token-of-acme']).finally(() =>
    initialization.unsubscribe(whenBuilt),
  )
  t.same(statuses, [503], 'the console listens, and there is no tenant yet')
  t.equal((await fetch(`${server.console}/readyz`)).status, 200)
  const response = await fetch(`${server.endpoint}/Users`, {
    headers: { authorization: 'Bearer token-of-acme' },
  })
  t.equal(response.status, 200)
})

t.test('history is deleted from before the beginning of a day, but for that of opened sessions', async t => {
  const pruned: unknown[] = []
  const directory = {
    pruneHistory: async (...given: readonly unknown[]) => void pruned.push(given),
  }
  const tenant = (key: number, rest = {}) => ({ key, ...rest }) as Tenant
  const tenants = {
    list: () => [tenant(1), tenant(2, { session: {} }), tenant(3, { imported: {} }), tenant(4)],
  }
  await pruneHistory({ tenants, directory }, Date.parse('2026-03-01T13:30:00Z'))
  t.same(pruned, [[[1, 4], Date.parse('2026-03-01T00:00:00Z')]])
})

t.test('entries of the audit log are deleted after --keep-audit-days', async t => {
  const now = Date.parse('2026-03-01T00:00:00Z')
  const pruned = Promise.withResolvers<number>()
  const pruning = schedulePruning(
    { prune: async () => undefined },
    {
      ...{ warn: t.fail, onError: t.error, clock: () => now, keepAuditDays: 30 },
      audit: { prune: async before => pruned.resolve(before) },
    },
  )
  t.teardown(() => pruning.stop())
  t.equal(new Date(await pruned.promise).toISOString(), '2026-01-30T00:00:00.000Z')
})

t.test(
  'a token is written to a new file, which a process that has the earlier one open does not see',
  async t => {
    const file = join(t.testdir({}), 'token')
    const [first, second] = [newTokenText(), newTokenText()]
    writeToken(file, first)
    const opened = openSync(file, 'r')
    checkTokenFile(file)
    writeToken(file, second)
    t.equal(readFileSync(opened, 'utf8'), `${first}\n`)
    t.equal(readFileSync(file, 'utf8'), `${second}\n`)
    t.equal(statSync(file).mode & 0o777, 0o600)
    closeSync(opened)
  },
)

t.test('a token is not written through a link, and the files next to it are untouched', async t => {
  const folder = t.testdir({ other: 'Dear Anna' })
  const [file, link, other] = ['token', 'link', 'other'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeToken(file, newTokenText())
  for (const target of [file, join(folder, 'nowhere')]) {
    symlinkSync(target, `${link}-${target.length}`)
    t.throws(() => checkTokenFile(`${link}-${target.length}`), ConfigError)
  }
  symlinkSync(other, `${file}.part`)
  writeToken(file, newTokenText())
  t.equal(readFileSync(other, 'utf8'), 'Dear Anna')
  t.notOk(existsSync(join(folder, 'nowhere')))
})

/** Logs one line at its start, and two more right before it exits on input. */
const program = (logFormat: string) => `
  import { createLogger } from './src/server/logger.ts'
  const logger = await createLogger({ logLevel: 'info', logFormat: '${logFormat}' })
  process.stdin.once('data', () => {
    logger.info('stopping')
    logger.info('stopped')
    process.exit(0)
  })
  logger.info('ready')
`

for (const logFormat of ['json', 'pretty']) {
  const begin = () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(logFormat)])
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }

  t.test(`${logFormat}: lines logged right before the exit are written`, async t => {
    const child = begin()
    let output = ''
    child.stdout.on('data', part => {
      output += part
    })
    await once(child.stdout, 'data')
    child.stdin.write('end')
    t.same(await once(child, 'close'), [0, null])
    t.same(output.match(/ready|stopping|stopped/g), ['ready', 'stopping', 'stopped'])
  })

  t.test(`${logFormat}: the exit does not wait for a reader`, { timeout: 30_000 }, async t => {
    const child = begin()
    let complaint = ''
    child.stderr.on('data', part => {
      complaint += part
    })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    await once(child.stdout, 'close')
    const requested = Date.now()
    child.stdin.write('end')
    t.same(await once(child, 'close'), [0, null])
    t.equal(complaint, '')
    t.ok(Date.now() - requested < 5000, 'at once')
  })
}

const tables = ['resources', 'versions', 'keys', 'counts', 'tenants'] as const
const journalTables = ['exchanges', 'cycles', 'findings'] as const

/** Two tenants with a user, a failed request, a fault and an advanced clock. */
async function open(t: Test) {
  const whole = openWhole()
  const { db, tenants, journal, analysis, jobHealth, faults, store, reset } = whole
  const journalDb = whole.journalDb.reads
  analysis.start()
  t.teardown(whole.close)
  let number = 0
  const request = async (tenant: string) => {
    const target = { type: 'User', label: `u${++number}` }
    // As Entra ID sends it.
    const sent = { headers: { 'content-type': 'application/scim+json; charset=utf-8' } }
    const token = { id: `token-of-${tenant}`, ending: 'k3f9' }
    journal.record(anExchange(number, { tenant, token, target, method: 'POST', status: 500, request: sent }))
    await analysis.caughtUp(10_000)
  }
  for (const id of ['acme', 'other']) {
    const { key } = await tenants.create({ profile: 'rfc' }, id)
    await store.insert({ ...place('User', 'a'), tenant: key }, { now: 1 }, userDraft('a'), 10)
    await tenants.setClock(id, 1000)
    await faults.activate({ match: { tenant: id }, effect: { kind: 'delay', milliseconds: 1 } })
    await request(id)
  }
  await faults.activate({ match: {}, effect: { kind: 'delay', milliseconds: 1 } })
  /** All stored data, and its state in memory. */
  const held = async () => ({
    rows: Object.fromEntries([
      ...tables.map(table => [table, db.prepare(`select * from ${table}`).all()]),
      ...journalTables.map(table => [table, journalDb.prepare(`select * from ${table}`).all()]),
    ]),
    clocks: tenants.list().map(({ clockOffset }) => clockOffset),
    extent: await journal.extent(),
    jobHealth: await jobHealth.estimates(),
    faults: faults.list().map(({ match }) => match.tenant),
  })
  return { ...whole, journalDb, reset, held, request }
}

t.test('a reset that fails in the database changes nothing, neither on disk nor in memory', async t => {
  const { db, reset, held, request, analysis } = await open(t)
  const before = await held()
  db.exec(`create trigger refuse before delete on resources begin select raise(abort, 'refused'); end`)
  await t.rejects(reset(), { message: 'refused' })
  await t.rejects(reset('acme'), { message: 'refused' })
  t.same(await held(), before)
  await request('acme')
  t.match((await analysis.cycles({ limit: 9, tenant: 'acme' })).items, [{ requests: 2 }], 'its cycle goes on')
  db.exec('drop trigger refuse')
  t.same(await reset(), ['acme', 'other'])
})

for (const table of ['exchanges', 'cycles']) {
  t.test(`a reset that fails at the journal's table ${table} is completed by the next one`, async t => {
    const { journalDb, reset, held } = await open(t)
    journalDb.exec(
      `create trigger refuse before delete on ${table} begin select raise(abort, 'refused'); end`,
    )
    await t.rejects(reset(), { message: 'refused' })
    const between = await held()
    t.match(between, { rows: { resources: [], versions: [] }, clocks: [0, 0] })
    t.match(between, { rows: { cycles: [{}, {}] }, faults: ['acme', 'other', undefined] })
    journalDb.exec('drop trigger refuse')
    t.same(await reset(), ['acme', 'other'])
    t.match(await held(), { rows: { exchanges: [], cycles: [], findings: [] }, faults: [] })
  })
}

t.test('a reset of all tenants leaves only tenants, with real time', async t => {
  const { reset, held, request, analysis } = await open(t)
  t.same(await reset(), ['acme', 'other'])
  const nothing = {
    resources: [],
    versions: [],
    keys: [],
    counts: [],
    exchanges: [],
    cycles: [],
    findings: [],
  }
  const after = await held()
  t.same(after, {
    rows: { ...nothing, tenants: after.rows.tenants },
    clocks: [0, 0],
    extent: { exchanges: 0, bytes: 0, keepBytes: 1_000_000_000, lost: 0 },
    jobHealth: [],
    faults: [],
  })
  t.match(after.rows.tenants, [{ clock_offset: 0 }, { clock_offset: 0 }])
  await request('acme')
  t.match(
    (await analysis.cycles({ limit: 9 })).items,
    [{ tenant: 'acme', requests: 1 }],
    'a cycle of its own',
  )
})

t.test('a reset of one tenant leaves the others unchanged', async t => {
  const { journalDb, reset, held } = await open(t)
  const before = await held()
  t.same(await reset('acme'), ['acme'])
  const after = await held()
  t.match(after, {
    clocks: [0, 1000],
    extent: { exchanges: 1 },
    jobHealth: [{ tenant: 'other' }],
    faults: ['other', undefined],
  })
  t.same(after.rows.resources, [before.rows.resources?.[1]])
  t.same(
    journalDb.prepare('select tenant from exchanges union all select tenant from cycles').pluck().all(),
    ['other', 'other'],
  )
  t.same(await reset('nobody'), [])
})

t.test('requests before a reset are not in the journal after it', async t => {
  const { reset, journal } = await open(t)
  journal.record(anExchange(100, { tenant: 'acme' }))
  const done = reset()
  journal.record(anExchange(101, { tenant: 'acme' }))
  await done
  t.match((await journal.page({ limit: 9 })).items, [{ id: exchangeId(101) }])
})

t.test('a tenant whose deletion fails is not listed, and its id is taken until the next start', async t => {
  const { db, tenants, held } = await open(t)
  db.exec(`create trigger refuse before delete on resources begin select raise(abort, 'refused'); end`)
  await t.rejects(tenants.remove('acme'), { message: 'refused' })
  t.match((await held()).rows, { tenants: [{ id: 'other' }] })
  t.equal(tenants.find('acme'), undefined)
  t.equal(await tenants.remove('acme'), false)
  await t.rejects(tenants.create({}, 'acme'), { name: 'TenantError', reason: 'taken' })
})

t.test('IS-048 invalid settings of the AWS APIs are reported together, without secrets', async t => {
  const args = ['--aws-auth=any', '--aws-host=0.0.0.0', '--aws-region=Mars', '--seal-key=too-short']
  const environment = { SCIMULATOR_AWS_ACCESS_KEY: 'no-colon-in-this-secret' }
  const problems = [
    '--aws-region must be a region such as us-east-1.',
    'SCIMULATOR_AWS_ACCESS_KEY: An access key must be an ID and a secret, separated by a colon.',
    '--seal-key must have at least 32 characters.',
    '--aws-auth any accepts every request, so --aws-host must be a loopback address (it is 0.0.0.0).',
  ]
  t.throws(() => readConfig({ args, environment, isTerminal: false }), { name: 'ConfigError', problems })
  const given = { SCIMULATOR_AWS_ACCESS_KEY: 'SCIMCI:secret-of-the-ci', SCIMULATOR_SEAL_KEY: 'k'.repeat(40) }
  const { awsAccessKey, effectiveSettings } = readConfig({ args: [], environment: given, isTerminal: false })
  t.same(awsAccessKey, { id: 'SCIMCI', secret: 'secret-of-the-ci' })
  const shown = new Map(effectiveSettings.map(({ flag, value }) => [flag, value]))
  t.same([shown.get('--aws-access-key'), shown.get('--seal-key')], ['SCIMCI:***', '***'])
})

t.test('--no-aws turns off the AWS APIs, as a flag, a flag with a value and a variable', async t => {
  const noAws = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    readConfig({ args, environment, isTerminal: false }).noAws
  t.same(
    [noAws([]), noAws(['--no-aws']), noAws(['--no-aws=off']), noAws([], { SCIMULATOR_NO_AWS: 'on' })],
    [false, true, false, true],
  )
})

t.test('IS-042 the key of access keys is in a private file, which is created once', async t => {
  const database = join(t.testdir({}), 'data.db')
  const file = `${database}.seal-key`
  const key = readSealKey(database)
  t.equal(readFileSync(file, 'utf8'), `${key}\n`)
  t.equal(statSync(file).mode & 0o777, 0o600)
  chmodSync(file, 0o644)
  t.equal(readSealKey(database), key)
  t.equal(statSync(file).mode & 0o777, 0o600, 'wider access is taken back')
  writeFileSync(file, 'cut')
  t.throws(() => readSealKey(database), {
    name: 'DatabaseError',
    message: /is damaged\. Restore it from a backup/,
  })
  t.equal(readFileSync(file, 'utf8'), 'cut')
})
