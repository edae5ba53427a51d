import t from 'tap'
import { createGuessLimit } from '../../../src/console/guard.ts'

function limited() {
  let now = 1 // lru-cache takes 0 for no time
  const waits: number[] = []
  const limit = createGuessLimit({
    clock: () => now,
    pause: async milliseconds => waits.push(milliseconds),
  })
  const guess = async (address: string, times: number) => {
    for (let turn = 0; turn < times; turn += 1) {
      await limit.wait(address)
      limit.recordFailure(address)
    }
  }
  return { ...limit, guess, waits, pass: (milliseconds: number) => (now += milliseconds) }
}

t.test('after five wrong guesses, all requests of the address wait, and no others', async t => {
  const { guess, wait, waits } = limited()
  await guess('10.0.0.1', 5)
  t.same(waits, [], 'five guesses do not wait')
  await wait('10.0.0.1')
  await wait('10.0.0.1')
  await wait('10.0.0.2')
  t.same(waits, [250, 250])
})

t.test('an address is forgotten ten minutes after its last guess', async t => {
  const { guess, wait, waits, pass } = limited()
  await guess('10.0.0.1', 5)
  pass(10 * 60_000 - 1)
  await wait('10.0.0.1')
  pass(2)
  await wait('10.0.0.1')
  t.same(waits, [250])
})

t.test('the thousand addresses with the latest guesses are kept', async t => {
  const { guess, wait, waits } = limited()
  await guess('quiet', 5)
  await guess('busy', 5)
  for (let other = 0; other < 999; other += 1) await guess(`10.0.0.${other}`, 1)
  await wait('quiet')
  await wait('busy')
  t.same(waits, [250])
})
