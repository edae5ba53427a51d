import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createWorkLimit } from '../../../../src/domain/event-loop/slices.ts'

/** Work that ends when it is told to. */
function manualWork() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () => {
    started.push(name)
    return new Promise<string>(resolve => ends.set(name, () => resolve(name)))
  }
  const end = async (name: string) => {
    ends.get(name)?.()
    await nextTurn()
  }
  return { started, work, end }
}

t.test('at most the maximum runs at a time, in the order of the calls', async t => {
  const { started, work, end } = manualWork()
  const run = createWorkLimit(2)
  const all = Promise.all(['a', 'b', 'c', 'd'].map(name => run(work(name))))
  await nextTurn()
  t.same(started, ['a', 'b'])
  await end('b')
  t.same(started, ['a', 'b', 'c'])
  for (const name of ['a', 'c', 'd']) await end(name)
  t.same(await all, ['a', 'b', 'c', 'd'])
})

t.test('work that fails makes room for the next', async t => {
  const run = createWorkLimit(1)
  const failing = run(() => Promise.reject(new Error('failed')))
  const next = run(async () => 'next')
  await t.rejects(failing, { message: 'failed' })
  t.equal(await next, 'next')
})

t.test('waiting work that is aborted never starts', async t => {
  const { started, work, end } = manualWork()
  const run = createWorkLimit(1)
  const gone = new AbortController()
  const first = run(work('first'))
  const left = run(work('left'), gone.signal)
  const last = run(work('last'))
  gone.abort()
  await t.rejects(left, { name: 'AbortError' })
  await end('first')
  await end('last')
  t.same(await Promise.all([first, last]), ['first', 'last'])
  t.same(started, ['first', 'last'])
  await t.rejects(run(work('late'), gone.signal), { name: 'AbortError' })
})

t.test('work beyond the waiting limit is rejected', async t => {
  const { started, work, end } = manualWork()
  const run = createWorkLimit(1, { maximum: 1, error: () => new Error('too much') })
  const accepted = Promise.all([run(work('first')), run(work('waiting'))])
  await t.rejects(run(work('rejected')), { message: 'too much' })
  await end('first')
  await end('waiting')
  t.same(await accepted, ['first', 'waiting'])
  t.same(started, ['first', 'waiting'])
})
