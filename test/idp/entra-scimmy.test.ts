import t from 'tap'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import { readScenario, scenarioFrom } from '../../src/provisioning/scenario/read-scenario.ts'
import { runScenario, type ScenarioResult } from '../../src/provisioning/scenario/run-scenario.ts'
import { notForStrictOnes, shipped, withoutManagers } from '../support/entra-scenarios.ts'
import { scimmyServer } from '../support/scimmy.ts'

// A third-party target. SCIMMY implements PATCH strictly: it requires the flag, and rejects managers.

const server = await scimmyServer(t)
const target = httpTarget({ tenantUrl: server.url, token: server.token })
t.beforeEach(() => server.clear())

const failuresOf = ({ steps }: ScenarioResult) =>
  steps.flatMap(({ step, checks }) =>
    checks
      .filter(({ outcome }) => outcome !== 'met')
      .map(({ claim, reason }) => `${step.place} ${claim}: ${reason}`),
  )

t.test('Springfield and later changes are provisioned', async t => {
  const { directory, ...scenario } = withoutManagers(await readScenario('scenarios/first-cycle.json'))
  const who = 'barney.gumble@springfield.example'
  const { steps } = await scenarioFrom(
    {
      name: 'Later changes',
      directory: { users: [], groups: [], assignments: [] },
      steps: [
        { do: 'cycle', expect: { asDirectory: true } },
        { do: 'change', who, attributes: { jobTitle: 'Astronaut', state: 'OR', surname: 'Gumbel' } },
        { do: 'disable', who: 'lenny.leonard@springfield.example' },
        { do: 'removeMember', who: 'marge.simpson@springfield.example', group: 'Security Auditors' },
        { do: 'addMember', who: 'homer.simpson@springfield.example', group: 'Security Admins' },
        { do: 'cycle', expect: { asDirectory: true } },
      ],
    },
    'steps',
  )
  const wire = { dialect: 'aadOptscim062020' } as const
  const result = await runScenario({ ...scenario, directory, steps }, { target, wire })
  t.same(failuresOf(result), [])

  const users = [...server.users.values()]
  t.same(
    users.map(({ userName, active }) => `${userName} ${active}`).sort(),
    [
      'barney.gumble@springfield.example true',
      'carl.carlson@springfield.example true',
      'edna.krabappel@springfield.example true',
      'homer.simpson@springfield.example true',
      'lenny.leonard@springfield.example false',
      'lisa.simpson@springfield.example true',
      'marge.simpson@springfield.example true',
    ],
    'SCIMMY has these users',
  )
  t.match(
    users.find(({ userName }) => userName === who),
    {
      title: 'Astronaut',
      name: { familyName: 'Gumbel', formatted: 'Barney Gumbel' },
      addresses: [{ type: 'work', region: 'OR', locality: 'Springfield' }],
    },
  )
  const nameOf = (id: string) => String(server.users.get(id)?.userName).replace('@springfield.example', '')
  t.same(
    Object.fromEntries(
      [...server.groups.values()].map(({ displayName, members }) => [
        displayName,
        (members as { value: string }[]).map(({ value }) => nameOf(value)),
      ]),
    ),
    {
      'Network Operators': ['barney.gumble', 'lenny.leonard'],
      'Security Admins': ['marge.simpson', 'homer.simpson'],
      'Security Auditors': ['lisa.simpson', 'edna.krabappel'],
      'Systems Operators': ['carl.carlson', 'lenny.leonard'],
    },
    'and these members',
  )
})

for (const name of shipped.filter(name => notForStrictOnes[name] === undefined)) {
  t.test(`scenario ${name}`, async t => {
    const scenario = withoutManagers(await readScenario(`scenarios/${name}.json`))
    t.same(failuresOf(await runScenario(scenario, { target, wire: { dialect: 'aadOptscim062020' } })), [])
  })
}

t.test('requests of the default dialect that SCIMMY rejects are in escrow with its error', async t => {
  const scenario = await readScenario('scenarios/account-disabled.json')
  const result = await runScenario({ ...scenario, steps: scenario.steps.slice(0, 3) }, { target })
  const { objects } = result.store.state
  const reasons = [...objects.values()].flatMap(({ escrow, references }) => [
    escrow?.reason,
    references?.reason,
  ])
  t.match(reasons.join('\n'), /Attribute 'active' expected value type 'boolean' but found type 'string'/)
  t.match(reasons.join('\n'), /Complex attribute 'manager' expected complex value but found type 'string'/)
})
