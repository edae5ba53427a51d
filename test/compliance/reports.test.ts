import { readFileSync } from 'node:fs'
import t from 'tap'
import { readBaseline } from '../../scim-compliance/grade/comparison.ts'
import { createReport, formats } from '../../scim-compliance/reports/formats.ts'
import { createProgressLine, wantsColor } from '../../scim-compliance/reports/terminal.ts'
import { anOutcome, appraised, aResult, judgesWith, mixed } from './a-result.ts'

const known = [
  { id: 'rfc/patch/adds', reason: 'comes with 2.0' },
  { id: 'rfc/create/has-location', reason: 'was late' },
]
const earlier = aResult({
  outcomes: [anOutcome('rfc/create/answers-201', 'passed'), anOutcome('rfc/create/has-location', 'failed')],
})
const whole = appraised(mixed(), {
  known,
  baseline: readBaseline(createReport('json', appraised(earlier)), 'old.json'),
  evaluators: judgesWith('Won’t provision anybody.'),
})

t.test('the terminal report, verbatim, and its first screen alone', async t => {
  const golden = readFileSync(new URL('terminal-report.txt', import.meta.url), 'utf8')
  t.equal(createReport('terminal', whole, { width: 80, verbose: true }), golden)
  const screen = createReport('terminal', whole, { width: 80 })
  const [verdict = '', more = ''] = screen.split('\n\n- Since')
  t.ok(golden.startsWith(verdict))
  t.equal(
    more,
    ` 2026-01-02T03:05:05.000Z: 1 new failure, 1 fixed, 4 new checks, 0 no
  longer run.
- 1 resource could not be removed from the server: /Users/1: it timed out.
- 1 more note: --verbose

1 passed, 3 failed (1 known), 1 skipped, 1 broken, 3 requests
--verbose prints every failure; --report html=FILE shows the requests, too.
`,
  )
})

