import t from 'tap'
import {
  type RequestedCredentials,
  tokenRequester,
} from '../../src/provisioning/entra/credentials/create-credentials.ts'
import { httpEndpoint } from '../../src/provisioning/kit/http-target.ts'
import { readScenario, scenarioFrom } from '../../src/provisioning/scenario/read-scenario.ts'
import { runScenario } from '../../src/provisioning/scenario/run-scenario.ts'
import { run } from '../http/cli/run.ts'
import { acceptedCredentials } from '../support/entra-credentials.ts'
import { shippedWithAuth } from '../support/entra-scenarios.ts'
import { tenantMaker } from '../support/entra-tenants.ts'

// The scenarios about credentials, at a tenant of profile entra, or aws for the refusal that only it shows.

const tenant = await tenantMaker(t)

for (const name of shippedWithAuth.filter(each => each !== 'secret-rotated')) {
  const scenario = await readScenario(`scenarios/${name}.json`)
  for (const auth of scenario.auth ?? []) {
    if (auth === 'secret-token') continue
    t.test(`TS-085 ${name} with ${auth}`, async t => {
      const isRefusal = name === 'secret-token-empty'
      const acme = await tenant(isRefusal ? 'aws' : 'entra')
      const { settings, rotateKeys } = await acceptedCredentials(
        t,
        isRefusal ? await tenant('entra') : acme,
        auth,
      )
      const result = await runScenario(scenario, {
        target: {
          send: httpEndpoint({ tenantUrl: acme.url }),
          requestToken: tokenRequester(settings, {}),
          refreshOn401: true,
        },
        listMembers: acme.listMembers,
        advanceClock: acme.advanceClock,
        rotateKeys,
      })
      const failures = result.steps.flatMap(({ step, checks }) =>
        checks.filter(({ outcome }) => outcome !== 'met').map(check => ({ at: step.place, ...check })),
      )
      t.same(failures, [])
    })
  }
}

const flagsOf = (settings: RequestedCredentials) =>
  'tokenEndpoint' in settings
    ? ['--auth', settings.auth, '--token-endpoint', settings.tokenEndpoint, '--client-id', settings.clientId]
    : []
const secretOf = (settings: RequestedCredentials) => ('clientSecret' in settings ? settings.clientSecret : '')

t.test('TS-085 secret-rotated: the program creates and deletes the secrets over the console', async t => {
  const acme = await tenant('entra')
  const { settings } = await acceptedCredentials(t, acme, 'client-credentials')
  const { code, out, err } = await run(
    ['entra', 'run', 'secret-rotated', '--url', acme.url, ...flagsOf(settings), '--console', acme.console],
    { SCIMULATOR_ENTRA_CLIENT_SECRET: secretOf(settings) },
  )
  t.same([code, err], [0, ''], out)
  t.match(out, /\n\d+ checks passed\.\n$/)
  t.notMatch(out, /scimulator-secret-/)
  const { items } = await acme.fromConsole('/clients')
  t.equal(items[0].secrets.length, 1)
  t.notOk(secretOf(settings).endsWith(items[0].secrets[0].ending), 'the old one is deleted')
})

t.test('TS-085 a scenario reports what it requires', async t => {
  const acme = await tenant('entra')
  const { settings } = await acceptedCredentials(t, acme, 'client-credentials')
  const runScenarioNamed = (name: string, ...flags: readonly string[]) =>
    run(['entra', 'run', name, '--url', acme.url, ...flags], {
      SCIMULATOR_ENTRA_CLIENT_SECRET: secretOf(settings),
      SCIMULATOR_ENTRA_TOKEN: acme.token,
    })
  t.same(await runScenarioNamed('secret-expired'), {
    code: 2,
    out: '',
    err: 'scimulator: This scenario requires --auth client-credentials.\n',
  })
  t.same(await runScenarioNamed('keys-rotated', ...flagsOf(settings)), {
    code: 2,
    out: '',
    err: 'scimulator: This scenario requires --auth entra-token or federation.\n',
  })
  t.match(await runScenarioNamed('secret-rotated', ...flagsOf(settings)), {
    code: 1,
    out: /FAIL the step can be carried out: "createSecret" requires --console and --auth client-credentials /,
  })
})

t.test('TS-085 steps about tokens require a job that requests them', async t => {
  const { target } = await tenant('entra')
  const reasons = {
    expireSecret:
      '"expireSecret" requires a job that requests access tokens: --auth client-credentials, for example.',
    rotateKeys: '"rotateKeys" requires --issuer with the address of `scimulator entra issuer`.',
  }
  for (const [step, reason] of Object.entries(reasons)) {
    const directory = { users: [], groups: [], assignments: [] }
    const scenario = await scenarioFrom({ name: 'Mine', directory, steps: [{ do: step }] }, 'mine.json')
    const { steps } = await runScenario(scenario, { target })
    t.match(steps[0]?.checks, [{ claim: 'the step can be carried out', outcome: 'notMet', reason }])
  }
})
