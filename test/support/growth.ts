import { createContext, Script } from 'node:vm'

/** A text of about `length` characters that a function works on for long. */
export type WorstText = (length: number) => string

const sandbox = createContext({ run: () => {} })
const script = new Script('run()')

/** Milliseconds of CPU; undefined after the timeout. V8 interrupts a regular expression only if its script has a timeout. */
function timeOf(run: () => void, timeout: number): number | undefined {
  const start = process.threadCpuUsage()
  try {
    sandbox.run = run
    script.runInContext(sandbox, { timeout })
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  }
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1000
}

/** Milliseconds. Shorter times are not measured exactly, since some systems count CPU time by ticks of 4 ms. */
const measurable = 5

/** Milliseconds after which a measurement is not repeated. */
const enough = 500

/** The least CPU time of five runs; undefined if the first takes longer than the timeout. Short times need no repetition. */
function leastTime(run: () => void, timeout: number): number | undefined {
  let least = Number.POSITIVE_INFINITY
  let sum = 0
  for (let count = 0; count < 5 && least > measurable && sum < enough; count++) {
    const time = timeOf(run, timeout)
    if (time === undefined) break
    least = Math.min(least, time)
    sum += time
  }
  return Number.isFinite(least) ? least : undefined
}

/** Four times the text takes four times as long if time grows linearly, and sixteen times as long if it grows quadratically. */
const steepest = 8

type Measurement = {
  /** Characters of the longer text; the shorter one has a quarter. */
  readonly length?: number
  /** Milliseconds of real time, of which a busy machine gives a thread a tenth. */
  readonly timeout?: number
}

/** How the time of a function grows with its worst text, as a sentence; undefined if it grows linearly. */
export function growthOf(
  work: (text: string) => unknown,
  worst: WorstText,
  { length = 64 * 1024, timeout = 10_000 }: Measurement = {},
): string | undefined {
  const [short, long] = [worst(length / 4), worst(length)]
  const timeOfShort = leastTime(() => work(short), timeout)
  if (timeOfShort === undefined) return `${short.length} characters take more than ${timeout} ms`
  const timeOfLong = leastTime(() => work(long), timeout)
  if (timeOfLong === undefined) return `${long.length} characters take more than ${timeout} ms`
  if (timeOfLong < steepest * Math.max(timeOfShort, measurable)) return undefined
  return `${short.length} characters take ${timeOfShort.toFixed(1)} ms, ${long.length} take ${timeOfLong.toFixed(1)} ms`
}
