import t from 'tap'
import { aGroup, aUser, enterpriseUrn, listUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp, type ScimClient } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const schemas = ['urn:ietf:params:scim:api:messages:2.0:SearchRequest']

/** Two users and two groups, alternating, the second of each with a title or a long name. */
async function everyone(client: ScimClient): Promise<void> {
  await client.create('Users', aUser('bart', { displayName: 'Bart' }))
  await client.create('Groups', aGroup('Admins'))
  await client.create('Users', aUser('abe', { displayName: 'Abe', title: 'Grandpa' }))
  await client.create('Groups', aGroup('Zoo'))
}

type Found = { readonly displayName: string }
const names = (body: { Resources: readonly Found[] }) => body.Resources.map(({ displayName }) => displayName)

t.test('R-144 R-146 a search returns the list of the same GET, and creates nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await everyone(client)
  const filter = 'userName pr'
  const rows = [
    ['', {}],
    [`filter=${encodeURIComponent(filter)}`, { filter }],
    ['sortBy=userName&sortOrder=descending', { sortBy: 'userName', sortOrder: 'descending' }],
    ['startIndex=2&count=1', { startIndex: 2, count: 1 }],
    ['count=0', { count: 0 }],
    ['attributes=userName,name.givenName', { attributes: ['userName', 'name.givenName'] }],
    ['excludedAttributes=name', { excludedAttributes: ['name'] }],
    ['', { filter: null, COUNT: null, cursor: null, unknown: { of: 'no interest' } }],
    ['startIndex=2', { STARTINDEX: 2 }],
  ] as const
  for (const [query, members] of rows) {
    const searched = await client.post('/Users/.search?count=1', { schemas, ...members })
    const got = await client.get(`/Users?${query}`)
    t.same([searched.status, searched.body], [200, got.body], JSON.stringify(members))
  }
  t.equal((await client.get('/Users')).body.totalResults, 2)
})

t.test('R-134 a search pages by cursor, and GET and POST may alternate', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await everyone(client)
  const { status, body } = await client.post('/Users/.search', { schemas, cursor: '', count: 1 })
  t.same([status, body.totalResults, names(body), body.startIndex], [200, 2, ['Bart'], undefined])
  const next = await client.post('/Users/.search', { schemas, cursor: body.nextCursor })
  t.same([names(next.body), next.body.nextCursor], [['Abe'], undefined])
  t.same(names((await client.get(`/Users?cursor=${next.body.previousCursor}`)).body), ['Bart'])
  t.match(await client.post('/Groups/.search', { schemas, cursor: body.nextCursor }), {
    status: 400,
    body: { scimType: 'invalidCursor' },
  })
})

t.test('R-145 an invalid SearchRequest is rejected with the reason', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const path of ['/Users/.search', '/.search']) {
    for (const [body, scimType, detail] of [
      [{ filter: 'userName pr' }, 'invalidSyntax', /"schemas" must contain/],
      [{ ...aUser('x') }, 'invalidSyntax', /"schemas" must contain/],
      [[], 'invalidSyntax', /must be a JSON object/],
      [undefined, 'invalidSyntax', /must be a JSON object/],
      [{ schemas, filter: 7 }, 'invalidValue', /^"filter" in the body must be a string/],
      [{ schemas, sortBy: ['userName'] }, 'invalidValue', /^"sortBy"/],
      [{ schemas, attributes: 'userName' }, 'invalidValue', /^"attributes" .* array/],
      [{ schemas, excludedAttributes: ['x', 7] }, 'invalidValue', /^"excludedAttributes\[1\]"/],
      [{ schemas, count: '10' }, 'invalidValue', /^"count" must be a whole number/],
      [{ schemas, count: 1.5 }, 'invalidValue', /not "1.5"/],
      [{ schemas, count: [], cursor: '' }, 'invalidCount', /^"count"/],
      [{ schemas, startIndex: {} }, 'invalidValue', /^"startIndex"/],
      [{ schemas, cursor: 7 }, 'invalidValue', /^"cursor"/],
      [{ schemas, cursor: 'x' }, 'invalidCursor', /not issued by this server/],
      [{ schemas, cursor: '', startIndex: 1 }, 'invalidValue', /cannot be combined/],
      [{ schemas, count: 1, Count: 2 }, 'invalidSyntax', /twice/],
      [{ schemas, filter: 'userName' }, 'invalidFilter', /operator/],
      [{ schemas, filter: 'shoeSize pr' }, 'invalidFilter', /no attribute "shoeSize"/],
      [{ schemas, sortBy: 'shoeSize' }, 'invalidPath', /shoeSize/],
    ] as const) {
      t.match(
        await client.post(path, body),
        { status: 400, body: { scimType, detail } },
        `${path} ${JSON.stringify(body)}`,
      )
    }
  }
  t.equal((await client.get('/')).body.totalResults, 0)
})

