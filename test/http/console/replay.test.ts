import t from 'tap'
import type { Exchange } from '../../../src/domain/journal/exchange.ts'
import { patchOp } from '../../support/scim.ts'
import { groupSchema, userSchema } from '../cli/server.ts'
import { buildTestConsole, problem } from './console-app.ts'

const bulkSchema = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'
const anna = { schemas: [userSchema], userName: 'anna@example.com', displayName: 'Anna' }

/** The newest request of the journal, and a function that replays it. */
async function fixture(t: Parameters<typeof buildTestConsole>[0], profile: 'aws' | 'entra' | 'rfc' = 'rfc') {
  const test = await buildTestConsole(t, profile)
  const newest = async (): Promise<Exchange> => {
    const [exchange] = (await test.deps.journal.page({ limit: 1 })).items
    if (!exchange) throw new Error('The journal is empty.')
    return exchange
  }
  const replay = (id: string, as?: 'caller' | 'console') =>
    test.callApi('POST', `/api/v1/exchanges/${id}/replay`, as && { as })
  const replayNewest = async (as?: 'caller' | 'console') => {
    const before = await newest()
    const { status, body } = await replay(before.id, as)
    const after = await test.deps.journal.find(body.exchange)
    if (!after) throw new Error(`${status}: ${JSON.stringify(body)}`)
    return { before, after, body }
  }
  return { ...test, newest, replay, replayNewest }
}

/** The properties that a replay shares with the original. */
const wire = ({ method, url, request: { headers, body } }: Exchange) => {
  const { authorization, host, ...rest } = headers
  return { method, url, headers: rest, body }
}

t.test('a look-up is replayed unchanged', async t => {
  const { client, replayNewest } = await fixture(t)
  await client.create('Users', anna)
  const filter = encodeURIComponent('userName eq "ANNA@example.com"')
  await client.get(`/Users?filter=${filter}&attributes=displayName`, {
    accept: 'application/json',
    'user-agent': 'a client',
  })
  const { before, after, body } = await replayNewest()
  t.same(body, { exchange: after.id, status: 200 })
  t.same(wire(after), wire(before))
  t.equal(after.response.body, before.response.body?.replaceAll('localhost:80', '127.0.0.1:8080'))
  t.same(after.token, undefined)
  t.equal(after.replayOf, before.id)
  t.equal(before.replayOf, undefined)
})

t.test('a replayed creation is rejected like a second creation by the client', async t => {
  const { client, replayNewest } = await fixture(t)
  await client.create('Users', anna)
  const { before, after, body } = await replayNewest()
  t.same(wire(after), wire(before))
  t.same([before.status, after.status, body.status], [201, 409, 409])
})

t.test('each kind of write is replayed', async t => {
  const { client, replayNewest } = await fixture(t)
  const { id } = await client.create('Users', anna)
  const again = async (name: string, status: number) => {
    const { before, after } = await replayNewest()
    t.same(wire(after), wire(before), name)
    t.equal(after.status, status, name)
    t.equal(after.action, before.action, name)
  }
  await client.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })
  await again('PATCH', 200)
  await client.put(`/Users/${id}`, { ...anna, displayName: 'Anna Berg' })
  await again('PUT', 200)
  await client.post('/Users/.search', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
    filter: 'displayName eq "Anna Berg"',
  })
  await again('POST .search', 200)
  await client.send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'title', value: 'x' }), {
    'if-match': 'W/"77"',
  })
  await again('If-Match', 412)
  await client.send('POST', '/Users', '{"schemas": [')
  await again('broken JSON', 400)
  await client.send('POST', '/Users', '{}', { 'content-type': 'text/plain' })
  await again('another media type', 415)
  await client.get('/Schemas')
  await again('discovery', 200)
  await client.delete(`/Users/${id}`)
  await again('DELETE', 404)
})

t.test('bodies are replayed byte by byte', async t => {
  const { client, replayNewest } = await fixture(t)
  const body = `{ "schemas": ["${userSchema}"],\n\t"userName":"zoë \\u00e9 😀" }`
  await client.send('POST', '/Users', body)
  const { after } = await replayNewest()
  t.equal(after.request.body, body)
})

t.test('changes of members are replayed', async t => {
  for (const profile of ['aws', 'entra'] as const) {
    const { client, replayNewest } = await fixture(t, profile)
    const user = await client.create('Users', {
      ...anna,
      name: { givenName: 'Anna', familyName: 'Berg' },
    })
    const group = await client.create('Groups', { schemas: [groupSchema], displayName: 'Operators' })
    await client.patch(`/Groups/${group.id}`, { op: 'Add', path: 'members', value: [{ value: user.id }] })
    const { before, after } = await replayNewest()
    t.same([after.status, after.action], [before.status, 'add 1 member'], profile)
  }
})

