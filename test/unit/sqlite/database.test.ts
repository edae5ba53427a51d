import { writeFileSync } from 'node:fs'
import t from 'tap'
import { DatabaseError, openSqlite } from '../../../src/sqlite/database.ts'

const rejectionOf = (path: string): string => {
  try {
    openSqlite(path).close()
  } catch (error) {
    if (error instanceof DatabaseError) return error.message
    throw error
  }
  return 'the file was opened'
}

t.test('a new file is created with its folders, and syncs each commit to disk', async t => {
  const db = openSqlite(`${t.testdir()}/a/b/scimulator.db`)
  t.teardown(() => db.close())
  t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
  t.equal(db.pragma('synchronous', { simple: true }), 2)
})

t.test('a second server on the same file gets an error, and the file is free after the first', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const db = openSqlite(file)
  t.equal(
    rejectionOf(file),
    `The database ${file} is in use by another server. Stop that server, or choose another file with --data.`,
  )
  db.close()
  t.equal(rejectionOf(file), 'the file was opened')
})

t.test('a folder, or a file that is not a database, is rejected with a remedy', async t => {
  const folder = t.testdir({ 'notes.txt': 'not a database, '.repeat(100) })
  t.equal(
    rejectionOf(`${folder}/notes.txt`),
    `${folder}/notes.txt is not a SQLite database. Choose another file with --data, or move this one away.`,
  )
  t.match(rejectionOf(folder), /can't be opened for reading and writing .* with --data\.$/)
})

t.test('the error names a folder that cannot be created', async t => {
  const file = `${t.testdir()}/file`
  writeFileSync(file, '')
  t.match(rejectionOf(`${file}/scimulator.db`), /^The folder .*file for the database can't be created \(/)
})
