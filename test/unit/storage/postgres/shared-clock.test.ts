import t from 'tap'
import { createRandom } from '../../../../scripts/endure/random.ts'
import { createSharedClock } from '../../../../src/storage/postgres/cluster/shared-clock.ts'

const epoch = Date.UTC(2026, 10, 30)

/** An instance whose own clock began at another moment than the database's, and readings of it. */
function createInstance() {
  let own = 5000
  let ahead = epoch
  const clock = createSharedClock(() => own)
  return {
    clock,
    pass(milliseconds: number) {
      own += milliseconds
    },
    /** The database's clock is set by this many milliseconds. */
    set(milliseconds: number) {
      ahead += milliseconds
    },
    /** A round trip: the milliseconds of the request, and those of the response. */
    read(there: number, back: number) {
      const began = own
      own += there
      const time = ahead + own
      own += back
      clock.add(time, began)
    },
    off: () => clock.now() - (ahead + own),
  }
}

t.test('one slow reading does not change the clock, and a fast way there and one back make a good one', t => {
  const { read, off, clock } = createInstance()
  read(1, 181)
  t.equal(Math.round(off()), -90, 'half of the only round trip')
  t.equal(Math.round(clock.error()), 91)
  read(160, 1)
  t.equal(Math.abs(off()) <= 1, true, 'the request of one and the response of the other were fast')
  t.equal(Math.round(clock.error()), 1)
  for (let at = 0; at < 20; at++) read(0, 150)
  t.equal(Math.abs(off()) <= 1, true)
  t.end()
})

t.test('the clock is right within its error, whatever the delays', t => {
  const { below } = createRandom(4711)
  const random = () => below(1_000_000) / 1_000_000
  const wrong: number[] = []
  const errors: number[] = []
  for (let round = 0; round < 50; round++) {
    const { read, off, clock, pass } = createInstance()
    for (let at = 0; at < 100; at++) {
      read(random() ** 4 * 200, random() ** 4 * 200)
      pass(random() * 500)
      if (Math.abs(off()) > clock.error() + 1) wrong.push(off())
    }
    errors.push(clock.error())
  }
  t.same(wrong, [])
  t.ok(Math.max(...errors) < 2, String(Math.max(...errors)))
  t.end()
})

t.test('when the clock of the database is set, the next reading counts, and the time never goes back', t => {
  const { read, off, clock, set, pass } = createInstance()
  read(1, 1)
  set(60_000)
  read(2, 2)
  t.equal(Math.abs(off()) <= 2, true)
  const before = clock.now()
  set(-5000)
  read(1, 1)
  t.equal(clock.now(), before)
  pass(6000)
  t.equal(Math.abs(off()) <= 1, true)
  t.end()
})
