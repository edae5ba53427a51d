import { cpSync, unlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { DatabaseError } from '../../../../src/domain/ports/database.ts'
import {
  readMigrations,
  readSchema,
  schemaFile,
  schemaHeader,
} from '../../../../src/storage/common/migrate.ts'
import { createCluster } from '../../../../src/storage/postgres/cluster/cluster.ts'
import { type DatabaseLocation, openConnection } from '../../../../src/storage/postgres/connection.ts'
import { migrate, newestMigration } from '../../../../src/storage/postgres/migrations.ts'
import { type Database, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { openJournal } from '../../../../src/storage/sqlite/journal-file.ts'
import { migrate as migrateSqlite } from '../../../../src/storage/sqlite/migrations.ts'
import { createSchema, rowsOfAllTables, runOnServer, skipWithoutPostgres } from '../../../support/postgres.ts'

const folderOfReleases = fileURLToPath(new URL('../../../../migrations/postgres/', import.meta.url))
const now = new Date('2030-01-02T03:04:05.678Z')
const first = { '0001-a.sql': 'create table a (x text);' }
const second = { '0002-b.sql': 'create table b (x text);' }

const rejectionOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it was not rejected',
    error => {
      if (error instanceof DatabaseError) return error.message.replace(/"postgres" on \S+/, 'DB')
      throw error
    },
  )

async function rowsOf<Row>(location: DatabaseLocation, text: string): Promise<readonly Row[]> {
  const connection = await openConnection(location)
  try {
    return await connection.query<Row>({ text })
  } finally {
    await connection.close()
  }
}

async function tablesOf(location: DatabaseLocation): Promise<readonly string[]> {
  const rows = await rowsOf<{ readonly name: string }>(
    location,
    `select tablename as name from pg_tables where schemaname = current_schema() order by 1`,
  )
  return rows.map(({ name }) => name)
}

const skip = skipWithoutPostgres

t.test('a new schema gets all tables, and a second start changes nothing', { skip }, async t => {
  const folder = t.testdir({ ...first, ...second })
  const location = await createSchema(t)
  t.same(await migrate(location, { folder, now }), { applied: ['0001-a.sql', '0002-b.sql'] })
  t.same(await migrate(location, { folder, now }), { applied: [] })
  t.same(await tablesOf(location), ['a', 'b', 'migration_lock', 'migrations'])
  t.same(await rowsOf(location, 'select name, applied_at from migrations order by name'), [
    { name: '0001-a.sql', applied_at: now.getTime() },
    { name: '0002-b.sql', applied_at: now.getTime() },
  ])
})

t.test('a schema that does not exist is created', { skip }, async t => {
  const { url, schema } = await createSchema(t)
  const location = { url, schema: `${schema}-of "Acme"` }
  t.teardown(() => runOnServer(`drop schema "${schema}-of ""Acme""" cascade`))
  await migrate(location, { folder: t.testdir(first), now })
  t.same(await tablesOf(location), ['a', 'migration_lock', 'migrations'])
})

t.test('instances that start at once apply each file once', { skip }, async t => {
  const folder = t.testdir({ ...first, ...second })
  const location = await createSchema(t)
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate(location, { folder, now })))
  t.same(results.flatMap(({ applied }) => applied).sort(), ['0001-a.sql', '0002-b.sql'])
})

