import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { inspect, requireConsistent } from '../../scripts/endure/consistency.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { openJournal, upgrade } from '../../src/storage/sqlite/journal-file.ts'
import { createEarlierDatabase, journalRows, withAddedColumns } from '../support/earlier-database.ts'
import { sampleOf } from '../support/property.ts'

/** Runs a script, kills it after this number of lines, and returns all of them. */
async function killAfter(lines: number, script: string, args: readonly string[]): Promise<readonly string[]> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const printed: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line)
    if (printed.length === lines) child.kill('SIGKILL')
  }
  await closed
  return printed
}

t.test('after a kill under load, both files are consistent and have what was committed', async t => {
  const file = `${t.testdir({})}/scimulator.db`
  const committed: string[] = []
  for (const [round, lines] of sampleOf(fc.integer({ min: 1, max: 1500 }), 6).entries()) {
    committed.push(...(await killAfter(lines, 'journal-process.ts', [file, `r${round}`])))
    const held = inspect(file, db => {
      requireConsistent(db, `round ${round}`)
      return db
        .prepare<[], string>(`
          select 'exchange ' || id from (select id from exchanges order by seq)
          union all select 'user ' || id from resources where type = 'User'`)
        .pluck()
        .all()
    })
    const known = new Set(held)
    t.same(
      committed.filter(line => !known.has(line)),
      [],
      `nothing is lost after ${lines} lines in round ${round}`,
    )
    t.equal(known.size, held.length, 'no duplicates')
    const inOrder = held.filter(line => line.startsWith(`exchange r${round}-`))
    t.same(
      inOrder,
      inOrder.map((_, at) => `exchange r${round}-${at}`),
      'the journal has no gaps',
    )
  }
})

t.test('an upgrade that is killed at any moment loses nothing of the journal', async t => {
  const folder = t.testdir({})
  const earlier = `${folder}/earlier.db`
  const db = createEarlierDatabase(earlier, 25_000)
  const before = withAddedColumns(journalRows(db))
  db.close()
  const file = `${folder}/x.db`
  for (let lines = 1; lines <= 6; lines++) {
    for (const ending of ['', '-wal', '-shm', '.journal', '.journal-wal', '.journal-shm'])
      rmSync(file + ending, { force: true })
    copyFileSync(earlier, file)
    const printed = await killAfter(lines, 'upgrade-process.ts', [file])
    const killed = openSqlite(file)
    const isMoved = killed.prepare(`select 1 from sqlite_schema where name = 'exchanges'`).get() === undefined
    t.ok(!isMoved || existsSync(`${file}.journal`), `killed after "${printed.at(-1)}"`)
    t.notMatch(upgrade(killed), { foreignJournal: String }, 'the copy is recognized')
    killed.close()
    const journal = openJournal(`${file}.journal`)
    t.ok(isDeepStrictEqual(journalRows(journal), before), 'all rows are there')
    t.equal(journal.pragma('integrity_check', { simple: true }), 'ok')
    journal.close()
  }
})
