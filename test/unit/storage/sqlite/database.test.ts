import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import {
  DatabaseError,
  lockDatabase,
  openSqlite,
  partialRestoreFolder,
  restoreFolder,
  restoreMark,
} from '../../../../src/storage/sqlite/database.ts'

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

const lockRejection = (path: string): string => {
  try {
    lockDatabase(path)()
  } catch (error) {
    if (error instanceof DatabaseError) return error.message
    throw error
  }
  return 'the file was locked'
}

t.test('a second server on the same file gets an error, and the file is free after the first', async t => {
  const file = `${t.testdir()}/a/scimulator.db`
  const unlock = lockDatabase(file)
  t.equal(
    lockRejection(file),
    `The database ${file} is in use by another server. Stop that server, or choose another file with --data.`,
  )
  unlock()
  t.equal(lockRejection(file), 'the file was locked')
})

t.test(
  'a second server in the same process leaves the connections of the first one locked',
  { skip: process.platform !== 'linux' },
  async t => {
    const file = `${t.testdir()}/scimulator.db`
    const unlock = lockDatabase(file)
    const db = openSqlite(file)
    t.teardown(() => {
      db.close()
      unlock()
    })
    db.exec('create table names (name text)')
    const isOfFile = (line: string) => line.includes(`:${statSync(file).ino} `)
    const locks = () => readFileSync('/proc/locks', 'utf8').split('\n').filter(isOfFile)
    const before = locks().length
    t.match(lockRejection(file), /is in use by another server/)
    // Without the locks, another process could delete the write-ahead log when it closes the file.
    t.equal(locks().length, before)
  },
)

t.test('a server of an earlier version, which locks the database itself, is noticed', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const db = new Sqlite(file)
  t.teardown(() => db.close())
  db.pragma('locking_mode = exclusive')
  db.pragma('journal_mode = wal')
  db.exec('begin immediate; commit')
  t.match(rejectionOf(file), /is in use by another server\./)
})

t.test('the read connection sees what is committed', async t => {
  const db = openSqlite(`${t.testdir()}/scimulator.db`)
  db.exec('create table names (name text)')
  const { writes, reads, close } = connect(db)
  t.teardown(close)
  const names = reads.prepare('select name from names').pluck()
  writes.exec(`begin immediate; insert into names values ('a')`)
  t.same(names.all(), [])
  writes.exec('commit')
  t.same(names.all(), ['a'])
  t.throws(() => reads.exec(`insert into names values ('b')`), /readonly/)
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

t.test(
  'a restore that was interrupted is undone before its files were complete, and completed afterwards',
  async t => {
    const folder = t.testdir()
    const file = `${folder}/scimulator.db`
    const names = ['scimulator.db', 'scimulator.db.journal']
    const write = (place: string, content: string, files = names) => {
      for (const name of files) writeFileSync(`${place}/${name}`, content)
    }
    const contents = () => names.map(name => readFileSync(`${folder}/${name}`, 'utf8'))
    const start = () => lockDatabase(file)()

    openSqlite(file).close()
    start()
    write(folder, 'before')
    for (const written of [[], [restoreMark], [restoreMark, ...names, 'scimulator.db-wal']]) {
      mkdirSync(partialRestoreFolder(file))
      write(partialRestoreFolder(file), 'half', written)
      start()
      t.same(contents(), ['before', 'before'])
    }

    // Each rename may be the last one before an end. Earlier versions wrote no mark.
    for (const mark of [[restoreMark], []]) {
      for (const left of [names, names.slice(1), names.slice(0, 1), []]) {
        write(folder, 'before')
        for (const name of left) writeFileSync(`${folder}/${name}-wal`, 'log')
        mkdirSync(restoreFolder(file), { mode: mark.length > 0 ? 0o777 : 0o700 })
        write(restoreFolder(file), 'restored', [...mark, ...left])
        write(
          folder,
          'restored',
          names.filter(name => !left.includes(name)),
        )
        start()
        t.same(contents(), ['restored', 'restored'])
      }
    }
    t.same(readdirSync(folder).sort(), [...names, 'scimulator.db.lock'].sort())
    t.notOk(existsSync(restoreFolder(file)))
  },
)

t.test(
  'a folder that has the name of an interrupted restore, and is none, is refused and left alone',
  async t => {
    const folder = t.testdir()
    const file = `${folder}/scimulator.db`
    openSqlite(file).close()
    lockDatabase(file)()
    const before = readFileSync(file)
    const makers: readonly ((other: string) => void)[] = [
      other => writeFileSync(other, 'a backup'),
      other => symlinkSync(folder, other),
      other => {
        mkdirSync(other)
        chmodSync(other, 0o755)
        writeFileSync(`${other}/scimulator.db`, 'a copy')
      },
      ...['manifest.json', 'scimulator.db.seal-key', 'scimulator.db.snapshots/one'].map(
        (name: string) => (other: string) => {
          mkdirSync(dirname(`${other}/${name}`), { recursive: true, mode: 0o700 })
          writeFileSync(`${other}/${name}`, '')
        },
      ),
      other => mkdirSync(`${other}/scimulator.db`, { recursive: true, mode: 0o700 }),
    ]
    for (const other of [restoreFolder(file), partialRestoreFolder(file)]) {
      for (const make of makers) {
        make(other)
        t.equal(
          lockRejection(file),
          `${other} is not the folder of an interrupted restore. Move it away; if a restore was interrupted, repeat it.`,
        )
        t.ok(existsSync(other))
        t.same(readFileSync(file), before)
        t.same(readdirSync(folder).sort(), ['scimulator.db', 'scimulator.db.lock', basename(other)])
        rmSync(other, { recursive: true })
      }
    }
    t.equal(lockRejection(file), 'the file was locked')
  },
)
