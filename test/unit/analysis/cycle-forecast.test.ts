import t from 'tap'
import { type ClockReading, cycleState, forecastNext } from '../../../src/analysis/cycles.ts'
import type { Cycle } from '../../../src/ports/analysis.ts'

const minute = 60_000

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

t.test('a cycle is running until two minutes after its last request, by both clocks', async t => {
  const running = (now: ClockReading, ...recent: readonly Cycle[]) =>
    cycleState(cycleAt(0), recent, now).running
  t.equal(running(moment(1000 + 2 * minute - 1), cycleAt(0)), true)
  t.equal(running(moment(1000 + 2 * minute), cycleAt(0)), false)
  t.equal(running(moment(1001, 2 * minute), cycleAt(0)), false)
  t.same(
    cycleState(cycleAt(0), [cycleAt(5000), cycleAt(0)], moment(5001)),
    { running: false },
    'or until the next cycle begins, which then has the forecast',
  )
})
