import type { Check } from '../check.ts'
import { Unreachable } from '../client/unreachable.ts'
import { Failure, Skip } from '../expect.ts'
import type { LeftBehind, Outcome } from './result.ts'
import { type Run, Stopped, setStage } from './stage.ts'

export type Ran = {
  readonly outcome: Outcome
  readonly left: readonly LeftBehind[]
  /** The server was no longer there. */
  readonly unreachable?: Unreachable
}

/** Performs a check, and removes what it made, however it ended. */
export async function runOne(check: Check, run: Run): Promise<Ran> {
  const { stage, belongings, exchanges, lastStatus } = setStage(run, check)
  const from = performance.now()
  const ended = await check.run(stage).then(
    () => passed(lastStatus()),
    error => ({ ...told(error, run), error }),
  )
  const milliseconds = Math.round(performance.now() - from)
  const { error, ...verdict } = { error: undefined, ...ended }
  const outcome: Outcome = { check, ...verdict, exchanges: [...exchanges], milliseconds }
  const left = await belongings.remove()
  return { outcome, left, ...(error instanceof Unreachable && { unreachable: error }) }
}

/** A refusal that isn't of what was sent proves nothing, though it looks like what a check is content with. */
const passed = (status = 0): Told =>
  status === 401 || status === 429 || (status >= 500 && status !== 501)
    ? { verdict: 'skipped', reason: `It was answered with ${status} at last, which says nothing of it.` }
    : { verdict: 'passed' }

type Told = Pick<Outcome, 'verdict' | 'expected' | 'got' | 'exchange' | 'reason'>

function told(error: unknown, { client: { mask } }: Run): Told {
  if (error instanceof Failure) {
    const { expected, got, exchange } = error
    return {
      verdict: 'failed',
      expected: mask(expected),
      got: mask(got),
      ...(exchange !== undefined && { exchange }),
    }
  }
  if (error instanceof Skip || error instanceof Stopped || error instanceof Unreachable)
    return { verdict: 'skipped', reason: mask(error.message) }
  return {
    verdict: 'broken',
    reason: mask(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  }
}
