import t from 'tap'
import { tokenRequester } from '../../src/entra/credentials/create-credentials.ts'
import { httpEndpoint } from '../../src/entra/http-target.ts'
import { readScenario } from '../../src/entra/scenario/read-scenario.ts'
import { runScenario } from '../../src/entra/scenario/run-scenario.ts'
import { acceptedCredentials } from '../support/entra-credentials.ts'
import { shippedWithAuth } from '../support/entra-scenarios.ts'
import { tenantMaker } from '../support/entra-tenants.ts'

// The scenarios about credentials, at a tenant of profile entra, or aws for the refusal that only it shows.

const tenant = await tenantMaker(t)

for (const name of shippedWithAuth) {
  const scenario = await readScenario(`scenarios/${name}.json`)
  for (const auth of scenario.auth ?? []) {
    if (auth === 'secret-token') continue
    t.test(`TS-085 ${name} with ${auth}`, async t => {
      const isRefusal = name === 'secret-token-empty'
      const acme = await tenant(isRefusal ? 'aws' : 'entra')
      const { settings, standIn } = await acceptedCredentials(
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
        ...(standIn && { rotateKeys: standIn.rotateKeys }),
      })
      const failures = result.steps.flatMap(({ step, checks }) =>
        checks.filter(({ outcome }) => outcome !== 'met').map(check => ({ at: step.place, ...check })),
      )
      t.same(failures, [])
    })
  }
}
