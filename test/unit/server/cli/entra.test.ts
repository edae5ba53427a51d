import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { lastKnownTime } from '../../../../src/provisioning/entra/client.ts'
import {
  type CycleProgress,
  type CycleReport,
  noCounts,
} from '../../../../src/provisioning/entra/job/cycle-report.ts'
import {
  type Escrow,
  emptyState,
  type JobState,
  type ObjectRecord,
  type Quarantine,
} from '../../../../src/provisioning/entra/job/job-state.ts'
import { entraSettings } from '../../../../src/provisioning/entra/settings.ts'
import { createClockFrom } from '../../../../src/provisioning/kit/client.ts'
import type { SourceDirectory } from '../../../../src/provisioning/kit/directory/source-directory.ts'
import {
  formatFailures,
  hintsFor,
  type PendingRetry,
  pendingRetries,
} from '../../../../src/server/cli/entra/failures.ts'
import { formatStatus, type StatusReport } from '../../../../src/server/cli/entra/job-commands.ts'
import { resolveSince } from '../../../../src/server/cli/entra/log.ts'
import { formatOnDemand } from '../../../../src/server/cli/entra/on-demand.ts'
import { formatProgress, nextDueTime } from '../../../../src/server/cli/entra/sync.ts'
import { readSettings, withSettings } from '../../../../src/server/cli/job-settings.ts'
import { findObject } from '../../../../src/server/cli/open-job.ts'
import { createProgressLine } from '../../../../src/server/cli/progress-line.ts'
import { springfield } from '../../../support/entra-job.ts'

const settingsOf = (...flags: readonly string[]) => {
  const command = withSettings(new Command(), entraSettings).exitOverride()
  command.parse([...flags], { from: 'user' })
  return readSettings(command, entraSettings, [])
}

t.test('the former spelling of --honor-retry-after is accepted and hidden', async t => {
  t.equal(settingsOf().honorRetryAfter, false)
  t.equal(settingsOf('--honor-retry-after').honorRetryAfter, true)
  t.equal(settingsOf('--honour-retry-after').honorRetryAfter, true)
  t.notMatch(withSettings(new Command(), entraSettings).helpInformation(), 'honour')
})

t.test('the former spelling of honorRetryAfter is accepted in a job file', async t => {
  const file = join(t.testdir(), 'job.json')
  for (const key of ['honorRetryAfter', 'honourRetryAfter']) {
    writeFileSync(file, JSON.stringify({ [key]: true }))
    t.equal(settingsOf('--job', file).honorRetryAfter, true, key)
  }
})

const at = (done: number): CycleProgress => ({
  phase: 'users',
  done,
  total: 5000,
  requests: done * 2,
  counts: { ...noCounts(), created: done - 1, failed: 1, skipped: 7 },
})

/** The output if progress is shown at these times, in milliseconds. */
function written(isTerminal: boolean, times: readonly number[]): readonly string[] {
  const texts: string[] = []
  let now = 0
  const progress = createProgressLine({ write: text => texts.push(text), isTerminal, now: () => now })
  for (const [index, time] of times.entries()) {
    now = time
    progress.show(elapsed => formatProgress(at(index + 1), elapsed))
  }
  progress.end()
  return texts
}

t.test('progress has counts and a rate', async t => {
  t.equal(formatProgress(at(120), 9600), 'users 120/5000: 119 created, 1 failed; 240 requests, 25.0 a second')
  t.equal(
    formatProgress({ ...at(0), counts: noCounts() }, 0),
    'users 0/5000; 0 requests, 0.0 a second',
    'nothing yet',
  )
})

t.test(
  'on a terminal, one line is rewritten, at most ten times a second, and cleared at the end',
  async t => {
    t.same(written(true, [1000, 1050, 1100]), [
      '\rusers 1/5000: 1 failed; 2 requests, 2.0 a second\u001b[K',
      '\rusers 3/5000: 2 created, 1 failed; 6 requests, 5.5 a second\u001b[K',
      '\r\u001b[K',
    ])
  },
)

t.test('elsewhere, a line is written at intervals, and none for a short cycle', async t => {
  t.same(written(false, [1000, 9999]), [])
  t.same(written(false, [1000, 10_000, 15_000, 20_000]), [
    'users 2/5000: 1 created, 1 failed; 4 requests, 0.4 a second\n',
    'users 4/5000: 3 created, 1 failed; 8 requests, 0.4 a second\n',
  ])
})

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
  const clock = createClockFrom(lastKnownTime(emptyState()), () => real)
  t.same([clock.now(), clock.ahead()], [start, 0])
  clock.advanceTo(start + day)
  clock.advanceTo(start + hour)
  t.same([clock.now(), clock.ahead()], [start + day, day])
  real += minute
  t.equal(clock.now(), start + day + minute)
  const later = { ...emptyState(), lastCycle: { cycleId: '', ending: '', endedAt: start + 3 * day } }
  t.equal(createClockFrom(lastKnownTime(later), () => real).now(), start + 3 * day, 'nor in the next process')
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

const time = Date.parse('2026-11-24T10:00:00Z')

const conflict = (name: string): PendingRetry => ({
  name,
  objectId: `id-${name}`,
  what: 'user',
  errorCode: 'EntryConflict',
  reason: 'StatusCode: Conflict\u001b[2J',
  attempts: 2,
  nextAttempt: time,
})

const quarantine: Quarantine = {
  reason: 'EncounteredQuarantineException',
  currentBegan: time,
  seriesBegan: time,
  seriesCount: 2,
  nextAttempt: time + 3_600_000,
  error: { code: 'Timeout', message: 'Nothing came.' },
}

