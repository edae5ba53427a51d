import pino from 'pino'
import t, { type Test } from 'tap'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import type { ExchangeQuery, Journal } from '../../src/domain/ports/journal.ts'
import type { FindLabel } from '../../src/scim-api/http/recording.ts'
import { openServices } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { testDatabase } from '../support/database.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp, type TestApp } from '../support/scim.ts'
import { createServer } from '../support/test-server.ts'

const stored = async ({ deps }: TestApp, query: Partial<ExchangeQuery> = {}) =>
  (await deps.journal.page({ limit: 200, ...query })).items

t.test('each request is a row: client, operation, target and summary', async t => {
  const server = await buildTestApp(t, 'rfc')
  const { client, tenant } = server
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family'))
  await client.get(`/Users/${user.id}`)
  await client.get('/Users?filter=userName%20eq%20%22marge%22')
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: true })
  await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: user.id }] })
  await client.put(`/Users/${user.id}`, aUser('marge'))
  await client.delete(`/Users/${user.id}`)
  await client.get('/Schemas')

  const rows = (await stored(server)).toReversed()

  const aboutUser = { type: 'User', id: user.id, label: 'marge' }
  const aboutGroup = { type: 'Group', id: group.id, label: 'Family' }
  t.match(
    rows.map(({ method, status, action, target }) => ({ method, status, action, target })),
    [
      { method: 'POST', status: 201, action: 'create user', target: aboutUser },
      { method: 'POST', status: 201, action: 'create group', target: aboutGroup },
      { method: 'GET', status: 200, action: 'read user', target: aboutUser },
      { method: 'GET', status: 200, action: 'look up user by userName', target: aboutUser },
      { method: 'PATCH', status: 200, action: 'disable user', target: aboutUser },
      { method: 'PATCH', status: 200, action: 'enable user', target: aboutUser },
      { method: 'PATCH', status: 200, action: 'add 1 member', target: aboutGroup },
      { method: 'PUT', status: 200, action: 'replace user (enabled)', target: aboutUser },
      { method: 'DELETE', status: 204, action: 'delete user', target: aboutUser },
      { method: 'GET', status: 200, action: 'read schemas' },
    ],
  )
  t.ok(rows.every(row => row.tenant === tenant.id && row.profile === 'rfc' && row.token))
})

t.test('a row has the current name of its resource, and a failed creation has the requested one', async t => {
  const server = await buildTestApp(t, 'rfc')
  const { client } = server
  const user = await client.create('Users', aUser('marge'))
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'userName', value: 'marjorie' })
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'userName', value: 'm'.repeat(100) })
  await client.post('/Users', aUser('lisa', { active: 'yes' }))
  await client.post('/Groups', aGroup('Family', [], { externalId: 7 }))
  await client.post('/Users', { userName: 7 })
  await client.get('/Users/nobody')

  const rows = (await stored(server)).toReversed()

  t.same(
    rows.map(({ target }) => target),
    [
      { type: 'User', id: user.id, label: 'marge' },
      { type: 'User', id: user.id, label: 'marjorie' },
      { type: 'User', id: user.id, label: `${'m'.repeat(80)}…` },
      { type: 'User', label: 'lisa' },
      { type: 'Group', label: 'Family' },
      { type: 'User' },
      { type: 'User', id: 'nobody' },
    ],
  )
})

t.test('a row has the request id that the client received, and both bodies', async t => {
  const server = await buildTestApp(t, 'rfc')
  const sent = aUser('marge')
  const { headers, body } = await server.client.post('/Users', sent)

  const [row] = await stored(server)

  t.equal(row?.id, headers['request-id'])
  t.same(JSON.parse(row?.request.body ?? ''), sent)
  t.same(JSON.parse(row?.response.body ?? ''), body)
})

t.test('rows of rejected requests have the reason', async t => {
  const server = await buildTestApp(t, 'rfc')
  const { app, deps, tenant, another } = server
  const expired = await deps.tenants.createToken(tenant)
  await deps.tenants.expireToken(tenant, expired.token.id)
  const deleted = await deps.tenants.createToken(tenant)
  await deps.tenants.deleteToken(tenant, deleted.token.id)
  const other = await another('rfc')
  const root = `/${tenant.id}/scim/v2`
  await app.inject({ url: `${root}/Users` })
  for (const token of ['nobody', expired.text, deleted.text, other.token])
    await createScimClient(app, root, token).post('/Users', aUser('intruder'))

  const rows = (await stored(server)).toReversed()

  t.same(
    rows.map(({ status, refusal, action }) => [status, refusal, action]),
    [
      [401, 'missing', 'rejected: no token'],
      [401, 'unknown', 'rejected: unknown token'],
      [401, 'expired', 'rejected: token expired'],
      [401, 'deleted', 'rejected: token deleted'],
      [401, 'other-tenant', 'rejected: token of another tenant'],
    ],
  )
})

