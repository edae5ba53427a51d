import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { buildTestConsole } from '../http/console/console-app.ts'
import { bulkRequest, post } from '../support/bulk.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { startWith } from '../support/started-server.ts'
import { createServer } from '../support/test-server.ts'

const injections = [
  'a\r\nX-Injected: 1',
  'a\nX-Injected: 1',
  'a\rX-Injected: 1',
  'a%0d%0aX-Injected:%201',
  'a\u010d\u010aX-Injected: 1',
  'a\u2028X-Injected: 1',
]

t.test('request data never becomes a header of a response', async t => {
  for (const profile of ['rfc', 'aws', 'entra'] as const) {
    const { tenant, client } = await buildTestApp(t, profile)
    for (const [at, text] of injections.entries()) {
      const user = await client.post('/Users', aUser(`u${at}`, { displayName: text, externalId: text }))
      const responses = [
        user,
        await client.get(`/Users/${encodeURIComponent(text)}`),
        await client.get(`/${encodeURIComponent(text)}`),
        await client.get(`/Users?filter=${encodeURIComponent(`userName eq ${JSON.stringify(text)}`)}`),
        await client.get(`/Users?sortBy=${encodeURIComponent(text)}`),
        await client.get('/Users', { 'x-forwarded-host': text.replace(/[\r\n\u0100-\uffff]/g, ' ') }),
      ]
      t.notMatch(JSON.stringify(responses.map(({ headers }) => headers)), /injected/i)
      if (user.headers.location !== undefined)
        t.equal(user.headers.location, `http://localhost:80/${tenant.id}/scim/v2/Users/${user.body.id}`)
    }
  }
})

t.test('an invalid host is in no URL', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const host of [
    'evil.example/path',
    'a b',
    'user@evil.example',
    'evil.example?x',
    'evil.example#x',
    '"',
    '\\evil',
    'x'.repeat(300),
  ]) {
    const response = await client.send('POST', '/Users', aUser(`user-${host}`.slice(0, 60)), {
      'x-forwarded-host': host,
    })
    t.equal(response.status, 201)
    t.notMatch(response.headers.location, /evil|user@/, host)
    t.match(response.headers.location, /^http:\/\/localhost:80\//)
  }
})

t.test('an address with line breaks adds no header', async t => {
  await using server = await createServer({ profile: 'rfc' })
  const { hostname, port, pathname } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', chunk => {
    received += chunk
  })
  socket.write(
    `GET ${pathname}/Users%0d%0aX-Injected:%201/%0d%0a%0d%0a<html> HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\nConnection: close\r\n\r\n`,
  )
  await once(socket, 'close')
  const [head = ''] = received.split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 404 /)
  t.notMatch(head, /injected|html/i)
})

t.test('data that the console receives never becomes a header', async t => {
  const { callApi, client } = await buildTestConsole(t)
  for (const text of injections) {
    const fault = (effect: object) =>
      callApi('POST', '/api/v1/faults', { name: text, match: {}, effect, times: 1 })
    t.equal((await fault({ kind: 'body', body: 'x', mediaType: `text/html\r\nX-Injected: 1` })).status, 400)
    const activated = await fault({ kind: 'status', status: 429, detail: text })
    t.equal(activated.status, 201)
    const affected = await client.get('/Users')
    t.equal(affected.status, 429)
    t.notMatch(JSON.stringify(affected.headers), /injected/i)
    const responses = [
      activated,
      await callApi('POST', '/api/v1/tenants', { id: text }),
      await callApi('POST', '/api/v1/snapshots', { name: text }),
      await callApi('GET', `/api/v1/exchanges/${encodeURIComponent(text)}/export?format=har`),
      await callApi(
        'GET',
        `/api/v1/exchanges/export?format=csv&q=${encodeURIComponent(JSON.stringify(text))}`,
      ),
    ]
    for (const { headers } of responses) t.notMatch(JSON.stringify(headers), /injected/i)
  }
})

const names = ['__proto__', 'constructor', 'prototype'] as const
/** As JSON text: in an object literal, `__proto__` would not be a member. */
const poison = (name: string) =>
  name === '__proto__' ? `{"${name}":{"polluted":true}}` : `{"${name}":{"prototype":{"polluted":true}}}`

const clean = () => ({
  object: Reflect.ownKeys(Object.prototype).length,
  array: Reflect.ownKeys(Array.prototype).length,
  function: Reflect.ownKeys(Function.prototype).length,
  polluted: 'polluted' in {},
})

/** A body in which `"POISON"` is replaced by a poisoned object. */
const poisoned = (body: unknown, name: string) => JSON.stringify(body).replaceAll('"POISON"', poison(name))

