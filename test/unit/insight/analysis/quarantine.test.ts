import t from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { AnalysisEvent } from '../../../../src/domain/ports/analysis.ts'
import {
  createJobHealthMonitor,
  createJobHealthTracker,
} from '../../../../src/insight/analysis/job-health.ts'
import { estimateQuarantine, type JobHealth } from '../../../../src/insight/analysis/quarantine.ts'
import { anExchange } from '../../../contract/journal.ts'
import { exchange, lookUp, objectId } from './diagnose-samples.ts'

const healthy: JobHealth = {
  consecutiveRefusals: 0,
  objects: 20_000,
  failing: 0,
  injected: 0,
  failingReferences: 0,
  stuck: 0,
  cycle: { objects: 200, failing: 0, removed: 0 },
}

const estimateFor = (changes: Partial<JobHealth>) => {
  const { status, reason } = estimateQuarantine({ ...healthy, ...changes })
  return [status, reason]
}

t.test('a job without failures is healthy', async t => {
  t.same(estimateQuarantine(healthy), {
    status: 'healthy',
    reason: 'None',
    detail: 'Connection tests succeed, and no object fails repeatedly.',
  })
})

t.test('rejected credentials and a rejected probe mean quarantine at once', async t => {
  t.same(estimateFor({ consecutiveRefusals: 1, lastRefusal: 'expired' }), [
    'at-risk',
    'EncounteredQuarantineException',
  ])
  t.same(estimateFor({ consecutiveRefusals: 3, lastRefusal: 'expired' }), [
    'quarantined',
    'EncounteredQuarantineException',
  ])
  t.same(estimateFor({ probeProblem: 'The last probe returned 404.' }), [
    'quarantined',
    'EncounteredQuarantineException',
  ])
})

t.test('the share of failing objects counts from 5,000 failures on, and only above 40 %', async t => {
  t.same(estimateFor({ objects: 10_000, failing: 5000 }), [
    'quarantined',
    'EncounteredEscrowProportionThreshold',
  ])
  t.same(estimateFor({ objects: 12_500, failing: 5000 }), ['healthy', 'None'])
  t.same(estimateFor({ objects: 4999, failing: 4999 }), ['healthy', 'None'])
})

t.test(
  'more than 40,000 failures, or 60,000 with references, mean quarantine whatever the share',
  async t => {
    const objects = 1_000_000
    t.same(estimateFor({ objects, failing: 40_001 }), ['quarantined', 'EncounteredBaseEscrowThreshold'])
    t.same(estimateFor({ objects, failing: 40_000, failingReferences: 20_000 }), ['healthy', 'None'])
    t.same(estimateFor({ objects, failing: 40_000, failingReferences: 20_001 }), [
      'quarantined',
      'EncounteredTotalEscrowThreshold',
    ])
  },
)

t.test('many removals, a cycle with many failures and stuck objects are risks', async t => {
  t.same(estimateFor({ cycle: { objects: 600, failing: 0, removed: 501 } }), ['at-risk', 'TooManyDeletes'])
  t.same(estimateFor({ cycle: { objects: 20, failing: 3, removed: 0 } }), [
    'at-risk',
    'EncounteredEscrowProportionThreshold',
  ])
  t.same(estimateFor({ cycle: { objects: 20, failing: 2, removed: 500 } }), ['healthy', 'None'])
  t.same(estimateFor({ stuck: 1 }), ['at-risk', 'EncounteredBaseEscrowThreshold'])
})

const after = (...exchanges: readonly Exchange[]) => {
  const standing = createJobHealthTracker()
  for (const one of exchanges) standing.record(one)
  return standing.current()
}

const post = (label: string, status: number, id?: string, cycle = 'c1') =>
  exchange({
    status,
    target: { type: 'User', label, ...(id !== undefined && { id }) },
    notes: { client: 'entra', cycle, findings: [] },
  })
const change = (id: string, status: number, changes: Partial<Exchange> = {}) =>
  exchange({ method: 'PATCH', status, target: { type: 'User', id }, ...changes })
const none = { objects: 0, failing: 0, removed: 0 }

