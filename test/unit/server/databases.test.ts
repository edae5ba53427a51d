import { copyFileSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { migrateDatabase, moveDatabase } from '../../../src/server/databases.ts'
import {
  type TransferRow,
  type TransferSource,
  type TransferTable,
  transferTables,
} from '../../../src/storage/common/transfer.ts'
import {
  type Connection,
  type DatabaseLocation,
  openConnection,
} from '../../../src/storage/postgres/connection.ts'
import { importRows } from '../../../src/storage/postgres/transfer.ts'
import { openTransfer } from '../../../src/storage/sqlite/transfer.ts'
import { joinInstance } from '../../support/cluster.ts'
import { writeLandedDatabase } from '../../support/landed-database.ts'
import { createSchema, runOnServer, skipWithoutPostgres } from '../../support/postgres.ts'
import { startWith } from '../../support/started-server.ts'

const skip = skipWithoutPostgres

/** A database of this version, with everything that a directory, a journal and its analysis can have. */
async function writeDatabase(t: Test): Promise<string> {
  const path = writeLandedDatabase(t)
  const server = await startWith(t, [`--data=${path}`])
  await server.close()
  addRows(path)
  addAudit(path)
  return path
}

function addRows(path: string): void {
  const db = new Sqlite(path)
  db.exec(`
    insert into permission_sets (tenant, id, name, content, created_at, deleted_at)
      values (1, 'ps-1', 'Reader', '{"description":"ä"}', 1, null), (1, 'ps-2', 'Gone', '{}', 1, 2);
    insert into account_assignments
        (tenant, id, account, permission_set, principal_type, principal_id, principal_name, created_at, exchange)
      values (1, 'a', '111122223333', 'ps-1', 'User', 'someone', 'Änn', 3, 'x');
    insert into issuers (id, tenant, created, settings) values ('issuer_a', 1, 5, '{"kind":"oauth","name":"Ä"}');
    insert into finding_mutes (tenant, finding, reason, muted_by, at)
      values (1, 'client/no-external-id', 'bekannt, ä', 'Anna', 5), (1, 'aws/one-email', 'known', null, 6);
    insert into oauth_clients
        (id, tenant, client_id, name, access, token_lifetime, assertion, created, last_used, uses, deleted_at)
      values ('row-a', 1, 'ci', 'Entra Ä', 'full', 3600, null, 5, 6, 7, null),
        ('row-b', 1, 'federated', 'B', 'read', 60, '{"kind":"issuer"}', 5, null, 0, 9);
    insert into client_secrets (id, tenant, client, hash, ending, created, expires, last_used, uses, deleted_at)
      values ('secret-a', 1, 'row-a', x'00ff', 'abcd', 5, 50, 6, 7, null);
    insert into access_tokens
        (id, tenant, client, secret, hash, ending, access, scope, created, expires, last_used, uses, revoked_at)
      values ('token-a', 1, 'row-a', 'secret-a', x'01fe', 'wxyz', 'full', 'scim', 6, 60, null, 0, 8),
        ('token-b', 1, 'row-b', null, x'02fd', 'wxyz', 'read', 'scim.read', 6, 60, 7, 1, null);
    insert into identity_center_instances (tenant, name) values (1, 'Corp');
    insert into assignment_requests (tenant, id, kind, at, permission_set) values (1, 'r', 'provision', 4, 'ps-1');
    update tenants set imported = '{"at":5,"instance":{"store":"d-1"},"accounts":{"1":"ä"}}' where key = 1;
    update memberships set sent_display = 'Änn' where key = (select min(key) from memberships)`)
  db.close()
}

function addAudit(path: string): void {
  const db = new Sqlite(path)
  db.exec(`
    insert into console_tokens (id, name, level, hash, ending, created, expires, last_used, uses)
      values ('t-1', 'ci', 'write', x'0102', 'x7Qa', 1, 2, 3, 4), ('t-2', 'ü', 'read', x'03', '', 1, 2, null, 0);
    insert into audit (id, at, caller, issuer, subject, name, age, acr, operation, tenant, address, status, problem, objects, object_count)
      values ('a-1', 1, 'person', 'https://idp.example', 'u', 'Änn', 5, 'c1', 'reset', 'acme', '::1', 403, 'not-allowed', '["x","y"]', 2),
        ('a-2', 2, 'open', null, null, null, null, null, 'reset', null, '::1', null, null, '[]', 0)`)
  db.close()
}

async function createTables(t: Test): Promise<DatabaseLocation> {
  const location = await createSchema(t)
  await migrateDatabase(location)
  return location
}

async function connectTo(t: Test, location: DatabaseLocation): Promise<Connection> {
  const connection = await openConnection(location)
  t.teardown(connection.close)
  return connection
}

const move = (from: string, to: DatabaseLocation) => moveDatabase({ from, to, onProgress: () => {} })

/** Bodies in the journal may be cut JSON. */
function parseIfJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** The same form for the rows of both engines: JSON is parsed, and truth is a number. */
const toComparable = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (value instanceof Uint8Array) return [column, Buffer.from(value).toString('hex')]
      if (typeof value === 'boolean') return [column, Number(value)]
      return [column, parseIfJson(value)]
    }),
  )

