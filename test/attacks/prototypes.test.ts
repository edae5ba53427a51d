import t from 'tap'
import { buildTestConsole } from '../http/console/console-app.ts'
import { bulkRequest, post } from '../support/bulk.ts'
import { aUser, enterpriseUrn } from '../support/samples.ts'

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
