import t from 'tap'
import { jobClock } from '../../../src/cli/entra/job-clock.ts'
import { nextDue } from '../../../src/cli/entra/next-due.ts'
import { sinceOf } from '../../../src/cli/entra/since.ts'
import type { CycleReport } from '../../../src/entra/cycle-report.ts'
import type { Escrow, JobState, ObjectRecord } from '../../../src/entra/job-state.ts'
import { emptyState } from '../../../src/entra/job-state.ts'
import { noCounts } from '../../../src/entra/run.ts'
import type { SourceDirectory } from '../../../src/entra/source-directory.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const every = 40 * minute
const start = 1000 * day

const report = (changes: Partial<CycleReport> = {}): CycleReport => ({
  cycleId: 'cycle',
  kind: 'incremental',
  ending: 'completed',
  startedAt: start,
  endedAt: start + minute,
  nextCycleAt: start + every,
  requests: 3,
  writes: 0,
  counts: noCounts(),
  escrows: 0,
  quarantine: undefined,
  ...changes,
})

const stateWith = (...records: readonly (Partial<ObjectRecord> & { id: string })[]): JobState => ({
  ...emptyState(),
  objects: new Map(
    records.map(({ id, ...rest }) => [id, { kind: 'user', name: id, managed: true, ...rest }] as const),
  ),
})

const until = (nextAttempt: number): Escrow => ({
  attempts: 1,
  since: start,
  nextAttempt,
  errorCode: 'EntryConflict',
  reason: '',
})

const nobody: SourceDirectory = { users: [], groups: [], assignments: [] }
const deleted = (objectId: string, deletedAt: number): SourceDirectory => ({
  ...nobody,
  users: [{ objectId, accountEnabled: true, attributes: {}, deletedAt }],
})

t.test('a fast clock comes to', async t => {
  t.test('the next cycle while something happens', async t => {
    t.equal(nextDue(report({ writes: 1 }), emptyState(), nobody, every), start + every)
    t.equal(
      nextDue(report({ counts: { ...noCounts(), failed: 1 } }), emptyState(), nobody, every),
      start + every,
    )
  })

  t.test('the next attempt of a quarantine', async t => {
    const waiting = report({ ending: 'waiting', nextCycleAt: start + 8 * hour })
    t.equal(nextDue(waiting, emptyState(), nobody, every), start + 8 * hour)
  })

  t.test('the first cycle in which a failed object, or its references, is due', async t => {
    const state = stateWith(
      { id: 'one', escrow: until(start + 6 * hour) },
      { id: 'two', references: until(start + 5 * hour) },
      { id: 'three', references: until(Number.MAX_SAFE_INTEGER) },
    )
    t.equal(nextDue(report(), state, nobody, every), start + 8 * every)
  })

  t.test('the first cycle in which someone who was deleted softly is purged', async t => {
    const state = stateWith({ id: 'marge', target: '7' })
    t.equal(nextDue(report(), state, deleted('marge', start - day), every), start + 29 * day)
  })

  t.test('nothing, when nothing is left to be done', async t => {
    t.equal(nextDue(report(), emptyState(), nobody, every), undefined)
    const left = stateWith({ id: 'marge', target: '7', managed: false }, { id: 'moe' })
    t.equal(nextDue(report(), left, deleted('marge', start), every), undefined, 'who had left before')
    t.equal(nextDue(report(), left, deleted('moe', start), every), undefined, 'who was never provisioned')
  })
})

t.test("a job's clock goes with real time, may be moved on, and never goes back", async t => {
  let real = start
  const clock = jobClock(emptyState(), () => real)
  t.same([clock.now(), clock.ahead()], [start, 0])
  clock.advanceTo(start + day)
  clock.advanceTo(start + hour)
  t.same([clock.now(), clock.ahead()], [start + day, day])
  real += minute
  t.equal(clock.now(), start + day + minute)
  const later = { ...emptyState(), lastCycle: { cycleId: '', ending: '', endedAt: start + 3 * day } }
  t.equal(jobClock(later, () => real).now(), start + 3 * day, 'nor in the next process')
})

t.test('since a time, or for so long before now or the last entry', async t => {
  const none = () => undefined
  t.equal(sinceOf(undefined, none), undefined)
  t.equal(sinceOf('2026-11-24', none), '2026-11-24T00:00:00.000Z')
  t.equal(sinceOf('2026-11-24T10:00:00+02:00', none), '2026-11-24T08:00:00.000Z')
  const now = Date.parse('2026-11-24T10:00:00Z')
  t.equal(sinceOf('1h30m', none, now), '2026-11-24T08:30:00.000Z')
  t.equal(
    sinceOf('1h', () => '2026-12-24T10:00:00.000Z', now),
    '2026-12-24T09:00:00.000Z',
  )
})
