import { type Appraisal, diagnosisOf, knownReason, outcomeMark, shownExchange } from '../grade/appraisal.ts'
import { reportFormat, reportVersion } from '../grade/comparison.ts'
import type { Outcome } from '../run/result.ts'
import { compact } from '../scim.ts'
import { firstScreen } from './first-screen.ts'
import { formatJson } from './text.ts'

/**
 * For programs, and for `--baseline`. The README lists its members; `version` increases only if one of them is removed or
 * changes its meaning.
 */
export function jsonReport(appraisal: Appraisal): string {
  const { result, score, safety, verdicts, known, changes, threshold, decision, version } = appraisal
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
  const { id, suite, section, level, description, source, sentence, requirements, needs } = outcome.check
  const { after, protects, load, wrongCredentials, gradeAtMost } = outcome.check
  const { verdict, expected, got, came, reason, follows, exchanges, milliseconds } = outcome
  const { impact, remedy, consequence } = diagnosisOf(appraisal, outcome)
  return {
    id,
    suite,
    section,
    level,
    description,
    source,
    sentence,
    requirements,
    rationale: impact,
    remedy,
    needs,
    after,
    protects,
    load,
    wrongCredentials,
    consequence,
    verdict,
    mark: outcomeMark(outcome),
    expected,
    got,
    came,
    reason,
    gradeAtMost,
    follows,
    known: knownReason(appraisal, outcome),
    milliseconds,
    // Numbers in the HAR; the exchange that shows a failure is included.
    exchanges,
    exchange: shownExchange(appraisal, outcome),
  }
}
