import t, { type Test } from 'tap'
import { aSensor, badgeUrn, sensors, sensorUrn, siteUrn } from '../support/every-type.ts'
import { aUser, enterpriseUrn, listUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type TestResponse } from '../support/scim.ts'

/** A tenant that declares sensors, with both extensions. */
async function declaring(t: Test, profile: 'rfc' | 'entra' = 'rfc') {
  const { deps, tenant, client, ...rest } = await buildTestApp(t, profile)
  await deps.tenants.setDeclarations(tenant.id, sensors)
  const make = async (serial: string, more: object = {}) => {
    const { status, body } = await client.post('/Sensors', aSensor(serial, more))
    if (status !== 201) throw new Error(JSON.stringify(body))
    return body
  }
  return { deps, tenant, client, make, ...rest }
}

/** The error of a request. */
const rejection = ({ status, body }: TestResponse) => `${status} ${body?.scimType}`

const place = { room: 'Attic', floor: 3 }
const readings = [
  { value: 20.5, at: '2026-01-31T08:00:00Z', note: 'Warm' },
  { value: -3, at: '2026-02-01T08:00:00+01:00' },
]

/** A value for each attribute that a client may set. */
const all = {
  label: 'Attic',
  code: 'A-7',
  kind: 'THERMOMETER',
  channels: 4,
  accuracy: 0.25,
  calibrated: '2026-01-31T08:00:00Z',
  firmware: 'AAEC',
  manual: 'https://example.org/manual',
  active: true,
  tags: ['Indoor', 'old'],
  lots: [1, 2],
  place,
  readings,
  pin: '1234',
  inventory: 'I-1',
  log: 'Long.',
  installed: '2026-01-01T00:00:00Z',
  [siteUrn]: { plant: 'North', contacts: [{ value: '555', type: 'phone' }], hidden: 'x' },
}

t.test(
  'R-150 R-153 R-154 R-158 a declared type and a second extension of a core type are discovered',
  async t => {
    const { client } = await declaring(t)
    const { body: types } = await client.get('/ResourceTypes')
    t.same(
      types.Resources.map(({ name, endpoint, schema, schemaExtensions }: Record<string, unknown>) => ({
        name,
        endpoint,
        schema,
        schemaExtensions,
      })),
      [
        {
          name: 'User',
          endpoint: '/Users',
          schema: userUrn,
          schemaExtensions: [
            { schema: enterpriseUrn, required: false },
            { schema: badgeUrn, required: false },
          ],
        },
        {
          name: 'Group',
          endpoint: '/Groups',
          schema: 'urn:ietf:params:scim:schemas:core:2.0:Group',
          schemaExtensions: [],
        },
        {
          name: 'Sensor',
          endpoint: '/Sensors',
          schema: sensorUrn,
          schemaExtensions: [{ schema: siteUrn, required: true }],
        },
      ],
    )
    const { body: schema } = await client.get(`/Schemas/${sensorUrn}`)
    t.match(schema, { id: sensorUrn, name: 'Sensor', description: 'A measuring device.' })
    const named = (name: string) => schema.attributes.find((one: { name: string }) => one.name === name)
    t.same(named('serial'), {
      name: 'serial',
      type: 'string',
      multiValued: false,
      description: '',
      required: true,
      caseExact: true,
      mutability: 'immutable',
      returned: 'default',
      uniqueness: 'server',
    })
    t.match(named('pin'), { mutability: 'writeOnly', returned: 'never' })
    t.match(named('kind'), { canonicalValues: ['thermometer', 'barometer'] })
    t.equal((await client.get('/Schemas')).body.totalResults, 6)
  },
)

t.test('R-054 R-055 R-062 R-065 R-084 a resource with values of each type is created and read', async t => {
  const { client, make } = await declaring(t)
  const { log, pin, [siteUrn]: site, ...shown } = all
  const { hidden, ...siteShown } = site
  const created = await make('S-1', { ...all, uptime: 7, place: { ...place, plan: 'https://x.org' } })
  const { id, meta, ...rest } = created
  t.same(rest, {
    schemas: [sensorUrn, siteUrn],
    serial: 'S-1',
    ...shown,
    kind: 'thermometer',
    [siteUrn]: siteShown,
  })
  t.match(meta, { resourceType: 'Sensor', location: new RegExp(`/Sensors/${id}$`) })
  t.same((await client.get(`/Sensors/${id}`)).body, created)
  t.same((await client.get('/Sensors')).body, {
    schemas: [listUrn],
    totalResults: 1,
    startIndex: 1,
    itemsPerPage: 1,
    Resources: [created],
  })
  const stored = await make('S-2', { kind: 'hygrometer' })
  t.equal(stored.kind, 'hygrometer', 'other values than the canonical ones are accepted')
})

