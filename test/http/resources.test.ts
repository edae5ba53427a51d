import t from 'tap'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

t.test('R-025 attribute names are read in any case and returned in the schema’s spelling', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const {
    id: _id,
    meta: _meta,
    ...rest
  } = await client.create('Users', {
    SCHEMAS: [userUrn.toUpperCase()],
    USERNAME: 'marge',
    Name: { GIVENNAME: 'Marge' },
    [enterpriseUrn.toUpperCase()]: { DEPARTMENT: 'Home' },
  })
  t.same(rest, {
    schemas: [userUrn, enterpriseUrn],
    userName: 'marge',
    name: { givenName: 'Marge' },
    [enterpriseUrn]: { department: 'Home' },
  })
})

t.test('R-026 R-027 R-028 R-029 schemas are required, checked and completed', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const stated = (schemas: unknown, userName: string) =>
    client.post('/Users', { ...aUser(userName), schemas })
  const rows = [
    ['an unknown URN', [userUrn, 'urn:x'], 'invalidValue'],
    ['the schema of a group', [groupUrn], 'invalidValue'],
    ['none at all', [], 'invalidSyntax'],
  ] as const
  for (const [label, schemas] of rows) {
    const response = await stated(schemas, 'x')
    isScimError(t, response, { status: 400, scimType: response.body.scimType, detail: /schema/i }, label)
  }
  const turned = await stated([enterpriseUrn, userUrn], 'turned')
  t.same([turned.status, turned.body.schemas], [201, [userUrn]], 'the order does not matter')
})

t.test(
  'R-041 R-043 R-044 R-047 ids are unique across types, and externalId is returned as sent only',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const creation = [
      await client.create('Users', aUser('a')),
      await client.create('Users', aUser('b')),
      await client.create('Groups', aGroup('c')),
    ]
    t.equal(new Set(creation.map(({ id }) => id)).size, 3)
    for (const { id, meta, externalId } of creation) {
      t.notMatch(id, /bulkId/i)
      t.ok(meta.created && meta.lastModified)
      t.equal(externalId, undefined)
    }
  },
)

t.test('R-045 R-046 an externalId need not be unique, and its case is kept', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const other = await another('rfc')
  for (const user of [
    await client.create('Users', aUser('a', { externalId: 'Ext-1' })),
    await client.create('Users', aUser('b', { externalId: 'Ext-1' })),
    await other.client.create('Users', aUser('a', { externalId: 'Ext-1' })),
  ]) {
    t.equal(user.externalId, 'Ext-1')
  }
  const found = async (text: string) =>
    (await client.get(`/Users?filter=${encodeURIComponent(`externalId eq "${text}"`)}`)).body.totalResults
  t.same([await found('Ext-1'), await found('ext-1')], [2, 0])
})

t.test('R-030 R-032 R-033 R-035 R-037 malformed values are rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const rows = [
    ['a boolean in quotes', { active: 'true' }, /active/],
    ['a boolean as a number', { active: 1 }, /active/],
    ['a complex sub-attribute', { name: { givenName: { first: 'x' } } }, /name\.givenName/],
    [
      'two primary emails',
      {
        emails: [
          { value: 'a@x', primary: true },
          { value: 'b@x', primary: true },
        ],
      },
      /emails/,
    ],
    ['a certificate that is not base64', { x509Certificates: [{ value: '***' }] }, /x509Certificates/],
  ] as const
  for (const [label, values, detail] of rows)
    isScimError(
      t,
      await client.post('/Users', aUser('x', values)),
      { status: 400, scimType: 'invalidValue', detail },
      label,
    )
})

t.test('R-040 R-039 null and [] mean absent, and equal values are merged', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const sent = {
    title: null,
    emails: [],
    phoneNumbers: [
      { value: '1', type: 'work' },
      { value: '1', type: 'Work' },
    ],
  }
  const user = await client.create('Users', aUser('marge', sent))
  t.notOk('title' in user || 'emails' in user)
  t.same(user.phoneNumbers, [{ value: '1', type: 'work' }])
  const cleared = await client.put(`/Users/${user.id}`, aUser('marge', { phoneNumbers: null }))
  t.notOk('phoneNumbers' in cleared.body)
})

t.test('R-049 R-051 created never changes, and location can be fetched', async t => {
  const { app, token, client, advance } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  await advance(3_600_000)
  const { body } = await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'x' })
  t.equal(body.meta.created, user.meta.created)
  t.equal(
    Date.parse(body.meta.lastModified) - Date.parse(user.meta.created) >= 3_600_000,
    true,
    "the tenant's time",
  )
  const headers = { authorization: `Bearer ${token}` }
  t.same((await app.inject({ url: user.meta.location, headers })).json(), body)
})

