import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createAssertionVerifier } from '../../src/auth/oauth/assertion.ts'
import { OAuthError } from '../../src/auth/oauth/oauth-error.ts'
import { createTokenService } from '../../src/auth/oauth/token-service.ts'
import { jwtAlgorithms } from '../../src/domain/tenants/issuers.ts'
import { createSigningKey, signJwt, startIssuer } from '../support/jwt-issuer.ts'
import { assertProperty } from '../support/property.ts'
import { createScimClient } from '../support/scim.ts'
import { basic, formType, openEndpoint, type TestEndpoint } from '../support/token-endpoint.ts'

const minute = 60 * 1000
const day = 24 * 60 * minute

const headersOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) => ({
  type: headers['content-type'],
  cache: headers['cache-control'],
  pragma: headers.pragma,
  challenge: headers['www-authenticate'],
})

const usualHeaders = {
  type: 'application/json;charset=UTF-8',
  cache: 'no-store',
  pragma: 'no-cache',
  challenge: undefined,
}
const basicChallenge = 'Basic realm="SCIM", charset="UTF-8"'

const newest = async ({ deps }: Pick<TestEndpoint, 'deps'>) =>
  (await deps.journal.page({ limit: 1 })).items[0]

const withToken = ({ app, tenant }: Pick<TestEndpoint, 'app' | 'tenant'>, token: string) =>
  createScimClient(app, `/${tenant.id}/scim/v2`, token)

t.test('TS-061 TS-062 a client gets an access token with its secret, in the body or as Basic', async t => {
  for (const profile of ['rfc', 'entra'] as const) {
    const endpoint = await openEndpoint(t, profile)
    const { client_secret, ...rest } = endpoint.form
    for (const response of [
      await endpoint.requestToken(endpoint.form),
      await endpoint.requestToken(
        { grant_type: 'client_credentials' },
        { headers: basic(endpoint.id, client_secret) },
      ),
      await endpoint.requestToken(rest, { headers: basic(endpoint.id, client_secret) }),
    ]) {
      t.same(headersOf(response), usualHeaders)
      t.equal(response.status, 200)
      t.match(response.body.access_token, /^scimulator-access-[\w-]{43}$/)
      const { access_token, ...members } = response.body
      t.same(members, { token_type: 'Bearer', expires_in: 3600, scope: 'scim.read scim.write' })
      const client = withToken(endpoint, access_token)
      t.match(await client.get('/Users'), { status: 200 })
      const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: access_token }
      t.match(await client.post('/Users', user), { status: 201 })
      t.match(await newest(endpoint), {
        credential: { kind: 'client', client: endpoint.id, name: endpoint.id },
      })
    }
  }
})

