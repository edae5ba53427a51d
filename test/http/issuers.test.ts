import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { exportSPKI, type JWTPayload } from 'jose'
import pino from 'pino'
import t, { type Test } from 'tap'
import type { IssuerSettings } from '../../src/domain/tenants/issuers.ts'
import { readOptions } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { startTestServer } from '../../src/server/test-server/test-server.ts'
import { startAuthorizationServer } from '../support/authorization-server.ts'
import { isOnPostgres, settingsOf, storedTexts, testDatabase, testLease } from '../support/database.ts'
import { createSigningKey, forgeJwt, signJwt, startIssuer } from '../support/jwt-issuer.ts'
import { createScimClient } from '../support/scim.ts'
import { createServer } from '../support/test-server.ts'
import { buildTestConsole, type TestConsole } from './console/console-app.ts'

const audience = 'https://scim.example.com/scim/v2'
const challenge =
  'Bearer realm="SCIM", error="invalid_token", error_description="The access token is missing, expired, revoked or not for this tenant."'
const insufficientScope = 'Bearer realm="SCIM", error="insufficient_scope", scope="scim.write"'
const syncFabric = '00000014-0000-0000-c000-000000000000'
const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const template = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'

const oauth = (issuer: string, more: object = {}): IssuerSettings => ({
  kind: 'oauth',
  name: 'Keycloak',
  access: 'full',
  issuer,
  audiences: [audience],
  ...more,
})

const claimsOf = (iss: string, more: JWTPayload = {}): JWTPayload => {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss,
    aud: audience,
    sub: 'entra-scim',
    client_id: 'entra-scim',
    iat: now,
    exp: now + 3600,
    ...more,
  }
}

/** A console with a tenant, and an issuer that it trusts, whose keys are published. */
async function open(t: Test, more: object = {}, profile: 'rfc' | 'entra' = 'rfc') {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const scim = await buildTestConsole(t, profile)
  const trusted = await scim.deps.issuers.create(scim.tenant, oauth(issuer.issuer, more))
  return { ...scim, key, issuer, trusted, claims: (other: JWTPayload = {}) => claimsOf(issuer.issuer, other) }
}

const withToken = ({ app, tenant }: Pick<TestConsole, 'app' | 'tenant'>, token: string) =>
  createScimClient(app, `/${tenant.id}/scim/v2`, token)

const newest = async ({ deps }: Pick<TestConsole, 'deps'>) => (await deps.journal.page({ limit: 1 })).items[0]

t.test('a token of an authorization server is accepted by rfc and entra, and not by aws', async t => {
  const server = await startAuthorizationServer(t)
  const token = await server.getToken(audience)
  for (const profile of ['rfc', 'entra', 'aws'] as const) {
    const scim = await buildTestConsole(t, 'rfc')
    await scim.deps.issuers.create(scim.tenant, oauth(server.issuer))
    await scim.deps.tenants.update(scim.tenant.id, { profile })
    const client = withToken(scim, token)
    const { status, headers } = await client.get('/Users')
    const exchange = await newest(scim)
    if (profile !== 'aws') {
      t.equal(status, 200, profile)
      t.match(
        await client.post('/Users', {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: 'a',
        }),
        { status: 201 },
      )
      t.equal(exchange?.refusal, undefined)
      continue
    }
    t.equal(status, 401)
    t.equal(headers['www-authenticate'], 'Bearer realm="SCIM"', 'as for any unknown token')
    t.equal(exchange?.refusal, 'not-offered', 'TS-002: it is kept, and not in force')
    await scim.deps.analysis.caughtUp(30_000)
    const { body: findings } = await scim.callApi('GET', `/api/v1/findings?tenant=${scim.tenant.id}`)
    t.match(
      findings.items.map(({ title }: { title: string }) => title),
      ['JWT instead of an access token'],
    )
  }
})

