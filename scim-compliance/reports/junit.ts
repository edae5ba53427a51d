import { type Appraisal, knownReason, shownExchange } from '../grade/appraisal.ts'
import { type Section, sectionsOf } from '../grade/score.ts'
import type { Outcome } from '../run/result.ts'
import { firstScreen, firstScreenLines } from './first-screen.ts'
import { factsOf } from './summary.ts'
import { escapeMarkup, formatExchange, sanitize } from './text.ts'

/** JUnit XML for CI servers; a suite for each section. A known failure is a skipped test, with its reason. */
export function junitReport(appraisal: Appraisal): string {
  const { result } = appraisal
  const counts = countsOf(appraisal, result.outcomes)
  const suites = sectionsOf(result.outcomes).flatMap((section, index) =>
    suite(appraisal, section, index === 0 ? properties(appraisal) : []),
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'scim-compliance', ...counts })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3)

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(sanitize(String(value)))}"`)
    .join('')

function countsOf(appraisal: Appraisal, outcomes: readonly Outcome[]) {
  const known = outcomes.filter(outcome => knownReason(appraisal, outcome) !== undefined).length
  const count = (wanted: Outcome['verdict']) => outcomes.filter(({ verdict }) => verdict === wanted).length
  return {
    tests: outcomes.length,
    failures: count('failed') - known,
    errors: count('broken'),
    skipped: count('skipped') + known,
    time: seconds(outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
  }
}

/** The first screen, in the only place that CI servers show for a suite. */
const properties = (appraisal: Appraisal): readonly string[] => [
  '    <properties>',
  ...firstScreenLines(firstScreen(appraisal)).map(
    (value, index) => `      <property${attributes({ name: `summary.${index + 1}`, value })}/>`,
  ),
  '    </properties>',
]

function suite(
  appraisal: Appraisal,
  { suite, section, outcomes }: Section,
  first: readonly string[],
): readonly string[] {
  const { service, started } = appraisal.result
  const name = `${suite}: ${section}`
  const counts = countsOf(appraisal, outcomes)
  return [
    `  <testsuite${attributes({ name, ...counts, timestamp: started, hostname: service.url })}>`,
    ...first,
    ...outcomes.flatMap(outcome => testCase(appraisal, outcome)),
    '  </testsuite>',
  ]
}

function testCase(appraisal: Appraisal, outcome: Outcome): readonly string[] {
  const { check, verdict, milliseconds, reason = '' } = outcome
  const classname = `${check.suite}.${check.section}`
  const head = `    <testcase${attributes({ name: check.id, classname, time: seconds(milliseconds) })}`
  if (verdict === 'passed') return [`${head}/>`]
  return [`${head}>`, `      ${testCaseResult(appraisal, outcome, reason)}`, '    </testcase>']
}

function testCaseResult(appraisal: Appraisal, outcome: Outcome, reason: string): string {
  const { check, verdict, expected = '', got = '' } = outcome
  if (verdict === 'skipped') return `<skipped${attributes({ message: reason })}/>`
  if (verdict === 'broken') return `<error${attributes({ type: 'broken', message: reason })}/>`
  const known = knownReason(appraisal, outcome)
  if (known !== undefined) return `<skipped${attributes({ message: `Known failure: ${known}` })}/>`
  const exchange = shownExchange(appraisal, outcome)
  const text = [
    `${check.description} (${check.source})`,
    ...factsOf(appraisal, outcome).map(([name, fact]) => `${name}: ${fact}`),
    ...(exchange ? ['', formatExchange(exchange, 4000)] : []),
  ].join('\n')
  const message = `Expected ${expected}; got ${got}.`
  return `<failure${attributes({ type: check.level, message })}>${escapeMarkup(text)}</failure>`
}
