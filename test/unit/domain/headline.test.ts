import t from 'tap'
import { formatSpan } from '../../../src/domain/duration.ts'
import {
  describeHeadline,
  describeTitle,
  formatWhen,
  type HeadlineFacts,
  headlineOf,
} from '../../../src/domain/headline.ts'

const now = Date.parse('2026-11-30T09:21:00Z')
const minute = 60_000
const at = (time: string) => `2026-11-30T${time}:00.000Z`

const cycle = (time: string, more = {}) => ({
  ...{ id: time, kind: 'cycle', client: 'entra', requests: 400 },
  ...{ started: at(time), tenantStarted: at(time), tenantLast: at(time) },
  ...{ created: 0, modified: 0, disabled: 0, deleted: 0, failed: 0 },
  ...more,
})

const changed203 = { created: 12, modified: 188, disabled: 2, deleted: 1 }
const earlier = cycle('08:35', { modified: 143 })

type Facts = Partial<Record<keyof HeadlineFacts, unknown>>

const facts = ({ cycles = [earlier, cycle('09:15', changed203)], ...more }: Facts = {}): HeadlineFacts => {
  const newest = (cycles as object[]).at(-1)
  return {
    clock: { now, offset: 0 },
    analysis: { current: true, analyzed: 55_000, total: 55_000 },
    job: { status: 'healthy', objects: 10_142, failing: 0, threshold: { objects: 5000, share: 0.4 } },
    newest: newest && { ...newest, running: false, next: { tenantExpected: at('09:55'), overdue: false } },
    counts: { User: { active: 9896, disabled: 90, retained: 8, removed: 0 } },
    tokens: [{ expired: false, expiresInDays: 362 }],
    failed: { requests: 0, since: now - 86_400_000 },
    faultsArmed: 0,
    cycles,
    ...more,
  } as HeadlineFacts
}

const standing = (more = {}) => {
  const first = Date.parse(at('07:15'))
  return { count: 6, type: 'User', refused: true, first, last: first, ...more }
}

const sentenceOf = (given: Facts) => {
  const parts = headlineOf(facts(given))
  return [
    describeHeadline(parts, (time, inSentence) => formatWhen(time, now, 'UTC', inSentence)),
    describeTitle(parts),
  ]
}

const running = { ...cycle('09:15', { modified: 88 }), running: true }
const nothing = { job: undefined, newest: undefined, cycles: [], counts: {} }
const connected = cycle('07:10', { kind: 'test-connection' })

