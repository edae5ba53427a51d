import t from 'tap'
import { buildTestConsole, wholeList } from './console-app.ts'

const day = 24 * 60 * 60 * 1000

t.test('a token is shown once', async t => {
  const { callApi, tenant, deps, client } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  const { status, body } = await callApi('POST', path)
  const { value, ...rest } = body
  t.equal(status, 201)
  t.match(value, /^scimulator-/)
  t.equal(rest.ending, value.slice(-4))
  t.match(rest, { expired: false, requests: 0 })
  t.equal(Date.parse(rest.expires) - Date.parse(rest.created), 365 * day)

  await client.get('/Users')
  await deps.journal.page({ limit: 1 })
  for (const address of [path, `/api/v1/tenants/${tenant.id}`, '/api/v1/tenants', '/api/v1/exchanges']) {
    t.notOk(JSON.stringify((await callApi('GET', address)).body).includes(value), address)
  }
})

t.test('a given token is accepted, and a weak one rejected', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  const { body } = await callApi('POST', path, { value: 'a-token-of-our-tests' })
  t.equal(body.value, 'a-token-of-our-tests')
  const headers = { authorization: 'Bearer a-token-of-our-tests' }
  t.equal((await client.get('/Users', headers)).status, 200)
  t.match(await callApi('POST', path, { value: 'short' }), { status: 400, body: { detail: /8 to 4096/ } })
})

t.test('R-007 a read-only token can be generated', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  const { status, body } = await callApi('POST', path, { access: 'read' })
  t.match({ status, body }, { status: 201, body: { access: 'read' } })
  const headers = { authorization: `Bearer ${body.value}` }
  t.equal((await client.get('/Users', headers)).status, 200)
  t.equal((await client.send('POST', '/Users', {}, headers)).status, 403)
  const { items } = (await callApi('GET', path)).body
  t.same(
    items.map(({ access }: { access: string }) => access),
    ['read', 'full'],
  )
  t.match(await callApi('POST', path, { access: 'write' }), { status: 400, body: { detail: /access/ } })
})

t.test('each token has its number of requests, last use and expiry', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t)
  const shown = async () => (await callApi('GET', `/api/v1/tenants/${tenant.id}/tokens`)).body.items[0]
  t.match(await shown(), { requests: 0, lastUsed: undefined, warning: undefined })
  await client.get('/Users')
  await client.get('/Users')
  const { requests, lastUsed } = await shown()
  t.equal(requests, 2)
  t.ok(Math.abs(Date.now() - Date.parse(lastUsed)) < 60_000)
})

t.test('a token has a warning from 90 days before it expires, by its tenant’s clock', async t => {
  const { callApi, tenant, advance } = await buildTestConsole(t)
  const shown = async () => {
    const { expired, expiresInDays, warning } = (await callApi('GET', `/api/v1/tenants/${tenant.id}/tokens`))
      .body.items[0]
    return { expired, expiresInDays, warning }
  }
  await advance(274 * day)
  t.same(await shown(), { expired: false, expiresInDays: 90, warning: undefined })
  await advance(day)
  t.same(await shown(), {
    expired: false,
    expiresInDays: 89,
    warning: 'Expires in 89 days. Generate a second token and give it to the client.',
  })
  await advance(89 * day)
  t.match(await shown(), { expired: false, expiresInDays: 0, warning: /^Expires in less than a day/ })
  await advance(day)
  t.match(await shown(), {
    expired: true,
    expiresInDays: -1,
    warning: /^Expired: the client gets 401\. Generate a new token/,
  })
})

t.test('an expired token is rejected and still counts; a deleted one no longer does', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t, 'aws')
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  const [first] = (await callApi('GET', path)).body.items
  const { status, body } = await callApi('POST', `${path}/${first.id}/expire`)
  t.match({ status, body }, { status: 200, body: { id: first.id, expired: true } })
  t.equal((await client.get('/Users')).status, 401)

  t.equal((await callApi('POST', path)).status, 201)
  t.match(await callApi('POST', path), {
    status: 409,
    body: { type: 'urn:scimulator:problem:limit-reached', detail: /Delete one first/ },
  })
  t.equal((await callApi('DELETE', `${path}/${first.id}`)).status, 204)
  t.equal((await callApi('DELETE', `${path}/${first.id}`)).status, 404)
  t.equal((await callApi('POST', path)).status, 201)
})

t.test('pages joined are the list, newest first', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  const creation: string[] = []
  for (let number = 0; number < 4; number += 1) creation.unshift((await callApi('POST', path)).body.id)
  for (const limit of [1, 2, 5]) {
    const ids = (await wholeList(callApi, `${path}?limit=${limit}`)).map(({ id }) => id)
    t.same(ids.slice(0, 4), creation, `by ${limit}`)
    t.equal(ids.length, 5)
  }
})

