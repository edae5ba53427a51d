import t from 'tap'
import { createKeySets } from '../../../src/auth/issuers/key-sets.ts'
import { createSafeFetch } from '../../../src/auth/issuers/safe-fetch.ts'
import { createJwtVerifier } from '../../../src/auth/issuers/verify.ts'
import { createSigningKey, signJwt, startIssuer } from '../../support/jwt-issuer.ts'
import { buildTestConsole, problem } from './console-app.ts'

const audience = 'https://scim.example.com/acme/scim/v2'
const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const keycloak = { kind: 'oauth', issuer: 'https://id.example.com/realms/main', audiences: [audience] }
const template = '8adf8e6e-67b2-4cf2-a259-e3dc5476c621'

t.test('TS-004 TS-032 an issuer is created, listed, changed and deleted', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const created = await callApi('POST', path, keycloak)
  const { id, created: time, algorithms } = created.body
  const shown = {
    id,
    name: keycloak.issuer,
    kind: 'oauth',
    access: 'full',
    created: time,
    inForce: true,
    issuers: [keycloak.issuer],
    audiences: [audience],
    standIn: false,
    algorithms,
    accessTokensOnly: false,
    keySet: { keys: [] },
  }
  t.equal(created.status, 201)
  t.same(created.body, shown)
  t.same(algorithms, [
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
  ])
  t.same((await callApi('GET', path)).body, { items: [shown] })

  const change = { name: 'Keycloak', access: 'read', clients: ['entra-scim'], algorithms: ['ES256'] }
  const updated = await callApi('PATCH', `${path}/${id}`, change)
  t.same(updated.body, { ...shown, ...change })
  const reverted = await callApi('PATCH', `${path}/${id}`, { clients: null, algorithms: null })
  t.same(reverted.body, { ...shown, name: 'Keycloak', access: 'read' })

  t.equal((await callApi('DELETE', `${path}/${id}`)).status, 204)
  t.same((await callApi('GET', path)).body, { items: [] })
  for (const method of ['PATCH', 'DELETE'] as const) {
    t.match(await callApi(method, `${path}/${id}`, method === 'PATCH' ? {} : undefined), { status: 404 })
  }
  t.match(await callApi('POST', `${path}/${id}/check`), { status: 404 })
})

t.test('TS-030 TS-031 Entra needs the tenant ID only, and has a warning', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'entra')
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const { status, body } = await callApi('POST', path, { kind: 'entra', directory: directory.toUpperCase() })
  t.equal(status, 201)
  t.match(body, {
    kind: 'entra',
    name: `Entra ${directory}`,
    directory,
    cloud: 'global',
    issuers: [`https://sts.windows.net/${directory}/`, `https://login.microsoftonline.com/${directory}/v2.0`],
    audiences: [template],
    clients: ['00000014-0000-0000-c000-000000000000'],
    warning: /not bound to this endpoint/,
    standIn: false,
  })
  for (const wrong of ['common', 'organizations', 'contoso.onmicrosoft.com', '']) {
    t.match(await callApi('POST', path, { kind: 'entra', directory: wrong }), {
      status: 400,
      body: { detail: /tenant ID of Entra, a GUID/ },
    })
  }
  const jwks = 'http://127.0.0.1:8082/keys'
  t.match((await callApi('PATCH', `${path}/${body.id}`, { jwks })).body, { jwks, standIn: true })
  t.match(await callApi('PATCH', `${path}/${body.id}`, { audiences: ['x'] }), {
    status: 400,
    body: { detail: 'An issuer of the kind entra has no audiences.' },
  })
})

t.test('TS-032 the public URL is the default audience', async t => {
  const publicUrl = 'https://scim.example.com/'
  const { callApi, tenant } = await buildTestConsole(t, 'rfc', { publicUrl })
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const { issuer } = keycloak
  const expected = [`https://scim.example.com/${tenant.id}/scim/v2`]
  const { body } = await callApi('POST', path, { kind: 'oauth', issuer })
  t.same(body.audiences, expected)
  t.same((await callApi('PATCH', `${path}/${body.id}`, { audiences: ['x'] })).body.audiences, ['x'])
  t.same((await callApi('PATCH', `${path}/${body.id}`, { audiences: null })).body.audiences, expected)
})

t.test('TS-002 TS-032 TS-051 mistakes', async t => {
  const { callApi, tenant, another } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const { tenant: aws } = await another('aws')
  t.match(await callApi('POST', `/api/v1/tenants/${aws.id}/issuers`, keycloak), {
    status: 409,
    body: problem(
      'fixed-credentials',
      'Fixed credentials',
      409,
      'AWS takes its own access tokens only. Use a tenant of the profile entra or rfc.',
    ),
  })
  const { audiences: _, ...withoutAudience } = keycloak
  const mistakes: readonly (readonly [object, RegExp])[] = [
    [withoutAudience, /needs an audience.*--public-url/],
    [{ ...keycloak, issuer: 'http://id.example.com' }, /^issuer: The URL must begin with https/],
    [{ ...keycloak, jwks: 'https://169.254.169.254/x' }, /^jwks: The URL must not have a link-local/],
    [{ ...keycloak, jwks: 'https://user:secret@id.example.com/' }, /user name or a password/],
    [{ ...keycloak, algorithms: ['HS256'] }, /algorithms/],
    [{ ...keycloak, audiences: [] }, /audiences/],
    [{ ...keycloak, audience: 'x' }, /audience/],
    [{ ...keycloak, kind: 'saml' }, /kind/],
    [{ ...keycloak, name: 'red \u001b[31m' }, /^name: control characters/],
    [
      { ...keycloak, name: 'x', issuer: 'https://id.example.com/?\0', jwks: 'https://id.example.com' },
      /^issuer: control/,
    ],
    [{ ...keycloak, subjects: ['a\ud800'] }, /^subjects: control/],
  ]
  for (const [body, detail] of mistakes) {
    const response = await callApi('POST', path, body)
    t.match(response, { status: 400, body: { detail } }, JSON.stringify(body))
    t.notMatch(JSON.stringify(response.body), /169\.254|secret@/)
  }
})

