import { brotliCompressSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { aUser } from '../support/samples.ts'
import { buildTestApp, createScimClient } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

t.test('R-001 names in any script are returned as sent', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc')
  const displayName = 'Žofie Ångström 山田太郎 👩‍🚀 مريم'
  const user = await client.create('Users', aUser('zofie', { displayName }))

  const response = await app.inject({
    url: `/${tenant.id}/scim/v2/Users/${user.id}`,
    headers: { authorization: `Bearer ${token}` },
  })

  t.equal(response.json().displayName, displayName)
  t.ok(response.rawPayload.includes(Buffer.from(displayName, 'utf8')), 'the bytes are the same')
})

t.test(
  'R-002 R-003 the media type is application/scim+json, or application/json for clients that accept nothing else',
  async t => {
    const { app, tenant, token, client } = await buildTestApp(t, 'rfc')
    const scim = 'application/scim+json'
    const json = 'application/json'
    const rows = [
      [undefined, scim],
      [scim, scim],
      ['Application/SCIM+JSON', scim],
      [`${json}, ${scim};q=0.5`, scim],
      [json, json],
      ['APPLICATION/JSON; charset=utf-8', json],
      [`${json}, text/plain;q=0.9`, json],
      [`${json}, */*;q=0.1`, scim],
      [`${json}, ${scim};q=0`, json],
      ['application/*', scim],
      ['*/*', scim],
      ['text/html', scim],
      ['application/xml, text/plain', scim],
      ['', scim],
      [',;q=,', scim],
    ] as const
    for (const [accept, expected] of rows) {
      const headers: Readonly<Record<string, string>> = accept === undefined ? {} : { accept }
      const responses = [
        await client.get('/Users', headers),
        await client.get('/ServiceProviderConfig', headers),
        await client.get('/Users/nobody', headers),
        await client.send('POST', '/Users', '{', headers),
      ]
      t.same(
        responses.map(response => [response.status, response.headers['content-type']]),
        [200, 200, 404, 400].map(status => [status, expected]),
        `Accept: ${accept}`,
      )
    }
    const bare = await app.inject({
      url: `/${tenant.id}/scim/v2/Users`,
      headers: { authorization: `Bearer ${token}`, accept: json },
    })
    t.equal(bare.body, JSON.stringify((await client.get('/Users')).body), 'the body is the same')
  },
)

t.test('R-004 a body is read in either JSON media type, with or without charset', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const taken = [
    'application/scim+json',
    'application/json',
    'application/scim+json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/SCIM+JSON',
  ]
  for (const [at, type] of taken.entries()) {
    const response = await client.send('POST', '/Users', aUser(`user-${at}`), { 'content-type': type })
    t.equal(response.status, 201, type)
  }
})

t.test('R-004 another media type is rejected with 415, and nothing is created', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc')
  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'application/jsonp',
  ]) {
    const response = await client.send('POST', '/Users', aUser('lisa'), { 'content-type': type })
    isScimError(t, response, { status: 415, detail: new RegExp(type) }, type)
  }
  const bare = await app.inject({
    method: 'POST',
    url: `/${tenant.id}/scim/v2/Users`,
    headers: { authorization: `Bearer ${token}` },
    payload: Buffer.from(JSON.stringify(aUser('lisa'))),
  })
  t.equal(bare.statusCode, 415, 'a body without a media type')
  t.equal((await client.get('/Users')).body.totalResults, 0)
})