const situations: readonly (readonly [situation: string, given: Facts, sentence: string, title: string])[] = [
  [
    'nothing has connected',
    nothing,
    'Nothing has connected yet. Give your identity provider this address and token.',
    'Not connected',
  ],
  [
    'a client without cycles',
    { ...nothing, counts: facts().counts, failed: { requests: 12, since: now - 3_600_000 } },
    '9,986 users and groups, no cycle of a provisioning service. 12 requests failed since 08:21. No schedule is known.',
    '',
  ],
  [
    'only a connection test',
    { cycles: [connected] },
    'Connected at 07:10, no cycle yet. Start provisioning in Entra ID.',
    'Not connected',
  ],
  [
    'the first cycle',
    {
      cycles: [cycle('09:14', { created: 9, failed: 2 })],
      standing: standing({ count: 2, first: now - 7 * minute, last: now - 7 * minute }),
    },
    'First cycle at 09:14: 9 created. 2 users refused since 09:14. Next cycle in 34 min.',
    '2 refused, 9 changed',
  ],
  ['all well', {}, '203 changed at 09:15, nothing failed. Next cycle in 34 min.', '203 changed'],
  [
    'nothing to do',
    { cycles: [earlier, cycle('09:15')] },
    'Nothing to do at 09:15, last change 08:35. Next cycle in 34 min.',
    'Nothing to do',
  ],
  [
    'old failures',
    { standing: standing() },
    '203 changed at 09:15, nothing new failed. 6 users refused since 07:15. Next cycle in 34 min.',
    '6 refused, 203 changed',
  ],
  [
    'failures of several kinds, some of them new',
    {
      cycles: [earlier, cycle('09:15', { ...changed203, failed: 4 })],
      standing: standing({ count: 10, type: undefined, refused: false, last: Date.parse(at('09:16')) }),
    },
    '203 changed at 09:15. 10 objects failing since 07:15 and later. Next cycle in 34 min.',
    '10 failing, 203 changed',
  ],
  [
    'a running cycle',
    { newest: running, standing: standing() },
    'Cycle running since 09:15, 88 changed so far. 6 users refused since 07:15. No schedule is known.',
    '6 refused, Running',
  ],
  [
    'requests wait for the analysis: no verdict',
    {
      analysis: { current: false, analyzed: 26_000, total: 55_000, seconds: 120 },
      job: { ...facts().job, status: 'analyzing', failing: 5000 },
      standing: standing(),
    },
    '203 changed at 09:15. Analyzing 26,000 of 55,000 requests, ready in about 2 min.',
    'Analyzing, 2 min',
  ],
  [
    'an overdue cycle',
    { newest: { ...cycle('07:49'), running: false, next: { tenantExpected: at('08:29'), overdue: true } } },
    '203 changed at 09:15, nothing failed. Next cycle overdue by 52 min.',
    '203 changed',
  ],
  [
    'a token that runs out',
    {
      tokens: [
        { expired: true, expiresInDays: 0 },
        { expired: false, expiresInDays: 6 },
      ],
      faultsArmed: 2,
    },
    '203 changed at 09:15, nothing failed. Token expires in 6 days. Next cycle in 34 min.',
    '203 changed',
  ],
  [
    'an expired token',
    { job: { ...facts().job, status: 'quarantined' }, tokens: [{ expired: true, expiresInDays: 0 }] },
    'Stopped: the token has expired. Create a token and paste it into Entra ID.',
    'Token expired',
  ],
  [
    'a quarantined job',
    { job: { ...facts().job, status: 'quarantined', objects: 10_150, failing: 5204 } },
    'Quarantined, 5,204 of 10,150 objects failed. Entra now retries once a day.',
    'Quarantined',
  ],
  [
    'a job near its quarantine',
    {
      job: { ...facts().job, status: 'at-risk', failing: 4310 },
      standing: standing({ count: 4310, type: undefined, refused: false }),
    },
    '203 changed at 09:15, nothing new failed. 4,310 objects failing since 07:15. From 5,000 failing objects on Entra quarantines the job. Next cycle in 34 min.',
    '4,310 failing, 203 changed',
  ],
  [
    'injected failures beside earlier ones',
    { cycles: [earlier, cycle('09:15', { modified: 11, failed: 14, faults: 14 })], standing: standing() },
    '11 changed at 09:15, 14 failed by an injected fault. 6 users refused since 07:15. Next cycle in 34 min.',
    '6 refused, 11 changed',
  ],
  [
    'an armed fault that made requests fail',
    { cycles: [earlier, cycle('09:15', { modified: 25, failed: 14, faults: 14 })], faultsArmed: 1 },
    '25 changed at 09:15, 14 failed by an injected fault. 1 fault armed. Next cycle in 34 min.',
    '25 changed',
  ],
  [
    'a clock that was moved',
    { clock: { now, offset: 200 * minute } },
    '203 changed at 09:15, nothing failed. Clock 3 h 20 min ahead. Next cycle in 34 min.',
    '203 changed',
  ],
]

t.test('the first sentence says whether it worked', async t => {
  for (const [situation, given, sentence, title] of situations)
    t.same(sentenceOf(given), [sentence, title], situation)
})

t.test('times are short: today the time, yesterday with its word, else the day', async t => {
  const when = (time: string, zone?: string) => formatWhen(time, '2026-11-30T00:30:00Z', zone)
  t.same(
    [
      when('2026-11-30T00:10:00Z', 'UTC'),
      when('2026-11-29T18:35:00Z', 'UTC'),
      when('2026-11-21T09:00:00Z', 'UTC'),
    ],
    ['00:10', 'yesterday 18:35', '21 Nov'],
  )
  t.equal(when('2026-11-30T00:10:00Z', 'America/New_York'), '19:10', 'by the days of the zone')
})

t.test('spans are short', async t => {
  t.same([400, 40_000, 34 * minute, 200 * minute, 6 * 86_400_000].map(formatSpan), [
    '1 s',
    '40 s',
    '34 min',
    '3 h 20 min',
    '6 days',
  ])
})
