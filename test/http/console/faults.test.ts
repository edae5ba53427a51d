import t from 'tap'
import { presets } from '../../../src/domain/faults/presets.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, problem, scimBase } from './console-app.ts'

const path = '/api/v1/faults'
const failing = { kind: 'status', status: 500 }

t.test('a fault is turned on, hits requests, is listed with its hits, and is turned off', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  t.same((await callApi('GET', path)).body, { items: [] })

  const fault = {
    name: 'Trouble',
    match: {
      tenant: tenant.id,
      api: 'scim',
      methods: ['POST'],
      type: 'user',
      operations: ['create'],
      every: 2,
    },
    effect: { kind: 'status', status: 429, detail: 'Slowly.', retryAfter: 5 },
    times: 3,
  }
  const activated = await callApi('POST', path, fault)
  t.equal(activated.status, 201)
  const { id, activeSince: at, ...rest } = activated.body
  t.match(id, /^[0-9a-f-]{36}$/)
  t.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
  t.same(rest, {
    ...fault,
    summary: `every 2nd POST (create) of a user to SCIM in ${tenant.id}: 429, Retry-After 5, 3 times`,
    hits: 0,
    remaining: 3,
  })

  const statuses = []
  for (const name of ['marge', 'barney', 'moe']) {
    statuses.push((await client.post('/Users', aUser(name))).status)
  }
  t.same(statuses, [201, 429, 201])
  const [listed, ...none] = (await callApi('GET', path)).body.items
  const { lastHit, ...struck } = listed
  t.same(none, [])
  t.same(struck, { ...activated.body, hits: 1, remaining: 2 })
  t.ok(Math.abs(Date.parse(lastHit) - Date.now()) < 60_000)

  const { items } = (await callApi('GET', '/api/v1/exchanges?q=fault:any')).body
  t.match(items, [{ status: 429, fault: { id, summary: '429, Retry-After 5' } }])
  t.equal(items.length, 1)

  t.match(await callApi('DELETE', `${path}/${id}`), { status: 204, body: '' })
  t.same((await callApi('GET', path)).body, { items: [] })
  t.match(await callApi('DELETE', `${path}/${id}`), {
    status: 404,
    body: problem(
      'not-found',
      'Not found',
      404,
      `No fault "${id}" is active; it may have reached its last hit. GET /api/v1/faults lists the active faults.`,
    ),
  })
  t.equal((await client.post('/Users', aUser('ned'))).status, 201)
})

t.test('each preset is listed, and can be turned on unchanged or for one tenant', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  t.same((await callApi('GET', `${path}/presets`)).body, { items: presets })
  for (const { id, fault } of presets) {
    t.match(await callApi('POST', path, { preset: id }), { status: 201, body: fault }, id)
    t.match(await callApi('POST', path, fault), { status: 201, body: fault }, `${id} by its properties`)
  }
  const { body } = await callApi('POST', path, { preset: 'slow', tenant: tenant.id })
  t.same(body.match, { tenant: tenant.id })
  t.equal(body.summary, `every request in ${tenant.id}: delayed 5 seconds`)
  t.equal((await callApi('GET', path)).body.items.length, 2 * presets.length + 1)
  t.match(await callApi('DELETE', path), { status: 204, body: '' })
  t.same((await callApi('GET', path)).body, { items: [] })
  t.equal((await callApi('DELETE', path)).status, 204, 'also when there is nothing to disarm')
})

