import t from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { Cycle } from '../../../../src/domain/ports/analysis.ts'
import {
  assignCycle,
  type ClockReading,
  cycleClientKey,
  cycleState,
  forecastNext,
} from '../../../../src/insight/analysis/cycles.ts'
import { anExchange } from '../../../contract/journal.ts'

const minute = 60_000
const token = { id: 't1', ending: 'k3f9' }
const guid = '%22d2c1b0a9-0000-4000-8000-000000000001%22'

type Sent = Partial<Exchange> & { readonly after?: number }

const probe: Sent = {
  method: 'GET',
  url: `/acme/scim/v2/Users?filter=userName+eq+${guid}`,
  response: { headers: {}, body: '{"totalResults":0,"Resources":[]}' },
}
const lookUp: Sent = { method: 'GET', url: '/acme/scim/v2/Users?filter=userName+eq+%22marge%22' }
/** Bodies in the format of Entra ID. */
const request = { headers: { 'content-type': 'application/scim+json; charset=utf-8' } }
const create: Sent = { method: 'POST', status: 201, operation: 'create', request }
const change: Sent = { method: 'PATCH', status: 200, operation: 'update', request }
const schemas: Sent = { method: 'GET', url: '/acme/scim/v2/Schemas' }
const named = (name: string, sent: Sent): Sent => ({ ...sent, request: { headers: { 'user-agent': name } } })
const pause = (milliseconds: number, sent: Sent): Sent => ({ ...sent, after: milliseconds })

/** The cycles of these requests of one token, oldest first; the requests are one second apart. */
function cyclesOf(...sent: readonly Sent[]): readonly Cycle[] {
  const cycles = new Map<string, Cycle>()
  const last = new Map<string, Cycle>()
  let at = 0
  for (const [number, { after = 1000, ...rest }] of sent.entries()) {
    at += after
    const id = `e${number + 1}`
    const exchange = anExchange(number + 1, {
      id,
      tenant: 'acme',
      token,
      at,
      tenantTime: at,
      status: 200,
      ...rest,
    })
    const { cycle } = assignCycle(exchange, last)
    if (!cycle) continue
    last.set(cycleClientKey(cycle), cycle)
    cycles.set(cycle.id, cycle)
  }
  return [...cycles.values()]
}

const shortOf = (cycles: readonly Cycle[]) =>
  cycles.map(({ id, kind, requests }) => `${id} ${kind} ${requests}`)

t.test('probes and the requests after them are a cycle', async t => {
  t.same(cyclesOf(probe, probe, lookUp, create, change), [
    {
      id: 'e1',
      tenant: 'acme',
      token,
      kind: 'cycle',
      client: 'entra',
      started: 1000,
      tenantStarted: 1000,
      last: 5000,
      tenantLast: 5000,
      requests: 5,
      created: 1,
      changed: 1,
      disabled: 0,
      deleted: 0,
      failed: 0,
    },
  ])
})

t.test('probes alone are a connection test, even with the schemas that the portal requests', async t => {
  t.same(shortOf(cyclesOf(probe, probe, probe)), ['e1 test-connection 3'])
  t.same(shortOf(cyclesOf(schemas, probe, probe, schemas)), ['e1 test-connection 4'])
})

t.test('probes after work start a cycle, however soon', async t => {
  t.same(shortOf(cyclesOf(probe, probe, change, probe, probe, change, change)), ['e1 cycle 3', 'e4 cycle 4'])
})

t.test('probes after a pause belong to another test', async t => {
  t.same(shortOf(cyclesOf(probe, probe, pause(31_000, probe), probe)), [
    'e1 test-connection 2',
    'e3 test-connection 2',
  ])
})

t.test('work belongs to the cycle that its probes started, even after a while', async t => {
  t.same(shortOf(cyclesOf(probe, probe, pause(4 * minute, create))), ['e1 cycle 3'])
})

t.test('a pause ends a cycle, and requests without a probe start one', async t => {
  t.same(shortOf(cyclesOf(change, change, pause(6 * minute, change))), ['e1 cycle 2', 'e3 cycle 1'])
  t.same(shortOf(cyclesOf(change, pause(5 * minute, change))), ['e1 cycle 2'])
})

