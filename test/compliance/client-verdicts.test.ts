import t from 'tap'
import type { Suite } from '../../scim-compliance/check.ts'
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

/** Everything has passed but these. */
const outcomes = (...failed: readonly string[]): readonly Outcome[] =>
  checks.map(check => ({
    check,
    verdict: failed.includes(check.id) ? 'failed' : 'passed',
    exchanges: [],
    milliseconds: 1,
  }))

t.test('a server that passes everything is provisioned', async t => {
  t.same(entraVerdict(outcomes()), {
    client: 'entra',
    works: 'yes',
    words: 'Will provision, in both of its dialects.',
    because: [],
  })
})

t.test('a probe that fails quarantines the job, whatever else goes wrong', async t => {
  const verdict = entraVerdict(outcomes('entra/disable/default', 'entra/probe/user-answers-200'))
  t.equal(verdict?.works, 'no')
  t.equal(
    verdict?.words,
    'Would quarantine the job at once: Test connection fails and a running job is quarantined at once, because the probe for users isn’t answered with 200.',
  )
  t.equal(verdict?.because.length, 2)
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