t.test('TS-060 TS-061 TS-065 TS-068 TS-070 TS-071 every error has its status, code and headers', async t => {
  const endpoint = await openEndpoint(t)
  const { id, secret, form, requestToken, deps, tenant } = endpoint
  const { client_secret, client_id, grant_type, ...none } = form
  const expired = await deps.oauthClients.create(tenant, { secret: { lifetime: day } })
  const deleted = await deps.oauthClients.create(tenant)
  await deps.oauthClients.remove(tenant, deleted.client.id)
  const federated = await deps.oauthClients.create(tenant, {
    assertion: {
      kind: 'issuer',
      issuer: 'http://127.0.0.1:1',
      subject: 'a',
      audiences: ['b'],
    },
  })
  await endpoint.advance(2 * day)
  const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const json = { 'content-type': 'application/json' }
  const cases: readonly (readonly [
    name: string,
    request: Parameters<typeof requestToken>,
    status: number,
    error: string,
    refusal?: string,
    headers?: Readonly<Record<string, unknown>>,
  ])[] = [
    ['JSON', [JSON.stringify(form), { headers: json }], 400, 'invalid_request'],
    ['plain text', ['a=b', { headers: { 'content-type': 'text/plain' } }], 400, 'invalid_request'],
    [
      'multipart',
      ['', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
      400,
      'invalid_request',
    ],
    ['compressed', [form, { headers: { 'content-encoding': 'gzip' } }], 400, 'invalid_request'],
    ['an empty body', ['', {}], 400, 'invalid_request'],
    ['no grant_type', [{ client_id, client_secret }], 400, 'invalid_request'],
    ['an empty grant_type', [{ ...form, grant_type: '' }], 400, 'invalid_request'],
    ['a parameter twice', [`${new URLSearchParams(form)}&scope=scim&scope=scim`], 400, 'invalid_request'],
    ['an empty parameter twice', [`${new URLSearchParams(form)}&scope=&scope=`], 400, 'invalid_request'],
    ['the secret twice', [`${new URLSearchParams(form)}&client_secret=x`], 400, 'invalid_request'],
    ['secret and Basic', [form, { headers: basic(id, secret) }], 400, 'invalid_request'],
    [
      'secret and assertion',
      [{ ...form, client_assertion: 'a.b.c', client_assertion_type: assertionType }],
      400,
      'invalid_request',
    ],
    [
      'another client in Basic',
      [{ ...none, grant_type, client_id: 'x' }, { headers: basic(id, secret) }],
      400,
      'invalid_request',
    ],
    ['a secret without client_id', [{ grant_type, client_secret }], 400, 'invalid_request'],
    [
      'an assertion without its type',
      [{ grant_type, client_id, client_assertion: 'a.b.c' }],
      400,
      'invalid_request',
    ],
    [
      'a type without an assertion',
      [{ grant_type, client_id, client_assertion_type: assertionType }],
      400,
      'invalid_request',
    ],
    ['the code grant', [{ ...form, grant_type: 'authorization_code' }], 400, 'unsupported_grant_type'],
    [
      'the JWT grant',
      [{ ...form, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }],
      400,
      'unsupported_grant_type',
    ],
    ['no authentication', [{ grant_type }], 401, 'invalid_client', 'missing'],
    ['no secret', [{ grant_type, client_id }], 401, 'invalid_client', 'missing'],
    ['an unknown client', [{ ...form, client_id: 'nobody' }], 401, 'invalid_client', 'unknown'],
    ['a wrong secret', [{ ...form, client_secret: `${secret}x` }], 401, 'invalid_client', 'wrong-secret'],
    [
      'a wrong secret as Basic',
      [{ grant_type }, { headers: basic(id, 'wrong') }],
      401,
      'invalid_client',
      'wrong-secret',
      { challenge: basicChallenge },
    ],
    [
      'broken Basic credentials',
      [{ grant_type }, { headers: { authorization: 'Basic !!!' } }],
      401,
      'invalid_client',
      'malformed',
      { challenge: basicChallenge },
    ],
    [
      'a bearer token',
      [{ grant_type }, { headers: { authorization: `Bearer ${secret}` } }],
      401,
      'invalid_client',
      'missing',
    ],
    [
      'an expired secret',
      [{ ...form, client_id: expired.client.id, client_secret: expired.secret?.text ?? '' }],
      401,
      'invalid_client',
      'expired',
    ],
    [
      'a deleted client',
      [{ ...form, client_id: deleted.client.id, client_secret: deleted.secret?.text ?? '' }],
      401,
      'invalid_client',
      'deleted',
    ],
    [
      'a secret of an assertion client',
      [{ ...form, client_id: federated.client.id }],
      401,
      'invalid_client',
      'wrong-secret',
    ],
    [
      'an assertion of a client with a secret',
      [{ grant_type, client_id, client_assertion: 'a.b.c', client_assertion_type: assertionType }],
      401,
      'invalid_client',
      'wrong-secret',
    ],
    ['an unknown tenant', [form, { tenant: 'nowhere' }], 401, 'invalid_client', 'unknown'],
    [
      'an unknown client as Basic',
      [{ grant_type }, { headers: basic('nobody', secret) }],
      401,
      'invalid_client',
      'unknown',
      { challenge: basicChallenge },
    ],
    [
      'an unknown tenant as Basic',
      [{ grant_type }, { tenant: 'nowhere', headers: basic(id, secret) }],
      401,
      'invalid_client',
      'unknown',
      { challenge: basicChallenge },
    ],
    [
      'an expired secret as Basic',
      [{ grant_type }, { headers: basic(expired.client.id, expired.secret?.text ?? '') }],
      401,
      'invalid_client',
      'expired',
      { challenge: basicChallenge },
    ],
    [
      'a secret of an assertion client as Basic',
      [{ grant_type }, { headers: basic(federated.client.id, secret) }],
      401,
      'invalid_client',
      'wrong-secret',
      { challenge: basicChallenge },
    ],
    [
      'an assertion that is not a JWT',
      [
        {
          grant_type,
          client_id: federated.client.id,
          client_assertion: 'a.b.c',
          client_assertion_type: assertionType,
        },
      ],
      401,
      'invalid_client',
      'malformed',
    ],
    ['unknown scopes', [{ ...form, scope: 'openid profile' }], 400, 'invalid_scope'],
    ['too large', [`${new URLSearchParams(form)}&x=${'x'.repeat(40_000)}`], 413, 'invalid_request'],
    ['GET', [form, { method: 'GET' }], 405, 'invalid_request'],
    ['PUT', [form, { method: 'PUT' }], 405, 'invalid_request'],
    ['PATCH', [form, { method: 'PATCH' }], 405, 'invalid_request'],
    ['DELETE', [form, { method: 'DELETE' }], 405, 'invalid_request'],
    ['OPTIONS', [form, { method: 'OPTIONS' }], 405, 'invalid_request'],
  ]
  for (const [name, request, status, error, refusal, headers] of cases) {
    const response = await requestToken(...request)
    t.equal(response.status, status, name)
    t.same(headersOf(response), { ...usualHeaders, ...headers }, name)
    t.equal(response.body.error, error, name)
    t.match(response.body.error_description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, name)
    t.same(Object.keys(response.body), ['error', 'error_description'])
    t.equal(response.headers.allow, status === 405 ? 'POST' : undefined, name)
    const recorded = await newest(endpoint)
    t.match(recorded, { operation: 'token', status }, name)
    t.equal(recorded?.refusal, refusal, name)
  }
  const head = await requestToken('', { method: 'HEAD' })
  t.equal(head.status, 405)
  t.same(headersOf(head), usualHeaders)
  t.equal(head.headers.allow, 'POST')
  const texts = await Promise.all(
    cases
      .filter(([, , status]) => status === 401)
      .map(async ([, request]) => (await requestToken(...request)).body),
  )
  t.equal(new Set(texts.map(body => JSON.stringify(body))).size, 1, 'TS-068: told alike')
})

t.test('TS-060 unknown parameters, the query and the charset are ignored', async t => {
  const { requestToken, form } = await openEndpoint(t)
  const msal = { 'x-client-SKU': 'msal.js.node', 'client-request-id': 'x', client_info: '1' }
  for (const [more, options] of [
    [msal, {}],
    [{}, { query: '?client-request-id=x&grant_type=password&grant_type=none' }],
    [{}, { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=iso-8859-1' } }],
    [{}, { headers: { 'content-type': 'APPLICATION/X-WWW-FORM-URLENCODED;charset=UTF-8' } }],
    [{ scope: '' }, {}],
  ] as const) {
    t.match(await requestToken({ ...form, ...more }, options), { status: 200 })
  }
})

t.test('TS-061 under entra, body and Basic may have the same secret', async t => {
  const { requestToken, form, id, secret } = await openEndpoint(t, 'entra')
  t.match(await requestToken(form, { headers: basic(id, secret) }), { status: 200 })
  for (const other of [basic(id, 'wrong-secret'), basic('other', secret)]) {
    t.match(await requestToken(form, { headers: other }), { status: 400, body: { error: 'invalid_request' } })
  }
})

t.test('TS-061 a secret with characters that forms and Basic encode', async t => {
  for (const text of [
    'a%b+c:d&e=%2B%3A:+%',
    '::::::::::::::::',
    '%25%25%25%25%25%25',
    '"\\<>+++++++++++++',
  ]) {
    const { requestToken, form, id } = await openEndpoint(t, 'rfc', { secret: { text } })
    t.match(await requestToken(form), { status: 200 }, text)
    t.match(
      await requestToken({ grant_type: 'client_credentials' }, { headers: basic(id, text) }),
      { status: 200 },
      text,
    )
  }
})

t.test('TS-061 no permutation of parameters gets a token without a good secret', async t => {
  const endpoint = await openEndpoint(t, 'entra', { id: 'ci', secret: { text: 'ci-secret-of-my-tests' } })
  const { deps, tenant } = endpoint
  const requestToken = createTokenService({
    clients: deps.oauthClients,
    verifyAssertion: createAssertionVerifier(deps.verifier),
  })
  const wrong = fc.constantFrom(
    '',
    'ci-secret-of-my-test',
    'ci-secret-of-my-testss',
    'CI-SECRET-OF-MY-TESTS',
    ' ',
    '*',
  )
  const id = fc.constantFrom('ci', 'CI', '', 'other')
  const parameter = fc.oneof(
    fc.tuple(fc.constant('client_id'), id),
    fc.tuple(fc.constant('client_secret'), wrong),
    fc.tuple(fc.constant('grant_type'), fc.constantFrom('client_credentials', 'password', '')),
    fc.tuple(fc.constant('scope'), fc.constantFrom('scim', '', 'openid')),
    fc.tuple(fc.constant('client_assertion'), fc.constantFrom('', 'eyJhbGciOiJub25lIn0.e30.', 'a.b.c')),
    fc.tuple(
      fc.constant('client_assertion_type'),
      fc.constantFrom('', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
    ),
    fc.tuple(fc.constantFrom('Client_Secret', 'client_secret[]', 'x'), fc.constant('ci-secret-of-my-tests')),
  )
  const authorization = fc.option(
    fc.oneof(
      fc.tuple(id, wrong).map(([id, secret]) => basic(id, secret).authorization ?? ''),
      fc.constantFrom('Basic', 'Basic Og==', 'Bearer ci-secret-of-my-tests'),
    ),
  )
  let at = Date.now()
  await assertProperty(
    fc.asyncProperty(fc.array(parameter, { maxLength: 7 }), authorization, async (parameters, header) => {
      // Later than the failures before.
      at += minute
      const request = {
        method: 'POST',
        tenant,
        tenantId: tenant.id,
        contentType: formType,
        contentEncoding: undefined,
        authorization: header ?? undefined,
        body: Buffer.from(parameters.map(pair => pair.map(encodeURIComponent).join('=')).join('&')),
        at,
      }
      const error = await requestToken(request).then(
        () => undefined,
        (error: OAuthError) => error,
      )
      return error instanceof OAuthError && error.status !== 429
    }),
    { numRuns: 500 },
  )
  t.same(await deps.oauthClients.accessTokens(tenant), [])
})

t.test('TS-064 a client decides how long its tokens are valid, by the clock of the tenant', async t => {
  const endpoint = await openEndpoint(t, 'rfc', { tokenLifetime: 60 })
  const { body } = await endpoint.requestToken(endpoint.form)
  t.equal(body.expires_in, 60)
  const client = withToken(endpoint, body.access_token)
  t.match(await client.get('/Users'), { status: 200 })
  await endpoint.advance(minute)
  t.match(await client.get('/Users'), { status: 401 })
  t.match(await newest(endpoint), { refusal: 'expired', credential: { client: endpoint.id } })
  t.match(await endpoint.requestToken(endpoint.form), { status: 200 })
})

t.test('TS-065 scopes decide the access; the response repeats the requested names', async t => {
  const cases = [
    ['rfc', 'full', undefined, 'scim.read scim.write', 'full'],
    ['rfc', 'full', 'scim', 'scim', 'full'],
    ['rfc', 'full', 'scim.readwrite', 'scim.readwrite', 'full'],
    ['rfc', 'full', 'scim.read', 'scim.read', 'read'],
    ['rfc', 'full', 'scim.write scim.read scim.write', 'scim.write scim.read', 'full'],
    ['rfc', 'full', 'openid scim.read', 'scim.read', 'read'],
    ['rfc', 'full', 'openid', undefined, undefined],
    ['rfc', 'read', undefined, 'scim.read', 'read'],
    ['rfc', 'read', 'scim', 'scim', 'read'],
    ['rfc', 'read', 'scim.write', undefined, undefined],
    ['entra', 'full', 'api://x/.default', 'api://x/.default', 'full'],
    ['entra', 'full', 'scim', 'scim', 'full'],
    ['entra', 'read', 'scim.write', 'scim.write', 'read'],
  ] as const
  const endpoint = await openEndpoint(t)
  for (const [profile, access, requested, scope, granted] of cases) {
    const name = `${profile}, ${access}: ${requested}`
    const { tenant } = await endpoint.another(profile)
    const created = await endpoint.deps.oauthClients.create(tenant, { access })
    const form = {
      grant_type: 'client_credentials',
      client_id: created.client.id,
      client_secret: created.secret?.text ?? '',
      ...(requested !== undefined && { scope: requested }),
    }
    const { status, body } = await endpoint.requestToken(form, { tenant: tenant.id })
    if (scope === undefined) {
      t.match({ status, body }, { status: 400, body: { error: 'invalid_scope' } }, name)
      continue
    }
    t.equal(body.scope, scope, name)
    const client = withToken({ ...endpoint, tenant }, body.access_token)
    t.match(await client.get('/Users'), { status: 200 }, name)
    const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'a' }
    const written = await client.post('/Users', user)
    t.equal(written.status, granted === 'full' ? 201 : 403, name)
    if (granted === 'read') {
      t.equal(
        written.headers['www-authenticate'],
        'Bearer realm="SCIM", error="insufficient_scope", scope="scim.write"',
      )
    }
  }
})

t.test('TS-065 a scope with invalid syntax is refused, and never stored or repeated', async t => {
  const { another, deps, requestToken } = await openEndpoint(t)
  const { tenant } = await another('entra')
  const { client, secret } = await deps.oauthClients.create(tenant)
  for (const scope of [
    '\u001b[31mred',
    'a\0b',
    'a\nb',
    '"a"',
    'a\\b',
    'caf\u00e9',
    '\u202e',
    'a'.repeat(1001),
  ]) {
    const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: secret?.text ?? '' }
    const { status, body } = await requestToken({ ...form, scope }, { tenant: tenant.id })
    t.equal(status, 400, JSON.stringify(scope.slice(0, 10)))
    t.same(body, {
      error: 'invalid_scope',
      error_description:
        'The scope must have at most 1000 characters: scopes of printable ASCII, separated by spaces.',
    })
  }
  t.same(await deps.oauthClients.accessTokens(tenant), [])
})

t.test('a client that becomes read-only may not write with the tokens that it has', async t => {
  const endpoint = await openEndpoint(t)
  const { body } = await endpoint.requestToken(endpoint.form)
  await endpoint.deps.oauthClients.update(endpoint.tenant, endpoint.id, { access: 'read' })
  const client = withToken(endpoint, body.access_token)
  t.match(await client.post('/Users', {}), { status: 403 })
  t.match(await client.get('/Users'), { status: 200 })
})

t.test('TS-067 deleting a secret or a client, and revoking, end access tokens at once', async t => {
  for (const end of ['secret', 'client', 'token'] as const) {
    const endpoint = await openEndpoint(t)
    const { deps, tenant, id, secretId } = endpoint
    const { body } = await endpoint.requestToken(endpoint.form)
    const client = withToken(endpoint, body.access_token)
    t.match(await client.get('/Users'), { status: 200 })
    if (end === 'secret') await deps.oauthClients.removeSecret(tenant, id, secretId)
    if (end === 'client') await deps.oauthClients.remove(tenant, id)
    if (end === 'token') {
      const [known] = await deps.oauthClients.accessTokens(tenant)
      await deps.oauthClients.revoke(tenant, known?.token.id ?? '')
    }
    const { status, headers } = await client.get('/Users')
    t.equal(status, 401)
    t.equal(
      headers['www-authenticate'],
      'Bearer realm="SCIM", error="invalid_token", error_description="The access token is missing, expired, revoked or not for this tenant."',
    )
    t.match(await newest(endpoint), { refusal: 'deleted', operation: 'rejected' })
    t.equal((await endpoint.requestToken(endpoint.form)).status, end === 'token' ? 200 : 401)
  }
})

t.test('TS-067 rotation with an overlap loses no request', async t => {
  const endpoint = await openEndpoint(t)
  const { deps, tenant, id, secretId, form, requestToken } = endpoint
  const old = await requestToken(form)
  const second = await deps.oauthClients.createSecret(tenant, id)
  const fresh = await requestToken({ ...form, client_secret: second?.text ?? '' })
  for (const { body } of [old, fresh, await requestToken(form)]) {
    t.match(await withToken(endpoint, body.access_token).get('/Users'), { status: 200 })
  }
  await deps.oauthClients.removeSecret(tenant, id, secretId)
  t.match(await withToken(endpoint, fresh.body.access_token).get('/Users'), { status: 200 })
  t.match(await withToken(endpoint, old.body.access_token).get('/Users'), { status: 401 })
})

t.test('an access token is good for its tenant only, also without a tenant in the URL', async t => {
  const endpoint = await openEndpoint(t)
  const other = await endpoint.another('rfc')
  const { body } = await endpoint.requestToken(endpoint.form)
  t.match(await createScimClient(endpoint.app, '/scim/v2', body.access_token).get('/Users'), { status: 200 })
  const elsewhere = createScimClient(endpoint.app, `/${other.tenant.id}/scim/v2`, body.access_token)
  t.match(await elsewhere.get('/Users'), { status: 401 })
  t.match(await newest(endpoint), { refusal: 'other-tenant', tenant: other.tenant.id })
})

t.test('TS-002 TS-003 a tenant of aws has no token endpoint, and its clients are not in force', async t => {
  const endpoint = await openEndpoint(t)
  const { body } = await endpoint.requestToken(endpoint.form)
  const unknown = await endpoint.requestToken(endpoint.form, { tenant: 'nowhere' })
  await endpoint.deps.tenants.update(endpoint.tenant.id, { profile: 'aws' })
  const response = await endpoint.requestToken(endpoint.form)
  t.same([response.status, response.body], [unknown.status, unknown.body])
  t.match(await newest(endpoint), { operation: 'token', refusal: 'not-offered', tenant: endpoint.tenant.id })
  const client = withToken(endpoint, body.access_token)
  t.match(await client.get('/Users'), { status: 401, headers: { 'www-authenticate': 'Bearer realm="SCIM"' } })
  t.match(await newest(endpoint), { refusal: 'not-offered' })
  await endpoint.deps.tenants.update(endpoint.tenant.id, { profile: 'rfc' })
  t.match(await client.get('/Users'), { status: 200 })
})

t.test('TS-068 from the 10th failure of a client within a minute, its requests get 429', async t => {
  const endpoint = await openEndpoint(t)
  const { requestToken, form } = endpoint
  const wrong = { ...form, client_secret: 'wrong' }
  for (const client_id of [form.client_id, 'nobody']) {
    for (let failure = 1; failure < 10; failure++) {
      t.match(await requestToken({ ...wrong, client_id }), { status: 401 })
    }
    const tenth = await requestToken({ ...wrong, client_id })
    t.match(tenth, {
      status: 429,
      headers: { 'retry-after': '60', 'cache-control': 'no-store' },
      body: { error: 'temporarily_unavailable' },
    })
  }
  t.match(await newest(endpoint), { refusal: 'unknown', status: 429 })
  t.match(await requestToken(form), { status: 429 }, 'the right secret cannot be told from others')
  const other = await endpoint.deps.oauthClients.create(endpoint.tenant)
  const others = { ...form, client_id: other.client.id, client_secret: other.secret?.text ?? '' }
  t.match(await requestToken(others), { status: 200 }, 'other clients are not affected')
})

t.test('TS-068 a chosen client secret is not in the journal, wherever a client sends it', async t => {
  const text = 'My-Chosen/Secret+of%CI:0123'
  const endpoint = await openEndpoint(t, 'rfc', { id: 'ci', secret: { text } })
  const { form, requestToken, deps, tenant, app, secretId } = endpoint
  const encoded = encodeURIComponent(text)
  const { client_secret, ...rest } = form
  const json = { 'content-type': 'application/json' }
  const send = async () => {
    await requestToken({ ...rest, client_id: text, client_secret: 'ci' })
    await requestToken({ ...rest, clientSecret: text })
    await requestToken(rest, { headers: { 'x-client-secret': text } })
    await requestToken(rest, { query: `?client_secret=${encoded}&key=${encoded}` })
    await requestToken(JSON.stringify({ ...rest, clientSecret: text }), { headers: json })
    await requestToken({ grant_type: 'password', username: 'ci', password: text })
    for (const request of [
      { url: `/${tenant.id}/scim/v2/Users`, headers: { authorization: `Bearer ${text}` } },
      { url: `/${tenant.id}/scim/v2/Users?key=${encoded}` },
      { url: `/${tenant.id}/scim/v2/Users/${encoded}` },
      {
        method: 'POST',
        url: `/${tenant.id}/oauth2/revoke`,
        payload: `token=${encoded}`,
        headers: { 'content-type': formType },
      },
    ] as const) {
      await app.inject(request)
    }
  }
  await send()
  await deps.oauthClients.removeSecret(tenant, 'ci', secretId)
  await send()
  const { items } = await deps.journal.page({ limit: 50 })
  t.equal(items.length, 20)
  const stored = JSON.stringify(items)
  for (const shown of [text, encoded, JSON.stringify(text).slice(1, -1)])
    t.notOk(stored.includes(shown), shown)
  t.match(stored, 'client_id=')
})

t.test('the journal has the names of the parameters of a token request, and no value', async t => {
  const endpoint = await openEndpoint(t)
  const { requestToken, form } = endpoint
  const recorded = async () => (await newest(endpoint))?.request
  await requestToken({ ...form, scope: 'scim', username: 'marge' })
  t.match(await recorded(), {
    body: 'grant_type=***&client_id=***&client_secret=***&scope=***&username=***',
  })
  await requestToken(`pasted-secret&client_id=x&${'long'.repeat(20)}=1&b%61d=2`)
  t.match(await recorded(), { body: '***&client_id=***&***&***' })
  await requestToken('clientId=x&dGhpc2lzYXNlY3JldA==&client-id=x')
  t.match(await recorded(), { body: 'clientId=***&***&client-id=***' }, 'base64 is no name')
  await requestToken('{"client_secret":"pasted"}')
  t.match(await recorded(), { body: '(Withheld: it is not a form.)' })
  await requestToken(`grant_type=${'x'.repeat(33 * 1024)}`)
  t.match(await newest(endpoint), { status: 413 })
  t.notOk('body' in ((await recorded()) ?? {}), 'a body of more than 32 KiB is not read')
})

t.test('TS-069 faults can be injected into token requests', async t => {
  const endpoint = await openEndpoint(t)
  const { deps, requestToken, form, callApi } = endpoint
  const activate = async (body: object) => {
    await deps.faults.deactivateAll()
    t.match(await callApi('POST', '/api/v1/faults', body), { status: 201 })
  }
  for (const [status, error] of [
    [500, 'server_error'],
    [503, 'temporarily_unavailable'],
    [401, 'invalid_client'],
    [429, 'temporarily_unavailable'],
  ] as const) {
    await activate({ match: { operations: ['token'] }, effect: { kind: 'status', status } })
    const response = await requestToken(form)
    t.match(response, { status, body: { error }, headers: { 'cache-control': 'no-store' } })
    t.match(await newest(endpoint), { operation: 'token', action: 'get an access token', fault: {} })
    t.match(await endpoint.client.get('/Users'), { status: 200 }, 'other requests are not affected')
  }

  await activate({ preset: 'invalid-client' })
  t.match(await requestToken(form), { status: 401, body: { error: 'invalid_client' } })
  t.match(await newest(endpoint), { refusal: 'expired' })

  await activate({ preset: 'refused-access-token' })
  const refused = await requestToken(form)
  t.match(refused, { status: 200, body: { token_type: 'Bearer', expires_in: 3600 } })
  t.match(await withToken(endpoint, refused.body.access_token).get('/Users'), { status: 401 })

  await activate({ preset: 'short-access-token' })
  const short = await requestToken(form)
  t.match(short, { status: 200, body: { expires_in: 1 } })
  const client = withToken(endpoint, short.body.access_token)
  await endpoint.advance(1000)
  t.match(await client.get('/Users'), { status: 401 })

  await activate({ match: { methods: ['POST'] }, effect: { kind: 'status', status: 500 } })
  t.match(await requestToken(form), { status: 200 }, 'methods are those of requests about resources')
  await activate({ match: {}, effect: { kind: 'status', status: 503 } })
  t.match(await requestToken(form), { status: 503 })
})

const hour = 3600

/** A tenant with a client that authenticates with assertions of an issuer. */
async function openFederation(t: Test, more: object = {}) {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const endpoint = await openEndpoint(t, 'entra', {
    assertion: {
      kind: 'issuer',
      issuer: issuer.issuer,
      subject: 'service-principal',
      audiences: ['api://scim'],
      caller: 'workload',
      ...more,
    },
  })
  const claims = () => {
    const now = Math.floor(Date.now() / 1000)
    return {
      iss: issuer.issuer,
      aud: 'api://scim',
      sub: 'service-principal',
      azp: 'workload',
      iat: now,
      exp: now + hour,
    }
  }
  const formOf = async (changes: object = {}, header: Readonly<Record<string, unknown>> = {}) => ({
    grant_type: 'client_credentials',
    client_id: endpoint.id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signJwt(key, { ...claims(), ...changes }, { typ: 'JWT', ...header }),
    scope: 'scim',
  })
  return { ...endpoint, key, issuer, formOf }
}

t.test('TS-070 a client authenticates with an assertion of its issuer', async t => {
  const federation = await openFederation(t)
  const { requestToken, formOf } = federation
  const response = await requestToken(await formOf())
  t.match(response, { status: 200, body: { scope: 'scim', expires_in: 3600 } })
  t.match(await withToken(federation, response.body.access_token).get('/Users'), { status: 200 })
  const items = (await federation.deps.journal.page({ limit: 2 })).items
  const token = items.find(({ operation }) => operation === 'token')
  t.match(token?.credential, { kind: 'client', jwt: { claims: { sub: 'service-principal' } } })

  const now = Math.floor(Date.now() / 1000)
  for (const [changes, refusal] of [
    [{ sub: 'other' }, 'wrong-caller'],
    [{ azp: 'other' }, 'wrong-caller'],
    [{ aud: 'api://other' }, 'wrong-audience'],
    [{ iss: 'https://other.example' }, 'unknown-issuer'],
    [{ exp: now - 400 }, 'expired'],
    [{ nbf: now + 400 }, 'not-yet-valid'],
  ] as const) {
    const rejected = await requestToken(await formOf(changes))
    t.match(rejected, { status: 401, body: { error: 'invalid_client' } }, refusal)
    t.equal(rejected.headers['www-authenticate'], undefined)
    t.match(await newest(federation), { refusal, credential: { kind: 'client' } }, refusal)
  }
})

t.test('TS-070 the assertion itself gives no access to SCIM', async t => {
  const federation = await openFederation(t)
  const { client_assertion } = await federation.formOf()
  t.match(await withToken(federation, client_assertion).get('/Users'), { status: 401 })
})

t.test('TS-045 TS-070 without the keys of the issuer, the token endpoint is unavailable', async t => {
  const federation = await openFederation(t)
  const form = await federation.formOf()
  await federation.issuer.close()
  t.match(await federation.requestToken(form), {
    status: 503,
    headers: { 'retry-after': '30', 'cache-control': 'no-store' },
    body: { error: 'temporarily_unavailable' },
  })
  t.match(await newest(federation), { refusal: 'keys-unreachable' })
})

t.test('TS-070 federation with Entra: v2 assertions of the service principal', async t => {
  const key = await createSigningKey('one', 'RS256')
  const issuer = await startIssuer(t, key.jwk)
  const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'
  const application = '6f8c1c1e-7b8a-4a55-9f6e-3f0f4c1a2b3d'
  const principal = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
  const endpoint = await openEndpoint(t, 'entra', {
    assertion: {
      kind: 'entra',
      directory,
      application: `api://${application}/.default`,
      principal,
      jwks: issuer.jwks,
    },
  })
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: `https://login.microsoftonline.com/${directory}/v2.0`,
    aud: application,
    sub: principal,
    azp: application,
    tid: directory,
    ver: '2.0',
    iat: now,
    exp: now + 65 * 60,
  }
  const request = async (changes: object) =>
    endpoint.requestToken({
      grant_type: 'client_credentials',
      client_id: endpoint.id,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signJwt(key, { ...claims, ...changes }, { typ: 'JWT' }),
      scope: 'scim',
    })
  t.match(await request({}), { status: 200, body: { scope: 'scim' } })
  t.match(await request({ aud: `api://${application}` }), { status: 200 })
  for (const changes of [
    { aud: `api://${application}/.default` },
    { sub: application },
    { azp: principal },
    { tid: principal },
    { ver: '1.0' },
    { iss: `https://login.microsoftonline.com/${principal}/v2.0` },
  ]) {
    t.match(await request(changes), { status: 401 }, JSON.stringify(changes))
  }
})

t.test('TS-005 OAuth 2.0 is advertised while the tenant has a client', async t => {
  const endpoint = await openEndpoint(t)
  const types = async () => {
    const { body } = await endpoint.client.get('/ServiceProviderConfig')
    return body.authenticationSchemes.map(({ type }: { readonly type: string }) => type)
  }
  t.same(await types(), ['oauthbearertoken', 'oauth2'])
  await endpoint.deps.oauthClients.remove(endpoint.tenant, endpoint.id)
  t.same(await types(), ['oauthbearertoken'])
})

t.test('TS-071 nothing else of OAuth is offered', async t => {
  const { app, tenant } = await openEndpoint(t)
  for (const path of [
    `/${tenant.id}/oauth2/introspect`,
    `/${tenant.id}/oauth2/revoke`,
    `/${tenant.id}/oauth2/authorize`,
    `/${tenant.id}/.well-known/openid-configuration`,
    `/.well-known/openid-configuration/${tenant.id}`,
    '/.well-known/oauth-authorization-server',
    `/.well-known/oauth-authorization-server/${tenant.id}/scim/v2`,
    '/.well-known/oauth-authorization-server/nowhere',
    '/.well-known/openid-configuration',
  ]) {
    const response = await app.inject({ method: 'POST', url: path, payload: '' })
    t.equal(response.statusCode, 404, path)
    t.match(response.json(), { error: 'invalid_request' })
  }
})

t.test('TS-072 metadata describe the token endpoint as the client reaches it', async t => {
  const endpoint = await openEndpoint(t)
  const { app, tenant, client, deps } = endpoint
  const read = (url: string, headers: Readonly<Record<string, string>> = {}, method: 'GET' | 'PUT' = 'GET') =>
    app.inject({ method, url, headers })
  const address = `/.well-known/oauth-authorization-server/${tenant.id}`
  const issuer = `https://scim.example.com/${tenant.id}`
  const proxy = { host: 'inner', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'scim.example.com' }
  for (const url of [address, `/${tenant.id}/.well-known/oauth-authorization-server`]) {
    const { statusCode, headers, body } = await read(url, proxy)
    t.same([statusCode, headers['content-type']], [200, 'application/json;charset=UTF-8'])
    t.same(JSON.parse(body), {
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: jwtAlgorithms,
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      scopes_supported: ['scim', 'scim.readwrite', 'scim.write', 'scim.read'],
    })
  }
  const config = await client.get('/ServiceProviderConfig', proxy)
  t.equal(
    config.body.authenticationSchemes.at(-1).documentationUri,
    `https://scim.example.com${address}`,
    'the scheme links them',
  )
  const written = await read(address, {}, 'PUT')
  t.match({ status: written.statusCode, allow: written.headers.allow }, { status: 405, allow: 'GET, HEAD' })

  const aws = await endpoint.another('aws')
  t.equal((await read(`/.well-known/oauth-authorization-server/${aws.tenant.id}`)).statusCode, 404)
  const interop = await endpoint.another('interop')
  t.equal((await read(`/.well-known/oauth-authorization-server/${interop.tenant.id}`)).statusCode, 200)

  const { items } = await deps.journal.page({ limit: 20 })
  const { method, operation, action, status } = items.find(({ url }) => url === address) ?? {}
  t.same([method, operation, action, status], ['PUT', 'discovery', 'read authorization server metadata', 405])
  const [first] = items.filter(({ url }) => url === address).slice(-1)
  const { notEvaluated } = (await endpoint.callApi('GET', `/api/v1/exchanges/${first?.id}/explanation`)).body
  t.match(notEvaluated, /metadata/)
  await deps.analysis.caughtUp(10_000)
  const { body } = await endpoint.callApi('GET', `/api/v1/cycles?tenant=${tenant.id}`)
  t.same(
    body.items.map(({ requests }: { requests: number }) => requests),
    [1],
    'the cycle has the request with a token only',
  )
})

t.test('TS-073 a client with keys of its own authenticates as RFC 7523 has it', async t => {
  const key = await createSigningKey('one')
  const { jwks } = await startIssuer(t, key.jwk)
  const audience = 'https://scim.example.com/acme/oauth2/token'
  const endpoint = await openEndpoint(t, 'interop', {
    id: 'identity-service',
    assertion: {
      kind: 'issuer',
      issuer: 'identity-service',
      subject: 'identity-service',
      audiences: [audience],
      jwks,
    },
  })
  const now = Math.floor(Date.now() / 1000)
  const sign = (sub: string) =>
    signJwt(key, { iss: sub, sub, aud: audience, iat: now, exp: now + 60, jti: 'one' }, { typ: 'JWT' })
  const formOf = async (sub: string) => ({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(sub),
    scope: 'scim',
  })
  const response = await endpoint.requestToken(await formOf('identity-service'))
  t.match(response, { status: 200, body: { scope: 'scim' } })
  t.match(await withToken(endpoint, response.body.access_token).get('/Users'), { status: 200 })
  t.match(await endpoint.requestToken(await formOf('other')), {
    status: 401,
    body: { error: 'invalid_client' },
  })
  t.match(await endpoint.requestToken({ ...(await formOf('identity-service')), client_assertion: 'a.b.c' }), {
    status: 400,
    body: { error_description: 'client_id is missing.' },
  })
})