t.test('errors in a fault are reported with their location', async t => {
  const { callApi } = await buildTestConsole(t)
  const wrong: readonly (readonly [unknown, string, RegExp])[] = [
    [{}, 'body.effect', /^Expected an effect whose "kind" is status, .* Or set "preset"\.$/],
    [undefined, 'body', /./],
    [[], 'body', /object/],
    [{ effect: failing, color: 'red' }, 'body', /"color"/],
    [{ effect: failing, match: { color: 'red' } }, 'body.match', /"color"/],
    [{ effect: { ...failing, color: 'red' } }, 'body.effect', /"color"/],
    [{ effect: failing, match: 'all' }, 'body.match', /^Expected an object with "tenant", /],
    [{ effect: 'fail' }, 'body.effect', /^Expected an effect whose "kind" is /],
    [{ effect: {} }, 'body.effect.kind', /^Expected an effect whose "kind" is /],
    [{ effect: { kind: 'explode' } }, 'body.effect.kind', /^Expected an effect whose "kind" is /],
    [{ effect: { kind: 'status' } }, 'body.effect.status', /^Expected a whole number from 400 to 599\.$/],
    [{ effect: { kind: 'status', status: 200 } }, 'body.effect.status', /from 400 to 599/],
    [{ effect: { kind: 'status', status: 600 } }, 'body.effect.status', /from 400 to 599/],
    [{ effect: { kind: 'status', status: 429.5 } }, 'body.effect.status', /from 400 to 599/],
    [{ effect: { kind: 'status', status: '429' } }, 'body.effect.status', /from 400 to 599/],
    [{ effect: { ...failing, retryAfter: -1 } }, 'body.effect.retryAfter', /from 0 to 86400/],
    [{ effect: { ...failing, detail: '' } }, 'body.effect.detail', /^Must not be empty/],
    [{ effect: { ...failing, detail: 'x'.repeat(1001) } }, 'body.effect.detail', /^Must have at most 1000 /],
    [{ effect: { kind: 'delay', milliseconds: 0 } }, 'body.effect.milliseconds', /from 1 to 600000/],
    [{ effect: { kind: 'delay', milliseconds: 600_001 } }, 'body.effect.milliseconds', /from 1 to 600000/],
    [{ effect: { kind: 'reset' } }, 'body.effect.when', /^Expected before or after\.$/],
    [{ effect: { kind: 'reset', when: 'now' } }, 'body.effect.when', /^Expected before or after\.$/],
    [{ effect: { kind: 'body', mediaType: 'a/b' } }, 'body.effect.body', /^Expected a string, /],
    [
      { effect: { kind: 'body', mediaType: 'a/b', body: 'é'.repeat(32_769) } },
      'body.effect.body',
      /^Must be at most 64 KiB\.$/,
    ],
    ...['text', 'text/html\r\nx: y', 'a/b; c', '', 5].map(
      mediaType =>
        [
          { effect: { kind: 'body', body: 'x', mediaType } },
          'body.effect.mediaType',
          /^Expected a /,
        ] as const,
    ),
    [
      { effect: { kind: 'body', body: 'x', mediaType: 'a/b', status: 199 } },
      'body.effect.status',
      /from 200 to 599/,
    ],
    [
      { effect: { kind: 'body', body: 'x', mediaType: 'a/b', status: 204 } },
      'body.effect.status',
      /^A response with this status has no body: /,
    ],
    [{ effect: failing, match: { methods: [] } }, 'body.match.methods', /^Must not be empty/],
    [{ effect: failing, match: { methods: 'GET' } }, 'body.match.methods', /^Expected a list\.$/],
    [
      { effect: failing, match: { methods: ['GET', 'get'] } },
      'body.match.methods.1',
      /^Expected GET, .* or DELETE\.$/,
    ],
    [{ effect: failing, match: { operations: ['write'] } }, 'body.match.operations.0', /^Expected create, /],
    [{ effect: failing, match: { text: '' } }, 'body.match.text', /^Must not be empty/],
    [{ effect: failing, match: { skip: -1 } }, 'body.match.skip', /from 0 to 1000000/],
    [{ effect: failing, match: { every: 0 } }, 'body.match.every', /from 1 to 1000000/],
    [{ effect: failing, times: 0 }, 'body.times', /from 1 to 1000000/],
    [{ effect: failing, name: '' }, 'body.name', /^Must not be empty/],
    [{ effect: failing, name: 'x'.repeat(101) }, 'body.name', /^Must have at most 100 /],
    [{ effect: failing, tenant: 'acme' }, 'body.tenant', /in "match"/],
    [
      { effect: failing, match: { tenant: 'nobody' } },
      'body.match.tenant',
      /^There is no tenant "nobody"\. GET /,
    ],
    [
      { effect: failing, match: { type: 'Person' } },
      'body.match.type',
      /^Unknown resource type "Person": expected one of User, Group\.$/,
    ],
    [{ preset: 'nonsense' }, 'body.preset', /^Unknown preset "nonsense": expected one of throttled, /],
    [{ preset: 5 }, 'body.preset', /^Expected the ID of a preset\.$/],
    [{ preset: 'slow', tenant: 'nobody' }, 'body.tenant', /^There is no tenant "nobody"\. /],
    [{ preset: 'slow', effect: failing }, 'body.effect', /^A preset defines /],
    [{ preset: 'slow', times: 1 }, 'body.times', /^A preset defines /],
    [{ preset: 'slow', match: {} }, 'body.match', /^A preset defines /],
  ]
  for (const [body, place, message] of wrong) {
    const response = await callApi('POST', path, body)
    t.match(
      response,
      {
        status: 400,
        body: { type: 'urn:scimulator:problem:invalid-request', errors: [{ path: place, message }] },
      },
      JSON.stringify(body)?.slice(0, 100),
    )
    t.equal(response.body.errors?.length, 1)
  }
  t.same((await callApi('GET', path)).body, { items: [] }, 'none of them is armed')
})

