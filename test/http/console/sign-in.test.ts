import { createHash } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startIdentityProvider } from '../../support/identity-provider.ts'
import { createInjectBrowser } from '../../support/inject-browser.ts'
import { startWith } from '../../support/started-server.ts'
import { problem, type TestConsole } from './console-app.ts'
import { buildSignInConsole, comeBack, consoleUrl } from './sign-in-app.ts'

const hour = 60 * 60_000

const signInNeeded = problem(
  'sign-in-needed',
  'Sign-in needed',
  401,
  'Sign in (/auth/sign-in), or send a console token as "Authorization: Bearer …".',
)

t.test('TS-100 a console is open, has a token, or has sign-in, and then no token is made', async t => {
  const { issuer } = await startIdentityProvider(t)
  const elsewhere = '--console-host=0.0.0.0'
  const found = async (...flags: readonly string[]) => {
    const { console, consoleToken } = await startWith(t, ['--memory', ...flags])
    const url = `http://127.0.0.1:${new URL(console).port}/api/v1`
    const { status } = await fetch(`${url}/tenants`)
    // A checkout may have built the documentation.
    const { docs, ...me } = (await (await fetch(`${url}/me`)).json()) as { readonly docs?: string }
    return { status, hasToken: consoleToken !== undefined, me }
  }
  const open = { signIn: false, caller: { kind: 'open', level: 'destroy' }, faults: [] }
  t.same(await found(), { status: 200, hasToken: false, me: open })
  t.same(await found(elsewhere), { status: 401, hasToken: true, me: { signIn: false } })
  const signIn = [`--console-issuer=${issuer}`, '--console-client-id=console']
  const withUrl = [...signIn, elsewhere, '--console-url=https://console.example']
  t.same(await found(...signIn), { status: 401, hasToken: false, me: { signIn: true } })
  t.same(await found(...withUrl), { status: 401, hasToken: false, me: { signIn: true } })
})

t.test('TS-101 a sign-in uses the authorization code with PKCE, state and nonce', async t => {
  const { openBrowser, provider } = await buildSignInConsole(t)
  t.same(provider.requests, [], 'nothing is fetched before the first sign-in')
  const { status, headers } = await openBrowser().navigate('/auth/sign-in')
  t.equal(status, 302)
  const { origin, pathname, searchParams } = new URL(String(headers.location))
  t.equal(origin + pathname, `${provider.issuer}/authorize`)
  const { state, nonce, code_challenge: challenge, ...rest } = Object.fromEntries(searchParams)
  t.same(rest, {
    client_id: provider.clientId,
    redirect_uri: `${consoleUrl}/auth/callback`,
    response_type: 'code',
    response_mode: 'query',
    scope: 'openid profile',
    code_challenge_method: 'S256',
    max_age: '28800',
  })
  for (const random of [state, nonce, challenge]) t.match(random, /^[\w-]{43}$/)
  t.match(
    String(headers['set-cookie']),
    /^scimulator-8081-sign-in=[\w-]+; Path=\/auth; HttpOnly; SameSite=Lax; Max-Age=600$/,
  )
})

t.test('TS-101 the metadata of the provider are kept for an hour', async t => {
  const { openBrowser, provider, wait } = await buildSignInConsole(t)
  const reads = () => provider.requests.filter(path => path.includes('openid-configuration')).length
  for (let start = 0; start < 3; start++) await openBrowser().navigate('/auth/sign-in')
  t.equal(reads(), 1)
  wait(hour)
  await openBrowser().navigate('/auth/sign-in')
  t.equal(reads(), 2)
})

