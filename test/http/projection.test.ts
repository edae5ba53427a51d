import t from 'tap'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const body = aUser('marge', {
  title: 'Artist',
  emails: [{ value: 'm@example.org', type: 'work', primary: true }],
  [enterpriseUrn]: { department: 'Home', costCenter: '7' },
})
const schemas = [userUrn, enterpriseUrn]

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
    const expected = { id, schemas, ...rest }
    t.same((await client.get(`/Users/${id}?${query}`)).body, expected, `${ids} ${query}`)
    t.same((await client.get(`/Users?${query}`)).body.Resources, [expected], `${ids} ${query} in a list`)
  }
})

t.test('R-138 R-139 R-143 POST, PUT and PATCH return the requested attributes', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const created = await client.post('/Users?attributes=userName', body)
  const { id } = created.body
  t.same([created.status, created.body], [201, { id, schemas, userName: 'marge' }])
  const put = await client.put(`/Users/${id}?attributes=title`, { ...body, title: 'Chef' })
  t.same([put.status, put.body], [200, { id, schemas, title: 'Chef' }])
  const patch = patchOp({ op: 'replace', path: 'title', value: 'Cook' })
  const patched = await client.send('PATCH', `/Users/${id}?attributes=title`, patch)
  t.same([patched.status, patched.body], [200, { id, schemas, title: 'Cook' }])
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
