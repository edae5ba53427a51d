import { copyFileSync, existsSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import { DatabaseError, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { openJournal, upgrade } from '../../../../src/storage/sqlite/journal-file.ts'
import { createEarlierDatabase, journalRows, withAddedColumns } from '../../../support/earlier-database.ts'

const now = new Date('2026-11-26T12:00:00Z')

/** The rows of the journal of a database at this path. */
function rowsOf(path: string) {
  const journal = openJournal(`${path}.journal`)
  try {
    return journalRows(journal)
  } finally {
    journal.close()
  }
}

const openEarlier = (t: Test, exchanges: number) => {
  const path = `${t.testdir({})}/x.db`
  const db = createEarlierDatabase(path, exchanges)
  t.teardown(() => db.close())
  return { path, db, before: withAddedColumns(journalRows(db)) }
}

/** A database of this version with one exchange. */
function createCurrent(path: string, id: string): void {
  const db = openSqlite(path)
  upgrade(db)
  db.close()
  const journal = openJournal(`${path}.journal`)
  journal
    .prepare(`insert into exchanges (id, at, method, url, status, operation, action, details)
      values (?, 0, '', '', 0, '', '', '{}')`)
    .run(id)
  journal.close()
}

const idsIn = (path: string) => rowsOf(path).exchanges?.map(row => (row as { id: string }).id)

t.test('an upgrade moves the journal into its own file, with all rows and columns', async t => {
  const { path, db, before } = openEarlier(t, 25_000)
  const progress: unknown[] = []
  const { backup } = upgrade(db, { now, onProgress: (...numbers) => progress.push(numbers) })
  t.ok(isDeepStrictEqual(rowsOf(path), before))
  t.same(progress, [
    [10_000, 25_000],
    [20_000, 25_000],
    [25_000, 25_000],
  ])
  t.equal(backup, `${path}.2026-11-26T12-00-00.000Z.backup`)
  const left = db.prepare(`select name from sqlite_schema where name in ('exchanges', 'findings', 'cycles')`)
  t.same(left.all(), [])
  const journal = openJournal(`${path}.journal`)
  t.teardown(() => journal.close())
  const settings = ['page_size', 'auto_vacuum', 'journal_mode', 'synchronous', 'integrity_check']
  t.same(
    settings.map(setting => journal.pragma(setting, { simple: true })),
    [16_384, 2, 'wal', 1, 'ok'],
  )
  t.equal(statSync(`${path}.journal`).mode & 0o777, 0o600)
  t.same(upgrade(db), {}, 'later starts move nothing')
})

t.test('an upgrade that ended before the original was deleted copies the journal again', async t => {
  const { path, db, before } = openEarlier(t, 100)
  const untouched = `${path}.earlier`
  db.exec(`vacuum into '${untouched}'`)
  upgrade(db, { now })
  // As if the process had been killed after the copy was complete.
  const journal = openJournal(`${path}.journal`)
  journal.exec('delete from owner; delete from exchanges where seq > 100')
  journal.close()
  writeFileSync(`${path}.journal.part`, 'incomplete')
  db.close()
  copyFileSync(untouched, path)
  const again = openSqlite(path)
  t.teardown(() => again.close())
  t.match(upgrade(again, { now: new Date() }), { foreignJournal: undefined })
  t.same(rowsOf(path), before)
  t.notOk(existsSync(`${path}.journal.part`))
})

t.test('the journal of another database is put aside, and reported', async t => {
  const folder = t.testdir({})
  createCurrent(`${folder}/one.db`, 'one')
  createCurrent(`${folder}/other.db`, 'other')
  copyFileSync(`${folder}/one.db.journal`, `${folder}/other.db.journal`)
  const db = openSqlite(`${folder}/other.db`)
  t.teardown(() => db.close())
  const aside = `${folder}/other.db.journal.2026-11-26T12-00-00.000Z.backup`
  t.same(upgrade(db, { now }), { foreignJournal: aside })
  t.same(idsIn(`${folder}/other.db`), [])
  copyFileSync(aside, `${folder}/aside.journal`)
  t.same(idsIn(`${folder}/aside`), ['one'])
  t.same(upgrade(db), {})
})

t.test('a new database takes nothing that the upgrade of another one left', async t => {
  const folder = t.testdir({})
  createCurrent(`${folder}/one.db`, 'one')
  const copy = openJournal(`${folder}/one.db.journal`)
  copy.exec('delete from owner')
  copy.close()
  copyFileSync(`${folder}/one.db.journal`, `${folder}/new.db.journal`)
  writeFileSync(`${folder}/new.db.journal.part`, 'incomplete')
  const db = openSqlite(`${folder}/new.db`)
  t.teardown(() => db.close())
  t.same(upgrade(db, { now }), {})
  t.same(idsIn(`${folder}/new.db`), [])
  t.same(
    readdirSync(folder).filter(name => /^new\.db\.journal.*(backup|part)$/.test(name)),
    [],
  )
})

t.test('an earlier database that is restored beside a later journal keeps its own', async t => {
  const { path, db, before } = openEarlier(t, 10)
  const { backup = '' } = upgrade(db, { now })
  db.close()
  copyFileSync(backup, path)
  const restored = openSqlite(path)
  t.teardown(() => restored.close())
  const later = new Date('2026-11-27T12:00:00Z')
  const aside = `${path}.journal.2026-11-27T12-00-00.000Z.backup`
  t.match(upgrade(restored, { now: later }), { foreignJournal: aside })
  t.same(rowsOf(path), before)
  t.ok(existsSync(aside))
})

t.test('a missing journal starts empty', async t => {
  const path = `${t.testdir({})}/x.db`
  createCurrent(path, 'gone')
  truncateSync(`${path}.journal`)
  const db = openSqlite(path)
  t.teardown(() => db.close())
  t.same(upgrade(db), {})
  t.same(idsIn(path), [])
})

t.test('a damaged journal is reported with a remedy', async t => {
  const path = `${t.testdir({})}/x.db`
  createCurrent(path, 'damaged')
  writeFileSync(`${path}.journal`, 'not a database, only text'.repeat(1000))
  const db = openSqlite(path)
  t.teardown(() => db.close())
  t.throws(
    () => upgrade(db),
    new DatabaseError(
      `${path}.journal is not a SQLite database. Choose another file with --data, or move this one away.`,
    ),
  )
})

t.test('a database in memory has no file', async t => {
  const folder = t.testdir({})
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  t.same(upgrade(db), {})
  t.same(readdirSync(folder), [])
})
