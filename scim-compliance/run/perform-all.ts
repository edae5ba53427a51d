import type { Check } from '../check.ts'
import type { Unreachable } from '../client/unreachable.ts'
import { missing } from './needs.ts'
import type { LeftBehind, Outcome, Tell } from './result.ts'
import { runOne } from './run-one.ts'
import { needsRate } from './sending.ts'
import type { Run } from './stage.ts'

type Asked = { readonly concurrency: number; readonly readOnly: boolean }

const turnOf = ({ load, wrongCredentials }: Check): 'first' | 'alone' | 'last' =>
  wrongCredentials ? 'last' : load ? 'alone' : 'first'

/**
 * Performs checks, several at a time; then those about load, by themselves; then those with wrong credentials, which may
 * shut out whoever sends them. `ending` stops all the others.
 */
export async function performAll(
  checks: readonly Check[],
  run: Run,
  { concurrency, readOnly }: Asked,
  tell: Tell,
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
      const reason = unreachable?.message ?? 'The run was stopped before its turn.'
      return passOver(check, reason, { unfinished: true })
    }
    const reason = missing(check, { ...run, readOnly })
    if (reason !== undefined) return passOver(check, reason)
    if (check.load && run.keepsPace) return passOver(check, needsRate)
    const ran = await runOne(check, run, tell)
    left.push(...ran.left)
    if (ran.unreachable) {
      unreachable ??= ran.unreachable
      ending.abort()
    }
    done(ran.outcome)
  }
  const performThose = async (some: readonly Check[], workers: number) => {
    // One queue for all workers: whoever is free takes the next.
    const queue = some.values()
    const worker = async () => {
      for (const check of queue) await perform(check)
    }
    await Promise.all(Array.from({ length: workers }, worker))
  }

  const turns = Map.groupBy(checks, turnOf)
  await performThose(turns.get('first') ?? [], concurrency)
  await performThose(turns.get('alone') ?? [], 1)
  await performThose(turns.get('last') ?? [], 1)
  return { outcomes: checks.flatMap(check => outcomes.get(check) ?? []), left, unreachable }
}
