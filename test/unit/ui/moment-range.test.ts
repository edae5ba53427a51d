import t from 'tap'
import {
  cycleRange,
  dayRange,
  stopAfter,
  stopBefore,
  toPosition,
} from '../../../src/ui/pages/directory/moment-range.ts'

const at = (time: string) => `2026-03-01T${time}.000Z`
const aCycle = (from: string, until: string) => ({
  kind: 'cycle' as const,
  tenantStarted: at(from),
  tenantLast: at(until),
})

t.test('a day begins and ends at midnight of the zone', async t => {
  t.same(dayRange(new Date(at('09:30:00')), true), {
    from: '2026-03-01T00:00:00.000Z',
    until: '2026-03-02T00:00:00.000Z',
  })
  const { from = '', until = '' } = dayRange(new Date(at('09:30:00')), false)
  t.same(
    [from, until].map(time => new Date(time).toTimeString().slice(0, 8)),
    ['00:00:00', '00:00:00'],
  )
  t.same(dayRange(new Date('yesterday'), true), {})
})

t.test('every time is in one cycle, or between two', async t => {
  const probe = { ...aCycle('12:00:00', '12:00:01'), kind: 'test-connection' as const }
  const cycles = [probe, aCycle('11:00:00', '11:10:00'), aCycle('10:00:00', '10:10:00')]
  t.same(cycleRange(undefined, cycles), { from: at('11:00:00'), until: at('11:10:00') }, 'the newest')
  t.same(cycleRange(at('10:00:00'), cycles), { from: at('10:00:00'), until: at('10:10:00') })
  t.same(cycleRange('2026-03-01T11:10:00+01:00', cycles), { from: at('10:00:00'), until: at('10:10:00') })
  t.same(cycleRange(at('10:30:00'), cycles), { from: at('10:10:00'), until: at('11:00:00') })
  t.same(cycleRange(at('11:30:00'), cycles), { from: at('11:10:00') })
  t.same(cycleRange(at('09:00:00'), cycles), { until: at('10:00:00') })
  t.same(cycleRange(undefined, []), {})
})

t.test(
  'the previous and the next change are the nearest last ones of intervals, or outside of the range',
  async t => {
    const timeline = {
      from: at('10:00:00'),
      until: at('12:00:00'),
      buckets: [
        { at: at('10:00:00'), changes: 3, last: at('10:20:00') },
        { at: at('11:00:00'), changes: 0 },
      ],
      before: at('08:00:00'),
      after: at('13:00:00'),
    }
    t.equal(stopBefore(timeline, undefined), at('13:00:00'), 'before now')
    t.equal(stopBefore(timeline, at('13:00:00')), at('10:20:00'))
    t.equal(stopBefore(timeline, at('10:20:00')), at('08:00:00'))
    t.equal(stopBefore(timeline, at('08:00:00')), undefined)
    t.equal(stopAfter(timeline, at('08:00:00')), at('10:20:00'))
    t.equal(stopAfter(timeline, at('13:00:00')), undefined)
    t.same(
      [undefined, at('10:00:00'), at('10:30:00'), at('09:00:00')].map(time => toPosition(timeline, time)),
      [1000, 0, 250, 0],
    )
  },
)