t.test('a clock that is set back far ends a cycle; overlapping requests do not', async t => {
  t.same(shortOf(cyclesOf(pause(60 * minute, change), pause(-30 * minute, change))), [
    'e1 cycle 1',
    'e2 cycle 1',
  ])
  const [overlapping] = cyclesOf(pause(minute, change), pause(-2000, change))
  t.match(overlapping, { started: minute - 2000, last: minute, requests: 2 })
})

t.test('a failed probe is a probe', async t => {
  const refused: Sent = { ...probe, status: 401, refusal: 'expired' }
  t.same(shortOf(cyclesOf(refused, refused)), ['e1 test-connection 2'])
  t.same(shortOf(cyclesOf(change, refused, refused)), ['e1 cycle 1', 'e2 test-connection 2'])
  const failed: Sent = { ...probe, status: 500 }
  t.same(shortOf(cyclesOf(failed)), ['e1 test-connection 1'])
})

t.test('a failed look-up of an object id during work starts no cycle', async t => {
  const throttled: Sent = { ...probe, status: 429, url: probe.url?.replace('userName', 'externalId') ?? '' }
  t.same(shortOf(cyclesOf(probe, create, throttled, create)), ['e1 cycle 4'])
  t.same(shortOf(cyclesOf(create, { ...throttled, status: 200 }, create)), ['e1 cycle 3'])
})

t.test('look-ups of UUIDs by another client start no cycle', async t => {
  const okta = 'Okta SCIM Client 1.0.0'
  t.same(shortOf(cyclesOf(named(okta, create), named(okta, probe), named(okta, create))), ['e1 cycle 3'])
})

t.test('the outcome of each request is counted once', async t => {
  const [cycle] = cyclesOf(
    create,
    { ...create, status: 409 },
    change,
    { ...change, operation: 'disable', enabled: false },
    { ...change, operation: 'replace', enabled: false },
    { ...change, operation: 'replace', enabled: true },
    { ...change, status: 204 },
    { method: 'DELETE', status: 204, operation: 'delete' },
    { method: 'GET', status: 404, operation: 'read' },
    { ...create, status: 200 },
    { method: 'GET', status: 304, operation: 'read' },
  )
  t.match(cycle, { requests: 11, created: 1, changed: 3, disabled: 2, deleted: 1, failed: 2 })
})

t.test('the sentence of an exchange does not change the counts', async t => {
  const [cycle] = cyclesOf(
    { ...change, action: 'disable user' },
    { ...change, action: 'replace user (disabled)' },
  )
  t.match(cycle, { changed: 2, disabled: 0 })
})

t.test('a bulk request counts as one, and its changes by its operations', async t => {
  const parent = 'e3'
  const [cycle] = cyclesOf(
    { ...create, parent },
    { ...create, parent, status: 400 },
    { method: 'POST', status: 200, operation: 'bulk', url: '/acme/scim/v2/Bulk' },
  )
  t.match(cycle, { kind: 'ad-hoc', requests: 1, created: 1, failed: 1, dialect: 'other' })
})

t.test('the dialect is that of the last request that shows one', async t => {
  const written = (op: string): Sent => ({
    ...change,
    request: { headers: {}, body: JSON.stringify({ Operations: [{ op, path: 'title', value: 'Mayor' }] }) },
  })
  t.same(
    cyclesOf(probe, written('Replace'), lookUp).map(({ dialect }) => dialect),
    ['default'],
  )
  t.same(
    cyclesOf(written('Replace'), written('replace')).map(({ dialect }) => dialect),
    ['aadOptscim062020'],
  )
  t.same(
    cyclesOf(probe, create).map(({ dialect }) => dialect),
    [undefined],
  )
})

