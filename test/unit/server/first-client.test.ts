import t from 'tap'
import { readConfig } from '../../../src/server/config.ts'
import { flagsOf, testDatabase, testLease } from '../../support/database.ts'
import { createSchema, skipWithoutPostgres } from '../../support/postgres.ts'
import { startWith } from '../../support/started-server.ts'
import { createTokenForm } from '../../support/token-form.ts'

const secret = 'ci-secret-of-my-tests'
const client = ['--client-id=ci', `--client-secret=${secret}`]

const problemsOf = (...args: readonly string[]): readonly string[] => {
  try {
    readConfig({ args, environment: {}, isTerminal: false })
    return []
  } catch (error) {
    return (error as { readonly problems: readonly string[] }).problems
  }
}

t.test('TS-002 with the profile aws, a client is a mistake', async t => {
  t.same(problemsOf(...client), [
    '--client-id needs --profile entra or rfc: AWS has no token endpoint.',
    '--client-secret needs --profile entra or rfc: AWS has no token endpoint.',
  ])
})

t.test('a client needs an ID and a secret of at least 16 characters', async t => {
  const profile = '--profile=rfc'
  t.same(problemsOf(profile, ...client), [])
  const together = 'Use --client-id and --client-secret together, or neither.'
  t.same(problemsOf(profile, '--client-id=ci'), [together])
  t.same(problemsOf(profile, `--client-secret=${secret}`), [together])
  t.match(problemsOf(profile, '--client-id=ci', '--client-secret=short'), [/^--client-secret.*16 to 256/])
  t.match(problemsOf(profile, '--client-id=a b', `--client-secret=${secret}`), [/^--client-id.*1 to 128/])
})

t.test('the secret is masked among the settings', async t => {
  const config = readConfig({ args: ['--profile=rfc', ...client], environment: {}, isTerminal: false })
  t.notMatch(JSON.stringify(config.effectiveSettings), secret)
})

const requestToken = (endpoint: string | undefined) =>
  fetch(endpoint ?? '', { method: 'POST', body: createTokenForm('ci', secret) })

const readUsers = async (endpoint: string, token: string): Promise<number> =>
  (await fetch(`${endpoint}/Users`, { headers: { authorization: `Bearer ${token}` } })).status

t.test('TS-063 clients and access tokens survive a restart', async t => {
  const flags = [
    ...flagsOf(await testDatabase(t, `${t.testdir()}/scimulator.db`)),
    '--profile=rfc',
    '--tenant=acme',
    ...client,
  ]
  const first = await startWith(t, flags)
  const { access_token } = (await (await requestToken(first.tokenEndpoint)).json()) as {
    readonly access_token: string
  }
  t.equal(await readUsers(first.endpoint, access_token), 200)
  await first.close()
  const second = await startWith(t, flags)
  t.equal(await readUsers(second.endpoint, access_token), 200)
  t.equal((await requestToken(second.tokenEndpoint)).status, 200)
})

t.test(
  'TS-067 a token that one instance issued and another revoked is rejected by both',
  {
    skip: skipWithoutPostgres,
  },
  async t => {
    const postgres = { ...(await createSchema(t)), lanes: 1, readers: 2, lease: testLease }
    const flags = [...flagsOf({ postgres }), '--profile=rfc', '--tenant=acme', ...client]
    const one = await startWith(t, flags)
    const other = await startWith(t, flags)
    const { access_token } = (await (await requestToken(one.tokenEndpoint)).json()) as {
      readonly access_token: string
    }
    const statuses = () => Promise.all([one, other].map(({ endpoint }) => readUsers(endpoint, access_token)))
    t.same(await statuses(), [200, 200])
    const tokens = `${other.console}/api/v1/tenants/acme/access-tokens`
    const { items } = (await (await fetch(tokens)).json()) as {
      readonly items: readonly { readonly id: string }[]
    }
    t.equal((await fetch(`${tokens}/${items[0]?.id}`, { method: 'DELETE' })).status, 204)
    t.same(await statuses(), [401, 401])
  },
)

t.test('a tenant of aws has no token endpoint', async t => {
  const server = await startWith(t, flagsOf(await testDatabase(t)))
  t.equal(server.tokenEndpoint, undefined)
  t.equal((await requestToken(server.endpoint.replace('/scim/v2', '/oauth2/token'))).status, 401)
})
