import t from 'tap'
import { createTokenRequest } from '../../support/token-endpoint.ts'
import { buildTestConsole, problem, scimBase } from './console-app.ts'

const day = 24 * 60 * 60 * 1000

t.test('TS-066 a client is created with a secret that is shown once', async t => {
  const { callApi, tenant, advance } = await buildTestConsole(t, 'entra')
  const path = `/api/v1/tenants/${tenant.id}/clients`
  const { status, headers, body } = await callApi('POST', path, { name: 'Entra ID' })
  // A secret that was created in this millisecond has another whole day.
  await advance(1)
  t.equal(status, 201)
  t.equal(headers.location, `${path}/${body.id}`)
  const { secret, tokenEndpoint, ...client } = body
  t.equal(tokenEndpoint, `${scimBase}/${tenant.id}/oauth2/token`)
  t.match(secret.value, /^scimulator-secret-[\w-]{43}$/)
  const { value, ...created } = secret
  const shown = { ...created, expiresInDays: 364 }
  t.same([364, 365].includes(created.expiresInDays), true)
  t.same(
    { ...client, secrets: [shown] },
    {
      id: client.id,
      name: 'Entra ID',
      access: 'full',
      authentication: 'secret',
      tokenLifetime: 3600,
      inForce: true,
      created: client.created,
      issued: 0,
      secrets: [shown],
    },
  )
  t.same(shown, {
    id: shown.id,
    ending: value.slice(-4),
    created: client.created,
    expires: new Date(Date.parse(client.created) + 365 * day).toISOString(),
    expired: false,
    expiresInDays: 364,
    issued: 0,
  })
  t.same((await callApi('GET', path)).body, { items: [{ ...client, secrets: [shown] }] })
  t.same((await callApi('GET', `${path}/${client.id}`)).body, { ...client, secrets: [shown] })
  t.match((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).body, { tokenEndpoint })
  t.match((await callApi('GET', `/api/v1/tenants/${tenant.id}/setup`)).body, {
    tokenEndpoint,
    clients: [{ id: client.id, name: 'Entra ID' }],
  })
})

t.test('TS-064 a lifetime outside the range of Entra’s gallery has a warning', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/clients`
  for (const [tokenLifetime, isOutside] of [
    [60, true],
    [3599, true],
    [3600, false],
    [21_600, false],
    [21_601, true],
  ] as const) {
    const { body } = await callApi('POST', path, { tokenLifetime })
    t.equal(typeof body.lifetimeWarning, isOutside ? 'string' : 'undefined', String(tokenLifetime))
  }
  t.match(await callApi('POST', path, { tokenLifetime: 59 }), { status: 400 })
  t.match(await callApi('POST', path, { secret: { lifetime: '1h' } }), { status: 400 })
  t.match(await callApi('POST', path, { secret: { lifetime: 'soon' } }), { status: 400 })
})

t.test('TS-066 secrets are rotated, and warn before they expire', async t => {
  const { callApi, tenant, advance } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/clients`
  const { body: client } = await callApi('POST', path, { secret: { lifetime: '91d' } })
  await advance(2 * day)
  const [secret] = (await callApi('GET', `${path}/${client.id}`)).body.secrets
  t.equal(secret.warning, 'Expires in 88 days. Create a second secret and give it to the client.')
  const second = await callApi('POST', `${path}/${client.id}/secrets`, { value: 'ci-secret-of-my-tests' })
  t.match(second, { status: 201, body: { value: 'ci-secret-of-my-tests', ending: 'ests' } })
  t.match(await callApi('POST', `${path}/${client.id}/secrets`), {
    status: 409,
    body: { type: 'urn:scimulator:problem:limit-reached' },
  })
  t.match(await callApi('DELETE', `${path}/${client.id}/secrets/${secret.id}`), { status: 204 })
  t.match(await callApi('DELETE', `${path}/${client.id}/secrets/${secret.id}`), { status: 404 })
  t.same(
    (await callApi('GET', `${path}/${client.id}`)).body.secrets.map(({ id }: { id: string }) => id),
    [second.body.id],
  )
  t.match(await callApi('DELETE', `${path}/${client.id}`), { status: 204 })
  for (const [method, below] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/secrets'],
  ] as const) {
    const body = method === 'PATCH' ? {} : undefined
    t.match(await callApi(method, `${path}/${client.id}${below}`, body), { status: 404 }, method + below)
  }
})

t.test('TS-002 a tenant of aws has its own access tokens only', async t => {
  const { callApi, another } = await buildTestConsole(t, 'rfc')
  const { tenant } = await another('aws')
  const { status, body } = await callApi('POST', `/api/v1/tenants/${tenant.id}/clients`)
  t.equal(status, 409)
  t.same(
    body,
    problem(
      'fixed-credentials',
      'Fixed credentials',
      409,
      'AWS takes its own access tokens only. Use a tenant of the profile entra or rfc.',
    ),
  )
  t.same((await callApi('GET', `/api/v1/tenants/${tenant.id}`)).body.tokenEndpoint, undefined)
})