t.test('a bulk request is replayed, and each of its operations separately', async t => {
  const { client, deps, replay } = await fixture(t)
  await client.post('/Bulk', {
    schemas: [bulkSchema],
    Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: anna }],
  })
  // SQLite lists requests in the order in which they ended, PostgreSQL in that of their arrival.
  const byId = async () =>
    (await deps.journal.page({ limit: 10 })).items.toSorted((one, other) => (one.id < other.id ? 1 : -1))
  const outer = (await byId()).find(({ operation }) => operation === 'bulk')
  const { exchange } = (await replay(outer?.id ?? '')).body
  const after = await deps.journal.find(exchange)
  t.match(after, { status: 200, replayOf: outer?.id })
  const inner = (await byId()).filter(({ parent }) => parent !== undefined)
  t.same(
    inner.map(({ parent, status, replayOf }) => ({ parent, status, replayOf })),
    [
      { parent: after?.id, status: 409, replayOf: outer?.id },
      { parent: outer?.id, status: 201, replayOf: undefined },
    ],
  )
  const { body } = await replay(inner.at(-1)?.id ?? '')
  t.match(await deps.journal.find(body.exchange), {
    method: 'POST',
    status: 409,
    replayOf: inner.at(-1)?.id,
    action: 'create user',
  })
})

/** The response to a replay whose caller has no rights. */
const notValid = (reason: string) => ({
  status: 409,
  body: problem(
    'caller-not-valid',
    'Caller no longer valid',
    409,
    `${reason} Nothing was sent. To send the request with full rights, replay it as console.`,
  ),
})

t.test('a request with rejected credentials is replayed only with the rights of the console', async t => {
  const { app, tenant, newest, replay, replayNewest } = await fixture(t)
  await app.inject({ url: `/${tenant.id}/scim/v2/Users?access_token=abcdefghijklmnopqrst&count=1` })
  const rejected = await newest()
  t.match(await replay(rejected.id), notValid('The caller’s credentials were rejected (no token).'))
  t.equal((await newest()).id, rejected.id, 'nothing was sent')
  const { before, after } = await replayNewest('console')
  t.same([before.status, before.refusal], [401, 'missing'])
  t.same([after.status, after.refusal, after.action], [200, undefined, 'list users'])
  t.equal(after.url, `/${tenant.id}/scim/v2/Users?count=1`)
  t.match(
    await replay(after.id),
    notValid('The caller’s credentials were rejected (no token).'),
    'nor is its replay',
  )
})

t.test('R-007 a deletion by a read-only token deletes only with the rights of the console', async t => {
  const { app, client, deps, tenant, newest, replay } = await fixture(t)
  const { id } = await client.create('Users', anna)
  const { text } = await deps.tenants.createToken(tenant, { access: 'read' })
  const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/scim+json' }
  await app.inject({ method: 'DELETE', url: `/${tenant.id}/scim/v2/Users/${id}`, headers })
  const before = await newest()
  t.same([before.status, before.refusal], [403, 'read-only'])
  t.match(await replay(before.id), notValid('The caller’s credentials were rejected (read-only token).'))
  t.equal((await client.get(`/Users/${id}`)).status, 200)
  t.match((await replay(before.id, 'console')).body, { status: 204 })
  t.equal((await client.get(`/Users/${id}`)).status, 404)
})

