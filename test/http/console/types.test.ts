import t from 'tap'
import { aSensor, badgeUrn, sensors, sensorUrn, siteUrn } from '../../support/every-type.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, problem } from './console-app.ts'

const none = { schemas: [], resourceTypes: [] }

t.test('R-158 types are declared, shown and removed', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/types`
  t.same((await callApi('GET', path)).body, { ...none, active: true })
  t.equal((await client.get('/Sensors')).status, 404)

  const put = await callApi('PUT', path, sensors)
  t.same([put.status, put.body], [200, { ...sensors, active: true }], 'the declaration is returned unchanged')
  t.same((await callApi('GET', path)).body, put.body)
  t.same((await callApi('PUT', path, put.body)).body, put.body, 'what was read can be sent')
  t.match((await client.get('/ResourceTypes/Sensor')).body, { endpoint: '/Sensors' })
  t.match((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).body.counts, {
    Sensor: { active: 0, disabled: 0, retained: 0, removed: 0 },
  })

  t.equal((await callApi('DELETE', path)).status, 204)
  t.same((await callApi('GET', path)).body, { ...none, active: true })
  t.equal((await client.get('/ResourceTypes/Sensor')).status, 404)
})

t.test('another tenant is unaffected', async t => {
  const { callApi, tenant, another } = await buildTestConsole(t)
  const other = await another('rfc')
  await callApi('PUT', `/api/v1/tenants/${tenant.id}/types`, sensors)
  t.equal((await other.client.get('/ResourceTypes/Sensor')).status, 404)
  t.equal((await other.client.get('/Sensors')).status, 404)
})

t.test('all errors are reported with their location, and nothing changes', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/types`
  await callApi('PUT', path, sensors)
  const body = {
    schemas: [{ id: sensorUrn, attributes: [{ name: 'a', type: 'text' }, { name: 'id' }] }],
    resourceTypes: [{ name: 'Sensor', endpoint: '/Users', schema: sensorUrn }],
  }
  const errors = [
    {
      path: 'body.schemas[0].attributes[0].type',
      message: 'This must be one of string, boolean, decimal, integer, dateTime, reference, binary, complex.',
    },
    {
      path: 'body.schemas[0].attributes[1].name',
      message: '"id" is a common attribute that every resource already has (RFC 7643 §3.1). Remove it.',
    },
    {
      path: 'body.resourceTypes[0].endpoint',
      message: 'The type User already has the endpoint "/Users".',
    },
  ]
  const details = errors.map(one => `${one.path}: ${one.message}`).join(' ')
  const { status, headers, body: refusal } = await callApi('PUT', path, body)
  t.match(headers['content-type'], 'application/problem+json')
  t.same(
    [status, refusal],
    [
      400,
      {
        ...problem('invalid-request', 'Invalid request', 400, details),
        errors,
      },
    ],
  )
  t.same((await callApi('GET', path)).body, { ...sensors, active: true })
})

