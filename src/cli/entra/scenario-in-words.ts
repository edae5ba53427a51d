import type { Check } from '../../entra/scenario/check.ts'
import type { ScenarioResult, StepResult } from '../../entra/scenario/run-scenario.ts'
import type { Scenario } from '../../entra/scenario/scenario.ts'
import { counted, printable } from '../words.ts'

export const headInWords = ({ name, about }: Scenario): string =>
  `${[name, about].filter(Boolean).map(printable).join('\n')}\n\n`

const marks = { holds: 'ok   ', fails: 'NOT  ', unseen: '?    ' } as const

/** A step with what was looked at after it. */
export const stepInWords = ({ words, checks }: StepResult, number: number): string =>
  [`${number}. ${printable(words)}`, ...checks.map(check => `   ${checkInWords(check)}`)]
    .map(line => `${line}\n`)
    .join('')

const checkInWords = ({ outcome, what, why }: Check) =>
  printable(`${marks[outcome]}${what}${why === undefined ? '' : `: ${why}`}`)

const checksOf = ({ steps }: ScenarioResult) => steps.flatMap(({ checks }) => checks)

export function resultInWords(result: ScenarioResult): string {
  const checks = checksOf(result)
  const count = (outcome: Check['outcome']) => checks.filter(check => check.outcome === outcome).length
  const unseen = count('unseen') > 0 ? ` ${counted(count('unseen'), 'thing')} could not be seen.` : ''
  const failed = count('fails')
  return failed === 0
    ? `\nAll is as expected: ${counted(count('holds'), 'check')}.${unseen}\n`
    : `\nNot as expected: ${failed} of ${counted(checks.length, 'check')}.${unseen}\n`
}

/** The same as JSON. */
export const resultOf = ({ name }: Scenario, { passed, steps }: ScenarioResult) => ({
  name,
  passed,
  steps: steps.map(({ step, words, sent, checks }) => ({ do: step.action.do, words, sent, checks })),
})
