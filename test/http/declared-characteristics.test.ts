import t, { type Test } from 'tap'
import { resourceTypeResource, schemaResource } from '../../src/scim/discovery.ts'
import { aDevice, deviceType, deviceUrn, warrantyUrn } from '../support/device-type.ts'
import { buildTestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

/** A tenant that declares devices, which have characteristics that the RFC's own types lack. */
async function withDevices(t: Test) {
  const server = await buildTestApp(t, 'rfc')
  const { schema, extensions } = deviceType
  await server.deps.tenants.setDeclarations(server.tenant.id, {
    schemas: [schema, ...extensions.map(({ schema }) => schema)].map(one => schemaResource(one, '')),
    resourceTypes: [resourceTypeResource(deviceType, '')],
  })
  const post = (more: object = {}) => server.client.post('/Devices', aDevice(more))
  return { ...server, post }
}

const invalid = (detail: RegExp) => ({ status: 400, scimType: 'invalidValue', detail })

t.test('R-031 R-032 R-033 R-030 values of each type are accepted in their format only', async t => {
  const { client, post } = await withDevices(t)
  const rows: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ['ports', [0, -4, 48], [4.5, '4', true, 1e300]],
    ['weight', [1.5, 2, -0.25], ['1.5', true]],
    [
      'bought',
      ['2025-01-31T08:00:00Z', '2025-01-31T08:00:00.123+01:00'],
      ['2025-01-31', '08:00:00', 'yesterday', '2025-13-01T00:00:00Z', '2025-02-30T00:00:00Z', 1738310400],
    ],
    ['firmware', ['AAEC', 'AA=='], ['***', 'A', 'AA=A', 5]],
    ['manual', ['https://x.example/a', 'manuals/1', 'urn:x:y'], ['a b', 5]],
    ['inUse', [true, false], ['true', 1, 'yes']],
    ['colors', [['red', 'blue']], ['red', [1], [['red']]]],
    ['maker', [{ name: 'ACME' }], ['ACME', [{ name: 'ACME' }], { name: { first: 'x' } }]],
  ]
  for (const [name, right, wrong] of rows) {
    for (const value of right) {
      const { status, body } = await post({ serial: `${name}-${JSON.stringify(value)}`, [name]: value })
      t.same([status, body[name]], [201, value], `${name}: ${JSON.stringify(value)}`)
      await client.delete(`/Devices/${body.id}`)
    }
    for (const value of wrong)
      isScimError(
        t,
        await post({ [name]: value }),
        invalid(new RegExp(name)),
        `${name}: ${JSON.stringify(value)}`,
      )
  }
  t.equal((await client.get('/Devices')).body.totalResults, 0)
})

t.test('R-099 R-102 R-031 numbers and times are compared by value', async t => {
  const { client, post } = await withDevices(t)
  await post({ serial: 'A', ports: 9, weight: 1.5, bought: '2025-01-31T08:00:00Z' })
  const other = { [warrantyUrn]: { contract: 'C-2' } }
  await post({ ...other, serial: 'B', ports: 48, weight: 10, bought: '2025-01-31T08:30:00+01:00' })
  const found = async (filter: string) =>
    (await client.get(`/Devices?filter=${encodeURIComponent(filter)}`)).body.Resources.map(
      ({ serial }: { serial: string }) => serial,
    ).join('')
  for (const [filter, serials] of [
    ['ports gt 9', 'B'],
    ['ports ge 9', 'AB'],
    ['ports lt 48', 'A'],
    ['weight le 1.50', 'A'],
    ['weight eq 10', 'B'],
    ['weight eq 1e1', 'B'],
    ['bought eq "2025-01-31T09:00:00+01:00"', 'A'],
    ['bought lt "2025-01-31T08:00:00Z"', 'B'],
  ] as const)
    t.equal(await found(filter), serials, filter)
})

t.test('R-055 R-064 a required extension and its required attributes must be present', async t => {
  const { client, post } = await withDevices(t)
  for (const extension of [undefined, null, {}, { contacts: [{ value: '1' }] }])
    isScimError(t, await post({ [warrantyUrn]: extension }), invalid(/Warranty/), JSON.stringify(extension))
  const { body } = await post()
  t.same(body.schemas, [deviceUrn, warrantyUrn])
  const removed = await client.patch(`/Devices/${body.id}`, { op: 'remove', path: warrantyUrn })
  isScimError(t, removed, { status: 400, scimType: 'mutability', detail: /Warranty/ })
})