t.test('malformed requests are rows, too', async t => {
  const server = await buildTestApp(t, 'rfc')
  const { client } = server
  const user = await client.create('Users', aUser('marge'))
  await client.post('/Users', '{"userName":')
  await client.send('POST', '/Users', 'userName=x', { 'content-type': 'text/plain' })
  await client.post('/Users', { title: 'x'.repeat(1_048_576) })
  await client.post('/Users', aUser('marge'))
  await client.get('/Printers')
  await client.send('DELETE', '/Users')
  await client.post(`/Users/${user.id}`, {})
  await client.put('/Schemas', {})
  await client.get('/Me')
  await client.post('/Users/.search', {})
  await client.get('/Users?filter=x')
  await client.send('PATCH', `/Users/${user.id}`, patchOp({ op: 'move' }))

  const rows = (await stored(server)).toReversed().slice(1)

  t.same(
    rows.map(({ status, action }) => [status, action]),
    [
      [400, 'malformed request'],
      [415, 'malformed request'],
      [413, 'malformed request'],
      [409, 'create user'],
      [404, 'unknown address'],
      [405, 'unsupported: DELETE on /Users'],
      [405, 'unsupported: POST on /Users/{id}'],
      [405, 'unsupported: PUT on /Schemas'],
      [501, 'unsupported: /Me'],
      [400, 'list users'],
      [400, 'list users'],
      [400, 'change user'],
    ],
  )
  t.equal(rows[0]?.request.body, '{"userName":', 'the body is stored as sent')
  t.equal(rows[1]?.request.body, 'userName=x')
})

t.test('the profile rule that rejected a request is recorded', async t => {
  const server = await buildTestApp(t, 'aws')
  await server.client.get('/Users?filter=title%20eq%20%22x%22')
  t.match(await stored(server), [{ status: 400, rule: 'aws/filters', profile: 'aws' }])
})

t.test('R-010 R-057 a token or password is in no row, response or history', async t => {
  const server = await buildTestApp(t, 'rfc')
  const { app, deps, tenant, token, client } = server
  const secret = 'hunter2-hunter2'
  const signature = '0123456789abcdef'.repeat(4)
  const user = await client.create('Users', aUser('marge', { password: secret }))
  await client.put(`/Users/${user.id}`, aUser('marge', { password: secret }))
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'password', value: secret })
  await client.patch(`/Users/${user.id}`, { op: 'replace', value: { PassWord: secret } })
  await client.post('/Users', `{"userName":"x","password":"${secret}",`)
  await client.get(`/Users?filter=${encodeURIComponent(`password eq "${secret}"`)}`)
  await client.get(`/Users/${user.id}?attributes=password`)
  await client.get(`/Users?access_token=${token}`)
  await client.get(`/Users?sv=2024-11-04&sig=${signature}`)
  await client.get('/Users', { referer: `https://x.example/a?X-Amz-Signature=${signature}` })
  await createScimClient(app, `/${tenant.id}/scim/v2`, 'nobodys-secret-token').get('/Users')

  const rows = JSON.stringify(await stored(server))
  const history = JSON.stringify(await deps.directory.history(tenant.key, 'User', user.id, { limit: 50 }))
  const identity = JSON.stringify(await deps.directory.identity(tenant.key, 'User', user.id))
  const shown = JSON.stringify((await client.get('/Users?attributes=password,userName')).body)

  for (const text of [secret, token, signature, 'nobodys-secret-token']) {
    t.notOk(rows.includes(text), 'the journal')
    t.notOk(`${history}${identity}${shown}`.includes(text), 'history, directory and responses')
  }
})

const token = 'Kx7/first+token=of-acme&Zr5'

