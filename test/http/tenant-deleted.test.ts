import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createSigningKey, signJwt, startIssuer } from '../support/jwt-issuer.ts'
import { buildSocketTest, type SocketTest } from '../support/over-socket.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp, type TestApp, type TestResponse } from '../support/scim.ts'

const newest = async ({ deps }: TestApp) => (await deps.journal.page({ limit: 1 })).items[0]
const deleteTenant = ({ deps, tenant }: TestApp) => deps.tenants.remove(tenant.id)

/** The response of a tenant that never existed. */
const unknown = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: '401',
  detail: 'The request needs a valid access token of this tenant: "Authorization: Bearer <token>".',
}

const isUnknownTenant = async (t: Tap, test: TestApp, result: Pick<TestResponse, 'status' | 'body'>) => {
  t.same(result, { status: 401, body: unknown })
  const row = (await test.deps.journal.page({ limit: 1 })).items[0]
  const { status, action, refusal, tenant, token, target } = row ?? {}
  t.same(
    { status, action, refusal, tenant, token, target },
    {
      status: 401,
      action: 'rejected: unknown token',
      refusal: 'unknown',
      tenant: undefined,
      token: undefined,
      target: undefined,
    },
  )
  t.same(await test.deps.directory.counts([test.tenant.key]), [{}], 'nothing of it is left')
}
type Tap = Pick<typeof t, 'same'>

/** Starts a POST that a fault delays until the server closes. */
async function startDelayedPost(
  test: SocketTest,
): Promise<() => Promise<Pick<TestResponse, 'status' | 'body'>>> {
  await test.activate({ kind: 'delay', milliseconds: 600_000 })
  const affected = test.nextHit()
  const requested = test.request('POST', '/Users', aUser('marge'))
  await affected
  return async () => {
    await test.app.close()
    const { status, text } = await requested
    return { status, body: JSON.parse(text) }
  }
}

t.test('a delayed request whose tenant is deleted meanwhile stores nothing', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const finish = await startDelayedPost(test)
  await deleteTenant(test)
  await isUnknownTenant(t, test, await finish())
})

t.test('a new tenant with the same id has nothing of the old one', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const finish = await startDelayedPost(test)
  await deleteTenant(test)
  const sameName = await test.deps.tenants.create({ profile: 'rfc' }, test.tenant.id)
  await isUnknownTenant(t, test, await finish())
  t.same(await test.deps.directory.counts([sameName.key]), [{}])
})

t.test('a delayed request gets the response of the tenant’s new profile', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const finish = await startDelayedPost(test)
  await test.deps.tenants.update(test.tenant.id, { profile: 'aws' })
  t.match(await finish(), { status: 201 })
  t.match((await test.deps.journal.page({ limit: 1 })).items, [
    { profile: 'aws', response: { headers: { 'content-type': 'application/json' } } },
  ])
})

/** Sends the headers of a POST, then its body after `meanwhile`. */
async function postAround(
  test: SocketTest,
  token: string,
  meanwhile: () => unknown,
): Promise<Pick<TestResponse, 'status' | 'body'>> {
  const { hostname, port, pathname } = new URL(test.url)
  const body = JSON.stringify(aUser('marge'))
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST ${pathname}/Users HTTP/1.1\r\nHost: scim.example\r\nAuthorization: Bearer ${token}\r\n` +
      'Expect: 100-continue\r\nConnection: close\r\nContent-Type: application/scim+json\r\n' +
      `Content-Length: ${body.length}\r\n\r\n`,
  )
  // The server requests the body. It may reject the request before the body has arrived.
  await once(socket, 'data')
  socket.pause()
  await meanwhile()
  socket.write(body)
  const [head = '', result = ''] = (await text(socket)).split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body: JSON.parse(result) }
}

t.test('a request whose tenant is deleted while its body arrives stores nothing', async t => {
  const test = await buildSocketTest(t, 'rfc')
  await isUnknownTenant(t, test, await postAround(test, test.token, () => deleteTenant(test)))
})

t.test('a request whose token is deleted or expires while its body arrives stores nothing', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const { tenants, directory } = test.deps
  for (const [refusal, end] of [
    ['deleted', (id: string) => tenants.deleteToken(test.tenant, id)],
    ['expired', (id: string) => tenants.expireToken(test.tenant, id)],
  ] as const) {
    const { token, text } = await tenants.createToken(test.tenant)
    t.same(await postAround(test, text, () => end(token.id)), { status: 401, body: unknown }, refusal)
    t.match(await newest(test), { refusal, token: { id: token.id }, action: `rejected: token ${refusal}` })
  }
  t.same(await directory.counts([test.tenant.key]), [{}])
  const { token, text } = await tenants.createToken(test.tenant)
  t.match(await postAround(test, text, () => undefined), { status: 201 })
  t.equal(tenants.tokens(test.tenant).find(({ id }) => id === token.id)?.uses, 1, 'a request is one use')
})

t.test('a request whose client or issuer is deleted while its body arrives stores nothing', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const { oauthClients, issuers, directory } = test.deps
  const { client, secret } = await oauthClients.create(test.tenant)
  const issue = async () => {
    const grant = { client: client.id, access: 'full', scope: 'scim', lifetime: 3600 } as const
    const issued = await oauthClients.issue(test.tenant, { ...grant, secret: secret?.secret.id ?? '' })
    if (!issued) throw new Error('No access token was issued.')
    return issued
  }
  const revoked = await issue()
  t.same(
    await postAround(test, revoked.text, () => oauthClients.revoke(test.tenant, revoked.token.id)),
    { status: 401, body: unknown },
    'an access token that is revoked',
  )
  t.match(await newest(test), { refusal: 'deleted', credential: { client: client.id } })
  const restricted = await issue()
  t.match(
    await postAround(test, restricted.text, () =>
      oauthClients.update(test.tenant, client.id, { access: 'read' }),
    ),
    { status: 403 },
    'a client that may only read from now on',
  )

  const key = await createSigningKey('one')
  const { issuer } = await startIssuer(t, key.jwk)
  const audience = 'https://scim.example'
  const trusted = await issuers.create(test.tenant, {
    ...{ kind: 'oauth', name: 'Keycloak', access: 'full', issuer, audiences: [audience] },
  })
  const exp = Math.floor(Date.now() / 1000) + 600
  const jwt = await signJwt(key, { iss: issuer, aud: audience, sub: 'x', client_id: 'x', exp })
  t.match(
    await postAround(test, jwt, () => issuers.remove(test.tenant, trusted.id)),
    { status: 401 },
    'an issuer that is not trusted any more',
  )
  t.same(await directory.counts([test.tenant.key]), [{}])
})

t.test('a request whose tenant is deleted while its password is hashed stores nothing', async t => {
  const test = await buildTestApp(t, 'rfc')
  const requested = test.client.post('/Users', aUser('marge', { password: 'correct horse battery' }))
  await deleteTenant(test)
  await requested
  t.same(await test.deps.directory.counts([test.tenant.key]), [{}])
})