t.test('R-054 R-055 R-176 the URN of an extension is listed if the resource has data in it', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', { ...aUser('marge'), [enterpriseUrn]: { costCenter: '7' } })
  const at = `/Users/${user.id}`
  t.same([user.schemas, user[enterpriseUrn]], [[userUrn, enterpriseUrn], { costCenter: '7' }])
  const bare = (await client.patch(at, { op: 'remove', path: `${enterpriseUrn}:costCenter` })).body
  t.same([bare.schemas, bare[enterpriseUrn]], [[userUrn], undefined])
  const back = (await client.patch(at, { op: 'add', path: `${enterpriseUrn}:division`, value: 'x' })).body
  t.same([back.schemas, back[enterpriseUrn]], [[userUrn, enterpriseUrn], { division: 'x' }])
})

t.test(
  'R-034 R-073 R-079 R-080 members and groups refer to each other, and each $ref can be fetched',
  async t => {
    const { app, tenant, token, client } = await buildTestApp(t, 'rfc')
    const root = `http://localhost:80/${tenant.id}/scim/v2`
    const user = await client.create('Users', aUser('marge'))
    const inner = await client.create('Groups', aGroup('Inner', [user.id]))
    const outer = await client.create('Groups', aGroup('Outer', [inner.id, user.id]))

    const { groups } = (await client.get(`/Users/${user.id}`)).body
    const { members } = (await client.get(`/Groups/${outer.id}`)).body

    t.same(groups, [
      { value: inner.id, $ref: `${root}/Groups/${inner.id}`, display: 'Inner', type: 'direct' },
      { value: outer.id, $ref: `${root}/Groups/${outer.id}`, display: 'Outer', type: 'direct' },
    ])
    t.same(members, [
      { value: inner.id, $ref: `${root}/Groups/${inner.id}`, type: 'Group', display: 'Inner' },
      { value: user.id, $ref: `${root}/Users/${user.id}`, type: 'User', display: 'Marge Simpson' },
    ])
    for (const { $ref, value } of [...groups, ...members]) {
      const response = await app.inject({ url: $ref, headers: { authorization: `Bearer ${token}` } })
      t.same([response.statusCode, response.json().id], [200, value], $ref)
    }
    await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'displayName', value: 'Marge B.' })
    t.equal((await client.get(`/Groups/${inner.id}`)).body.members[0].display, 'Marge B.', 'display follows')
  },
)

t.test(
  'R-079 R-152 the type of a member is read-only, and its display as sent, also in /Schemas',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const user = await client.create('Users', aUser('marge'))
    const { members } = await client.create('Groups', {
      ...aGroup('Family'),
      members: [{ value: user.id, type: 'Group', display: 'Somebody Else' }],
    })
    t.match(members, [{ value: user.id, type: 'User', display: 'Somebody Else' }])
    const { attributes } = (await client.get(`/Schemas/${groupUrn}`)).body
    const { subAttributes } = attributes.find(({ name }: { name: string }) => name === 'members')
    t.same(
      subAttributes.map(({ name, mutability }: Record<string, string>) => [name, mutability]),
      [
        ['value', 'immutable'],
        ['$ref', 'immutable'],
        ['type', 'readOnly'],
        ['display', 'immutable'],
      ],
    )
  },
)

t.test('R-081 a manager is returned with $ref and displayName, which clients cannot set', async t => {
  const { client, tenant } = await buildTestApp(t, 'rfc')
  const boss = await client.create('Users', aUser('burns', { displayName: 'Monty Burns' }))
  const manager = { value: boss.id, displayName: 'Somebody else' }
  const user = await client.create('Users', aUser('homer', { [enterpriseUrn]: { manager } }))
  const shown = {
    value: boss.id,
    $ref: `http://localhost:80/${tenant.id}/scim/v2/Users/${boss.id}`,
    displayName: 'Monty Burns',
  }
  t.same(user[enterpriseUrn].manager, shown)
  t.same(
    (await client.get('/Users?filter=userName+eq+%22homer%22')).body.Resources[0][enterpriseUrn].manager,
    shown,
  )
})

t.test('R-057 R-061 R-068 a password is accepted and neither returned nor searchable', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge', { password: 't1meMa$heen' }))
  t.notOk('password' in user)
  t.notOk('password' in (await client.get(`/Users/${user.id}?attributes=password`)).body)
  for (const filter of ['password pr', 'password eq "t1meMa$heen"', 'password sw "t"']) {
    const { status, body } = await client.get(`/Users?filter=${encodeURIComponent(filter)}`)
    t.ok(status === 400 || body.totalResults === 0, filter)
  }
})

t.test('R-065 a value that is not canonical is stored', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const emails = [{ value: 'a@example.org', type: 'beach house' }]
  t.same((await client.create('Users', aUser('marge', { emails }))).emails, emails)
})
