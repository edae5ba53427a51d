import t, { type Test } from 'tap'
import { aGroup, aUser, enterpriseUrn, errorUrn, groupUrn, listUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, type TestResponse } from '../support/scim.ts'

const id = /^[0-9a-f]{8}-[0-9a-f]0[0-9a-f]1-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$/
const second = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The body of AWS errors: all keys, in AWS's order. */
function isAwsError(
  t: Pick<Test, 'equal' | 'match'>,
  response: TestResponse,
  status: number,
  detail: string,
  label = detail,
): void {
  const { exceptionRequestId, timeStamp } = response.body
  t.equal(response.status, status, label)
  t.equal(
    JSON.stringify(response.body),
    JSON.stringify({
      schema: [errorUrn],
      schemas: [errorUrn],
      detail,
      status: String(status),
      exceptionRequestId,
      timeStamp,
    }),
    label,
  )
  t.match(timeStamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,3}$/)
  t.match(exceptionRequestId, uuid)
  t.equal(response.headers['x-amzn-requestid'], exceptionRequestId)
  t.equal(response.headers['content-type'], 'application/json')
}

const mira = {
  schemas: [userUrn, enterpriseUrn],
  externalId: '6b1f0c52-7d0e-4f39-9a55-2f7b0d6f1c11',
  userName: 'mira.holt@example.org',
  name: { familyName: 'Holt', givenName: 'Mira' },
  displayName: 'Mira Holt',
  active: true,
  emails: [{ value: 'mira.holt@example.org', type: 'work', primary: true }],
  phoneNumbers: [{ value: '+44 20 7946 0101', type: 'work' }],
  [enterpriseUrn]: { department: 'Freight', manager: { value: '3418d4b8-5081-7046-1f0a-6c1d2e3f4a5b' } },
}

t.test('the response to POST /Users has the keys of CreateUser, in order', async t => {
  const { client } = await buildTestApp(t, 'aws')

  const { status, headers, body } = await client.post('/Users', mira)

  t.equal(status, 201)
  t.match(body.id, id)
  t.match(body.meta.created, second)
  const { externalId, ...rest } = mira
  const { created } = body.meta
  const expected = {
    id: body.id,
    externalId,
    meta: { resourceType: 'User', created, lastModified: created },
    ...rest,
  }
  t.equal(JSON.stringify(body), JSON.stringify(expected))
  t.equal(headers['content-type'], 'application/json')
  t.match(headers['x-amzn-requestid'], uuid)
  t.notOk(headers.location || headers.etag)
  t.equal(
    JSON.stringify((await client.get(`/Users/${body.id}`)).body),
    JSON.stringify(expected),
    'the same when read',
  )
})

t.test('members are never returned', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'aws')
  const user = await client.create('Users', aUser('marge'))
  const created = await client.create('Groups', aGroup('Leads', [user.id], { externalId: 'g-1' }))
  const meta = created.meta
  const group = { id: created.id, externalId: 'g-1', meta, schemas: [groupUrn], displayName: 'Leads' }
  t.equal(JSON.stringify(created), JSON.stringify(group), 'the response to the creation has no members')

  const read = await client.get(`/Groups/${created.id}`)
  t.equal(
    JSON.stringify(read.body),
    JSON.stringify({ ...group, members: [] }),
    'a read returns an empty list',
  )
  const filter = encodeURIComponent(`members.value eq "${user.id}"`)
  t.equal(
    JSON.stringify((await client.get(`/Groups?filter=${filter}`)).body),
    JSON.stringify({
      totalResults: 1,
      itemsPerPage: 1,
      startIndex: 1,
      schemas: [listUrn],
      Resources: [{ ...group, members: [] }],
    }),
    'a list returns an empty list',
  )
  const members = await deps.directory.members(tenant.key, 'Group', created.id, { limit: 10 })
  t.match(members?.items, [{ id: user.id }], 'the members are stored')
  t.notOk('groups' in (await client.get(`/Users/${user.id}`)).body, 'a user has no groups either')
})

t.test('PATCH returns 204 for a group and 200 with the user for a user', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Leads'))

  const joined = await client.patch(`/Groups/${group.id}`, {
    op: 'add',
    path: 'members',
    value: [{ value: user.id }],
  })
  t.same([joined.status, joined.body, joined.headers['content-type']], [204, undefined, 'application/json'])
  const changed = await client.patch(`/Users/${user.id}`, { op: 'Replace', path: 'active', value: 'False' })
  t.same([changed.status, changed.body], [200, { ...user, active: false, meta: changed.body.meta }])
})