t.test('requests without a known token, and replays, belong to no cycle', async t => {
  const none = new Map()
  const placeOf = (rest: Sent, tenant = 'acme') =>
    assignCycle(anExchange(1, { tenant, token, ...rest }), none)
  t.match(placeOf(create), { client: 'entra', cycle: { id: 'exchange-1' } })
  t.same(placeOf({ ...create, replayOf: 'e0' }), { client: 'ad-hoc' })
  const stranger = anExchange(1, { tenant: 'acme', ...probe })
  t.same(assignCycle({ ...stranger, refusal: 'missing', status: 401 }, none), { client: 'entra' })
  t.same(assignCycle({ ...stranger, url: '/acme/scim/v2/Schemas' }, none), { client: 'ad-hoc' })
  t.match(
    assignCycle(stranger, none),
    { client: 'sample', cycle: { client: 'sample' } },
    'the sample has no token',
  )
  const { tenant: _tenant, ...nowhere } = anExchange(1, { ...probe, token })
  t.same(assignCycle(nowhere, none), { client: 'entra' })
})

t.test('clients of one token are distinguished, however they alternate', async t => {
  const curl = (sent: Sent) => named('curl/8.5.0', sent)
  const k6 = (sent: Sent) => named('k6/0.49.0 (https://k6.io/)', sent)
  const okta = (sent: Sent) => named('Okta SCIM Client 1.0.0', sent)
  const cycles = cyclesOf(
    ...[probe, curl(lookUp), create, okta(lookUp), k6(lookUp), change, curl(change), okta(create), lookUp],
  )
  t.same(
    cycles.map(({ id, kind, client, userAgent, requests }) => [id, kind, client, userAgent, requests]),
    [
      ['e1', 'cycle', 'entra', undefined, 4],
      ['e2', 'ad-hoc', 'ad-hoc', 'curl', 2],
      ['e4', 'cycle', 'service', 'Okta SCIM Client', 2],
      ['e5', 'ad-hoc', 'ad-hoc', 'k6', 1],
    ],
  )
})

t.test('a client without a User-Agent is Entra ID once it behaves like Entra ID', async t => {
  const read: Sent = { method: 'GET', url: '/acme/scim/v2/Users/1' }
  const put: Sent = { method: 'PUT', url: '/acme/scim/v2/Users/1' }
  const clientsOf = (...sent: readonly Sent[]) =>
    cyclesOf(...sent).map(({ kind, client, requests }) => [kind, client, requests])
  t.same(clientsOf(read, read), [['ad-hoc', 'ad-hoc', 2]])
  t.same(clientsOf(schemas, probe), [['test-connection', 'entra', 2]])
  t.same(clientsOf(read, change), [['cycle', 'entra', 2]])
  t.same(clientsOf(put, read), [['ad-hoc', 'ad-hoc', 2]], 'Entra ID never sends PUT')
  t.same(
    clientsOf(probe, change, pause(40 * minute, read)),
    [
      ['cycle', 'entra', 2],
      ['cycle', 'entra', 1],
    ],
    'and remains Entra ID',
  )
})

t.test('a compliance run lasts from its mark to the next one', async t => {
  const check = (sent: Sent) => named('scim-compliance', sent)
  const marked = (mark: string): Sent =>
    check({ ...lookUp, url: `/acme/scim/v2/Users?filter=userName+eq+%22scim-check-${mark}-17%22` })
  const clientsOf = (...sent: readonly Sent[]) =>
    cyclesOf(...sent).map(({ kind, client, mark, requests }) => [kind, client, mark, requests])
  t.same(
    clientsOf(check(schemas), marked('k3f9a'), check(probe), marked('k3f9a')),
    [['compliance', 'compliance', 'k3f9a', 4]],
    'a probe starts no other cycle',
  )
  t.same(clientsOf(marked('k3f9a'), check(probe), marked('z0000')), [
    ['compliance', 'compliance', 'k3f9a', 2],
    ['compliance', 'compliance', 'z0000', 1],
  ])
  t.same(
    clientsOf(marked('k3f9a'), probe, marked('k3f9a')),
    [['compliance', 'compliance', 'k3f9a', 3]],
    'including its requests without a User-Agent',
  )
  t.same(
    clientsOf(marked('k3f9a'), create, marked('k3f9a'), probe),
    [
      ['compliance', 'compliance', 'k3f9a', 3],
      ['cycle', 'entra', undefined, 1],
    ],
    'except requests that only Entra ID sends',
  )
})

