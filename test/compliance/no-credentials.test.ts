import t, { type Test } from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { type Break, error } from './mutants/break.ts'
import { startFaultyServer } from './mutants/faulty-server.ts'
import { runOptions } from './small-server.ts'

const only = ['rfc/authentication', 'entra/probe', 'aws/service/missing-token']
const headers = { 'X-Api-Key': 'the-key', 'X-Tenant': '7' }
const refused = {
  ...error(401),
  headers: { 'content-type': 'application/scim+json', 'www-authenticate': 'Key' },
}

/** The checks of missing credentials that fail behind a gateway with the server’s token. */
async function failuresBehind(t: Pick<Test, 'teardown'>, gate: (own: string) => Break, ownToken: boolean) {
  const server = await startFaultyServer('entra')
  t.teardown(server.close)
  server.breakBy(gate(`Bearer ${server.token}`))
  const { result } = await runChecks({
    ...runOptions(server.url, checks, { as: ['rfc', 'entra', 'aws'], only, headers }),
    token: ownToken ? server.token : undefined,
  })
  return result.outcomes.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check.id)
}

t.test('requests without credentials omit a key that grants access', async t => {
  const gate =
    (own: string): Break =>
    async (request, next) =>
      request.headers['x-api-key'] === headers['X-Api-Key']
        ? next({ ...request, headers: { ...request.headers, authorization: own } })
        : refused
  t.same(await failuresBehind(t, gate, false), ['rfc/authentication/challenge-advertised'])
})

t.test('requests without credentials name the tenant that a server requires', async t => {
  const gate = (): Break => async (request, next) =>
    request.headers['x-tenant'] === headers['X-Tenant'] ? next(request) : error(400)
  t.same(await failuresBehind(t, gate, true), [])
})
