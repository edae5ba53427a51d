import t from 'tap'
import type { OverviewCycle } from '../../../src/domain/contract/overview.ts'
import { layOut, scaleEnd, strip } from '../../../src/ui/pages/overview/strip-layout.ts'

const cycle = (counts: Partial<OverviewCycle> = {}): OverviewCycle => ({
  ...{ id: '1', kind: 'cycle', client: 'entra', requests: 1 },
  ...{ started: '', tenantStarted: '', tenantLast: '' },
  ...{ created: 0, modified: 0, disabled: 0, deleted: 0, failed: 0 },
  ...counts,
})

const ordinary = Array.from({ length: 9 }, (_, at) => cycle({ modified: 10 + at }))
const full = strip.line - strip.top

t.test('heights are linear, and kinds stand on each other', async t => {
  const [, both] = layOut([cycle({ modified: 40 }), cycle({ modified: 10, created: 10 })]).columns
  t.same(both?.segments, [
    { kind: 'modified', y: strip.line - full / 4, height: full / 4 },
    { kind: 'created', y: strip.line - full / 2, height: full / 4 },
  ])
})

t.test(
  'the first cycle is four times as large as any other: its top is broken, and the others keep their scale',
  async t => {
    const cycles = [cycle({ created: 10_000 }), ...ordinary]
    t.equal(scaleEnd(cycles), 18)
    const { columns } = layOut(cycles)
    t.same(
      columns.filter(({ isBroken }) => isBroken).map(({ total, segments }) => [total, segments[0]?.height]),
      [[10_000, full]],
    )
    t.same(
      columns.filter(({ hasNumber }) => hasNumber).map(({ total }) => total),
      [10_000, 18],
      'the broken one and the last have numbers',
    )
  },
)

t.test('nothing is invisible: one change of ten thousand, and one failure', async t => {
  const [column] = layOut([cycle({ modified: 10_000, deleted: 1, failed: 1 })]).columns
  t.same([column?.segments.at(-1)?.height, column?.failures], [2, 4])
})

t.test('one failure is no tower, and the most failures fill the lane', async t => {
  const failuresOf = (...failed: readonly number[]) =>
    layOut(failed.map(count => cycle({ failed: count }))).columns.map(({ failures }) => failures)
  t.same(failuresOf(0, 6), [0, strip.laneHeight / 2])
  t.same(failuresOf(120, 60), [strip.laneHeight, strip.laneHeight / 2])
})

t.test('a few cycles have a tenth of the width each, many share it, and idle ones are thin', async t => {
  const { columns: three, next } = layOut([cycle({ modified: 1 }), cycle(), cycle({ modified: 1 })])
  t.same(
    [...three, next].map(({ x }) => Math.round(x * 10) / 10),
    [0, 10, 13.3, 23.3],
  )
  const { columns } = layOut(Array.from({ length: 60 }, (_, at) => cycle({ modified: at % 2 })))
  t.equal(Math.round(((columns[1]?.width ?? 0) / (columns[0]?.width ?? 1)) * 10), 30)
  t.ok(columns.every(({ x, width }) => x + width <= 100))
})
