import t from 'tap'
import type { Check, Suite } from '../../scim-compliance/check.ts'
import { awsChecks } from '../../scim-compliance/checks/aws/catalog.ts'
import { awsVerdict as awsJudge } from '../../scim-compliance/checks/aws/verdict.ts'
import { entraChecks } from '../../scim-compliance/checks/entra/catalog.ts'
import { entraVerdict as entraJudge } from '../../scim-compliance/checks/entra/verdict.ts'
import { valueAtPath } from '../../scim-compliance/checks/steps/create-and-read.ts'
import { scoreOf } from '../../scim-compliance/grade/score.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim-compliance/scim.ts'
import { anExchange } from './a-result.ts'
import { check, runOptions, smallServer } from './small-server.ts'

const checks = [...entraChecks, ...awsChecks]

const came = (verdictOf: (check: Check) => Partial<Outcome>): readonly Outcome[] =>
  checks.map(check => ({ check, verdict: 'passed', exchanges: [], milliseconds: 1, ...verdictOf(check) }))

/** Everything has passed but these. */
const outcomes = (...failed: readonly string[]) =>
  came(({ id }) => (failed.includes(id) ? { verdict: 'failed' } : {}))

const entraVerdict = (outcomes: readonly Outcome[]) => entraJudge({ outcomes, exchanges: [] })
const awsVerdict = (outcomes: readonly Outcome[]) => awsJudge({ outcomes, exchanges: [] })

t.test('a server that passes everything is provisioned', async t => {
  t.same(entraVerdict(outcomes()), {
    client: 'entra',
    works: 'yes',
    summary: 'Will provision, in both of Entra’s PATCH dialects.',
    because: [],
    terms: [],
  })
  t.match(awsVerdict(outcomes()), { works: 'yes', summary: /it can stand in for AWS/, because: [] })
})

t.test('a probe that fails quarantines the job, whatever else goes wrong', async t => {
  const verdict = entraVerdict(outcomes('entra/disable/default', 'entra/probe/user-answers-200'))
  t.equal(verdict?.works, 'no')
  t.equal(
    verdict?.summary,
    'Would quarantine the job. Test connection fails and a running job is quarantined at once, because the probe for users doesn’t return 200.',
  )
  t.same(
    verdict?.because.map(summary => summary.split(',')[0]),
    ['Test connection fails and a running job is quarantined at once', 'Disabled users stay active'],
  )
})

t.test('what is lost is named, each thing once', async t => {
  const failed = ['entra/disable/default', 'entra/disable/flag', 'entra/members/parallel-add']
  t.same(entraVerdict(outcomes(...failed)), {
    client: 'entra',
    works: 'partly',
    summary:
      'Will provision, but disabled users stay active and memberships go wrong. If your job has aadOptscim062020 in its Tenant URL, disabled users stay active.',
    because: [
      'Disabled users stay active, because the server doesn’t apply Replace of active with the string "False".',
      'Members are lost when Entra adds several concurrently.',
      'If your job has aadOptscim062020 in its Tenant URL: Disabled users stay active, because the server doesn’t apply replace of active with false.',
    ],
    terms: [
      'aadOptscim062020: a flag that administrators append to the Tenant URL; Entra then sends PATCH in another form.',
      'practice: not documented by Microsoft, but its client has been observed to rely on it.',
    ],
  })
})

t.test('what hurts most comes first, and the sentence stays short', async t => {
  const failed = [
    'entra/update/rename',
    'entra/roles/single-on-create',
    'entra/manager/add-text',
    'entra/members/add-one',
    'entra/create/nulls',
    'entra/delete/user-answers-204',
    'entra/disable/default',
    'entra/groups/rename',
  ]
  const verdict = entraVerdict(outcomes(...failed))
  t.equal(
    verdict?.summary,
    'Will provision, but disabled users stay active, deletions go wrong, memberships go wrong, groups go wrong and 2 more things. In 2 cases that only some jobs have; see the list.',
  )
  t.same(
    verdict?.because.map(summary => summary.split(/ because|[,:.]/)[0]),
    [
      'Disabled users stay active',
      'Deleted users stay on the server',
      'Members can’t be added of a group',
      'Groups keep their old name',
      'Users whose name changes keep their old userName',
      'Managers aren’t set',
      'If an empty attribute comes as null',
      'If your mapping sends app roles',
    ],
  )
  t.match(awsVerdict(outcomes('aws/groups/empty-members', 'aws/users/boolean-as-text')), {
    summary:
      'Clients made for AWS work with it only in part. Users that are disabled in Entra ID stay active. 1 more thing goes wrong.',
  })
})

t.test('nothing is promised while essential checks weren’t looked at', async t => {
  const reading = came(({ needs }) =>
    needs?.includes('write')
      ? { verdict: 'skipped', reason: 'The check writes, which --read-only excludes.' }
      : {},
  )
  t.match(entraVerdict(reading), {
    works: 'unknown',
    summary: 'Unknown: 19 essential checks weren’t looked at (it writes, and only reading was asked for).',
  })
  t.match(awsVerdict(reading), {
    works: 'unknown',
    summary: 'Unknown: 14 essential checks weren’t looked at (it writes, and only reading was asked for).',
  })
  const disabling = outcomes('entra/disable/default').filter(({ check }) => check.section === 'Disable')
  t.match(entraVerdict(disabling), {
    works: 'unknown',
    summary:
      'Unknown: 16 essential checks weren’t looked at (not asked for). The checks that were run show: disabled users stay active.',
  })
})