t.test(
  'R-056 R-057 R-058 R-061 attributes are returned as declared by `returned`, whatever is requested',
  async t => {
    const { client, make } = await declaring(t)
    const { id } = await make('S-1', all)
    const names = async (query: string) =>
      Object.keys((await client.get(`/Sensors/${id}?${query}`)).body)
        .filter(name => !['id', 'schemas', 'meta'].includes(name))
        .sort()
    t.same(await names('attributes=log'), ['inventory', 'log'])
    t.same(await names('attributes=label,pin'), ['inventory', 'label'])
    const usual = (await names('')).filter(name => !['label', 'tags'].includes(name))
    t.same(await names('excludedAttributes=label,inventory,tags'), usual)
    t.same((await client.get(`/Sensors/${id}?attributes=${siteUrn}:hidden`)).body[siteUrn], { hidden: 'x' })
    t.same((await client.get(`/Sensors/${id}?attributes=place.room`)).body.place, { room: 'Attic' })
    const everything = [await client.get('/Sensors'), await client.get(`/Sensors/${id}?attributes=pin`)]
    t.notMatch(JSON.stringify(everything), /1234|"pin"/)
  },
)

t.test('R-030 R-031 R-032 R-033 R-034 a value of another type is rejected with its location', async t => {
  const { client } = await declaring(t)
  const cases: Readonly<Record<string, unknown>> = {
    channels: 1.5,
    accuracy: '1',
    calibrated: '2026-01-31',
    firmware: 'not base64!',
    manual: 'a b',
    active: 'true',
    label: 7,
    tags: 'Indoor',
    lots: [1, '2'],
    place: 'Attic',
    readings: [{ value: 'warm' }],
  }
  for (const [name, value] of Object.entries(cases)) {
    const response = await client.post('/Sensors', aSensor('S-1', { [name]: value }))
    t.equal(rejection(response), '400 invalidValue', name)
    t.match(response.body.detail, name)
  }
  t.equal((await client.get('/Sensors')).body.totalResults, 0)
})

t.test(
  'R-055 R-064 required attributes are enforced, including the required extension and its sub-attributes',
  async t => {
    const { client } = await declaring(t)
    for (const [more, lacking] of [
      [{ serial: null }, 'serial'],
      [{ [siteUrn]: undefined }, siteUrn],
      [{ [siteUrn]: { contacts: [{ value: '555' }] } }, `${siteUrn}:plant`],
      [{ place: { floor: 1 } }, 'place.room'],
    ] as const) {
      const response = await client.post('/Sensors', aSensor('S-1', more))
      t.equal(rejection(response), '400 invalidValue', lacking)
      t.match(response.body.detail, lacking)
    }
  },
)

t.test('R-063 R-086 unique values exist once, by the declared case', async t => {
  const { client, make } = await declaring(t)
  const one = await make('S-1', { code: 'A-7' })
  await make('s-1')
  t.equal(rejection(await client.post('/Sensors', aSensor('S-1'))), '409 uniqueness', 'case exact')
  t.equal(
    rejection(await client.post('/Sensors', aSensor('S-3', { code: 'a-7' }))),
    '409 uniqueness',
    'not exact',
  )
  const three = await make('S-3')
  t.equal(
    rejection(await client.patch(`/Sensors/${three.id}`, { op: 'add', path: 'code', value: 'a-7' })),
    '409 uniqueness',
  )
  await client.delete(`/Sensors/${one.id}`)
  t.equal((await client.patch(`/Sensors/${three.id}`, { op: 'add', path: 'code', value: 'a-7' })).status, 200)
})

t.test('R-063 `global` uniqueness applies within the tenant', async t => {
  const { deps, make, another } = await declaring(t)
  await make('S-1', { code: 'A-7' })
  const other = await another('rfc')
  await deps.tenants.setDeclarations(other.tenant.id, sensors)
  t.equal((await other.client.post('/Sensors', aSensor('S-1', { code: 'A-7' }))).status, 201)
})

