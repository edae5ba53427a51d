import t from 'tap'
import { enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimClient, type TestResponse } from '../support/scim.ts'

/**
 * The form of the requests that Microsoft publishes for testing SCIM servers, with fictional users: names in any case,
 * endpoints in lower case, `application/json`, filters without quotes.
 */
const nadia = {
  userName: 'nadia.okafor',
  active: true,
  displayName: 'Nadia Okafor',
  schemas: [userUrn],
  externalId: 'hr-17',
  name: { formatted: 'Nadia Okafor', familyName: 'Okafor', givenName: 'Nadia' },
  emails: [
    { Primary: true, type: 'work', value: 'nadia@firm.example' },
    { Primary: false, type: 'home', value: 'nadia@home.example' },
  ],
}

const names = ['UserName', 'Active', 'DisplayName'] as const
const capitalized = Object.fromEntries(
  Object.entries(nadia).map(([name, value]) => [
    names.find(capital => capital.toLowerCase() === name.toLowerCase()) ?? name,
    value,
  ]),
)

/** The form of an export: all attributes, with null for unknown values. */
const exported = {
  ...nadia,
  addresses: [
    { type: 'work', formatted: '4 Kaistraße\nKiel', country: 'Germany', primary: false },
    { type: 'other', formatted: '9 Rua Nova', country: null, locality: null, primary: false },
  ],
  emails: [
    { type: 'work', primary: true, value: 'nadia@firm.example' },
    { type: 'work', primary: false, value: 'nadia@home.example' },
  ],
  meta: { created: '2019-09-18T18:15:26.5788954+00:00', resourceType: 'User' },
  name: { ...nadia.name, honorificPrefix: null },
  roles: [],
}

const json = { 'content-type': 'application/json' }
const post = (client: ScimClient, path: string, body: unknown) => client.send('POST', path, body, json)
const statusesOf = (answers: readonly TestResponse[]) => answers.map(({ status }) => status)

t.test('capitalized attribute names create the same user', async t => {
  for (const body of [nadia, capitalized, { ...nadia, active: 'True' }, exported]) {
    const { client } = await buildTestApp(t, 'entra')
    const { status, body: user } = await post(client, '/Users', body)
    const { userName, active, displayName, name, emails } = user
    t.same(
      { status, userName, active, displayName, name, emails },
      {
        status: 201,
        userName: nadia.userName,
        active: true,
        displayName: nadia.displayName,
        name: nadia.name,
        emails: [
          { type: 'work', value: 'nadia@firm.example', primary: true },
          { type: body === exported ? 'work' : 'home', value: 'nadia@home.example', primary: false },
        ],
      },
    )
  }
})

t.test('an extension with capitalized names keeps its department and its manager', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const user = await client.create('Users', {
    ...nadia,
    schemas: [enterpriseUrn, userUrn],
    [enterpriseUrn]: { Department: 'Optics', Manager: { Value: 'NobodyYet' } },
  })
  t.match(user[enterpriseUrn], { department: 'Optics', manager: { value: 'NobodyYet' } })
})

t.test('the searches of the samples find users', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const { id } = await client.create('Users', nadia)
  await client.create('Users', {
    ...nadia,
    userName: 'olu',
    displayName: 'Olu Adeyemi',
    name: { familyName: 'Adeyemi' },
    emails: [{ type: 'work', value: 'olu@other.example' }],
  })
  const found: readonly [path: string, total: number][] = [
    ['/users', 2],
    ['/Users/?filter=DisplayName+eq+%22Nadia+Okafor%22', 1],
    ['/Users?filter=userName%20sw%20N', 1],
    [
      '/Users?filter=name.FamilyName%20eq%20Okafor%20and%20(emails.Value%20co%20firm.example%20or%20emails.Value%20co%20firm.test)',
      1,
    ],
    ['/Users?filter=meta.Created%20gt%202015-10-10T14:38:21.8617979-07:00', 2],
  ]
  for (const [path, total] of found) {
    const { status, body } = await client.get(path)
    t.same(
      { status, total: body.totalResults, first: body.Resources[0].id },
      { status: 200, total, first: id },
      path,
    )
  }
  t.match((await client.get('/Users?startIndex=1&count=1')).body, { totalResults: 2, itemsPerPage: 1 })
})

t.test('a value filter in attributes returns the whole attribute', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const { id, emails } = await client.create('Users', nadia)
  const shown = [{ id, schemas: [userUrn], emails }]
  for (const list of ['emails[type eq "work"]', 'emails[value eq "a,b]c"]']) {
    const { status, body } = await client.get(`/Users?attributes=${encodeURIComponent(list)}`)
    t.same({ status, shown: body.Resources }, { status: 200, shown }, list)
  }
  const both = await client.get(`/Users/${id}?attributes=emails%5Btype+eq+%22work%22%5D,userName`)
  t.same(both.body, { ...shown[0], userName: nadia.userName })
})

t.test('the rfc profile treats a value filter in attributes as an unknown name', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', { ...nadia, emails: [{ value: 'nadia@firm.example' }] })
  const { body } = await client.get('/Users?attributes=emails%5Btype+eq+%22work%22%5D')
  t.same(body.Resources, [{ id, schemas: [userUrn] }])
})

t.test('a PATCH of a user returns 204 and changes the user', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const { id } = await client.create('Users', nadia)
  const changes = [
    { op: 'Replace', path: 'userName', value: 'nadia.o' },
    { op: 'Replace', path: 'active', value: false },
  ]
  for (const change of changes) {
    const { status, body } = await client.send('PATCH', `/Users/${id}`, patchOp(change), json)
    t.same({ status, body }, { status: 204, body: undefined })
  }
  t.match((await client.get(`/Users/${id}`)).body, { userName: 'nadia.o', active: false })
})

