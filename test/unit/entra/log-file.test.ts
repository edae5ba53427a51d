import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openLogFile, readLogFile, toAuditEntry } from '../../../src/entra/job/log.ts'

const day = 24 * 3_600_000
const entry = (at: number) => toAuditEntry(() => 'id', at, 'Restart provisioning', 'Because.')

t.test('each entry is appended as one line', async t => {
  const path = join(t.testdir(), 'log.ndjson')
  const log = await openLogFile(path, () => 0)
  log.audited(entry(1000))
  await log.flush()
  log.audited(entry(2000))
  await log.flush()
  t.same(readLogFile(path), [
    { log: 'audit', ...entry(1000) },
    { log: 'audit', ...entry(2000) },
  ])
})

t.test('many entries are written before the flush', async t => {
  const path = join(t.testdir(), 'log.ndjson')
  const log = await openLogFile(path, () => 0)
  for (let count = 0; count < 1000; count++) log.audited(entry(count))
  t.equal(readLogFile(path).length, 1000)
})

t.test("entries older than 30 days by the job's clock and incomplete lines are dropped", async t => {
  const path = join(t.testdir(), 'log.ndjson')
  const first = await openLogFile(path, () => 0)
  for (const at of [0, day, 2 * day]) first.audited(entry(at))
  await first.flush()
  appendFileSync(path, '{"log":"audit","id":')
  t.equal(readLogFile(path).length, 3)
  const second = await openLogFile(path, () => 31 * day)
  second.audited(entry(31 * day))
  await second.flush()
  t.same(
    readLogFile(path).map(({ activityDateTime }) => Date.parse(activityDateTime) / day),
    [1, 2, 31],
  )
  t.ok(readFileSync(path, 'utf8').endsWith('\n'))
})
