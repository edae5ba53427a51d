import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RequestedCredentials } from '../../src/provisioning/entra/credentials/create-credentials.ts'
import type { Json } from '../../src/scim/json.ts'
import { run } from '../http/cli/run.ts'
import { startAuthorizationServer } from '../support/authorization-server.ts'
import { acceptedCredentials } from '../support/entra-credentials.ts'
import { type TenantOfTest, tenantMaker } from '../support/entra-tenants.ts'

// Each way of authentication, through whole cycles of the program, at a tenant of profile entra.

const tenant = await tenantMaker(t)

/** The options of the program for these credentials, without the client secret. */
function flagsOf(settings: RequestedCredentials): readonly string[] {
  const endpoint =
    'tokenEndpoint' in settings
      ? ['--token-endpoint', settings.tokenEndpoint, '--client-id', settings.clientId]
      : []
  const issuer = 'issuer' in settings ? ['--issuer', settings.issuer] : []
  return ['--auth', settings.auth, ...endpoint, ...issuer]
}

/** Runs Test Connection, the initial cycle, an incremental one and provisioning on demand. */
async function provision(
  t: Test,
  { url, fromConsole }: TenantOfTest,
  flags: readonly string[],
  secret = 'none',
): Promise<void> {
  const folder = t.testdir()
  const job = [
    ...['--url', url, '--mapping', 'aws', '--directory', 'samples/springfield.json'],
    ...['--state', join(folder, 'state.json'), ...flags],
  ]
  const entra = (...args: readonly string[]) =>
    run(['entra', ...args], secret === 'none' ? {} : { SCIMULATOR_ENTRA_CLIENT_SECRET: secret })
  const outputs = [
    await entra('test-connection', ...job),
    await entra('sync', ...job),
    await entra('sync', ...job),
    await entra('on-demand', 'marge.simpson@springfield.example', ...job),
  ]
  t.same(
    outputs.map(({ code, err }) => [code, err]),
    outputs.map(() => [0, '']),
  )
  t.match(outputs[1]?.out, /^Initial cycle completed: [\s\S]*^Created: 10$/m)
  t.match(outputs[2]?.out, /^Incremental cycle completed: /)
  const users = (await fromConsole('/users?limit=200')) as { readonly items: readonly Json[] }
  t.equal(users.items.length, 6)
  const written = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'))
  const everything = [...written, ...outputs.flatMap(({ out, err }) => [out, err])].join('\n')
  t.notMatch(everything, /eyJ|scimulator-access-/, 'no token is stored or printed')
  if (secret !== 'none') t.notOk(everything.includes(secret), 'nor is the client secret')
}

for (const clientAuth of ['post', 'basic'] as const) {
  t.test(`client credentials in ${clientAuth}, at an authorization server`, async t => {
    const acme = await tenant('entra')
    const secret = 'a secret of +%:/ characters'
    const audience = 'https://scim.example/acme'
    const client = { id: 'entra:job', secret }
    const server = await startAuthorizationServer(t, { client, clientAuth, audience })
    await acme.call('POST', '/issuers', {
      kind: 'oauth',
      issuer: server.issuer,
      audiences: [audience],
      clients: [client.id],
      scopes: { read: 'scim.read', write: 'scim.write' },
    })
    const flags = ['--auth', 'client-credentials', '--token-endpoint', server.tokenEndpoint]
    const more = ['--client-id', client.id, '--client-auth', clientAuth]
    await provision(t, acme, [...flags, ...more, '--oauth-scope', 'scim.read scim.write'], secret)
    t.equal(server.tokenRequests(), 4, 'one token for each run of the program')
  })

  t.test(`client credentials in ${clientAuth}, at Scimulator's token endpoint`, async t => {
    const acme = await tenant('entra')
    const { settings } = await acceptedCredentials(t, acme, 'client-credentials')
    const secret = 'clientSecret' in settings ? settings.clientSecret : ''
    await provision(t, acme, [...flagsOf(settings), '--client-auth', clientAuth], secret)
  })
}

for (const auth of ['entra-token', 'federation'] as const) {
  for (const asMicrosoft of [false, true]) {
    t.test(`TS-084 ${auth} of ${asMicrosoft ? 'Microsoft’s issuer' : 'the stand-in'}`, async t => {
      const acme = await tenant('entra')
      const { settings } = await acceptedCredentials(t, acme, auth, { asMicrosoft })
      await provision(t, acme, flagsOf(settings))
    })
  }
}
