import t from 'tap'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

type Advertised = {
  readonly name: string
  readonly type: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly mutability: string
  readonly returned: string
  readonly uniqueness?: string
  readonly caseExact?: boolean
  readonly subAttributes?: readonly Advertised[]
}

t.test('R-036 the order of an object’s members does not matter', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const sent = aUser('marge', { emails: [{ value: 'm@example.org', type: 'work', primary: true }] })
  const user = await client.create('Users', sent)
  const turned = Object.fromEntries(
    Object.entries({ ...sent, emails: [{ primary: true, type: 'work', value: 'm@example.org' }] }).reverse(),
  )
  t.same((await client.put(`/Users/${user.id}`, turned)).body, user, 'the version is unchanged')
})

t.test('R-038 R-065 a canonical value is returned in its own spelling, any other as sent', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const emails = [
    { value: 'a@example.org', type: 'WORK' },
    { value: 'b@example.org', type: 'Beach House' },
  ]
  const user = await client.create('Users', aUser('marge', { emails }))
  t.same(
    user.emails.map(({ type }: { type: string }) => type),
    ['work', 'Beach House'],
  )
})

t.test('R-039 values with equal value and type are returned once, by POST, PUT and PATCH', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const doubled = [
    { value: 'm@example.org', type: 'work' },
    { value: 'M@EXAMPLE.ORG', type: 'Work', display: 'Marge' },
    { value: 'm@example.org', type: 'home' },
  ]
  const once = [
    { value: 'm@example.org', type: 'work', display: 'Marge' },
    { value: 'm@example.org', type: 'home' },
  ]
  const { id, emails } = await client.create('Users', aUser('marge', { emails: doubled }))
  t.same(emails, once)
  t.same((await client.put(`/Users/${id}`, aUser('marge', { emails: doubled }))).body.emails, once)
  const again = await client.patch(`/Users/${id}`, { op: 'add', path: 'emails', value: doubled })
  t.same(again.body.emails, once)

  const twice = await client.create('Groups', aGroup('Family', [id, id]))
  t.equal(twice.members.length, 1, 'a member is listed once, however often it is sent')
})

t.test('R-037 primary is returned for one value only', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const emails = [{ value: 'a@example.org', primary: false }, { value: 'b@example.org' }]
  const user = await client.create('Users', aUser('marge', { emails }))
  t.same(user.emails, emails)
  const found = async (filter: string) =>
    (await client.get(`/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults
  t.same([await found('emails.primary eq true'), await found('emails[primary eq true]')], [0, 0])
  const both = emails.map(email => ({ ...email, primary: true }))
  for (const response of [
    await client.post('/Users', aUser('lisa', { emails: both })),
    await client.put(`/Users/${user.id}`, aUser('marge', { emails: both })),
  ])
    isScimError(t, response, { status: 400, scimType: 'invalidValue', detail: /primary/ })
})

t.test('R-040 null and [] clear an attribute, which is then neither returned nor found', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const values = { title: 'Artist', emails: [{ value: 'm@example.org' }], name: { givenName: 'Marge' } }
  const { id } = await client.create('Users', aUser('marge', values))
  const cleared = { title: null, emails: [], name: { givenName: null }, nickName: null }
  const found = async () =>
    (await client.get('/Users?filter=title%20pr%20or%20emails%20pr%20or%20name%20pr')).body.totalResults
  t.equal(await found(), 1)
  const put = await client.put(`/Users/${id}`, aUser('marge', cleared))
  t.same(
    Object.keys(put.body).filter(name => name in cleared),
    [],
  )
  t.equal(await found(), 0)

  await client.put(`/Users/${id}`, aUser('marge', values))
  const patched = await client.patch(
    `/Users/${id}`,
    ...Object.entries({ title: null, emails: [], name: null }).map(([path, value]) => ({
      op: 'replace',
      path,
      value,
    })),
  )
  t.same(
    Object.keys(patched.body).filter(name => name in cleared),
    [],
  )
  t.equal(await found(), 0)
})

t.test('R-042 R-048 R-059 R-073 R-163 read-only attributes in a body are ignored', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family'))
  const sent = {
    id: 'mine',
    meta: { resourceType: 'Robot', created: '2001-01-01T00:00:00Z', version: 'W/"77"', location: 'x:y' },
    groups: [{ value: group.id }],
  }
  t.same((await client.put(`/Users/${user.id}`, aUser('marge', sent))).body, user)
  t.notOk(
    'members' in (await client.get(`/Groups/${group.id}`)).body,
    'membership changes through groups only',
  )
})

t.test('R-062 case matters for case-exact attributes; all others only keep it', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create(
    'Users',
    aUser('MarGe', { externalId: 'eXt', profileUrl: 'https://X.example/Me' }),
  )
  t.match(user, { userName: 'MarGe', externalId: 'eXt', profileUrl: 'https://X.example/Me' })
  const found = async (filter: string) =>
    (await client.get(`/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults
  t.same(
    [
      await found('userName eq "marge"'),
      await found('externalId eq "EXT"'),
      await found('externalId eq "eXt"'),
      await found(`id eq "${user.id.toUpperCase()}"`),
      await found('profileUrl eq "https://x.example/me"'),
    ],
    [1, 0, 1, 0, 0],
  )
  const { body } = await client.patch(`/Users/${user.id}`, {
    op: 'replace',
    path: 'externalId',
    value: 'EXT',
  })
  t.equal(body.externalId, 'EXT', 'another case is another value')
})

t.test('R-064 R-066 R-077 without a required attribute, nothing is created or replaced', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [user, group] = [
    await client.create('Users', aUser('marge')),
    await client.create('Groups', aGroup('Family')),
  ]
  const rows = [
    ['/Users', user.id, userUrn, 'userName'],
    ['/Groups', group.id, groupUrn, 'displayName'],
  ] as const
  for (const [endpoint, id, urn, name] of rows) {
    const schema = (await client.get(`/Schemas/${urn}`)).body
    const advertised = schema.attributes.find((attribute: Advertised) => attribute.name === name)
    t.equal(advertised.required, true, `${name} is advertised as required`)
    for (const value of [undefined, null, '']) {
      const expected = { status: 400, scimType: 'invalidValue', detail: new RegExp(name) }
      const body = { schemas: [urn], [name]: value }
      isScimError(t, await client.post(endpoint, body), expected, `POST ${name}: ${value}`)
      isScimError(t, await client.put(`${endpoint}/${id}`, body), expected, `PUT ${name}: ${value}`)
    }
    t.equal((await client.get(endpoint)).body.totalResults, 1)
  }
})