t.test('R-097 R-099 R-100 R-102 R-103 filters work for each type and operator', async t => {
  const { client, make } = await declaring(t)
  await make('S-1', all)
  await make('S-2', { active: false, channels: 8, place: { room: 'Cellar', floor: -1 } })
  const found = async (filter: string) => {
    const response = await client.get(`/Sensors?filter=${encodeURIComponent(filter)}`)
    return response.status === 200
      ? response.body.Resources.map(({ serial }: { serial: string }) => serial).join(' ')
      : rejection(response)
  }
  const cases: Readonly<Record<string, string>> = {
    'serial eq "S-1"': 'S-1',
    'serial eq "s-1"': '',
    'SERIAL ne "S-1"': 'S-2',
    'label co "tti"': 'S-1',
    'label sw "AT"': 'S-1',
    'label ew "IC"': 'S-1',
    'label gt "Aa"': 'S-1',
    'label pr': 'S-1',
    'not (label pr)': 'S-2',
    'kind eq "Thermometer"': 'S-1',
    'channels eq 4': 'S-1',
    'channels gt 4': 'S-2',
    'channels ge 4': 'S-1 S-2',
    'channels le 4.5': 'S-1',
    'channels co 4': '400 invalidFilter',
    'channels eq "4"': '400 invalidFilter',
    'accuracy lt 0.3': 'S-1',
    'calibrated eq "2026-01-31T09:00:00+01:00"': 'S-1',
    'calibrated gt "2026-01-31T08:00:00Z"': '',
    'calibrated ge "2026-01-31T08:00:00Z"': 'S-1',
    'calibrated eq "yesterday"': '400 invalidFilter',
    'firmware eq "AAEC"': 'S-1',
    'firmware gt "AAEC"': '400 invalidFilter',
    'manual eq "https://example.org/manual"': 'S-1',
    'manual sw "https://EXAMPLE"': '',
    'active eq true': 'S-1',
    'active gt true': '400 invalidFilter',
    'tags eq "OLD"': 'S-1',
    'tags[value sw "in"]': 'S-1',
    'lots gt 1': 'S-1',
    'lots gt 2': '',
    'place.room eq "attic"': 'S-1',
    'place.floor lt 0': 'S-2',
    'place eq "attic"': '400 invalidFilter',
    'readings.value lt 0': 'S-1',
    'readings lt 0': 'S-1',
    'readings[value lt 0 and at gt "2026-02-01T00:00:00Z"]': 'S-1',
    'readings[value gt 0 and at gt "2026-02-01T00:00:00Z"]': '',
    'readings.note eq "warm"': '',
    'readings.note eq "Warm"': 'S-1',
    'log co "ong"': 'S-1',
    'inventory eq "i-1"': 'S-1',
    'pin eq "1234"': '400 invalidFilter',
    'pin pr': '400 invalidFilter',
    [`${siteUrn}:plant eq "north"`]: 'S-1 S-2',
    [`${siteUrn}:contacts[type eq "phone"]`]: 'S-1',
    [`${sensorUrn}:label eq "attic"`]: 'S-1',
    'urn:EXAMPLE:scim:schemas:sensor:label pr and channels eq 4': 'S-1',
    'color eq "red"': '400 invalidFilter',
  }
  for (const [filter, expected] of Object.entries(cases)) t.equal(await found(filter), expected, filter)
})

t.test('R-114 lists are sorted by each type', async t => {
  const { client, make } = await declaring(t)
  await make('b', { channels: 10, accuracy: 0.5, calibrated: '2026-01-31T08:00:00+02:00', active: true })
  await make('A', { channels: 9, accuracy: 1, calibrated: '2026-01-31T07:00:00Z', active: false })
  const order = async (by: string) => {
    const { body } = await client.get(`/Sensors?sortBy=${by}`)
    return body.Resources.map(({ serial }: { serial: string }) => serial).join(' ')
  }
  t.equal(await order('serial'), 'A b')
  t.equal(await order('channels'), 'A b')
  t.equal(await order('accuracy'), 'b A')
  t.equal(await order('calibrated'), 'b A')
  t.equal(await order('active'), 'A b')
})

t.test('R-059 R-060 R-160 R-161 R-162 R-163 PUT respects mutability', async t => {
  const { client, make } = await declaring(t)
  const { id } = await make('S-1', all)
  const put = (more: object, serial = 'S-1') => client.put(`/Sensors/${id}`, aSensor(serial, more))
  const { body: before } = await client.get(`/Sensors/${id}`)
  t.equal(rejection(await put({}, 'S-2')), '400 mutability')
  t.equal(rejection(await put({ installed: '2027-01-01T00:00:00Z' })), '400 mutability')
  t.equal(
    rejection(await put({ installed: all.installed, place: { room: 'x', floor: 4 } })),
    '400 mutability',
  )
  t.same((await client.get(`/Sensors/${id}`)).body, before, 'nothing has changed')
  const { body } = await put({ installed: all.installed, place: { room: 'Cellar', floor: 3 }, uptime: 9 })
  t.match(body, { place: { room: 'Cellar', floor: 3 } })
  t.same(
    [body.uptime, body.label, body.inventory, body.readings],
    [undefined, undefined, undefined, undefined],
    'readOnly attributes are ignored, and omitted ones are cleared',
  )
  t.equal(
    rejection(await client.put(`/Sensors/${id}`, { schemas: [sensorUrn], serial: 'S-1' })),
    '400 invalidValue',
  )
})

