import t from 'tap'
import type { Cycle } from '../../../src/analysis/cycle.ts'
import { forecast, isRunning } from '../../../src/analysis/cycle-forecast.ts'

const minute = 60_000

const cycleAt = (started: number, rest: Partial<Cycle> = {}): Cycle => ({
  id: `c${started}`,
  tenant: 'acme',
  token: { id: 't1', ending: 'k3f9' },
  kind: 'cycle',
  started,
  last: started + 1000,
  requests: 3,
  created: 0,
  changed: 1,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...rest,
})

t.test('the next cycle is expected 40 minutes after the last one began', async t => {
  t.same(forecast([cycleAt(0)], 0), { expected: 40 * minute, overdue: false })
  t.same(forecast([cycleAt(60 * minute), cycleAt(0)], 0), { expected: 100 * minute, overdue: false })
})

t.test('or after the time that usually lies between two', async t => {
  const starts = [100, 80, 60, 5, 0].map(at => cycleAt(at * minute))
  t.same(forecast(starts, 0), { expected: 120 * minute, overdue: false })
})

t.test('it is overdue when half as much time again is past', async t => {
  t.equal(forecast([cycleAt(0)], 60 * minute)?.overdue, false)
  t.equal(forecast([cycleAt(0)], 60 * minute + 1)?.overdue, true)
})

t.test('a test of the connection alone promises nothing, and neither does another client', async t => {
  const test = cycleAt(minute, { kind: 'test-connection' })
  t.equal(forecast([], 0), undefined)
  t.equal(forecast([test], 0), undefined)
  t.same(
    forecast([test, cycleAt(0)], 0),
    { expected: 41 * minute, overdue: false },
    'a cycle without a change',
  )
  t.equal(forecast([cycleAt(0, { dialect: 'other' })], 0), undefined)
  const { token: _token, ...sample } = cycleAt(0)
  t.equal(forecast([sample], 0), undefined)
})

t.test('a cycle is running until two minutes after its last request', async t => {
  t.equal(isRunning(cycleAt(0), 1000 + 2 * minute - 1), true)
  t.equal(isRunning(cycleAt(0), 1000 + 2 * minute), false)
})
