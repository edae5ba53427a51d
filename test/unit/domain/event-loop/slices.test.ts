import { setImmediate as nextImmediate } from 'node:timers/promises'
import t from 'tap'
import { createSlices } from '../../../../src/domain/event-loop/slices.ts'

/** Counts turns of the event loop. */
function countTurns(t: { teardown(stop: () => void): void }) {
  let turn = 0
  let isOver = false
  const count = () => {
    turn++
    if (!isOver) setImmediate(count)
  }
  count()
  t.teardown(() => {
    isOver = true
  })
  return () => turn
}

/** Slices by a clock that the test sets, in milliseconds. */
function slicesByClock() {
  const clock = { time: 0, readings: 0 }
  const slices = createSlices(() => {
    clock.readings++
    return clock.time
  })
  return { clock, slices }
}

t.test('one slice of work is done in a turn of the event loop, in order', async t => {
  const turn = countTurns(t)
  const slices = createSlices()
  const done: string[] = []
  const turns: number[] = []
  const work = async (name: string) => {
    for (let slice = 1; slice <= 3; slice++) {
      await slices.next()
      done.push(`${name}${slice}`)
      turns.push(turn())
    }
  }
  await Promise.all([work('a'), work('b'), work('c')])
  t.same(done, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3'])
  t.equal(new Set(turns).size, turns.length, 'each in its own turn')
})

t.test('urgent work gets every second slice, and all of them if no other work waits', async t => {
  const slices = createSlices()
  const done: string[] = []
  const work = async (name: string, count: number, urgency?: 'urgent') => {
    for (let slice = 1; slice <= count; slice++) {
      await slices.next(undefined, urgency)
      done.push(name)
    }
  }
  await Promise.all([work('a', 2), work('b', 2), work('c', 1), work('urgent', 7, 'urgent')])
  const alternating = ['urgent', 'b', 'urgent', 'c', 'urgent', 'a', 'urgent', 'b']
  t.same(done, ['a', ...alternating, 'urgent', 'urgent', 'urgent'])
})

t.test('a single task starts at once', async t => {
  const turn = countTurns(t)
  const slices = createSlices()
  const before = turn()
  await slices.next()
  t.equal(turn(), before)
})

t.test('a slice is over after 5 ms', async t => {
  const { clock, slices } = slicesByClock()
  const states: boolean[] = []
  for (const time of [0, 2, 4.9, 5, 5]) {
    clock.time = time
    states.push(slices.isOver())
  }
  t.same(states, [false, false, false, true, true])
  await slices.next()
  clock.time = 9.9
  t.equal(slices.isOver(), false, 'the next slice begins when it is granted')
  clock.time = 10
  t.equal(slices.isOver(), true)
})

t.test('tasks that start in the same turn share its slice', async t => {
  const turn = countTurns(t)
  const { clock, slices } = slicesByClock()
  const itemsByTurn = new Map<number, string[]>()
  const work = async (name: string) => {
    for (let item = 1; item <= 3; item++) {
      clock.time += 3
      itemsByTurn.set(turn(), [...(itemsByTurn.get(turn()) ?? []), `${name}${item}`])
      if (slices.isOver()) await slices.next()
    }
  }
  await Promise.all([work('a'), work('b'), work('c')])
  t.same(
    [...itemsByTurn.values()],
    [
      ['a1', 'a2', 'a3', 'b1', 'c1'],
      ['b2', 'b3'],
      ['c2', 'c3'],
    ],
  )
})

t.test('work that begins while other work waits does not overtake it', async t => {
  const { clock, slices } = slicesByClock()
  const done: string[] = []
  const work = async (name: string, items: number) => {
    if (slices.hasWaiting()) await slices.next()
    for (let item = 1; item <= items; item++) {
      clock.time += 3
      done.push(`${name}${item}`)
      if (slices.isOver()) await slices.next()
    }
  }
  await Promise.all([work('a', 4), work('b', 2), work('c', 2)])
  t.same(done, ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1', 'c2'])
  t.equal(slices.hasWaiting(), false)
})

t.test('the clock is read seldom while items are processed fast', t => {
  const { clock, slices } = slicesByClock()
  const readings = (items: number, milliseconds: number) => {
    const before = clock.readings
    for (let item = 0; item < items; item++) {
      clock.time += milliseconds
      slices.isOver()
    }
    return clock.readings - before
  }
  t.ok(readings(1000, 0.0001) < 80)
  t.ok(readings(40, 0.12) >= 8, 'and for each slow item')
  t.end()
})

t.test('an aborted task loses its place to the next', async t => {
  const slices = createSlices()
  const gone = new AbortController()
  const done: string[] = []
  await slices.next()
  const waiting = [
    slices.next(gone.signal).then(
      () => done.push('left'),
      error => done.push(error.name),
    ),
    slices.next().then(() => done.push('other')),
  ]
  gone.abort()
  await nextImmediate()
  await Promise.all(waiting)
  t.same(done, ['AbortError', 'other'])
  await t.rejects(slices.next(gone.signal), { name: 'AbortError' })
})
