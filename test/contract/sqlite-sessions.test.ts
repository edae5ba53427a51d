import { cpSync, mkdirSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sessionTables } from '../../src/domain/ports/snapshots.ts'
import { openConnection } from '../../src/storage/sqlite/connection.ts'
import { openSqliteEngine } from '../../src/storage/sqlite/engine.ts'
import { journalPath } from '../../src/storage/sqlite/journal-file.ts'
import { openTransfer } from '../../src/storage/sqlite/transfer.ts'
import { describeImports } from './imports.ts'
import { createUser, describeOpenedSessions, sessionOf } from './opened-sessions.ts'

const log = {
  info: () => {},
  warn: () => {},
  error: (error: unknown) => {
    throw error
  },
}

function openEngine(t: Test, path: string) {
  const engine = openSqliteEngine({ path, retention: { count: 100_000, days: 30 }, log })
  t.teardown(() => engine.close())
  return engine
}

/** The number of rows in each table that has some, and those of a session. */
async function rowsIn(path: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const file of [path, journalPath(path)]) {
    const db = openConnection(file, { readonly: true })
    const existing = db
      .prepare<[], string>(`select name from sqlite_master where type = 'table'`)
      .pluck()
      .all()
    for (const table of [...sessionTables, 'counts', 'tenants', 'unlisted_tenants', 'sessions']) {
      if (!existing.includes(table)) continue
      const count = db.prepare<[], number>(`select count(*) from ${table}`).pluck().get() ?? 0
      if (count > 0) counts[table] = count
    }
    db.close()
  }
  return counts
}

t.test('in a file', async t => {
  const open = async (t: Test) => {
    const path = `${t.testdir()}/data.db`
    const engine = openEngine(t, path)
    // Opens the journal, whose folder is gone when the engine closes.
    await engine.journal.extent()
    return { engine, rows: () => rowsIn(path) }
  }
  describeOpenedSessions(t, open)
  describeImports(t, open)
})

t.test('in memory', async t => {
  describeOpenedSessions(t, async t => {
    const engine = openSqliteEngine({ retention: { count: 100_000, days: 30 }, log })
    t.teardown(() => engine.close())
    return { engine, rows: async () => ({}) }
  })
})

/** Copies the files of a database as a crash would leave them. Nothing may be writing. */
function copyFiles(t: Test, folder: string): string {
  const copy = `${t.testdirName}/crashed`
  mkdirSync(copy, { recursive: true })
  for (const file of ['data.db', 'data.db-wal', 'data.db.journal', 'data.db.journal-wal'])
    cpSync(`${folder}/${file}`, `${copy}/${file}`)
  return `${copy}/data.db`
}

t.test('a start deletes what a crash left of a session, and frees its ID', async t => {
  const folder = t.testdir()
  const engine = openEngine(t, `${folder}/data.db`)
  await engine.tenants.create({ profile: 'rfc' }, 'other')
  const before = await rowsIn(`${folder}/data.db`)
  let crashed = ''
  let batches = 0
  await engine.sessions.open(
    sessionOf('opened', () => {
      if (batches++ === 9) crashed = copyFiles(t, folder)
    }),
  )
  t.match(await rowsIn(crashed), { resources: Number, exchanges: Number, unlisted_tenants: 1, sessions: 1 })
  t.throws(() => openTransfer(crashed), { message: /has rows of "opened".*Start this version/ })

  const after = openEngine(t, crashed)
  t.same(
    after.tenants.list().map(({ id }) => id),
    ['other'],
  )
  t.same((await after.journal.page({ limit: 10 })).items, [])
  while ((await rowsIn(crashed)).unlisted_tenants) await nextTurn()
  t.same(await rowsIn(crashed), before)
  await after.sessions.open(sessionOf('opened'))
})

t.test('other writes are made while a tenant is deleted, and its ID stays taken', async t => {
  const path = `${t.testdir()}/data.db`
  const engine = openEngine(t, path)
  await engine.tenants.create({ profile: 'rfc' }, 'other')
  const before = await rowsIn(path)
  await engine.sessions.open(sessionOf('opened'))
  const events: string[] = []
  const removal = engine.tenants.remove('opened').then(() => events.push('removed'))
  // Written before the first portion of the deletion.
  await engine.tenants.create({}, 'first')
  await t.rejects(engine.tenants.create({}, 'opened'), { reason: 'taken', message: /still being deleted/ })
  t.equal(engine.tenants.find('opened'), undefined)
  for (let count = 0; !events.includes('removed'); count++) {
    await engine.tenants.create({ profile: 'rfc' }, `tenant-${count}`)
    events.push('created')
  }
  await removal
  t.ok(events.indexOf('removed') > 3, events.join(' '))
  const { tenants: _, ...rest } = await rowsIn(path)
  t.same({ tenants: 1, ...rest }, before)
})

t.test('the deletion of a tenant leaves no row of it in any table', async t => {
  const path = `${t.testdir()}/data.db`
  const engine = openEngine(t, path)
  await engine.tenants.create({}, 'other')
  const { key } = await engine.tenants.create({}, 'acme')
  await createUser(engine, key, 'anna')
  await engine.assignments.nameInstance(key, 'Corp')
  await engine.assignments.createPermissionSet(key, { now: 1 }, 'Reader', { tags: [] })
  const left = () => {
    const db = openConnection(path, { readonly: true })
    const tables = db
      .prepare<[], string>(
        `select m.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and c.name = 'tenant'`,
      )
      .pluck()
      .all()
      .filter(table => db.prepare<[number]>(`select 1 from ${table} where tenant = ?`).get(key) !== undefined)
    db.close()
    return tables
  }
  t.ok(['resources', 'permission_sets', 'identity_center_instances'].every(table => left().includes(table)))
  t.equal(await engine.tenants.remove('acme'), true)
  t.same(left(), [])
})
