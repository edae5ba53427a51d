import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { problem } from './console-app.ts'
import { buildSignInConsole, comeBack } from './sign-in-app.ts'

const minute = 60_000

const challenge = (acr = '') =>
  `Bearer realm="scimulator console", error="insufficient_user_authentication", error_description="Sign in again to confirm this.", max_age="300"${acr}`

const recentSignInNeeded = problem(
  'recent-sign-in-needed',
  'Recent sign-in needed',
  401,
  'Sign in again to confirm this (/auth/step-up): the authentication must be at most 300 seconds old.',
)

const needsDestroy =
  'This needs a console token with the scope destroy: create one in the console, or with `scimulator console-tokens create NAME --scope destroy`.'

const unreported =
  ' The identity provider did not report when you authenticated: for Entra ID, add the optional claim auth_time to the ID token of the app registration.'

t.test('TS-160 TS-164 a purge needs a recent sign-in, and its preview does not', async t => {
  const { openBrowser, signIn, provider, wait, client, tenant, deps } = await buildSignInConsole(t)
  const { id } = await client.create('Users', aUser('anna'))
  await client.delete(`/Users/${id}`)
  const browser = openBrowser()
  await signIn(browser)
  wait(5 * minute + 2000)
  const path = `/api/v1/tenants/${tenant.id}/stale/purge`
  t.match(await browser.fetch('POST', path, { all: true, preview: true }), { status: 200 })
  const refused = await browser.fetch('POST', path, { all: true })
  t.match(refused, { status: 401, headers: { 'www-authenticate': challenge() } })
  t.same(refused.body, recentSignInNeeded)
  t.match((await browser.fetch('GET', '/api/v1/me')).body.caller, { level: 'destroy', recent: false })

  const page = `/tenants/${tenant.id}/stale`
  const earlier = browser.cookies.get('scimulator-8081')
  const started = await browser.navigate(`/auth/step-up?return=${page}`, { 'sec-fetch-site': 'same-origin' })
  const { searchParams } = new URL(String(started.headers.location))
  t.match(Object.fromEntries(searchParams), {
    max_age: '300',
    claims: '{"id_token":{"auth_time":{"essential":true}}}',
  })
  t.notOk(searchParams.has('acr_values'))
  const back = provider.authorize(String(started.headers.location), {
    claims: { roles: ['Scimulator.Write'], auth_time: Math.floor(Date.now() / 1000) + 302 },
  })
  t.match(await comeBack(browser, back), { status: 302, headers: { location: page } })
  t.not(browser.cookies.get('scimulator-8081'), earlier, 'the session has a new secret')
  t.equal((await browser.fetch('GET', '/api/v1/sessions')).body.items.length, 1)
  t.equal(
    (await deps.directory.counts([tenant.key]))[0]?.User?.retained,
    1,
    'nothing is purged by the return',
  )
  t.match(await browser.fetch('POST', path, { all: true }), { status: 200, body: { purged: [id] } })
})

t.test('TS-161 the age is that of auth_time, not of the sign-in', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t)
  const now = Math.floor(Date.now() / 1000)
  const statusWith = async (claims: Readonly<Record<string, unknown>>) => {
    const browser = openBrowser()
    await signIn(browser, claims)
    return (await browser.fetch('POST', '/api/v1/reset')).status
  }
  t.equal(await statusWith({ auth_time: now }), 200)
  t.equal(await statusWith({ auth_time: now - 290 }), 200)
  t.equal(await statusWith({ auth_time: now - 301 }), 401)
  t.equal(await statusWith({ auth_time: now + 600 }), 401)
  const browser = openBrowser()
  await signIn(browser, { auth_time: undefined })
  const { status, body } = await browser.fetch('POST', '/api/v1/reset')
  t.equal(status, 401)
  t.same(body, { ...recentSignInNeeded, detail: recentSignInNeeded.detail + unreported })
})

t.test('TS-162 an authentication context is requested as OpenID Connect and as Entra ID have it', async t => {
  const { openBrowser, signIn, provider } = await buildSignInConsole(t, { acr: 'c1' })
  const browser = openBrowser()
  await signIn(browser)
  t.notOk(provider.lastRequest().has('acr_values'), 'only for a step-up')
  const refused = await browser.fetch('POST', '/api/v1/reset')
  t.match(refused, { status: 401, headers: { 'www-authenticate': challenge(', acr_values="c1"') } })
  const started = await browser.navigate('/auth/step-up')
  const { searchParams } = new URL(String(started.headers.location))
  t.match(Object.fromEntries(searchParams), {
    acr_values: 'c1',
    claims: '{"id_token":{"auth_time":{"essential":true},"acrs":{"essential":true,"value":"c1"}}}',
  })
})

