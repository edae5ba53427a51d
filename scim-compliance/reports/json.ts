import {
  type Appraisal,
  consequenceFor,
  knownReason,
  outcomeMark,
  shownExchange,
} from '../grade/appraisal.ts'
import { reportFormat, reportVersion } from '../grade/comparison.ts'
import type { Outcome } from '../run/result.ts'
import { compact } from '../scim.ts'
import { formatJson } from './text.ts'

/**
 * For programs, and for `--baseline`. The README lists its members; `version` increases only if one of them is removed or
 * changes its meaning.
 */
export function jsonReport(appraisal: Appraisal): string {
  const { result, score, verdicts, known, changes, threshold, decision, version } = appraisal
  const { percent, letter, passed, failed, skipped, broken, byLevel, bySuite, bySection } = score
  const report = {
    format: reportFormat,
    version: reportVersion,
    tool: { name: 'scim-compliance', version },
    url: result.service.url,
    asked: result.asked,
    mark: result.mark,
    started: result.started,
    ended: result.ended,
    interrupted: result.interrupted,
    requests: result.exchanges.length,
    score: { percent: percent ?? null, letter: letter ?? null, passed, failed, skipped, broken },
    levels: byLevel.map(({ level, tally }) => ({ level, ...tally })),
    suites: bySuite.map(({ suite, tally, letter, counts }) => ({
      suite,
      ...tally,
      letter: letter ?? null,
      counts,
    })),
    sections: bySection.map(({ suite, section, tally }) => ({ suite, section, ...tally })),
    threshold,
    decision,
    verdicts,
    known,
    ...compact({ changes }),
    notes: result.notes,
    leftBehind: result.leftBehind,
    checks: result.outcomes.map(outcome => checkOf(appraisal, outcome)),
  }
  return formatJson(report, 2)
}

function checkOf(appraisal: Appraisal, outcome: Outcome) {
  const { run: _, ...check } = outcome.check
  const { verdict, expected, got, reason, fault, follows, exchanges, milliseconds } = outcome
  const { gradeAtMost = check.gradeAtMost } = outcome
  const known = knownReason(appraisal, outcome)
  const exchange = shownExchange(appraisal, outcome)
  const consequence = consequenceFor(appraisal, outcome)
  return {
    ...check,
    consequence,
    verdict,
    mark: outcomeMark(outcome),
    expected,
    got,
    reason,
    fault,
    gradeAtMost,
    follows,
    known,
    milliseconds,
    // Numbers in the HAR; the exchange that shows a failure is included.
    exchanges,
    exchange,
  }
}