t.test('R-170 R-173 R-185 PATCH respects mutability with add, remove and replace', async t => {
  const { client, make } = await declaring(t)
  const { id } = await make('S-1', { label: 'Attic', place: { room: 'Attic' } })
  const patch = (op: string, path: string, value?: unknown) =>
    client.patch(`/Sensors/${id}`, { op, path, ...(value !== undefined && { value }) })
  t.match((await patch('replace', 'label', 'Cellar')).body, { label: 'Cellar' })
  t.equal((await patch('remove', 'label')).body.label, undefined)
  t.match((await patch('add', 'tags', ['a', 'b'])).body, { tags: ['a', 'b'] })
  t.match((await patch('add', 'tags', 'c')).body, { tags: ['a', 'b', 'c'] })
  t.match((await patch('remove', 'tags[value eq "B"]')).body, { tags: ['a', 'c'] })
  t.match((await patch('replace', 'readings', readings)).body, { readings })
  t.match((await patch('replace', 'readings[value lt 0].note', 'Cold')).body.readings[1], { note: 'Cold' })
  t.same((await patch('remove', 'readings[value gt 0]')).body.readings.length, 1)
  t.equal(rejection(await patch('add', 'uptime', 7)), '400 mutability')
  t.equal(rejection(await patch('replace', 'place.plan', 'https://x.org')), '400 mutability')
  t.match((await patch('add', 'installed', all.installed)).body, { installed: all.installed }, 'set once')
  t.equal(rejection(await patch('replace', 'installed', '2027-01-01T00:00:00Z')), '400 mutability')
  t.equal(rejection(await patch('remove', 'installed')), '400 mutability')
  t.equal(rejection(await patch('replace', 'serial', 'S-2')), '400 mutability')
  t.equal(rejection(await patch('remove', 'serial')), '400 mutability')
  t.match((await patch('add', 'place.floor', 3)).body.place, { floor: 3 })
  t.equal(rejection(await patch('replace', 'place.floor', 4)), '400 mutability')
  t.equal(rejection(await patch('remove', 'place.room')), '400 mutability')
  t.equal(rejection(await patch('remove', siteUrn)), '400 mutability', 'the extension is required')
  t.match((await patch('replace', `${siteUrn}:plant`, 'South')).body[siteUrn], { plant: 'South' })
  t.notMatch(JSON.stringify((await patch('add', 'pin', '1234')).body), 'pin')
  t.equal(rejection(await patch('add', 'channels', 'four')), '400 invalidValue')
  t.equal(rejection(await patch('add', 'color', 'red')), '400 invalidPath')
})

t.test(
  'R-094 R-144 R-200 R-203 a declared type is included in queries of the root, in .search and in Bulk',
  async t => {
    const { client, make } = await declaring(t)
    const one = await make('S-1', { active: false })
    await client.create('Users', aUser('marge', { active: false }))
    const found = async (filter: string) => {
      const { body } = await client.post('/.search', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter,
        sortBy: 'meta.resourceType',
      })
      return body.Resources?.map(({ meta }: { meta: { resourceType: string } }) => meta.resourceType).join(
        ' ',
      )
    }
    t.equal(await found('active eq false'), 'Sensor User')
    t.equal(await found('serial eq "S-1"'), 'Sensor')
    t.equal(await found('meta.resourceType eq "Sensor"'), 'Sensor')
    const { status, body } = await client.post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Sensors', bulkId: 'new', data: aSensor('S-2') },
        {
          method: 'PATCH',
          path: '/Sensors/bulkId:new',
          data: patchOp({ op: 'add', path: 'label', value: 'Attic' }),
        },
        { method: 'DELETE', path: `/Sensors/${one.id}` },
      ],
    })
    t.same(
      [status, body.Operations.map((done: { status: string }) => done.status)],
      [200, ['201', '200', '204']],
    )
    t.match((await client.get('/Sensors')).body.Resources, [{ serial: 'S-2', label: 'Attic' }])
  },
)