t.test('a PUT requires userName, and ignores a misspelled attribute', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const { id } = await client.create('Users', exported)
  const { userName, addresses, ...others } = exported
  const rejected = await client.put(`/Users/${id}`, { ...others, id, userame: userName })
  const replaced = await client.put(`/Users/${id}`, {
    ...others,
    id,
    userName,
    active: false,
    adreses: addresses,
  })
  t.same(statusesOf([rejected, replaced]), [400, 200])
  t.match(replaced.body, { id, userName, active: false, addresses: undefined })
})

t.test('invalid users are rejected, and a duplicate with a detail', async t => {
  const { client } = await buildTestApp(t, 'entra')
  await client.create('Users', exported)
  const { userName: _, ...nameless } = exported
  const answers = [
    await post(client, '/Users', nameless),
    await post(client, '/Users', '{ "active": tru, "title": nul }'),
    await post(client, '/Users', exported),
  ]
  t.same(statusesOf(answers), [400, 400, 409])
  t.type(answers[2]?.body.detail, 'string')
})

t.test('users can have the same externalId', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const answers = [
    await post(client, '/Users', nadia),
    await post(client, '/Users', { ...nadia, userName: 'olu' }),
  ]
  t.same(statusesOf(answers), [201, 201])
})

t.test('members are added and removed as in the samples', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const user = await client.create('Users', nadia)
  const { id } = await client.create('Groups', { schemas: [groupUrn], displayName: 'Optics', members: [] })
  const add = {
    name: 'addMember',
    op: 'add',
    path: 'members',
    value: [{ displayName: 'Nadia', value: user.id }],
  }
  const steps: readonly [operation: object, members: readonly string[] | undefined][] = [
    [add, [user.id]],
    [{ op: 'remove', path: `members[value eq "${user.id}"]` }, undefined],
    [add, [user.id]],
    [{ op: 'remove', path: 'members' }, undefined],
    [{ op: 'add', path: 'members', value: 'some id' }, ['some id']],
  ]
  for (const [operation, members] of steps) {
    const { status } = await client.send('PATCH', `/Groups/${id}`, { id, ...patchOp(operation) }, json)
    const { body } = await client.get(`/Groups/${id}`)
    const values = body.members?.map(({ value }: { value: string }) => value)
    t.same({ status, values }, { status: 204, values: members }, JSON.stringify(operation))
  }
})

t.test('a PUT sets the name and the members of a group', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const user = await client.create('Users', nadia)
  const { id } = await client.create('Groups', {
    schemas: [groupUrn],
    displayName: 'Optics',
    externalId: 'g-1',
  })
  const members = [{ value: user.id, display: 'Lead' }]
  const { status } = await client.put(`/Groups/${id}`, {
    schemas: [groupUrn],
    id,
    displayName: 'Lenses',
    members,
  })
  const shown = await client.send('GET', `/Groups/${id}`, undefined, json)
  t.equal(status, 200)
  t.match(shown.body, { id, displayName: 'Lenses', members: [{ value: user.id }] })
  t.notOk('members' in (await client.get(`/Groups/${id}?excludedAttributes=members`)).body)
})

t.test('discovery lists users first, describes them as accounts and advertises PATCH', async t => {
  const { client } = await buildTestApp(t, 'entra')
  t.equal((await client.get('/ResourceTypes')).body.Resources[0].endpoint, '/Users')
  t.equal((await client.get('/ServiceProviderConfig')).body.patch.supported, true)
  t.match(JSON.stringify((await client.get('/Schemas')).body), /User Account/)
})

t.test('deleted resources are absent, and empty lists have totalResults 0', async t => {
  const { client } = await buildTestApp(t, 'entra')
  const user = await client.create('Users', nadia)
  const group = await client.create('Groups', { schemas: [groupUrn], displayName: 'Optics' })
  t.same(
    statusesOf([await client.delete(`/Users/${user.id}`), await client.delete(`/Groups/${group.id}`)]),
    [204, 204],
  )
  for (const path of ['/Users?attributes=userName', '/Groups'])
    t.match((await client.get(path)).body, { totalResults: 0, Resources: [] })
  t.equal((await post(client, '/Users', nadia)).status, 201, 'the name can be used again')
})

t.test('a list of one replaces a single value', async t => {
  const { client, another } = await buildTestApp(t, 'entra')
  const user = await client.create('Users', nadia)
  const group = await client.create('Groups', { schemas: [groupUrn], displayName: 'Optics' })
  const replace = (path: string, value: unknown) => ({ op: 'Replace', path, value })
  const changed = await client.patch(
    `/Users/${user.id}`,
    replace('displayName', ['Nadia K.']),
    replace('active', ['False']),
    replace('name.givenName', ['Nadja']),
  )
  t.equal(changed.status, 204)
  t.match((await client.get(`/Users/${user.id}`)).body, {
    displayName: 'Nadia K.',
    active: false,
    name: { givenName: 'Nadja' },
  })
  await client.patch(`/Groups/${group.id}`, replace('displayName', ['Lenses']))
  t.equal((await client.get(`/Groups/${group.id}`)).body.displayName, 'Lenses')
  const { status, body } = await client.patch(`/Users/${user.id}`, replace('title', ['Lead', 'Expert']))
  t.match({ status, body }, { status: 400, body: { scimType: 'invalidValue' } }, 'of two, none is chosen')
  const strict = (await another('rfc')).client
  const { id } = await strict.create('Users', nadia)
  t.equal((await strict.patch(`/Users/${id}`, replace('displayName', ['Nadia K.']))).status, 400)
})
