import t from 'tap'
import type { Came, Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { oktaChecks } from '../../scim-compliance/checks/okta/catalog.ts'
import { oktaVerdict } from '../../scim-compliance/checks/okta/verdict.ts'
import type { Outcome, Result } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { createServer } from '../support/test-server.ts'
import { runOptions } from './small-server.ts'
import { designs } from './stubs/designs.ts'
import { startStub } from './stubs/stub-server.ts'

async function gradeProfile(profile: ProfileName): Promise<Result> {
  await using server = await createServer({ profile })
  const options = runOptions(server.url, checks, { token: server.token, as: ['okta'], timeoutSeconds: 60 })
  const { result } = await runChecks(options)
  return result
}

/** The checks that did not pass, with their verdicts. */
const others = ({ outcomes }: Result) =>
  outcomes.flatMap(({ check, verdict }) => (verdict === 'passed' ? [] : [`${check.id} ${verdict}`]))

for (const profile of ['rfc', 'entra'] as const) {
  t.test(`OC-120 OC-160 the ${profile} profile passes the suite, and leaves nothing behind`, async t => {
    const result = await gradeProfile(profile)
    t.same(others(result), [])
    t.same(result.leftBehind, [])
    t.equal(result.outcomes.length, checks.filter(({ suite }) => suite === 'okta').length)
    t.same(oktaVerdict(result), {
      client: 'okta',
      works: 'yes',
      summary: 'Will provision, with group push and import.',
      because: [],
      terms: [],
    })
  })
}

t.test('OC-144 OC-161 at AWS, Push now fails and an import sees one page', async t => {
  const result = await gradeProfile('aws')
  t.same(others(result), [
    'okta/members/push-now failed',
    'okta/members/push-now-without-path failed',
    'okta/members/push-now-empty failed',
    'okta/import/total-of-all failed',
    'okta/import/next-page failed',
  ])
  t.match(oktaVerdict(result), {
    works: 'partly',
    summary: 'Will provision, but Push now doesn’t set members and imports miss users.',
    because: [
      /^Push now doesn’t set the members of a group\. The server returns 400: .*\(task\)\.$/,
      /^Groups that were emptied keep their members\. /,
      /^An import sees the first page only/,
    ],
    terms: [/^task: /, /^practice: /],
  })
})

const outcomesWith = (verdictOf: (check: Check) => Partial<Outcome>): readonly Outcome[] =>
  oktaChecks.map(check => ({
    check,
    verdict: 'passed',
    exchanges: [],
    milliseconds: 1,
    ...verdictOf(check),
  }))

const verdictWith = (verdictOf: (check: Check) => Partial<Outcome>) =>
  oktaVerdict({ outcomes: outcomesWith(verdictOf), exchanges: [] })

const failing = (...ids: readonly string[]) =>
  verdictWith(({ id }) => (ids.includes(id) ? { verdict: 'failed' } : {}))

t.test('the verdict begins with the worst, and states what was not checked', async t => {
  t.match(failing('okta/import/hundred', 'okta/create/returns-the-user'), {
    works: 'no',
    summary: 'Won’t provision. Users are created, but Okta reports an error and doesn’t know their id.',
    because: [/^Users are created/, /^Imports fail/],
  })
  t.match(failing('okta/update/put-changes-nothing', 'okta/deactivate/active-false'), {
    works: 'partly',
    summary: 'Will provision, but deactivated users stay active and updates of profiles lose data.',
  })
  t.match(
    verdictWith(({ id }) =>
      id.startsWith('okta/members/') ? { verdict: 'skipped', reason: 'Not in this test.' } : {},
    ),
    { works: 'unknown', summary: 'Unknown: 2 essential checks weren’t run (not in this test).' },
  )
  t.equal(oktaVerdict({ outcomes: [], exchanges: [] }), undefined)
})

t.test('what a failure leads to depends on what came', async t => {
  const leadsTo = (failed: string, came: Came) =>
    verdictWith(({ id }) => (id === failed ? { verdict: 'failed', came } : {}))?.because
  const cases: readonly (readonly [id: string, came: Came, because: RegExp])[] = [
    [
      'okta/members/remove',
      'without effect',
      /^Members aren’t removed from groups\. The server reports success/,
    ],
    ['okta/members/remove', 'missing', /^Too many members are removed/],
    ['okta/look-up/by-user-name', 'missing', /^Existing users are not found/],
    ['okta/look-up/by-user-name', 'excess', /^Searches return other users, too/],
    ['okta/create/twice-is-409', '2xx', /^Duplicates are created/],
    ['okta/create/twice-is-409', '4xx', /shows another error than that the user exists\.$/],
    ['okta/groups/rename-to-the-same', '4xx', /ends with an error\. .*\(task\)\.$/],
    ['okta/groups/rename-to-the-same', 'missing', /^Each change of members empties the group\./],
  ]
  for (const [id, came, because] of cases) t.match(leadsTo(id, came), [because], `${id}: ${came}`)
})

t.test('a server that never returns members is not said to lose them', async t => {
  const design = designs.find(({ id }) => id === 'hides-members')
  if (design === undefined) throw new Error('There is no such design.')
  const { url, token } = await startStub(t, design)
  const { result } = await runChecks(runOptions(url, checks, { token, as: ['okta'], only: ['okta/members'] }))
  t.same([...new Set(result.outcomes.map(({ verdict, reason }) => `${verdict}: ${reason}`))].sort(), [
    'skipped: Follows from okta/groups/rename: expected status 200, got 400 ("id is read-only.").',
    'skipped: Memberships can’t be seen: the server never returns members.',
  ])
})
