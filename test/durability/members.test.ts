import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pass } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { sampleOf } from '../support/property.ts'

const rounds = 12
const membersProcess = fileURLToPath(new URL('members-process.ts', import.meta.url))
/** The numbers of members of the group in turn; `none` without a group. */
const states = ['none', '900', '0', '900']

/** Kills a process this number of lines after it is ready, and a little later. Returns the acknowledged steps. */
async function killAfter(
  lines: number,
  milliseconds: number,
  file: string,
  run: string,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [membersProcess, file, run], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const acknowledged: string[] = []
  let isReady = false
  for await (const line of createInterface({ input: child.stdout })) {
    if (isReady) acknowledged.push(line)
    isReady = true
    if (acknowledged.length !== lines) continue
    // During its next step.
    await pass(milliseconds)
    child.kill('SIGKILL')
  }
  const [, signal] = await closed
  if (signal !== 'SIGKILL') throw new Error('The process ended before it was killed.')
  return acknowledged
}

t.test('a kill while many members change leaves the state before or after, and loses no step', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const moments = fc.tuple(fc.nat(7), fc.nat(29))
  for (const [round, [lines, milliseconds]] of sampleOf(moments, rounds).entries()) {
    const acknowledged = await killAfter(lines, milliseconds, file, `r${round}`)
    const when = `killed ${milliseconds} ms after ${lines} in round ${round}`
    const db = openSqlite(file)
    t.same(db.pragma('integrity_check'), [{ integrity_check: 'ok' }], when)
    const groups = db
      .prepare<[], [key: number, members: number, added: number, removed: number]>(`
        select key,
          (select count(*) from memberships where group_key = r.key),
          (select count(*) from membership_events where group_key = r.key and event = 'added'),
          (select count(*) from membership_events where group_key = r.key and event = 'removed')
        from resources r where type = 'Group' and id like 'r${round}-%'`)
      .raw()
      .all()
    const [[, members, added, removed] = [0, 'none', 0, 0]] = groups
    const step = acknowledged.length % 4
    t.ok([states[step], states[(step + 1) % 4]].includes(String(members)), `${members} members, ${when}`)
    t.equal(added - removed, members === 'none' ? 0 : members, 'the history agrees')
    t.ok(groups.length <= 1, 'earlier groups were deleted')
    db.close()
  }
})
