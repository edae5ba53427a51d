import t from 'tap'
import type { Level, Suite } from '../../scim-compliance/check.ts'
import { entraChecks } from '../../scim-compliance/checks/entra/catalog.ts'
import type { Exchange } from '../../scim-compliance/client/exchange.ts'
import { formatGrade, outcomeMark } from '../../scim-compliance/grade/appraisal.ts'
import { changesSince, readBaseline, readKnown } from '../../scim-compliance/grade/comparison.ts'
import { decide, scoreOf } from '../../scim-compliance/grade/score.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import { jsonReport } from '../../scim-compliance/reports/json.ts'
import type { Outcome, Result } from '../../scim-compliance/run/result.ts'
import { anOutcome, appraised, aResult, mixed } from './a-result.ts'

const of = (level: Level, verdict: Outcome['verdict'], count = 1): readonly Outcome[] =>
  Array.from({ length: count }, (_, index) =>
    anOutcome(`rfc/${level}/${verdict}-${index}`, verdict, { of: { level } }),
  )

t.test('a score is the weight of the passed checks, by level and by section', async t => {
  const score = scoreOf(mixed())
  t.match(
    score,
    { passed: 1, failed: 3, skipped: 1, broken: 1, percent: 35, letter: 'F' },
    '5 of 5 + 5 + 2 + 2',
  )
  t.same(
    score.byLevel.map(({ level, tally }) => [level, tally.percent]),
    [
      ['MUST', 50],
      ['SHOULD', 0],
      ['MAY', undefined],
      ['practice', 0],
    ],
  )
  t.same(
    scoreOf(
      aResult({
        outcomes: [...of('MUST', 'passed'), anOutcome('aws/a/b', 'failed', { of: { suite: 'aws' } })],
      }),
    ).bySuite.map(({ suite, tally }) => [suite, tally.percent]),
    [
      ['rfc', 100],
      ['aws', 0],
    ],
  )
  t.same(
    score.bySection.map(({ suite, section, tally }) => [suite, section, tally.percent]),
    [
      ['rfc', 'Create', 50],
      ['rfc', 'PATCH', 0],
      ['rfc', 'Sort', undefined],
    ],
  )
})

t.test('each suite has its own grade, and a run the lowest of those that count', async t => {
  const entra = [
    anOutcome('entra/a/passes', 'passed', { of: { suite: 'entra' } }),
    anOutcome('entra/a/fails', 'failed', { of: { suite: 'entra' } }),
  ]
  const result = aResult({ outcomes: [...of('MUST', 'passed'), ...entra] })
  const graded = (suites?: readonly Suite[], outcomes = result.outcomes) => {
    const threshold = { failOn: 'must', minScore: 60, ...(suites && { suites }) } as const
    const appraisal = appraised({ ...result, outcomes }, { threshold })
    const { score, decision } = appraisal
    return { grade: [score.percent, score.letter, formatGrade(appraisal)], ...decision }
  }
  const words = 'rfc A, 100%; entra D, 50%'
  t.same(graded(['rfc']), { grade: [100, 'A', words], exitCode: 0, reasons: [], percent: 100 })
  const reasons = ['Checks fail: 1 entra MUST.', 'The score of entra is 50%, below 60%.']
  const low = { grade: [50, 'D', words], exitCode: 1, reasons, percent: 50 }
  t.same(graded(['rfc', 'entra']), low)
  t.same(graded(), low)
  t.same(graded(['rfc'], entra), { ...low, grade: [50, 'D', 'D, 50%'] }, 'no other suite was run')
})

t.test('100% means that everything passed, and a failed MUST prevents an A', async t => {
  const graded = (...outcomes: readonly (readonly Outcome[])[]) => {
    const { percent, letter } = scoreOf(aResult({ outcomes: outcomes.flat() }))
    return [percent, letter]
  }
  t.same(graded(of('MUST', 'passed', 4), of('MUST', 'skipped', 9), of('MUST', 'broken', 4)), [100, 'A'])
  t.same(graded(of('MUST', 'passed', 999), of('MAY', 'failed')), [99, 'A'])
  t.same(graded(of('MUST', 'passed', 999), of('MUST', 'failed')), [99, 'B'])
  t.same(graded(of('MAY', 'passed', 95), of('MAY', 'failed', 5)), [95, 'A'])
  t.same(graded(of('MAY', 'passed', 94), of('MAY', 'failed', 6)), [94, 'B'])
  t.same(graded(of('MAY', 'passed', 84), of('MAY', 'failed', 16)), [84, 'C'])
  t.same(graded(of('MAY', 'passed', 69), of('MAY', 'failed', 31)), [69, 'D'])
  t.same(graded(of('MAY', 'passed', 49), of('MAY', 'failed', 51)), [49, 'F'])
  t.same(graded(of('MUST', 'skipped')), [undefined, undefined])
})