t.test('time between requests is measured by the tenant’s clock', async t => {
  const [first, second] = cyclesOf(
    { ...change, tenantTime: 1000 },
    { ...change, tenantTime: 40 * minute },
    { ...change, tenantTime: 41 * minute },
  )
  t.match(first, { started: 1000, last: 1000, tenantLast: 1000 })
  t.match(second, { started: 2000, tenantStarted: 40 * minute, last: 3000, tenantLast: 41 * minute })
})

const cycleAt = (started: number, rest: Partial<Cycle> = {}): Cycle => ({
  id: `c${started}`,
  tenant: 'acme',
  token: { id: 't1', ending: 'k3f9' },
  kind: 'cycle',
  client: 'entra',
  started,
  tenantStarted: started,
  last: started + 1000,
  tenantLast: started + 1000,
  requests: 3,
  created: 0,
  changed: 1,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...rest,
})

const moment = (machine: number, ahead = 0): ClockReading => ({ machine, tenant: machine + ahead })

/** The forecast if both clocks are equal. */
const next = (recent: readonly Cycle[], now: number) => {
  const found = forecastNext(recent, moment(now))
  return found && { expected: found.expected.tenant, overdue: found.overdue }
}

t.test('the next cycle is expected 40 minutes after the last one began', async t => {
  t.same(next([cycleAt(0)], 0), { expected: 40 * minute, overdue: false })
  t.same(next([cycleAt(60 * minute), cycleAt(0)], 0), { expected: 100 * minute, overdue: false })
})

t.test('the next cycle is expected after the usual interval, if there is one', async t => {
  const starts = [100, 80, 60, 5, 0].map(at => cycleAt(at * minute))
  t.same(next(starts, 0), { expected: 120 * minute, overdue: false })
})

t.test('it is overdue after one and a half intervals', async t => {
  t.equal(next([cycleAt(0)], 60 * minute)?.overdue, false)
  t.equal(next([cycleAt(0)], 60 * minute + 1)?.overdue, true)
})

t.test('a connection test alone has no forecast, nor does another client', async t => {
  const test = cycleAt(minute, { kind: 'test-connection' })
  t.equal(next([], 0), undefined)
  t.equal(next([test], 0), undefined)
  t.same(next([test, cycleAt(0)], 0), { expected: 41 * minute, overdue: false }, 'a cycle without a change')
  t.equal(next([cycleAt(0, { client: 'service', userAgent: 'Okta' })], 0), undefined)
  t.equal(next([cycleAt(0, { client: 'sample' })], 0), undefined)
})

t.test('the forecast uses the tenant’s clock, then and now', async t => {
  // 40 minutes by the tenant's clock, which was moved on before each cycle.
  const recent = [2, 1, 0].map(number =>
    cycleAt(number * 3000, { tenantStarted: number * 40 * minute + number * 3000 }),
  )
  const ahead = 80 * minute
  t.same(forecastNext(recent, moment(10_000, ahead)), {
    expected: { tenant: 120 * minute + 9000, machine: 40 * minute + 9000 },
    overdue: false,
  })
  t.match(forecastNext(recent, moment(10_000, ahead + 62 * minute)), { overdue: true })
})

t.test('a cycle is running until five seconds after its last request, by both clocks', async t => {
  const running = (now: ClockReading, ...recent: readonly Cycle[]) =>
    cycleState(cycleAt(0), recent, now).running
  t.equal(running(moment(1000 + 4999), cycleAt(0)), true)
  t.equal(running(moment(1000 + 5000), cycleAt(0)), false)
  t.equal(running(moment(1001, 5000), cycleAt(0)), false)
  t.same(
    cycleState(cycleAt(0), [cycleAt(5000), cycleAt(0)], moment(5001)),
    { running: false },
    'or until the next cycle begins, which then has the forecast',
  )
  t.match(cycleState(cycleAt(0), [cycleAt(0)], moment(1001), 1000), { running: false }, 'or its end is known')
  t.match(cycleState(cycleAt(0), [cycleAt(0)], moment(1001), 999), { running: true }, 'unless it went on')
})