/** What a schema consists of, without what differs by schema. Not-null constraints have names from version 18 on. */
const catalog = `
  with relations as (select * from pg_class where relnamespace = current_schema()::regnamespace)
  select kind, name, definition from (
    select 'relation' as kind, relname::text as name,
        to_jsonb(r) - array['oid', 'relnamespace', 'reltype', 'relfilenode', 'reltoastrelid', 'relpages', 'reltuples',
          'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid'] || jsonb_build_object(
        'relpartbound', pg_get_expr(relpartbound, oid), 'key', case when relkind = 'p' then pg_get_partkeydef(oid) end,
        'parent', (select inhparent::regclass::text from pg_inherits where inhrelid = oid)) as definition
      from relations r
    union all select 'column', concat(relname, '.', attname),
        to_jsonb(a) - array['attrelid', 'attnum', 'attcacheoff', 'atthasmissing', 'attmissingval'] || jsonb_build_object(
        'place', rank() over (partition by attrelid order by attnum), 'default', pg_get_expr(adbin, adrelid, true),
        -- Builds of PostgreSQL may store options of their own.
        'attoptions', array(select option from unnest(attoptions) option where option like 'n\\_distinct%'))
      from pg_attribute a join relations r on r.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where not attisdropped
    union all select 'constraint', concat(relname, '.', conname), to_jsonb(pg_get_constraintdef(c.oid, true))
      from pg_constraint c join relations r on r.oid = conrelid where contype <> 'n'
    union all select 'index', relname, to_jsonb(i) - array['indexrelid', 'indrelid', 'indkey', 'indexprs', 'indpred'] ||
        jsonb_build_object('sql', pg_get_indexdef(indexrelid, 0, true))
      from pg_index i join relations r on r.oid = indexrelid
    union all select 'sequence', relname,
        to_jsonb(s) - 'seqrelid' || jsonb_build_object('last', pg_sequence_last_value(seqrelid))
      from pg_sequence s join relations r on r.oid = seqrelid
    union all select 'trigger', concat(relname, '.', tgname), to_jsonb(pg_get_triggerdef(t.oid, true))
      from pg_trigger t join relations r on r.oid = tgrelid
    union all select 'function', proname, to_jsonb(replace(pg_get_functiondef(oid), current_schema(), ''))
      from pg_proc where pronamespace = current_schema()::regnamespace
    union all select 'type', typname, jsonb_build_object('type', typtype, 'default', typdefault, 'base', typbasetype)
      from pg_type where typnamespace = current_schema()::regnamespace
  ) all_of_it order by kind, name collate "C"`

t.test('postgres.sql creates what the migrations create', { skip }, async t => {
  const files = readMigrations(folderOfReleases)
  t.not(readSchema(folderOfReleases, files), undefined, 'npm run schema writes it')
  // A copy of the folder has no schema beside it.
  const folder = `${t.testdir()}/migrations`
  cpSync(folderOfReleases, folder, { recursive: true })
  const [fromFile, upgraded] = [await createSchema(t), await createSchema(t)]
  const results = [await migrate(fromFile, { now }), await migrate(upgraded, { folder, now })]
  for (const result of results) t.same(result, { applied: files.map(({ name }) => name) })
  t.same(await rowsOf(fromFile, catalog), await rowsOf(upgraded, catalog))
  const [ownRows, upgradedRows] = [
    await rowsOfAllTables(fromFile.schema),
    await rowsOfAllTables(upgraded.schema),
  ]
  const masked = (rows: readonly string[]) =>
    rows.map(row => row.replace(/[0-9a-f-]{32,36}(?=\))/g, 'RANDOM'))
  t.same(masked(ownRows), masked(upgradedRows))
  t.not(ownRows.join(), upgradedRows.join(), 'each schema has random values of its own')
  t.same(await migrate(fromFile, { now }), { applied: [] })
})

t.test(
  'a new schema gets the tables of the file, unless that stands for other migrations',
  { skip },
  async t => {
    const root = t.testdir({ migrations: { ...first, ...second } })
    const folder = `${root}/migrations`
    const newTables = async () => {
      const location = await createSchema(t)
      const starts = Array.from({ length: 5 }, () => migrate(location, { folder, now }))
      const applied = (await Promise.all(starts)).flatMap(({ applied }) => applied)
      t.same(
        applied.sort(),
        readMigrations(folder).map(({ name }) => name),
        'by one of the instances',
      )
      return tablesOf(location)
    }
    const table =
      'create table migrations (name text primary key, sha256 text, applied_at bigint, usable_since text collate "C");'
    const header = schemaHeader(readMigrations(folder))
    writeFileSync(schemaFile(folder), `${header}${table} create table from_the_schema (x text);`)
    t.same(await newTables(), ['from_the_schema', 'migration_lock', 'migrations'])
    writeFileSync(schemaFile(folder), `${header}${table} drop table missing;`)
    const failed = await createSchema(t)
    await t.rejects(migrate(failed, { folder, now }), /missing/)
    t.same(await tablesOf(failed), ['migration_lock'])
    t.same(await rowsOf(failed, 'select * from migration_lock'), [], 'the lock was given back')
    writeFileSync(`${folder}/0003-c.sql`, 'create table c (x text);')
    t.same(await newTables(), ['a', 'b', 'c', 'migration_lock', 'migrations'])
  },
)

