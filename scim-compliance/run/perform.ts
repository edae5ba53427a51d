import type { Check, ProbeVerdict, Suite } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import { describeBusy } from '../client/pacing.ts'
import { Unreachable } from '../client/reachability.ts'
import { Failure, Skip } from '../expect.ts'
import { compact } from '../scim.ts'
import { createLanes } from './lanes.ts'
import type { Unmet } from './needs.ts'
import { inOrder } from './order.ts'
import { isProbe } from './probes.ts'
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
    () => passed(check, lastStatus()),
    error => ({ ...toOutcome(error, run, check), error }),
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
      : verdict.exchange
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
const passed = ({ needs }: Check, status = 0): OutcomeDetails =>
  status === 401 || (status === 429 && !needs?.includes('load')) || (status >= 500 && status !== 501)
    ? {
        verdict: 'skipped',
        reason: `The last attempt returned ${status}, which proves nothing about the requirement.`,
      }
    : { verdict: 'passed' }

type OutcomeDetails = Pick<
  Outcome,
  'verdict' | 'expected' | 'got' | 'exchange' | 'reason' | 'unfinished' | 'came' | 'follows' | 'lacks'
>

function toOutcome(
  error: unknown,
  { client: { mask }, probes }: RunContext,
  { id, suite }: Check,
): OutcomeDetails {
  if (error instanceof Failure) {
    const { expected, got, exchange, came } = error
    return { verdict: 'failed', expected: mask(expected), got: mask(got), came, ...compact({ exchange }) }
  }
  if (error instanceof Skip) {
    const { follows, lacks } = error
    const probe = follows !== undefined && isProbe(follows) ? probes.known(follows) : undefined
    const root = follows === undefined || isProbe(follows) ? rootOf(probe, suite) : follows
    return {
      verdict: 'skipped',
      reason: mask(error.message),
      ...compact({ lacks }),
      ...(root !== undefined && root !== id && { follows: root, ...compact({ exchange: probe?.exchange }) }),
    }
  }
  if (error instanceof Stopped || error instanceof Unreachable)
    return { verdict: 'skipped', reason: mask(error.message), unfinished: true }
  return {
    verdict: 'broken',
    reason: mask(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  }
}

const rootOf = (probe: ProbeVerdict | undefined, suite: Suite): string | undefined =>
  probe?.holds === false ? probe.reportedBy[suite] : undefined

type Asked = { readonly concurrency: number; readonly runsPreconditions?: boolean }

const phaseOrder = ['first', 'alone', 'last', 'end'] as const

const phaseOf = ({ load, wrongCredentials, summary }: Check): (typeof phaseOrder)[number] =>
  summary ? 'end' : wrongCredentials ? 'last' : load ? 'alone' : 'first'

const mostRepeats = 3
const enoughAlike = 3

/** A check would wait for ever for one of a later phase: an error of this tool. */
function expectNoLaterPhase(all: readonly Check[]): void {
  const phases = new Map(all.map(check => [check.id, phaseOrder.indexOf(phaseOf(check))]))
  for (const check of all)
    for (const name of check.after ?? [])
      if ((phases.get(name) ?? 0) > phaseOrder.indexOf(phaseOf(check)))
        throw new Error(`${check.id} follows ${name}, which runs later.`)
}

/**
 * Runs checks, several concurrently; then load checks, one at a time; then those with invalid credentials, which may
 * lock out the client. `hidden` run as preconditions, and aren't reported. `ending` stops all of them.
 */
export async function runAll(
  checks: readonly Check[],
  hidden: readonly Check[],
  run: RunContext,
  { concurrency, runsPreconditions = true }: Asked,
  tell: OnProgress,
  ending: AbortController,
) {
  const all = inOrder([...checks, ...hidden])
  expectNoLaterPhase(all)
  const reported = new Set(checks)
  const lanes = createLanes()
  const settled = new Map(all.map(check => [check.id, Promise.withResolvers<Outcome>()]))
  const outcomes = new Map<Check, Outcome>()
  const left: LeftBehind[] = []
  let unreachable: Unreachable | undefined
  const finished = () => [...outcomes].filter(([check, one]) => reported.has(check) && !one.unfinished).length
  const done = (outcome: Outcome) => {
    outcomes.set(outcome.check, outcome)
    run.outcomes.push(outcome)
    settled.get(outcome.check.id)?.resolve(outcome)
    if (reported.has(outcome.check) && !outcome.unfinished)
      tell({ kind: 'done', outcome, number: finished(), of: checks.length })
  }
  const passOver = (check: Check, { reason, ...more }: Unmet & Pick<Outcome, 'unfinished'>) =>
    done({
      check,
      verdict: 'skipped',
      reason: run.client.mask(reason),
      ...more,
      exchanges: [],
      milliseconds: 0,
    })

  /** Why a check can't prove anything: a check or a probe that it follows didn't pass. */
  const unmetOf = async ({ id, suite, after = [] }: Check): Promise<Unmet | undefined> => {
    for (const name of after) {
      if (isProbe(name)) {
        if (!runsPreconditions) continue
        const { holds, says, exchange, reportedBy } = await run.probes.ask(name)
        const root = reportedBy[suite]
        if (holds === false && root !== id)
          return { reason: `Follows from ${root ?? name}: ${says}.`, ...compact({ follows: root, exchange }) }
        continue
      }
      const before = await settled.get(name)?.promise
      if (before === undefined || before.verdict === 'passed') continue
      const { verdict, follows, exchange, expected, got, reason = '' } = before
      if (verdict === 'failed')
        return {
          reason: `Follows from ${name}: expected ${expected}, got ${got}.`,
          follows: name,
          ...compact({ exchange }),
        }
      // The cause that was found further above.
      if (follows !== undefined) return { reason, follows, ...compact({ exchange }) }
      if (verdict === 'broken') return { reason: `${name} wasn’t run: ${reason}` }
      // Without a feature that only the precondition needs, this check can still prove something.
    }
    return undefined
  }

  const isFault = (number: number): boolean => mayBeAccidental(run.client.exchanges[number - 1])
  const isShaken = ({ outcome: { check, verdict, exchanges } }: CheckRun): boolean =>
    (verdict === 'failed' || verdict === 'skipped') &&
    !check.load &&
    !check.wrongCredentials &&
    !check.summary &&
    exchanges.some(isFault)

  /** By the faults, since the texts contain names and ids that differ each time. */
  const isSame = (one: Outcome, other: Outcome): boolean =>
    one.verdict === other.verdict && faultsOf(one) === faultsOf(other)
  const faultsOf = ({ exchanges }: Outcome): string =>
    exchanges
      .filter(isFault)
      .flatMap(number => run.client.exchanges[number - 1] ?? [])
      .map(({ method, url, response }) => `${method} ${endpointOf(url)} ${response?.status}`)
      .join()
  const endpointOf = (url: string) => url.slice(run.service.url.length).split(/[/?]/, 2).join('')

  /** A 5xx or a lost connection may be accidental: the check is repeated alone, until it passes, or fails in the same way three times. */
  const runSteadily = async (check: Check): Promise<CheckRun> => {
    let ran = await lanes.beside(() => runOne(check, run, tell))
    const earlier: Outcome[] = []
    let alike = 1
    while (isShaken(ran) && alike < enoughAlike && earlier.length < mostRepeats && !run.stop.aborted) {
      const { outcome, left: leftBefore } = ran
      earlier.push(outcome)
      const again = await lanes.byItself(() => runOne(check, run, tell))
      alike = isSame(outcome, again.outcome) ? alike + 1 : 1
      ran = { ...again, left: [...leftBefore, ...again.left] }
    }
    const accidental = earlier.filter(outcome => !isShaken(ran) || !isSame(outcome, ran.outcome))
    run.occasional.push(...accidental.flatMap(({ exchanges }) => exchanges.filter(isFault)))
    return ran
  }

  const perform = async (check: Check) => {
    if (run.stop.aborted) {
      const reason = unreachable?.message ?? 'The run was stopped before this check.'
      return passOver(check, { reason, unfinished: true })
    }
    const lacking = run.lacks(check)
    if (lacking) return passOver(check, lacking)
    if (check.load && run.keepsPace) return passOver(check, { reason: minRateMessage })
    const unmet = await unmetOf(check)
    if (unmet) return passOver(check, unmet.follows === check.id ? { reason: unmet.reason } : unmet)
    const ran = await runSteadily(check)
    left.push(...ran.left)
    if (ran.unreachable) {
      unreachable ??= ran.unreachable
      ending.abort()
    }
    done(ran.outcome)
  }
  const performThose = async (some: readonly Check[], workers: number) => {
    // One queue for all workers, in which a check comes after those that it waits for.
    const queue = some.values()
    const worker = async () => {
      for (const check of queue) await perform(check)
    }
    await Promise.all(Array.from({ length: workers }, worker))
  }

  const turns = Map.groupBy(all, phaseOf)
  for (const phase of phaseOrder)
    await performThose(turns.get(phase) ?? [], phase === 'first' ? concurrency : 1)
  const found = checks.flatMap(check => outcomes.get(check) ?? [])
  return { outcomes: withRoots(found), left, unreachable }
}

/** Longer ones are time-outs: repeating these takes too long. */
const quickMilliseconds = 2_000

function mayBeAccidental(exchange: Exchange | undefined): boolean {
  if (exchange === undefined) return false
  const { response, milliseconds } = exchange
  return response ? response.status >= 500 && response.status !== 501 : milliseconds < quickMilliseconds
}

/** `follows` names a check that failed in this run; a check that says so itself may have been wrong. */
function withRoots(outcomes: readonly Outcome[]): readonly Outcome[] {
  const byId = new Map(outcomes.map(outcome => [outcome.check.id, outcome]))
  const rootOf = (id: string, seen: readonly string[] = []): string | undefined => {
    const outcome = byId.get(id)
    if (outcome === undefined || outcome.verdict === 'failed') return id
    return outcome.follows === undefined || seen.includes(id)
      ? undefined
      : rootOf(outcome.follows, [...seen, id])
  }
  return outcomes.map(({ follows, ...outcome }) =>
    follows === undefined ? outcome : { ...outcome, ...compact({ follows: rootOf(follows) }) },
  )
}