t.test('a compressed body is rejected with 415 and a fix', async t => {
  const { app, deps, tenant, token, client } = await buildTestApp(t, 'rfc')
  const post = async (encoding: string, payload: Buffer) => {
    const response = await app.inject({
      method: 'POST',
      url: `/${tenant.id}/scim/v2/Users`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        'content-encoding': encoding,
      },
      payload,
    })
    return { status: response.statusCode, headers: response.headers, body: response.json() }
  }
  const plain = Buffer.from(JSON.stringify(aUser('lisa')))
  const compressed = [
    ['gzip', gzipSync(plain)],
    ['X-GZIP', gzipSync(plain)],
    ['identity, br', brotliCompressSync(plain)],
    ['gzip', plain],
  ] as const
  for (const [encoding, payload] of compressed) {
    const response = await post(encoding, payload)
    const detail = new RegExp(`${encoding}.*Send it without "Content-Encoding"`)
    isScimError(t, response, { status: 415, detail }, encoding)
    t.equal(response.headers['accept-encoding'], 'identity', encoding)
  }
  t.equal((await client.get('/Users')).body.totalResults, 0, 'nothing was created')
  const { items } = await deps.journal.page({ limit: 9, search: searchFor('status:415') })
  t.same(
    items.map(({ action, request }) => [action, request.headers['content-encoding'], request.body]),
    compressed.map(([encoding]) => ['malformed request', encoding, undefined]).toReversed(),
  )

  t.equal((await post('identity', plain)).status, 201)
  isScimError(t, await post('gzip', Buffer.alloc(0)), { status: 400, scimType: 'invalidSyntax' }, 'no body')
})