async function rowsIn(connection: Connection, table: TransferTable, like: readonly TransferRow[]) {
  const [first] = like
  const columns = Object.keys(first ?? { '*': 0 }).join(', ')
  const rows = await connection.query<object>({ text: `select ${columns} from ${table}` })
  return sorted(rows)
}

const sorted = (rows: readonly object[]): readonly string[] =>
  rows.map(row => JSON.stringify(toComparable(row), (_, value) => sortedMembers(value))).sort()

const sortedMembers = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

t.test('every row of every table is copied', { skip }, async t => {
  const from = await writeDatabase(t)
  const location = await createTables(t)
  const progress: (readonly [number, number])[] = []
  const moved = await moveDatabase({
    from,
    to: location,
    onProgress: (copied, total) => progress.push([copied, total]),
  })
  const connection = await connectTo(t, location)
  const { source: sourceOf, close } = openTransfer(from)
  t.teardown(close)
  const source = sourceOf(() => false)
  for (const table of transferTables) {
    const rows = [...source.rows(table)].map(({ rival: _, ...row }) => row)
    t.same(await rowsIn(connection, table, rows), sorted(rows), table)
  }
  t.same(
    await connection.query({
      text: `select (select sum(exchanges) from exchange_amounts) = (select count(*) from exchanges) as counted,
        (select sum(bytes) from exchange_amounts) = (select sum(coalesce(bytes, 3072)) from exchanges) as measured,
        (select bytes from default_retention) as limit`,
    }),
    [{ counted: true, measured: true, limit: null }],
  )
  t.same(
    await connection.query({
      text: 'select folded_sent_display as folded from memberships where sent_display is not null',
    }),
    [{ folded: 'änn' }],
  )
  const all = transferTables.reduce((sum, table) => sum + source.count(table), 0)
  t.same(progress.at(-1), [all, all])
  t.same(moved, {
    tenants: source.count('tenants'),
    resources: source.count('resources'),
    exchanges: source.count('exchanges'),
    accessKeys: source.count('access_keys'),
    snapshots: 1,
  })
  t.same(
    [
      'permission_sets',
      'account_assignments',
      'assignment_requests',
      'identity_center_instances',
      'issuers',
      'finding_mutes',
      'console_tokens',
      'audit',
    ].map(table => source.count(table as TransferTable)),
    [2, 1, 1, 1, 1, 2, 2, 2],
  )
  t.ok(moved.tenants > 1 && moved.resources > 20 && moved.exchanges > 100, JSON.stringify(moved))
})