t.test('TS-034 a check fetches the keys, and reports which rule a token breaks', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const { id } = (await callApi('POST', path, { ...keycloak, issuer: issuer.issuer })).body
  const check = async (token?: string) =>
    (await callApi('POST', `${path}/${id}/check`, token === undefined ? {} : { token })).body
  const reached = await check()
  t.match(reached, {
    reached: true,
    keySet: { url: issuer.jwks, keys: [{ id: 'one', algorithm: 'ES256', type: 'EC' }] },
    token: undefined,
  })
  t.match((await callApi('GET', path)).body.items, [{ keySet: reached.keySet }])
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer.issuer, aud: audience, sub: 's', exp: now + 60 }
  const token = await signJwt(key, claims)
  t.match(await check(token), { token: { accepted: true, access: 'full', jwt: { claims: { sub: 's' } } } })
  t.notMatch(JSON.stringify(await check(token)), token.split('.')[2])
  t.match(await check(await signJwt(key, { ...claims, aud: 'x' })), {
    token: { accepted: false, refusal: 'wrong-audience', detail: /audience/ },
  })
  t.match(await check('not a JWT'), { token: { accepted: false, refusal: 'malformed' } })
  issuer.respondWith({ status: 500, body: 'text-of-the-response' })
  const failed = await check()
  t.match(failed, {
    reached: false,
    keySet: { reason: 'The server responded with status 500; expected 200.', keys: [{ id: 'one' }] },
  })
  t.notMatch(JSON.stringify(failed), 'text-of-the-response')
})

t.test('TS-046 metrics have the age of keys and failed fetches', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'rfc')
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const issuer = await startIssuer(t)
  const { id } = (await callApi('POST', path, { ...keycloak, issuer: issuer.issuer })).body
  const metrics = async () => String((await callApi('GET', '/metrics')).body)
  const labels = `{tenant="${tenant.id}",issuer="${id}"}`
  t.match(await metrics(), `scimulator_issuer_fetch_failures_total${labels} 0`)
  t.notMatch(await metrics(), `scimulator_issuer_keys_age_seconds${labels}`)
  await callApi('POST', `${path}/${id}/check`)
  t.match(await metrics(), `scimulator_issuer_keys_age_seconds${labels}`)
  await issuer.close()
  await callApi('POST', `${path}/${id}/check`)
  t.match(await metrics(), `scimulator_issuer_fetch_failures_total${labels} 1`)
})

t.test('a check reaches nothing that it must not, and repeats nothing of it', async t => {
  const safeFetch = createSafeFetch({
    userAgent: 'scimulator/test',
    resolveHost: (_hostname, _options, callback) =>
      callback(null, [{ address: '169.254.169.254', family: 4 }]),
  })
  t.teardown(safeFetch.close)
  const verifier = createJwtVerifier(createKeySets({ safeFetch }))
  const { callApi, tenant } = await buildTestConsole(t, 'rfc', { verifier })
  const path = `/api/v1/tenants/${tenant.id}/issuers`
  const [issuer, elsewhere] = [await startIssuer(t), await startIssuer(t)]
  const secret = 'text-of-the-response'
  const redirect = { status: 302, headers: { location: elsewhere.jwks }, body: secret }
  const reasonOf = async (settings: object) => {
    const { id } = (await callApi('POST', path, { ...keycloak, ...settings })).body
    const { status, body } = await callApi('POST', `${path}/${id}/check`)
    t.equal(status, 200)
    t.equal(body.reached, false)
    return body.keySet.reason
  }

  const reasons = [
    await reasonOf({ jwks: 'https://keys.example.com/private-path' }),
    await reasonOf({ issuer: 'https://id.example.com/private-path' }),
    await reasonOf({ jwks: 'https://localhost:8443/private-path' }),
  ]
  issuer.respondWith(redirect)
  reasons.push(await reasonOf({ jwks: issuer.jwks }))
  for (const keys of [
    'http://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]/latest/meta-data',
    'http://keys.example.com/private-path',
    'file:///etc/passwd',
    'https://user:password@keys.example.com/',
    { url: elsewhere.jwks },
  ]) {
    issuer.announceKeys(keys)
    reasons.push(await reasonOf({ issuer: issuer.issuer }))
  }
  const address =
    'The host has an address that is not allowed: link-local, multicast, unspecified, that of a metadata service, or loopback under another name than localhost.'
  const announced = 'The jwks_uri of the metadata is not allowed. '
  t.same(reasons, [
    address,
    address,
    address,
    'The server responded with status 302; expected 200.',
    `${announced}The URL must not have a link-local, multicast or unspecified address, or that of a metadata service.`,
    `${announced}The URL must not have a link-local, multicast or unspecified address, or that of a metadata service.`,
    `${announced}The URL must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] only.`,
    `${announced}Expected a URL that begins with https://.`,
    `${announced}The URL must not contain a user name or a password.`,
    'The metadata have no jwks_uri.',
  ])
  t.equal(elsewhere.fetches(), 0)
  const { items } = await callApi('GET', path).then(({ body }) => body)
  const shown = JSON.stringify(items.map(({ keySet }: { keySet: object }) => keySet))
  for (const text of [secret, '169.254', 'meta-data', 'password', 'passwd'])
    t.notOk(shown.includes(text), text)
})
