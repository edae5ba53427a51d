import { isObject, type JsonObject } from '../json.ts'
import type { Asked, Outcome, Verdict } from '../run/result.ts'
import { isSelected } from '../run/select.ts'
import { listOfObjects, readJson, textIn, Unreadable } from './unreadable.ts'

/** Names the JSON report, which is also what a baseline is read from. */
export const reportFormat = 'scim-compliance'
/** Grows when a reader of earlier reports couldn't read it any more; new members don't count. */
export const reportVersion = 1

/** What is taken from an earlier report. */
export type Baseline = {
  readonly ended: string
  readonly percent: number | undefined
  readonly verdicts: ReadonlyMap<string, { readonly verdict: Verdict; readonly says: string }>
}

export type Changes = {
  /** When the earlier run ended. */
  readonly since: string
  /** Undefined also where it was of more checks than were asked for now. */
  readonly percentThen: number | undefined
  /** Passed then, or weren't looked at; fail now. */
  readonly newFailures: readonly string[]
  /** Failed then, pass now. */
  readonly mended: readonly string[]
  /** That the earlier report doesn't know; whatever came of them. */
  readonly newChecks: readonly string[]
  /** Passed or failed then, and weren't looked at now, or couldn't be. */
  readonly noLongerSeen: readonly string[]
}

const verdicts: readonly Verdict[] = ['passed', 'failed', 'skipped', 'broken']

export function readBaseline(text: string, what: string): Baseline {
  const report = readJson(text, what)
  if (!isObject(report) || report.format !== reportFormat)
    throw new Unreadable(`${what} isn't a JSON report of this tool: it needs "format": "${reportFormat}".`)
  if (report.version !== reportVersion)
    throw new Unreadable(
      `${what} is of version ${JSON.stringify(report.version)}; only ${reportVersion} can be read.`,
    )
  const percent = isObject(report.score) ? report.score.percent : undefined
  return {
    ended: textIn(report, 'ended', what),
    percent: typeof percent === 'number' ? percent : undefined,
    verdicts: new Map(
      listOfObjects(report.checks, `"checks" of ${what}`).map(check => readCheck(check, what)),
    ),
  }
}

function readCheck(check: JsonObject, what: string) {
  const where = `Each of "checks" of ${what}`
  const verdict = verdicts.find(verdict => verdict === check.verdict)
  if (verdict === undefined) throw new Unreadable(`${where} needs "verdict", one of ${verdicts.join(', ')}.`)
  return [textIn(check, 'id', where), { verdict, says: textIn(check, 'says', where) }] as const
}

/** Only what this run was asked for is compared; the rest wasn't to be looked at. */
export function changesSince(
  baseline: Baseline,
  outcomes: readonly Outcome[],
  asked: Pick<Asked, 'as' | 'only' | 'skip'>,
): Changes {
  const before = [...baseline.verdicts.keys()]
  const comparable = before.filter(id => isSelected(id, asked))
  const then = (id: string) => baseline.verdicts.get(id)?.verdict
  const now = new Map(outcomes.map(({ check, verdict }) => [check.id, verdict]))
  const ids = [...now.keys()]
  const looked = (verdict: Verdict | undefined) => verdict === 'passed' || verdict === 'failed'
  return {
    since: baseline.ended,
    percentThen: comparable.length === before.length ? baseline.percent : undefined,
    newFailures: ids.filter(
      id => now.get(id) === 'failed' && then(id) !== undefined && then(id) !== 'failed',
    ),
    mended: ids.filter(id => now.get(id) === 'passed' && then(id) === 'failed'),
    newChecks: ids.filter(id => then(id) === undefined),
    noLongerSeen: comparable.filter(id => looked(then(id)) && !looked(now.get(id))),
  }
}