t.test('a replay has the rights that its caller has now', async t => {
  const { app, callApi, client, deps, tenant, newest, replay } = await fixture(t)
  await client.create('Users', anna)
  const byToken = (await newest()).id
  const send = async (headers: Readonly<Record<string, string>>, method: 'GET' | 'POST' = 'GET') => {
    await app.inject({
      method,
      url: `/${tenant.id}/scim/v2/Users`,
      headers: { 'content-type': 'application/scim+json', ...headers },
      ...(method === 'POST' && { payload: JSON.stringify({ ...anna, userName: 'bert@example.com' }) }),
    })
    return (await newest()).id
  }
  const { client: service, secret } = await deps.oauthClients.create(tenant, { name: 'Service' })
  const issued = await app.inject({
    method: 'POST',
    url: `/${tenant.id}/oauth2/token`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa(`${service.id}:${secret?.text}`)}`,
    },
    payload: 'grant_type=client_credentials',
  })
  const byClient = await send({ authorization: `Bearer ${issued.json().access_token}` }, 'POST')
  t.match(await replay(byToken), { status: 200, body: { status: 409 } })
  t.match(await replay(byClient), { status: 200, body: { status: 409 } })

  await deps.oauthClients.update(tenant, service.id, { access: 'read' })
  const narrowed = await replay(byClient)
  t.match(narrowed, { status: 200, body: { status: 403 } }, 'the client may only read now')
  t.match(await deps.journal.find(narrowed.body.exchange), { refusal: 'read-only', replayOf: byClient })
  await callApi('PUT', `/api/v1/tenants/${tenant.id}/clock`, { advance: '366d' })
  t.match(await replay(byToken), notValid('The caller’s access token has expired.'))
  t.match(await replay(byClient), notValid('The client "Service" no longer has a valid secret.'))
  await deps.oauthClients.remove(tenant, service.id)
  for (const token of deps.tenants.tokens(tenant)) await deps.tenants.deleteToken(tenant, token.id)
  t.match(await replay(byToken), notValid('The caller’s access token has been deleted.'))
  t.match(await replay(byClient), notValid('The client "Service" has been deleted.'))
  t.match(await replay(byClient, 'console'), { status: 200, body: { status: 409 } })
})

t.test('requests of the sample are replayed', async t => {
  const { callApi, deps, tenant, replay } = await fixture(t)
  t.equal((await callApi('POST', `/api/v1/tenants/${tenant.id}/sample`)).status, 200)
  const { items } = await deps.journal.page({ limit: 100 })
  const created = items.find(({ method, url }) => method === 'POST' && url.endsWith('/Users'))
  t.match(await replay(created?.id ?? ''), { status: 200, body: { status: 409 } })
})

t.test('unknown rights are rejected', async t => {
  const { client, callApi, newest } = await fixture(t)
  await client.get('/Users')
  const path = `/api/v1/exchanges/${(await newest()).id}/replay`
  t.match(await callApi('POST', path, { as: 'root' }), { status: 400, body: { type: /invalid-request/ } })
})

t.test('a request that the journal has only in part is not replayed', async t => {
  const { app, callApi, client, deps, tenant, newest, replay, another } = await fixture(t)
  const rejected = async (detail: RegExp, id?: string) => {
    const before = id ?? (await newest()).id
    const { items } = await deps.journal.page({ limit: 200 })
    const result = await replay(before)
    t.match(result, {
      status: 409,
      body: { ...problem('cannot-replay', 'Replay not possible', 409, ''), detail },
    })
    t.equal((await deps.journal.page({ limit: 200 })).items.length, items.length, 'no request was sent')
  }
  await client.post('/Users', { ...anna, nickName: 'x'.repeat(70_000) })
  await rejected(/^The journal stored only part of its body of 7\d{4} bytes/)
  await client.post('/Users', { ...anna, password: 'correct horse battery staple' })
  await rejected(/secret/)
  await client.get(`/Users?filter=${encodeURIComponent('password eq "correct horse"')}`)
  await rejected(/secret/)
  await client.send('POST', '/Users', '{"password": "correct horse",')
  await rejected(/secret/)
  await app.inject({
    method: 'POST',
    url: `/${tenant.id}/scim/v2/Users`,
    headers: { 'content-type': 'application/scim+json' },
    payload: JSON.stringify(anna),
  })
  await rejected(/^Its body was not read/)
  await app.inject({ url: '/nobody/scim/v2/Users' })
  await rejected(/no tenant/)
  const other = await another('rfc')
  await other.client.get('/Users')
  const ofOther = (await newest()).id
  await callApi('DELETE', `/api/v1/tenants/${other.tenant.id}`)
  await rejected(/no longer exists/, ofOther)
  t.match(await replay('nothing'), { status: 404, body: { title: 'Not found' } })
})

t.test('a replay whose response a fault cuts off is in the journal', async t => {
  const { client, callApi, replayNewest } = await fixture(t)
  await client.get('/Users')
  for (const [when, status] of [
    ['before', 444],
    ['after', 200],
  ] as const) {
    const activated = await callApi('POST', '/api/v1/faults', {
      match: {},
      effect: { kind: 'reset', when },
      times: 1,
    })
    t.equal(activated.status, 201)
    const { after, body } = await replayNewest()
    t.same(body, { exchange: after.id, status })
    t.equal(after.fault?.id, activated.body.id)
  }
})

t.test('a replay can be replayed', async t => {
  const { client, replay, newest } = await fixture(t)
  await client.get('/Users')
  const { body } = await replay((await newest()).id)
  const second = await replay(body.exchange)
  t.equal(second.body.status, 200)
  t.equal((await newest()).replayOf, body.exchange)
})

t.test('no internal grant is stored, returned or usable afterwards', async t => {
  const { deps, tenant, client, callApi, newest } = await fixture(t)
  const texts: string[] = []
  const { openInternalToken } = deps.tenants
  deps.tenants.openInternalToken = (...requested) => {
    const pass = openInternalToken(...requested)
    texts.push(pass.text)
    return pass
  }
  await client.get('/Users')
  const result = await callApi('POST', `/api/v1/exchanges/${(await newest()).id}/replay`)
  const [text = ''] = texts
  t.equal(texts.length, 1)
  const { items } = await deps.journal.page({ limit: 10 })
  const seen = JSON.stringify([
    result,
    items,
    await callApi('GET', `/api/v1/exchanges/${result.body.exchange}`),
  ])
  t.notOk(seen.includes(text))
  t.notOk(seen.includes(text.slice(0, 12)))
  t.equal(items[0]?.request.headers.authorization, 'Bearer …pass', 'its random part is not stored')
  t.match(deps.tenants.authenticate(text, tenant.id, Date.now()), { refusal: 'unknown' })
})
