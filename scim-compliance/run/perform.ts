import type { Check } from '../check.ts'
import { describeBusy } from '../client/pacing.ts'
import { Unreachable } from '../client/reachability.ts'
import { Failure, Skip } from '../expect.ts'
import { compact } from '../scim.ts'
import { missingNeed } from './needs.ts'
import type { LeftBehind, OnProgress, Outcome } from './result.ts'
import { minRateMessage, Stopped } from './sending.ts'
import { createCheckSession, type RunContext } from './stage.ts'

type CheckRun = {
  readonly outcome: Outcome
  readonly left: readonly LeftBehind[]
  readonly unreachable?: Unreachable
}

/** Resources that the check created are removed, whatever its result. */
async function runOne(check: Check, run: RunContext, tell: OnProgress): Promise<CheckRun> {
  const { context, createdResources, sender, lastStatus, lastRead } = createCheckSession(run, check)
  const from = performance.now()
  const ended = await check.run(context).then(
    () => passed(lastStatus()),
    error => ({ ...toOutcome(error, run), error }),
  )
  const milliseconds = Math.round(performance.now() - from)
  // One of several requests may have failed while others are still creating resources.
  await sender.end()
  const { error, ...verdict } = { error: undefined, ...ended }
  // A check without requests of its own evaluates the responses of discovery.
  const exchanges = sender.exchanges.length > 0 ? sender.exchanges : [lastRead() ?? []].flat()
  const shows =
    verdict.verdict === 'failed'
      ? (verdict.exchange ?? (sender.exchanges.length === 0 ? exchanges[0] : undefined))
      : undefined
  const outcome: Outcome = {
    check,
    ...(sender.wasThrottled() && !check.load ? throttled(verdict) : verdict),
    ...compact({ exchange: shows }),
    exchanges: [...exchanges],
    milliseconds,
  }
  if (run.stop.aborted && createdResources.count() > 0)
    tell({ kind: 'cleaning', left: createdResources.count() })
  const left = await createdResources.remove()
  return { outcome, left, ...(error instanceof Unreachable && { unreachable: error }) }
}

/** A rejection because of the rate proves nothing about the requirement. */
const throttled = (told: OutcomeDetails): OutcomeDetails =>
  told.verdict === 'passed' || told.verdict === 'failed'
    ? { verdict: 'skipped', reason: `The server returned ${describeBusy(429)}.` }
    : told

/** A rejection for other reasons proves nothing, although it looks like the one that a check expects. */
const passed = (status = 0): OutcomeDetails =>
  status === 401 || status === 429 || (status >= 500 && status !== 501)
    ? {
        verdict: 'skipped',
        reason: `The last attempt returned ${status}, which proves nothing about the requirement.`,
      }
    : { verdict: 'passed' }

type OutcomeDetails = Pick<
  Outcome,
  'verdict' | 'expected' | 'got' | 'came' | 'exchange' | 'reason' | 'unfinished'
>

function toOutcome(error: unknown, { client: { mask } }: RunContext): OutcomeDetails {
  if (error instanceof Failure) {
    const { expected, got, exchange, came } = error
    return {
      verdict: 'failed',
      expected: mask(expected),
      got: mask(got),
      came,
      ...compact({ exchange }),
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

type Asked = { readonly concurrency: number; readonly readOnly: boolean }

const phaseOf = ({ load, wrongCredentials }: Check): 'first' | 'alone' | 'last' =>
  wrongCredentials ? 'last' : load ? 'alone' : 'first'

/**
 * Runs checks, several concurrently; then load checks, one at a time; then those with invalid credentials, which may
 * lock out the client. `ending` stops all of them.
 */
export async function runAll(
  checks: readonly Check[],
  run: RunContext,
  { concurrency, readOnly }: Asked,
  tell: OnProgress,
  ending: AbortController,
) {
  const outcomes = new Map<Check, Outcome>()
  const left: LeftBehind[] = []
  let unreachable: Unreachable | undefined
  const done = (outcome: Outcome) => {
    outcomes.set(outcome.check, outcome)
    if (!outcome.unfinished) tell({ kind: 'done', outcome, number: finished(), of: checks.length })
  }
  const finished = () => [...outcomes.values()].filter(({ unfinished }) => !unfinished).length
  const passOver = (check: Check, reason: string, more: Pick<Outcome, 'unfinished'> = {}) =>
    done({
      check,
      verdict: 'skipped',
      reason: run.client.mask(reason),
      ...more,
      exchanges: [],
      milliseconds: 0,
    })

  const perform = async (check: Check) => {
    if (run.stop.aborted) {
      const reason = unreachable?.message ?? 'The run was stopped before this check.'
      return passOver(check, reason, { unfinished: true })
    }
    const reason = missingNeed(check, { ...run, readOnly })
    if (reason !== undefined) return passOver(check, reason)
    if (check.load && run.keepsPace) return passOver(check, minRateMessage)
    const ran = await runOne(check, run, tell)
    left.push(...ran.left)
    if (ran.unreachable) {
      unreachable ??= ran.unreachable
      ending.abort()
    }
    done(ran.outcome)
  }
  const performThose = async (some: readonly Check[], workers: number) => {
    // One queue for all workers.
    const queue = some.values()
    const worker = async () => {
      for (const check of queue) await perform(check)
    }
    await Promise.all(Array.from({ length: workers }, worker))
  }

  const turns = Map.groupBy(checks, phaseOf)
  await performThose(turns.get('first') ?? [], concurrency)
  await performThose(turns.get('alone') ?? [], 1)
  await performThose(turns.get('last') ?? [], 1)
  return { outcomes: checks.flatMap(check => outcomes.get(check) ?? []), left, unreachable }
}
