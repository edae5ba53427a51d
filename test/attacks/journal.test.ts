import t from 'tap'
import { flagsOf, testDatabase } from '../support/database.ts'
import { startWith } from '../support/started-server.ts'

const keep = 150

t.test('requests that anybody can send do not delete the requests of clients', async t => {
  const server = await startWith(t, [
    ...flagsOf(await testDatabase(t)),
    `--keep-exchanges=${keep}`,
    '--tenant=acme',
    '--token=the-token-of-the-client',
    '--profile=rfc',
  ])
  const { endpoint, console } = server
  const authorization = 'Bearer the-token-of-the-client'
  const tenant = endpoint.replace('/scim/v2', '')
  const created = await fetch(`${endpoint}/Users`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'barney' }),
  })
  t.equal(created.status, 201)
  const invalid = { headers: { authorization: 'Bearer a-token-that-was-guessed' } }
  const attacks = [
    () => fetch(`${endpoint}/Users`),
    () => fetch(`${endpoint}/Users`, invalid),
    () => fetch(`${endpoint}/ServiceProviderConfig`),
    () => fetch(`${tenant.replace('acme', 'other')}/scim/v2/Users`),
    () => fetch(`${endpoint}/Users`, { method: 'POST', body: '{' }),
    () => fetch(`${tenant}/oauth2/token`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) }),
    () =>
      fetch(`${tenant}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' }),
      }),
    () => fetch(String(server.aws?.url), { method: 'POST', body: '{}' }),
  ]
  const statuses = new Set<number>()
  for (let round = 0; round < 45; round++) {
    const responses = await Promise.all(attacks.map(attack => attack()))
    for (const { status } of responses) statuses.add(status)
  }
  t.notOk(statuses.has(201))
  const list = async (query: string) => {
    const response = await fetch(`${console}/api/v1/exchanges?limit=200&q=${encodeURIComponent(query)}`)
    return ((await response.json()) as { readonly items: readonly { readonly status: number }[] }).items
  }
  t.match(await list('method:POST status:201'), [{ status: 201 }])
  const refused = (await list('-status:201')).length
  t.ok(refused >= 100 && refused < 360, `${refused} of 360 refused requests are stored`)
})