t.test('TS-103 TS-107 a person with a role has a session, of which only a hash is kept', async t => {
  const { openBrowser, signIn, provider } = await buildSignInConsole(t)
  const browser = openBrowser()
  t.same((await browser.fetch('GET', '/api/v1/me')).body, { signIn: true })
  const done = await signIn(browser)
  t.match(done, { status: 302, headers: { location: '/' } })
  const [cleared, session] = done.headers['set-cookie'] as readonly string[]
  t.equal(cleared, 'scimulator-8081-sign-in=; Path=/auth; HttpOnly; SameSite=Lax; Max-Age=0')
  t.match(session, /^scimulator-8081=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  const { body } = await browser.fetch('GET', '/api/v1/me')
  const { session: id, expires, authenticated } = body.caller
  t.same(body, {
    signIn: true,
    caller: {
      ...{ kind: 'person', level: 'destroy', name: 'Anna Berg', issuer: provider.issuer, subject: 'anna-1' },
      ...{ session: id, expires, authenticated, recent: true },
    },
    faults: [],
  })
  const secret = browser.cookies.get('scimulator-8081') ?? ''
  const { body: sessions } = await browser.fetch('GET', '/api/v1/sessions')
  t.match(sessions.items, [{ id, subject: 'anna-1', role: 'write', current: true }])
  t.notMatch(JSON.stringify([body, sessions]), secret)
  t.notMatch(JSON.stringify([body, sessions]), createHash('sha256').update(secret).digest('hex'))
})

t.test('TS-103 with Entra ID, the directory and the object ID identify a person', async t => {
  const { openBrowser, signIn, provider } = await buildSignInConsole(t)
  const directory = provider.issuer.split('/').at(-1)
  const browser = openBrowser()
  await signIn(browser, { sub: 'pairwise', oid: 'object-1', tid: directory, name: undefined })
  t.match((await browser.fetch('GET', '/api/v1/me')).body.caller, { subject: 'object-1' })
  const elsewhere = openBrowser()
  await signIn(elsewhere, { sub: 'pairwise', oid: 'object-1', tid: 'another' })
  t.match((await elsewhere.fetch('GET', '/api/v1/me')).body.caller, { subject: 'pairwise' })
})

t.test('TS-105 conditions on claims give roles', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t, {
    readers: [
      { claim: 'groups', value: 'g-readers' },
      { claim: 'sub', value: 'auditor' },
    ],
    writers: [{ claim: 'roles', value: 'Scimulator.Write' }],
  })
  const levelWith = async (claims: Readonly<Record<string, unknown>>) => {
    const browser = openBrowser()
    const { status } = await signIn(browser, { roles: undefined, ...claims })
    const { caller } = (await browser.fetch('GET', '/api/v1/me')).body
    return [status, caller?.level]
  }
  t.same(await levelWith({ groups: ['a', 'g-readers'] }), [302, 'read'])
  t.same(await levelWith({ groups: 'g-readers' }), [302, 'read'])
  t.same(await levelWith({ sub: 'auditor' }), [302, 'read'])
  t.same(await levelWith({ roles: ['Scimulator.Write'], groups: ['g-readers'] }), [302, 'destroy'])
  t.same(await levelWith({ groups: ['g-readers-too'] }), [403, undefined])
  t.same(await levelWith({ groups: [['g-readers']] }), [403, undefined])
  t.same(await levelWith({ roles: 'Scimulator.Write Scimulator.Read' }), [403, undefined])
})

t.test('TS-105 a person without a role sees which claims arrived, escaped, and no other values', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t)
  const browser = openBrowser()
  const { status, headers, body } = await signIn(browser, {
    roles: ['<script>alert(1)</script>'],
    groups: ['g-1', 'g-2'],
    email: 'anna@example.com',
    '"><img src=x>': 1,
  })
  t.equal(status, 403)
  t.match(headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': /^default-src 'none';.*form-action 'none'/,
    'cache-control': 'no-store',
  })
  t.match(
    body,
    /<dd>iss, aud, sub, name, iat, exp, auth_time, nonce, roles, groups, email, &quot;&gt;&lt;img src=x&gt;<\/dd>/,
  )
  t.match(body, /<dt>roles<\/dt>\n<dd>&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/dd>/)
  t.match(body, /<dt>groups<\/dt>\n<dd>g-1, g-2<\/dd>/)
  t.notMatch(body, /anna@example|<script|<img/)
  t.notOk(browser.cookies.has('scimulator-8081'))
})

t.test('TS-106 groups that Entra ID left out are explained', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t, {
    writers: [{ claim: 'groups', value: 'g-writers' }],
  })
  const overage = /too many groups.*Use app roles instead/
  for (const claims of [{ hasgroups: true }, { _claim_names: { groups: 'src1' } }]) {
    const { status, body } = await signIn(openBrowser(), { roles: undefined, ...claims })
    t.equal(status, 403)
    t.match(body, overage)
  }
  t.notMatch((await signIn(openBrowser(), { roles: [], groups: ['a'] })).body, overage)
})