t.test('an instance that started before the copy serves the tenants', { skip }, async t => {
  const location = await createTables(t)
  const { cluster, tenants } = await joinInstance(t, location)
  const { tenants: copied } = await moveDatabase({
    from: await writeDatabase(t),
    to: location,
    onProgress: () => {},
  })
  await cluster.look()
  t.equal(tenants.list().length, copied)
})

t.test('numbers continue after those of the file, and exclusive values are marked', { skip }, async t => {
  const from = await writeDatabase(t)
  const location = await createTables(t)
  await move(from, location)
  const connection = await connectTo(t, location)
  const [next] = await connection.query<Record<string, boolean>>({
    text: `select nextval('resource_key') > (select max(key) from (select key from resources union select key from deleted_resources) k) as key,
      nextval('membership_key') > (select max(key) from memberships) as membership,
      nextval('moment') > (select max(moment) from (select moment from versions union select moment from membership_events) m) as moment,
      nextval(pg_get_serial_sequence('tenants', 'key')) > (select max(key) from tenants) as tenant`,
  })
  t.same(next, { key: true, membership: true, moment: true, tenant: true })
  const rivals = await connection.query<object>({
    text: `select distinct type, attribute, rival = 0 as exclusive from keys
      where attribute in ('userName', 'externalId', 'displayName') and type in ('User', 'Group')
        and tenant in (select key from tenants where profile = 'aws') order by 1, 2`,
  })
  t.same(rivals, [
    { type: 'Group', attribute: 'displayName', exclusive: true },
    { type: 'Group', attribute: 'externalId', exclusive: true },
    { type: 'User', attribute: 'displayName', exclusive: false },
    { type: 'User', attribute: 'externalId', exclusive: true },
    { type: 'User', attribute: 'userName', exclusive: true },
  ])
  const counts = await connection.query<object>({
    text: `select tenant, type, sum(n) as n from counts group by 1, 2 except
      select tenant, type, count(*) from resources group by 1, 2`,
  })
  t.same(counts, [])
})

t.test('a file that a server uses, or that is none of this version, is rejected', { skip }, async t => {
  const from = writeLandedDatabase(t)
  const location = await createTables(t)
  await t.rejects(move(from, location), {
    name: 'DatabaseError',
    message: `The database ${from} was written by an earlier version. Start this version of the server with it once, and stop the server.`,
  })
  const server = await startWith(t, [`--data=${from}`])
  await t.rejects(move(from, location), {
    message: `The database ${from} is in use by another server. Stop that server, or choose another file with --from.`,
  })
  await server.close()
  const missing = `${from}.missing`
  await t.rejects(move(missing, location), {
    message: `There is no database ${missing}. Choose another with --from.`,
  })
  writeFileSync(missing, 'not a database, only text')
  await t.rejects(move(missing, location), {
    message: `${missing} is not a SQLite database. Choose another file with --from, or move this one away.`,
  })
  const elsewhere = `${from}.elsewhere`
  copyFileSync(from, elsewhere)
  copyFileSync(`${from}.journal`, `${elsewhere}.journal`)
  const journal = new Sqlite(`${elsewhere}.journal`)
  journal.exec(`update owner set database = 'another'`)
  journal.close()
  await t.rejects(move(elsewhere, location), {
    message: `The journal next to ${elsewhere} is that of another database. Start this version of the server with it once, and stop the server.`,
  })
  t.ok(await move(from, location), 'once the server is stopped')
})

t.test('a schema that is not empty, or lacks tables, is rejected and unchanged', { skip }, async t => {
  const from = await writeDatabase(t)
  const { url, schema } = await createSchema(t)
  const rejected = (message: RegExp) =>
    t.rejects(move(from, { url, schema }), { name: 'DatabaseError', message })
  await rejected(
    /^The schema of the database .+ lacks tables of this version. Create them with `scimulator migrate`\.$/,
  )
  await migrateDatabase({ url, schema })
  const notEmpty =
    /^The schema of the database .+ is not empty. Choose another one with --schema, and create its tables with `scimulator migrate`\.$/
  // Their data would be deleted from the tenant with the same key.
  await runOnServer(`insert into ${schema}.removed_tenants (tenant, id) values (1, 'initech')`)
  await rejected(notEmpty)
  await runOnServer(`
    delete from ${schema}.removed_tenants;
    insert into ${schema}.setup_steps (tenant, step, tenant_time) values ('acme', 'contact', 1)`)
  await rejected(notEmpty)
  const connection = await connectTo(t, { url, schema })
  t.same(await connection.query({ text: 'select count(*) as n from tenants' }), [{ n: 0 }])
})