t.test('pending retries are read from the state: objects, their managers and members', async t => {
  const escrow = { attempts: 1, since: time, nextAttempt: time, errorCode: 'Timeout', reason: 'None.' }
  const waiting = { ...escrow, nextAttempt: Number.MAX_SAFE_INTEGER }
  const state = emptyState()
  state.objects.set('a', { kind: 'user', name: 'anna', managed: true, escrow })
  state.objects.set('b', { kind: 'group', name: 'Ops', managed: true, references: waiting })
  state.objects.set('c', {
    kind: 'user',
    name: 'carl',
    managed: true,
    references: { ...escrow, attempts: 0 },
  })
  t.same(pendingRetries(state), [
    {
      name: 'anna',
      objectId: 'a',
      what: 'user',
      errorCode: 'Timeout',
      reason: 'None.',
      attempts: 1,
      nextAttempt: time,
    },
    {
      name: 'Ops',
      objectId: 'b',
      what: 'members',
      errorCode: 'Timeout',
      reason: 'None.',
      attempts: 1,
      nextAttempt: undefined,
    },
  ])
})

t.test(
  'five failures are shown in full, with escaped control characters, and the others are counted',
  async t => {
    t.equal(
      formatFailures([
        conflict('anna'),
        { ...conflict('Ops'), what: 'members', attempts: 1, nextAttempt: undefined },
      ]),
      [
        '  anna: EntryConflict (2 attempts, next attempt 2026-11-24T10:00:00Z): StatusCode: Conflict\\u001b[2J',
        '  members of Ops: EntryConflict (1 attempt, waiting for another object): StatusCode: Conflict\\u001b[2J',
        '',
      ].join('\n'),
    )
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(conflict)
    t.match(formatFailures(seven), /\n {2}… and 2 more\. Run `scimulator entra status` to list them\.\n$/)
    t.equal(formatFailures([]), '')
  },
)

t.test('hints name the possible actions', async t => {
  t.same(hintsFor(undefined, [conflict('anna')]), [])
  t.match(hintsFor(quarantine, []), [/entra sync --now/])
  t.match(hintsFor({ ...quarantine, reason: 'TooManyDeletes' }, []), [/--allow-deletions/])
  t.match(hintsFor(undefined, [{ ...conflict('anna'), errorCode: 'InvalidAnchor' }]), [/restart --full/])
})

t.test('the status of a quarantined job has reason, attempts and pending retries', async t => {
  const status: StatusReport = {
    code: 'Quarantine',
    initialCycleDone: true,
    watermark: time,
    nextCycleAt: time + 3_600_000,
    quarantine,
    users: 3,
    groups: 1,
    links: 2,
    escrows: { objects: 1, references: 0 },
    lastCycle: { cycleId: 'one', ending: 'quarantined', endedAt: time },
    clockAhead: 86_400_000,
    waiting: [conflict('anna')],
  }
  t.equal(
    formatStatus(status),
    [
      'status         in quarantine',
      'initial cycle  done',
      'watermark      2026-11-24T10:00:00Z',
      'last cycle     quarantined, 2026-11-24T10:00:00Z',
      'next cycle     2026-11-24T11:00:00Z',
      'processed      3 users, 1 group',
      'matched        2',
      'in escrow      1 object, 0 references',
      'quarantine     EncounteredQuarantineException, since 2026-11-24T10:00:00Z',
      'reason         Timeout: Nothing came.',
      'attempts       2',
      'next attempt   2026-11-24T11:00:00Z',
      'clock          1 day ahead of real time',
      '',
      'retrying  what  attempts  next attempt          error',
      'anna      user  2         2026-11-24T10:00:00Z  EntryConflict',
      '',
      'Once the cause is fixed, run `scimulator entra sync --now` to retry at once.',
      '',
    ].join('\n'),
  )
})

t.test('provisioning on demand shows result, steps and changes', async t => {
  t.equal(
    formatOnDemand({
      key: JSON.stringify({ result: 'Failure', details: {} }),
      value: JSON.stringify({
        action: 'create',
        provisioningSteps: [
          { provisioningStepType: 'import', status: 'success', description: 'Received marge.' },
        ],
        modifiedProperties: [{ displayName: 'userName', oldValue: null, newValue: 'marge' }],
        statusInfo: { errorInformation: { errorCode: 'EntryConflict', reason: 'Taken.' } },
        targetIdentity: { id: '7' },
      }),
    }),
    [
      'Failure, create, 7',
      'EntryConflict: Taken.',
      '  import               success  Received marge.',
      '  userName: (none) → marge',
      '',
    ].join('\n'),
  )
  t.equal(
    formatOnDemand({
      key: JSON.stringify({ result: 'Skipped', details: { SkipReason: 'Why.' } }),
      value: '{}',
    }),
    'Skipped\nWhy.\n',
  )
})

t.test('a user or group is selected by objectId or, in any case, by name', async t => {
  const found = (name: string) => findObject(springfield, name).objectId
  t.equal(found('ID-MARGE'), 'id-marge')
  t.equal(found('Marge@Springfield.example'), 'id-marge')
  t.equal(found('barney gumble'), 'id-barney')
  t.equal(found('network operators'), 'id-operators')
  t.throws(() => found('nobody'), { exitCode: 2, message: /No user or group "nobody"/ })
  const twice = {
    ...springfield,
    users: [
      ...springfield.users,
      ...springfield.users.map(user => ({ ...user, objectId: `2-${user.objectId}` })),
    ],
  }
  t.throws(() => findObject(twice, 'moe@springfield.example'), {
    exitCode: 2,
    message: /objectId: id-moe, 2-id-moe\./,
  })
})