t.test('a body of the maximum size is accepted', async t => {
  const { callApi } = await buildTestConsole(t)
  const effect = {
    kind: 'body',
    body: 'é'.repeat(32_768),
    mediaType: 'text/html; charset="utf-8"',
    status: 599,
  }
  t.match(await callApi('POST', path, { effect }), { status: 201, body: { match: {}, effect } })
})

t.test('the limit is 100 active faults', async t => {
  const { callApi } = await buildTestConsole(t)
  for (let count = 0; count < 100; count++) await callApi('POST', path, { effect: failing })
  t.match(await callApi('POST', path, { effect: failing }), {
    status: 409,
    body: problem(
      'limit-reached',
      'Limit reached',
      409,
      '100 faults are active, which is the maximum. Turn one off first.',
    ),
  })
})

t.test('a fault for a declared type requires the tenant that declares it', async t => {
  const { callApi, tenant, another } = await buildTestConsole(t)
  const other = await another('rfc')
  const schema = 'urn:example:schemas:Device'
  const declared = await callApi('PUT', `/api/v1/tenants/${other.tenant.id}/types`, {
    schemas: [{ id: schema, name: 'Device', attributes: [{ name: 'serial', type: 'string' }] }],
    resourceTypes: [{ name: 'Device', endpoint: '/Devices', schema }],
  })
  t.equal(declared.status, 200)
  const activated = async (match: object) => (await callApi('POST', path, { match, effect: failing })).status
  t.equal(await activated({ type: 'Device' }), 201)
  t.equal(await activated({ type: 'device', tenant: other.tenant.id }), 201)
  t.equal(await activated({ type: 'Device', tenant: tenant.id }), 400)
})

t.test('pages of other origins cannot turn on faults', async t => {
  const { callApi } = await buildTestConsole(t)
  t.equal((await callApi('POST', path, { preset: 'slow' }, { origin: scimBase })).status, 403)
  t.same((await callApi('GET', path)).body, { items: [] })
})

t.test('a reset turns off all faults, the reset of a tenant only its own', async t => {
  const { callApi, tenant, another } = await buildTestConsole(t)
  const other = await another('rfc')
  await callApi('POST', path, { preset: 'slow' })
  await callApi('POST', path, { preset: 'slow', tenant: tenant.id })
  await callApi('POST', path, { preset: 'slow', tenant: other.tenant.id })
  const affectedTenants = async () =>
    (await callApi('GET', path)).body.items.map(({ match }: { match: { tenant?: string } }) => match.tenant)
  await callApi('POST', '/api/v1/reset', { tenant: tenant.id })
  t.same(await affectedTenants(), [undefined, other.tenant.id])
  await callApi('POST', '/api/v1/reset')
  t.same(await affectedTenants(), [])
})