t.test('a lock whose lease has ended is taken over', { skip }, async t => {
  const location = await createSchema(t)
  await migrate(location, { folder: t.testdir(first), now })
  await runOnServer(
    `insert into ${location.schema}.migration_lock (holder, until) values ('gone', now() - interval '1 s')`,
  )
  const result = await migrate(location, { folder: t.testdir({ ...first, ...second }), now })
  t.same(result, { applied: ['0002-b.sql'] })
  t.same(await rowsOf(location, 'select * from migration_lock'), [], 'and given back')
})

t.test('a migration that fails changes nothing, and gives the lock back', { skip }, async t => {
  const folder = t.testdir({ ...first, '0002-b.sql': 'create table b (x text); drop table missing;' })
  const location = await createSchema(t)
  await t.rejects(migrate(location, { folder, now }), /missing/)
  t.same(await tablesOf(location), ['a', 'migration_lock', 'migrations'])
  t.same(await rowsOf(location, 'select * from migration_lock'), [])
})

t.test('a changed file, a newer version and another program are rejected', { skip }, async t => {
  const folder = t.testdir({ ...first, ...second })
  const location = await createSchema(t)
  await migrate(location, { folder, now })
  unlinkSync(`${folder}/0002-b.sql`)
  t.equal(
    await rejectionOf(migrate(location, { folder, now })),
    'The database DB was written by a newer version, which applied 0002-b.sql. Start that version, or choose another schema with --database-schema.',
  )
  writeFileSync(`${folder}/0002-b.sql`, 'create table b (y text);')
  t.equal(
    await rejectionOf(migrate(location, { folder, now })),
    'The migration 0002-b.sql differs from what the database DB was made with: put the file back as it was released, and make changes in a new file with a higher number.',
  )
  const foreign = await createSchema(t)
  await runOnServer(`create table ${foreign.schema}.songs (title text)`)
  t.equal(
    await rejectionOf(migrate(foreign, { folder, now })),
    'The database DB belongs to another program. Choose another schema with --database-schema.',
  )
  t.same(await tablesOf(foreign), ['songs'], 'and unchanged')
})

t.test('a user who may not create tables gets an error with the remedy', { skip }, async t => {
  const { url, schema } = await createSchema(t)
  const user = `${schema}_guest`
  await runOnServer(`create role ${user} login; grant usage on schema ${schema} to ${user}`)
  t.teardown(() => runOnServer(`drop owned by ${user}; drop role ${user}`))
  const asGuest = new URL(url)
  asGuest.username = user
  t.equal(
    await rejectionOf(migrate({ url: asGuest.href, schema }, { folder: t.testdir(first), now })),
    'The database DB does not let this user create tables. Grant it CREATE on the schema, or upgrade the tables with another user.',
  )
})