/** A source with few rows. */
const sourceWith = (rows: Partial<Record<TransferTable, readonly TransferRow[]>>): TransferSource => ({
  lastNumbers: { tenant: 1, resource: 0, membership: 0, moment: 0 },
  count: table => rows[table]?.length ?? 0,
  rows: table => rows[table] ?? [],
})

const tenantRow: TransferRow = {
  ...{ key: 1, id: 'acme', profile: 'aws', on_delete: 'retain', throttle: 'off', switches: '{}' },
  ...{ clock_offset: 0, created: 0, declared: '{"schemas":[],"resourceTypes":[]}' },
}

const exchangeRow: TransferRow = {
  ...{
    tenant: 'acme',
    id: 'one',
    at: 1,
    method: 'GET',
    url: '/',
    status: 200,
    operation: 'read',
    enabled: 1,
  },
  ...{
    action: 'a\0b\ud800',
    details: '{"a":["b\\ud800\\u0000c"]}',
    request_body: 'x\0',
    response_body: null,
  },
}

t.test('texts that PostgreSQL cannot store, and those that are too long for an index', { skip }, async t => {
  const location = await createTables(t)
  const long = `${'x'.repeat(300)}😀`
  const source = sourceWith({
    tenants: [tenantRow],
    memberships: [
      { tenant: 1, key: 1, group_key: 1, member_id: long, member_key: null, at: 0 },
      { tenant: 1, key: 2, group_key: 1, member_id: 'short', member_key: 5, at: 0 },
    ],
    exchanges: [exchangeRow, { ...exchangeRow, id: 'two', tenant: long, enabled: null }],
  })
  await importRows(location, source, () => {})
  const connection = await connectTo(t, location)
  t.same(
    await connection.query({
      text: 'select tenant, enabled, action, details, request_body, response_body from exchanges order by id',
    }),
    [
      {
        tenant: 'acme',
        enabled: true,
        action: 'a\ufffdb\ufffd',
        details: { a: ['b\ufffd\ufffdc'] },
        request_body: 'x\ufffd',
        response_body: null,
      },
      {
        tenant: (await cutEntries(connection))[0],
        enabled: null,
        action: 'a\ufffdb\ufffd',
        details: { a: ['b\ufffd\ufffdc'] },
        request_body: 'x\ufffd',
        response_body: null,
      },
    ],
  )
  t.same(await connection.query({ text: 'select whole from memberships order by key' }), [
    { whole: long },
    { whole: null },
  ])
})

async function cutEntries(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query<{ readonly entry: string }>({
    text: 'select member_id as entry from memberships where whole is not null',
  })
  return rows.map(({ entry }) => entry)
}

t.test('a copy that fails leaves the schema empty', { skip }, async t => {
  const location = await createTables(t)
  const source = sourceWith({ tenants: [tenantRow], exchanges: [exchangeRow, exchangeRow] })
  await t.rejects(
    importRows(location, source, () => {}),
    {
      name: 'DatabaseError',
      message: /^The database .+ did not store the rows \(duplicate key .+\), and is unchanged\. /,
    },
  )
  const connection = await connectTo(t, location)
  t.same(await connection.query({ text: 'select count(*) as n from tenants' }), [{ n: 0 }])
  await importRows(location, sourceWith({ tenants: [tenantRow] }), () => {})
  t.same(await connection.query({ text: 'select id from tenants' }), [{ id: 'acme' }])
})
