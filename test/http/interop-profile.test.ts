import t from 'tap'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const undeclaredUrn = 'urn:example:undeclared:2.0:User'
const invalidSyntax = { status: 400, scimType: 'invalidSyntax' }

t.test('what no schema declares is rejected, and nothing is stored', async t => {
  const { client } = await buildTestApp(t, 'interop')
  const before = await client.create(
    'Users',
    aUser('marge', { name: { givenName: 'Marge' }, emails: [{ value: 'marge@example.org', type: 'work' }] }),
  )
  const url = `/Users/${before.id}`
  const users: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'an attribute': { nope: 'x' },
    'a sub-attribute': { name: { givenName: 'Lisa', nope: 'x' } },
    'a sub-attribute in a list': { emails: [{ value: 'lisa@example.org', nope: 'x' }] },
    'an attribute of an extension': { [enterpriseUrn]: { nope: 'x' } },
    'schemas in an extension': { [enterpriseUrn]: { schemas: [enterpriseUrn] } },
    'an extension': { [undeclaredUrn]: { nope: 'x' } },
    'an entry of schemas': { schemas: [userUrn, undeclaredUrn] },
    'a sub-attribute that the server would set': { groups: [{ value: 'x', nope: 'x' }] },
    'a password': { password: 'T3st-password' },
    'the type of a role': { roles: [{ value: 'admin', type: 'other' }] },
  }
  for (const [what, values] of Object.entries(users)) {
    isScimError(t, await client.post('/Users', aUser('lisa', values)), invalidSyntax, `POST of ${what}`)
    isScimError(t, await client.put(url, aUser('lisa', values)), invalidSyntax, `PUT of ${what}`)
  }
  const operations: Readonly<Record<string, object>> = {
    'an attribute': { path: 'nope', value: 'x' },
    'a sub-attribute': { path: 'name.nope', value: 'x' },
    'a sub-attribute of a selected value': { path: 'emails[type eq "work"].nope', value: 'x' },
    'an extension': { path: `${undeclaredUrn}:nope`, value: 'x' },
    'an attribute in the value of an extension': { path: enterpriseUrn, value: { nope: 'x' } },
    'a sub-attribute in the value': { path: 'name', value: { nope: 'x' } },
    'a sub-attribute in a list': { path: 'emails', value: [{ value: 'x@example.org', nope: 'x' }] },
    'an entry of schemas': { path: 'schemas', value: [userUrn, undeclaredUrn] },
    'schemas in the value of an extension': { path: enterpriseUrn, value: { schemas: [enterpriseUrn] } },
  }
  const title = { op: 'replace', path: 'title', value: 'Pupil' }
  for (const [what, operation] of Object.entries(operations)) {
    for (const op of ['add', 'replace'])
      isScimError(t, await client.patch(url, title, { op, ...operation }), invalidSyntax, `${op} of ${what}`)
  }
  const message = patchOp(title)
  const withUrn = (urn: string) =>
    client.send('PATCH', url, { ...message, schemas: [...message.schemas, urn] })
  isScimError(t, await withUrn(undeclaredUrn), invalidSyntax, 'PATCH with an entry of schemas')
  t.same((await client.get(url)).body, before)
  t.equal((await client.get('/Users')).body.totalResults, 1)
  t.equal((await withUrn(userUrn)).status, 200, 'declared URNs are accepted')
  const schemas = { op: 'replace', path: 'schemas', value: [userUrn] }
  t.equal((await client.patch(url, schemas)).status, 200, 'declared URNs are accepted as values')
  const { body } = await client.get(url)
  t.equal((await client.put(url, body)).status, 200, 'a resource can be sent back')
})

t.test('an operation without a path rejects the whole PATCH', async t => {
  const { client, deps } = await buildTestApp(t, 'interop')
  const before = await client.create('Users', aUser('marge'))
  const title = { op: 'replace', path: 'title', value: 'Pupil' }
  const refused = [
    { op: 'replace', value: { active: false } },
    { op: 'add', value: { title: 'Dr', nickName: 'M' } },
    { op: 'remove' },
    { op: 'replace', path: null, value: { title: 'Dr' } },
  ]
  for (const operation of refused)
    isScimError(t, await client.patch(`/Users/${before.id}`, title, operation), {
      ...invalidSyntax,
      detail: /^Operations\[1\] has no "path"/,
    })
  t.same((await client.get(`/Users/${before.id}`)).body, before)
  const { items } = await deps.journal.page({ limit: 10 })
  t.equal(items.filter(({ rule }) => rule === 'interop/path-required').length, refused.length)
})

t.test('a path with a filter names a sub-attribute', async t => {
  const { client } = await buildTestApp(t, 'interop')
  const work = { value: 'marge@example.org', type: 'work' }
  const marge = await client.create('Users', aUser('marge', { emails: [work] }))
  const family = await client.create('Groups', aGroup('Family', [marge.id]))
  const invalidPath = { status: 400, scimType: 'invalidPath', detail: /Add a sub-attribute/ }
  for (const [url, operation] of [
    [`/Users/${marge.id}`, { op: 'replace', path: 'emails[type eq "work"]', value: work }],
    [`/Users/${marge.id}`, { op: 'add', path: 'emails[type eq "home"]', value: work }],
    [`/Users/${marge.id}`, { op: 'remove', path: 'emails[type eq "work"]' }],
    [`/Groups/${family.id}`, { op: 'remove', path: `members[value eq "${marge.id}"]` }],
  ] as const)
    isScimError(t, await client.patch(url, operation), invalidPath, `${operation.op} ${operation.path}`)
  const value = 'marge.simpson@example.org'
  const changed = { op: 'replace', path: 'emails[type eq "work"].value', value }
  t.match((await client.patch(`/Users/${marge.id}`, changed)).body.emails, [{ type: 'work', value }])
  const removal = { op: 'remove', path: 'members', value: [{ value: marge.id }] }
  t.notOk((await client.patch(`/Groups/${family.id}`, removal)).body.members)
})