t.test('a server isn’t said to stand in for AWS when a check of likeness wasn’t looked at', async t => {
  const verdict = awsVerdict(
    came(({ needs }) => (needs?.includes('enterprise') ? { verdict: 'skipped', reason: 'None.' } : {})),
  )
  t.match(verdict, {
    works: 'yes',
    summary:
      'Clients made for AWS work with it. Whether it can replace AWS in tests is unknown, since 3 of the checks weren’t run.',
  })
})

t.test('a server without PATCH is said to update nobody, and no more than that', async t => {
  const without = came(({ needs }) => (needs?.includes('patch') ? { verdict: 'failed' } : {}))
  t.same(entraVerdict(without), {
    client: 'entra',
    works: 'partly',
    summary: 'Will provision, but users aren’t updated or disabled, and no memberships are written.',
    because: [
      'Nobody is updated, disabled, enabled or made a member, because the server rejects PATCH in both forms that Entra sends. The requests fail, and Entra retries them later (escrow).',
    ],
    terms: [
      'escrow: Entra sets aside an object whose request failed, and retries it in later cycles, less and less often.',
      'practice: not documented by Microsoft, but its client has been observed to rely on it.',
    ],
  })
})

t.test('what is skipped because another check fails is no gap in what was looked at', async t => {
  const reason = 'Users can’t be disabled, which entra/disable/default reports.'
  const following = ['entra/disable/default-enable', 'entra/disable/flag-enable']
  const verdict = entraVerdict(
    came(({ id }) =>
      following.includes(id)
        ? { verdict: 'skipped', reason }
        : /^entra\/disable\/(default|flag)$/.test(id)
          ? { verdict: 'failed' }
          : {},
    ),
  )
  t.equal(
    verdict?.summary,
    'Will provision, but disabled users stay active. If your job has aadOptscim062020 in its Tenant URL, disabled users stay active.',
  )
})

t.test('what only a variant of a request breaks is said of the jobs that send it', async t => {
  t.match(entraVerdict(outcomes('entra/look-up/by-external-id', 'entra/manager/add-object')), {
    works: 'partly',
    summary:
      'Will provision with Entra’s default requests. In 2 cases that only some jobs have; see the list.',
    because: [
      'If your job matches users by externalId: No user is found, and existing users are created again.',
      'If Entra sends the manager as an object: Managers aren’t set.',
    ],
  })
  t.match(entraVerdict(outcomes('entra/tests/update-to-null')), {
    works: 'yes',
    summary: 'Will provision; some of Microsoft’s own tests for its app gallery fail.',
  })
})

/** A verdict where one check failed by such a response. */
const afterResponse = (id: string, method: string, status: number, body: Json = null) =>
  entraJudge({
    outcomes: outcomes(id).map(one => (one.check.id === id ? { ...one, exchange: 7 } : one)),
    exchanges: [
      anExchange(7, {
        method,
        response: {
          status,
          statusText: '',
          headers: {},
          body: JSON.stringify(body),
          bytes: 0,
          cut: false,
        },
      }),
    ],
  })?.because

t.test('a write that is rejected waits in escrow, one without effect is lost', async t => {
  t.same(afterResponse('entra/update/replace-title', 'PATCH', 400), [
    'title isn’t changed by Replace. The server returns 400, so the whole request fails, and Entra retries it later (escrow).',
  ])
  t.same(afterResponse('entra/update/replace-title', 'GET', 200, {}), [
    'title isn’t changed by Replace. The server reports success, so Entra does too, and the value is lost.',
  ])
  t.same(afterResponse('entra/update/replace-title', 'GET', 500), ['title isn’t changed by Replace.'])
})

t.test('a prediction says which of several things was seen', async t => {
  const removal = 'entra/members/remove-listed'
  const unseen = 'The server reports success, and Entra doesn’t read members to notice.'
  t.same(afterResponse(removal, 'GET', 200, { members: [] }), [
    `Removing one member empties the group. ${unseen}`,
  ])
  const all = ['1', '2', '3'].map(value => ({ value }))
  t.same(afterResponse(removal, 'GET', 200, { members: all }), [
    `Removing a member removes nobody. ${unseen}`,
  ])
  t.same(afterResponse('entra/probe/wrong-token', 'GET', 200), [
    'Test connection succeeds with an invalid token.',
  ])
  t.same(afterResponse('entra/probe/wrong-token', 'GET', 500), [
    'An expired token isn’t reported as such, because the server returns 500 instead of 401.',
  ])
  const manager = 'If Entra sends the manager with a new user: New users'
  t.same(afterResponse('entra/create/manager-as-text', 'POST', 400), [
    `${manager} don’t get their manager. The server returns 400, so the whole request fails, and Entra retries it later (escrow).`,
  ])
  t.same(afterResponse('entra/create/manager-as-text', 'GET', 200, { [enterpriseUrn]: { manager: '7' } }), [
    `${manager} have a manager in a form that Entra can’t read: it expects an object with value.`,
  ])
  t.same(
    afterResponse('entra/manager/replace-with-nothing', 'GET', 200, {
      [enterpriseUrn]: { manager: { value: '' } },
    }),
    ['Clearing the manager leaves an object without an id instead of no manager.'],
  )
})

