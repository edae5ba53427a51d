import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { resourceTypeResource, schemaResource } from '../../src/scim/discovery.ts'
import type { WriteSlot } from '../../src/scim-api/provider/provider.ts'
import { openServices } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { bulk, bulkRequest, patch, post, put, statuses } from '../support/bulk.ts'
import { storedTexts, testDatabase } from '../support/database.ts'
import { aDevice, deviceType } from '../support/device-type.ts'
import { buildSocketTest } from '../support/over-socket.ts'
import { aUser, userUrn } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

const password = 't1meMa$heen'

t.test('R-057 R-061 R-068 a password is accepted by POST, PUT and PATCH, and never returned', async t => {
  for (const profile of ['rfc', 'entra'] as const) {
    const { client } = await buildTestApp(t, profile)
    const created = await client.post('/Users', aUser('marge', { password }))
    const at = `/Users/${created.body.id}`
    const responses = [
      created,
      await client.put(at, aUser('marge', { password: 'doh' })),
      await client.patch(`${at}?attributes=userName,password`, {
        op: 'replace',
        path: 'password',
        value: 'ay caramba',
      }),
      await client.get(`${at}?attributes=password`),
      await client.get('/Users?attributes=password,userName'),
      await client.get('/Users?sortBy=password'),
    ]
    t.ok(responses.slice(0, 5).every(({ status }) => status < 300))
    t.notMatch(JSON.stringify(responses), /scrypt|doh|caramba|t1me|(?<!\\)"password"/)
  }
})

t.test('R-061 R-052 a new password creates a version, the same one does not', async t => {
  const { client, advance } = await buildTestApp(t, 'rfc')
  const { id, meta, ...user } = await client.create('Users', aUser('marge', { password }))
  const at = `/Users/${id}`
  const metaNow = async () => (await client.get(at)).body.meta
  for (const change of [
    () => client.patch(at, { op: 'replace', path: 'password', value: password }),
    () => client.patch(at, { op: 'add', value: { [`${userUrn}:password`]: password } }),
    () => client.put(at, aUser('marge', { password })),
    () => client.put(at, user),
  ]) {
    await advance(1000)
    t.equal((await change()).status, 200)
    t.same(await metaNow(), meta, 'the version is unchanged')
  }
  let last = meta
  for (const change of [
    () => client.patch(at, { op: 'replace', path: 'password', value: 'new' }),
    () => client.put(at, aUser('marge', { password })),
    () => client.patch(at, { op: 'remove', path: 'password' }),
  ]) {
    await advance(1000)
    t.equal((await change()).status, 200)
    const next = await metaNow()
    t.ok(next.lastModified > last.lastModified && next.version !== last.version)
    last = next
  }
})

t.test('R-067 passwords are compared as normalized by PRECIS', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('marge', { password: 'Caf\u00e9 au lait' }))
  const version = async (value: string) =>
    (await client.patch(`/Users/${id}`, { op: 'replace', path: 'password', value })).body.meta.version
  t.equal(await version('Cafe\u0301\u00a0au\u3000lait'), 'W/"1"', 'composed characters, ordinary spaces')
  t.equal(await version('caf\u00e9 au lait'), 'W/"2"', 'case matters')
})

t.test(
  'R-067 a password that is empty, too long or contains control characters is rejected and not quoted',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const { id } = await client.create('Users', aUser('marge'))
    for (const unsound of ['', 'canary\u0007', 'canary'.repeat(200)]) {
      const expected = {
        status: 400,
        scimType: 'invalidValue',
        detail: /^password (is|contains) (?!.*canary)/,
      }
      isScimError(t, await client.post('/Users', aUser('bart', { password: unsound })), expected)
      isScimError(t, await client.put(`/Users/${id}`, aUser('marge', { password: unsound })), expected)
      const patched = await client.patch(`/Users/${id}`, { op: 'add', path: 'password', value: unsound })
      isScimError(t, patched, expected)
    }
    const patched = await client.patch(`/Users/${id}`, { op: 'add', path: 'password', value: 4711 })
    isScimError(t, patched, { status: 400, scimType: 'invalidValue', detail: /another number/ })
  },
)

t.test('R-148 changePassword is advertised if users have passwords', async t => {
  const said = async (profile: ProfileName) => {
    const { client } = await buildTestApp(t, profile)
    return (await client.get('/ServiceProviderConfig')).body.changePassword.supported
  }
  t.same([await said('rfc'), await said('entra'), await said('aws')], [true, true, false])
})