t.test('an object counts as failing until it succeeds, by its name and its id', async t => {
  t.match(after(post('marge', 400)), { objects: 1, failing: 1, stuck: 0 })
  t.match(after(post('marge', 400), post('marge', 400), post('marge', 500)), { failing: 1, stuck: 1 })
  t.match(after(post('marge', 400), post('marge', 400), post('marge', 400), post('marge', 201, 'u1')), {
    objects: 1,
    failing: 0,
    stuck: 0,
  })
  t.match(after(post('marge', 201, 'u1'), change('u1', 400), change('u1', 200)), { objects: 1, failing: 0 })
})

t.test('a successful read does not end the failure of an object', async t => {
  const read = exchange({ method: 'GET', status: 200, target: { type: 'User', id: 'u1', label: 'marge' } })
  t.match(after(change('u1', 400), read, change('u1', 400), read, change('u1', 400)), {
    objects: 1,
    failing: 1,
    stuck: 1,
  })
})

t.test('a new cycle starts its own count', async t => {
  const standing = after(post('a', 400, undefined, 'c1'), post('b', 201, 'u2', 'c2'))
  t.match(standing, { objects: 2, failing: 1, cycle: { objects: 1, failing: 0, removed: 0 } })
})

t.test(
  'provisioning on demand is not the newest cycle, but its result is the newest one of its object',
  async t => {
    const standing = createJobHealthTracker()
    const inCycle = (number: number, status: number) => post(`user ${number}`, status, undefined, 'c1')
    for (const number of [1, 2, 3, 4]) standing.record(inCycle(number, number === 1 ? 400 : 201))
    standing.noteKind({ id: 'c1', kind: 'cycle' })
    const before = standing.current()
    t.match(before, { cycle: { objects: 4, failing: 1 } })
    standing.record(post('another', 201, undefined, 'd1'))
    standing.noteKind({ id: 'd1', kind: 'on-demand' })
    t.match(standing.current(), { objects: 5, failing: 1, cycle: before.cycle })
    t.match(estimateQuarantine(standing.current()), { status: 'at-risk' })
    standing.record(post('user 1', 201, undefined, 'd2'))
    standing.noteKind({ id: 'd2', kind: 'on-demand' })
    t.match(standing.current(), { failing: 0, cycle: { objects: 4, failing: 0 } })
    standing.record(post('user 1', 201, undefined, 'c2'))
    standing.record(post('user 2', 400, undefined, 'c2'))
    standing.noteKind({ id: 'c2', kind: 'cycle' })
    t.match(standing.current(), { cycle: { objects: 2, failing: 1 } })
  },
)

t.test('failures by injected faults are no risk, and do not hide an earlier reason', async t => {
  const standing = createJobHealthTracker()
  const fault = { id: 'f1', summary: '429' }
  const fail = (id: string, label: string, rest: Partial<Exchange> = {}) =>
    standing.record({ ...post(label, 429), id, ...rest })
  for (const id of ['e1', 'e2', 'e3']) fail(id, 'marge', { fault })
  t.match(standing.current(), { failing: 1, injected: 1, stuck: 0, cycle: { objects: 1, failing: 0 } })
  t.match(estimateQuarantine(standing.current()), {
    status: 'healthy',
    detail:
      'Connection tests succeed, and no object fails repeatedly. 1 object fails only because of injected faults.',
  })
  t.match(standing.failures({ limit: 9 }).items, [{ exchange: 'e3', attempts: 3 }])
  fail('e4', 'marge')
  fail('e5', 'marge', { fault })
  t.match(
    standing.failures({ limit: 9 }).items,
    [{ exchange: 'e4', attempts: 5 }],
    'the last one that was not injected',
  )
  t.match(standing.current(), { failing: 1, injected: 0, cycle: { failing: 1 } })
  t.match(estimateQuarantine(standing.current()), { status: 'at-risk' })
})

t.test('a disabled or deleted user counts as removed; deleting a deleted one is no failure', async t => {
  const notes = { client: 'entra', cycle: 'c1', findings: [] } as const
  t.match(
    after(
      change('u1', 200, { operation: 'disable', notes }),
      change('u2', 204, { method: 'DELETE', operation: 'delete', notes }),
      change('u3', 404, { method: 'DELETE', operation: 'delete', notes }),
    ),
    { failing: 0, cycle: { objects: 3, failing: 0, removed: 3 } },
  )
})

