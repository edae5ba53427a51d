import t from 'tap'
import { firstScreen, firstScreenLines } from '../../scim-compliance/reports/first-screen.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { anExchange, anOutcome, appraised, aResult } from './a-result.ts'
import { textOf } from './markup.ts'

const fails = (id: string, remedy: string, given: Parameters<typeof anOutcome>[2] = {}): Outcome =>
  anOutcome(id, 'failed', { ...given, of: { remedy, ...given.of } })
const follows = (count: number, cause: string): readonly Outcome[] =>
  Array.from({ length: count }, (_, index) =>
    anOutcome(`${cause}-${index}`, 'skipped', { follows: cause, reason: `Follows from ${cause}.` }),
  )
const screenOf = (outcomes: readonly Outcome[], standards: Parameters<typeof appraised>[1] = {}) =>
  firstScreen(appraised(aResult({ outcomes }), standards))

t.test('what settles the most weight is fixed first, and equal remedies are one fix', async t => {
  const { heading, fixes } = screenOf([
    fails('rfc/a/may', 'Name it.', { of: { level: 'MAY' } }),
    fails('rfc/a/one', 'Return 201.', { expected: 'status 201', got: 'x'.repeat(100) }),
    fails('rfc/a/should', 'Evaluate filters.', { of: { level: 'SHOULD' } }),
    fails('rfc/a/filter', 'Evaluate filters.'),
    ...follows(3, 'rfc/a/filter'),
    fails('rfc/a/two', 'Keep it.'),
    fails('rfc/a/three', 'Sort it.'),
    fails('rfc/a/four', 'Page it.'),
  ])
  t.equal(heading, 'Fix these five first: 9 of 10 failures go away.')
  t.same(
    fixes.map(({ remedy, failures }) => [remedy, failures]),
    [
      ['Evaluate filters.', 5],
      ['Return 201.', 1],
      ['Keep it.', 1],
      ['Sort it.', 1],
      ['Page it.', 1],
    ],
  )
  t.same(fixes[0]?.ids, ['rfc/a/filter', 'rfc/a/should'])
  t.equal(fixes[0]?.evidence, 'MUST rfc/a/filter (and 1 other, 3 follow): expected status 201, got 200')
  t.equal(fixes[1]?.evidence, `MUST rfc/a/one: expected status 201, got ${'x'.repeat(59)}…`)
})

t.test('what lets users keep access comes first, then what hides whether they do', async t => {
  const disabling = { of: { protects: 'disabling', level: 'SHOULD' } } as const
  const blocked = anOutcome('rfc/x/disables', 'skipped', { ...disabling, follows: 'rfc/x/patch' })
  const { fixes } = screenOf([
    fails('rfc/a/filter', 'Evaluate filters.'),
    ...follows(3, 'rfc/a/filter'),
    fails('rfc/x/patch', 'Implement PATCH.', { of: { level: 'SHOULD' } }),
    blocked,
    fails('entra/x/disables', 'Change active.', { of: { ...disabling.of, suite: 'entra' } }),
  ])
  t.same(
    fixes.map(({ remedy }) => remedy),
    ['Change active.', 'Implement PATCH.', 'Evaluate filters.'],
  )
})

t.test('known failures are not to be fixed first, and are counted', async t => {
  const known = [{ id: 'rfc/a/one', reason: 'later' }]
  const both = [fails('rfc/a/one', 'Return 201.'), fails('rfc/a/two', 'Keep it.')]
  const some = screenOf(both, { known })
  t.same([some.heading, some.fixes.length], ['Fix this: it is the only failure.', 1])
  t.equal(some.rest, '0 passed, 2 failed (1 known), 0 skipped, 0 requests')
  t.equal(screenOf(both.slice(0, 1), { known }).heading, 'Nothing fails but 1 known check.')
  t.equal(screenOf([anOutcome('rfc/a/b', 'passed')]).heading, 'Nothing fails.')
  t.equal(screenOf(both).heading, 'Fix these two: both failures go away.')
})

