import t from 'tap'
import { accountId, identityStoreId, instanceArn } from '../../../src/aws-api/identifiers.ts'
import { readDuration } from '../../../src/domain/duration.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, scimBase, wholeList } from './console-app.ts'

t.test('tenants', async t => {
  const { callApi } = await buildTestConsole(t)

  t.test('a new tenant has its defaults, its endpoint, its options and no resources', async t => {
    const { status, headers, body } = await callApi('POST', '/api/v1/tenants', { id: 'acme' })
    const { created, clock, switches, ...rest } = body
    t.same(
      { status, location: headers.location, rest },
      {
        status: 201,
        location: '/api/v1/tenants/acme',
        rest: {
          id: 'acme',
          profile: 'aws',
          onDelete: 'retain',
          throttle: 'off',
          endpoint: `${scimBase}/acme/scim/v2`,
          tokens: 0,
          tokenLimit: 2,
          aws: {
            endpoint: 'http://127.0.0.1:8082',
            region: 'us-east-1',
            account: accountId('acme'),
            identityStoreId: identityStoreId('acme'),
            instanceArn: instanceArn('acme'),
          },
          counts: {
            User: { active: 0, disabled: 0, retained: 0, removed: 0 },
            Group: { active: 0, disabled: 0, retained: 0, removed: 0 },
          },
        },
      },
    )
    t.equal(clock.offset, 0)
    t.ok(Math.abs(Date.now() - Date.parse(created)) < 60_000)
    t.match(
      switches.find(({ id }: { id: string }) => id === 'putUserStatus'),
      { topic: 'responses', description: /PUT/, values: ['200', '201'], default: '200', chosen: '200' },
    )
    t.same((await callApi('GET', '/api/v1/tenants/acme')).body.switches, switches)
  })

  t.test('a tenant without a name gets one', async t => {
    const { status, body } = await callApi('POST', '/api/v1/tenants')
    t.match({ status, body }, { status: 201, body: { id: /^[0-9a-z-]{39}$/, profile: 'aws' } })
  })

  const chosen = (switches: readonly { id: string; chosen: string; default: string }[]) =>
    Object.fromEntries(switches.filter(one => one.chosen !== one.default).map(one => [one.id, one.chosen]))

  t.test('a change keeps omitted settings, and null restores a default', async t => {
    await callApi('POST', '/api/v1/tenants', { id: 'changing', switches: { putUserStatus: '201' } })
    const first = await callApi('PATCH', '/api/v1/tenants/changing', {
      throttle: 'aws',
      switches: { email: 'required' },
    })
    t.match(first, { status: 200, body: { profile: 'aws', onDelete: 'retain', throttle: 'aws' } })
    t.same(chosen(first.body.switches), { putUserStatus: '201', email: 'required' })

    const second = await callApi('PATCH', '/api/v1/tenants/changing', { switches: { putUserStatus: null } })
    t.same(chosen(second.body.switches), { email: 'required' })
    t.equal(second.body.throttle, 'aws')

    const other = await callApi('PATCH', '/api/v1/tenants/changing', { profile: 'rfc', onDelete: 'remove' })
    t.match(other, { status: 200, body: { profile: 'rfc', onDelete: 'remove', switches: [] } })
  })

  t.test('an option or value that the profile lacks is rejected by name', async t => {
    for (const switches of [{ nonsense: 'x' }, { email: 'perhaps' }]) {
      const { status, body } = await callApi('POST', '/api/v1/tenants', { id: 'never', switches })
      t.match(
        { status, body },
        {
          status: 400,
          body: { detail: Object.keys(switches)[0] ?? '', errors: [{ path: 'body.switches' }] },
        },
      )
    }
    t.equal((await callApi('GET', '/api/v1/tenants/never')).status, 404)
  })

  t.test('an id that cannot be part of a URL is rejected', async t => {
    for (const id of ['a b', 'scim', '', '..', 'é']) {
      t.match(
        await callApi('POST', '/api/v1/tenants', { id }),
        { status: 400, body: { type: 'urn:scimulator:problem:invalid-request' } },
        id,
      )
    }
  })

  t.test('a deleted tenant is gone, and its tokens are rejected', async t => {
    const { callApi, client, tenant, deps } = await buildTestConsole(t, 'aws')
    t.equal((await client.get('/Users')).status, 200)
    const { status, body } = await callApi('DELETE', `/api/v1/tenants/${tenant.id}`)
    t.same({ status, body }, { status: 204, body: '' })
    t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).status, 404)
    t.equal((await client.get('/Users')).status, 401)
    t.same(deps.tenants.list(), [])
  })

  t.test('pages joined are the list', async t => {
    for (let number = 1; number <= 7; number += 1)
      await callApi('POST', '/api/v1/tenants', { id: `page-${number}` })
    const { items } = (await callApi('GET', '/api/v1/tenants?limit=200')).body
    const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)
    for (const limit of [1, 2, 3, items.length, 200]) {
      t.same(ids(await wholeList(callApi, `/api/v1/tenants?limit=${limit}`)), ids(items), `by ${limit}`)
    }
  })
})

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