t.test('R-071 a list accepts hundreds of values', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const values = (count: number) => Array.from({ length: count }, (_, at) => ({ value: `value-${at}` }))
  const lists = {
    emails: values(50),
    phoneNumbers: values(50),
    roles: values(1000),
    entitlements: values(50),
  }
  const user = await client.create('Users', aUser('marge', lists))
  t.match(user, lists)
  isScimError(t, await client.post('/Users', aUser('lisa', { roles: values(1001) })), {
    status: 400,
    scimType: 'invalidValue',
    detail: /roles.*1000/,
  })
})

t.test('R-081 enterprise attributes are returned, and a manager is a user', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const values = {
    employeeNumber: '701984',
    costCenter: '4130',
    organization: 'Universal Studios',
    division: 'Theme Park',
    department: 'Tour Operations',
  }
  const boss = await client.create('Users', aUser('burns'))
  const user = await client.create(
    'Users',
    aUser('homer', { [enterpriseUrn]: { ...values, manager: { value: boss.id } } }),
  )
  const { manager, ...rest } = user[enterpriseUrn]
  t.same([rest, manager.value], [values, boss.id])
  const renamed = { op: 'replace', path: `${enterpriseUrn}:manager.displayName`, value: 'Somebody' }
  isScimError(t, await client.patch(`/Users/${user.id}`, renamed), { status: 400, scimType: 'mutability' })
  t.equal((await client.get(manager.$ref.replace(/^.*\/v2/, ''))).body.id, boss.id, '$ref leads to them')
})

t.test('R-081 R-034 an unknown manager is stored and returned without $ref', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const group = await client.create('Groups', aGroup('Managers'))
  for (const value of [group.id, '26118915-6090-4610-87e4-49d8ca9f808d']) {
    const user = await client.create(
      'Users',
      aUser(`of-${value}`, { [enterpriseUrn]: { manager: { value } } }),
    )
    t.same(user[enterpriseUrn], { manager: { value } })
  }
})

t.test('R-050 lastModified is set on creation and changes with every effective change', async t => {
  const { client, advance } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  const at = `/Users/${user.id}`
  t.equal(user.meta.lastModified, user.meta.created)
  let before = user.meta.lastModified
  for (const change of [
    () => client.put(at, aUser('marge', { title: 'x' })),
    () => client.patch(at, { op: 'add', path: 'nickName', value: 'M' }),
    () => client.patch(at, { op: 'remove', path: 'nickName' }),
  ]) {
    await advance(60_000)
    const { meta } = (await change()).body
    t.ok(meta.lastModified > before)
    t.equal(meta.created, user.meta.created)
    before = meta.lastModified
  }
  await advance(60_000)
  await client.get('/Users')
  await client.put(at, aUser('marge', { active: 'wrong' }))
  await client.send('PATCH', at, patchOp())
  t.equal((await client.get(at)).body.meta.lastModified, before, 'neither reads nor rejected changes count')
})
