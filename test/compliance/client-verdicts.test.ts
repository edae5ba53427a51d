import t from 'tap'
import type { Check, Suite } from '../../scim-compliance/check.ts'
import { checks as awsChecks } from '../../scim-compliance/checks/aws/index.ts'
import { awsVerdict } from '../../scim-compliance/checks/aws/verdict.ts'
import { checks as entraChecks } from '../../scim-compliance/checks/entra/index.ts'
import { entraVerdict } from '../../scim-compliance/checks/entra/verdict.ts'
import { valueAt } from '../../scim-compliance/checks/tools/value-at.ts'
import type { JsonObject } from '../../scim-compliance/json.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { check, runOptions, smallServer } from './small-server.ts'

const checks = [...entraChecks, ...awsChecks]

const came = (verdictOf: (check: Check) => Partial<Outcome>): readonly Outcome[] =>
  checks.map(check => ({ check, verdict: 'passed', exchanges: [], milliseconds: 1, ...verdictOf(check) }))

/** Everything has passed but these. */
const outcomes = (...failed: readonly string[]) =>
  came(({ id }) => (failed.includes(id) ? { verdict: 'failed' } : {}))

t.test('a server that passes everything is provisioned', async t => {
  t.same(entraVerdict(outcomes()), {
    client: 'entra',
    works: 'yes',
    words: 'Will provision, in both of its dialects.',
    because: [],
  })
  t.match(awsVerdict(outcomes()), { works: 'yes', words: /it can stand in for AWS/, because: [] })
})

t.test('a probe that fails quarantines the job, whatever else goes wrong', async t => {
  const verdict = entraVerdict(outcomes('entra/disable/default', 'entra/probe/user-answers-200'))
  t.equal(verdict?.works, 'no')
  t.equal(
    verdict?.words,
    'Would quarantine the job at once. Test connection fails and a running job is quarantined at once, because the probe for users isn’t answered with 200.',
  )
  t.same(
    verdict?.because.map(words => words.split(',')[0]),
    ['Test connection fails and a running job is quarantined at once', 'Disabled users stay active'],
  )
})

t.test('what is lost is named, each thing once', async t => {
  const failed = ['entra/disable/default', 'entra/disable/flag', 'entra/members/parallel-add']
  t.same(entraVerdict(outcomes(...failed)), {
    client: 'entra',
    works: 'partly',
    words: 'Will provision, but disabled users stay active and memberships go wrong.',
    because: [
      'Disabled users stay active, because the server doesn’t take Replace active with the text "False".',
      'Disabled users stay active, because the server doesn’t take replace active with false.',
      'Members are lost when Entra adds several at once, and nothing brings them back but a restart of the job.',
    ],
  })
})

t.test('what hurts most comes first, and the sentence stays short', async t => {
  const failed = [
    'entra/update/unknown-attribute',
    'entra/roles/single-on-create',
    'entra/members/add-one',
    'entra/create/nulls',
    'entra/delete/user-answers-204',
    'entra/disable/default',
  ]
  const verdict = entraVerdict(outcomes(...failed))
  t.equal(
    verdict?.words,
    'Will provision, but disabled users stay active, deletions go wrong, some users aren’t created as Entra sends them, memberships go wrong and 2 more things.',
  )
  t.same(
    verdict?.because.map(words => words.split(/ because|[,:]/)[0]),
    [
      'Disabled users stay active',
      'Deleted people keep their record',
      'Users with empty attributes are refused',
      'Nobody becomes a member this way',
      'One attribute too many in the mapping keeps every changed user in escrow.',
      'App roles are lost',
    ],
  )
  t.match(awsVerdict(outcomes('aws/groups/empty-members', 'aws/users/boolean-as-text')), {
    words:
      'Clients made for AWS work with it in part. People who are disabled by Entra ID stay active. 1 more thing goes wrong.',
  })
})

t.test('nothing is promised while essential checks weren’t looked at', async t => {
  const reading = came(({ needs }) =>
    needs?.includes('write')
      ? { verdict: 'skipped', reason: 'It writes, and only reading was asked for.' }
      : {},
  )
  t.match(entraVerdict(reading), {
    works: 'unknown',
    words:
      'Can’t be said: 19 essential checks weren’t looked at (it writes, and only reading was asked for).',
  })
  t.match(awsVerdict(reading), {
    works: 'unknown',
    words:
      'Can’t be said: 13 essential checks weren’t looked at (it writes, and only reading was asked for).',
  })
  const disabling = outcomes('entra/disable/default').filter(({ check }) => check.section === 'Disable')
  t.match(entraVerdict(disabling), {
    works: 'unknown',
    words:
      'Can’t be said: 16 essential checks weren’t looked at (not asked for). What was looked at shows: disabled users stay active.',
  })
})

t.test('a server isn’t said to stand in for AWS when a check of likeness wasn’t looked at', async t => {
  const verdict = awsVerdict(
    came(({ needs }) => (needs?.includes('enterprise') ? { verdict: 'skipped', reason: 'None.' } : {})),
  )
  t.match(verdict, {
    works: 'yes',
    words:
      'Clients made for AWS work with it. Whether it can stand in for AWS in tests can’t be said, for 3 of the checks weren’t looked at.',
  })
})

t.test('a server without PATCH is said to update nobody, and no more than that', async t => {
  const without = came(({ needs }) => (needs?.includes('patch') ? { verdict: 'failed' } : {}))
  t.same(entraVerdict(without), {
    client: 'entra',
    works: 'partly',
    words: 'Will provision, but nobody is updated, disabled or made a member.',
    because: [
      'Nobody is updated, disabled, enabled or made a member, because no PATCH is taken as Entra sends it.',
    ],
  })
})

t.test('where nobody can be disabled, nothing is said of those who are', async t => {
  t.match(entraVerdict(outcomes('entra/disable/flag', 'entra/disable/still-found')), {
    words: 'Will provision, but disabled users stay active.',
    because: { length: 1 },
  })
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
  t.same(skipped, ["The server's User has no active that could be written.", 'The server has no groups.'])
  const alike = came(({ section }) => ({
    verdict: 'skipped',
    reason: section === 'Disable' ? skipped[0] : skipped[1],
  })).filter(({ check }) => /^entra\/(disable|groups|members)\//.test(check.id))
  t.match(entraVerdict([...others, ...alike]), {
    works: 'partly',
    words: 'Will provision, but disabled users can’t be told from others and there are no groups.',
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
    words:
      'Clients made for AWS work with it; but it takes or shows what AWS doesn’t, so it can’t stand in for AWS in tests.',
    because: ['In 1 more way it isn’t like AWS.'],
  })
})

t.test('Entra sends PATCH also where the server says that it has none', async t => {
  const { url, asked } = await smallServer(t, ({ path }) =>
    path === '/ServiceProviderConfig' ? { body: { patch: { supported: false } } } : { status: 501 },
  )
  const sending = (suite: Suite) => ({
    ...check(`${suite}/update`, async stage => void (await stage.patch('/Users/1')), ['patch']),
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
  t.equal(valueAt(body, 'name.givenName'), 'Mira')
  t.equal(valueAt(body, 'emails[type eq "work"].value'), 'mira@example.com')
  t.equal(valueAt(body, 'emails[type eq "other"].value'), undefined)
  t.equal(valueAt(body, `${enterprise}:department`), 'Freight')
  t.equal(valueAt(body, `${enterprise}:manager.value`), '7')
  t.equal(valueAt({}, `${enterprise}:department`), undefined)
})
