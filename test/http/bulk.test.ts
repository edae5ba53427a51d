import t from 'tap'
import { bulk, bulkRequest, idIn, patch, post, put, remove, statuses } from '../support/bulk.ts'
import { aGroup, aUser, errorUrn } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

const error = (status: number, detail: RegExp, scimType?: string) => ({
  schemas: [errorUrn],
  status: String(status),
  ...(scimType && { scimType }),
  detail,
})

t.test('R-200 R-202 R-205 a bulk request returns 200 with the result of each operation', async t => {
  const { client, tenant } = await buildTestApp(t, 'rfc')
  const root = `http://localhost:80/${tenant.id}/scim/v2`
  const homer = await client.create('Users', aUser('homer'))
  const marge = await client.create('Users', aUser('marge'))

  const { status, headers, body } = await client.post(
    '/Bulk',
    bulkRequest([
      post('/Users', 'new', aUser('lisa')),
      post('/Users', 'taken', aUser('homer')),
      put(`/Users/${homer.id}`, aUser('homer', { title: 'Inspector' }), { bulkId: 'mine' }),
      patch(`/Users/${marge.id}`, patchOp({ op: 'replace', path: 'active', value: false })),
      remove('/Users/nobody'),
      remove(`/Users/${marge.id}`),
    ]),
  )

  t.same([status, headers['content-type']], [200, 'application/scim+json'])
  t.same(body.schemas, ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'])
  const lisa = idIn(body.Operations[0])
  t.match(body.Operations, [
    {
      location: `${root}/Users/${lisa}`,
      method: 'POST',
      bulkId: 'new',
      version: 'W/"1"',
      status: '201',
    },
    { method: 'POST', bulkId: 'taken', status: '409', response: error(409, /userName/, 'uniqueness') },
    {
      location: `${root}/Users/${homer.id}`,
      method: 'PUT',
      bulkId: 'mine',
      version: 'W/"2"',
      status: '200',
    },
    { location: `${root}/Users/${marge.id}`, method: 'PATCH', version: 'W/"2"', status: '200' },
    { location: `${root}/Users/nobody`, method: 'DELETE', status: '404', response: error(404, /nobody/) },
    { location: `${root}/Users/${marge.id}`, method: 'DELETE', status: '204' },
  ])
  t.same(
    body.Operations.map((result: object) => Object.keys(result)),
    [
      ['location', 'method', 'bulkId', 'version', 'status'],
      ['method', 'bulkId', 'status', 'response'],
      ['location', 'method', 'bulkId', 'version', 'status'],
      ['location', 'method', 'version', 'status'],
      ['location', 'method', 'status', 'response'],
      ['location', 'method', 'status'],
    ],
  )
  t.match((await client.get(`/Users/${lisa}`)).body, { id: lisa, userName: 'lisa' })
  t.match((await client.get(`/Users/${homer.id}`)).body, { title: 'Inspector' })
  t.equal((await client.get(`/Users/${marge.id}`)).status, 404)
})

t.test('R-200 an error in an operation affects only that operation', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const rows: readonly (readonly [object, string, RegExp])[] = [
    [{ method: 'GET', path: `/Users/${id}` }, '405', /^GET is not offered at Operations\[0\]/],
    [post('/Bulk', 'a', {}), '404', /^Operations\[1\]\.path is "\/Bulk"/],
    [post('/Users/.search', 'b', {}), '404', /\.search/],
    [post('/.search', 'c', {}), '404', /\.search/],
    [post('/Schemas', 'd', {}), '405', /Schemas/],
    [post('/Printers', 'e', {}), '404', /Printers/],
    [post(`/Users/${id}`, 'f', aUser('x')), '405', /POST is not offered/],
    [put('/Users', aUser('x')), '405', /PUT is not offered/],
    [remove('/Users'), '405', /DELETE is not offered/],
    [remove('/Users?filter=active'), '400', /^Operations\[9\]\.path .*query/],
    [remove(`/Users/${id}#x`), '400', /query/],
    [remove(''), '400', /^Operations\[11\]\.path must be/],
    [{ method: 'DELETE' }, '400', /^Operations\[12\]\.path must be/],
    [{ method: 'DELETE', path: 7 }, '400', /^Operations\[13\]\.path must be/],
    [remove('/Users/a/b'), '404', /Unknown path/],
    [remove('/Users/%zz'), '400', /percent/],
    [remove(`/Users/${id}/emails`), '404', /emails/],
    [remove(`https://example.com/Users/${id}`), '404', /Unknown path/],
    [{ method: 'POST', path: '/Users', bulkId: 'g' }, '400', /^Operations\[18\]\.data is missing/],
    [post('/Users', 'h', null), '400', /^Operations\[19\]\.data is missing/],
    [post('/Users', 'i', 'x'), '400', /object/],
    [post('/Users', 'j', [aUser('x')]), '400', /object/],
    [post('/Users', 'k', { userName: 'x' }), '400', /schemas/],
    [put(`/Users/${id}`, 7), '400', /object/],
    [patch(`/Users/${id}`, {}), '400', /Operations/],
    [patch(`/Users/${id}`, []), '400', /Operations/],
    [patch(`/Users/${id}`, { Operations: [{ op: 'add', path: 'title', value: 'x' }] }), '400', /schemas/],
    [patch(`/Users/${id}`, patchOp({ op: 'add', path: 'nope', value: 'x' })), '400', /nope/],
  ]
  const results = await bulk(
    client,
    rows.map(([operation]) => operation),
  )
  for (const [at, [operation, status, detail]] of rows.entries()) {
    t.match(results[at], { status, response: { status, detail } }, JSON.stringify(operation))
  }
  t.match(
    (await client.get('/Users')).body.Resources,
    [{ id, meta: { version: 'W/"1"' } }],
    'nothing changed',
  )
})

