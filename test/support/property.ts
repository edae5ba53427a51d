import { randomInt } from 'node:crypto'
import fc from 'fast-check'

/** The same in each run, so that a passing test fails only if the code changes. */
const usualSeed = 20261126

/**
 * Settings of the environment: `TEST_SEED` is a number or `fresh`; `TEST_RUNS` multiplies the number of runs.
 * @throws TypeError for anything else.
 */
export function readSampling(env: Readonly<Record<string, string | undefined>>) {
  const { TEST_SEED: seed = String(usualSeed), TEST_RUNS: times = '1' } = env
  if (seed !== 'fresh' && !/^-?\d{1,10}$/.test(seed))
    throw new TypeError(`TEST_SEED must be an integer or "fresh", not "${seed}".`)
  if (!/^[1-9]\d{0,5}$/.test(times))
    throw new TypeError(`TEST_RUNS must be a positive integer, not "${times}".`)
  return { seed: seed === 'fresh' ? randomInt(2 ** 31) : Number(seed), times: Number(times) }
}

const sampling = readSampling(process.env)

type Property = fc.IProperty<unknown> | fc.IAsyncProperty<unknown>
type Options = Pick<fc.Parameters, 'numRuns' | 'seed' | 'endOnFailure'>

/**
 * Searches for a counterexample and reports it with its seed and path. A seed in the options is that of a known
 * counterexample, and the environment does not change it.
 */
export function assertProperty<Values>(property: fc.IAsyncProperty<Values>, options?: Options): Promise<void>
export function assertProperty<Values>(property: fc.IProperty<Values>, options?: Options): void
export function assertProperty(
  property: Property,
  { numRuns = 100, seed, ...others }: Options = {},
): Promise<void> | void {
  return seed === undefined
    ? fc.assert(property, { ...others, seed: sampling.seed, numRuns: numRuns * sampling.times })
    : fc.assert(property, { ...others, seed, numRuns })
}

/** This number of values, for a test that tries each once, drawn with the same seed. */
export const sampleOf = <Value>(values: fc.Arbitrary<Value>, count: number): readonly Value[] =>
  fc.sample(values, { seed: sampling.seed, numRuns: count })