t.test('R-005 R-006 all requests without a valid token return the same 401 and a challenge', async t => {
  const { app, deps, tenant, token, client } = await buildTestApp(t, 'rfc')
  const root = `/${tenant.id}/scim/v2`
  const expired = await deps.tenants.createToken(tenant)
  await deps.tenants.expireToken(tenant, expired.token.id)
  const deleted = await deps.tenants.createToken(tenant)
  await deps.tenants.deleteToken(tenant, deleted.token.id)
  const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'no token': {},
    'another scheme': { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` },
    'no scheme': { authorization: token },
    'no token after the scheme': { authorization: 'Bearer ' },
    'an unknown token': { authorization: 'Bearer nobody' },
    'a token with trailing text': { authorization: `Bearer ${token} x` },
    'an expired token': { authorization: `Bearer ${expired.text}` },
    'a deleted token': { authorization: `Bearer ${deleted.text}` },
  }
  const bodies = new Set<string>()
  for (const [label, sent] of Object.entries(headers)) {
    const response = await app.inject({
      method: 'POST',
      url: `${root}/Users`,
      headers: { 'content-type': 'application/json', ...sent },
      payload: aUser('intruder'),
    })
    const { statusCode: status, headers: received } = response
    isScimError(t, { status, headers: received, body: response.json() }, { status: 401 }, label)
    t.match(received['www-authenticate'], /^Bearer /, `${label}: names the scheme`)
    bodies.add(response.body)
  }
  t.equal(bodies.size, 1, 'all alike')
  t.equal((await client.get('/Users')).body.totalResults, 0, 'nothing was created')
})

t.test('R-007 a read-only token returns 403 for each write', async t => {
  for (const profile of ['rfc', 'aws'] as const) {
    const { app, deps, tenant, client } = await buildTestApp(t, profile)
    const { id } = await client.create('Users', aUser('marge'))
    const { text } = await deps.tenants.createToken(tenant, { access: 'read' })
    const reader = createScimClient(app, `/${tenant.id}/scim/v2`, text)
    t.equal((await reader.get(`/Users/${id}`)).status, 200)
    t.equal((await reader.get('/Users')).body.totalResults, 1)
    const responses = [
      await reader.post('/Users', aUser('lisa')),
      await reader.post('/Users', '{"broken'),
      await reader.put(`/Users/${id}`, aUser('homer')),
      await reader.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }),
      await reader.delete(`/Users/${id}`),
    ]
    for (const { status, body } of responses) {
      t.match({ status, body }, { status: 403, body: { status: '403', detail: /is read-only/ } })
    }
    const [created] = responses
    if (created && profile === 'rfc') isScimError(t, created, { status: 403 }, 'a POST')
    t.match(
      (await client.get('/Users')).body.Resources,
      [{ userName: 'marge', active: true }],
      'nothing has changed',
    )

    const { items } = await deps.journal.page({ limit: 5, search: searchFor('method:DELETE') })
    t.match(items, [{ status: 403, refusal: 'read-only', action: 'rejected: read-only token' }])
  }
})

t.test('R-006 the scheme is read in any case', async t => {
  const { app, tenant, token } = await buildTestApp(t, 'rfc')
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const response = await app.inject({
      url: `/${tenant.id}/scim/v2/Users`,
      headers: { authorization: `${scheme} ${token}` },
    })
    t.equal(response.statusCode, 200, scheme)
  }
})

t.test('R-007 a token of one tenant can neither read nor change resources of another', async t => {
  const { app, token, client, another } = await buildTestApp(t, 'rfc')
  const other = await another('rfc')
  const user = await other.client.create('Users', aUser('marge'))
  const intruder = createScimClient(app, `/${other.tenant.id}/scim/v2`, token)

  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
    const body = method === 'GET' || method === 'DELETE' ? undefined : aUser('marge')
    isScimError(t, await intruder.send(method, `/Users/${user.id}`, body), { status: 401 }, method)
    const own = await client.send(method, `/Users/${user.id}`, method === 'PATCH' ? undefined : body)
    t.not(own.status, 200, `${method} by its id below the own tenant`)
  }
  t.same((await other.client.get(`/Users/${user.id}`)).body, user)
  t.equal(
    (await client.create('Users', aUser('marge'))).userName,
    'marge',
    'both tenants may use the same name',
  )
})

t.test('R-008 R-011 URIs are absolute, without a query, with the scheme that a proxy forwards', async t => {
  const { client, tenant } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  const rows: readonly [Readonly<Record<string, string>>, string][] = [
    [{ host: 'scim.example.org' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-proto': 'https' }, 'https://scim.example.org'],
    [
      { host: 'inner:8080', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'outer.example' },
      'https://outer.example',
    ],
    [{ host: 'scim.example.org', 'x-forwarded-proto': 'javascript' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-host': 'evil"><x' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-host': '[::1' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-host': ':' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-host': 'x:99999999' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-host': '0x7f.1' }, 'http://scim.example.org'],
    [{ host: 'scim.example.org', 'x-forwarded-host': '[::1]:8443' }, 'http://[::1]:8443'],
    [{ host: 'inner:99999' }, 'http://localhost'],
    [
      {
        host: 'inner',
        'x-forwarded-proto': 'https, http',
        'x-forwarded-host': 'Outer.example , middle:80',
      },
      'https://Outer.example',
    ],
  ]
  for (const [headers, origin] of rows) {
    const { body } = await client.get(`/Users/${user.id}?a=b`, headers)
    t.equal(body.meta.location, `${origin}/${tenant.id}/scim/v2/Users/${user.id}`, JSON.stringify(headers))
  }
})

t.test('R-009 a token is rejected after its year', async t => {
  const { client, token, advance } = await buildTestApp(t, 'rfc')
  t.ok(token.length >= 22, 'it has at least 128 random bits')
  await advance(364 * 24 * 60 * 60 * 1000)
  t.equal((await client.get('/Users')).status, 200, 'after 364 days')
  await advance(2 * 24 * 60 * 60 * 1000)
  isScimError(t, await client.get('/Users'), { status: 401 }, 'after 366 days')
})

t.test('R-012 R-013 /v2 or no version is served, other versions are not', async t => {
  const { app, tenant, token } = await buildTestApp(t, 'rfc')
  const user = await createScimClient(app, `/${tenant.id}/scim`, token).create('Users', aUser('marge'))
  const rows = [
    [`/${tenant.id}/scim/v2`, 200],
    [`/${tenant.id}/scim`, 200],
    ['/scim/v2', 200],
    ['/scim', 200],
    [`/${tenant.id}/scim/v1`, 404],
    [`/${tenant.id}/scim/v3`, 404],
  ] as const
  for (const [root, status] of rows) {
    const response = await createScimClient(app, root, token).get(`/Users/${user.id}`)
    t.equal(response.status, status, root)
    if (status === 200) t.equal(response.body.meta.location, `http://localhost:80${root}/Users/${user.id}`)
    else isScimError(t, response, { status, detail: /v[13].*\/v2/ }, root)
  }
})

t.test('R-014 unknown query parameters are ignored', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  for (const query of ['aadOptscim062020', 'foo=bar', 'foo', 'sortDirection=up']) {
    t.same((await client.get(`/Users/${user.id}?${query}`)).body, user, query)
    t.same((await client.get(`/Users?${query}`)).body.Resources, [user], query)
  }
})