t.test('R-057 R-061 a declared attribute that is never returned is as secret as a password', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const { schema, extensions } = deviceType
  await deps.tenants.setDeclarations(tenant.id, {
    schemas: [schema, ...extensions.map(one => one.schema)].map(one => schemaResource(one, '')),
    resourceTypes: [resourceTypeResource(deviceType, '')],
  })
  const secret = 'CANARY-4f1e'
  const created = await client.post('/Devices', aDevice({ pin: secret }))
  const at = `/Devices/${created.body.id}`
  const same = await client.patch(at, { op: 'replace', path: 'pin', value: secret })
  t.same([created.status, same.status, same.headers.etag], [201, 200, created.headers.etag])
  const responses = [
    created,
    same,
    await client.patch(at, { op: 'replace', path: `pin ${secret}`, value: 'x' }),
    await client.patch(at, { op: 'replace', path: `pin[value eq ${secret}]`, value: 'x' }),
    await client.get(`/Devices?filter=${encodeURIComponent(`pin eq ${secret}`)}`),
    await client.get(`${at}?attributes=pin`),
    ...(await deps.journal.page({ limit: 100 })).items,
  ]
  t.same(
    responses.map(response => JSON.stringify(response)).filter(text => text.includes(secret)),
    [],
  )
  t.match((await client.patch(at, { op: 'replace', path: 'pin', value: 'new' })).headers.etag, 'W/"2"')
})

/** All valid and invalid requests with a secret. */
const mentions = (secret: string): readonly unknown[] => [
  { op: 'replace', path: 'password', value: secret },
  { op: 'Replace', path: `${userUrn}:PassWord`, value: secret },
  { op: 'add', value: { password: secret } },
  { op: 'add', value: { [userUrn]: { password: secret } } },
  { op: 'add', value: { [`password ${secret}`]: 'x', [`password:${secret}`]: 'x' } },
  { op: 'add', value: `{"password":"${secret}"}` },
  { op: 'add', path: 'password', value: { value: secret } },
  { op: 'add', path: 'password', value: [secret] },
  { op: 'remove', path: 'password', value: secret },
  { op: 'replace', path: `password ${secret}`, value: 'x' },
  { op: 'replace', path: `password:${secret}`, value: 'x' },
  { op: 'replace', path: `password.${secret}`, value: 'x' },
  { op: 'replace', path: `password[value eq "${secret}"]`, value: 'x' },
  { op: 'replace', path: `password[value eq ${secret}`, value: 'x' },
  { op: 'replace', path: `emails[password eq ${secret}].value`, value: 'x' },
  { op: `password ${secret}`, path: 'title', value: 'x' },
]

const filters = (secret: string): readonly string[] => [
  `password eq "${secret}"`,
  `password eq ${secret}`,
  `password = "${secret}"`,
  `password="${secret}"`,
  `password eq "${secret}\\x"`,
  `title pr and (password sw "${secret}"`,
  `emails[password eq "${secret}"]`,
  `${userUrn}:password co '${secret}'`,
]

const brokenBodies = (secret: string): readonly string[] => [
  `{"userName":"x","password":"${secret}",`,
  `{"password":"${secret}"x}`,
  `{"password":"${secret}\\u0000"}`,
  `{"password":"${secret}\\ud800"}`,
  `{"password":"a","password":"${secret}"}`,
  `password=${secret}`,
]

t.test('R-010 R-057 a password is not in the database, the log or any response', async t => {
  const secret = 'CANARY-4f1e'
  const database = await testDatabase(t, `${t.testdir()}/x.db`)
  const log: string[] = []
  const logger = pino(
    { level: 'trace' },
    new Writable({
      write: (chunk, _encoding, done) => {
        log.push(String(chunk))
        done()
      },
    }),
  )
  const deps = await openServices({ ...database, profile: 'rfc' }, logger)
  const app = buildScimApp(deps.scim, logger)
  const responses: unknown[] = []
  for (const profile of ['rfc', 'entra', 'aws'] as const) {
    const tenant = await deps.tenants.create({ profile })
    const { text: token } = await deps.tenants.createToken(tenant)
    const client = createScimClient(app, `/${tenant.id}/scim/v2`, token)
    const extra = { emails: [{ value: 'a@example.org', type: 'work', primary: true }] }
    const created = await client.post('/Users', aUser('marge', { ...extra, password: secret }))
    responses.push(created, await client.post('/Users', aUser('bart', { ...extra, PASSWORD: [secret] })))
    const at = `/Users/${created.body.id}`
    responses.push(await client.put(at, aUser('marge', { ...extra, [`${userUrn}:password`]: secret })))
    for (const mention of mentions(secret)) responses.push(await client.send('PATCH', at, patchOp(mention)))
    for (const text of brokenBodies(secret)) responses.push(await client.send('POST', '/Users', text))
    for (const text of filters(secret)) {
      responses.push(await client.get(`/Users?filter=${encodeURIComponent(text)}`))
      for (const path of ['/Users/.search', '/.search']) {
        const schemas = ['urn:ietf:params:scim:api:messages:2.0:SearchRequest']
        responses.push(await client.send('POST', path, { schemas, filter: text }))
      }
    }
    responses.push(
      await client.get(`/Users?password=${secret}`),
      await client.get(`/Users?attributes=password`),
    )
    responses.push(await deps.directory.history(tenant.key, 'User', created.body.id, { limit: 100 }))
    responses.push(await deps.directory.identities(tenant.key, 'User', { limit: 100 }))
    responses.push(await client.delete(at))
  }
  responses.push(...(await deps.journal.page({ limit: 1000 })).items)
  await app.close()
  await deps.close()
  const found = responses.map(response => JSON.stringify(response)).filter(text => text.includes(secret))
  t.same(found, [], 'answers, journal, history')
  t.same(
    log.filter(line => line.includes(secret)),
    [],
    'the log',
  )
  const stored = await storedTexts(database)
  t.ok(stored.length > 0)
  t.same(
    stored.filter(text => text.includes(secret)),
    [],
    'the bytes of the database',
  )
})