t.test('failed members count as references', async t => {
  const body = '{"Operations":[{"op":"Add","path":"members","value":[{"value":"gone"}]}]}'
  const target = { type: 'Group', id: 'g1' }
  t.match(after(change('g1', 404, { target, request: { headers: {}, body } })), {
    failing: 0,
    failingReferences: 1,
  })
})

t.test('the last failed request of each failing object is known, newest first', async t => {
  const tracker = createJobHealthTracker()
  const failed = (id: string, one: Exchange): Exchange => ({ ...one, id })
  for (const one of [
    failed('01', post('marge', 400)),
    failed('02', change('u1', 400)),
    failed('03', post('marge', 400)),
    failed('04', change('u2', 400)),
    change('u2', 200),
    exchange({ method: 'GET', status: 200, target: { type: 'User', id: 'u1', label: 'homer' } }),
  ])
    tracker.record(one)
  t.match(tracker.failures({ limit: 10 }).items, [
    { exchange: '03', attempts: 2 },
    { exchange: '02', attempts: 1 },
  ])
  t.match(tracker.failures({ limit: 1 }), {
    items: [{ exchange: '03', attempts: 2, type: 'User' }],
    hasMore: true,
    total: 2,
  })
  t.match(tracker.failures({ limit: 1, before: '03' }), {
    items: [{ exchange: '02', attempts: 1 }],
    hasMore: false,
  })
  t.match(tracker.failures({ limit: 1, type: 'Group' }), { items: { length: 0 }, total: 0 })
  t.equal(tracker.failingExisting(), 1, 'the creation of the other one failed')
  tracker.record(post('marge', 201, 'u3'))
  t.match(tracker.failures({ limit: 10 }).items, [{ exchange: '02', attempts: 1 }])
})

t.test('the last probe counts', async t => {
  const probe = (found: number | undefined, status = 200) =>
    lookUp('userName', objectId, found, { status }).exchange
  t.equal(
    after(probe(undefined, 404)).probeProblem,
    'The last connection test returned 404 instead of an empty list.',
  )
  t.equal(after(probe(7)).probeProblem, 'The last connection test returned 7 results for a random name.')
  t.same(after(probe(7), probe(0)), { ...healthy, objects: 0, cycle: none })
})

t.test('a rejected probe counts as a probe', async t => {
  const { target: _, ...probe } = lookUp('userName', objectId, undefined, {
    status: 401,
    refusal: 'expired',
  }).exchange
  t.equal(after(probe).probeProblem, 'The last connection test was rejected (401).')
  t.equal(after(probe, lookUp('userName', objectId, 0).exchange).probeProblem, undefined)
})

t.test('consecutive rejections are counted', async t => {
  const refused = exchange({ method: 'GET', status: 401, refusal: 'expired' })
  t.match(after(refused, refused), { consecutiveRefusals: 2, lastRefusal: 'expired' })
  t.same(after(refused, refused, lookUp('userName', objectId, 0).exchange), {
    ...healthy,
    objects: 0,
    cycle: none,
  })
})

const failed = (number: number) =>
  anExchange(number, {
    tenant: 'acme',
    method: 'POST',
    status: 500,
    target: { type: 'User', label: `u${number}` },
    notes: { client: 'entra', findings: [] },
  })

t.test('exchanges that are read during a reset are discarded, too', async t => {
  const pages: ((page: { items: ReturnType<typeof failed>[] }) => void)[] = []
  const listeners: ((event: AnalysisEvent) => void)[] = []
  const jobHealth = createJobHealthMonitor(
    {
      cycle: async () => undefined,
      subscribe: listener => {
        listeners.push(listener)
        return () => {}
      },
    },
    { page: () => new Promise(resolve => pages.push(resolve)) },
    { find: () => undefined },
  )
  const fail = (number: number) => {
    for (const listener of listeners) listener({ kind: 'analyzed', items: [failed(number)] })
  }
  fail(2)
  jobHealth.clear('acme')
  pages[0]?.({ items: [failed(2), failed(1)] })
  t.same(await jobHealth.estimates(), [])
  fail(3)
  t.match(await jobHealth.estimates(), [{ tenant: 'acme', status: 'at-risk' }], 'later failures count')
})
