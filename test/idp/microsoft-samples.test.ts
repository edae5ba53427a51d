import t from 'tap'
import { enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimResponse, type Speak } from '../support/scim.ts'

/**
 * What the requests that Microsoft publishes for testing SCIM servers look like, with invented people: names in
 * any case, endpoints in lower case, plain `application/json`, filters without quotes.
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
const capitalised = Object.fromEntries(
  Object.entries(nadia).map(([name, value]) => [
    names.find(capital => capital.toLowerCase() === name.toLowerCase()) ?? name,
    value,
  ]),
)

/** As an export has it: everything there is, with null where nothing is known. */
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
const post = (speak: Speak, path: string, body: unknown) => speak.send('POST', path, body, json)
const statusesOf = (answers: readonly ScimResponse[]) => answers.map(({ status }) => status)

t.test('a user with capitalised names is the same user as with the names of the RFC', async t => {
  for (const body of [nadia, capitalised, { ...nadia, active: 'True' }, exported]) {
    const { speak } = await buildTestApp(t, 'entra')
    const { status, body: user } = await post(speak, '/Users', body)
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

t.test('an extension with capitalised names keeps its department and its manager', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const user = await speak.create('Users', {
    ...nadia,
    schemas: [enterpriseUrn, userUrn],
    [enterpriseUrn]: { Department: 'Optics', Manager: { Value: 'NobodyYet' } },
  })
  t.match(user[enterpriseUrn], { department: 'Optics', manager: { value: 'NobodyYet' } })
})

t.test('users are found as the samples look for them', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const { id } = await speak.create('Users', nadia)
  await speak.create('Users', {
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
    const { status, body } = await speak.get(path)
    t.same(
      { status, total: body.totalResults, first: body.Resources[0].id },
      { status: 200, total, first: id },
      path,
    )
  }
  t.match((await speak.get('/Users?startIndex=1&count=1')).body, { totalResults: 2, itemsPerPage: 1 })
})

t.test('attributes asked for by a value filter come as a whole', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const { id, emails } = await speak.create('Users', nadia)
  const shown = [{ id, schemas: [userUrn], emails }]
  for (const list of ['emails[type eq "work"]', 'emails[value eq "a,b]c"]']) {
    const { status, body } = await speak.get(`/Users?attributes=${encodeURIComponent(list)}`)
    t.same({ status, shown: body.Resources }, { status: 200, shown }, list)
  }
  const both = await speak.get(`/Users/${id}?attributes=emails%5Btype+eq+%22work%22%5D,userName`)
  t.same(both.body, { ...shown[0], userName: nadia.userName })
})

t.test('the RFC profile takes a value filter for no name at all', async t => {
  const { speak } = await buildTestApp(t, 'rfc')
  const { id } = await speak.create('Users', { ...nadia, emails: [{ value: 'nadia@firm.example' }] })
  const { body } = await speak.get('/Users?attributes=emails%5Btype+eq+%22work%22%5D')
  t.same(body.Resources, [{ id, schemas: [userUrn] }])
})

t.test('a PATCH of a user is answered 204, and the user has changed', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const { id } = await speak.create('Users', nadia)
  const changes = [
    { op: 'Replace', path: 'userName', value: 'nadia.o' },
    { op: 'Replace', path: 'active', value: false },
  ]
  for (const change of changes) {
    const { status, body } = await speak.send('PATCH', `/Users/${id}`, patchOp(change), json)
    t.same({ status, body }, { status: 204, body: undefined })
  }
  t.match((await speak.get(`/Users/${id}`)).body, { userName: 'nadia.o', active: false })
})

t.test('a PUT needs the userName, and a misspelt attribute is left aside', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const { id } = await speak.create('Users', exported)
  const { userName, addresses, ...others } = exported
  const refused = await speak.put(`/Users/${id}`, { ...others, id, userame: userName })
  const replaced = await speak.put(`/Users/${id}`, {
    ...others,
    id,
    userName,
    active: false,
    adreses: addresses,
  })
  t.same(statusesOf([refused, replaced]), [400, 200])
  t.match(replaced.body, { id, userName, active: false, addresses: undefined })
})

t.test('what can’t be a user is refused, the second of a name with a detail', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  await speak.create('Users', exported)
  const { userName: _, ...nameless } = exported
  const answers = [
    await post(speak, '/Users', nameless),
    await post(speak, '/Users', '{ "active": tru, "title": nul }'),
    await post(speak, '/Users', exported),
  ]
  t.same(statusesOf(answers), [400, 400, 409])
  t.type(answers[2]?.body.detail, 'string')
})

t.test('people who share an externalId are told apart', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const answers = [
    await post(speak, '/Users', nadia),
    await post(speak, '/Users', { ...nadia, userName: 'olu' }),
  ]
  t.same(statusesOf(answers), [201, 201])
})

t.test('members come and go as the samples send them', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const user = await speak.create('Users', nadia)
  const { id } = await speak.create('Groups', { schemas: [groupUrn], displayName: 'Optics', members: [] })
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
    const { status } = await speak.send('PATCH', `/Groups/${id}`, { id, ...patchOp(operation) }, json)
    const { body } = await speak.get(`/Groups/${id}`)
    const values = body.members?.map(({ value }: { value: string }) => value)
    t.same({ status, values }, { status: 204, values: members }, JSON.stringify(operation))
  }
})

t.test('a PUT gives a group its name and its members', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const user = await speak.create('Users', nadia)
  const { id } = await speak.create('Groups', {
    schemas: [groupUrn],
    displayName: 'Optics',
    externalId: 'g-1',
  })
  const members = [{ value: user.id, display: 'Lead' }]
  const { status } = await speak.put(`/Groups/${id}`, {
    schemas: [groupUrn],
    id,
    displayName: 'Lenses',
    members,
  })
  const shown = await speak.send('GET', `/Groups/${id}`, undefined, json)
  t.equal(status, 200)
  t.match(shown.body, { id, displayName: 'Lenses', members: [{ value: user.id }] })
  t.notOk('members' in (await speak.get(`/Groups/${id}?excludedAttributes=members`)).body)
})

t.test('discovery names users first, calls them accounts and offers PATCH', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  t.equal((await speak.get('/ResourceTypes')).body.Resources[0].endpoint, '/Users')
  t.equal((await speak.get('/ServiceProviderConfig')).body.patch.supported, true)
  t.match(JSON.stringify((await speak.get('/Schemas')).body), /User Account/)
})

t.test('what is deleted is gone, and an empty list says so', async t => {
  const { speak } = await buildTestApp(t, 'entra')
  const user = await speak.create('Users', nadia)
  const group = await speak.create('Groups', { schemas: [groupUrn], displayName: 'Optics' })
  t.same(
    statusesOf([await speak.delete(`/Users/${user.id}`), await speak.delete(`/Groups/${group.id}`)]),
    [204, 204],
  )
  for (const path of ['/Users?attributes=userName', '/Groups'])
    t.match((await speak.get(path)).body, { totalResults: 0, Resources: [] })
  t.equal((await post(speak, '/Users', nadia)).status, 201, 'the name is free again')
})