t.test('each outcome has a mark for its severity', async t => {
  const failed = (level: Level) => of(level, 'failed').map(outcomeMark)[0]
  t.same(
    ['MUST', 'SHOULD', 'MAY', 'practice'].map(level => failed(level as Level)),
    ['error', 'deviation', 'acceptable', 'compliant'],
  )
  t.same(of('MAY', 'passed').map(outcomeMark), ['success'])
  t.same(of('MAY', 'skipped').map(outcomeMark), ['skipped'])
})

t.test('the exit code depends on the requested level and the score', async t => {
  const exit = (
    outcomes: readonly Outcome[],
    failOn: 'must' | 'should' | 'any' | 'never',
    minScore?: number,
  ) =>
    decide(aResult({ outcomes }), new Set(), { failOn, ...(minScore !== undefined && { minScore }) }).exitCode
  const passed = of('MUST', 'passed')
  const table = (['MUST', 'SHOULD', 'MAY', 'practice'] as const).map(level =>
    (['must', 'should', 'any', 'never'] as const).map(failOn =>
      exit([...passed, ...of(level, 'failed')], failOn),
    ),
  )
  t.same(table, [
    [1, 1, 1, 0],
    [0, 1, 1, 0],
    [0, 0, 1, 0],
    [0, 0, 1, 0],
  ])
  t.equal(exit([...passed, ...of('MUST', 'failed')], 'never', 50), 0)
  t.equal(exit([...passed, ...of('MUST', 'failed')], 'never', 51), 1)
})

t.test('an interrupted run, or one without results, proves nothing', async t => {
  const decided = (given: Parameters<typeof aResult>[0]) =>
    decide(aResult(given), new Set(), { failOn: 'must' })
  t.same(decided({}), { exitCode: 2, reasons: ['No check was run.'], percent: undefined })
  t.same(decided({ outcomes: of('MUST', 'passed'), interrupted: true }), {
    exitCode: 2,
    reasons: ['The run was interrupted.'],
    percent: 100,
  })
  t.equal(decided({ outcomes: [...of('MUST', 'passed'), ...of('MUST', 'broken')] }).exitCode, 2)
  t.equal(decided({ outcomes: of('MUST', 'failed'), interrupted: true }).exitCode, 2)
})

t.test(
  'known failures count in the score, but not against the threshold; passed ones are outdated',
  async t => {
    const known = readKnown(
      JSON.stringify([
        { id: 'rfc/create/answers-201', reason: 'comes with 2.0' },
        { id: 'rfc/create/has-location', reason: 'was slow' },
        { id: 'rfc/sort/sorts', reason: 'no sorting' },
        { id: 'rfc/no-such', reason: 'a slip' },
      ]),
      'known.json',
    )
    const without = appraised()
    const {
      known: became,
      decision,
      score,
    } = appraised(mixed(), { known, threshold: { failOn: 'must', minScore: 50 } })
    t.same(
      Object.values(became).map(entries => entries.map(({ id }: { readonly id: string }) => id)),
      [['rfc/create/answers-201'], ['rfc/create/has-location'], ['rfc/sort/sorts', 'rfc/no-such']],
    )
    t.equal(without.decision.exitCode, 1)
    t.same(decision, {
      exitCode: 2,
      reasons: ["1 of the checks couldn't be run because of an error in this tool."],
      percent: 55,
    })
    t.equal(score.percent, without.score.percent)
  },
)

