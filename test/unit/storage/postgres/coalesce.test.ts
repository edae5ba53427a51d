import t from 'tap'
import { coalesce } from '../../../../src/storage/postgres/cluster/hints.ts'

t.test('requests during a run share the next one', async t => {
  const runs: PromiseWithResolvers<void>[] = []
  const request = coalesce(() => {
    const run = Promise.withResolvers<void>()
    runs.push(run)
    return run.promise
  })
  const first = request()
  const [second, third] = [request(), request()]
  t.equal(second, third)
  t.equal(runs.length, 1)
  runs[0]?.resolve()
  await first
  await new Promise(setImmediate)
  t.equal(runs.length, 2)
  runs[1]?.resolve()
  await Promise.all([second, third])
  t.equal(runs.length, 2)
})

t.test('a failed run fails its own requests only', async t => {
  let run = 0
  const request = coalesce(async () => {
    run++
    if (run === 1) throw new Error('broken')
  })
  const outcomes = await Promise.allSettled([request(), request()])
  t.same(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

t.test('no run overlaps another one, whenever it is requested', async t => {
  let [current, most, runs] = [0, 0, 0]
  const request = coalesce(async () => {
    runs++
    most = Math.max(most, ++current)
    await new Promise(setImmediate)
    current--
  })
  const first = request()
  const second = request()
  const third = first.then(request)
  await Promise.all([first, second, third])
  t.equal(most, 1)
  t.equal(runs, 2, 'the third shares the run that has not begun')
})