t.test('no body, query or header of the SCIM listener changes a prototype', async t => {
  const { client } = await buildTestConsole(t)
  const before = clean()
  const user = await client.create('Users', aUser('marge'))
  const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] }
  const patch = (operation: object) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [operation],
  })
  const statuses: number[] = []
  for (const name of names) {
    const bodies = [
      ['POST', '/Users', aUser('x', { [enterpriseUrn]: 'POISON' })],
      ['POST', '/Users', aUser('x', { 'urn:nobody:knows': 'POISON' })],
      ['POST', '/Users', aUser('x', { meta: 'POISON' })],
      ['PATCH', `/Users/${user.id}`, patch({ op: 'add', value: { [enterpriseUrn]: 'POISON' } })],
      ['PATCH', `/Users/${user.id}`, patch({ op: 'replace', path: 'name', value: 'POISON' })],
      ['PATCH', `/Users/${user.id}`, 'POISON'],
      ['POST', '/.search', { ...search, filter: 'POISON' }],
      ['POST', '/Users/.search', 'POISON'],
      ['POST', '/Bulk', bulkRequest([post('/Users', 'b', 'POISON')])],
    ] as const
    for (const [method, path, body] of bodies)
      statuses.push((await client.send(method, path, poisoned(body, name))).status)
    for (const path of [
      `${enterpriseUrn}:${name}.polluted`,
      `urn:ietf:params:scim:schemas:core:2.0:User:${name}`,
      `emails[type eq "${name}"].${name}`,
      `name.${name}.polluted`,
      `${name}:polluted`,
    ]) {
      const response = await client.patch(`/Users/${user.id}`, { op: 'add', path, value: { polluted: true } })
      statuses.push(response.status)
    }
    const bulk = bulkRequest([post('/Users', name, aUser(`bulk-${name}`))])
    t.equal((await client.post('/Bulk', bulk)).body.Operations[0].bulkId, name, 'a bulkId is only a text')
    for (const query of [
      `${name}[polluted]=true`,
      `${name}.polluted=true`,
      `filter[${name}]=x`,
      `attributes=${name}`,
    ])
      t.ok((await client.get(`/Users?${query}`)).status < 500, query)
    t.ok((await client.get('/Users', { [name]: 'polluted', 'if-match': name })).status < 500)
  }
  t.same([...new Set(statuses)], [400])
  t.same(clean(), before)
})

t.test('no body of the console changes a prototype', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  await client.create('Users', aUser('marge'))
  const before = clean()
  const below = `/api/v1/tenants/${tenant.id}`
  const statuses: number[] = []
  for (const name of names) {
    for (const [method, path, body] of [
      ['POST', '/api/v1/tenants', 'POISON'],
      ['POST', '/api/v1/tenants', { switches: 'POISON' }],
      ['PATCH', below, { switches: 'POISON' }],
      ['PUT', `${below}/types`, { schemas: ['POISON'] }],
      ['POST', `${below}/tokens`, 'POISON'],
      ['POST', '/api/v1/faults', { match: 'POISON', effect: { kind: 'truncate' } }],
      ['POST', '/api/v1/faults', { match: {}, effect: 'POISON' }],
      ['POST', '/api/v1/snapshots', 'POISON'],
      ['POST', `${below}/stale/purge`, 'POISON'],
    ] as const)
      statuses.push((await callApi(method, path, poisoned(body, name))).status)
    // Valid JSON with names that have a meaning in JavaScript only.
    const declared = { schemas: [{ id: 'urn:x', name, attributes: [{ name }] }], resourceTypes: [] }
    statuses.push((await callApi('PUT', `${below}/types`, declared)).status)
    for (const path of [
      `/api/v1/tenants/${name}`,
      `${below}/users/${name}`,
      `${below}/resources/${name}`,
      `/api/v1/exchanges/${name}`,
    ])
      statuses.push((await callApi('GET', path)).status)
    t.ok((await callApi('GET', `/api/v1/exchanges?${name}[polluted]=1&q=${name}:x`)).status < 500)
  }
  t.same([...new Set(statuses)].sort(), [400, 404])
  t.same(clean(), before)
})

const token = 'a-token-for-attackers'
const attacks = [
  "'; drop table resources; --",
  "' or '1'='1",
  '"; delete from users; --',
  "') union select hash, 1, 1 from tokens --",
  "\\'; drop table tokens; --",
  '%',
  '_',
  "x' || (select text from tokens) || '",
  '$.password',
  'a" or ""="',
  ':id',
  '?1',
]

