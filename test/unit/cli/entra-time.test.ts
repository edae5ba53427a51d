import t from 'tap'
import { resolveSince } from '../../../src/cli/entra/log.ts'
import { createJobClock } from '../../../src/cli/entra/open-job.ts'
import { nextDueTime } from '../../../src/cli/entra/sync.ts'
import type { SourceDirectory } from '../../../src/entra/directory/source-directory.ts'
import { noCounts } from '../../../src/entra/job/cycle-context.ts'
import type { CycleReport } from '../../../src/entra/job/cycle-report.ts'
import {
  type Escrow,
  emptyState,
  type JobState,
  type ObjectRecord,
} from '../../../src/entra/job/job-state.ts'

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

t.test('the targets of a fast clock', async t => {
  t.test('a fast clock advances to the next cycle while objects change', async t => {
    t.equal(nextDueTime(report({ writes: 1 }), emptyState(), nobody, every), start + every)
    t.equal(
      nextDueTime(report({ counts: { ...noCounts(), failed: 1 } }), emptyState(), nobody, every),
      start + every,
    )
  })

  t.test('a fast clock advances to the next attempt in quarantine', async t => {
    const waiting = report({ ending: 'waiting', nextCycleAt: start + 8 * hour })
    t.equal(nextDueTime(waiting, emptyState(), nobody, every), start + 8 * hour)
  })

  t.test('a fast clock advances to the first cycle that retries an object or its references', async t => {
    const state = stateWith(
      { id: 'one', escrow: until(start + 6 * hour) },
      { id: 'two', references: until(start + 5 * hour) },
      { id: 'three', references: until(Number.MAX_SAFE_INTEGER) },
    )
    t.equal(nextDueTime(report(), state, nobody, every), start + 8 * every)
  })

  t.test('a fast clock advances to the first cycle that purges a soft-deleted user', async t => {
    const state = stateWith({ id: 'marge', target: '7' })
    t.equal(nextDueTime(report(), state, deleted('marge', start - day), every), start + 29 * day)
  })

  t.test('a fast clock stops if nothing is pending', async t => {
    t.equal(nextDueTime(report(), emptyState(), nobody, every), undefined)
    const left = stateWith({ id: 'marge', target: '7', managed: false }, { id: 'moe' })
    t.equal(nextDueTime(report(), left, deleted('marge', start), every), undefined, 'who had left before')
    t.equal(nextDueTime(report(), left, deleted('moe', start), every), undefined, 'who was never provisioned')
  })
})

t.test('a job’s clock follows real time, may be advanced, and never goes back', async t => {
  let real = start
  const clock = createJobClock(emptyState(), () => real)
  t.same([clock.now(), clock.ahead()], [start, 0])
  clock.advanceTo(start + day)
  clock.advanceTo(start + hour)
  t.same([clock.now(), clock.ahead()], [start + day, day])
  real += minute
  t.equal(clock.now(), start + day + minute)
  const later = { ...emptyState(), lastCycle: { cycleId: '', ending: '', endedAt: start + 3 * day } }
  t.equal(createJobClock(later, () => real).now(), start + 3 * day, 'nor in the next process')
})

t.test('--since is a time, or a duration before now or the last entry', async t => {
  const none = () => undefined
  t.equal(resolveSince(undefined, none), undefined)
  t.equal(resolveSince('2026-11-24', none), '2026-11-24T00:00:00.000Z')
  t.equal(resolveSince('2026-11-24T10:00:00+02:00', none), '2026-11-24T08:00:00.000Z')
  const now = Date.parse('2026-11-24T10:00:00Z')
  t.equal(resolveSince('1h30m', none, now), '2026-11-24T08:30:00.000Z')
  t.equal(
    resolveSince('1h', () => '2026-12-24T10:00:00.000Z', now),
    '2026-12-24T09:00:00.000Z',
  )
})