t.test('TS-019 the scopes of a client decide what it may do', async t => {
  const server = await startAuthorizationServer(t)
  const scim = await buildTestConsole(t, 'rfc')
  const scopes = { read: 'scim.read', write: 'scim.write' }
  await scim.deps.issuers.create(scim.tenant, oauth(server.issuer, { scopes }))
  const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'a' }
  const reader = withToken(scim, await server.getToken(audience, 'scim.read'))
  t.match(await reader.get('/Users'), { status: 200 })
  const refused = await reader.post('/Users', user)
  t.match(refused, { status: 403, headers: { 'www-authenticate': insufficientScope } })
  t.match(await newest(scim), { refusal: 'read-only' })

  const writer = withToken(scim, await server.getToken(audience, 'scim.write'))
  t.match(await writer.post('/Users', user), { status: 201 })

  const unscoped = withToken(scim, await server.getToken(audience))
  t.match(await unscoped.get('/Users'), { status: 403, headers: { 'www-authenticate': insufficientScope } })
  t.match(await newest(scim), { refusal: 'insufficient-scope', credential: { name: 'Keycloak' } })
})

t.test('forged tokens look alike to the client, and have their reason in the journal', async t => {
  const scim = await open(t, { clients: ['entra-scim'], algorithms: ['ES256', 'RS256'] })
  const { key, issuer, claims, trusted } = scim
  const [other, second, rsa] = await Promise.all([
    createSigningKey('one'),
    createSigningKey('second'),
    createSigningKey('rsa', 'RS256'),
  ])
  // Of 2047 bits: the first bit is not set.
  const modulus = Buffer.alloc(256, 0xff)
  modulus[0] = 0x7f
  const short = { ...rsa.jwk, kid: 'short', n: modulus.toString('base64url') }
  issuer.publish(key.jwk, second.jwk, rsa.jwk, short)
  const now = Math.floor(Date.now() / 1000)
  const signed = (
    more: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    by = key,
  ) => signJwt(by, claims(more as JWTPayload), header)
  /** A genuine signature below another header or payload. */
  const [, payload = '', signature = ''] = (await signed()).split('.')
  const part = (text: string, encoding: BufferEncoding = 'utf8') =>
    Buffer.from(text, encoding).toString('base64url')
  const hmac = async (by: typeof key, alg: string) => {
    const input = forgeJwt({ alg, kid: by.kid }, claims()).slice(0, -1)
    const secret = await exportSPKI(by.publicKey)
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const forged: readonly (readonly [rule: string, reason: string, token: string])[] = [
    ['§3.1 no signature', 'weak-algorithm', forgeJwt({ alg: 'none' }, claims())],
    ['§3.1 no signature, in other letters', 'weak-algorithm', forgeJwt({ alg: 'nOnE' }, claims(), 'x')],
    ['§3.1 HMAC with the public EC key', 'weak-algorithm', await hmac(key, 'HS256')],
    ['§3.1 HMAC with the public RSA key', 'weak-algorithm', await hmac(rsa, 'HS256')],
    ['§3.1 an algorithm of another key', 'unknown-key', await signed({}, { kid: 'one' }, rsa)],
    [
      '§3.2 an algorithm that the issuer does not use',
      'weak-algorithm',
      await signed({}, {}, await createSigningKey('one', 'PS256')),
    ],
    ['§3.3 a foreign signature', 'bad-signature', await signed({}, {}, other)],
    [
      '§3.3 changed claims',
      'bad-signature',
      `${forgeJwt({ alg: 'ES256', kid: 'one', typ: 'at+jwt' }, claims({ sub: 'x' })).slice(0, -1)}.${signature}`,
    ],
    ['§3.3 an empty signature', 'bad-signature', forgeJwt({ alg: 'ES256', kid: 'one' }, claims())],
    ['§3.5 an RSA key of less than 2048 bits', 'weak-algorithm', await signed({}, { kid: 'short' }, rsa)],
    [
      '§3.7 claims that are not UTF-8',
      'malformed',
      `${part('{"alg":"ES256"}')}.${part(JSON.stringify(claims()), 'utf16le')}.x`,
    ],
    [
      '§3.8 another issuer with the same key',
      'unknown-issuer',
      await signed({ iss: 'https://evil.example' }),
    ],
    ['§3.8 an issuer that differs by a slash', 'unknown-issuer', await signed({ iss: `${issuer.issuer}/` })],
    ['§3.8 no issuer', 'unknown-issuer', await signed({ iss: undefined })],
    ['§3.8 another client', 'wrong-caller', await signed({ client_id: 'another' })],
    [
      '§3.8 neither a client nor a subject',
      'malformed',
      await signed({ client_id: undefined, sub: undefined }),
    ],
    ['§3.9 another audience', 'wrong-audience', await signed({ aud: 'https://scim.example.com' })],
    ['§3.9 other audiences', 'wrong-audience', await signed({ aud: ['a', 'b'] })],
    ['§3.9 no audience', 'malformed', await signed({ aud: undefined })],
    ['§3.10 jwk', 'bad-signature', await signed({}, { jwk: other.jwk }, other)],
    ['§3.10 jku', 'bad-signature', await signed({}, { jku: 'https://evil.example/keys' }, other)],
    ['§3.10 x5u', 'bad-signature', await signed({}, { x5u: 'https://evil.example/certificate' }, other)],
    ['§3.10 x5c', 'bad-signature', await signed({}, { x5c: ['MII'] }, other)],
    ['§3.10 an unknown kid', 'unknown-key', await signed({}, { kid: 'unpublished' }, other)],
    ['§3.10 a kid as a path', 'unknown-key', await signed({}, { kid: '../../one' }, other)],
    ['§3.10 a kid as SQL', 'unknown-key', await signed({}, { kid: "' or kid = 'one" }, other)],
    ['§3.10 a kid that is not a string', 'malformed', await signed({}, { kid: ['one'] }, other)],
    ['§3.10 no kid, and several keys', 'unknown-key', await signed({}, { kid: undefined })],
    ['§3.11 another type', 'malformed', await signed({}, { typ: 'logout+jwt' })],
    ['§3.12 an ID token with nonce', 'malformed', await signed({ nonce: 'n' })],
    ['§3.12 an ID token with at_hash', 'malformed', await signed({ at_hash: 'h' })],
    [
      'an extension',
      'malformed',
      `${part('{"alg":"ES256","kid":"one","crit":["x"],"x":1}')}.${payload}.${signature}`,
    ],
    [
      'an unencoded payload',
      'bad-signature',
      `${part('{"alg":"ES256","kid":"one","crit":["b64"],"b64":false}')}.${payload}.${signature}`,
    ],
    ['expired', 'expired', await signed({ exp: now - 301 })],
    ['no exp', 'malformed', await signed({ exp: undefined })],
    ['nbf ahead', 'not-yet-valid', await signed({ nbf: now + 400 })],
    ['iat ahead', 'not-yet-valid', await signed({ iat: now + 400 })],
    ['9 KB', 'malformed', `eyJhbGciOiJFUzI1NiJ9.${'A'.repeat(9000)}.x`],
    ['encrypted', 'unknown', `${part('{"alg":"dir","enc":"A128GCM"}')}..a.b.c`],
    ['no JWT', 'unknown', 'not-a-jwt-at-all'],
  ]
  const responses = new Set<string>()
  for (const [rule, reason, token] of forged) {
    const { status, headers, body } = await withToken(scim, token).get('/Users')
    responses.add(JSON.stringify([status, headers['www-authenticate'], headers['retry-after'], body]))
    const exchange = await newest(scim)
    t.equal(exchange?.refusal, reason, rule)
    t.equal(exchange?.tenant, scim.tenant.id)
  }
  t.equal(responses.size, 1)
  t.match([...responses][0], '401')
  t.equal((await withToken(scim, forged[0]?.[2] ?? '').get('/Users')).headers['www-authenticate'], challenge)
  for (const more of [
    {},
    { exp: now - 270 },
    { nbf: now + 299 },
    { iat: now + 299 },
    { aud: ['a', audience] },
  ]) {
    t.match(await withToken(scim, await signed(more)).get('/Users'), { status: 200 }, JSON.stringify(more))
  }
  t.match(await newest(scim), { credential: { kind: 'issuer', issuer: trusted.id } })
  t.equal(issuer.fetches(), 1, 'unknown keys cause no more fetches meanwhile')
})

t.test('TS-022 TS-045 every refusal of a SCIM endpoint has its status and headers', async t => {
  const scim = await open(t, { scopes: { read: 'r', write: 'w' } })
  const { key, issuer, claims, deps, tenant } = scim
  const unreachable = await startIssuer(t)
  unreachable.respondWith({ status: 500, body: '' })
  await deps.issuers.create(tenant, oauth(unreachable.issuer))
  const { client, secret } = await deps.oauthClients.create(tenant, { access: 'read' })
  const issued = await deps.oauthClients.issue(tenant, {
    ...{ client: client.id, access: 'read', scope: 'scim.read', lifetime: 3600 },
    ...(secret && { secret: secret.secret.id }),
  })
  const cases: readonly (readonly [string, 'GET' | 'POST', string | undefined, object])[] = [
    ['no credentials', 'GET', undefined, { status: 401, challenge: 'Bearer realm="SCIM"' }],
    ['an unknown token', 'GET', 'unknown', { status: 401, challenge }],
    ['an unknown access token', 'GET', `scimulator-access-${'x'.repeat(43)}`, { status: 401, challenge }],
    ['a forged JWT', 'GET', forgeJwt({ alg: 'none' }, claims()), { status: 401, challenge }],
    ['an access token that may read', 'POST', issued?.text, { status: 403, challenge: insufficientScope }],
    [
      'a JWT that may read',
      'POST',
      await signJwt(key, claims({ scope: 'r' })),
      { status: 403, challenge: insufficientScope },
    ],
    [
      'a JWT without a scope',
      'GET',
      await signJwt(key, claims()),
      { status: 403, challenge: insufficientScope },
    ],
    [
      'keys that cannot be had',
      'GET',
      await signJwt(key, claims({ iss: unreachable.issuer })),
      { status: 503, retry: '30' },
    ],
  ]
  for (const [name, method, token, expected] of cases) {
    const { statusCode, headers, body } = await scim.app.inject({
      method,
      url: `/${tenant.id}/scim/v2/Users`,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
    const { 'www-authenticate': challenge, 'retry-after': retry } = headers
    t.same({ status: statusCode, ...(challenge && { challenge }), ...(retry && { retry }) }, expected, name)
    t.match(JSON.parse(body), {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(statusCode),
    })
  }
  t.equal(issuer.fetches(), 1)
})

t.test('TS-006 without a tenant in the URL, exactly one tenant must fit', async t => {
  const scim = await open(t)
  const { key, issuer, claims } = scim
  const token = await signJwt(key, claims())
  const root = createScimClient(scim.app, '/scim/v2', token)
  t.match(await root.get('/Users'), { status: 200 })
  t.match(await newest(scim), { tenant: scim.tenant.id })
  const second = await scim.another('rfc')
  const trusted = await scim.deps.issuers.create(second.tenant, oauth(issuer.issuer))
  t.match(await root.get('/Users'), { status: 401 })
  t.match(await newest(scim), { refusal: 'ambiguous', tenant: undefined })
  t.match(await withToken({ app: scim.app, tenant: second.tenant }, token).get('/Users'), { status: 200 })
  await scim.deps.issuers.update(second.tenant, trusted.id, oauth(issuer.issuer, { audiences: ['another'] }))
  t.match(await root.get('/Users'), { status: 200 }, 'only one fits')
})

t.test('TS-020 a verified token is remembered, until its issuer or its keys change', async t => {
  const scim = await open(t)
  const { key, issuer, claims, deps, tenant, trusted } = scim
  const client = withToken(scim, await signJwt(key, claims()))
  const status = async () => (await client.get('/Users')).status
  t.equal(await status(), 200)
  await issuer.close()
  t.equal(await status(), 200, 'without the issuer')
  await deps.issuers.update(tenant, trusted.id, { ...trusted.settings, access: 'read' })
  t.equal((await client.send('POST', '/Users', {})).status, 403, 'the access of the issuer has changed')
  const other = await scim.another('rfc')
  t.equal(
    (await withToken({ app: scim.app, tenant: other.tenant }, await signJwt(key, claims())).get('/Users'))
      .status,
    401,
  )
  await deps.issuers.remove(tenant, trusted.id)
  t.equal(await status(), 401)
  t.match(await newest(scim), { refusal: 'unknown-issuer', credential: { kind: 'jwt' } })
})

t.test('TS-043 a withdrawn key ends remembered tokens', async t => {
  const scim = await open(t)
  const { key, issuer, claims, trusted } = scim
  const next = await createSigningKey('next')
  const old = withToken(scim, await signJwt(key, claims()))
  t.match(await old.get('/Users'), { status: 200 })
  issuer.publish(key.jwk, next.jwk)
  const path = `/api/v1/tenants/${scim.tenant.id}/issuers/${trusted.id}/check`
  t.match(await scim.callApi('POST', path), { status: 200, body: { reached: true } })
  t.match(await old.get('/Users'), { status: 200 }, 'both are good')
  t.match(await withToken(scim, await signJwt(next, claims())).get('/Users'), { status: 200 })
  issuer.publish(next.jwk)
  await scim.callApi('POST', path)
  t.match(await old.get('/Users'), { status: 401 })
  t.match(await newest(scim), { refusal: 'unknown-key' })
})

t.test('TS-045 unreachable keys are 503, never 401', async t => {
  const scim = await open(t)
  const { key, issuer, claims } = scim
  const unavailable = { status: 503, headers: { 'retry-after': '30', 'www-authenticate': undefined } }
  const get = async (more: JWTPayload = {}, by = key) =>
    withToken(scim, await signJwt(by, claims(more))).get('/Users')
  issuer.respondWith({ status: 500, body: 'no' })
  const response = await get()
  t.match(response, unavailable)
  t.match(response.body, { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '503' })
  t.match(await newest(scim), { refusal: 'keys-unreachable' })
  t.match(await withToken(scim, scim.token).get('/Users'), { status: 200 }, 'own tokens need no issuer')

  const path = `/api/v1/tenants/${scim.tenant.id}/issuers/${scim.trusted.id}/check`
  issuer.respondWith(undefined)
  t.match(await scim.callApi('POST', path), { body: { reached: true } })
  await issuer.close()
  t.match(await scim.callApi('POST', path), { body: { reached: false } })
  t.match(await get({ jti: 'another' }), { status: 200 }, 'a key that is known')
  t.match(await get({}, await createSigningKey('new')), unavailable, 'one that may be new')
  t.match(await newest(scim), { refusal: 'keys-unreachable' })
})

t.test('TS-010 nothing is fetched for an issuer that is not trusted', async t => {
  const scim = await open(t)
  const stranger = await startIssuer(t)
  const token = await signJwt(scim.key, claimsOf(stranger.issuer))
  t.match(await withToken(scim, token).get('/Users'), { status: 401 })
  t.equal(stranger.fetches(), 0)
  t.equal(scim.issuer.fetches(), 0)
})

t.test('TS-010 tokens of the tenant come first, also one that looks like a JWT', async t => {
  const scim = await open(t)
  const text = await signJwt(scim.key, claimsOf('https://evil.example'))
  await scim.deps.tenants.createToken(scim.tenant, { text })
  t.match(await withToken(scim, text).get('/Users'), { status: 200 })
  const exchange = await newest(scim)
  t.match(exchange, { token: { ending: text.slice(-4) } })
  t.equal(exchange?.credential, undefined)
})

t.test('neither tokens nor signatures are stored', async t => {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const database = await testDatabase(t, join(t.testdir(), 'data.db'))
  const settings = { ...settingsOf(database), profile: 'rfc' }
  const server = await startServer(
    { ...readOptions({ ...settings, port: '0', consolePort: '0', awsPort: '0' }), lease: testLease },
    pino({ level: 'silent' }),
  )
  const tenant = server.tenants.list()[0]?.id
  const path = `${server.console}/api/v1/tenants/${tenant}/issuers`
  const post = async (url: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as { readonly id: string }
  }
  const { id } = await post(path, { kind: 'oauth', issuer: issuer.issuer, audiences: [audience] })
  const tokens = [
    await signJwt(key, claimsOf(issuer.issuer)),
    await signJwt(key, claimsOf(issuer.issuer, { aud: 'another' })),
    await signJwt(key, claimsOf('https://evil.example')),
  ]
  for (const token of tokens) {
    await fetch(`${server.endpoint}/Users`, { headers: { authorization: `Bearer ${token}` } })
    await fetch(`${server.endpoint}/Users?access_token=${token}`)
    await post(`${path}/${id}/check`, { token })
  }
  const metrics = await (await fetch(`${server.console}/metrics`)).text()
  await server.close()
  const texts = [metrics, ...(await storedTexts(database))]
  t.ok(texts.some(text => text.includes(issuer.issuer)))
  for (const token of tokens) {
    const [, , signature = ''] = token.split('.')
    for (const secret of [token, signature]) {
      t.equal(
        texts.some(text => text.includes(secret)),
        false,
      )
    }
  }
})

t.test('TS-005 ServiceProviderConfig announces OAuth while an issuer is in force', async t => {
  const scim = await open(t)
  const { deps, tenant, trusted } = scim
  const types = async () => {
    const { body } = await scim.client.get('/ServiceProviderConfig')
    return body.authenticationSchemes.map(({ type }: { type: string }) => type)
  }
  t.same(await types(), ['oauthbearertoken', 'oauth2'])
  await deps.tenants.update(tenant.id, { profile: 'aws' })
  t.same(await types(), ['oauthbearertoken'])
  await deps.tenants.update(tenant.id, { profile: 'entra' })
  t.same(await types(), ['oauthbearertoken', 'oauth2'])
  await deps.issuers.remove(tenant, trusted.id)
  t.same(await types(), ['oauthbearertoken'])
})

t.test(
  'TS-017 TS-021 the journal has header and claims, but neither the token nor its signature',
  async t => {
    const scim = await open(t)
    const { key, claims, deps, trusted } = scim
    const inner = await signJwt(key, claims())
    const token = await signJwt(key, claims({ act: { token: inner }, jti: 'the-id-of-the-token' }))
    const [, , signature = ''] = token.split('.')
    await withToken(scim, token).get('/Users')
    const exchange = await newest(scim)
    t.match(exchange?.credential, {
      kind: 'issuer',
      issuer: trusted.id,
      name: 'Keycloak',
      jwt: {
        header: { alg: 'ES256', kid: 'one' },
        claims: { sub: 'entra-scim', act: { token: '***' }, jti: 'the-id-of-the-token' },
      },
    })
    const { body } = await scim.callApi('GET', `/api/v1/exchanges/${exchange?.id}`)
    t.same(body.credential, exchange?.credential)
    t.equal(body.request.headers.authorization, 'Bearer …')
    const stored = JSON.stringify([exchange, body])
    for (const secret of [token, signature, signature.slice(-4), inner, inner.split('.')[2] ?? '']) {
      t.equal(stored.includes(secret), false)
    }
    const searches = [trusted.id, 'Keycloak', String(claims().iss), audience, 'entra-scim', 'one']
    for (const term of searches) {
      const q = encodeURIComponent(`token:"${term}"`)
      const { body } = await scim.callApi('GET', `/api/v1/exchanges?q=${q}`)
      t.match(body.items, [{ id: exchange?.id }], term)
    }
    t.same((await scim.callApi('GET', '/api/v1/exchanges?q=token:on')).body.items, [], 'whole texts')
    const csv = await scim.callApi('GET', '/api/v1/exchanges/export?format=csv')
    t.match(csv.body, /JWT of Keycloak for entra-scim/)
    const [followed] = (await deps.journal.page({ limit: 1 })).items
    t.same(followed?.credential, exchange?.credential)
    t.match(await withToken(scim, token).get('/Users'), { status: 200 }, 'a bearer token is sent again')
  },
)

t.test(
  'TS-021 a JWT in a wrong place is not in the journal, even if nobody authenticated with it',
  async t => {
    const scim = await open(t)
    const { app, tenant, key, claims } = scim
    const token = await signJwt(key, claims())
    const [, , signature = ''] = token.split('.')
    const users = `/${tenant.id}/scim/v2/Users`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const requests = [
      { url: users, headers: { 'x-token-of-my-proxy': token } },
      { url: users, headers: { authorization: `JWT ${token}` } },
      { url: users, headers: { authorization: `Bearer Bearer ${token}` } },
      { url: `/${token}/scim/v2/Users` },
      { url: `${users}/${token}` },
      { url: `${users}?jwt=${token}` },
      { url: `${users}?filter=userName%20eq%20%22${token}%22` },
      {
        method: 'POST',
        url: `/${tenant.id}/oauth2/token`,
        headers: form,
        payload: `grant_type=client_credentials&client_id=${token}&client_secret=none`,
      },
    ] as const
    for (const request of requests) {
      await app.inject(request)
      const exchange = JSON.stringify(await newest(scim))
      t.notOk(exchange.includes(signature.slice(-5)), request.url)
      t.match(exchange, /…|%E2%80%A6|client_id=\*\*\*/)
    }
  },
)

t.test('a forged JWT whose claims have no text is in the journal, too', async t => {
  const scim = await open(t)
  const unreadable = { toString: 1, valueOf: 1 }
  const forged = [
    forgeJwt({ alg: 'ES256' }, { iss: unreadable }, 'x'),
    forgeJwt({ alg: 'ES256' }, { iss: scim.issuer.issuer, sub: unreadable }, 'x'),
  ]
  for (const token of forged) {
    t.equal((await withToken(scim, token).get('/Users')).status, 401)
  }
  const { items } = await scim.deps.journal.page({ limit: 10 })
  t.same(
    items.map(({ refusal, credential }) => [refusal, credential?.kind]),
    [
      ['malformed', 'issuer'],
      ['unknown-issuer', 'jwt'],
    ],
  )
  const { body } = await scim.callApi('GET', '/api/v1/exchanges/export?format=csv')
  t.match(body, /JWT of Keycloak for unknown/)
  t.match(body, /JWT of unknown/)
})

t.test('TS-003 a Secret Token that was left empty is a finding of an aws tenant', async t => {
  const scim = await buildTestConsole(t, 'aws')
  const key = await createSigningKey('entra', 'RS256')
  const token = await signJwt(
    key,
    claimsOf(`https://sts.windows.net/${directory}/`, {
      aud: template,
      client_id: undefined,
      appid: syncFabric,
      tid: directory,
      ver: '1.0',
    }),
    { typ: 'JWT' },
  )
  const known = await withToken(scim, 'an-unknown-token').get('/Users')
  const { status, headers, body } = await withToken(scim, token).get('/Users')
  const comparable = ({ exceptionRequestId: _id, timeStamp: _time, ...rest }: Record<string, unknown>) => rest
  t.equal(status, 401)
  t.equal(headers['www-authenticate'], known.headers['www-authenticate'])
  t.same(comparable(body), comparable(known.body))
  await scim.deps.analysis.caughtUp(30_000)
  const { body: findings } = await scim.callApi('GET', `/api/v1/findings?tenant=${scim.tenant.id}`)
  t.match(
    findings.items.find(({ id }: { id: string }) => id === 'client/secret-token-empty'),
    { severity: 'error', title: 'Secret Token left empty' },
  )
})

t.test('TS-030 Entra’s own token is accepted with the keys of a stand-in', async t => {
  const scim = await buildTestConsole(t, 'entra')
  const key = await createSigningKey('entra', 'RS256')
  const standIn = await startIssuer(t, key.jwk)
  await scim.deps.issuers.create(scim.tenant, {
    kind: 'entra',
    name: 'Entra',
    access: 'full',
    cloud: 'global',
    directory,
    jwks: standIn.jwks,
  })
  const token = await signJwt(
    key,
    claimsOf(`https://sts.windows.net/${directory}/`, {
      aud: template,
      client_id: undefined,
      appid: syncFabric,
      ver: '1.0',
    }),
    { typ: 'JWT' },
  )
  t.match(await withToken(scim, token).get('/Users'), { status: 200 })
  t.equal(standIn.fetches(), 1)
})

t.test('requests with a JWT belong to the cycle of their client, whatever the token', async t => {
  const scim = await open(t, {}, 'entra')
  const { key, claims, deps } = scim
  for (const jti of ['a', 'b']) {
    const client = createScimClient(
      scim.app,
      `/${scim.tenant.id}/scim/v2`,
      await signJwt(key, claims({ jti })),
      {
        'user-agent': '',
      },
    )
    await client.get('/Users?filter=userName%20eq%20%22a%22')
  }
  await deps.analysis.caughtUp(30_000)
  const { items } = await deps.journal.page({ limit: 10 })
  t.equal(items.length, 2)
  t.equal(new Set(items.map(({ notes }) => notes?.cycle)).size, 1)
  t.notMatch(
    items.map(({ notes }) => notes?.client),
    ['sample'],
  )
})

t.test('createServer trusts the issuers of its options', async t => {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  await using server = await createServer({
    profile: 'rfc',
    issuers: [{ kind: 'oauth', issuer: issuer.issuer, audiences: [audience] }],
  })
  const authorization = `Bearer ${await signJwt(key, claimsOf(issuer.issuer))}`
  t.equal((await fetch(`${server.url}/Users`, { headers: { authorization } })).status, 200)
  await t.rejects(
    createServer({ issuers: [{ kind: 'oauth', issuer: issuer.issuer, audiences: [audience] }] }),
    /issuers\[0\]: AWS takes its own access tokens only/,
  )
})

t.test('two instances over one database trust the same issuers', { skip: !isOnPostgres }, async t => {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const settings = settingsOf(await testDatabase(t))
  const more = { lease: testLease }
  const issuers = [{ kind: 'oauth' as const, issuer: issuer.issuer, audiences: [audience] }]
  const first = await startTestServer({ profile: 'rfc', issuers }, settings, more)
  t.teardown(first.close)
  const second = await startTestServer({ profile: 'rfc' }, settings, more)
  t.teardown(second.close)
  const headers = { authorization: `Bearer ${await signJwt(key, claimsOf(issuer.issuer))}` }
  const statuses = async () =>
    Promise.all([first, second].map(async ({ url }) => (await fetch(`${url}/Users`, { headers })).status))
  t.same(await statuses(), [200, 200])
  const tenant = new URL(first.url).pathname.split('/')[1]
  const path = `/api/v1/tenants/${tenant}/issuers`
  const { items } = (await (await fetch(first.console + path)).json()) as { items: readonly { id: string }[] }
  await fetch(`${first.console}${path}/${items[0]?.id}`, { method: 'DELETE' })
  t.same(await statuses(), [401, 401], 'acknowledged once both know it')
})
