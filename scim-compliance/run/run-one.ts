import type { Check } from '../check.ts'
import { busyInWords } from '../client/patience.ts'
import { Unreachable } from '../client/unreachable.ts'
import { Failure, Skip } from '../expect.ts'
import type { LeftBehind, Outcome, Tell } from './result.ts'
import { Stopped } from './sending.ts'
import { type Run, setStage } from './stage.ts'

export type Ran = {
  readonly outcome: Outcome
  readonly left: readonly LeftBehind[]
  /** The server was no longer there. */
  readonly unreachable?: Unreachable
}

/** Performs a check, and removes what it made, however it ended. */
export async function runOne(check: Check, run: Run, tell: Tell): Promise<Ran> {
  const { stage, belongings, sender, lastStatus, lastRead } = setStage(run, check)
  const from = performance.now()
  const ended = await check.run(stage).then(
    () => passed(lastStatus()),
    error => ({ ...told(error, run), error }),
  )
  const milliseconds = Math.round(performance.now() - from)
  // One of several requests may have failed while the others are still making something.
  await sender.end()
  const { error, ...verdict } = { error: undefined, ...ended }
  // A check that asks nothing itself goes by what discovery has said.
  const exchanges = sender.exchanges.length > 0 ? sender.exchanges : [lastRead() ?? []].flat()
  const shows =
    verdict.verdict === 'failed'
      ? (verdict.exchange ?? (sender.exchanges.length === 0 ? exchanges[0] : undefined))
      : undefined
  const outcome: Outcome = {
    check,
    ...(sender.wasThrottled() && !check.load ? throttled(verdict) : verdict),
    ...(shows !== undefined && { exchange: shows }),
    exchanges: [...exchanges],
    milliseconds,
  }
  if (run.stop.aborted && belongings.count() > 0) tell({ kind: 'cleaning', left: belongings.count() })
  const left = await belongings.remove()
  return { outcome, left, ...(error instanceof Unreachable && { unreachable: error }) }
}

/** What was refused because of how much was asked says nothing of what the check looks for. */
const throttled = (told: Told): Told =>
  told.verdict === 'passed' || told.verdict === 'failed'
    ? { verdict: 'skipped', reason: `The server answered with ${busyInWords(429)}.` }
    : told

/** A refusal that isn't of what was sent proves nothing, though it looks like what a check is content with. */
const passed = (status = 0): Told =>
  status === 401 || status === 429 || (status >= 500 && status !== 501)
    ? { verdict: 'skipped', reason: `It was answered with ${status} at last, which says nothing of it.` }
    : { verdict: 'passed' }

type Told = Pick<Outcome, 'verdict' | 'expected' | 'got' | 'exchange' | 'reason' | 'unfinished'>

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
  if (error instanceof Skip) return { verdict: 'skipped', reason: mask(error.message) }
  if (error instanceof Stopped || error instanceof Unreachable)
    return { verdict: 'skipped', reason: mask(error.message), unfinished: true }
  return {
    verdict: 'broken',
    reason: mask(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  }
}