t.test('paths are accepted with and without a leading slash, and methods in any case', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const results = await bulk(client, [
    post('Users', 'a', aUser('marge'), { method: 'post' }),
    patch(`Users/${id}/`, patchOp({ op: 'add', path: 'title', value: 'x' }), { method: 'Patch' }),
    remove(`//Users/${id}`),
  ])
  t.same(statuses(results), ['201', '200', '204'])
})

t.test('R-206 the data of a PATCH is a PatchOp message, or its list of operations', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const operations = [{ op: 'replace', path: 'title', value: 'Inspector' }]
  t.same(statuses(await bulk(client, [patch(`/Users/${id}`, patchOp(...operations))])), ['200'])
  t.equal((await client.get(`/Users/${id}`)).body.title, 'Inspector')
  t.same(statuses(await bulk(client, [patch(`/Users/${id}`, [{ op: 'remove', path: 'title' }])])), ['200'])
  t.equal((await client.get(`/Users/${id}`)).body.title, undefined)
})

t.test('R-201 all operations are tried; failOnErrors skips the rest after that number of errors', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const operations = (name: string) => [
    post('/Users', 'a', aUser(`${name}1`)),
    post('/Users', 'b', aUser(`${name}1`)),
    post('/Users', 'c', aUser(`${name}2`)),
    remove('/Users/nobody'),
    post('/Users', 'd', aUser(`${name}3`)),
    remove('/Users/nobody'),
  ]
  const tried = async (name: string, rest: object = {}) =>
    statuses(await bulk(client, operations(name), rest as Record<string, unknown>))
  t.same(await tried('all'), ['201', '409', '201', '404', '201', '404'])
  t.same(await tried('one', { failOnErrors: 1 }), ['201', '409'])
  t.same(await tried('two', { failOnErrors: 2 }), ['201', '409', '201', '404'])
  t.same(await tried('three', { failOnErrors: 3 }), ['201', '409', '201', '404', '201', '404'])
  t.same(await tried('many', { failOnErrors: 100 }), ['201', '409', '201', '404', '201', '404'])
  t.same(await tried('zero', { failOnErrors: 0 }), ['201', '409', '201', '404', '201', '404'])
  const { body } = await client.get('/Users')
  t.same(
    body.Resources.map(({ userName }: { userName: string }) => userName),
    [
      ...['all1', 'all2', 'all3', 'one1', 'two1', 'two2', 'three1', 'three2', 'three3'],
      ...['many1', 'many2', 'many3', 'zero1', 'zero2', 'zero3'],
    ],
  )
})

t.test('R-198 R-199 the limits are advertised, and a request above one of them returns 413', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const limits = (await client.get('/ServiceProviderConfig')).body.bulk
  t.same(limits, { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 })
  const removals = (count: number) => bulkRequest(Array.from({ length: count }, () => remove('/Users/x')))
  t.equal((await client.post('/Bulk', removals(1000))).status, 200)
  isScimError(t, await client.post('/Bulk', removals(1001)), {
    status: 413,
    detail: /1001 operations.*"maxOperations" is 1000/,
  })
  const sized = (bytes: number) => {
    const body = JSON.stringify(bulkRequest([post('/Users', 'a', aUser('homer', { title: '' }))]))
    return body.replace('"title":""', `"title":"${'x'.repeat(bytes - body.length)}"`)
  }
  t.equal((await client.post('/Bulk', sized(limits.maxPayloadSize))).status, 200)
  isScimError(t, await client.post('/Bulk', sized(limits.maxPayloadSize + 1)), {
    status: 413,
    detail: /1048576 bytes/,
  })
})