t.test('R-195 R-196 a deleted resource is no longer returned', async t => {
  const { client, make } = await declaring(t)
  const { id } = await make('S-1')
  t.equal((await client.delete(`/Sensors/${id}`)).status, 204)
  t.equal((await client.get(`/Sensors/${id}`)).status, 404)
  t.equal((await client.delete(`/Sensors/${id}`)).status, 404)
  t.equal((await client.get('/Sensors')).body.totalResults, 0)
})

t.test('R-027 R-054 R-176 a second extension of users is stored and found', async t => {
  const { client } = await declaring(t)
  const badge = { number: 7, issued: '2026-01-01T00:00:00Z', colors: ['RED', 'blue'] }
  const user = await client.create(
    'Users',
    aUser('marge', {
      [badgeUrn.toUpperCase()]: { ...badge, code: '9876' },
      [enterpriseUrn]: { department: 'Ops' },
    }),
  )
  t.same(user.schemas, [userUrn, enterpriseUrn, badgeUrn])
  t.same(user[badgeUrn], { ...badge, colors: ['red', 'blue'] })
  const path = `/Users/${user.id}`
  const found = await client.get(
    `/Users?filter=${encodeURIComponent(`${badgeUrn}:number eq 7`)}&attributes=${badgeUrn}:number`,
  )
  t.match(found.body.Resources, [{ id: user.id, [badgeUrn]: { number: 7 } }])
  t.equal(
    rejection(await client.post('/Users', aUser('bart', { [badgeUrn]: { number: 7 } }))),
    '409 uniqueness',
  )
  t.equal(
    rejection(
      await client.patch(path, { op: 'replace', path: `${badgeUrn}:issued`, value: '2027-01-01T00:00:00Z' }),
    ),
    '400 mutability',
  )
  t.match(
    (await client.patch(path, { op: 'replace', path: badgeUrn, value: { number: 8 } })).body[badgeUrn],
    {
      number: 8,
      issued: badge.issued,
    },
  )
  const bart = await client.create('Users', aUser('bart'))
  t.same(bart.schemas, [userUrn])
  const added = await client.patch(`/Users/${bart.id}`, { op: 'add', path: `${badgeUrn}:number`, value: 9 })
  t.same(added.body.schemas, [userUrn, badgeUrn])
  const removed = await client.patch(`/Users/${bart.id}`, { op: 'remove', path: `${badgeUrn}:number` })
  t.same(removed.body.schemas, [userUrn])
  t.equal(
    rejection(await client.post('/Users', aUser('lisa', { schemas: [userUrn, siteUrn] }))),
    '400 invalidValue',
  )
})

t.test('R-010 R-057 a declared secret is in no response, no journal entry and no database row', async t => {
  const { client, make, deps, tenant } = await declaring(t)
  const { id } = await make('S-1', { pin: 'very-secret-pin' })
  await client.patch(`/Sensors/${id}`, { op: 'replace', path: 'pin', value: 'very-secret-pin-2' })
  await client.patch(`/Sensors/${id}`, { op: 'replace', value: { pin: 'very-secret-pin-3' } })
  await client.post('/Sensors', aSensor('S-1', { pin: ['very-secret-pin-4'] }))
  await client.get(`/Sensors?filter=${encodeURIComponent('pin eq "very-secret-pin-5"')}`)
  const exchanges = await deps.journal.page({ limit: 50 })
  t.ok(exchanges.items.length >= 5)
  t.notMatch(JSON.stringify(exchanges), 'very-secret')
  const history = await deps.directory.history(tenant.key, 'Sensor', id, { limit: 50 })
  t.notMatch(JSON.stringify(history), 'very-secret')
})

t.test('the entra profile accepts lenient values of a declared type', async t => {
  const { client } = await declaring(t, 'entra')
  const { status, body } = await client.post('/sensors', {
    serial: 7,
    active: 'True',
    label: '',
    color: 'red',
    [siteUrn]: { plant: 'North' },
  })
  t.equal(status, 201)
  t.match(body, { serial: '7', active: true, schemas: [sensorUrn, siteUrn] })
  t.equal(body.label, undefined)
  t.equal((await client.get('/Sensors?filter=plant eq "north"')).body.totalResults, 1)
  t.equal(
    (await client.patch(`/Sensors/${body.id}`, { op: 'Replace', path: 'plant', value: 'South' })).status,
    204,
  )
  t.equal((await client.get(`/Sensors/${body.id}`)).body[siteUrn].plant, 'South')
})
