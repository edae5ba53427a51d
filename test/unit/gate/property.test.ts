import fc from 'fast-check'
import t from 'tap'
import { assertProperty, readSampling } from '../../support/property.ts'

const drawn = (options?: { readonly seed: number }) => {
  const values: number[] = []
  assertProperty(
    fc.property(fc.integer(), value => void values.push(value)),
    options,
  )
  return values
}

t.test('the environment gives seed and number of runs', async t => {
  t.same(readSampling({}), { seed: 20261126, times: 1 })
  t.same(readSampling({ TEST_SEED: '-7', TEST_RUNS: '10' }), { seed: -7, times: 10 })
  t.not(readSampling({ TEST_SEED: 'fresh' }).seed, readSampling({ TEST_SEED: 'fresh' }).seed)
  for (const env of [{ TEST_SEED: 'new' }, { TEST_SEED: '' }, { TEST_RUNS: '0' }, { TEST_RUNS: 'many' }])
    t.throws(() => readSampling(env), { name: 'TypeError', message: /^TEST_(SEED|RUNS) must be/ })
})

t.test('the same seed draws the same values', async t => {
  t.same(drawn(), drawn())
  t.same(drawn({ seed: 291450730 }), drawn({ seed: 291450730 }))
  t.notSame(drawn({ seed: 291450730 }), drawn({ seed: 1 }))
})

t.test('a failure shows its seed and path', async t => {
  const fails = () =>
    assertProperty(
      fc.property(fc.integer(), value => value < 0),
      { seed: 5 },
    )
  t.throws(fails, { message: /seed: 5, path: "[\d:]+"/ })
})