t.test('a response that does not belong to the sign-in is refused', async t => {
  const { openBrowser, provider, wait } = await buildSignInConsole(t)
  const claims = { roles: ['Scimulator.Write'] }
  const start = async () => {
    const browser = openBrowser()
    const { headers } = await browser.navigate('/auth/sign-in')
    return { browser, location: String(headers.location) }
  }
  const page = (text: RegExp) => ({ status: 400, body: text })
  const invalid = page(/not valid for this sign-in/)
  const unknown = page(/not started in this browser, was completed already/)

  t.test('with another state', async t => {
    const { browser, location } = await start()
    t.match(
      await comeBack(browser, provider.authorize(location, { claims, response: { state: 'x' } })),
      invalid,
    )
    t.notOk(browser.cookies.has('scimulator-8081'))
  })

  t.test('of another issuer, or without one', async t => {
    for (const iss of ['https://evil.example', '']) {
      const { browser, location } = await start()
      t.match(await comeBack(browser, provider.authorize(location, { claims, response: { iss } })), invalid)
    }
  })

  t.test('with an ID token for another nonce, audience or issuer, or an expired or forged one', async t => {
    for (const wrong of [
      { nonce: 'another' },
      { nonce: undefined },
      { aud: 'another-client' },
      { iss: 'https://evil.example' },
      { exp: Math.floor(Date.now() / 1000) - 1000 },
    ]) {
      const { browser, location } = await start()
      const back = provider.authorize(location, { claims: { ...claims, ...wrong } })
      t.match(await comeBack(browser, back), invalid, JSON.stringify(wrong))
    }
    const { browser, location } = await start()
    t.match(await comeBack(browser, provider.authorize(location, { claims, isForged: true })), invalid)
  })

  t.test('in another browser, for the second time, or after 10 minutes', async t => {
    const { browser, location } = await start()
    const back = provider.authorize(location, { claims })
    t.match(await comeBack(openBrowser(), back), unknown)
    t.match(await comeBack((await start()).browser, back), invalid)
    t.equal((await comeBack(browser, back)).status, 302)
    t.match(await comeBack(browser, back), unknown)
    const late = await start()
    wait(600_000)
    t.match(await comeBack(late.browser, provider.authorize(late.location, { claims })), unknown)
  })

  t.test('with a code that was redeemed, although the browser kept the cookie', async t => {
    const { browser, location } = await start()
    const back = provider.authorize(location, { claims })
    const kept = new Map(browser.cookies)
    t.equal((await comeBack(browser, back)).status, 302)
    for (const [name, value] of kept) browser.cookies.set(name, value)
    const { status, body } = await comeBack(browser, back)
    t.equal(status, 400)
    t.match(body, /refused the sign-in \(invalid_grant\)/)
    t.notMatch(body, /secret/, 'no description of the provider')
  })

  t.test('with an error, of which only a code is shown', async t => {
    const { browser, location } = await start()
    const response = { code: '', error: 'access_denied', error_description: 'Call +1 234' }
    const { status, body } = await comeBack(browser, provider.authorize(location, { response }))
    t.equal(status, 400)
    t.match(body, /refused the sign-in \(access_denied\)\./)
    t.notMatch(body, /Call/)
    const other = await start()
    const markup = { code: '', error: '<b>x</b>' }
    t.match(
      (await comeBack(other.browser, provider.authorize(other.location, { response: markup }))).body,
      /refused the sign-in\./,
    )
  })
})

t.test('an unreachable provider, or one with other metadata, signs nobody in', async t => {
  const { openBrowser, provider } = await buildSignInConsole(t)
  const failed = { status: 502, body: /cannot be reached/ }
  for (const wrong of [
    { issuer: 'https://evil.example' },
    { token_endpoint: 'http://169.254.169.254/token' },
    { authorization_endpoint: 'javascript:alert(1)' },
    { jwks_uri: 'http://evil.example/keys' },
  ]) {
    const { issuer, token_endpoint, authorization_endpoint, jwks_uri } = provider.metadata
    Object.assign(provider.metadata, wrong)
    t.match(await openBrowser().navigate('/auth/sign-in'), failed, JSON.stringify(wrong))
    Object.assign(provider.metadata, { issuer, token_endpoint, authorization_endpoint, jwks_uri })
  }
  t.equal((await openBrowser().navigate('/auth/sign-in')).status, 302, 'it works again at once')
  const another = await buildSignInConsole(t)
  await another.provider.stop()
  t.match(await another.openBrowser().navigate('/auth/sign-in'), failed)
  t.equal((await another.callApi('GET', '/livez')).status, 200)
  t.match(await another.openBrowser().navigate('/auth/sign-in', { accept: '*/*' }), {
    status: 502,
    body: problem(
      'provider-unreachable',
      'Identity provider not reachable',
      502,
      'The identity provider cannot be reached. The log of the server has the reason.',
    ),
  })
})