t.test('replace of a complex attribute replaces the whole value, and add merges', async t => {
  const { client } = await buildTestApp(t, 'interop')
  const name = { givenName: 'Marge', familyName: 'Simpson' }
  const { id } = await client.create('Users', aUser('marge', { name, [enterpriseUrn]: { department: 'IT' } }))
  const patch = async (...operations: readonly object[]) =>
    (await client.patch(`/Users/${id}`, ...operations)).body
  t.same((await patch({ op: 'add', path: 'name', value: { middleName: 'J' } })).name, {
    ...name,
    middleName: 'J',
  })
  t.same((await patch({ op: 'replace', path: 'name', value: { givenName: 'M' } })).name, { givenName: 'M' })
  t.same((await patch({ op: 'replace', path: 'name.familyName', value: 'B' })).name, {
    givenName: 'M',
    familyName: 'B',
  })
  const division = { op: 'replace', path: enterpriseUrn, value: { division: 'East' } }
  t.same((await patch(division))[enterpriseUrn], { department: 'IT', division: 'East' })
  t.notOk((await patch({ op: 'replace', path: 'name', value: {} })).name)
})

t.test('ids and external IDs are case-exact, names of users and groups are not', async t => {
  const { client } = await buildTestApp(t, 'interop')
  const uniqueness = { status: 409, scimType: 'uniqueness' }
  const { id } = await client.create('Users', aUser('marge@example.org', { externalId: 'Ab' }))
  await client.create('Users', aUser('lisa@example.org', { externalId: 'aB' }))
  await client.create('Groups', { ...aGroup('Family', []), externalId: 'Ab' })
  const count = async (type: string, filter: string) =>
    (await client.get(`/${type}?filter=${encodeURIComponent(filter)}`)).body.totalResults
  isScimError(t, await client.get(`/Users/${id.toUpperCase()}`), { status: 404 })
  isScimError(t, await client.post('/Users', aUser('MARGE@example.org')), uniqueness)
  isScimError(t, await client.post('/Groups', aGroup('family', [])), uniqueness)
  t.same(
    [
      await count('Users', 'userName eq "Marge@Example.ORG"'),
      await count('Users', 'externalId eq "Ab"'),
      await count('Users', 'externalId eq "AB"'),
      await count('Groups', 'externalId eq "Ab" and displayName eq "FAMILY"'),
    ],
    [1, 1, 0, 1],
  )
  const invalidFilter = { status: 400, scimType: 'invalidFilter' }
  isScimError(t, await client.get('/Users?filter=nope+eq+"x"'), invalidFilter)
  isScimError(t, await client.get('/Groups?filter=userName+eq+"x"'), invalidFilter)
})

t.test('discovery declares the flag, the values of each type, and no password', async t => {
  const { client } = await buildTestApp(t, 'interop')
  t.equal((await client.get('/ServiceProviderConfig')).body.interopProfileConformant, true)
  t.equal(
    (await client.get('/Users', { accept: 'application/json' })).headers['content-type'],
    'application/scim+json',
  )
  const schemas = (await client.get('/Schemas')).body.Resources
  const attributes = schemas.flatMap((schema: { attributes: object[] }) => schema.attributes)
  t.match(
    attributes.filter(({ name }: { name: string }) => name === 'interopProfileConformant'),
    [{ type: 'boolean', mutability: 'readOnly', required: false, multiValued: false, returned: 'default' }],
  )
  t.same(
    schemas.map(({ id }: { id: string }) => id),
    [userUrn, groupUrn, enterpriseUrn, 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  )
  t.notMatch(JSON.stringify(attributes), /"password"/)
  const types = attributes
    .filter(({ multiValued }: { multiValued: boolean }) => multiValued)
    .flatMap(({ subAttributes = [] }: { subAttributes?: { name: string }[] }) =>
      subAttributes.filter(({ name }) => name === 'type'),
    )
  t.ok(types.length > 5)
  for (const { canonicalValues } of types) t.ok(canonicalValues?.length > 0)
})

t.test('a declared list with an open type makes the tenant no longer conformant', async t => {
  const { client, tenant, deps } = await buildTestApp(t, 'interop')
  const urn = 'urn:example:scim:schemas:extension:Badge'
  const declare = (canonicalValues: readonly string[]) => {
    const subAttributes = [{ name: 'value' }, { name: 'type', canonicalValues }]
    const badges = { name: 'badges', type: 'complex', multiValued: true, subAttributes }
    return deps.tenants.setDeclarations(tenant.id, {
      schemas: [{ id: urn, attributes: [badges] }],
      resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: urn, required: false }] }],
    })
  }
  const flag = async () => (await client.get('/ServiceProviderConfig')).body.interopProfileConformant
  await declare([])
  t.equal(await flag(), false)
  await declare(['door'])
  t.equal(await flag(), true)
})

t.test('a request above the rate limit says when to retry', async t => {
  const { client } = await buildTestApp(t, 'interop', { throttle: 'aws' })
  const reads = await Promise.all(Array.from({ length: 60 }, () => client.get('/Users')))
  const throttled = reads.filter(({ status }) => status === 429)
  t.ok(throttled.length > 0)
  t.same([...new Set(throttled.map(({ headers }) => headers['retry-after']))], ['1'])
})