t.test('R-094 a query at the root returns all types in order of creation', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await everyone(client)
  const all = [
    ...(await client.get('/Users')).body.Resources,
    ...(await client.get('/Groups')).body.Resources,
  ].sort((one, other) => one.meta.created.localeCompare(other.meta.created))
  for (const path of ['', '/', '?count=100']) {
    const { status, body } = await client.get(path)
    t.same(
      [status, body.schemas, body.totalResults, body.startIndex, body.itemsPerPage],
      [200, [listUrn], 4, 1, 4],
    )
    t.same(names(body), ['Bart', 'Admins', 'Abe', 'Zoo'], path)
    t.same(
      [...body.Resources].sort((one, other) => one.id.localeCompare(other.id)),
      all.sort((one, other) => one.id.localeCompare(other.id)),
    )
  }
  t.same((await client.post('/.search', { schemas })).body, (await client.get('/')).body)
  const { Resources } = (await client.get('/?attributes=userName')).body
  t.same(
    Resources.map((resource: object) => Object.keys(resource)),
    [
      ['id', 'schemas', 'userName'],
      ['id', 'schemas'],
      ['id', 'schemas', 'userName'],
      ['id', 'schemas'],
    ],
  )
})

t.test(
  'R-094 a root query treats attributes that a type lacks as absent, and rejects those that no type has',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    await everyone(client)
    const [user] = (await client.get('/Users')).body.Resources
    const [group] = (await client.get('/Groups')).body.Resources
    await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: user.id }] })
    for (const [filter, found] of [
      ['meta.resourceType eq "User"', ['Bart', 'Abe']],
      ['meta.resourceType ne "User"', ['Admins', 'Zoo']],
      ['meta.resourceType eq "Printer"', []],
      ['not (meta.resourceType eq "Group") and title pr', ['Abe']],
      ['meta.resourceType pr', ['Bart', 'Admins', 'Abe', 'Zoo']],
      ['(meta.resourceType eq "User") or (meta.resourceType eq "Group")', ['Bart', 'Admins', 'Abe', 'Zoo']],
      ['title pr', ['Abe']],
      ['not (title pr)', ['Bart', 'Admins', 'Zoo']],
      ['title eq null', ['Bart', 'Admins', 'Zoo']],
      ['title ne null', ['Abe']],
      ['title ne "Grandpa"', ['Bart', 'Admins', 'Zoo']],
      ['title sw "G" or displayName sw "z"', ['Abe', 'Zoo']],
      ['emails[type eq "work"]', []],
      ['not (emails[type eq "work"])', ['Bart', 'Admins', 'Abe', 'Zoo']],
      [`members.value eq "${user.id}" or userName eq "abe"`, ['Admins', 'Abe']],
      [`groups.value eq "${group.id}"`, ['Bart']],
      ['members pr', ['Admins']],
      [`id eq "${group.id}"`, ['Admins']],
      ['displayName eq "abe"', ['Abe']],
    ] as const) {
      const { status, body } = await client.get(`/?filter=${encodeURIComponent(filter)}`)
      t.same([status, names(body), body.totalResults], [200, found, found.length], filter)
    }
    t.match(await client.get('/?filter=shoeSize%20pr'), {
      status: 400,
      body: { scimType: 'invalidFilter', detail: /User or Group has no attribute "shoeSize"/ },
    })
    t.match(await client.get('/?filter=title%20eq%207'), { status: 400, body: { scimType: 'invalidFilter' } })
  },
)

t.test('R-094 the root is sorted and paged by index and cursor', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await everyone(client)
  t.same(names((await client.get('/?sortBy=displayName')).body), ['Abe', 'Admins', 'Bart', 'Zoo'])
  const byTitle = await client.get('/?sortBy=title&sortOrder=descending')
  t.same(names(byTitle.body), ['Zoo', 'Admins', 'Bart', 'Abe'])
  t.match((await client.get('/?sortBy=shoeSize')).body, { scimType: 'invalidPath' })
  t.same(names((await client.get('/?startIndex=2&count=2')).body), ['Admins', 'Abe'])
  for (const query of ['', '&sortBy=displayName&sortOrder=descending']) {
    const all = names((await client.get(`/?${query.slice(1)}`)).body)
    const first = (await client.get(`/?cursor&count=3${query}`)).body
    t.same([names(first), first.totalResults], [all.slice(0, 3), 4])
    const second = (await client.get(`/?cursor=${first.nextCursor}${query}`)).body
    t.same([names(second), second.nextCursor], [all.slice(3), undefined])
    t.same(names((await client.get(`/?cursor=${second.previousCursor}${query}`)).body), all.slice(0, 3))
    t.match((await client.get(`/Users?cursor=${first.nextCursor}${query}`)).body, {
      scimType: 'invalidCursor',
      detail: /endpoint/,
    })
  }
})

