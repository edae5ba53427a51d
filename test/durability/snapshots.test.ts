import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pass } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createLongWrites } from '../../src/storage/sqlite/long-writes.ts'
import { createSqliteSnapshots } from '../../src/storage/sqlite/snapshots.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { sampleOf } from '../support/property.ts'

const rounds = 12
const snapshotProcess = fileURLToPath(new URL('snapshot-process.ts', import.meta.url))

/** Kills a process this number of lines after it is ready, and a little later. */
async function killAfter(lines: number, milliseconds: number, file: string): Promise<void> {
  const child = spawn(process.execPath, [snapshotProcess, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let seen = -1
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'begin' || seen >= 0) seen++
    if (seen !== lines) continue
    // During its next step.
    await pass(milliseconds)
    child.kill('SIGKILL')
  }
  const [, signal] = await closed
  if (signal !== 'SIGKILL') throw new Error('The process ended before it was killed.')
}

t.test('a kill while snapshots are saved and restored leaves one complete directory', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const moments = fc.tuple(fc.nat(5), fc.nat(39))
  for (const [round, [lines, milliseconds]] of sampleOf(moments, rounds).entries()) {
    await killAfter(lines, milliseconds, file)
    const when = `killed ${milliseconds} ms after ${lines} in round ${round}`
    const db = openSqlite(file)
    t.same(db.pragma('integrity_check'), [{ integrity_check: 'ok' }], when)
    const count = (from: string) => db.prepare<[], number>(`select count(*) from ${from}`).pluck().get() ?? 0
    const users = count(`resources where type = 'User'`)
    t.ok([100, 300].includes(users), `${users} users are one of the two directories`)
    const [name = ''] = db.prepare<[], string>(`select id from resources where type = 'Group'`).pluck().all()
    t.equal(name, users === 100 ? 'small' : 'large')
    const whole = { members: users, keys: users, versions: users + 1, events: users, counts: users + 1 }
    t.same(
      {
        members: count('memberships where member_key in (select key from resources)'),
        keys: count(`keys where attribute = 'userName' and resource in (select key from resources)`),
        versions: count('versions where resource_key in (select key from resources)'),
        events: count('membership_events where group_key in (select key from resources)'),
        counts: db.prepare('select sum(n) from counts').pluck().get(),
      },
      whole,
    )
    const writer = createWriter(db)
    const longWrites = createLongWrites(db, writer)
    const snapshots = createSqliteSnapshots({ db, writer, longWrites, reload: () => () => {} })
    const stored = await snapshots.list()
    t.same(
      readdirSync(`${file}.snapshots`).sort(),
      stored.map(({ id }) => `${id}.db`).sort(),
      'each file is a complete snapshot',
    )
    t.same(
      stored
        .map(one => one.name)
        .filter(one => one !== 'again')
        .sort(),
      ['large', 'small'],
    )
    for (const { id, tenants } of stored) {
      await snapshots.restore(id)
      t.equal(count(`resources where type = 'User'`), tenants[0]?.counts.User)
      const isAgain = stored.find(one => one.id === id)?.name === 'again'
      if (isAgain) await snapshots.remove(id)
    }
    await writer.close()
    await longWrites.close()
    db.close()
  }
})