t.test('a user who may not use the schema or its tables gets an error with the remedy', { skip }, async t => {
  const folder = t.testdir(first)
  const { url, schema } = await createSchema(t)
  await migrate({ url, schema }, { folder, now })
  const user = `${schema}_guest`
  await runOnServer(`create role ${user} login`)
  t.teardown(() => runOnServer(`drop owned by ${user}; drop role ${user}`))
  const asGuest = new URL(url)
  asGuest.username = user
  const guest = { url: asGuest.href, schema }
  t.equal(
    (await rejectionOf(migrate(guest, { folder, now }))).replace(schema, 'SCHEMA'),
    'The database DB does not let this user use the schema "SCHEMA". Grant it USAGE on the schema.',
  )
  await runOnServer(`grant usage on schema ${schema} to ${user}`)
  t.equal(
    await rejectionOf(migrate(guest, { folder, now })),
    'The user of --database-url lacks a privilege (permission denied for table migrations). Grant it SELECT, INSERT, UPDATE, DELETE and TRUNCATE on the tables, and USAGE on the sequences and the schema.',
  )
  await runOnServer(`grant select on all tables in schema ${schema} to ${user}`)
  t.same(
    await migrate(guest, { folder, now }),
    { applied: [] },
    'tables that are up to date need no other privilege',
  )
})

t.test('a read-only database is reported', { skip }, async t => {
  const { url, schema } = await createSchema(t)
  const readOnly = new URL(url)
  readOnly.searchParams.set('options', '-c default_transaction_read_only=on')
  t.equal(
    await rejectionOf(migrate({ url: readOnly.href, schema }, { folder: t.testdir(first), now })),
    'The database is read-only (cannot execute CREATE TABLE in a read-only transaction). Correct --database-url to connect to the primary server.',
  )
})

/** Starts an instance of the release with these files. Returns why it does not start, or undefined once it has started. */
async function startRelease(
  t: Test,
  location: DatabaseLocation,
  folder: string,
): Promise<string | undefined> {
  const cluster = createCluster(location, { migration: newestMigration(folder) })
  t.teardown(cluster.close)
  return cluster.join().then(
    () => undefined,
    error => {
      if (error instanceof DatabaseError) return error.message
      throw error
    },
  )
}

/** The files of three releases in a row: each adds one, and the last one changes what the first release needs. */
async function threeReleases(t: Test) {
  const location = await createSchema(t)
  await migrate(location)
  const base = newestMigration()
  const own = Object.fromEntries(readMigrations(folderOfReleases).map(({ name, sql }) => [name, sql]))
  const added = { '0101-add.sql': `-- usable-since: ${base}\ncreate table added (x text);` }
  const removed = { '0102-remove.sql': '-- usable-since: 0101\nalter table buckets rename to old_buckets;' }
  const root = t.testdir({ one: own, two: { ...own, ...added }, three: { ...own, ...added, ...removed } })
  return { location, one: `${root}/one`, two: `${root}/two`, three: `${root}/three` }
}

const laterRelease =
  'The database "postgres" was written by a newer version, which applied 0102-remove.sql. Start that version, or choose another schema with --database-schema.'

t.test('a release uses tables of the next one, but not of the one after that', { skip }, async t => {
  const { location, one, two, three } = await threeReleases(t)
  await migrate(location, { folder: two, now })
  t.same(await migrate(location, { folder: one, now }), { applied: [] })
  t.equal(await startRelease(t, location, one), undefined)

  const other = await threeReleases(t)
  await migrate(other.location, { folder: three, now })
  t.equal(
    await rejectionOf(migrate(other.location, { folder: one, now })),
    laterRelease.replace('"postgres"', 'DB'),
  )
  t.equal(
    await startRelease(t, other.location, one),
    laterRelease,
    'also if it checked the files before that',
  )
  t.same(await migrate(other.location, { folder: two, now }), { applied: [] })
})

t.test('an upgrade that a running instance could not use waits for its end', { skip }, async t => {
  const { location, one, two, three } = await threeReleases(t)
  const cluster = createCluster(location, { migration: newestMigration(one) })
  t.teardown(cluster.close)
  await cluster.join()
  t.same(await migrate(location, { folder: two, now }), { applied: ['0101-add.sql'] })
  t.equal(
    await rejectionOf(migrate(location, { folder: three, now })),
    'The database DB is in use by an instance of an earlier version, which cannot use it after 0102-remove.sql. Stop all instances of earlier versions, or first upgrade to the version in between.',
  )
  await cluster.close()
  t.same(await migrate(location, { folder: three, now }), { applied: ['0102-remove.sql'] })
})