t.test('a token at the cut of a truncated body is masked completely', async t => {
  const server = await createServer({ profile: 'rfc', tenant: 'acme', token })
  t.teardown(() => server.close())
  const cut = 64 * 1024
  for (const [before, body] of [
    ['', 'x'.repeat(cut - 10) + token + 'y'.repeat(cut)],
    ['many others', `${token} `.repeat(10_000)],
  ] as const) {
    await fetch(`${server.url}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body,
    })
    const callApi = async (path: string) =>
      JSON.parse(await (await fetch(`${server.console}/api/v1/exchanges${path}`)).text())
    const { items } = await callApi('?limit=1')
    const { request } = await callApi(`/${items[0].id}`)
    t.equal(request.cutFrom, body.length)
    t.ok(request.body.length <= cut)
    t.notMatch(request.body, /Kx7/, `behind ${before || 'nothing'}`)
  }
})

t.test('the journal stores the beginning of long lists, and servers for tests store the whole', async t => {
  const app = await buildTestApp(t, 'rfc')
  await using server = await createServer({ profile: 'rfc' })
  const resource = aUser('marge', { title: 'x'.repeat(20_000) })
  const { id } = await app.client.create('Users', resource)
  const list = JSON.stringify((await app.client.get('/Users')).body)
  await app.client.get(`/Users/${id}`)
  await app.client.get('/Users?filter=title+pr')
  t.match(
    (await stored(app)).slice(0, 3).map(({ operation, response }) => [operation, response]),
    [
      ['search', { body: list.slice(0, 16_384), cutFrom: list.length }],
      ['read', { body: /x{20000}/, cutFrom: undefined }],
      ['list', { body: list.slice(0, 16_384), cutFrom: list.length }],
    ],
  )
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' }
  await fetch(`${server.url}/Users`, { method: 'POST', headers, body: JSON.stringify(resource) })
  await fetch(`${server.url}/Users`, { headers })
  const [listed] = await server.requests('operation:list')
  t.match(listed?.response, { body: /x{20000}.*\}$/, cutFrom: undefined })
})

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

/** A listener whose labels come from a function, as from a slow engine. */
async function openWith(t: Test, { findLabel, room }: { findLabel?: FindLabel; room?: Journal['room'] }) {
  const logger = pino({ level: 'silent' })
  const services = await openServices({ profile: 'rfc', ...(await testDatabase(t)) }, logger)
  const app = buildScimApp(
    {
      ...services.scim,
      ...(findLabel && { findLabel }),
      ...(room && { journal: { ...services.scim.journal, room } }),
    },
    logger,
  )
  t.teardown(async () => {
    await app.close()
    await services.close()
  })
  const tenant = await services.tenants.create({ profile: 'rfc' })
  const { text } = await services.tenants.createToken(tenant)
  const items: Exchange[] = []
  t.teardown(services.journal.subscribe(({ exchange }) => items.push(exchange())))
  const recorded = async () => {
    await nextTurn()
    return items.map(({ url, target }) => [url.replace(/.*v2/, ''), target?.label])
  }
  return { app, recorded, client: createScimClient(app, `/${tenant.id}/scim/v2`, text) }
}

t.test('requests wait while the journal has no room', async t => {
  const waits = [Promise.withResolvers<void>()]
  const { client, recorded } = await openWith(t, { room: () => waits.shift()?.promise })
  const [first] = waits
  const waiting = client.get('/Users?startIndex=1')
  t.equal((await client.get('/Users?startIndex=2')).status, 200)
  t.same(await recorded(), [['/Users?startIndex=2', undefined]])
  first?.resolve()
  t.equal((await waiting).status, 200)
  t.same((await recorded()).at(-1), ['/Users?startIndex=1', undefined])
})

t.test('responses do not wait for labels, and exchanges are recorded in order of responding', async t => {
  const labels = new Map([
    ['slow', Promise.withResolvers<string | undefined>()],
    ['fast', Promise.withResolvers<string | undefined>()],
  ])
  const { recorded, client } = await openWith(t, {
    findLabel: async (_tenant, _type, id) => labels.get(id)?.promise,
  })
  t.equal((await client.get('/Users/slow')).status, 404)
  t.equal((await client.get('/Users/fast')).status, 404)
  t.equal((await client.get('/Users')).status, 200)
  labels.get('fast')?.resolve('second')
  t.same(await recorded(), [])
  labels.get('slow')?.resolve('first')
  t.same(await recorded(), [
    ['/Users/slow', 'first'],
    ['/Users/fast', 'second'],
    ['/Users', undefined],
  ])
  t.equal((await client.get('/Groups')).status, 200)
  t.same((await recorded()).at(-1), ['/Groups', undefined], 'the next one does not wait')
})

t.test('a request is recorded once and without a label if the label cannot be read', async t => {
  const { recorded, client } = await openWith(t, {
    findLabel: () => Promise.reject(new Error('The disk fails.')),
  })
  t.equal((await client.get('/Users/nobody')).status, 404)
  t.equal((await client.get('/Users')).status, 200)
  t.same(await recorded(), [
    ['/Users/nobody', undefined],
    ['/Users', undefined],
  ])
})

t.test('a listener that closes records requests that wait for a label', async t => {
  const label = Promise.withResolvers<string | undefined>()
  const { app, recorded, client } = await openWith(t, { findLabel: () => label.promise })
  t.equal((await client.get('/Users/nobody')).status, 404)
  const closed = app.close()
  label.resolve('marge')
  await closed
  t.same(await recorded(), [['/Users/nobody', 'marge']])
})