t.test('TS-163 a step-up is decided by what came back', async t => {
  const { openBrowser, signIn, provider } = await buildSignInConsole(t, { acr: 'c1' })
  const now = Math.floor(Date.now() / 1000)
  const roles = ['Scimulator.Write']
  const stepUp = async (claims: Readonly<Record<string, unknown>>) => {
    const browser = openBrowser()
    await signIn(browser)
    const secret = browser.cookies.get('scimulator-8081')
    const { headers } = await browser.navigate('/auth/step-up?return=/settings')
    const back = provider.authorize(String(headers.location), { claims: { roles, ...claims } })
    const done = await comeBack(browser, back)
    const reset = await browser.fetch('POST', '/api/v1/reset')
    return {
      status: done.status,
      text: /<p>(.*?)<\/p>/.exec(String(done.body))?.[1],
      hasNewSession: browser.cookies.get('scimulator-8081') !== secret,
      reset: reset.status,
    }
  }
  const refused = { status: 403, hasNewSession: false, reset: 401 }
  t.same(await stepUp({ acr: 'c1' }), { status: 302, text: undefined, hasNewSession: true, reset: 200 })
  t.match(await stepUp({ acrs: ['c1', 'c2'] }), { status: 302, reset: 200 })
  const weaker = {
    ...refused,
    text: 'The identity provider did not authenticate you again with the authentication context c1. For Entra ID, a Conditional Access policy with the sign-in frequency &quot;every time&quot; is needed.',
  }
  t.same(await stepUp({ acr: 'c2' }), weaker)
  t.same(await stepUp({}), weaker)
  t.same(await stepUp({ acrs: 'c11' }), weaker)
  t.same(await stepUp({ acr: 'c1', auth_time: now - 400 }), weaker)
  t.match(await stepUp({ acr: 'c1', auth_time: undefined }), { ...refused, text: /did not report/ })
  t.match(await stepUp({ acr: 'c1', sub: 'bert-2' }), { ...refused, text: /Another person/ })
  t.match(await stepUp({ acr: 'c1', roles: [] }), { ...refused, text: /gives you a role/ })
})

t.test('TS-165 tokens know no step-up: a token needs the scope destroy', async t => {
  const { callApi, deps } = await buildSignInConsole(t, {}, { token: 'the-token-of-the-console' })
  const { consoleTokens } = deps
  const validity = 60 * minute
  const reset = (token: string) =>
    callApi('POST', '/api/v1/reset', undefined, { authorization: `Bearer ${token}` })
  const { text: writes } = await consoleTokens.create({ name: 'writes', level: 'write', validity })
  const { text: destroys } = await consoleTokens.create({ name: 'destroys', level: 'destroy', validity })
  t.equal((await reset('the-token-of-the-console')).status, 200)
  t.equal((await reset(destroys)).status, 200)
  t.same(
    (await reset(writes)).body,
    problem(
      'not-allowed',
      'Not allowed',
      403,
      `The scope of the console token "writes" is write. ${needsDestroy}`,
    ),
  )
})