t.test('an instance does not start while a file is being applied', { skip }, async t => {
  const { location, one } = await threeReleases(t)
  await runOnServer(
    `insert into ${location.schema}.migration_lock (holder, until) values ('other', now() + interval '1 minute')`,
  )
  const upgrade = await openConnection(location)
  t.teardown(upgrade.close)
  await upgrade.execute("begin; update migration_lock set until = until where holder = 'other'")
  t.equal(
    await startRelease(t, location, one),
    'The tables are being upgraded. Start again when this has finished.',
  )
  await upgrade.execute('commit')
  t.equal(await startRelease(t, location, one), undefined)
})

t.test('a file names only an earlier one after which the tables are usable', async t => {
  const files = readMigrations(folderOfReleases)
  const numbers = files.map(({ name }) => name.slice(0, 4))
  for (const [at, { usableSince, name, sql }] of files.entries()) {
    t.ok(numbers.slice(0, at + 1).includes(usableSince), name)
    t.equal(/^-- usable-since: \d{4}\n/m.test(sql), usableSince !== numbers[at], `${name}: in the first line`)
  }
})

/** Columns of one engine only, with the reason. */
const exceptions: Readonly<Record<string, { readonly sqlite?: string; readonly postgres?: string }>> = {
  // Tenants come first in each key.
  versions: { postgres: 'tenant' },
  membership_events: { postgres: 'tenant whole' },
  last_seen: { postgres: 'tenant' },
  // A connection that writes has a slot.
  counts: { postgres: 'slot' },
  // PostgreSQL folds texts differently, and limits index entries.
  resources: { postgres: 'folded_display' },
  keys: { postgres: 'rival whole' },
  indexed_texts: { postgres: 'whole' },
  memberships: { postgres: 'whole folded_sent_display' },
  // The journal is in the order of the exchanges' ids.
  exchanges: { sqlite: 'seq' },
  exchange_notes: { sqlite: 'seq', postgres: 'tenant id' },
  exchanges_other: { postgres: '*' },
  unanalyzed_exchanges: { postgres: '*' },
  // What one process holds in memory.
  exchange_batches: { postgres: '*' },
  analysis_generation: { postgres: '*' },
  cycles: { sqlite: 'key' },
  findings: { sqlite: 'key seq', postgres: 'exchange nth' },
  // The journal is a file of its own only in SQLite.
  owner: { sqlite: '*' },
  journal_mark: { sqlite: '*' },
  // PostgreSQL tells them apart by the ids of their exchanges.
  sessions: { sqlite: '*' },
  // PostgreSQL stores a session and deletes a tenant in one transaction.
  unlisted_tenants: { sqlite: '*' },
  migration_lock: { postgres: '*' },
  migrations: { postgres: 'usable_since' },
  // Only PostgreSQL has several instances.
  tenants: { postgres: 'epoch' },
  access_keys: { postgres: 'key epoch counted' },
  console_tokens: { postgres: 'key epoch counted' },
  oauth_clients: { postgres: 'epoch counted' },
  client_secrets: { postgres: 'epoch counted' },
  access_tokens: { postgres: 'epoch counted' },
  issuers: { postgres: 'key epoch' },
  finding_mutes: { postgres: 'epoch' },
  exchange_amounts: { postgres: 'writer' },
  tokens: { postgres: 'key epoch counted' },
  ...Object.fromEntries(
    [
      ...[
        'epochs',
        'epoch_marks',
        'instances',
        'removals',
        'removed_tenants',
        'settings',
        'leases',
        'bulletin',
        'faults',
      ],
      ...['buckets', 'walks', 'walk_parts', 'console_sessions'],
    ].map(table => [table, { postgres: '*' }]),
  ),
}

type Column = { readonly table: string; readonly name: string }

/** The tables of snapshots, which SQLite has in files of their own. */
const isOfSnapshots = (table: string): boolean => /^(snapshots$|snapshot_|restored_keys$)/.test(table)

