import { checks } from '../../../scim-compliance/checks/catalog.ts'
import { appraiseRun } from '../../../scim-compliance/grade/appraisal.ts'
import { diagnose } from '../../../scim-compliance/grade/diagnose.ts'
import { NothingToGrade } from '../../../scim-compliance/run/nothing-to-grade.ts'
import { runChecks } from '../../../scim-compliance/run/run-checks.ts'
import known from '../known-rfc.json' with { type: 'json' }
import { deviceType } from '../mutants/device-type.ts'
import { startFaultyServer } from '../mutants/faulty-server.ts'
import { runOptions } from '../small-server.ts'
import type { Fault } from './fault.ts'

/** What the rfc suite reports of a server with a fault. */
export type FaultReport = {
  /** Failures that count, without those of the server without a fault. */
  readonly counted: readonly Counted[]
  /** The number of checks that follow from each cause. */
  readonly following: Readonly<Record<string, number>>
  readonly passed: number
  readonly notes: readonly string[]
  readonly safe: string
  /** The run ended without a grade, for this reason. */
  readonly ended?: string
}

type Counted = {
  readonly id: string
  readonly level: string
  readonly expected: string
  readonly got: string
  readonly remedy: string
  /** `PUT /Users/… → 401` */
  readonly exchange: string
}

/** Runs the rfc suite, or the areas, on a server with a fault. */
export async function runFault(
  { breaks }: Pick<Fault, 'breaks'>,
  only: readonly string[] = [],
): Promise<FaultReport> {
  const server = await startFaultyServer('rfc', deviceType)
  server.breakBy(breaks())
  try {
    const { result: whole } = await runChecks(
      runOptions(server.url, checks, { token: server.token, only, concurrency: 8, timeoutSeconds: 60 }),
    )
    const { result, safety } = appraiseRun(whole, {
      threshold: { failOn: 'must' },
      evaluators: [],
      known,
      version: '0.0.0',
    })
    const counted = result.outcomes.filter(
      ({ verdict, check }) =>
        (verdict === 'failed' || verdict === 'broken') && !known.some(({ id }) => id === check.id),
    )
    const following = new Map<string, number>()
    for (const { follows } of result.outcomes)
      if (follows !== undefined) following.set(follows, (following.get(follows) ?? 0) + 1)
    return {
      counted: counted.map(outcome => {
        const { check, expected = '', got = outcome.reason ?? '', exchange = 0 } = outcome
        const { method, url, response } = result.exchanges[exchange - 1] ?? {}
        return {
          id: check.id,
          level: check.level,
          expected,
          got,
          remedy: diagnose(outcome, result).remedy,
          exchange: `${method} ${url?.replace(server.url, '')} → ${response?.status}`,
        }
      }),
      following: Object.fromEntries(following),
      passed: result.outcomes.filter(({ verdict }) => verdict === 'passed').length,
      notes: result.notes,
      safe: safety.safe,
    }
  } catch (error) {
    if (!(error instanceof NothingToGrade)) throw error
    return { counted: [], following: {}, passed: 0, notes: [], safe: 'unknown', ended: error.message }
  } finally {
    await server.close()
  }
}

/** How a report differs from what a fault has to cause. */
export type Judgement = {
  /** The check fails, or no check, a note, or the end of the run is reported as listed. */
  readonly isFound: boolean
  readonly hasOneCause: boolean
  /** Failures of checks that aren’t about the fault. */
  readonly accusations: readonly Counted[]
  readonly hasRemedy: boolean
  readonly problems: readonly string[]
}

export function judge(fault: Fault, { counted, notes, safe, ended }: FaultReport): Judgement {
  const { check, remedy = /^/, not, also = [], note, ends } = fault
  const found = counted.find(({ id }) => id === check)
  const accusations = counted.filter(({ id }) => id !== check && !also.includes(id))
  const isFound =
    (check === undefined || found !== undefined) &&
    (note === undefined || notes.some(one => note.test(one))) &&
    (ends === undefined ? ended === undefined : ends.test(ended ?? ''))
  const given = found?.remedy ?? ''
  const hasRemedy = check === undefined || (found !== undefined && remedy.test(given))
  const isForbidden = (one: Counted) => not?.test(one.remedy)
  return {
    isFound,
    hasOneCause: counted.length === fault.counted,
    accusations,
    hasRemedy,
    problems: [
      ...(isFound
        ? []
        : [`${check ?? note ?? ends} isn’t reported${ended === undefined ? '' : `: ${ended}`}`]),
      ...(hasRemedy || !found ? [] : [`${check} has the remedy “${given}”, without ${remedy}`]),
      ...accusations.map(
        ({ id, level, expected, got, exchange }) =>
          `${level} ${id} counts, too: expected ${expected}, got ${got} (${exchange})`,
      ),
      ...(fault.safe === undefined || fault.safe === safe
        ? []
        : [`Safe to deprovision: ${safe}, not ${fault.safe}`]),
      ...counted.filter(isForbidden).map(one => `${one.id} has the remedy “${one.remedy}”`),
      ...(counted.length === fault.counted || accusations.length > 0 || !isFound
        ? []
        : [`${counted.length} failures count, not ${fault.counted}`]),
    ],
  }
}
