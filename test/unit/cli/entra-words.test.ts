import t from 'tap'
import {
  formatFailures,
  hintsFor,
  type PendingRetry,
  pendingRetries,
} from '../../../src/cli/entra/failures.ts'
import { formatStatus, type StatusReport } from '../../../src/cli/entra/job-commands.ts'
import { findObject, formatOnDemand } from '../../../src/cli/entra/on-demand.ts'
import { emptyState, type Quarantine } from '../../../src/entra/job/job-state.ts'
import { springfield } from '../../support/entra-job.ts'

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