/** A console with a token of the scope `write`, and functions that call it with that token and with all rights. */
async function withWriter(t: Parameters<typeof buildSignInConsole>[0]) {
  const built = await buildSignInConsole(t, {}, { token: 'the-token-of-the-console' })
  const { text } = await built.deps.consoleTokens.create({
    name: 'ci',
    level: 'write',
    validity: 24 * 60 * minute,
  })
  const callerWith =
    (token: string) => (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
      built.callApi(method, path, body, { authorization: `Bearer ${token}` })
  const tenant = `/api/v1/tenants/${built.tenant.id}`
  return { ...built, path: tenant, write: callerWith(text), destroy: callerWith('the-token-of-the-console') }
}

const notAllowed = (reason: string) => ({
  status: 403,
  body: problem(
    'not-allowed',
    'Not allowed',
    403,
    `${reason} The scope of the console token "ci" is write. ${needsDestroy}`,
  ),
})

const movesFar =
  'A clock that is more than one hour ahead of real time can expire credentials, and it cannot be moved back.'

t.test('a clock is moved up to one hour ahead, however short the moves are', async t => {
  const { path, write, destroy, client, deps, tenant } = await withWriter(t)
  const clock = `${path}/clock`
  const offset = () => (deps.tenants.find(tenant.id)?.clockOffset ?? 0) / minute
  t.match(await write('PUT', clock, { advance: '400d' }), notAllowed(movesFar))
  t.match(await write('PUT', clock, { advance: '1h1s' }), notAllowed(movesFar))
  const later = new Date(Date.now() + 2 * 60 * minute).toISOString()
  t.match(await write('PUT', clock, { now: later }), notAllowed(movesFar))
  for (const advance of ['30m', '29m', '1m']) {
    t.match(await write('PUT', clock, { advance }), { status: 200 }, advance)
  }
  t.match(await write('PUT', clock, { advance: '1s' }), notAllowed(movesFar))
  t.equal(offset(), 60)
  t.match(await destroy('PUT', clock, { advance: '364d22h' }), { status: 200 })
  t.match(await write('PUT', clock, { advance: '1m' }), notAllowed(movesFar))
  t.equal((await client.get('/Users')).status, 200, 'the token is valid')
  t.match(await destroy('PUT', clock, { advance: '1h' }), { status: 200 })
  t.equal((await client.get('/Users')).status, 401)
})

t.test('an old authentication moves no clock far', async t => {
  const { openBrowser, signIn, wait, tenant } = await buildSignInConsole(t)
  const browser = openBrowser()
  await signIn(browser)
  wait(60 * minute - 2000)
  const clock = `/api/v1/tenants/${tenant.id}/clock`
  const refused = await browser.fetch('PUT', clock, { advance: '400d' })
  t.match(refused, { status: 401, headers: { 'www-authenticate': challenge() } })
  t.same(refused.body, { ...recentSignInNeeded, detail: `${movesFar} ${recentSignInNeeded.detail}` })
  t.equal((await browser.fetch('PUT', clock, { advance: '1h' })).status, 200)
})

t.test('declared types and the retention of deleted users go with the scope destroy only', async t => {
  const { path, write, destroy } = await withWriter(t)
  const device = {
    schemas: [{ id: 'urn:example:Device', name: 'Device', attributes: [{ name: 'serial' }] }],
    resourceTypes: [{ name: 'Device', endpoint: '/Devices', schema: 'urn:example:Device' }],
  }
  t.equal((await write('PUT', `${path}/types`, device)).status, 200)
  const room = { id: 'urn:example:Room', name: 'Room', attributes: [{ name: 'floor' }] }
  const more = {
    schemas: [...device.schemas, room],
    resourceTypes: [...device.resourceTypes, { name: 'User', schemaExtensions: [{ schema: room.id }] }],
  }
  t.equal((await write('PUT', `${path}/types`, more)).status, 200)
  const deletes = notAllowed('The declarations delete a previous schema or resource type.')
  t.match(await write('PUT', `${path}/types`, device), deletes)
  t.match(await write('PUT', `${path}/types`, {}), deletes)
  const refused = {
    status: 403,
    body: { detail: `The scope of the console token "ci" is write. ${needsDestroy}` },
  }
  t.match(await write('DELETE', `${path}/types`), refused)
  t.match(await write('PATCH', path, { onDelete: 'remove' }), refused)
  t.equal((await destroy('DELETE', `${path}/types`)).status, 204)
  t.equal((await destroy('PATCH', path, { onDelete: 'remove' })).status, 200)
  t.equal((await write('PATCH', path, { onDelete: 'retain' })).status, 200)
})

t.test('a replay deletes with the scope destroy only', async t => {
  const { write, destroy, client, deps } = await withWriter(t)
  const { id } = await client.create('Users', aUser('anna'))
  const newest = async () => (await deps.journal.page({ limit: 1 })).items[0]?.id
  const deletes = notAllowed('The request deletes a resource.')
  await client.delete(`/Users/${id}`)
  const deletion = `/api/v1/exchanges/${await newest()}/replay`
  t.match(await write('POST', deletion), deletes)
  t.match(await write('POST', deletion, { as: 'console' }), deletes)
  t.match(await destroy('POST', deletion), { status: 200, body: { status: 404 } })
  await client.post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [{ Method: 'delete', path: `/Users/${id}` }],
  })
  const { items } = await deps.journal.page({ limit: 5 })
  const bulk = items.find(({ operation }) => operation === 'bulk')
  t.match(await write('POST', `/api/v1/exchanges/${bulk?.id}/replay`), deletes)
  await client.get('/Users')
  t.match(await write('POST', `/api/v1/exchanges/${await newest()}/replay`), { status: 200 })
})

t.test('TS-170 sign-in, step-up, sign-out and refusals are in the audit log', async t => {
  const { openBrowser, signIn, callApi, deps } = await buildSignInConsole(
    t,
    {},
    { token: 'the-token-of-the-console' },
  )
  const browser = openBrowser()
  await signIn(browser, { roles: [] })
  await signIn(browser, { roles: ['Scimulator.Read'] })
  await browser.fetch('POST', '/api/v1/tenants', { id: 'other' })
  await signIn(browser, {}, '/auth/step-up')
  await browser.fetch('POST', '/auth/sign-out')
  const { items } = await deps.audit.page({ search: [], limit: 10 })
  t.match(
    items.map(({ operation, caller, outcome }) => [
      operation,
      caller.kind,
      outcome?.status,
      outcome?.problem,
    ]),
    [
      ['signOut', 'person', 200, undefined],
      ['stepUp', 'person', 302, undefined],
      ['createTenant', 'person', 403, 'not-allowed'],
      ['signIn', 'person', 302, undefined],
      ['signIn', 'person', 403, 'not-allowed'],
    ],
  )
  t.ok(callApi)
})
