import t, { type Test } from 'tap'
import type { JsonObject } from '../../src/scim/json.ts'
import { buildTestConsole } from './console/console-app.ts'

const urn = 'urn:example:scim:schemas:Lamp'

const lamps = (...attributes: readonly JsonObject[]) => ({
  schemas: [{ id: urn, attributes: [{ name: 'label' }, ...attributes] }],
  resourceTypes: [{ name: 'Lamp', endpoint: '/Lamps', schema: urn }],
})

/** A tenant with lamps that have one more attribute, one of which is stored. */
async function withLamp(t: Test, attribute: JsonObject, value: JsonObject) {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const declare = (...attributes: readonly JsonObject[]) =>
    callApi('PUT', `/api/v1/tenants/${tenant.id}/types`, lamps(...attributes))
  await declare(attribute)
  const { status, body: lamp } = await client.post('/Lamps', { schemas: [urn], label: 'Desk', ...value })
  if (status !== 201) throw new Error(JSON.stringify(lamp))
  /** The places that prevent a change, or the status of a successful one. */
  const change = async (...attributes: readonly JsonObject[]) => {
    const { status, body } = await declare(...attributes)
    return status === 409 ? body.errors.map(({ path }: { path: string }) => path).join() : status
  }
  return { client, lamp, change, path: `/Lamps/${lamp.id}` }
}

t.test('R-058 a change of `returned` applies at once, also to stored resources', async t => {
  const { client, change, path } = await withLamp(t, { name: 'note' }, { note: 'x' })
  t.equal(await change({ name: 'note', returned: 'request' }), 200)
  t.equal((await client.get(path)).body.note, undefined)
  t.equal((await client.get(`${path}?attributes=note`)).body.note, 'x')
  t.equal(await change({ name: 'note', returned: 'always' }), 200)
  t.equal((await client.get(`${path}?excludedAttributes=note`)).body.note, 'x')
})

t.test('R-059 R-060 a change of `mutability` applies at once', async t => {
  const { client, change, path } = await withLamp(t, { name: 'note' }, { note: 'x' })
  const patch = async () =>
    (await client.patch(path, { op: 'replace', path: 'note', value: 'y' })).body.scimType
  t.equal(await change({ name: 'note', mutability: 'immutable' }), 200)
  t.equal(await patch(), 'mutability')
  t.equal(await change({ name: 'note', mutability: 'readOnly' }), 200)
  t.equal(await patch(), 'mutability')
  t.equal(await change({ name: 'note' }), 200)
  t.equal(await patch(), undefined)
})

t.test('added attributes and canonical values apply from then on', async t => {
  const { client, change, path } = await withLamp(t, { name: 'note' }, {})
  t.equal(await change({ name: 'note', canonicalValues: ['Warm'] }, { name: 'watts', type: 'integer' }), 200)
  const { body } = await client.patch(path, { op: 'add', value: { note: 'WARM', watts: 60 } })
  t.same([body.note, body.watts, body.label], ['Warm', 60, 'Desk'])
  t.equal((await client.get('/Lamps?filter=watts gt 50')).body.totalResults, 1)
})

t.test('a change that stored values would violate is rejected until they are removed', async t => {
  const changes: readonly JsonObject[] = [
    { type: 'integer' },
    { multiValued: true },
    { caseExact: true },
    { uniqueness: 'server' },
    { mutability: 'writeOnly' },
    { name: 'Note' },
  ]
  const { client, change, path } = await withLamp(t, { name: 'note' }, { note: 'x' })
  for (const one of changes) t.equal(await change({ name: 'note', ...one }), 'Lamp.note', JSON.stringify(one))
  t.equal(await change(), 'Lamp.note', 'taken away')
  t.same((await client.get(`${path}?attributes=note`)).body.note, 'x', 'nothing has changed')
  await client.patch(path, { op: 'remove', path: 'note' })
  for (const one of changes) {
    t.equal(await change({ name: 'note', ...one }), 200, JSON.stringify(one))
    t.equal(await change({ name: 'note' }), 200)
  }
  t.equal(await change(), 200)
})

t.test('an attribute can become required only before resources exist', async t => {
  const { client, change, path } = await withLamp(t, { name: 'note' }, { note: 'x' })
  t.equal(await change({ name: 'note', required: true }), 'Lamp.note')
  t.equal(await change({ name: 'note' }, { name: 'more', required: true }), 'Lamp.more')
  await client.delete(path)
  t.equal(await change({ name: 'note', required: true }), 200)
})

t.test('R-057 a secret cannot become a readable value while a hash is stored', async t => {
  const { client, change, path } = await withLamp(
    t,
    { name: 'pin', mutability: 'writeOnly' },
    { pin: '1234' },
  )
  t.equal(await change({ name: 'pin' }), 'Lamp.pin')
  t.equal(await change(), 'Lamp.pin')
  await client.patch(path, { op: 'remove', path: 'pin' })
  t.equal(await change({ name: 'pin' }), 200)
  t.equal((await client.get(path)).body.pin, undefined)
})

t.test('conflicts in sub-attributes and lists are reported, too', async t => {
  const maker = (...names: readonly string[]) => ({
    name: 'makers',
    type: 'complex',
    multiValued: true,
    subAttributes: names.map(name => ({ name })),
  })
  const { change } = await withLamp(t, maker('value', 'note', 'free'), {
    makers: [{ value: 'a' }, { note: 'b' }],
  })
  t.equal(await change(maker('value', 'note')), 200, 'nobody has the other')
  t.equal(await change(maker('value')), 'Lamp.makers.note')
  t.equal(await change({ ...maker('value', 'note'), multiValued: false }), 'Lamp.makers')
})
