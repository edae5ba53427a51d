import t from 'tap'
import { pageWith } from '../../../scripts/endure/page.ts'
import type { Outcome } from '../../../scripts/endure/run.ts'

const outcome = (id: string, more: Partial<Outcome> = {}): Outcome => ({
  trial: { id, title: `The ${id}`, shows: 'It holds.', run: async () => [] },
  seconds: 61,
  figures: [['times', '7']],
  ...more,
})

t.test('the page keeps the figures of trials that were not run, in their order', t => {
  const ids = ['first', 'second', 'third']
  const before = pageWith('', [outcome('third'), outcome('first')], ids, 'a machine')
  const after = pageWith(before, [outcome('second', { figures: [['times', '8']] })], ids, 'another')
  t.same(after.match(/^(## .*|\| times .*|\d+ s on .*)$/gm), [
    ...['## The first', '| times | 7 |', '61 s on a machine.'],
    ...['## The second', '| times | 8 |', '61 s on another.'],
    ...['## The third', '| times | 7 |', '61 s on a machine.'],
  ])
  t.end()
})

t.test('a failed trial leaves the page unchanged, and a skipped one has a reason', t => {
  const before = pageWith('', [outcome('first')], ['first'], 'a machine')
  t.equal(pageWith(before, [outcome('first', { failure: 'no' })], ['first'], 'a machine'), before)
  const skipped = pageWith(
    '',
    [outcome('first', { figures: [], skipped: 'no rights.' })],
    ['first'],
    'a machine',
  )
  t.match(skipped, /Not tried: no rights\./)
  t.end()
})
