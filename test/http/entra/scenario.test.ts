import t from 'tap'
import { scenarioFrom } from '../../../src/entra/scenario/read-scenario.ts'
import { runScenario } from '../../../src/entra/scenario/run-scenario.ts'
import type { Json, JsonObject } from '../../../src/scim/json.ts'
import { tenantMaker } from '../../support/entra-tenants.ts'

const moe: JsonObject = {
  id: 'id-of-moe',
  userPrincipalName: 'moe@springfield.example',
  displayName: 'Moe Szyslak',
  givenName: 'Moe',
  surname: 'Szyslak',
}
const directory: JsonObject = {
  users: [moe],
  groups: [{ id: 'id-of-regulars', displayName: 'Regulars', members: ['moe@springfield.example'] }],
  assignments: ['Regulars'],
}

const tenant = await tenantMaker(t)

/** The failures of a scenario about Moe and the Regulars. */
async function failuresIn(steps: readonly Json[], more: JsonObject = {}): Promise<readonly string[]> {
  const { target, listMembers } = await tenant('entra')
  const scenario = await scenarioFrom({ name: 'Moe', directory, ...more, steps }, 'mine.json')
  const result = await runScenario(scenario, { target, listMembers })
  const failures = result.steps.flatMap(({ step, checks }) =>
    checks
      .filter(({ outcome }) => outcome === 'fails')
      .map(
        ({ what, why }) => `${step.place}: ${what}: ${why?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'some-id')}`,
      ),
  )
  t.equal(result.passed, failures.length === 0)
  return failures
}

t.test('a failed expectation is reported with the actual value', async t => {
  t.same(
    await failuresIn([
      {
        do: 'cycle',
        expect: {
          users: {
            'moe@springfield.example': { active: false, title: null },
            'barney@springfield.example': { active: true },
          },
          groups: { Regulars: { members: [] }, Strangers: 'absent' },
          cycle: { created: 3 },
          job: { code: 'Quarantine' },
          log: { 'moe@springfield.example': { status: 'failure' }, Barney: { status: 'success' } },
          requests: ['probes', 'POST /Users'],
        },
      },
      {
        do: 'disable',
        who: 'Moe Szyslak',
        expect: { users: { 'moe@springfield.example': 'absent' }, asDirectory: true },
      },
    ]),
    [
      'steps[0]: the 9 requests are as expected: request 4: expected POST /Users, found GET /Users?filter=userName+eq+%22moe%40springfield.example%22',
      'steps[0]: the cycle report has created 3: created: expected 3, found 2',
      'steps[0]: the job status has code Quarantine: code: expected "Quarantine", found "Active"',
      'steps[0]: the log entry of moe@springfield.example has status failure: status: expected "failure", found "success"',
      'steps[0]: the log entry of Barney has status success: there is no log entry',
      'steps[0]: moe@springfield.example is in the target: disabled, title null: active: expected false, found true',
      'steps[0]: barney@springfield.example is in the target: active: it does not exist',
      'steps[0]: the members of Regulars are none: unexpected: {{moe@springfield.example}}',
      'steps[1]: moe@springfield.example is not in the target: it exists with the id some-id',
      'steps[1]: the target matches the directory: moe@springfield.example is not disabled',
    ],
  )
})

t.test('bodies are compared completely', async t => {
  const bodyOf = (operations: Json): readonly Json[] => [
    { do: 'cycle' },
    { do: 'disable', who: 'Moe Szyslak' },
    {
      do: 'cycle',
      expect: { requests: ['probes', 'GET /Users/{{Moe Szyslak}}', { send: 'PATCH /Users/*', operations }] },
    },
  ]
  t.same(await failuresIn(bodyOf([{ op: 'Replace', path: 'active', value: 'False' }])), [])
  t.same(await failuresIn(bodyOf([{ op: 'Replace', path: 'active', value: false }])), [
    'steps[2]: the 5 requests are as expected: request 5: PATCH /Users/{{moe@springfield.example}}: expected the body ' +
      '[{"op":"Replace","path":"active","value":false}], found [{"op":"Replace","path":"active","value":"False"}]',
  ])
})

t.test('a step that cannot be carried out ends the scenario', async t => {
  t.same(
    await failuresIn([
      { do: 'disable', who: 'Barney' },
      { do: 'cycle', expect: { cycle: { created: 9 } } },
    ]),
    ['steps[0]: the step can be carried out: No user "Barney" in this directory.'],
  )
  t.same(await failuresIn([{ do: 'request', send: 'GET /Users/{{Moe Szyslak}}' }]), [
    'steps[0]: the step can be carried out: "Moe Szyslak" has no id in the target yet.',
  ])
})

t.test('a rejected request is reported', async t => {
  t.match(await failuresIn([{ do: 'request', send: 'GET /Users/nobody' }]), [
    /^steps\[0\]: the target accepts the request: it returned 404: /,
  ])
})

t.test('a generated directory is provisioned completely, with and without faults', async t => {
  const generate = { users: 30, groups: 4, groupSize: 8, seed: 7 }
  t.same(
    await failuresIn(
      [
        { do: 'fail', with: 'connection', next: 1 },
        { do: 'cycle', expect: { cycle: { ending: 'quarantined' } } },
        { do: 'fail', with: 503, next: 5, on: 'POST /*' },
        { do: 'fail', with: 'timeout', next: 3, on: 'PATCH /*' },
        { do: 'throttle', next: 4, on: 'GET /Groups/*' },
        { do: 'cycle' },
        { do: 'cycle' },
        { do: 'advance', by: '2d' },
        { do: 'cycle', expect: { job: { escrows: { objects: 0, references: 0 } }, asDirectory: true } },
      ],
      { directory: { generate }, settings: { concurrency: 4, memberConcurrency: 4 } },
    ),
    [],
  )
})