t.test('SQL in any text is stored as text', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const server = await startWith(t, [
    '--data',
    file,
    '--tenant',
    'acme',
    '--token',
    token,
    '--profile',
    'rfc',
  ])
  const statuses = new Set<number>()
  const send = async (url: string, method: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    statuses.add(response.status)
    const text = await response.text()
    return {
      status: response.status,
      body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
    }
  }
  const scim = (method: string, path: string, body?: unknown) =>
    send(server.endpoint + path, method, body, { authorization: `Bearer ${token}` })
  const api = (method: string, path: string, body?: unknown) =>
    send(`${server.console}/api/v1${path}`, method, body)

  for (const [at, attack] of attacks.entries()) {
    const inUrl = encodeURIComponent(attack)
    const literal = JSON.stringify(attack)
    const created = await scim('POST', '/Users', {
      ...aUser(attack, {
        displayName: attack,
        externalId: attack,
        emails: [{ value: attack, type: attack }],
      }),
      [enterpriseUrn]: { department: attack },
    })
    t.equal(created.status, 201, attack)
    const group = await scim('POST', '/Groups', aGroup(attack, [created.body.id]))
    t.equal(group.status, 201, attack)
    const found = async (filter: string) =>
      (await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults
    t.equal(await found(`userName eq ${literal}`), 1, `${attack} is found unchanged`)
    t.equal(
      await found(`userName co ${literal} and userName sw ${literal}`),
      1 + attacks.slice(0, at).filter(one => one.startsWith(attack)).length,
    )
    t.equal(await found(`emails[type eq ${literal} and value ew ${literal}]`), 1)
    t.equal(await found(`${enterpriseUrn}:department eq ${literal}`), 1)

    for (const name of ['filter', 'sortBy', 'attributes', 'cursor', 'startIndex', 'count', attack])
      await scim('GET', `/Users?${encodeURIComponent(name)}=${inUrl}`)
    for (const path of [attack, `emails[type eq ${literal}].value`, `name.${attack}`, `urn:x:${attack}`])
      await scim('PATCH', `/Users/${created.body.id}`, patchOp({ op: 'replace', path, value: attack }))
    for (const path of [`/Users/${inUrl}`, `/${inUrl}`, `/Schemas/${inUrl}`]) await scim('GET', path)
    await scim('DELETE', `/Users/${inUrl}`)
    await scim('POST', '/.search', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: attack,
      sortBy: attack,
    })

    for (const q of [
      attack,
      `user:${literal}`,
      `text:${literal}`,
      `-action:${literal}`,
      `tenant:${literal}`,
      `url:${literal}`,
    ])
      await api('GET', `/exchanges?q=${encodeURIComponent(q)}`)
    for (const name of ['tenant', 'method', 'action', 'status', 'target', 'cursor', 'limit', 'since'])
      await api('GET', `/exchanges?${name}=${inUrl}`)
    for (const name of ['q', 'search', 'status', 'cursor', 'at', 'sort']) {
      await api('GET', `/tenants/acme/users?${name}=${inUrl}`)
      await api('GET', `/tenants/acme/groups?${name}=${inUrl}`)
      await api('GET', `/findings?${name}=${inUrl}`)
      await api('GET', `/cycles?${name}=${inUrl}`)
    }
    for (const path of [
      `/tenants/${inUrl}/users`,
      `/tenants/acme/users/${inUrl}/timeline`,
      `/exchanges/${inUrl}`,
      `/cycles/${inUrl}`,
    ])
      await api('GET', path)
    await api('POST', '/tenants', { id: attack })
    await api('PATCH', '/tenants/acme', { switches: { [attack]: attack } })
    await api('POST', '/tenants/acme/stale/purge', { ids: [attack] })
    const saved = await api('POST', '/snapshots', { name: attack })
    t.equal(saved.body.name, attack)
    await api('POST', `/snapshots/${inUrl}/restore`)
    t.equal((await api('DELETE', `/snapshots/${saved.body.id}`)).status, 204)
    const fault = {
      name: attack,
      match: { text: attack, type: attack, tenant: attack },
      effect: { kind: 'status', status: 500, detail: attack },
    }
    const activated = await api('POST', '/faults', fault)
    if (activated.status === 201) await api('DELETE', `/faults/${activated.body.id}`)
  }
  t.notOk(
    [...statuses].some(status => status >= 500),
    [...statuses].join(', '),
  )
  t.equal((await scim('GET', '/Users?count=1')).body.totalResults, attacks.length)
  t.equal((await scim('GET', '/Groups?count=1')).body.totalResults, attacks.length)
  await server.close()

  const db = openSqlite(file)
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  const names = db.prepare<[], string>(`select document ->> 'userName' from resources where type = 'User'`)
  t.same(names.pluck().all(), attacks, 'each is stored as sent')
  t.same(db.prepare('select count(*) from tokens').pluck().get(), 1)
  db.close()
})
