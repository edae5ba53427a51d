import t from 'tap'
import { readDuration } from '../../../src/entra/duration.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole } from './console-app.ts'

const day = 24 * 60 * 60 * 1000

t.test('a clock moves forward by a duration or to a time, and never back', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t, 'aws')
  const path = `/api/v1/tenants/${tenant.id}/clock`
  t.match(await callApi('GET', path), { status: 200, body: { offset: 0 } })

  const moved = (await callApi('PUT', path, { advance: '1d1h30m' })).body
  t.equal(moved.offset, day + 5_400_000)
  t.equal(Date.parse(moved.now) - Date.parse(moved.machine), moved.offset)

  const further = new Date(Date.now() + 400 * day).toISOString()
  const set = (await callApi('PUT', path, { now: further })).body
  t.ok(Math.abs(Date.parse(set.now) - Date.parse(further)) < 60_000)
  t.equal((await client.get('/Users')).status, 401, 'the token has expired meanwhile')

  t.match(await callApi('PUT', path, { now: new Date(Date.now() + day).toISOString() }), {
    status: 400,
    body: { detail: /can only move forward/ },
  })
  for (const body of [
    {},
    { advance: '' },
    { advance: 'soon' },
    { advance: '-1d' },
    { now: 'noon' },
    { now: further, advance: '1d' },
    undefined,
  ]) {
    const { status, body: document } = await callApi('PUT', path, body)
    t.match(
      { status, document },
      { status: 400, document: { detail: /Expected \{ "now"/ } },
      JSON.stringify(body),
    )
  }
  t.match(await callApi('PUT', path, { advance: '99999999999999999999w' }), { status: 400 })
})

t.test('durations are read in common notations', async t => {
  const read = ['90d', '1h30m', '2w', '45s', '1w2d3h4m5s'].map(readDuration)
  t.same(read, [90 * day, 5_400_000, 14 * day, 45_000, 9 * day + 11_045_000])
  t.same(['', 'd', '1', '1x', '1m1h', '1d ', '1.5d', '-1d'].map(readDuration), Array(8).fill(undefined))
})

t.test('a reset deletes everything except tenants and tokens', async t => {
  const { callApi, client, tenant, another } = await buildTestConsole(t, 'aws')
  const other = await another('rfc')
  const counts = async (id: string) => (await callApi('GET', `/api/v1/tenants/${id}`)).body.counts.User.active
  const exchanges = async (id: string) =>
    (await callApi('GET', `/api/v1/exchanges?tenant=${id}`)).body.items.length
  const user = await client.create('Users', aUser('anna'))
  await other.client.create('Users', aUser('ben'))
  await callApi('PUT', `/api/v1/tenants/${tenant.id}/clock`, { advance: '10d' })

  t.same((await callApi('POST', '/api/v1/reset', { tenant: tenant.id })).body, { tenants: [tenant.id] })
  t.same([await counts(tenant.id), await exchanges(tenant.id)], [0, 0])
  t.same(
    [await counts(other.tenant.id), await exchanges(other.tenant.id)],
    [1, 1],
    'the other tenant is unchanged',
  )
  t.match((await callApi('GET', `/api/v1/tenants/${tenant.id}/clock`)).body, { offset: 0 })
  t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}/users/${user.id}/history`)).status, 404)
  await client.create('Users', aUser('anna'))

  t.same((await callApi('POST', '/api/v1/reset')).body, { tenants: [tenant.id, other.tenant.id] })
  t.same([await counts(tenant.id), await counts(other.tenant.id)], [0, 0])
  t.same((await callApi('GET', '/api/v1/exchanges')).body, { items: [] })
  t.equal((await client.get('/Users')).status, 200, 'the token is still good')
})