t.test('requests that AWS rejects return AWS’s error messages', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const user = await client.create('Users', mira)
  const group = await client.create('Groups', aGroup('Leads', [user.id]))
  const ghost = 'b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31'
  const at = `/Groups/${group.id}`
  const members = Array.from({ length: 101 }, (_, at) => ({ value: `${ghost.slice(0, -3)}${100 + at}` }))
  const rows: readonly (readonly [Promise<TestResponse>, number, string])[] = [
    [client.get(`/Users/${ghost}`), 404, 'USER does not exist.'],
    [client.delete(`/Groups/${ghost}`), 404, 'GROUP does not exist.'],
    [client.post('/Groups', aGroup('Night', [ghost])), 404, 'USER does not exist.'],
    [
      client.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${ghost}"`)}`),
      404,
      'USER does not exist.',
    ],
    [
      client.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${group.id}"`)}`),
      404,
      'USER does not exist.',
    ],
    [
      client.get(`/Users?filter=${encodeURIComponent(`groups.value eq "${user.id}"`)}`),
      404,
      'GROUP does not exist.',
    ],
    [
      client.get('/Users?count=many'),
      400,
      "1 validation errors detected: Value at 'count' failed to satisfy constraint: Member must be a number",
    ],
    [
      client.post('/Users', { ...mira, externalId: 'other' }),
      409,
      'Refused to create a new, duplicate resource.',
    ],
    [client.post('/Groups', aGroup('leads')), 409, 'Refused to create a new, duplicate resource.'],
    [client.post('/Users', '{"userName":'), 400, 'Invalid JSON from RequestBody'],
    [client.get('/Users?filter=title%20eq%20%22x%22'), 400, 'Invalid Filter format'],
    [
      client.patch(at, { op: 'replace', path: 'members', value: [{ value: user.id }] }),
      400,
      'Replacing group memberships is not supported.',
    ],
    [client.patch(at, { op: 'remove' }), 400, 'Missing path in PATCH request'],
    [
      client.patch(at, { op: 'replace', value: { displayName: 'x', externalId: 'y' } }),
      400,
      'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.',
    ],
    [
      client.post('/Users', { ...aUser('two'), emails: [{ value: 'a@b', primary: true }, { value: 'c@d' }] }),
      400,
      'List attribute emails exceeds allowed limit of 1',
    ],
  ]
  for (const [requested, status, detail] of rows) isAwsError(t, await requested, status, detail)
  for (const response of [
    await client.patch(at, { op: 'add', path: 'members', value: members }),
    await client.put(at, aGroup('Leads')),
  ]) {
    isAwsError(t, response, 400, response.body.detail)
  }
  t.equal((await client.get(at)).body.displayName, 'Leads', 'the group is unchanged')
})

t.test('R-022 unsupported and unknown addresses return 404', async t => {
  const { client } = await buildTestApp(t, 'aws')
  for (const path of ['/Me', '/Bulk', '/.search', '/Printers', '/users']) {
    const response = await client.get(path)
    isAwsError(t, response, 404, response.body.detail, path)
  }
})

t.test('R-149 discovery needs the token, and a wrong tenant returns 401', async t => {
  const { app, tenant, token } = await buildTestApp(t, 'aws')
  for (const [url, headers] of [
    [`/${tenant.id}/scim/v2/ServiceProviderConfig`, {}],
    ['/k7qa1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d/scim/v2/Users', { authorization: `Bearer ${token}` }],
  ] as const) {
    const response = await app.inject({ url, headers })
    const worded = { status: response.statusCode, headers: response.headers, body: response.json() }
    t.equal(worded.status, 401, url)
    t.equal(worded.body.status, '401', url)
  }
})

t.test('more than 25 writes or 40 reads a second are throttled', async t => {
  const { client } = await buildTestApp(t, 'aws', { throttle: 'aws' })
  const writes = await Promise.all(
    Array.from({ length: 60 }, (_, at) => client.post('/Users', aUser(`u-${at}`))),
  )
  const created = writes.filter(({ status }) => status === 201).length
  const slowed = writes.find(({ status }) => status === 429)
  t.ok(created >= 25 && created < 60, 'some writes are rejected', { created })
  if (slowed) isAwsError(t, slowed, 429, slowed.body.detail, 'a write above the limit')
  t.equal((await client.get('/Users?count=1')).status, 200, 'reads have their own quota')
})

t.test('a count that is not a number is ignored where counts are limited', async t => {
  const { client } = await buildTestApp(t, 'aws', { switches: { countOutOfRange: 'clamp' } })
  const user = await client.create('Users', mira)
  for (const count of ['many', '1.5', '', '500']) {
    t.same((await client.get(`/Users?count=${count}`)).body.Resources, [user], count)
  }
  t.same((await client.get('/Users?count=-1')).body.Resources, [])
})

t.test('a hidden profileUrl is in no response', async t => {
  const { client } = await buildTestApp(t, 'aws', { switches: { profileUrl: 'hide' } })
  const user = await client.create('Users', { ...mira, profileUrl: 'https://example.org/mira' })
  const at = `/Users/${user.id}`
  const patched = await client.patch(at, {
    op: 'replace',
    path: 'profileUrl',
    value: 'https://example.org/m',
  })
  const replaced = await client.put(at, { ...mira, profileUrl: 'https://example.org/mira' })
  const read = await client.get(at)
  const [listed] = (await client.get('/Users')).body.Resources
  for (const one of [user, patched.body, replaced.body, read.body, listed]) {
    t.same({ ...one, meta: undefined }, { ...user, meta: undefined })
    t.equal(one.profileUrl, undefined)
  }
})