t.test('TS-102 a browser that used another host name is sent to the URL of the console', async t => {
  const { openBrowser } = await buildSignInConsole(t)
  const browser = openBrowser()
  const { status, headers } = await browser.navigate('/auth/sign-in?return=/findings', {
    host: '127.0.0.1:8081',
  })
  t.equal(status, 302)
  const moved = new URL(String(headers.location))
  t.equal(moved.origin + moved.pathname, `${consoleUrl}/auth/sign-in`)
  t.equal(headers['set-cookie'], undefined)
  const there = await browser.navigate(moved.pathname + moved.search, { 'sec-fetch-site': 'cross-site' })
  t.equal(there.status, 302)
  t.match(String(there.headers.location), /\/authorize\?/)
  const rewritten = await browser.navigate(moved.pathname + moved.search, { host: '127.0.0.1:8081' })
  t.match(
    String(rewritten.headers.location),
    /\/authorize\?/,
    'a proxy that replaces the host causes no loop',
  )
})

t.test('TS-102 a proxy may send the whole URL, whose host does not count', async t => {
  const { console, openBrowser, provider } = await buildSignInConsole(t)
  await console.listen({ port: 0, host: '127.0.0.1' })
  const { port } = console.server.address() as AddressInfo
  const browser = openBrowser()
  const { headers } = await browser.navigate('/auth/sign-in?return=/findings')
  const { pathname, search } = provider.authorize(String(headers.location), {
    claims: { roles: ['Scimulator.Read'] },
  })
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const options = { host: '127.0.0.1', port, headers: { host: 'localhost:8081', cookie } }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ ...options, path: `http://evil.example${pathname}${search}` }, resolve).on('error', reject)
  })
  response.resume()
  t.same([response.statusCode, response.headers.location], [302, '/findings'])
})

t.test('TS-110 other sites cannot start a sign-in, and only a path of a page is returned to', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t)
  for (const path of ['/auth/sign-in', '/auth/sign-in?moved=x', '/auth/step-up']) {
    for (const site of ['cross-site', 'same-site']) {
      const { status, headers, body } = await openBrowser().navigate(path, { 'sec-fetch-site': site })
      t.equal(status, 403, `${path} ${site}`)
      t.equal(headers['set-cookie'], undefined)
      t.match(body, /<h1>Cross-origin request<\/h1>/)
    }
  }
  const framed = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'iframe',
  }
  t.equal((await openBrowser().navigate('/auth/callback?code=x', framed)).status, 403)
  for (const [path, expected] of [
    ['/findings', '/findings'],
    ['/tenants/acme/users?q=anna', '/tenants/acme/users?q=anna'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example/', '/'],
    ['/api/v1/tenants', '/'],
    ['/auth/sign-out', '/'],
    ['/findings/../api/docs', '/'],
    ['/\tevil', '/'],
    [`/findings?q=${'a'.repeat(900)}`, `/findings?q=${'a'.repeat(900)}`],
    [`/findings?q=${'a'.repeat(3000)}`, '/'],
  ] as const) {
    const address = `/auth/sign-in?return=${encodeURIComponent(path)}`
    t.equal((await signIn(openBrowser(), {}, address)).headers.location, expected, path)
  }
})

t.test(
  'TS-107 a session ends after 8 hours, after an hour without requests, and with the process',
  async t => {
    const { openBrowser, signIn, wait, openAnother } = await buildSignInConsole(t)
    const browser = openBrowser()
    await signIn(browser)
    const isSignedIn = async (one = browser) => (await one.fetch('GET', '/api/v1/tenants')).status === 200
    for (let passed = 0; passed < 7; passed++) {
      wait(hour - 1000)
      t.ok(await isSignedIn())
    }
    wait(hour + 1)
    t.notOk(await isSignedIn(), 'idle')
    t.same((await browser.fetch('GET', '/api/v1/tenants')).body, signInNeeded)

    const other = openBrowser()
    await signIn(other)
    for (let passed = 0; passed < 10; passed++) {
      t.ok(await isSignedIn(other))
      wait(48 * 60_000)
    }
    t.notOk(await isSignedIn(other), 'after 8 hours')

    const third = openBrowser()
    await signIn(third)
    const cookie = `scimulator-8081=${third.cookies.get('scimulator-8081')}`
    const statusAt = async ({ callApi }: TestConsole) =>
      (await callApi('GET', '/api/v1/tenants', undefined, { cookie })).status
    t.equal(await statusAt(await openAnother(t)), 200, 'instances share it')
    t.equal(await statusAt(await openAnother(t, 'restart')), 401, 'a restart ends it')
  },
)

