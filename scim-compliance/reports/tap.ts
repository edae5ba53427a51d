import { type Appraisal, diagnosisOf, knownReason, outcomeMark, shownExchange } from '../grade/appraisal.ts'
import type { Outcome } from '../run/result.ts'
import { firstScreen, firstScreenLines } from './first-screen.ts'
import { formatExchangeLine, sanitize } from './text.ts'

/** TAP 14. A known failure is a TODO, which readers don't count as a failure. */
export function tapReport(appraisal: Appraisal): string {
  const { outcomes, interrupted } = appraisal.result
  return [
    'TAP version 14',
    ...firstScreenLines(firstScreen(appraisal)).map(line => `# ${sanitize(line)}`),
    `1..${outcomes.length}${outcomes.length === 0 ? ' # SKIP no check was run' : ''}`,
    ...outcomes.flatMap((outcome, index) => point(appraisal, outcome, index + 1)),
    ...(interrupted ? ['Bail out! The run was interrupted.'] : []),
    '',
  ].join('\n')
}

function point(appraisal: Appraisal, outcome: Outcome, number: number): readonly string[] {
  const { check, verdict, reason = '' } = outcome
  const known = knownReason(appraisal, outcome)
  const name = escaped(`${check.id}: ${check.description}`)
  const ok = verdict === 'passed' || verdict === 'skipped' ? 'ok' : 'not ok'
  const directive =
    verdict === 'skipped'
      ? ` # SKIP ${escaped(reason)}`
      : known === undefined
        ? ''
        : ` # TODO ${escaped(known)}`
  const line = `${ok} ${number} - ${name}${directive}`
  return ok === 'ok' ? [line] : [line, '  ---', ...diagnostics(appraisal, outcome), '  ...']
}

const diagnostics = (appraisal: Appraisal, outcome: Outcome): readonly string[] => {
  const { check, expected, got, reason } = outcome
  const exchange = shownExchange(appraisal, outcome)
  const { impact, remedy } = diagnosisOf(appraisal, outcome)
  const entries = {
    level: check.level,
    mark: outcomeMark(outcome),
    source: check.source,
    expected,
    got,
    reason,
    exchange: exchange && formatExchangeLine(exchange),
    why: impact,
    remedy,
  }
  return Object.entries(entries).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name}: ${quoted(value)}`],
  )
}

/** A single line of JSON is valid YAML. */
const quoted = (text: string): string => JSON.stringify(sanitize(text))

const escaped = (text: string): string => sanitize(text).replace(/[\\#]/g, '\\$&')