const creations = (count: number, more: Readonly<Record<string, unknown>> = {}) =>
  Array.from({ length: count }, (_, at) => post('/Users', `b${at}`, aUser(`user-${at}`, more)))

/** Counts the secrets that are hashed at the same time. */
function watchHashing() {
  const running = new Set<number>()
  let most = 0
  const hook = createHook({
    init(id, type) {
      if (type !== 'SCRYPTREQUEST') return
      running.add(id)
      most = Math.max(most, running.size)
    },
    before: id => void running.delete(id),
  }).enable()
  return () => {
    hook.disable()
    return most
  }
}

t.test('the secrets of a bulk request are hashed in parallel on the available cores', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const most = watchHashing()
  const results = await bulk(client, creations(12, { password }))
  t.equal(most(), Math.min(availableParallelism(), 4))
  t.same(new Set(statuses(results)), new Set(['201']))
})

t.test('operations keep their order if some of them have secrets', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const results = await bulk(client, [
    post('/Users', 'first', aUser('marge', { password, title: 'first' })),
    post('/Users', 'broken', { userName: 'bart' }),
    post('/Users', 'second', aUser('marge', { title: 'second' })),
    put(`/Users/${id}`, aUser('lisa', { password })),
    post('/Users', 'third', aUser('lisa')),
    post('/Users', 'fourth', aUser('homer')),
  ])
  t.same(statuses(results), ['201', '400', '409', '200', '409', '201'])
  t.equal((await client.get('/Users?filter=userName+eq+%22marge%22')).body.Resources[0].title, 'first')
})

t.test('a bulk request with more than a hundred secrets is rejected without changes', async t => {
  const { client, deps } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const others = [
    put(`/Users/${id}`, aUser('homer', { PassWord: 'doh' })),
    patch(`/Users/${id}`, patchOp({ op: 'replace', path: 'password', value: 'ay caramba' })),
    patch(`/Users/${id}`, patchOp({ op: 'add', value: { password: 'ay caramba' } })),
    patch(`/Users/${id}`, patchOp({ op: 'remove', path: 'password' })),
  ]
  const rejected = await client.post('/Bulk', bulkRequest([...creations(98, { password }), ...others]))
  isScimError(t, rejected, { status: 413, scimType: 'tooMany', detail: /101 secrets.*the maximum is 100/ })
  t.equal((await client.get('/Users')).body.totalResults, 1)
  t.match((await deps.journal.page({ limit: 9, search: searchFor('status:413') })).items, [
    { action: 'bulk of 102 operations' },
  ])
  t.equal((await client.post('/Bulk', bulkRequest(creations(150)))).status, 200, 'others may be more')
})

t.test('a bulk request stops after the current operations when its client disconnects', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { provider } = server.deps.scim
  const inOrder = provider.inOrder
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  Object.assign(provider, {
    inOrder: ({ ready, release }: WriteSlot) => {
      begun.resolve()
      return inOrder({ ready: Promise.all([ready, gate.promise]), release })
    },
  })
  const leaving = new AbortController()
  const connection = once(server.app.server, 'connection')
  const response = server.request('POST', '/Bulk', bulkRequest(creations(250)), {
    signal: leaving.signal,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
  })
  const [socket] = await connection
  await begun.promise
  leaving.abort()
  await t.rejects(response)
  if (!socket.destroyed) await once(socket, 'close')
  const recordedBulk = new Promise<string>(resolve => {
    server.deps.journal.subscribe(({ exchange }) => {
      const { action } = exchange()
      if (action.startsWith('bulk')) resolve(action)
    })
  })
  gate.resolve()
  t.equal(await recordedBulk, 'bulk of 250 operations')
  const recorded = await server.deps.journal.page({
    limit: 250,
    search: searchFor('method:POST status:201'),
  })
  const created = (await server.client.get('/Users?count=0')).body.totalResults
  t.equal(recorded.items.length, created)
  t.ok(created > 0 && created <= 100, 'the first wave')
})