t.test('a token is rotated: the old one stays valid for a while', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t, 'aws')
  const root = `/api/v1/tenants/${tenant.id}/tokens`
  const [old] = (await callApi('GET', root)).body.items
  const { status, body } = await callApi('POST', `${root}/${old.id}/rotate`, { overlap: '2h' })
  t.equal(status, 201)
  t.match(body, { value: /^scimulator-/, expired: false, replaces: { id: old.id, expired: false } })
  t.equal(Date.parse(body.replaces.expires) - Date.parse(body.created) < 2 * 60 * 60 * 1000 + 1000, true)
  t.equal((await client.get('/Users')).status, 200)
  t.equal((await client.get('/Users', { authorization: `Bearer ${body.value}` })).status, 200)
  t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).body.tokenLimit, 2)

  t.match(await callApi('POST', `${root}/${body.id}/rotate`), {
    status: 409,
    body: {
      type: 'urn:scimulator:problem:limit-reached',
      detail: /2 access tokens, which is the maximum\. Delete an expired or unused token first/,
    },
  })
  t.equal((await callApi('DELETE', `${root}/${old.id}`)).status, 204)
  const again = await callApi('POST', `${root}/${body.id}/rotate`)
  t.equal(again.status, 201, 'the default overlap is a day')
  const left = Date.parse(again.body.replaces.expires) - Date.parse(again.body.created)
  t.ok(Math.abs(left - day) < 1000)
  t.match(await callApi('POST', `${root}/nothing/rotate`), { status: 404 })
  t.match(await callApi('POST', `${root}/${body.id}/rotate`, { overlap: 'a day' }), {
    status: 400,
    body: {
      errors: [
        {
          path: 'body.overlap',
          message: 'Expected a duration with w, d, h, m and s, such as 24h, 7d or 30m.',
        },
      ],
    },
  })
})

t.test('if no token can be added, the advice is to delete one first', async t => {
  const { callApi, tenant, advance } = await buildTestConsole(t, 'aws')
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  await advance(366 * day)
  await callApi('POST', path)
  const [current, expired] = (await callApi('GET', path)).body.items
  t.equal(current.warning, undefined)
  t.equal(
    expired.warning,
    'Expired: the client gets 401. Delete this token, then generate a new one and give it to the client.',
  )
  await callApi('DELETE', `${path}/${current.id}`)
  t.equal(
    (await callApi('GET', path)).body.items[0].warning,
    'Expired: the client gets 401. Generate a new token, give it to the client, then delete this one.',
  )
})

t.test(
  'IS-010 IS-040 an access key is created with its secret and the environment of the AWS CLI',
  async t => {
    const { callApi, tenant, deps } = await buildTestConsole(t, 'aws')
    const path = `/api/v1/tenants/${tenant.id}/access-keys`
    const { status, body } = await callApi('POST', path)
    const { secret, ...rest } = body
    t.same(
      { status, rest },
      {
        status: 201,
        rest: {
          id: body.id,
          access: 'full',
          created: body.created,
          requests: 0,
          environment: {
            AWS_ENDPOINT_URL: 'http://127.0.0.1:8082',
            AWS_REGION: 'us-east-1',
            AWS_DEFAULT_REGION: 'us-east-1',
            AWS_ACCESS_KEY_ID: body.id,
            AWS_SECRET_ACCESS_KEY: secret,
          },
        },
      },
    )
    t.equal(deps.accessKeys.find(body.id)?.secret, secret)
    const reader = await callApi('POST', path, { id: 'SCIMCI', secret: 'secret-of-the-ci', access: 'read' })
    t.match(reader, { status: 201, body: { id: 'SCIMCI', secret: 'secret-of-the-ci', access: 'read' } })
    deps.accessKeys.noteUse('SCIMCI', Date.now())
    const list = (await callApi('GET', path)).body.items
    t.match(list, [{ id: 'SCIMCI', access: 'read', requests: 1, lastUsed: /^\d{4}-/ }, { id: body.id }])
    t.equal(list.length, 2)
    t.notMatch(JSON.stringify(list), 'secret')
    t.match(await callApi('POST', path), {
      status: 409,
      body: { detail: /2 access keys, which is the maximum/ },
    })

    t.equal((await callApi('DELETE', `${path}/SCIMCI`)).status, 204)
    t.match(await callApi('DELETE', `${path}/SCIMCI`), {
      status: 404,
      body: { detail: /no access key "SCIMCI"/ },
    })
    t.match(await callApi('POST', path, { id: 'SCIMCI' }), {
      status: 409,
      body: { detail: /is or was the ID/ },
    })
    t.match(await callApi('POST', path, { secret: 'short' }), { status: 400, body: { detail: /8 to 256/ } })
  },
)

t.test('IS-006 a tenant with another profile has no access keys', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'rfc')
  t.match(await callApi('POST', `/api/v1/tenants/${tenant.id}/access-keys`), {
    status: 400,
    body: { detail: /has the profile rfc, which has no AWS APIs/ },
  })
  t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).body.aws, undefined)
})