t.test('R-007 a read-only token may search, but not send other POST requests', async t => {
  const { app, deps, tenant, client } = await buildTestApp(t, 'rfc')
  await everyone(client)
  const { text } = await deps.tenants.createToken(tenant, { access: 'read' })
  const reader = createScimClient(app, `/${tenant.id}/scim/v2`, text)
  t.equal((await reader.post('/Users/.search', { schemas })).body.totalResults, 2)
  t.equal((await reader.post('/.search', { schemas })).body.totalResults, 4)
  t.equal((await reader.post('/Users', aUser('x'))).status, 403)
  t.equal((await reader.send('PUT', '/Users/.search', { schemas })).status, 403)
  t.equal((await reader.post('/Users/x/.search', { schemas })).status, 403)
})

t.test('R-024 a search requires POST, and the root GET', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const [method, path, allow] of [
    ['GET', '/Users/.search', 'POST'],
    ['DELETE', '/.search', 'POST'],
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '', 'GET, HEAD'],
  ] as const) {
    const { status, headers } = await client.send(method, path)
    t.same([status, headers.allow], [405, allow], `${method} ${path}`)
  }
  t.equal((await client.get('/Printers/.search')).status, 404)
})

t.test('R-144 R-094 on entra a search works, too, for a type and at the root', async t => {
  const { app, deps, tenant, client } = await buildTestApp(t, 'entra')
  await everyone(client)
  const search = async (path: string, body: object) => {
    const response = await client.post(path, body)
    return [response.status, response.status === 200 ? names(response.body) : response.body.scimType]
  }
  t.same(await search('/.search', { schemas }), [200, ['Bart', 'Admins', 'Abe', 'Zoo']])
  t.same(await search('/.search', { schemas, filter: 'displayName sw "a"' }), [200, ['Admins', 'Abe']])
  t.same(await search('/users/.search', { schemas, filter: 'userName eq abe' }), [200, ['Abe']])
  t.same(await search('/Groups/.search', { schemas, startIndex: 2, count: 1 }), [200, ['Zoo']])
  t.same(await search('/Users/.search', { filter: 'userName eq "bart"' }), [200, ['Bart']], 'without schemas')
  t.same(await search('/Users/.search', { schemas, filter: 'userName' }), [400, 'invalidFilter'])
  t.same((await client.post('/.search', { schemas })).body, (await client.get('/')).body)
  const { text } = await deps.tenants.createToken(tenant, { access: 'read' })
  const reader = createScimClient(app, `/${tenant.id}/scim/v2`, text)
  t.equal((await reader.post('/.search', { schemas })).body.totalResults, 4, 'also to who may only read')
})

t.test('where search is not supported, neither it nor the root exists', async t => {
  const { client } = await buildTestApp(t, 'aws')
  for (const path of ['/Users/.search', '/.search']) {
    const { status, body } = await client.post(path, { schemas })
    t.equal(status, 404, path)
    t.match(JSON.stringify(body), /Send the query as a GET/, path)
    t.notMatch(JSON.stringify(body), /ServiceProviderConfig/, 'the error does not mention it')
  }
  t.equal((await client.get('/')).status, 404)
})

t.test('an unsupported search returns the supported alternative', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const bulk = await client.post('/Bulk', {})
  t.match([bulk.status, bulk.body.detail], [501, /^\/Bulk is not supported\. .*separate request/])
  const me = await client.get('/Me')
  t.match([me.status, me.body.detail], [501, /^\/Me is not supported\. .*\/Users/])
})

t.test('the journal distinguishes a search from a list of all resources', async t => {
  const { deps, client } = await buildTestApp(t, 'rfc')
  await everyone(client)
  await client.post('/Users/.search', { schemas, filter: 'userName eq "abe"' })
  await client.post('/.search', { schemas })
  await client.get('/')
  await deps.journal.page({ limit: 1 })
  const { items } = await deps.journal.page({ limit: 3 })
  t.same(
    items.map(({ action, target }) => [action, target?.label]),
    [
      ['search everything', undefined],
      ['search everything', undefined],
      ['look up user by userName', 'abe'],
    ],
  )
})