t.test('a sign-in that one instance starts is completed by another', async t => {
  const { openBrowser, provider, openAnother } = await buildSignInConsole(t)
  const browser = openBrowser()
  const { headers } = await browser.navigate('/auth/sign-in?return=/findings')
  const other = createInjectBrowser((await openAnother(t)).console, consoleUrl)
  for (const [name, value] of browser.cookies) other.cookies.set(name, value)
  const back = provider.authorize(String(headers.location), { claims: { roles: ['Scimulator.Read'] } })
  t.match(await comeBack(other, back), { status: 302, headers: { location: '/findings' } })
  t.match((await other.fetch('GET', '/api/v1/me')).body, { caller: { level: 'read' } })
})

t.test('TS-107 each sign-in has a new session, which replaces that of the browser', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t)
  const browser = openBrowser()
  await signIn(browser)
  const first = browser.cookies.get('scimulator-8081')
  await signIn(browser)
  t.not(browser.cookies.get('scimulator-8081'), first)
  t.equal((await browser.fetch('GET', '/api/v1/sessions')).body.items.length, 1)
  browser.cookies.set('scimulator-8081', String(first))
  t.equal((await browser.fetch('GET', '/api/v1/tenants')).status, 401)
})

t.test('TS-107 with HTTPS the cookies are bound to the host and to HTTPS', async t => {
  const url = 'https://console.example'
  const { openBrowser, signIn } = await buildSignInConsole(t, {}, { url, hosts: 'any' })
  const browser = openBrowser()
  const { headers } = await signIn(browser)
  const [, session] = headers['set-cookie'] as readonly string[]
  t.match(session, /^__Host-scimulator=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  t.equal((await browser.fetch('POST', '/api/v1/tenants', { id: 'acme' })).status, 201)
})

t.test(
  'TS-109 a change with a cookie needs the origin of the console; one with a token does not',
  async t => {
    const token = 'the-token-of-the-console'
    const { openBrowser, signIn, tenant, callApi } = await buildSignInConsole(t, {}, { token })
    const browser = openBrowser()
    await signIn(browser)
    const cookie = `scimulator-8081=${browser.cookies.get('scimulator-8081')}`
    const path = `/api/v1/tenants/${tenant.id}/tokens`
    const post = (headers: Readonly<Record<string, string>>) =>
      callApi('POST', path, undefined, { host: 'localhost:8081', ...headers })
    t.equal((await post({ cookie, origin: consoleUrl })).status, 201)
    const refused = problem(
      'cross-origin',
      'Cross-origin request',
      403,
      `With a session, changes need an Origin header with the URL of the console, ${consoleUrl} (--console-url). Scripts send a console token instead.`,
    )
    t.match(await post({ cookie }), { status: 403, body: refused })
    const otherName = { host: '127.0.0.1:8081', origin: 'http://127.0.0.1:8081' }
    t.match(await post({ cookie, ...otherName }), { status: 403, body: refused })
    for (const origin of ['https://evil.example', 'null']) {
      t.equal((await post({ cookie, origin })).status, 403, origin)
    }
    t.equal((await post({ cookie, origin: consoleUrl, 'sec-fetch-site': 'cross-site' })).status, 403)
    const form = { cookie, origin: consoleUrl, 'content-type': 'application/x-www-form-urlencoded' }
    t.equal((await callApi('POST', path, 'access=full', { host: 'localhost:8081', ...form })).status, 415)
    t.equal((await post({ authorization: `Bearer ${token}` })).status, 201)
  },
)

t.test('TS-111 signing out ends the session, and the browser goes on to the provider', async t => {
  const { openBrowser, signIn, provider } = await buildSignInConsole(t)
  const browser = openBrowser()
  await signIn(browser)
  const kept = String(browser.cookies.get('scimulator-8081'))
  t.equal(
    (await browser.fetch('POST', '/auth/sign-out', undefined, { origin: 'https://evil.example' })).status,
    403,
  )
  const { status, body } = await browser.fetch('POST', '/auth/sign-out')
  t.equal(status, 200)
  const end = new URL(body.location)
  t.equal(end.origin + end.pathname, `${provider.issuer}/end`)
  t.same(Object.fromEntries(end.searchParams), {
    client_id: provider.clientId,
    post_logout_redirect_uri: `${consoleUrl}/`,
  })
  t.notOk(browser.cookies.has('scimulator-8081'))
  browser.cookies.set('scimulator-8081', kept)
  t.equal((await browser.fetch('GET', '/api/v1/tenants')).status, 401)
  t.same((await browser.fetch('POST', '/auth/sign-out')).body, { location: '/' })
})

t.test('TS-111 a writer lists and ends sessions', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t)
  const [anna, bert] = [openBrowser(), openBrowser()]
  await signIn(anna)
  await signIn(bert, { sub: 'bert-2', name: 'Bert', roles: ['Scimulator.Read'] })
  t.equal((await bert.fetch('GET', '/api/v1/sessions')).status, 403)
  const { items } = (await anna.fetch('GET', '/api/v1/sessions')).body
  t.match(items, [
    { name: 'Bert', role: 'read', current: false },
    { name: 'Anna Berg', role: 'write', current: true },
  ])
  t.equal((await anna.fetch('DELETE', `/api/v1/sessions/${items[0].id}`)).status, 204)
  t.equal((await bert.fetch('GET', '/api/v1/tenants')).status, 401)
  t.equal((await anna.fetch('DELETE', `/api/v1/sessions/${items[0].id}`)).status, 404)
  t.same((await anna.fetch('DELETE', '/api/v1/sessions')).body, { ended: 1 })
  t.equal((await anna.fetch('GET', '/api/v1/tenants')).status, 401)
})

