import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { type Database, openSqlite } from '../../src/storage/sqlite/database.ts'
import { sampleOf } from '../support/property.ts'

const rounds = 20
const writerProcess = fileURLToPath(new URL('writer-process.ts', import.meta.url))

/** Kills a process after this number of acknowledged writes, and returns all of them. */
async function killAfter(acknowledgements: number, file: string, run: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writerProcess, file, run], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === acknowledgements) child.kill('SIGKILL')
  }
  const [, signal] = await closed
  if (signal !== 'SIGKILL') throw new Error('The process ended before it was killed.')
  return acknowledged
}

/** The contents of the file, in the format of the acknowledgements; duplicates are listed twice. */
const heldIn = (db: Database): readonly string[] =>
  db
    .prepare<[], string>(`
      select 'user ' || id from resources where type = 'User'
      union all select 'member ' || member_id from memberships where member_key is not null`)
    .pluck()
    .all()

t.test('acknowledged writes survive a kill at any moment', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const acknowledged: string[] = []
  for (const [round, acknowledgements] of sampleOf(fc.integer({ min: 1, max: 400 }), rounds).entries()) {
    acknowledged.push(...(await killAfter(acknowledgements, file, `r${round}`)))
    const db = openSqlite(file)
    const held = heldIn(db)
    const known = new Set(held)
    const lost = acknowledged.filter(line => !known.has(line))
    t.same(lost, [], `nothing is lost after ${acknowledgements} acknowledgements in round ${round}`)
    t.equal(known.size, held.length, 'no duplicates')
    t.same(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    const users = held.filter(line => line.startsWith('user')).length
    t.equal(db.prepare(`select n from counts where type = 'User'`).pluck().get() ?? 0, users)
    db.close()
  }
})