t.test('a cycle whose last request looked up a new name is running for two minutes', async t => {
  const isRunningAfter = (seconds: number, ...sent: readonly Sent[]) => {
    const [cycle = cycleAt(0)] = cyclesOf(...sent)
    return cycleState(cycle, [cycle], moment(cycle.last + seconds * 1000)).running
  }
  const unknown: Sent = { ...lookUp, results: 0 }
  t.equal(isRunningAfter(119, probe, unknown), true)
  t.equal(isRunningAfter(120, probe, unknown), false)
  t.equal(isRunningAfter(6, probe, unknown, create), false)
  t.equal(isRunningAfter(6, probe, { ...lookUp, results: 1 }), false)
  t.equal(isRunningAfter(6, create, { ...probe, results: 0 }), false, 'a connection test creates nothing')
})

t.test('a cycle that goes on after a pause is the same cycle, and running again', async t => {
  const [cycle = cycleAt(0), ...others] = cyclesOf(probe, create, pause(4 * minute, create))
  t.same(others, [])
  t.match(cycle, { requests: 3 })
  t.equal(cycleState(cycle, [cycle], moment(cycle.last + 1000)).running, true)
})

const marge = { type: 'User', label: 'marge' }
const about = (target: Exchange['target'], sent: Sent): Sent => ({ ...sent, ...(target && { target }) })
const initial = [probe, about(marge, create), about({ type: 'User', label: 'homer' }, create)]
const margeOnDemand = [
  probe,
  probe,
  about(marge, lookUp),
  about({ type: 'User', id: 'u1', label: 'marge' }, create),
  about({ type: 'User', id: 'u1' }, change),
]

t.test('requests for one object before the next cycle is due are provisioning on demand', async t => {
  const [first, ...rest] = margeOnDemand as [Sent, ...(readonly Sent[])]
  t.same(shortOf(cyclesOf(...initial, pause(2 * minute, first), ...rest)), ['e1 cycle 3', 'e4 on-demand 5'])
  t.same(
    shortOf(cyclesOf(...initial, ...margeOnDemand, ...margeOnDemand, ...initial)),
    ['e1 cycle 3', 'e4 on-demand 5', 'e9 on-demand 5', 'e14 cycle 3'],
    'however often, and several objects are a cycle',
  )
  t.same(
    shortOf(cyclesOf(...initial, pause(40 * minute, first), ...rest)),
    ['e1 cycle 3', 'e4 cycle 5'],
    'when a cycle is due, one changed object is a cycle',
  )
  t.same(shortOf(cyclesOf(...margeOnDemand)), ['e1 cycle 5'], 'as in the first cycle of a small directory')
  t.same(
    shortOf(cyclesOf(...initial, probe, change)),
    ['e1 cycle 3', 'e4 cycle 2'],
    'and requests whose object is unknown',
  )
})

t.test(
  'on demand, a user that is renamed is one object, and requests in the other dialect are a cycle',
  async t => {
    const written = (op: string): Sent => ({
      ...change,
      request: { headers: {}, body: JSON.stringify({ Operations: [{ op, path: 'title', value: 'Mayor' }] }) },
    })
    const renamed = { type: 'User', id: 'u1', label: 'marjorie' }
    const kinds = (...sent: readonly Sent[]) => cyclesOf(...initial, ...sent).map(({ kind }) => kind)
    t.same(
      kinds(...margeOnDemand, about(renamed, change), about({ type: 'User', label: 'marjorie' }, lookUp)),
      ['cycle', 'on-demand'],
    )
    t.same(kinds(probe, about(renamed, written('Replace'))), ['cycle', 'on-demand'])
    t.same(kinds(probe, about(renamed, written('replace'))), ['cycle', 'cycle'])
  },
)

t.test('provisioning on demand is running on its own, and has no forecast', async t => {
  const onDemand = cycleAt(minute, { kind: 'on-demand' })
  t.same(cycleState(onDemand, [cycleAt(0)], moment(minute + 1001)), { running: true })
  t.same(cycleState(onDemand, [cycleAt(0)], moment(2 * minute)), { running: false })
  t.match(cycleState(cycleAt(0), [cycleAt(0)], moment(2 * minute)), {
    running: false,
    next: { expected: { tenant: 40 * minute } },
  })
})