t.test('an invalid file of known failures is reported with its error', async t => {
  const wrong = (text: string) => () => readKnown(text, 'known.json')
  t.throws(wrong('['), { name: 'Unreadable', message: /^known.json isn't JSON: / })
  t.throws(wrong('{}'), { message: 'known.json must be a list of objects.' })
  t.throws(wrong('[1]'), { message: 'known.json must be a list of objects.' })
  t.throws(wrong('[{"id":"a","reason":" "}]'), {
    message: 'Entry 1 of known.json requires "reason", a string.',
  })
  t.throws(wrong('[{"id":"a","reason":"b"},{"id":"a","reason":"c"}]'), {
    message: 'known.json contains "a" twice.',
  })
  t.same(readKnown('\ufeff[]', 'known.json'), [])
})

t.test('changes since an earlier report', async t => {
  const then = aResult({
    outcomes: [
      anOutcome('rfc/was-fine', 'passed'),
      anOutcome('rfc/was-skipped', 'skipped'),
      anOutcome('rfc/was-wrong', 'failed'),
      anOutcome('rfc/stays-wrong', 'failed'),
      anOutcome('rfc/goes', 'passed'),
      anOutcome('rfc/now-skipped', 'failed'),
    ],
  })
  const all = { as: ['rfc'] as const, only: [], skip: [] }
  const now = [
    anOutcome('rfc/was-fine', 'failed'),
    anOutcome('rfc/was-skipped', 'failed'),
    anOutcome('rfc/was-wrong', 'passed'),
    anOutcome('rfc/stays-wrong', 'failed'),
    anOutcome('rfc/new-wrong', 'failed'),
    anOutcome('rfc/new-fine', 'passed'),
    anOutcome('rfc/now-skipped', 'skipped'),
  ]
  const baseline = readBaseline(jsonReport(appraised(then)), 'old.json')
  t.same(changesSince(baseline, now, all), {
    since: '2026-01-02T03:05:05.000Z',
    percentThen: 40,
    newFailures: ['rfc/was-fine', 'rfc/was-skipped'],
    fixed: ['rfc/was-wrong'],
    newChecks: ['rfc/new-wrong', 'rfc/new-fine'],
    noLongerSeen: ['rfc/goes', 'rfc/now-skipped'],
  })
  const { percentThen, noLongerSeen } = changesSince(baseline, now, { ...all, skip: ['rfc/goes'] })
  t.same([percentThen, noLongerSeen], [undefined, ['rfc/now-skipped']], 'only selected checks are compared')
})

t.test('an invalid baseline is reported with its error', async t => {
  const wrong = (report: unknown) => () => readBaseline(JSON.stringify(report), 'old.json')
  const report = JSON.parse(jsonReport(appraised()))
  t.throws(wrong([]), { name: 'Unreadable', message: /requires "format": "scim-compliance"/ })
  t.throws(wrong({ ...report, version: 4 }), {
    message: 'old.json has version 4; only 1 to 3 are supported.',
  })
  t.throws(wrong({ ...report, checks: 'x' }), {
    message: '"checks" of old.json must be a list of objects.',
  })
  t.throws(wrong({ ...report, checks: [{ id: 'a', description: 'b', verdict: 'ok' }] }), {
    message: /requires "verdict", one of/,
  })
})

t.test('a baseline can be a report of version 1, which calls the description `says`', async t => {
  const { checks, ...report } = JSON.parse(jsonReport(appraised()))
  const former = checks.map(({ description, ...check }: { description: string }) => ({
    ...check,
    says: description,
  }))
  t.same(
    readBaseline(JSON.stringify({ ...report, version: 1, checks: former }), 'old.json'),
    readBaseline(JSON.stringify({ ...report, checks }), 'old.json'),
  )
})

const hidden = 'Disabled users are lost, because the server hides them'
const resultOf = (fails: (outcome: Outcome) => boolean, exchanges: readonly Exchange[] = []): Result =>
  aResult({
    exchanges,
    outcomes: entraChecks
      .map((check): Outcome => ({ check, verdict: 'passed', exchanges: [], milliseconds: 1 }))
      .map(outcome => (fails(outcome) ? { ...outcome, verdict: 'failed' } : outcome)),
  })

const consequencesOf = (result: Result, ...ids: readonly string[]) => {
  const { checks } = JSON.parse(createReport('json', appraised(result)))
  return ids.map(id => checks.find((check: { id: string }) => check.id === id).consequence.summary)
}

t.test('an independent failure keeps its consequence', async t => {
  const result = resultOf(({ check }) => check.id === 'entra/disable/still-read-by-id')
  t.match(consequencesOf(result, 'entra/disable/still-read-by-id'), [new RegExp(hidden)])
})
