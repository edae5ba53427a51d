import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { sqliteSchemas } from '../../../../scripts/sqlite-schemas.ts'
import { readMigrations, schemaFile, schemaHeader } from '../../../../src/storage/common/migrate.ts'
import { type Database, DatabaseError, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'

const migrations = fileURLToPath(new URL('../../../../migrations/sqlite', import.meta.url))
const now = new Date('2030-01-02T03:04:05.678Z')
const first = { '0001-a.sql': 'create table a (x text);' }
const second = { '0002-b.sql': 'create table b (x text);' }

const rejectionOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof DatabaseError) return error.message
    throw error
  }
  return 'it was not rejected'
}

const tablesOf = (db: Database) =>
  db.prepare(`select name from sqlite_schema where type = 'table' order by name`).pluck().all()

t.test('a new database gets all tables and no backup, a second start changes nothing', async t => {
  const folder = t.testdir({ ...first, ...second })
  const db = openSqlite(`${folder}/x.db`)
  t.teardown(() => db.close())
  t.same(migrate(db, { folder, now }), { applied: ['0001-a.sql', '0002-b.sql'] })
  t.same(migrate(db, { folder, now }), { applied: [] })
  t.same(tablesOf(db), ['a', 'b', 'migrations'])
})

t.test('an older database is copied before it is changed', async t => {
  const folder = t.testdir(first)
  const db = openSqlite(`${folder}/x.db`)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  db.exec(`insert into a values ('kept')`)
  writeFileSync(`${folder}/0002-b.sql`, 'drop table a;')
  const backup = `${folder}/x.db.2030-01-02T03-04-05.678Z.backup`
  t.same(migrate(db, { folder, now }), { applied: ['0002-b.sql'], backup })
  const before = openSqlite(backup)
  t.same([tablesOf(db), tablesOf(before)], [['migrations'], ['a', 'migrations']])
  t.same(before.prepare('select x from a').pluck().all(), ['kept'])
  before.close()
})

t.test('a backup that cannot be written leaves no file', async t => {
  const folder = t.testdir(first)
  const db = openSqlite(`${folder}/x.db`)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  writeFileSync(`${folder}/0002-b.sql`, 'drop table a;')
  // A file cannot be renamed to the name of a folder.
  mkdirSync(`${folder}/x.db.2030-01-02T03-04-05.678Z.backup`)
  t.match(
    rejectionOf(() => migrate(db, { folder, now })),
    /^The backup .*\.backup before an upgrade can't be written/,
  )
  t.same(
    readdirSync(folder).filter(name => name.endsWith('.part')),
    [],
  )
  t.same(tablesOf(db), ['a', 'migrations'], 'the database is unchanged')
})