t.test('where no groups are created, that is the headline, and the grade is D at best', async t => {
  const all = outcomes('entra/groups/documented-body', 'entra/update/rename')
  t.equal(
    entraVerdict(all)?.summary,
    'Will provision users, but no groups are created and some changes of attributes aren’t applied.',
  )
  const entra = (those: readonly Outcome[]) =>
    scoreOf(those).bySuite.find(({ suite }) => suite === 'entra')?.letter
  t.equal(entra(all), 'D')
  t.equal(entra(outcomes('entra/groups/look-up')), 'B')
})

t.test('what a server hasn’t got is told as a loss, not as something that wasn’t looked at', async t => {
  const user = 'urn:ietf:params:scim:schemas:core:2.0:User'
  const { url } = await smallServer(t, ({ method, path, json }) => {
    if (method === 'POST') return { status: 201, body: { ...(json as object), id: '1' } }
    if (path === '/ResourceTypes')
      return { body: { Resources: [{ name: 'User', endpoint: '/Users', schema: user }] } }
    if (path === '/Schemas')
      return { body: { Resources: [{ id: user, attributes: [{ name: 'userName', type: 'string' }] }] } }
    return { status: 501 }
  })
  const ids = ['entra/disable/still-found', 'entra/groups/look-up']
  const { result } = await runChecks(runOptions(url, checks, { as: ['entra'], only: ids }))
  const others = outcomes().filter(({ check }) => !/^entra\/(disable|groups|members)\//.test(check.id))
  const skipped = result.outcomes.map(({ reason = '' }) => reason)
  t.same(skipped, ["The server's User has no active.", 'The server has no groups.'])
  const alike = came(({ section }) => ({
    verdict: 'skipped',
    reason: section === 'Disable' ? skipped[0] : skipped[1],
  })).filter(({ check }) => /^entra\/(disable|groups|members)\//.test(check.id))
  t.match(entraVerdict([...others, ...alike]), {
    works: 'partly',
    summary:
      'Will provision, but disabled users can’t be distinguished from others and the server has no groups.',
  })
})

t.test('nothing is said of a client whose checks were left out', async t => {
  t.equal(entraVerdict([]), undefined)
  t.equal(awsVerdict(outcomes().filter(({ check }) => check.suite === 'entra')), undefined)
})

t.test('a server that takes more than AWS serves its clients, and doesn’t stand in for it', async t => {
  t.same(awsVerdict(outcomes('aws/users/one-of-emails')), {
    client: 'aws',
    works: 'yes',
    summary:
      'Clients made for AWS work with it; but it accepts or returns what AWS doesn’t, so it can’t replace AWS in tests.',
    because: [
      '1 more check fails because the server accepts what AWS rejects or responds differently; clients don’t notice.',
    ],
    terms: [],
  })
})

t.test('Entra sends PATCH also where the server says that it has none', async t => {
  const { url, asked } = await smallServer(t, ({ path }) =>
    path === '/ServiceProviderConfig' ? { body: { patch: { supported: false } } } : { status: 501 },
  )
  const sending = (suite: Suite) => ({
    ...check(`${suite}/update`, async context => void (await context.patch('/Users/1')), ['patch']),
    suite,
  })
  const { result } = await runChecks(
    runOptions(url, [sending('rfc'), sending('entra')], { as: ['rfc', 'entra'] }),
  )
  t.same(
    result.outcomes.map(({ verdict, reason }) => [verdict, reason]),
    [
      ['skipped', 'The server doesn’t advertise PATCH.'],
      ['passed', undefined],
    ],
  )
  t.equal(asked.filter(({ method }) => method === 'PATCH').length, 1)
})

t.test('a value is found by a path as Entra writes it', async t => {
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
  const body: JsonObject = {
    name: { givenName: 'Mira' },
    emails: [{ type: 'home' }, { type: 'work', value: 'mira@example.com' }],
    [enterprise]: { department: 'Freight', manager: { value: '7' } },
  }
  t.equal(valueAtPath(body, 'name.givenName'), 'Mira')
  t.equal(valueAtPath(body, 'emails[type eq "work"].value'), 'mira@example.com')
  t.equal(valueAtPath(body, 'emails[type eq "other"].value'), undefined)
  t.equal(valueAtPath(body, `${enterprise}:department`), 'Freight')
  t.equal(valueAtPath(body, `${enterprise}:manager.value`), '7')
  t.equal(valueAtPath({}, `${enterprise}:department`), undefined)
})
