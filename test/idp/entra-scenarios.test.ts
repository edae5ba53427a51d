import t from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import type { Dialect } from '../../src/provisioning/kit/target.ts'
import { readScenario } from '../../src/provisioning/scenario/read-scenario.ts'
import { runScenario, type ScenarioResult } from '../../src/provisioning/scenario/run-scenario.ts'
import { notForStrictOnes, shipped, withoutManagers } from '../support/entra-scenarios.ts'
import { tenantMaker } from '../support/entra-tenants.ts'

// Each scenario lists all requests of every cycle in order, and the expected state.

const variants: readonly (readonly [ProfileName, Dialect])[] = [
  ['aws', 'default'],
  ['aws', 'aadOptscim062020'],
  ['entra', 'default'],
  ['entra', 'aadOptscim062020'],
  ['rfc', 'aadOptscim062020'],
]

/** Requests that IAM Identity Center rejects: the failed checks, and its error. */
const rejected: Readonly<Record<string, { readonly failed: readonly string[]; readonly error: RegExp }>> = {
  'aws default: manager-removed': {
    failed: [
      'steps[2] the cycle report has managersSet 1',
      'steps[2] barney.gumble@springfield.example is in the target: User {"manager":null}',
      'steps[2] the target matches the directory',
    ],
    error: /StatusCode: BadRequest/,
  },
  'aws default: nested-group': nested(),
  'aws aadOptscim062020: nested-group': nested(),
  'aws aadOptscim062020: several-attributes-change': {
    failed: [
      'steps[2] the cycle report has updated 1',
      'steps[2] marge.simpson@springfield.example is in the target: displayName Marge Bouvier, ' +
        'name {"familyName":"Bouvier","formatted":"Marge Bouvier"}, ' +
        'emails [{"type":"work","value":"marge.bouvier@springfield.example"}], ' +
        'addresses [{"type":"work","streetAddress":"742 Evergreen Terrace","region":"OR","locality":"Springfield"}], ' +
        'User {"department":"Risk"}',
      'steps[2] the target matches the directory',
    ],
    error: /omitting \\"path\\" attribute only for Add and Replace operations modifying a single attribute/,
  },
}

function nested() {
  return {
    failed: [
      'steps[4] the members of Systems Operators are carl.carlson@springfield.example, lenny.leonard@springfield.example, Sector 7G',
      'steps[4] the target matches the directory',
    ],
    error: /USER does not exist/,
  }
}

const failuresOf = ({ steps }: ScenarioResult) =>
  steps.flatMap(({ step, checks }) =>
    checks
      .filter(({ outcome }) => outcome !== 'met')
      .map(({ claim, reason }) => ({ at: `${step.place} ${claim}`, reason })),
  )

const tenant = await tenantMaker(t)

for (const name of shipped) {
  const scenario = await readScenario(`scenarios/${name}.json`)

  t.test(`${name}: ${scenario.name}`, async t => {
    for (const [profile, dialect] of variants) {
      if (profile === 'rfc' && notForStrictOnes[name] !== undefined) continue
      const { target, listMembers, advanceClock } = await tenant(profile)
      const adapted = profile === 'rfc' ? withoutManagers(scenario) : scenario
      const wire = { dialect, groupSchemaMs: profile !== 'rfc' }
      const result = await runScenario(adapted, { target, wire, listMembers, advanceClock })
      const label = `${profile} ${dialect}`
      const exception = rejected[`${label}: ${name}`]
      const failures = failuresOf(result)
      if (!exception) t.same(failures, [], `${label}: all checks pass`)
      else {
        t.same(
          failures.map(({ at }) => at),
          exception.failed,
          `${label}: only the known checks fail`,
        )
        const reasons = [...result.store.state.objects.values()].map(
          ({ escrow, references }) => `${escrow?.reason} ${references?.reason}`,
        )
        t.match(reasons.join('\n'), exception.error, `${label}: the error is known`)
      }
    }
  })

  t.test(`${name}: each cycle lists its requests`, async t => {
    const unlisted = scenario.steps.filter(
      ({ action, expect }) =>
        (action.do === 'cycle' || action.do === 'onDemand') && expect.requests === undefined,
    )
    // first-cycle compares Springfield's first cycle.
    t.same(
      unlisted.map(({ place }) => place),
      scenario.steps[0]?.expect.requests === undefined && scenario.steps[0]?.action.do === 'cycle'
        ? ['steps[0]']
        : [],
    )
  })
}

t.test('the resulting status in IAM Identity Center: disabled, disabled, retained', async t => {
  for (const [name, status] of [
    ['account-disabled', 'disabled'],
    ['only-assignment-removed', 'disabled'],
    ['account-deleted', 'retained'],
  ] as const) {
    const { target, listMembers, advanceClock, fromConsole } = await tenant('aws')
    const scenario = await readScenario(`scenarios/${name}.json`)
    // account-disabled enables the account again in its last step.
    const steps = name === 'account-disabled' ? scenario.steps.slice(0, 4) : scenario.steps
    t.same(failuresOf(await runScenario({ ...scenario, steps }, { target, listMembers, advanceClock })), [])
    const { items } = await fromConsole('/users?text=barney')
    t.match(items, [{ label: 'barney.gumble@springfield.example', status }], name)
  }
})

t.test('without a console, searches for members that the target never returns', async t => {
  const { target } = await tenant('aws')
  const scenario = await readScenario('scenarios/only-assignment-removed.json')
  t.same(failuresOf(await runScenario(scenario, { target })), [])
})
