import { type Appraisal, diagnosisOf, knownReason, outcomeMark, shownExchange } from '../grade/appraisal.ts'
import { reportFormat, reportVersion } from '../grade/comparison.ts'
import type { Outcome } from '../run/result.ts'
import { compact, pick } from '../scim.ts'
import { firstScreen } from './first-screen.ts'
import { formatJson } from './text.ts'

/**
 * For programs, and for `--baseline`. The README lists its members; `version` increases only if one of them is removed or
 * changes its meaning.
 */
export function jsonReport(appraisal: Appraisal): string {
  const { result, score, safety, verdicts, known, changes, threshold, decision, version } = appraisal
  const { percent = null, letter = null, byLevel, bySuite, bySection } = score
  const report = {
    format: reportFormat,
    version: reportVersion,
    tool: { name: 'scim-compliance', version },
    url: result.service.url,
    ...pick(result, 'asked', 'mark', 'started', 'ended', 'interrupted'),
    requests: result.exchanges.length,
    score: { percent, letter, ...pick(score, 'passed', 'failed', 'skipped', 'broken') },
    levels: byLevel.map(({ level, tally }) => ({ level, ...tally })),
    suites: bySuite.map(({ suite, tally, letter = null, counts }) => ({ suite, ...tally, letter, counts })),
    sections: bySection.map(({ suite, section, tally }) => ({ suite, section, ...tally })),
    threshold,
    decision,
    safety: { ...safety, proof: safety.proof.map(({ number }) => number) },
    fixFirst: firstScreen(appraisal).fixes.map(({ ids, remedy, failures }) => ({ ids, remedy, failures })),
    verdicts,
    known,
    ...compact({ changes }),
    notes: result.notes,
    probes: result.probes ?? [],
    occasional: result.occasional ?? [],
    leftBehind: result.leftBehind,
    checks: result.outcomes.map(outcome => checkOf(appraisal, outcome)),
  }
  return formatJson(report, 2)
}

function checkOf(appraisal: Appraisal, outcome: Outcome) {
  const { impact, remedy, consequence } = diagnosisOf(appraisal, outcome)
  const { check, exchanges, milliseconds } = outcome
  return {
    ...pick(
      check,
      'id',
      'suite',
      'section',
      'level',
      'description',
      'source',
      'sentence',
      'draft',
      'requirements',
    ),
    rationale: impact,
    remedy,
    ...pick(check, 'needs', 'after', 'protects', 'load', 'wrongCredentials'),
    consequence,
    verdict: outcome.verdict,
    mark: outcomeMark(outcome),
    ...pick(outcome, 'expected', 'got', 'came', 'reason'),
    gradeAtMost: check.gradeAtMost,
    follows: outcome.follows,
    known: knownReason(appraisal, outcome),
    milliseconds,
    // Numbers in the HAR; the exchange that shows a failure is included.
    exchanges,
    exchange: shownExchange(appraisal, outcome),
  }
}