t.test('the backup gets its name once it is complete, and only this account can read it', async t => {
  const folder = t.testdir(first)
  const db = openSqlite(`${folder}/x.db`)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  writeFileSync(`${folder}/0002-b.sql`, 'drop table a;')
  const seen: string[] = []
  const watched: Database = new Proxy(db, {
    get(target, name) {
      if (name === 'prepare') {
        return (sql: string) => {
          const statement = target.prepare(sql)
          if (!sql.startsWith('vacuum into')) return statement
          return {
            run: (file: string) => {
              statement.run(file)
              seen.push(...readdirSync(folder).filter(one => one.includes('.backup')))
            },
          }
        }
      }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const { backup = '' } = migrate(watched, { folder, now })
  t.same(seen, ['x.db.2030-01-02T03-04-05.678Z.backup.part'])
  t.same(
    readdirSync(folder).filter(one => one.includes('.backup')),
    ['x.db.2030-01-02T03-04-05.678Z.backup'],
  )
  t.equal(statSync(backup).mode & 0o777, 0o600)
})

t.test('unfinished backups of killed runs are removed, and no other file', async t => {
  const folder = t.testdir({
    ...first,
    'x.db.2029-01-02T03-04-05.678Z.backup.part': '',
    'x.db.2029-01-02T03-04-05.678Z.backup': 'whole',
    'y.db.2029-01-02T03-04-05.678Z.backup.part': 'of another database',
    'x.db.part': 'whatever',
  })
  const db = openSqlite(`${folder}/x.db`)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  t.same(
    readdirSync(folder)
      .filter(name => /backup|part/.test(name))
      .sort(),
    ['x.db.2029-01-02T03-04-05.678Z.backup', 'x.db.part', 'y.db.2029-01-02T03-04-05.678Z.backup.part'],
  )
})

t.test('a migration that fails leaves the database as it was', async t => {
  const folder = t.testdir(first)
  const [old, empty] = [openSqlite(undefined), openSqlite(undefined)]
  t.teardown(() => {
    old.close()
    empty.close()
  })
  migrate(old, { folder, now })
  writeFileSync(`${folder}/0002-b.sql`, 'create table b (x text); drop table missing;')
  for (const db of [old, empty]) t.throws(() => migrate(db, { folder, now }), /missing/)
  t.same([tablesOf(old), tablesOf(empty)], [['a', 'migrations'], []])
})

t.test('the error names a changed file; line endings are ignored', async t => {
  const folder = t.testdir({ '0001-a.sql': 'create table a (\n  x text);' })
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  writeFileSync(`${folder}/0001-a.sql`, 'create table a (\r\n  x text);')
  t.same(migrate(db, { folder, now }), { applied: [] })
  writeFileSync(`${folder}/0001-a.sql`, 'create table a (y text);')
  t.equal(
    rejectionOf(() => migrate(db, { folder, now })),
    'The migration 0001-a.sql differs from what the database :memory: was made with: put the file back as it was released, and make changes in a new file with a higher number.',
  )
})

t.test('a database of a newer version or another program is rejected', async t => {
  const folder = t.testdir({ ...first, ...second })
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  unlinkSync(`${folder}/0002-b.sql`)
  t.equal(
    rejectionOf(() => migrate(db, { folder, now })),
    'The database :memory: was written by a newer version, which applied 0002-b.sql. Start that version, or choose another file with --data.',
  )
  const foreign = openSqlite(undefined)
  t.teardown(() => foreign.close())
  foreign.exec('create table songs (title text)')
  t.match(
    rejectionOf(() => migrate(foreign, { folder, now })),
    /belongs to another program/,
  )
})

/** A database as a version with the migrations before a number left it. */
function openEarlier(t: Test, before: string): Database {
  const shipped = 'migrations/sqlite'
  const earlier = readdirSync(shipped).filter(name => name < before)
  const folder = t.testdir(
    Object.fromEntries(earlier.map(name => [name, readFileSync(`${shipped}/${name}`, 'utf8')])),
  )
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  migrate(db, { folder, now })
  return db
}

t.test('an upgrade gives memberships the moment and the time of joining', async t => {
  const db = openEarlier(t, '0021')
  db.exec(`
    insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified, label, display,
      names, enabled)
    select value, 1, case value when 3 then 'Group' else 'User' end, 'r' || value, '{}', jsonb('{}'), '[]', 1, 40, 40, '', '',
      '', 1 from json_each('[1, 2, 3]');
    insert into memberships values (1, 1, 3, 'r2', 2), (2, 1, 3, 'r1', 1), (3, 1, 3, 'nobody', null), (4, 1, 3, 'x', null);
    insert into membership_events values
      (10, 'added', 50, null, 3, 'r1', 1), (11, 'added', 51, null, 3, 'r2', 2), (12, 'removed', 52, null, 3, 'r1', 1),
      (13, 'added', 53, null, 3, 'r1', 1), (14, 'added', 54, null, 3, 'nobody', null), (15, 'added', 55, null, 4, 'r2', 2)`)
  migrate(db, { now })
  t.same(db.prepare('select key, member_id as member, at, via from memberships order by key').all(), [
    { key: 4, member: 'x', at: 40, via: null },
    { key: 11, member: 'r2', at: 51, via: null },
    { key: 13, member: 'r1', at: 53, via: null },
    { key: 14, member: 'nobody', at: 54, via: null },
  ])
})

t.test('an upgrade deletes rows without a tenant or resource', async t => {
  const db = openEarlier(t, '0009')
  db.exec(`insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
    values (1, 'acme', 'rfc', 'retain', 'off', '{}', 0, 0)`)
  for (const [tenant, key] of [
    [1, 10],
    [2, 20],
  ]) {
    db.exec(`
      insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified, label,
        display, names, enabled) values (${key}, ${tenant}, 'User', 'u', '{}', jsonb('{}'), '[]', 1, 0, 0, '', '', '', 1);
      insert into departed (key, tenant, type, id, label, folded_label, display, names, groups, version, created,
        last_written, deleted_at, state) values (${key} + 1, ${tenant}, 'Group', 'g', '', '', '', '', '[]', 1, 0, 0, 0, 'removed');
      insert into keys values (${tenant}, 'User', 'userName', 'u', ${key});
      insert into memberships values (${key}, ${tenant}, ${key}, 'u', null);
      insert into versions values (${key}, ${key}, 1, 0, null, 'created', null);
      insert into membership_events values (${key} + 1, 'added', 0, null, ${key} + 1, 'u', null);
      insert into counts values (${tenant}, 'User', 0, 1);
      insert into sightings values (${key}, 0), (${key} + 1, 0), (${key} + 2, 0)`)
  }
  migrate(db, { now })
  const keys = (table: string, column: string) => db.prepare(`select ${column} from ${table}`).pluck().all()
  t.same(
    [
      keys('resources', 'key'),
      keys('deleted_resources', 'key'),
      keys('keys', 'resource'),
      keys('memberships', 'key'),
      keys('versions', 'moment'),
      keys('membership_events', 'moment'),
      keys('counts', 'tenant'),
      keys('last_seen', 'key'),
    ],
    [[10], [11], [10], [10], [10], [11], [1], [10, 11]],
  )
  t.match(keys('identity', 'id'), [/^[0-9a-f]{32}$/])
})

for (const { file, text } of sqliteSchemas()) {
  t.test(`${basename(file)} is what the migrations create`, async t => {
    t.equal(readFileSync(file, 'utf8'), text, 'npm run schema writes it')
  })
}

t.test('a new database has the tables and rows of an upgraded one, and an id of its own', async t => {
  const first = readdirSync(migrations).sort()[0] ?? ''
  const folder = t.testdir({ [first]: readFileSync(`${migrations}/${first}`, 'utf8') })
  const [upgraded, inMemory, inFile] = [
    openSqlite(undefined),
    openSqlite(undefined),
    openSqlite(`${folder}/x.db`),
  ]
  const databases = [upgraded, inMemory, inFile]
  t.teardown(() => void databases.map(db => db.close()))
  migrate(upgraded, { folder })
  for (const db of databases) migrate(db)
  const entries = (db: Database) =>
    db
      .prepare<[], { name: string; type: string }>(
        'select type, name, tbl_name, sql from sqlite_schema order by name',
      )
      .all()
  const rows = (db: Database) =>
    entries(db)
      .filter(({ type }) => type === 'table')
      .map(({ name }) => [name, db.prepare<[], number>(`select count(*) from "${name}"`).pluck().get()])
  const applied = (db: Database) => db.prepare('select name, sha256 from migrations order by name').all()
  const id = (db: Database) => db.prepare<[], string>('select id from identity').pluck().get() ?? ''
  t.equal(applied(upgraded).length, readdirSync(migrations).length)
  for (const db of [inMemory, inFile]) {
    t.same(entries(db), entries(upgraded))
    t.same(rows(db), rows(upgraded))
    t.same(applied(db), applied(upgraded))
    t.match(id(db), /^[0-9a-f]{32}$/)
  }
  t.equal(new Set(databases.map(id)).size, 3)
})

t.test('a new database gets the schema of its migrations, unless it stands for others', async t => {
  const folder = t.testdir({ migrations: { ...first, ...second } })
  const migrations = `${folder}/migrations`
  const newTables = () => {
    const db = openSqlite(undefined)
    t.teardown(() => db.close())
    migrate(db, { folder: migrations, now })
    t.same(migrate(db, { folder: migrations, now }), { applied: [] })
    return tablesOf(db)
  }
  const table = 'create table migrations (name text primary key, sha256 text, applied_at integer) strict;'
  writeFileSync(
    schemaFile(migrations),
    `${schemaHeader(readMigrations(migrations))}${table} create table from_the_schema (x text);`.replaceAll(
      '\n',
      '\r\n',
    ),
  )
  t.same(newTables(), ['from_the_schema', 'migrations'])
  writeFileSync(`${migrations}/0003-c.sql`, 'create table c (x text);')
  t.same(newTables(), ['a', 'b', 'c', 'migrations'])
})

t.test('a new database has what migrations insert, and indexes with comments', async t => {
  const folder = t.testdir({
    '0001-a.sql': "create table a (x text); insert into a values ('inserted')",
    '0002-b.sql':
      'create table b (key integer primary key autoincrement); insert into b default values; delete from b;',
  })
  for (const _ of [1, 2]) {
    const db = openSqlite(undefined)
    t.teardown(() => db.close())
    t.same(migrate(db, { folder, now }), { applied: ['0001-a.sql', '0002-b.sql'] })
    t.same(db.prepare('select x from a').pluck().all(), ['inserted'])
    t.equal(db.prepare('insert into b default values').run().lastInsertRowid, 2)
    t.same(migrate(db, { folder, now }), { applied: [] })
  }
  const other = `${folder}/other`
  mkdirSync(other)
  writeFileSync(
    `${other}/0001-c.sql`,
    'create table "a ""c" (x text); create index c_by_x on "a ""c" (x) -- of c',
  )
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  migrate(db, { folder: other, now })
  t.same(tablesOf(db), ['a "c', 'migrations'])
  t.equal(db.prepare("select name from sqlite_schema where name = 'c_by_x'").pluck().get(), 'c_by_x')
})