const body = aUser('marge', {
  title: 'Artist',
  emails: [{ value: 'm@example.org', type: 'work', primary: true }],
  [enterpriseUrn]: { department: 'Home', costCenter: '7' },
})
const userSchemas = [userUrn, enterpriseUrn]

/** The returned attributes of the user, besides id and schemas. */
const rows = [
  ['R-138', 'attributes=userName', { userName: 'marge' }],
  ['R-138', 'attributes=userName,title', { userName: 'marge', title: 'Artist' }],
  ['R-138 R-040', 'attributes=nickName', {}],
  ['R-138', 'attributes=id', {}],
  ['R-138', 'attributes=shoeSize', {}],
  ['R-141', 'attributes=name.givenName', { name: { givenName: 'Marge' } }],
  ['R-141', 'attributes=emails.value', { emails: [{ value: 'm@example.org' }] }],
  ['R-141', 'attributes=USERNAME,%20Title', { userName: 'marge', title: 'Artist' }],
  ['R-141', `attributes=${userUrn}:userName`, { userName: 'marge' }],
  ['R-141', `attributes=${enterpriseUrn}:department`, { [enterpriseUrn]: { department: 'Home' } }],
  ['R-141', `attributes=${enterpriseUrn}`, { [enterpriseUrn]: body[enterpriseUrn] }],
  [
    'R-139',
    'excludedAttributes=emails,meta,name,displayName',
    { userName: 'marge', title: 'Artist', active: true, [enterpriseUrn]: body[enterpriseUrn] },
  ],
  [
    'R-140 R-056',
    `excludedAttributes=id,schemas,meta,name,displayName,emails.type,emails.primary,title,active,${enterpriseUrn}:costCenter`,
    { userName: 'marge', emails: [{ value: 'm@example.org' }], [enterpriseUrn]: { department: 'Home' } },
  ],
] as const

t.test('R-138 R-139 R-140 R-141 R-056 a read and a list return the requested attributes', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', body)
  for (const [ids, query, rest] of rows) {
    const expected = { id, schemas: userSchemas, ...rest }
    t.same((await client.get(`/Users/${id}?${query}`)).body, expected, `${ids} ${query}`)
    t.same((await client.get(`/Users?${query}`)).body.Resources, [expected], `${ids} ${query} in a list`)
  }
})

t.test('R-138 R-139 R-143 POST, PUT and PATCH return the requested attributes', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const created = await client.post('/Users?attributes=userName', body)
  const { id } = created.body
  t.same([created.status, created.body], [201, { id, schemas: userSchemas, userName: 'marge' }])
  const put = await client.put(`/Users/${id}?attributes=title`, { ...body, title: 'Chef' })
  t.same([put.status, put.body], [200, { id, schemas: userSchemas, title: 'Chef' }])
  const patch = patchOp({ op: 'replace', path: 'title', value: 'Cook' })
  const patched = await client.send('PATCH', `/Users/${id}?attributes=title`, patch)
  t.same([patched.status, patched.body], [200, { id, schemas: userSchemas, title: 'Cook' }])
  t.equal(
    (await client.get(`/Users/${id}`)).body.userName,
    'marge',
    'attributes that were not returned are still stored',
  )
})

t.test('R-139 a group can be read without its members', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [user.id]))
  const { members: _members, ...rest } = group
  t.same((await client.get(`/Groups/${group.id}?excludedAttributes=members`)).body, rest)
  t.same(
    (await client.get('/Groups?excludedAttributes=members&filter=displayName+eq+%22Family%22')).body
      .Resources,
    [rest],
  )
  t.same((await client.get(`/Groups/${group.id}?attributes=members.value`)).body.members, [
    { value: user.id },
  ])
})

t.test('R-142 a request with both parameters is rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', body)
  for (const path of [`/Users/${id}`, '/Users']) {
    const response = await client.get(`${path}?attributes=title&excludedAttributes=emails`)
    isScimError(t, response, { status: 400, scimType: 'invalidValue', detail: /excludedAttributes/ }, path)
  }
  const rejected = await client.post('/Users?attributes=title&excludedAttributes=x', aUser('new'))
  t.equal(rejected.status, 400)
  t.equal((await client.get('/Users')).body.totalResults, 1, 'and nothing is created')
})

t.test('R-138 the aws profile ignores both parameters', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const user = await client.create('Users', aUser('marge'))
  for (const query of ['attributes=userName', 'excludedAttributes=name', 'attributes=a&excludedAttributes=b'])
    t.same((await client.get(`/Users/${user.id}?${query}`)).body, user, query)
})