t.test('requests are shown without the root, with what matters of them', async t => {
  const body = '{"schemas":["x"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}'
  const exchanges = [
    anExchange(1),
    anExchange(2, {
      method: 'PATCH',
      url: 'https://scim.example.com/v2/Users/eb783919-9026-49ab-a36a-451eb24cd0ac',
      request: { ...anExchange(2).request, body },
    }),
    anExchange(3, { method: 'DELETE', request: { ...anExchange(3).request, headers: {} } }),
  ]
  const outcomes = [
    fails('rfc/x/disables', 'Change active.', {
      exchanges: [1, 2, 3],
      exchange: 3,
      of: { protects: 'disabling' },
    }),
  ]
  t.same(firstScreen(appraised(aResult({ outcomes, exchanges }))).safety.proof, [
    '#1 POST /Users → 200',
    '#2 PATCH /Users/eb783919-90… → 200, sent {"op":"Replace","path":"active","value":"False"}',
    '#3 DELETE /Users → 200, sent without Authorization',
  ])
})

t.test('a verdict is shortened to whole sentences', async t => {
  const summary = `Will provision, but much is lost. ${'If it is so, it is so. '.repeat(20)}`.trim()
  const evaluators = [
    () => ({ client: 'entra' as const, works: 'partly' as const, summary, because: [], terms: [] }),
  ]
  const [entra] = screenOf([], { evaluators }).clients
  t.match(entra?.summary, /^Will provision, but much is lost\. (If it is so, it is so\. ?)+$/)
  t.ok((entra?.summary.length ?? 0) <= 220)
})

t.test('the terminal prints one screen, however much fails', async t => {
  const long = 'a long text of a server '.repeat(40)
  const outcomes = Array.from({ length: 300 }, (_, index) =>
    fails(`rfc/area/check-${index}`, `Do ${index}, and do it with care. `.repeat(3), {
      expected: long,
      got: long,
      exchanges: [1, 2, 3],
      exchange: 3,
      of: { protects: (['disabling', 'deletion', 'authentication'] as const)[index % 3] ?? 'deletion' },
    }),
  )
  const verdict = (client: 'entra' | 'aws' | 'okta') => () => ({
    client,
    works: 'no' as const,
    summary: `${long}.`,
    because: [],
    terms: [],
  })
  const appraisal = appraised(
    aResult({
      outcomes,
      exchanges: ['', '/1', '/2'].map((path, index) =>
        anExchange(index + 1, { url: `https://scim.example.com/v2/Users${path}${'x'.repeat(300)}` }),
      ),
      notes: Array.from({ length: 20 }, () => long),
      leftBehind: Array.from({ length: 99 }, () => ({ path: '/Users/1', reason: long })),
    }),
    { evaluators: [verdict('entra'), verdict('aws'), verdict('okta')] },
  )
  const lines = createReport('terminal', appraisal, { width: 100 }).split('\n')
  t.ok(lines.length <= 60, `${lines.length} lines`)
  t.match(createReport('terminal', appraisal, { width: 100, verbose: true }), /(✗ rfc MUST[^✗]+){300}/)
})

t.test('every report for people and CI servers begins with the screen', async t => {
  const appraisal = appraised(aResult({ outcomes: [fails('rfc/a/one', 'Return "201".')] }))
  const lines = firstScreenLines(firstScreen(appraisal))
  const read: Readonly<Record<string, (report: string) => string>> = {
    terminal: report => report.replace(/\s+/g, ' '),
    html: report => textOf(report.split('<main>')[0] ?? ''),
    markdown: report => report.replace(/\\/g, ''),
    tap: report => report,
    junit: report => report.replaceAll('&quot;', '"'),
    sarif: report => JSON.parse(report).runs[0].properties.firstScreen.join('\n'),
  }
  for (const [format, text] of Object.entries(read)) {
    const shown = text(createReport(format, appraisal))
    const wanted = ['F, 0%', 'Checks fail: 1 rfc MUST.', 'Return "201".', lines.at(-2), lines.at(-1)]
    for (const line of wanted) t.ok(shown.includes(line ?? '-'), `${format}: ${line}`)
  }
})