t.test('R-202 an error in the envelope rejects the whole request without changes', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const first = post('/Users', 'a', aUser('homer'))
  const rows: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /JSON object/],
    [{ Operations: [first] }, /schemas/],
    [bulkRequest([]), /Operations/],
    [bulkRequest([first, { method: 'POST', path: '/Users', data: {} }]), /^Operations\[1\]\.bulkId/],
    [bulkRequest([first, first]), /^Operations\[1\]\.bulkId is "a"/],
    [bulkRequest([first, 7]), /^Operations\[1\]/],
    [bulkRequest([first], { failOnErrors: -1 }), /failOnErrors/],
  ]
  for (const [sent, detail] of rows) {
    isScimError(t, await client.post('/Bulk', sent), { status: 400, scimType: 'invalidSyntax', detail })
  }
  isScimError(t, await client.post('/Bulk', '{"schemas":'), { status: 400, scimType: 'invalidSyntax' })
  t.same((await client.get('/Users')).body.totalResults, 0)
})

t.test('R-022 /Bulk accepts only POST, only with full access, and only where it is advertised', async t => {
  const { app, deps, tenant, client, another } = await buildTestApp(t, 'rfc')
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
    const answer = await client.send(method, '/Bulk')
    isScimError(t, answer, { status: 405, detail: /Use POST/ }, method)
    t.equal(answer.headers.allow, 'POST')
  }
  isScimError(t, await client.post('/Bulk/x', {}), { status: 501 })
  const { text } = await deps.tenants.createToken(tenant, { access: 'read' })
  const reader = createScimClient(app, `/${tenant.id}/scim/v2`, text)
  isScimError(t, await reader.post('/Bulk', bulkRequest([remove('/Users/x')])), { status: 403 })
  const entra = await another('entra')
  t.equal((await entra.client.post('/Bulk', bulkRequest([remove('/Users/x')]))).status, 501)
  const aws = await another('aws')
  t.equal((await aws.client.post('/Bulk', bulkRequest([remove('/Users/x')]))).status, 404)
})

t.test('R-211 the version of an operation is checked like If-Match', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const renamed = (title: string) => patchOp({ op: 'replace', path: 'title', value: title })
  const results = await bulk(client, [
    patch(`/Users/${id}`, renamed('a'), { version: 'W/"1"' }),
    patch(`/Users/${id}`, renamed('b'), { version: 'W/"1"' }),
    put(`/Users/${id}`, aUser('homer'), { version: 'W/"7"' }),
    remove(`/Users/${id}`, { version: 'W/"1"' }),
    remove(`/Users/${id}`, { version: 'W/"2"' }),
  ])
  t.match(results, [
    { status: '200', version: 'W/"2"' },
    { status: '412', response: { status: '412' } },
    { status: '412' },
    { status: '412' },
    { status: '204' },
  ])
  t.notOk('version' in results[1])
})

t.test('R-211 where versions are required, an operation without one is rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { ifMatch: 'required' } })
  const { id } = await client.create('Users', aUser('homer'))
  const results = await bulk(client, [
    remove(`/Users/${id}`),
    post('/Users', 'a', aUser('marge')),
    remove(`/Users/${id}`, { version: '*' }),
  ])
  t.same(statuses(results), ['428', '201', '204'])
})

t.test('operations on one resource keep their order', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { unknownMembers: 'refuse' } })
  const { id } = await client.create('Users', aUser('homer'))
  const group = await client.create('Groups', aGroup('G'))
  const member = (op: string) => patchOp({ op, path: 'members', value: [{ value: id }] })
  const results = await bulk(client, [
    patch(`/Groups/${group.id}`, member('add')),
    patch(`/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'a' })),
    post('/Users', 'm', aUser('marge', { password: 'a secret of hers' })),
    post('/Users', 'n', aUser('marge')),
    patch(`/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'b' })),
    remove(`/Users/${id}`),
    post('/Users', 'o', aUser('homer')),
    patch(`/Groups/${group.id}`, member('add')),
  ])
  t.same(statuses(results), ['200', '200', '201', '409', '200', '204', '201', '400'])
  t.match((await client.get(`/Groups/${group.id}`)).body, { members: undefined })
})

