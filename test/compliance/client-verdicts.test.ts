import t from 'tap'
import type { Came, Check, ProbeVerdict, Suite } from '../../scim-compliance/check.ts'
import { awsChecks } from '../../scim-compliance/checks/aws/catalog.ts'
import { awsVerdict as awsJudge } from '../../scim-compliance/checks/aws/verdict.ts'
import { gallery } from '../../scim-compliance/checks/entra/areas.ts'
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

const outcomesWith = (verdictOf: (check: Check) => Partial<Outcome>): readonly Outcome[] =>
  checks.map(check => ({ check, verdict: 'passed', exchanges: [], milliseconds: 1, ...verdictOf(check) }))

/** All checks passed except these. */
const outcomes = (...failed: readonly string[]) =>
  outcomesWith(({ id }) => (failed.includes(id) ? { verdict: 'failed' } : {}))

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
  t.match(awsVerdict(outcomes()), { works: 'yes', summary: /it can replace AWS/, because: [] })
})

t.test('a failed probe quarantines the job, whatever else fails', async t => {
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

t.test('each loss is reported once', async t => {
  const failed = ['entra/disable/default', 'entra/disable/flag', 'entra/members/parallel-add']
  t.same(entraVerdict(outcomes(...failed)), {
    client: 'entra',
    works: 'partly',
    summary:
      'Will provision, but disabled users stay active and memberships aren’t written correctly. If your job has aadOptscim062020 in its Tenant URL, disabled users stay active.',
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

t.test('the most severe losses come first, and the summary stays short', async t => {
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
    'Will provision, but disabled users stay active, deletions don’t work correctly, memberships aren’t written correctly, groups aren’t provisioned correctly and 2 more problems. 2 more problems affect only some jobs; see the list.',
  )
  t.same(
    verdict?.because.map(summary => summary.split(/ because|[,:.]/)[0]),
    [
      'Disabled users stay active',
      'Deleted users remain on the server',
      'Memberships aren’t written',
      'Groups keep their previous name',
      'Users whose name changes keep their previous userName',
      'Managers aren’t set',
      'If an empty attribute is sent as null',
      'If your mapping sends app roles',
    ],
  )
  t.match(awsVerdict(outcomes('aws/groups/empty-members', 'aws/users/boolean-as-text')), {
    summary:
      'Clients made for AWS work with it only in part. Users that are disabled in Entra ID stay active. 1 more problem.',
  })
})

t.test('there is no verdict while essential checks were not run', async t => {
  const reading = outcomesWith(({ needs }) =>
    needs?.includes('write')
      ? { verdict: 'skipped', reason: 'The check writes, which --read-only excludes.' }
      : {},
  )
  t.match(entraVerdict(reading), {
    works: 'unknown',
    summary: 'Unknown: 19 essential checks weren’t run (the check writes, which --read-only excludes).',
  })
  t.match(awsVerdict(reading), {
    works: 'unknown',
    summary: 'Unknown: 14 essential checks weren’t run (the check writes, which --read-only excludes).',
  })
  const disabling = outcomes('entra/disable/default').filter(({ check }) => check.section === 'Disable')
  t.match(entraVerdict(disabling), {
    works: 'unknown',
    summary:
      'Unknown: 16 essential checks weren’t run (not selected). The checks that were run show: disabled users stay active.',
  })
})

t.test('whether a server can replace AWS is unknown if a check of its rejections was not run', async t => {
  const verdict = awsVerdict(
    outcomesWith(({ needs }) =>
      needs?.includes('enterprise') ? { verdict: 'skipped', reason: 'None.' } : {},
    ),
  )
  t.match(verdict, {
    works: 'yes',
    summary:
      'Clients made for AWS work with it. Whether it can replace AWS in tests is unknown, since 3 of the checks weren’t run.',
  })
})

t.test('without PATCH, the verdict is that users are not updated, and nothing else', async t => {
  const root = 'entra/update/replace-displayName'
  const without = outcomesWith(({ id, after }) =>
    id === root
      ? { verdict: 'failed', came: '4xx' }
      : after?.includes('probe/patch')
        ? { verdict: 'skipped', follows: root }
        : {},
  )
  const probe: ProbeVerdict = {
    name: 'probe/patch',
    holds: false,
    says: 'PATCH is rejected with 405',
    kind: 'rejected',
    values: [],
    reportedBy: { entra: root },
  }
  t.same(entraJudge({ outcomes: without, exchanges: [], probes: [probe] }), {
    client: 'entra',
    works: 'partly',
    summary: 'Will provision, but users aren’t updated or disabled, and no memberships are written.',
    because: [
      'Users aren’t updated, disabled or enabled, and no memberships are written, because the server rejects PATCH. The requests fail, and Entra retries them later (escrow).',
    ],
    terms: [
      'escrow: Entra sets aside an object whose request failed, and retries it in later cycles, less and less often.',
    ],
  })
})

t.test('a check that is skipped because another check fails does not count as missing', async t => {
  const following = ['entra/disable/default-enable', 'entra/disable/flag-enable']
  const verdict = entraVerdict(
    outcomesWith(({ id }) =>
      following.includes(id)
        ? { verdict: 'skipped', reason: 'Users can’t be disabled.', follows: 'entra/disable/default' }
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

t.test('a failure of a variant is reported only for the jobs that send it', async t => {
  t.match(entraVerdict(outcomes('entra/look-up/by-external-id', 'entra/manager/add-object')), {
    works: 'partly',
    summary:
      'Will provision with Entra’s default requests. 2 more problems affect only some jobs; see the list.',
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

/** A verdict after one check failed with such a response. */
const afterResponse = (id: string, method: string, status: number, body: Json = null, came?: Came) =>
  entraJudge({
    outcomes: outcomes(id).map(one =>
      one.check.id === id ? { ...one, exchange: 7, ...(came && { came }) } : one,
    ),
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
    'Replace doesn’t change title. The server returns 400, so the whole request fails, and Entra retries it later (escrow).',
  ])
  t.same(afterResponse('entra/update/replace-title', 'GET', 200, {}), [
    'Replace doesn’t change title. The server reports success, so Entra does too, and the value is lost.',
  ])
  t.same(afterResponse('entra/update/replace-title', 'GET', 500), ['Replace doesn’t change title.'])
})

t.test('no prediction says that Entra retries what only Microsoft’s tests send', async t => {
  const ofGallery = checks.filter(({ when }) => when === gallery)
  t.ok(ofGallery.length > 10)
  t.same(
    ofGallery
      .flatMap(({ id }) => afterResponse(id, 'PATCH', 400) ?? [])
      .filter(text => /retries|escrow/.test(text)),
    [],
  )
})

t.test('a prediction depends on the response', async t => {
  const removal = 'entra/members/remove-listed'
  const unseen = 'The server reports success, and Entra doesn’t read members to notice.'
  t.same(afterResponse(removal, 'GET', 200, { members: [] }, 'missing'), [
    `Removing one member empties the group. ${unseen}`,
  ])
  const all = ['1', '2', '3'].map(value => ({ value }))
  t.same(afterResponse(removal, 'GET', 200, { members: all }, 'excess'), [
    `Removing a member has no effect. ${unseen}`,
  ])
  t.same(afterResponse('entra/probe/wrong-token', 'GET', 200, null, '2xx'), [
    'Test connection succeeds with an invalid token.',
  ])
  t.same(afterResponse('entra/probe/wrong-token', 'GET', 500), [
    'The server returns 500 instead of 401, so an expired token isn’t reported as such.',
  ])
  const manager = 'If Entra sends the manager with a new user: New users'
  t.same(afterResponse('entra/create/manager-as-text', 'POST', 400), [
    `${manager} have no manager. The server returns 400, so the whole request fails, and Entra retries it later (escrow).`,
  ])
  t.same(afterResponse('entra/create/manager-as-text', 'GET', 200, { [enterpriseUrn]: { manager: '7' } }), [
    `${manager} have a manager in a representation that Entra can’t read: it expects an object with value.`,
  ])
  t.same(afterResponse('entra/manager/replace-with-nothing', 'GET', 200, null, 'excess'), [
    'Clearing the manager leaves an object without an id instead of no manager.',
  ])
})

t.test('if no groups are created, this is the headline, and the grade is D at best', async t => {
  const all = outcomes('entra/groups/documented-body', 'entra/update/rename')
  t.equal(
    entraVerdict(all)?.summary,
    'Will provision users, but no groups are created and some changes of attributes aren’t applied.',
  )
  const entra = (those: readonly Outcome[]) =>
    scoreOf({ outcomes: those, exchanges: [] }).bySuite.find(({ suite }) => suite === 'entra')?.letter
  t.equal(entra(all), 'D')
  t.equal(entra(outcomes('entra/groups/look-up')), 'B')
})

t.test('a missing feature is reported as a loss, not as a missing check', async t => {
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
  const { result } = await runChecks(
    runOptions(url, checks, { as: ['entra'], only: ids, runsPreconditions: false }),
  )
  const verdictOf = (those: readonly Outcome[]) =>
    entraJudge({ outcomes: those, exchanges: [], types: result.types ?? [] })
  const others = outcomes().filter(({ check }) => !/^entra\/(disable|groups|members)\//.test(check.id))
  const skipped = result.outcomes.map(({ reason = '' }) => reason)
  const [noActive = '', noGroups = ''] = skipped
  t.same(skipped, ["The server's User has no writable active.", 'The server has no groups.'])
  const alike = outcomesWith(({ section }) => ({
    verdict: 'skipped',
    reason: section === 'Disable' ? noActive : noGroups,
  })).filter(({ check }) => /^entra\/(disable|groups|members)\//.test(check.id))
  t.match(verdictOf([...others, ...alike]), {
    works: 'partly',
    summary:
      'Will provision, but disabled users can’t be distinguished from others, the server has no groups and displayName, emails, title, phoneNumbers, addresses, manager, department and employeeNumber are lost.',
    because: [
      'Disabled users can’t be distinguished from others, because users have no writable active.',
      'Groups aren’t provisioned, because the server has none.',
      'The server doesn’t store displayName, emails, title, phoneNumbers, addresses, manager, department and employeeNumber: Entra sends them, logs success, and they are lost.',
    ],
  })
})

t.test('there is no verdict for a client whose checks were not run', async t => {
  t.equal(entraVerdict([]), undefined)
  t.equal(awsVerdict(outcomes().filter(({ check }) => check.suite === 'entra')), undefined)
})

t.test('a server that accepts more than AWS works with its clients, but cannot replace it', async t => {
  t.same(awsVerdict(outcomes('aws/users/one-of')), {
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

t.test('checks of Entra send PATCH even if the server does not advertise it', async t => {
  const { url, requests } = await smallServer(t, ({ path }) =>
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
  t.equal(requests.filter(({ method }) => method === 'PATCH').length, 1)
})

t.test('a value is found by a path in Entra’s format', async t => {
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
