import t from 'tap'
import type { OverviewCycle } from '../../../src/domain/contract/overview.ts'
import {
  barHeight,
  lifeOf,
  positionOf,
  step,
  toBars,
  toDateLabels,
} from '../../../src/ui/pages/overview/cycle-axis.ts'

const cycleAt = (tenantStarted: string, counts: Partial<OverviewCycle> = {}): OverviewCycle => ({
  id: tenantStarted,
  kind: 'cycle',
  client: 'entra',
  started: tenantStarted,
  tenantStarted,
  tenantLast: tenantStarted,
  requests: 1,
  created: 0,
  modified: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...counts,
})

const cycles = [
  cycleAt('2026-03-01T09:00:00.000Z', { created: 75, failed: 25 }),
  cycleAt('2026-03-01T09:40:00.000Z', { disabled: 1 }),
  cycleAt('2026-03-01T10:20:00.000Z'),
]

t.test('bars are stacked, and small cycles are legible next to large ones', async t => {
  t.same(toBars(cycles), [
    [
      { result: 'created', from: 0, height: barHeight * 0.75 },
      { result: 'failed', from: barHeight * 0.75, height: barHeight * 0.25 },
    ],
    [{ result: 'disabled', from: 0, height: barHeight / 10 }],
    [],
  ])
})

t.test('no part of a bar is invisible', async t => {
  const [[, failed] = []] = toBars([cycleAt('2026-03-01T09:00:00.000Z', { created: 10_000, failed: 1 })])
  t.equal(failed?.height, 2)
})

t.test('a time is before, between or after the bars', async t => {
  t.equal(positionOf('2026-02-28T00:00:00.000Z', cycles), 0)
  t.equal(positionOf('2026-03-01T09:30:00.000Z', cycles), step)
  t.equal(positionOf('2027-03-01T00:00:00.000Z', cycles), 3 * step)
})

t.test('the life of a token is on the same axis', async t => {
  const token = {
    id: '1',
    ending: 'x7Q=',
    access: 'full',
    created: '2026-02-01T00:00:00.000Z',
    expires: '2026-03-01T10:00:00.000Z',
    expired: true,
    expiresInDays: -1,
    requests: 0,
  } as const
  t.same(lifeOf(token, cycles), { from: 0, until: 2 * step })
})

t.test('each day has one date', async t => {
  t.same(
    toDateLabels(cycles, time => time.slice(0, 10)).map(({ x }) => x),
    [0],
  )
})