t.test('a body of another shape is rejected', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/types`
  const cases: readonly (readonly [unknown, string])[] = [
    [{ schemas: {} }, 'body.schemas'],
    [{ schemas: [7] }, 'body.schemas.0'],
    [{ resourceTypes: 'Sensor' }, 'body.resourceTypes'],
    [{ types: [] }, 'body'],
    ['[]', 'body'],
    ['null', 'body'],
  ]
  for (const [body, at] of cases) {
    const { status, body: refusal } = await callApi('PUT', path, body)
    t.same([status, refusal.errors?.[0]?.path], [400, at], JSON.stringify(body))
  }
  t.equal((await callApi('PUT', path, '{"schemas":')).status, 400)
  t.equal((await callApi('PUT', path, '{"__proto__":{}}')).status, 400)
  t.equal((await callApi('PUT', path)).status, 400)
  t.equal((await callApi('PUT', '/api/v1/tenants/nobody/types', none)).status, 404)
  t.same((await callApi('GET', path)).body, { ...none, active: true })
})

t.test('types of an AWS tenant are fixed: others are rejected, and existing ones kept', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const address = `/api/v1/tenants/${tenant.id}`
  await callApi('PUT', `${address}/types`, sensors)
  const { body: sensor } = await client.post('/Sensors', aSensor('S-1'))
  await callApi('PATCH', address, { profile: 'aws' })
  t.same((await callApi('GET', `${address}/types`)).body, { ...sensors, active: false })
  t.equal((await client.get('/Sensors')).status, 404)
  t.match((await callApi('GET', `${address}/resources/Sensor/${sensor.id}`)).body, { label: 'S-1' })
  t.same((await callApi('PUT', `${address}/types`, none)).body, {
    ...problem(
      'fixed-types',
      'Fixed resource types',
      409,
      `The tenant "${tenant.id}" has the profile aws, whose types are fixed. Change the profile first.`,
    ),
  })
  t.equal((await callApi('DELETE', `${address}/types`)).status, 409, 'a sensor is stored')
  await callApi('PATCH', address, { profile: 'entra' })
  t.match((await callApi('GET', `${address}/types`)).body, { active: true })
  t.equal((await client.get(`/sensors/${sensor.id}`)).status, 200, 'another profile has them again')
})

t.test('resources of a declared type are listed and shown like users and groups', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  await callApi('PUT', `/api/v1/tenants/${tenant.id}/types`, sensors)
  const path = `/api/v1/tenants/${tenant.id}/resources/Sensor`
  const { body: one } = await client.post('/Sensors', aSensor('S-1', { label: 'Attic' }))
  const { body: two } = await client.post('/Sensors', aSensor('S-2', { active: false, pin: '1234' }))
  await client.put(`/Sensors/${two.id}`, aSensor('S-2', { active: false, kind: 'barometer' }))

  const list = await callApi('GET', path)
  t.match(list.body.items, [
    { id: two.id, type: 'Sensor', label: 'S-2', display: 'S-2', status: 'disabled', revisions: 2 },
    { id: one.id, type: 'Sensor', label: 'S-1', display: 'Attic', status: 'active', revisions: 1 },
  ])
  t.match((await callApi('GET', `${path}?text=attic`)).body.items, [{ id: one.id }])
  t.match((await callApi('GET', `${path}/${two.id}`)).body.document, {
    id: two.id,
    schemas: [sensorUrn, siteUrn],
    kind: 'barometer',
  })
  await client.delete(`/Sensors/${two.id}`)
  const history = (await callApi('GET', `${path}/${two.id}/history`)).body.items
  t.match(history, [{ action: 'deleted' }, { action: 'modified' }, { action: 'created' }])
  t.notMatch(JSON.stringify(history), '1234', 'R-057 no secret is in the history')
  t.match((await callApi('GET', `${path}?status=retained`)).body.items, [{ id: two.id }])

  const user = await client.create('Users', aUser('marge'))
  t.match((await callApi('GET', `/api/v1/tenants/${tenant.id}/resources/User/${user.id}`)).body, {
    label: 'marge',
  })
  t.same((await callApi('GET', `${path}/nobody`)).body, {
    ...problem(
      'not-found',
      'Not found',
      404,
      `There is no Sensor "nobody" in the tenant "${tenant.id}". GET /api/v1/tenants/${tenant.id}/resources/Sensor lists all.`,
    ),
  })
  t.equal((await callApi('GET', `${path}/nobody/history`)).status, 404)
  t.match((await callApi('GET', `/api/v1/tenants/${tenant.id}/resources/sensor`)).body, {
    status: 404,
    detail: /has no resource type "sensor"/,
  })
})

t.test('a type with stored resources stays declared', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/types`
  await callApi('PUT', path, sensors)
  const { body: sensor } = await client.post('/Sensors', aSensor('S-1', { label: 'Attic' }))
  const user = await client.create('Users', aUser('marge', { [badgeUrn]: { number: 7 } }))

  const refusal = await callApi('DELETE', path)
  t.match(refusal, { status: 409, body: { type: 'urn:scimulator:problem:in-use' } })
  t.same(
    refusal.body.errors.map((one: { path: string }) => one.path),
    [`User.${badgeUrn}`, 'Sensor'],
  )
  t.match((await callApi('GET', path)).body, sensors, 'nothing has changed')

  await client.patch(`/Users/${user.id}`, { op: 'remove', path: badgeUrn })
  await client.delete(`/Sensors/${sensor.id}`)
  t.same(
    (await callApi('DELETE', path)).body.errors.map((one: { path: string }) => one.path),
    ['Sensor'],
    'a retained record of a Sensor',
  )
  await callApi('POST', `/api/v1/tenants/${tenant.id}/stale/purge`, { all: true })
  t.equal((await callApi('DELETE', path)).status, 204)
})
