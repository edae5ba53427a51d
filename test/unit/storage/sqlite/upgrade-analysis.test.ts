import t, { type Test } from 'tap'
import { type Database, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { migrationsBelow } from '../../../support/earlier-database.ts'

const minute = 60_000
const guid = '%22d2c1b0a9-0000-4000-8000-000000000001%22'

/** Upgrades to the last release with the journal in the database. */
const upgradeAnalysis = (t: Test, db: Database) =>
  migrate(db, { folder: migrationsBelow(t.testdirName, '0020') })

/** A database of the release before `setup_steps`. */
function databaseOfBefore(t: Test): Database {
  const folder = migrationsBelow(t.testdir({}), '0013')
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  migrate(db, { folder })
  db.exec(`
    insert into tenants (id, profile, on_delete, throttle, switches, clock_offset, created)
      values ('acme', 'rfc', 'retain', 'off', '{}', 0, 0), ('lab', 'rfc', 'retain', 'off', '{}', 0, 0)`)
  return db
}

type Sent = {
  readonly tenant?: string
  readonly at: number
  readonly ahead?: number
  readonly method?: string
  readonly url?: string
  readonly status?: number
  readonly action?: string
  readonly type?: string
  readonly userAgent?: string
  readonly token?: string | null
  readonly more?: object
  readonly cycle?: string
}

function record(db: Database, id: string, sent: Sent): void {
  const { tenant = 'acme', at, ahead = 0, method = 'GET', url = '/Users', status = 200, action = 'x' } = sent
  const { type, userAgent = '', token = 't1', more, cycle } = sent
  const details = {
    tenantTime: at + ahead,
    ...(type !== undefined && { target: { type, id: 'r1' } }),
    ...(token !== null && { token: { id: token, ending: 'k3f9' } }),
    ...more,
    request: { headers: userAgent === '' ? {} : { 'user-agent': userAgent } },
    response: { headers: {} },
  }
  const { lastInsertRowid } = db
    .prepare(
      `insert into exchanges (id, tenant, at, method, url, status, action, details)
        values (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, tenant, at, method, `/${tenant}/scim/v2${url}`, status, action, JSON.stringify(details))
  db.prepare(`insert into exchange_notes (seq, cycle, findings) values (?, ?, '["client/odd"]')`).run(
    lastInsertRowid,
    cycle ?? null,
  )
  db.prepare(
    `insert into findings (seq, finding, tenant, at, detail) values (?, 'client/odd', ?, ?, 'It is odd.')`,
  ).run(lastInsertRowid, tenant, at)
}

const putCycle = (db: Database, id: string, started: number, summary: object) =>
  db
    .prepare(`insert into cycles (id, tenant, started, last, summary) values (?, 'acme', ?, ?, ?)`)
    .run(id, started, started + 1000, JSON.stringify(summary))

const stepsOf = (db: Database, tenant: string) =>
  db
    .prepare('select step, at, tenant_time, exchange from setup_steps where tenant = ? order by step')
    .raw()
    .all(tenant)

const probe = { url: `/Users?filter=userName+eq+${guid}`, action: 'test connection' }
const createUser = { method: 'POST', url: '/Users', status: 201, action: 'create user', type: 'User' }

t.test('the setup is filled with the oldest evidence from Entra ID’s requests', async t => {
  const db = databaseOfBefore(t)
  record(db, 'curl', { at: 1, userAgent: 'curl/8.5.0', ...createUser })
  record(db, 'sample', { at: 2, token: null, ...createUser })
  record(db, 'replay', { at: 3, token: null, more: { replayOf: 'x' }, ...createUser })
  record(db, 'probe', { at: 4, ahead: minute, ...probe })
  record(db, 'user', { at: 5, ahead: minute, ...createUser })
  record(db, 'later', { at: 6, ahead: minute, ...createUser })
  record(db, 'refused', { at: 7, ahead: minute, ...createUser, status: 409, type: 'Group' })
  record(db, 'disabled', { at: 8, ahead: minute, method: 'PATCH', action: 'disable user', type: 'User' })
  upgradeAnalysis(t, db)
  t.same(stepsOf(db, 'acme'), [
    ['contact', 4, minute + 4, 'probe'],
    ['disabled', 8, minute + 8, 'disabled'],
    ['test-connection', 4, minute + 4, 'probe'],
    ['user', 5, minute + 5, 'user'],
  ])
})

t.test('a compliance run completes no step, even by requests without a User-Agent', async t => {
  const db = databaseOfBefore(t)
  record(db, 'c1', { tenant: 'lab', at: 1, userAgent: 'scim-compliance', ...probe })
  record(db, 'c2', { tenant: 'lab', at: 2, ...probe })
  record(db, 'c3', { tenant: 'lab', at: 3, userAgent: 'scim-compliance', ...createUser })
  upgradeAnalysis(t, db)
  t.same(stepsOf(db, 'lab'), [])
})

t.test('the directory is the evidence for requests that were pruned', async t => {
  const db = databaseOfBefore(t)
  const resource = db.prepare(
    `insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified,
      label, display, names, enabled)
      values (?, 1, ?, ?, '{}', x'00', '[]', 1, ?, ?, 'l', 'd', 'n', ?)`,
  )
  const version = db.prepare(
    `insert into versions (moment, resource_key, version, at, exchange, action) values (?, ?, 1, ?, ?, 'created')`,
  )
  record(db, 'sample', { at: 50, token: null, ...createUser })
  resource.run(1, 'Group', 'g1', 10, 10, 1)
  version.run(1, 1, 10, 'forgotten')
  resource.run(2, 'User', 'u1', 20, 30, 0)
  version.run(2, 2, 20, 'forgotten')
  // The journal contains the creation of this user.
  resource.run(3, 'User', 'u2', 5, 5, 1)
  version.run(3, 3, 5, 'sample')
  db.exec(
    `insert into membership_events (moment, event, at, group_key, member_id) values (4, 'added', 40, 1, 'u1')`,
  )
  upgradeAnalysis(t, db)
  t.same(stepsOf(db, 'acme'), [
    ['contact', null, 10, null],
    ['disabled', null, 30, null],
    ['group', null, 10, null],
    ['membership', null, 40, null],
    ['user', null, 20, null],
  ])
})

t.test('cycles keep their data and get a client; findings of other clients get their origin', async t => {
  const db = databaseOfBefore(t)
  const token = { id: 't1', ending: 'k3f9' }
  const counts = { requests: 1, created: 0, changed: 0, disabled: 0, deleted: 0, failed: 0 }
  const check = { userAgent: 'scim-compliance', cycle: 'check' }
  record(db, 'entra', { at: 0, ahead: 5, ...probe, cycle: 'entra' })
  record(db, 'check', { at: minute, ...probe, ...check })
  record(db, 'curl', { at: 2 * minute, userAgent: 'curl/8.5.0', cycle: 'curl' })
  record(db, 'again', { at: 40 * minute, ahead: 5, ...probe, cycle: 'again' })
  record(db, 'last', { at: 50 * minute, userAgent: 'curl/8.5.0' })
  putCycle(db, 'entra', 0, { token, kind: 'cycle', dialect: 'default', ...counts })
  putCycle(db, 'check', minute, { token, kind: 'cycle', dialect: 'other', ...counts, failed: 237 })
  putCycle(db, 'curl', 2 * minute, { token, kind: 'cycle', dialect: 'other', ...counts })
  putCycle(db, 'sample', 3 * minute, { kind: 'cycle', ...counts })
  putCycle(db, 'forgotten', 4 * minute, { token, kind: 'test-connection', ...counts })
  putCycle(db, 'again', 40 * minute, { token, kind: 'test-connection', ...counts })
  upgradeAnalysis(t, db)
  const cycles = db
    .prepare<[], { id: string; summary: string }>('select id, summary from cycles order by key')
    .all()
  t.same(
    cycles.map(({ id, summary }) => {
      const { client, kind, tenantStarted, tenantLast, requests, failed } = JSON.parse(summary)
      return [id, client, kind, tenantStarted, tenantLast, requests, failed]
    }),
    [
      ['entra', 'entra', 'cycle', 5, 1005, 1, 0],
      ['check', 'compliance', 'compliance', minute, minute + 1000, 1, 237],
      ['curl', 'ad-hoc', 'ad-hoc', 2 * minute, 2 * minute + 1000, 1, 0],
      ['sample', 'sample', 'cycle', 3 * minute, 3 * minute + 1000, 1, 0],
      ['forgotten', 'entra', 'test-connection', 4 * minute, 4 * minute + 1000, 1, 0],
      ['again', 'entra', 'test-connection', 40 * minute + 5, 40 * minute + 1005, 1, 0],
    ],
  )
  t.same(db.prepare('select origin, count(*) from findings group by 1 order by 1').raw().all(), [
    ['ad-hoc', 2],
    ['compliance', 1],
    ['provisioning', 2],
  ])
  t.same(db.prepare('select client from exchange_notes order by seq').pluck().all(), [
    'entra',
    'compliance',
    'ad-hoc',
    'entra',
    'ad-hoc',
  ])
  t.same(stepsOf(db, 'acme'), [
    ['contact', 0, 5, 'entra'],
    ['no-failure', 1000, 1005, 'entra'],
    ['second-cycle', 40 * minute, 40 * minute + 5, 'again'],
    ['test-connection', 0, 5, 'entra'],
  ])
})
