import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { applyDifference, computeDifference } from '../../../../src/storage/common/text-difference.ts'
import { assertProperty } from '../../../support/property.ts'

const element = fc.record({ value: fc.string({ unit: 'binary' }), type: fc.constantFrom('work', 'home') })
const document = fc.record({
  title: fc.string(),
  emails: fc.array(element),
  name: fc.record({ a: fc.string() }),
})

t.test('a text is restored from any other text and their difference', async t => {
  const text = fc.oneof(
    document.map(one => JSON.stringify(one)),
    fc.string({ unit: 'binary' }),
  )
  assertProperty(
    fc.property(text, text, (before, after) => {
      assert.equal(applyDifference(before, computeDifference(before, after)), after)
    }),
    { numRuns: 2000 },
  )
  t.pass('for any texts')
})

const users = (change: (value: string, at: number) => string | undefined) =>
  JSON.stringify({
    title: change('title', -1),
    emails: Array.from({ length: 1000 }, (_, at) => ({ value: `user${at}@example.org`, type: 'work' }))
      .map(({ value, type }, at) => ({ value: change(value, at), type }))
      .filter(({ value }) => value !== undefined),
    nickName: change('nickName', -2),
  })

for (const [what, change] of [
  [
    'a change at the start, in the middle and at the end',
    (value, at) => (at === 500 || at < 0 ? 'other' : value),
  ],
  ['removed elements', (value, at) => (at % 300 === 7 ? undefined : value)],
  ['reordered elements', (_value, at) => `user${(at + 500) % 1000}@example.org`],
] satisfies readonly [string, Parameters<typeof users>[0]][]) {
  t.test(`the difference is short: ${what}`, async t => {
    const [before, after] = [users(value => value), users(change)]
    const difference = computeDifference(before, after)
    t.ok(before.length > 40_000)
    t.ok(difference.length < 300, difference)
    t.equal(applyDifference(before, difference), after)
  })
}