t.test('R-056 R-057 R-058 R-061 attributes are returned always, never, by default or on request', async t => {
  const { client, post } = await withDevices(t)
  const { status, body } = await post({ label: 'Printer', notes: 'Long.', tag: 'T-1', pin: '1234' })
  t.equal(status, 201)
  const at = `/Devices/${body.id}`
  const shown = async (query: string) => {
    const one = (await client.get(`${at}?${query}`)).body
    t.same((await client.get(`/Devices?${query}`)).body.Resources, [one], query)
    return ['label', 'notes', 'tag', 'pin'].filter(name => name in one)
  }
  t.same(
    ['label', 'notes', 'tag', 'pin'].filter(name => name in body),
    ['label', 'tag'],
    'by POST',
  )
  t.same(await shown(''), ['label', 'tag'])
  t.same(await shown('attributes=notes,pin'), ['notes', 'tag'])
  t.same(await shown('attributes=label'), ['label', 'tag'])
  t.same(await shown('excludedAttributes=label,tag'), ['tag'])
  const put = await client.put(at, aDevice({ notes: 'x', pin: '4321' }))
  t.same([put.status, 'notes' in put.body, 'pin' in put.body], [200, false, false])
  isScimError(t, await client.get('/Devices?filter=pin%20pr'), { status: 400, scimType: 'invalidFilter' })
})

t.test('R-060 R-162 R-173 an immutable attribute is set once, by POST, PUT or PATCH', async t => {
  const { client, post } = await withDevices(t)
  const { body: device } = await post({ maker: { name: 'ACME' } })
  const at = `/Devices/${device.id}`
  const rejected = (detail: RegExp) => ({ status: 400, scimType: 'mutability', detail })
  isScimError(t, await client.put(at, aDevice({ serial: 'S-2' })), rejected(/serial/), 'PUT')
  isScimError(
    t,
    await client.patch(at, { op: 'replace', path: 'serial', value: 'S-2' }),
    rejected(/serial/),
    'PATCH',
  )
  isScimError(t, await client.patch(at, { op: 'remove', path: 'serial' }), rejected(/serial/), 'remove')
  t.same((await client.get(at)).body, device)
  t.equal(
    (await client.patch(at, { op: 'replace', path: 'serial', value: 'S-1' })).status,
    200,
    'the same value',
  )

  const set = await client.patch(at, { op: 'add', path: 'maker.country', value: 'DE' })
  t.same([set.status, set.body.maker], [200, { name: 'ACME', country: 'DE' }], 'while it is unset')
  isScimError(
    t,
    await client.patch(at, { op: 'add', path: 'maker.country', value: 'US' }),
    rejected(/country/),
  )
  const maker = { name: 'ACME Corp.', country: 'US' }
  isScimError(t, await client.put(at, aDevice({ maker })), rejected(/maker\.country/), 'PUT')
  t.equal((await client.put(at, aDevice({ maker: { ...maker, country: 'DE' } }))).status, 200)
})

t.test('R-059 R-163 R-173 a read-only sub-attribute is unchanged, and a path to it is rejected', async t => {
  const { client, post } = await withDevices(t)
  const { body } = await post({ maker: { name: 'ACME', rating: 'A' } })
  t.same(body.maker, { name: 'ACME' })
  const response = await client.patch(`/Devices/${body.id}`, { op: 'add', path: 'maker.rating', value: 'A' })
  isScimError(t, response, { status: 400, scimType: 'mutability', detail: /rating/ })
})

t.test('R-063 R-062 R-086 uniqueness and case apply as declared', async t => {
  const { post } = await withDevices(t)
  t.equal((await post({ serial: 'a', [warrantyUrn]: { contract: 'x' } })).status, 201)
  t.equal(
    (await post({ serial: 'A', [warrantyUrn]: { contract: 'y' } })).status,
    201,
    'another case, another serial',
  )
  const clash = (detail: RegExp) => ({ status: 409, scimType: 'uniqueness', detail })
  isScimError(t, await post({ serial: 'a', [warrantyUrn]: { contract: 'z' } }), clash(/serial/))
  isScimError(
    t,
    await post({ serial: 'b', [warrantyUrn]: { contract: 'X' } }),
    clash(/contract/),
    'in any case',
  )
})

t.test('R-158 R-153 R-150 R-152 a declared type is discovered and served like a core type', async t => {
  const { client, tenant, post } = await withDevices(t)
  const type = (await client.get('/ResourceTypes/Device')).body
  t.match(type, {
    endpoint: '/Devices',
    schema: deviceUrn,
    schemaExtensions: [{ schema: warrantyUrn, required: true }],
    meta: { location: `http://localhost:80/${tenant.id}/scim/v2/ResourceTypes/Device` },
  })
  for (const [urn, { attributes }] of [
    [deviceUrn, deviceType.schema],
    [warrantyUrn, deviceType.extensions[0]?.schema ?? deviceType.schema],
  ] as const)
    t.same(
      (await client.get(`/Schemas/${urn}`)).body.attributes,
      schemaResource({ id: urn, name: '', description: '', attributes }, '').attributes,
      urn,
    )
  const { headers, body } = await post()
  t.equal(headers.location, `http://localhost:80/${tenant.id}/scim/v2/Devices/${body.id}`)
  t.match(body, { meta: { resourceType: 'Device' }, schemas: [deviceUrn, warrantyUrn], serial: 'S-1' })
  t.equal((await client.delete(`/Devices/${body.id}`)).status, 204)
})
