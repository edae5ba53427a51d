import t from 'tap'
import type { Cycle } from '../../../src/analysis/cycle.ts'
import { newestWithoutFailure, secondOnTime } from '../../../src/console/setup/evidence.ts'

const minute = 60_000

const cycle = (id: string, startsAt: number, more: Partial<Cycle> = {}): Cycle => ({
  id,
  tenant: 'acme',
  token: { id: 'a', ending: 'x7Q=' },
  kind: 'cycle',
  started: startsAt * minute,
  last: (startsAt + 1) * minute,
  requests: 9,
  created: 1,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...more,
})

t.test('a second cycle is on time about 40 minutes after another one of the same client', async t => {
  const first = cycle('first', 0)
  const found = (...later: readonly Cycle[]) => secondOnTime([...later, first])?.exchange
  t.equal(found(), undefined, 'one alone is no second')
  t.equal(found(cycle('second', 40)), 'second')
  t.equal(found(cycle('third', 41, { kind: 'test-connection' })), 'third', 'in which nothing had changed')
  t.equal(found(cycle('soon', 5)), undefined, 'Test Connection, or a restart')
  t.equal(found(cycle('late', 90)), undefined)
  t.equal(found(cycle('other', 40, { token: { id: 'b', ending: '' } })), undefined, 'another client')
  t.equal(
    found(cycle('fourth', 120), cycle('third', 80), cycle('second', 40)),
    'fourth',
    'the newest is told',
  )
  t.equal(found(cycle('restart', 45), cycle('test', 30)), 'restart', 'others may stand between')
  t.same(secondOnTime([cycle('second', 40), first]), { at: 40 * minute, exchange: 'second' })
})

t.test('nothing has failed when nothing failed in the newest cycle that did something', async t => {
  const good = cycle('good', 0)
  const bad = cycle('bad', 40, { failed: 2 })
  t.equal(newestWithoutFailure([]), undefined)
  t.same(newestWithoutFailure([good]), { at: minute, exchange: 'good' })
  t.equal(newestWithoutFailure([bad, good]), undefined)
  t.match(newestWithoutFailure([cycle('better', 80), bad, good]), { exchange: 'better' })
  const probes = cycle('probes', 120, { kind: 'test-connection' })
  t.equal(newestWithoutFailure([probes]), undefined)
  t.match(newestWithoutFailure([probes, good]), { exchange: 'good' })
})