t.test('colors change only colors, and are used only on request', async t => {
  const plain = createReport('terminal', whole, { verbose: true })
  const colored = createReport('terminal', whole, { verbose: true, color: true })
  t.notMatch(plain, /\u001b/)
  t.match(colored, '\u001b[31m✗ rfc MUST\u001b[39m')
  t.equal(colored.replace(/\u001b\[\d+m/g, ''), plain)
  t.equal(wantsColor({ isTTY: true }, {}), true)
  t.equal(wantsColor({ isTTY: true }, { NO_COLOR: '' }), true)
  t.equal(wantsColor({ isTTY: true }, { NO_COLOR: '1' }), false)
  t.equal(wantsColor({ isTTY: true }, { TERM: 'dumb' }), false)
  t.equal(wantsColor({}, {}), false)
})

t.test('the terminal report respects its width', async t => {
  const verdicts = whole.verdicts.map(verdict => ({ ...verdict, summary: 'Some words. '.repeat(20) }))
  const lines = createReport('terminal', { ...whole, verdicts }, { width: 60, verbose: true }).split('\n')
  const summary = (line: string) => line.trim().split(' ').length
  t.same(
    lines.filter(line => line.length > 60 && summary(line) > 2),
    [],
  )
})

const progressText = (isTerminal: boolean): string => {
  let text = ''
  const { tell, end } = createProgressLine({ write: more => (text += more), isTerminal, width: 40 })
  tell({ kind: 'discovered', service: mixed().service, checks: 20 })
  tell({ kind: 'noted', note: 'Careful\u001b[2J.' })
  for (let number = 1; number <= 20; number++)
    tell({ kind: 'done', outcome: anOutcome('rfc/a/b', number === 3 ? 'failed' : 'passed'), number, of: 20 })
  tell({ kind: 'cleaning', left: 2 })
  end()
  return text
}

t.test(
  'progress is one line that is overwritten on a terminal, and otherwise a line for each tenth',
  async t => {
    const lines = progressText(false).split('\n')
    t.equal(lines[0], '20 checks of https://scim.example.com/v2')
    t.equal(lines[1], 'Careful\\u001b[2J.')
    t.equal(lines[2], '2 of 20 checks done, 0 failed')
    t.equal(lines[11], '20 of 20 checks done, 1 failed')
    t.same(lines.slice(12), ['Removing created resources: 2 left', ''])
    const shown = progressText(true).split('\r\u001b[2K')
    t.equal(shown.length, 25)
    t.ok(shown.every(line => [...line].length < 40))
    t.equal(shown.filter(line => line.includes('\n')).length, 1, 'a note stays')
    t.equal(shown.at(-1), '')
  },
)

t.test('the JSON report has all members listed in the README', async t => {
  const report = JSON.parse(createReport('json', whole))
  t.match(report, {
    format: 'scim-compliance',
    version: 3,
    tool: { name: 'scim-compliance', version: '1.2.3' },
    url: 'https://scim.example.com/v2',
    started: '2026-01-02T03:04:05.000Z',
    interrupted: false,
    requests: 3,
    score: { percent: 35, letter: 'F', passed: 1, failed: 3, skipped: 1, broken: 1 },
    threshold: { failOn: 'must' },
    decision: { exitCode: 1 },
    verdicts: [{ client: 'entra', works: 'no' }],
    known: {
      standing: [{ id: 'rfc/patch/adds' }],
      outdated: [{ id: 'rfc/create/has-location' }],
      unseen: [],
    },
    changes: { newFailures: ['rfc/create/answers-201'], fixed: ['rfc/create/has-location'] },
    leftBehind: [{ path: '/Users/1' }],
  })
  t.match(report.checks[0], {
    id: 'rfc/create/answers-201',
    suite: 'rfc',
    level: 'MUST',
    verdict: 'failed',
    mark: 'error',
    expected: 'status 201',
    got: '200',
    exchanges: [1, 2],
    exchange: { number: 2, response: { status: 200 } },
  })
  t.equal(report.checks[2].known, 'comes with 2.0')
  t.equal(report.checks.length, 6)
  const readme = readFileSync(new URL('../../scim-compliance/README.md', import.meta.url), 'utf8')
  for (const member of Object.keys(report)) t.ok(readme.includes(`\`${member}\``), `the README has ${member}`)
})

t.test('the HAR contains every exchange with all members that HAR 1.2 requires', async t => {
  const { log } = JSON.parse(createReport('har', whole))
  t.equal(log.version, '1.2')
  t.same(log.creator, { name: 'scim-compliance', version: '1.2.3' })
  t.equal(log.entries.length, 3)
  for (const entry of log.entries) {
    t.hasProps(entry, ['startedDateTime', 'time', 'request', 'response', 'cache', 'timings'])
    t.hasProps(entry.request, ['method', 'url', 'httpVersion', 'cookies', 'headers', 'queryString'])
    t.hasProps(entry.request, ['headersSize', 'bodySize'])
    t.hasProps(entry.response, ['status', 'statusText', 'httpVersion', 'cookies', 'headers', 'content'])
    t.hasProps(entry.response, ['redirectURL', 'headersSize', 'bodySize'])
    t.type(entry.response.content.size, 'number')
    t.type(entry.response.content.mimeType, 'string')
    t.ok([entry.timings.send, entry.timings.wait, entry.timings.receive].every(time => time >= 0))
    t.notOk(Number.isNaN(Date.parse(entry.startedDateTime)))
  }
  t.same(log.entries[0].request.queryString, [{ name: 'filter', value: 'userName eq "a"' }])
  t.match(log.entries[1], {
    request: {
      postData: { mimeType: 'application/scim+json', params: [], text: '{"userName":"scim-check-k3f9-1"}' },
    },
    response: { redirectURL: 'https://scim.example.com/v2/Users/1', content: { text: '{"id":"1"}' } },
    _exchange: 2,
    _check: 'rfc/create/answers-201',
  })
  t.match(log.entries[2].response, { status: 0, _error: 'timed out', content: { size: 0 } })
})

t.test(
  'SARIF has a rule for each check and a result for each failure, new or not, suppressed or not',
  async t => {
    const log = JSON.parse(createReport('sarif', whole))
    t.equal(log.version, '2.1.0')
    t.match(log.$schema, /sarif-schema-2\.1\.0\.json$/)
    const [run] = log.runs
    const { rules } = run.tool.driver
    t.equal(rules.length, 6)
    t.equal(new Set(rules.map(({ id }: { id: string }) => id)).size, 6)
    for (const result of run.results) {
      t.equal(rules[result.ruleIndex].id, result.ruleId)
      t.ok(result.kind === 'fail' || result.level === 'none', 'only failures have a level (§3.27.10)')
      t.ok(
        ['new', 'unchanged', 'absent'].includes(result.baselineState),
        'all results have one, or none (§3.27.24)',
      )
      t.match(
        result.locations[0].physicalLocation,
        { artifactLocation: { uri: /^scim(\/[A-Za-z]+)?$/ }, region: { startLine: 1 } },
        'code scanning accepts only files of a repository',
      )
    }
    t.same(
      run.results.map(({ ruleId, level, baselineState, suppressions }: Record<string, unknown>) => [
        ruleId,
        level,
        baselineState,
        suppressions !== undefined,
      ]),
      [
        ['rfc/create/answers-201', 'error', 'new', false],
        ['rfc/patch/adds', 'warning', 'new', true],
        ['rfc/patch/forgives', 'warning', 'new', false],
        ['rfc/create/has-location', 'none', 'absent', false],
      ],
    )
    t.match(run.results[0], {
      webRequest: { method: 'POST' },
      webResponse: { statusCode: 200, reasonPhrase: 'OK' },
    })
    t.same(run.invocations[0].toolExecutionNotifications[0].associatedRule, { id: 'rfc/sort/breaks' })
  },
)

t.test('the badge is one line of Markdown, even without a grade', async t => {
  t.equal(
    createReport('badge', whole),
    '![SCIM compliance: F, 35%](https://img.shields.io/badge/SCIM_compliance-F%2C_35%25-red)\n',
  )
  t.match(createReport('badge', appraised(aResult())), /not_graded-lightgrey/)
})

t.test('the Markdown summary starts with the grade and has a row for each failure', async t => {
  const lines = createReport('markdown', whole).split('\n')
  t.equal(lines[0], '# SCIM compliance: F, 35%')
  const rows = lines.slice(lines.indexOf('## Failures')).filter(line => line.startsWith('| '))
  t.same(rows.slice(2), [
    '| rfc MUST | rfc/create/answers-201 | status 201 | 200 | Do it. |',
    '| rfc SHOULD | rfc/patch/adds (known) | status 201 | 200 | Do it. |',
    '| rfc practice | rfc/patch/forgives | status 201 | 200 | Do it. |',
  ])
})

t.test('the grade of each suite is shown, and suites that don’t count are named', async t => {
  const { outcomes } = mixed()
  const result = aResult({
    outcomes: [...outcomes, anOutcome('entra/a/b', 'passed', { of: { suite: 'entra' } })],
  })
  const appraisal = appraised(result, { threshold: { failOn: 'must', suites: ['entra'] } })
  const grade = 'rfc F, 35%; entra A, 100%'
  const [heading] = createReport('markdown', appraisal).split('\n')
  t.equal(heading, `# SCIM compliance: ${grade}`)
  const terminal = createReport('terminal', appraisal, { verbose: true })
  t.match(terminal, `Grade: ${grade}\n`)
  t.match(terminal, '  Only entra counts for the exit code. To count rfc too: --as entra,rfc\n')
  t.match(terminal, /^entra MUST +1 +0 +0 +100%$/m)
  t.match(createReport('html', appraisal), grade)
})

t.test('a grade of selected checks is marked as such', async t => {
  const reading = anOutcome('rfc/create/a', 'skipped', { of: { needs: ['write'] } })
  const { asked } = aResult()
  const result = aResult({
    asked: { ...asked, readOnly: true, only: ['rfc/create'] },
    outcomes: [reading, anOutcome('rfc/create/b', 'passed')],
  })
  t.match(
    createReport('terminal', appraised(result), { verbose: true }),
    `Notes
  The grade covers reading only: 1 check would have written.
  The grade covers only the selected checks: --only rfc/create.
`,
  )
})

t.test('all reports work for a run without results', async t => {
  for (const format of formats) t.ok(createReport(format, appraised(aResult())).endsWith('\n'), format)
})