t.test('TS-112 access tokens of the provider identify callers of the API', async t => {
  const { callApi, provider } = await buildSignInConsole(t, {
    audience: 'api://console',
    readers: [{ claim: 'scp', value: 'Accounts.Read' }],
    writers: [{ claim: 'scp', value: 'Accounts.Write' }],
  })
  const aud = 'api://console'
  const get = async (claims: Readonly<Record<string, unknown>>, path = '/api/v1/tenants') => {
    const authorization = `Bearer ${await provider.accessToken({ sub: 'service', aud, ...claims })}`
    return callApi(path.includes('reset') ? 'POST' : 'GET', path, undefined, { authorization })
  }
  t.equal((await get({ scp: 'Other.Read Accounts.Read' })).status, 200)
  t.match((await get({ scp: 'Accounts.Read' }, '/api/v1/me')).body.caller, {
    kind: 'identity',
    level: 'read',
    subject: 'service',
  })
  t.match(await get({ scp: 'Other.Read' }), { status: 403, body: { detail: /gives it a role/ } })
  t.equal((await get({ scp: 'Accounts.Read', aud: 'api://other' })).status, 401)
  t.equal((await get({ scp: 'Accounts.Read', iss: 'https://evil.example' })).status, 401)
  t.equal((await get({ scp: 'Accounts.Read', exp: 1 })).status, 401)
  t.match(await get({ scp: 'Accounts.Write' }, '/api/v1/reset'), {
    status: 401,
    body: { type: 'urn:scimulator:problem:recent-sign-in-needed' },
  })
  const auth_time = Math.floor(Date.now() / 1000)
  t.equal((await get({ scp: 'Accounts.Write', auth_time }, '/api/v1/reset')).status, 200)
  const headers = { 'x-forwarded-user': 'anna', 'x-forwarded-email': 'anna@example.com' }
  t.equal((await callApi('GET', '/api/v1/tenants', undefined, headers)).status, 401)
})

t.test('TS-112 without --console-audience no access token is accepted', async t => {
  const { callApi, provider } = await buildSignInConsole(t)
  const token = await provider.accessToken({ sub: 'x', aud: 'api://console', roles: ['Scimulator.Write'] })
  t.equal(
    (await callApi('GET', '/api/v1/tenants', undefined, { authorization: `Bearer ${token}` })).status,
    401,
  )
})