/** The columns of both engines that are not exceptions, as `table.column`. */
const without = (engine: 'sqlite' | 'postgres', columns: readonly Column[]): readonly string[] =>
  columns
    .filter(({ table, name }) => {
      if (isOfSnapshots(table)) return false
      const names = exceptions[table]?.[engine]?.split(' ') ?? []
      return !names.includes('*') && !names.includes(name)
    })
    .map(({ table, name }) => `${table}.${name}`)
    .sort()

function sqliteColumns(): readonly Column[] {
  const db = openSqlite(undefined)
  migrateSqlite(db)
  return [...columnsOf(db), ...columnsOf(openJournal()).filter(({ table }) => table !== 'migrations')]
}

function columnsOf(db: Database): readonly Column[] {
  const columns = db
    .prepare<[], Column>(`
      select m.name as "table", c.name from sqlite_schema m join pragma_table_info(m.name) c
      where m.type = 'table' and m.name not like 'sqlite_%'`)
    .all()
  db.close()
  return columns
}

t.test('both engines have the same tables and columns, apart from exceptions', { skip }, async t => {
  const location = await createSchema(t)
  await migrate(location)
  const columns = await rowsOf<Column>(
    location,
    `select table_name as table, column_name as name from information_schema.columns where table_schema = current_schema()`,
  )
  t.same(without('postgres', columns), without('sqlite', sqliteColumns()))
})

t.test(
  'each text in an index has the collation C, and each unique index of tenants’ data begins with the tenant',
  { skip },
  async t => {
    const location = await createSchema(t)
    await migrate(location)
    const collations = await rowsOf(
      location,
      `select c.relname as index, a.attname as column
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_attribute a on a.attrelid = i.indexrelid
        left join pg_collation o on o.oid = a.attcollation
      where c.relnamespace = current_schema()::regnamespace and a.atttypid = 'text'::regtype and a.attnum <= i.indnkeyatts
        and coalesce(o.collname, '') <> 'C'
        and c.relname not in ('cycles_by_client', 'cycles_by_kind', 'migrations_pkey')`,
    )
    t.same(collations, [])
    const keys = await rowsOf<{ readonly table: string }>(
      location,
      `select distinct t.relname as table
      from pg_index i join pg_class t on t.oid = i.indrelid join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
      where t.relnamespace = current_schema()::regnamespace and i.indisunique and a.attname <> 'tenant' order by 1`,
    )
    t.same(
      keys.map(({ table }) => table),
      [
        ...[
          'access_keys',
          'audit',
          'bulletin',
          'client_secrets',
          'console_sessions',
          'console_tokens',
          'deliveries',
          'epoch_marks',
          'epochs',
          'exchange_amounts',
          'exchange_batches',
          'faults',
          'instances',
          'issuers',
          'leases',
        ],
        ...[
          'migration_lock',
          'migrations',
          'oauth_clients',
          'removals',
          'removed_tenants',
          'settings',
          'snapshots',
          'tenants',
          'tokens',
        ],
        ...['unanalyzed_exchanges', 'walk_parts', 'walks'],
      ],
    )
  },
)

t.test('a copy in snapshots has the columns of its table', { skip }, async t => {
  const location = await createSchema(t)
  await migrate(location)
  const columns = await rowsOf<{ readonly table: string; readonly columns: readonly string[] }>(
    location,
    `select table_name as table, array_agg(column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(collation_name, '')
        order by ordinal_position) as columns
      from information_schema.columns where table_schema = current_schema() group by table_name`,
  )
  const columnsOfTable = new Map(columns.map(({ table, columns }) => [table, columns]))
  const copies = [...columnsOfTable].filter(
    ([table]) => table.startsWith('snapshot_') && table !== 'snapshot_tenants',
  )
  t.equal(copies.length, 11)
  for (const [table, columns] of copies) {
    const original = columnsOfTable.get(table.slice('snapshot_'.length))
    t.same(columns, ['snapshot bigint NO ', ...(original ?? [])], table)
  }
})