t.test('clients of a tenant that becomes aws are shown as not in force', async t => {
  const { callApi, tenant, deps } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/clients`
  await callApi('POST', path, { id: 'ci' })
  await deps.tenants.update(tenant.id, { profile: 'aws' })
  t.match((await callApi('GET', path)).body, { items: [{ id: 'ci', inForce: false }] })
})

t.test('TS-070 a client with assertions', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'entra')
  const path = `/api/v1/tenants/${tenant.id}/clients`
  const assertion = {
    kind: 'issuer',
    issuer: 'https://login.example.com',
    subject: 'provisioning',
    audiences: ['https://scim.example.com/acme/oauth2/token'],
  }
  const { status, body } = await callApi('POST', path, { assertion })
  t.equal(status, 201)
  t.match(body, { authentication: 'assertion', secrets: [], assertion })
  t.equal(body.secret, undefined)
  const changed = { ...assertion, subject: 'other' }
  t.match(await callApi('PATCH', `${path}/${body.id}`, { assertion: changed }), {
    status: 200,
    body: { assertion: changed },
  })
  for (const wrong of [
    { ...assertion, issuer: 'http://login.example.com' },
    { ...assertion, jwks: 'http://169.254.169.254/keys' },
    { ...assertion, audiences: [] },
    { kind: 'entra', directory: 'common', application: body.id, principal: body.id },
  ]) {
    t.match(await callApi('POST', path, { assertion: wrong }), { status: 400 }, JSON.stringify(wrong))
  }
  t.match(await callApi('POST', path, { assertion, secret: {} }), { status: 400 })
})

t.test('access tokens are listed without their values, and revoked', async t => {
  const { callApi, tenant, app, advance } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}`
  const { body: client } = await callApi('POST', `${path}/clients`, { name: 'Entra ID', tokenLifetime: 60 })
  const form = {
    grant_type: 'client_credentials',
    client_id: client.id,
    client_secret: client.secret.value,
    scope: 'scim',
  }
  const issued = []
  for (const _ of [1, 2]) issued.unshift(await createTokenRequest(app, tenant.id)(form))
  const { body } = await callApi('GET', `${path}/access-tokens`)
  t.same(
    body.items,
    issued.map((response, at) => ({
      id: body.items[at].id,
      client: client.id,
      clientName: 'Entra ID',
      secret: client.secret.id,
      ending: response.body.access_token.slice(-4),
      access: 'full',
      scope: 'scim',
      status: 'active',
      created: body.items[at].created,
      expires: new Date(Date.parse(body.items[at].created) + 60_000).toISOString(),
      requests: 0,
    })),
  )
  const [first] = body.items
  t.match(await callApi('DELETE', `${path}/access-tokens/${first.id}`), { status: 204 })
  t.match(await callApi('DELETE', `${path}/access-tokens/${first.id}`), { status: 404 })
  await advance(60_000)
  const statuses = async (query: string) =>
    (await callApi('GET', `${path}/access-tokens${query}`)).body.items.map(
      ({ status }: { status: string }) => status,
    )
  t.same(await statuses(''), ['revoked', 'expired'])
  t.same(await statuses(`?client=${client.id}`), ['revoked', 'expired'])
  t.same(await statuses('?client=nobody'), [])
  t.match((await callApi('GET', `${path}/access-tokens?limit=1`)).body, { next: /.+/ })
})

t.test('TS-068 nothing of a token request is stored in clear', async t => {
  const { callApi, tenant, app, deps } = await buildTestConsole(t, 'entra')
  const path = `/api/v1/tenants/${tenant.id}/clients`
  const value = 'ci+secret/of%my=tests'
  const { body: client } = await callApi('POST', path, { secret: { value } })
  const request = createTokenRequest(app, tenant.id)
  const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: value }
  const encoded = encodeURIComponent(value)
  const basic = Buffer.from(`${client.id}:${encoded}`).toString('base64')
  const { body } = await request(form)
  await request({ ...form, client_secret: `${value}x` })
  await request({ grant_type: 'client_credentials' }, { headers: { authorization: `Basic ${basic}` } })
  await request(JSON.stringify(form), { headers: { 'content-type': 'application/json' } })
  await request(`client_secret=${encoded}&client_secret=${encoded}`, {
    headers: { 'content-type': 'text/plain' },
  })
  await request({ ...form, client_assertion: 'eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl' })
  await request(form, { query: `?client_secret=${encoded}` })
  const { items } = await deps.journal.page({ limit: 20 })
  t.equal(items.length, 7)
  const text = JSON.stringify(items)
  const secrets = [value, encoded, basic, Buffer.from(value).toString('base64').slice(0, -4), 'c2lnbmF0dXJl']
  for (const secret of [...secrets, body.access_token]) t.notMatch(text, secret, secret)
  const [oldest] = items.slice(-1)
  t.equal(oldest?.request.body, 'grant_type=***&client_id=***&client_secret=***')
  t.match(oldest?.response.body, /"access_token":"\*\*\*"/)
  t.match(oldest, { operation: 'token', action: 'get an access token', tenant: tenant.id })
  const search = await callApi('GET', `/api/v1/exchanges?q=${encodeURIComponent(`token:${client.id}`)}`)
  t.ok(search.body.items.length >= 3)
  t.match((await callApi('GET', `/api/v1/exchanges?q=operation:token`)).body.items.length, 7)
})
