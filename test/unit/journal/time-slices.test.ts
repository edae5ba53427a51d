import { setImmediate as nextImmediate } from 'node:timers/promises'
import t from 'tap'
import { createSliceScheduler } from '../../../src/journal/time-slices.ts'

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

t.test('one slice of work is done in a turn of the event loop, in order', async t => {
  const turn = countTurns(t)
  const next = createSliceScheduler()
  const done: string[] = []
  const turns: number[] = []
  const work = async (name: string) => {
    for (let slice = 1; slice <= 3; slice++) {
      await next()
      done.push(`${name}${slice}`)
      turns.push(turn())
    }
  }
  await Promise.all([work('a'), work('b'), work('c')])
  t.same(done, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3'])
  t.equal(new Set(turns).size, turns.length, 'each in its own turn')
})

t.test('a single task starts at once', async t => {
  const turn = countTurns(t)
  const next = createSliceScheduler()
  const before = turn()
  await next()
  t.equal(turn(), before)
})

t.test('an aborted task loses its place to the next', async t => {
  const next = createSliceScheduler()
  const gone = new AbortController()
  const done: string[] = []
  await next()
  const waiting = [
    next(gone.signal).then(
      () => done.push('left'),
      error => done.push(error.name),
    ),
    next().then(() => done.push('other')),
  ]
  gone.abort()
  await nextImmediate()
  await Promise.all(waiting)
  t.same(done, ['AbortError', 'other'])
  await t.rejects(next(gone.signal), { name: 'AbortError' })
})
