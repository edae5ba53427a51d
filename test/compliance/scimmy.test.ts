import { readFileSync } from 'node:fs'
import t from 'tap'
import { awsVerdict } from '../../scim-compliance/checks/aws/verdict.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { entraVerdict } from '../../scim-compliance/checks/entra/verdict.ts'
import { appraiseRun } from '../../scim-compliance/grade/appraisal.ts'
import { createReport, formats } from '../../scim-compliance/reports/formats.ts'
import type { Outcome, Result } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { scimmyServer } from '../support/scimmy.ts'
import { elementsOf } from './markup.ts'
import { runJob } from './peers/job.ts'
import { predict } from './peers/prediction.ts'
import { failuresIn, gradeScimmy, scimmyFailuresFile } from './scimmy-failures.ts'
import { runOptions } from './small-server.ts'

// Another server with known faults. All checks take minutes, since failures are retried
// for a while; docs/compliance.md contains them all.
const areas = 'create index-paging versions meta retrieve delete discovery'
const only = [
  ...areas.split(' ').map(area => `rfc/${area}`),
  ...['create', 'disable', 'probe', 'groups', 'delete'].map(area => `entra/${area}`),
]

const server = await scimmyServer(t)
const { result } = await runChecks(
  runOptions(server.url, checks, {
    token: server.token,
    as: ['rfc', 'entra'],
    only,
    concurrency: 8,
    timeoutSeconds: 60,
  }),
)
const appraisal = appraiseRun(result, {
  threshold: { failOn: 'must' },
  evaluators: [entraVerdict, awsVerdict],
  version: '1.2.3',
})

const of = (...verdicts: readonly Outcome['verdict'][]) =>
  result.outcomes.filter(({ verdict }) => verdicts.includes(verdict))

/** The request and the status of the exchange that shows a failure. */
const shownBy = ({ exchange = 0 }: Outcome): string => {
  const { method, url, response } = result.exchanges[exchange - 1] ?? {}
  const path = url
    ?.replace(server.url, '')
    .replace(/\?.*/, '?…')
    .replace(/\/[^/]{16,}$/, '/{id}')
  return `${method} ${path} ${response?.status}`
}

const faults: readonly (readonly [fault: string, ids: Readonly<Record<string, string>>])[] = [
  [
    'no Location on 201, and only a path as meta.location',
    {
      'rfc/create/location': 'POST /Users 201',
      'rfc/meta/location-absolute': 'POST /Users 201',
    },
  ],
  [
    'rejected strings for booleans, so that disabled users stay active',
    {
      'entra/create/active-as-true': 'POST /Users 400',
      'entra/create/active-as-false': 'POST /Users 400',
      'entra/disable/default': 'PATCH /Users/{id} 400',
      'entra/disable/default-enable': 'PATCH /Users/{id} 400',
    },
  ],
  ['pages that aren’t limited', { 'rfc/index-paging/count-limits': 'GET /Users?… 200' }],
  [
    'rejected managers in Entra’s form, and rejected nulls',
    {
      'entra/create/manager-as-text': 'POST /Users 400',
      'entra/create/nulls': 'POST /Users 400',
    },
  ],
  ['case-sensitive names', { 'entra/create/twice-in-other-case': 'POST /Users 201' }],
  ['users created by PUT', { 'rfc/create/put-unknown-makes-nothing': 'GET /Users/{id} 200' }],
]

for (const [fault, expected] of faults) {
  t.test(`finds ${fault}`, async t => {
    // A follower shows the exchange of its cause.
    const noticed = result.outcomes.filter(
      ({ verdict, follows }) => verdict === 'failed' || follows !== undefined,
    )
    const found = noticed.filter(({ check }) => check.id in expected)
    t.same(Object.fromEntries(found.map(outcome => [outcome.check.id, shownBy(outcome)])), expected)
  })
}

t.test('checks of ETags are skipped, since ETags are not advertised', async t => {
  const versions = result.outcomes.filter(({ check }) => check.id.startsWith('rfc/versions/'))
  t.ok(versions.length > 10)
  t.same(new Set(versions.map(({ reason }) => reason)), new Set(['The server doesn’t advertise ETags.']))
})

t.test('most checks pass, none is broken, and nothing is left on the server', async t => {
  t.ok(of('passed').length > 4 * of('failed').length)
  t.same(of('broken'), [])
  t.same(result.leftBehind, [])
  t.same([server.users.size, server.groups.size], [0, 0])
})

t.test('the verdict for Entra covers the checks that were run', async t => {
  const [entra] = appraisal.verdicts
  t.equal(entra?.client, 'entra')
  t.equal(entra?.works, 'unknown')
  t.match(entra?.summary, /^Unknown: .* show: disabled users stay active/)
  t.equal(appraisal.decision.exitCode, 1)
})

t.test('all reports are well-formed, and contain every check', async t => {
  const report = (format: string) => createReport(format, appraisal)
  for (const format of formats) t.notMatch(report(format), server.token, `${format} has no token in it`)
  const json = JSON.parse(report('json'))
  const ids = result.outcomes.map(({ check }) => check.id)
  t.same(
    json.checks.map(({ id }: { readonly id: string }) => id),
    ids,
  )
  const cases = elementsOf(report('junit').replace(/^<\?xml[^>]*>\s*/, '')).filter(
    ({ name }) => name === 'testcase',
  )
  t.equal(cases.length, ids.length)
  t.ok(elementsOf(report('html').replace(/^<!doctype html>\s*/i, '')).length > ids.length)
  const sarif = JSON.parse(report('sarif'))
  t.equal(sarif.version, '2.1.0')
  t.same(
    new Set(sarif.runs[0].results.map(({ ruleId }: { readonly ruleId: string }) => ruleId)),
    new Set(failuresIn(result).map(({ check }) => check.id)),
  )
  t.equal(JSON.parse(report('har')).log.entries.length, result.exchanges.length)
})

let entraRun: Promise<Result> | undefined
/** The entra suite runs once, when the first test needs it. */
const runEntraSuite = (): Promise<Result> => {
  entraRun ??= gradeScimmy('entra')
  return entraRun
}

t.test('the predictions match the effects of a job on SCIMMY', async t => {
  const entraResult = await runEntraSuite()
  const { users, groups, clear, ...foreign } = await scimmyServer(t)
  const actual = await runJob(foreign, async (_, endpoint) => {
    const resources = endpoint === '/Users' ? users : groups
    // Its lists can’t be paged.
    return [...resources.values()] as never
  })
  const { effects } = predict(entraResult)
  // The job can’t set managers, so it has none to remove.
  t.same({ ...effects, wrong: effects.wrong?.filter(what => what !== 'managers removed') }, actual)
  clear()
})

t.test('SCIMMY fails exactly the checks of entra, aws and okta that docs/compliance.md lists', async t => {
  const failures = [
    ...failuresIn(await runEntraSuite()),
    ...failuresIn(await gradeScimmy('aws')),
    ...failuresIn(await gradeScimmy('okta')),
  ]
  t.same(
    failures.map(({ check }) => check.id),
    JSON.parse(readFileSync(scimmyFailuresFile, 'utf8')),
  )
  const page = readFileSync('docs/compliance.md', 'utf8')
  const rows = page.split('\n').filter(line => /^\| SCIMMY \| `(entra|aws|okta)\//.test(line))
  t.equal(rows.length, failures.length)
  for (const { check } of failures) {
    const row = rows.find(line => line.includes(`\`${check.id}\``))
    t.ok(row?.endsWith(`(${check.source}) |`), `${check.id} is on the page with its source`)
  }
})