t.test('each operation is a request of its own, below the bulk request', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const root = `/${tenant.id}/scim/v2`
  const homer = await client.create('Users', aUser('homer'))
  const disabling = patchOp({ op: 'replace', path: 'active', value: false })
  const { headers, body } = await client.post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      post('/Users', 'm', aUser('marge')),
      post('/Groups', 'g', aGroup('Family', ['bulkId:m'])),
      patch('/Users/bulkId:m', disabling, { version: 'W/"1"' }),
      remove(`Users/${homer.id}`),
      remove('/Users/bulkId:x'),
      post('/Printers', 'p', {}),
    ],
  })
  const [marge, family] = body.Operations.map(idIn)

  const parent = String(headers['request-id'])
  // SQLite lists requests in the order in which they ended, PostgreSQL in that of their arrival.
  const { items } = await deps.journal.page({ limit: 50 })
  const rows = items
    .filter(({ id, parent: of }) => id === parent || of === parent)
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  t.equal(rows.length, 7)
  t.match(rows[0], { id: parent, action: 'bulk of 6 operations', status: 200, url: `${root}/Bulk` })
  t.notOk('parent' in (rows[0] ?? {}))
  t.match(rows.slice(1), [
    {
      parent,
      method: 'POST',
      url: `${root}/Users`,
      status: 201,
      action: 'create user',
      target: { type: 'User', id: marge, label: 'marge' },
      profile: 'rfc',
      tenant: tenant.id,
    },
    { parent, method: 'POST', url: `${root}/Groups`, status: 201, action: 'create group' },
    {
      parent,
      method: 'PATCH',
      url: `${root}/Users/${marge}`,
      status: 200,
      action: 'disable user',
      request: { headers: { 'if-match': 'W/"1"' } },
    },
    {
      parent,
      method: 'DELETE',
      url: `${root}/Users/${homer.id}`,
      status: 204,
      action: 'delete user',
      target: { label: 'homer' },
    },
    { parent, method: 'DELETE', url: `${root}/Users/bulkId:x`, status: 409, action: 'delete user' },
    { parent, method: 'POST', url: `${root}/Printers`, status: 404, action: 'unknown address' },
  ])
  t.ok(rows.every(({ token, remoteAddress }) => token && remoteAddress))
  const ofGroup = rows.find(({ action }) => action === 'create group')
  t.match(JSON.parse(ofGroup?.request.body ?? ''), { members: [{ value: marge }] }, 'with the real ids')
  t.match(JSON.parse(ofGroup?.response.body ?? ''), { id: family, members: [{ value: marge }] })
  const rejected = rows.find(({ status }) => status === 409)
  t.same(JSON.parse(rejected?.response.body ?? ''), body.Operations[4].response)
})

t.test('the history names the operation as the cause, and both members of a cycle', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const results = await bulk(client, [
    post('/Groups', 'a', aGroup('A', ['bulkId:b'])),
    post('/Groups', 'b', aGroup('B', ['bulkId:a'])),
  ])
  const [a, b] = results.map(idIn)
  const causes = new Map(
    (await deps.journal.page({ limit: 9, search: searchFor('action:"create group"') })).items.map(
      ({ target, id }) => [target?.id, id],
    ),
  )
  const history = async (id: string) =>
    ((await deps.directory.history(tenant.key, 'Group', id, { limit: 9 }))?.items ?? []).map(entry =>
      entry.kind === 'version'
        ? [entry.action, entry.exchange]
        : [`${entry.member.display} in ${entry.group.display}`, entry.exchange],
    )
  const inA = ['B in A', causes.get(a)]
  const inB = ['A in B', causes.get(b)]
  t.same(await history(a), [inA, ['created', causes.get(a)], inB])
  t.same(await history(b), [inA, inB, ['created', causes.get(b)]])
})

t.test('R-057 a secret is in no response, no recorded request and no history', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const secrets = ['hunter2-hunter2', 'bulkId:hunter3-hunter3', 'hunter4-hunter4']
  const operations = [
    post('/Users', 'a', aUser('a', { password: secrets[0] })),
    post('/Users', 'b', aUser('b', { password: secrets[1] })),
    post('/Users', 'c', aUser('a', { password: secrets[2] })),
    patch('/Users/bulkId:a', patchOp({ op: 'replace', path: 'password', value: secrets[1] })),
    patch('/Users/bulkId:b', patchOp({ op: 'replace', value: { password: secrets[2] } })),
  ]
  const results = await bulk(client, operations)
  t.match(results, [
    { status: '201' },
    { status: '201' },
    { status: '409' },
    { status: '200' },
    { status: '200' },
  ])
  const rows = await deps.journal.page({ limit: 50 })
  const history = await deps.directory.history(tenant.key, 'User', idIn(results[0]), { limit: 50 })
  for (const secret of secrets) {
    t.notOk(JSON.stringify([results, rows, history]).includes(secret.replace('bulkId:', '')), secret)
  }
})

t.test('a rejected bulk request is recorded as one request', async t => {
  const { client, deps } = await buildTestApp(t, 'rfc')
  await client.post('/Bulk', { schemas: [], Operations: [remove('/Users/x'), remove('/Users/y')] })
  await client.post('/Bulk', [])
  const { items } = await deps.journal.page({ limit: 9 })
  t.match(items, [
    { status: 400, action: 'bulk of 0 operations' },
    { status: 400, action: 'bulk of 2 operations' },
  ])
  t.equal(items.length, 2)
})
