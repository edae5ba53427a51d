import t from 'tap'
import type { Token } from '../../src/domain/tenants/tenant.ts'
import { hashToken } from '../../src/domain/tenants/tokens.ts'
import { createTenantRegister, type TokenRecord } from '../../src/storage/common/stores/tenants.ts'
import { buildTestConsole } from '../http/console/console-app.ts'
import { bulkRequest, patch, post, remove } from '../support/bulk.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { createScimClient, patchOp } from '../support/scim.ts'

/** Strings similar to the token, and forms of its stored hash. */
const guessesAt = (token: string): readonly string[] => [
  ...Array.from({ length: 50 }, (_, at) => token.slice(0, token.length - at - 1)),
  ...Array.from({ length: 50 }, (_, at) => `${token.slice(0, at)}!${token.slice(at + 1)}`),
  ...[`${token}=`, token.toUpperCase(), token.toLowerCase(), [...token].reverse().join('')],
  ...(['hex', 'base64', 'base64url', 'latin1'] as const).map(as => hashToken(token).toString(as)),
  ...['undefined', 'null', 'true', '[object Object]', '*', '%', "' or 1=1 --", '__proto__', 'constructor'],
]

t.test('each guess returns the same error and has no effect', async t => {
  const { app, deps, tenant, token, client } = await buildTestConsole(t)
  await client.create('Users', aUser('marge'))
  const guesses = guessesAt(token)
  const reported = new Set<string>()
  for (const guess of guesses) {
    const { status, body, headers } = await createScimClient(app, `/${tenant.id}/scim/v2`, guess).post(
      '/Users',
      aUser('intruder'),
    )
    reported.add(JSON.stringify([status, body, headers['www-authenticate']]))
  }
  t.equal(reported.size, 1)
  t.match([...reported][0], /^\[401,/)
  t.equal((await client.get('/Users')).body.totalResults, 1)
  const { items } = await deps.journal.page({ limit: 200 })
  const rejected = items.filter(({ status }) => status === 401)
  t.equal(rejected.length, guesses.length, 'each is in the journal')
  t.ok(
    rejected.every(({ refusal }) => refusal === 'unknown'),
    'as an unknown token',
  )
})

t.test('a stored token hash is not compared with a guess', t => {
  let looks = 0
  const token = { id: '1', tenant: 1, ending: '', access: 'full', created: 0, expires: 1, uses: 0 } as Token
  const hash = hashToken('The Right One')
  const held: TokenRecord = {
    token,
    get hash() {
      looks++
      return hash
    },
  }
  const register = createTenantRegister(() => {})
  register.setToken(held)
  looks = 0
  for (const guess of guessesAt('The Right One')) register.admit(guess, undefined, 0)
  register.admit('The Right One', undefined, 0)
  t.equal(looks, 0, 'a token is found by the key of its hash only')
  t.end()
})

t.test('SCIM tokens are rejected by the console, and the console token by tenants', async t => {
  const { app, callApi, tenant, token } = await buildTestConsole(t, 'rfc', {
    token: 'the-token-of-the-console',
  })
  const withToken = (text: string) => ({ authorization: `Bearer ${text}` })
  for (const text of [
    token,
    'the-token-of-the-consol',
    'the-token-of-the-consolE',
    hashToken(token).toString('hex'),
  ])
    t.equal((await callApi('GET', '/api/v1/tenants', undefined, withToken(text))).status, 401)
  t.equal(
    (await callApi('GET', '/api/v1/tenants', undefined, withToken('the-token-of-the-console'))).status,
    200,
  )
  t.equal(
    (await createScimClient(app, `/${tenant.id}/scim/v2`, 'the-token-of-the-console').get('/Users')).status,
    401,
  )
})

const replace = (path: string, value: unknown) => patchOp({ op: 'replace', path, value })

t.test('resources of another tenant can neither be read, referenced nor changed', async t => {
  const { app, tenant, client, another } = await buildTestConsole(t)
  const other = await another('rfc', { switches: { unknownMembers: 'refuse' } })
  const victim = await client.create('Users', aUser('victim', { title: 'untouched' }))
  const group = await client.create('Groups', aGroup('theirs', [victim.id]))
  const before = [(await client.get('/Users')).body, (await client.get('/Groups')).body]
  const own = await other.client.create('Groups', aGroup('own'))

  const statuses: Record<string, number> = {}
  const note = async (what: string, requested: Promise<{ status: number }>) => {
    statuses[what] = (await requested).status
  }
  for (const [at, body] of [
    [`/Users/${victim.id}`, aUser('victim', { title: 'touched' })],
    [`/Groups/${group.id}`, aGroup('touched')],
  ] as const) {
    const kind = at.slice(1, 6)
    await note(`read ${kind}`, other.client.get(at))
    await note(`replace ${kind}`, other.client.put(at, body))
    await note(`change ${kind}`, other.client.send('PATCH', at, replace('displayName', 'touched')))
    await note(`delete ${kind}`, other.client.delete(at))
    await note(`delete ${kind}, any version`, other.client.send('DELETE', at, undefined, { 'if-match': '*' }))
  }
  t.same([...new Set(Object.values(statuses))], [404], JSON.stringify(statuses))

  const member = { op: 'add', path: 'members', value: [{ value: victim.id }] }
  t.equal((await other.client.patch(`/Groups/${own.id}`, member)).status, 400, 'a member of another tenant')
  t.equal((await other.client.post('/Groups', aGroup('new', [victim.id]))).status, 400)
  const bulk = await other.client.post(
    '/Bulk',
    bulkRequest([
      remove(`/Users/${victim.id}`),
      patch(`/Users/${victim.id}`, replace('title', 'touched')),
      post('/Groups', 'a', aGroup('bulk', [victim.id])),
    ]),
  )
  t.same(
    bulk.body.Operations.map(({ status }: { status: string }) => status),
    ['404', '404', '400'],
  )
  const found = [
    await other.client.get(`/Users?filter=${encodeURIComponent(`id eq "${victim.id}"`)}`),
    await other.client.get(`/Users?filter=${encodeURIComponent('userName eq "victim"')}`),
    await other.client.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${victim.id}"`)}`),
    await other.client.get(`/?filter=${encodeURIComponent('title eq "untouched"')}`),
  ]
  t.same(
    found.map(({ body }) => body.totalResults),
    [0, 0, 0, 0],
  )
  const foreign = createScimClient(app, `/${tenant.id}/scim/v2`, other.token)
  t.equal((await foreign.get('/Users')).status, 401, 'a token of another tenant')
  t.equal((await foreign.delete(`/Users/${victim.id}`)).status, 401)
  t.same(
    [(await client.get('/Users')).body, (await client.get('/Groups')).body],
    before,
    'nothing has changed',
  )
})

t.test(
  'a member that is stored with the id of another tenant’s user reveals nothing about that user',
  async t => {
    const { client, another } = await buildTestConsole(t)
    const other = await another('rfc')
    const victim = await client.create('Users', aUser('victim'))
    for (const id of [victim.id, '11111111-2222-4333-8444-555555555555']) {
      const { members } = await other.client.create('Groups', aGroup('new', [id]))
      t.same(members, [{ value: id }])
    }
    t.notOk('groups' in (await client.get(`/Users/${victim.id}`)).body, 'the user does not become a member')
    const filter = encodeURIComponent(`members.value eq "${victim.id}"`)
    t.equal((await client.get(`/Groups?filter=${filter}`)).body.totalResults, 0)
  },
)

t.test('a cursor works for its owner only', async t => {
  const { deps, app, tenant, client, another } = await buildTestConsole(t)
  const other = await another('rfc')
  for (const name of ['a', 'b', 'c']) {
    await client.create('Users', aUser(`ours-${name}`))
    await other.client.create('Users', aUser(`theirs-${name}`))
  }
  for (const query of ['', '&sortBy=userName', '&filter=userName%20pr']) {
    const { body } = await client.get(`/Users?count=1&cursor=${query}`)
    const next = `/Users?count=1${query}&cursor=${body.nextCursor}`
    t.equal((await client.get(next)).status, 200, 'it works for its owner')
    t.match((await other.client.get(next)).body, { status: '400', scimType: 'invalidCursor' })
    const sibling = await deps.tenants.createToken(tenant)
    const theirs = await createScimClient(app, `/${tenant.id}/scim/v2`, sibling.text).get(next)
    t.match(theirs.body, { status: '400', scimType: 'invalidCursor' }, 'nor another token of the same tenant')
    await deps.tenants.deleteToken(tenant, sibling.token.id)
  }
})

t.test('the console returns data of the addressed tenant only', async t => {
  const { deps, callApi, tenant, client, another } = await buildTestConsole(t)
  const other = await another('rfc')
  const { id } = await client.create('Users', aUser('victim'))
  const group = await client.create('Groups', aGroup('theirs', [id]))
  for (const name of ['a', 'b', 'c']) await other.client.create('Users', aUser(`own-${name}`))
  const [token] = deps.tenants.tokens(tenant)
  const below = `/api/v1/tenants/${other.tenant.id}`
  const requested = [
    await callApi('GET', `${below}/users/${id}`),
    await callApi('GET', `${below}/users/${id}/timeline`),
    await callApi('GET', `${below}/groups/${group.id}`),
    await callApi('GET', `${below}/resources/User/${id}`),
    await callApi('DELETE', `${below}/tokens/${token?.id}`),
    await callApi('POST', `${below}/tokens/${token?.id}/expire`),
    await callApi('POST', `${below}/tokens/${token?.id}/rotate`, {}),
  ]
  t.same(
    [...new Set(requested.map(({ status }) => status))],
    [404],
    JSON.stringify(requested.map(({ status }) => status)),
  )
  t.equal((await client.get('/Users')).status, 200, 'the token is as good as before')

  await client.create('Users', aUser('second'))
  const { body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/users?limit=1`)
  const carried = await callApi('GET', `${below}/users?limit=10&cursor=${encodeURIComponent(body.next)}`)
  const names = JSON.stringify(carried.body)
  t.notMatch(names, /victim|second/, 'a cursor of another tenant returns nothing of it')
  const purged = await callApi('POST', `${below}/stale/purge`, { ids: [id] })
  t.ok(purged.status < 500)
  t.equal((await client.get(`/Users/${id}`)).status, 200)
})

const consoleToken = 'the-token-of-the-console'

t.test('the SCIM listener serves no address of the console', async t => {
  const { app, callApi, tenant, token, client } = await buildTestConsole(t, 'rfc', {
    token: consoleToken,
  })
  await client.create('Users', aUser('marge'))
  const described = await callApi('GET', '/api/openapi.json')
  const addresses = Object.keys(described.body.paths).map(path => path.replace('{tenant}', tenant.id))
  t.ok(addresses.length > 30)
  const pages = [
    '/',
    '/findings',
    '/settings',
    '/tenants',
    '/assets/main.js',
    '/api/docs',
    '/api/openapi.json',
    '/metrics',
  ]
  const served: unknown[] = []
  for (const path of new Set([...addresses, ...pages, '/healthz', '/readyz'])) {
    for (const root of ['', `/${tenant.id}`, `/${tenant.id}/scim/v2`, '/scim/v2']) {
      for (const text of [token, consoleToken]) {
        for (const method of ['GET', 'POST'] as const) {
          const response = await app.inject({
            method,
            url: root + path,
            headers: {
              authorization: `Bearer ${text}`,
              host: 'localhost',
              'content-type': 'application/json',
            },
            ...(method === 'POST' && { payload: '{}' }),
          })
          // The root of SCIM itself is not an address of the console.
          if (path === '/' && root.includes('scim')) continue
          const { statusCode, headers } = response
          if (
            ![401, 404].includes(statusCode) ||
            !/^application\/scim\+json/.test(`${headers['content-type']}`)
          )
            served.push([method, root + path, statusCode, headers['content-type']])
        }
      }
    }
  }
  t.same(served, [])
  t.equal((await callApi('GET', '/api/v1/tenants')).status, 401, 'an address of the console')
  t.equal(app.hasRoute({ method: 'GET', url: '/api/v1/tenants' }), false)
})

t.test('the console’s listener serves no SCIM', async t => {
  const { callApi, tenant, token, client } = await buildTestConsole(t)
  const { id } = await client.create('Users', aUser('marge'))
  for (const path of ['/Users', `/Users/${id}`, '/Schemas', '/ServiceProviderConfig', '/Bulk', '']) {
    for (const root of [`/${tenant.id}/scim/v2`, '/scim/v2']) {
      const response = await callApi('GET', root + path, undefined, { authorization: `Bearer ${token}` })
      t.match([response.status, response.body.type], [404, 'urn:scimulator:problem:not-found'], root + path)
    }
  }
})

t.test('both listeners close an incomplete request after a minute, whatever the response time', async t => {
  const { app, console } = await buildTestConsole(t)
  for (const { server } of [app, console]) {
    t.match(server, { requestTimeout: 60_000, timeout: 0 })
  }
})
