import t from 'tap'
import { groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimClient, type TestResponse } from '../support/scim.ts'

/** Requests of synchronization tools and of the Terraform provider for AWS, with fictional users. */

const statusesOf = (answers: readonly TestResponse[]) => answers.map(({ status }) => status)
const filtered = (filter: string) => `filter=${encodeURIComponent(filter).replaceAll('%20', '+')}`
const membersOp = (op: 'add' | 'remove', ids: readonly string[]) => ({
  op,
  path: 'members',
  value: ids.map(value => ({ value })),
})

/** Terraform's provider serializes all members of a Go struct: empty ids, dates of year 1, `schemas: null`. */
const zeroMeta = { resourceType: '', created: '0001-01-01T00:00:00Z', lastModified: '0001-01-01T00:00:00Z' }
const planned = (values: object = {}) => ({
  meta: zeroMeta,
  id: '',
  userName: 'tilde.berg',
  name: { familyName: 'Berg', givenName: 'Tilde' },
  displayName: 'Tilde Berg',
  ...values,
  schemas: null,
})

/** ssosync: an address that has only a type. */
const synced = (email: string, values: object = {}) => ({
  schemas: [userUrn],
  userName: email,
  name: { familyName: 'Marsh', givenName: 'Ines' },
  displayName: 'Ines Marsh',
  active: true,
  emails: [{ value: email, type: 'work', primary: true }],
  addresses: [{ type: 'work' }],
  ...values,
})

const createUsers = async (client: ScimClient, count: number): Promise<readonly string[]> => {
  const ids: string[] = []
  for (let at = 0; at < count; at++)
    ids.push((await client.create('Users', synced(`person${at}@firm.example`))).id)
  return ids
}

t.test('a Terraform user: each plan equals the user read afterwards', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const email = { value: 'tilde@firm.example', primary: true }
  const { id } = await client.create('Users', planned({ active: true }))
  const plans: readonly [plan: object, active: boolean, emails: unknown][] = [
    [{ active: true }, true, undefined],
    [{}, false, undefined],
    [{ active: true, emails: [{ ...email, type: '' }] }, true, [email]],
    [{ emails: [{ ...email, type: 'work' }] }, false, [{ ...email, type: 'work' }]],
    [{}, false, undefined],
  ]
  for (const [plan, active, emails] of plans) {
    const { status } = await client.put(`/Users/${id}`, { ...planned(plan), id, schemas: [userUrn] })
    const { body } = await client.get(`/Users/${id}`)
    t.same(
      { status, id: body.id, active: body.active, emails: body.emails },
      { status: 200, id, active, emails },
      JSON.stringify(plan),
    )
  }
  const path = `/Users/${id}`
  t.same(
    statusesOf([await client.delete(path), await client.get(path), await client.delete(path)]),
    [204, 404, 404],
  )
})

t.test('a PATCH of several attributes with `schemas: null` returns the user', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { id } = await client.create('Users', planned())
  const { status, body } = await client.send('PATCH', `/Users/${id}`, {
    schemas: null,
    Operations: [
      { op: 'replace', value: 'tilde.holm', path: 'userName' },
      { op: 'replace', value: 'Holm', path: 'name.familyName' },
      { op: 'replace', value: true, path: 'active' },
    ],
  })
  t.equal(status, 200)
  t.match(body, {
    id,
    userName: 'tilde.holm',
    name: { familyName: 'Holm', givenName: 'Tilde' },
    active: true,
  })
})

t.test('Terraform’s groups: created without schemas, renamed by PATCH, read, deleted', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { id } = await client.create('Groups', {
    meta: zeroMeta,
    id: '',
    externalId: 'g-9',
    displayName: 'Ops',
  })
  await client.create('Groups', { displayName: 'Dev', members: [] })
  const renamed = await client.patch(
    `/Groups/${id}`,
    { op: 'replace', value: 'Ops2', path: 'displayName' },
    { op: 'replace', value: 'g-9', path: 'externalId' },
  )
  t.equal(renamed.status, 204)
  t.match((await client.get(`/Groups/${id}`)).body, { id, displayName: 'Ops2', externalId: 'g-9' })
  t.match((await client.get(`/Groups?${filtered('displayName eq "Ops2"')}`)).body, {
    totalResults: 1,
    Resources: [{ id }],
  })
  const path = `/Groups/${id}`
  t.same(
    statusesOf([await client.delete(path), await client.get(path), await client.delete(path)]),
    [204, 404, 404],
  )
})

t.test('a filter on group and user matches while the user is a member', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const user = await client.create('Users', planned())
  const group = await client.create('Groups', { displayName: 'Ops' })
  const pair = () => client.get(`/Groups?${filtered(`id eq "${group.id}" and members eq "${user.id}"`)}`)
  const seen: unknown[] = []
  for (const op of ['remove', 'add', 'add', 'remove'] as const) {
    const { status } = await client.patch(`/Groups/${group.id}`, membersOp(op, [user.id]))
    seen.push([op, status, (await pair()).body.totalResults])
  }
  t.same(seen, [
    ['remove', 204, 0],
    ['add', 204, 1],
    ['add', 204, 1],
    ['remove', 204, 0],
  ])
  await client.delete(`/Users/${user.id}`)
  t.equal((await pair()).status, 404, 'a deleted user is distinguished from a user who is not a member')
})

t.test('ssosync creates, replaces and disables a user', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { id } = await client.create('Users', synced('ines@firm.example'))
  const changed = { id, displayName: 'Ines M.', active: false }
  const { status, body } = await client.put(`/Users/${id}`, synced('ines@firm.example', changed))
  t.equal(status, 200)
  t.match(body, changed)
  const found = await client.get(`/Users?${filtered('userName eq "ines@firm.example"')}`)
  t.match(found.body, { totalResults: 1, Resources: [changed] })
})

t.test(
  'ssosync creates groups with empty or null members, and one PATCH changes name and externalId',
  async t => {
    const { client } = await buildTestApp(t, 'aws')
    await client.create('Groups', { schemas: [groupUrn], displayName: 'ops@firm.example', members: [] })
    const { id } = await client.create('Groups', {
      schemas: [groupUrn],
      displayName: 'dev@firm.example',
      members: null,
    })
    const rename = [
      { op: 'replace', path: 'displayName', value: 'dev2@firm.example' },
      { op: 'replace', path: 'externalId', value: 'x-2' },
    ]
    t.same(
      statusesOf([
        await client.patch(`/Groups/${id}`, ...rename),
        await client.patch(`/Groups/${id}`, ...rename),
      ]),
      [204, 204],
    )
    t.match((await client.get(`/Groups/${id}`)).body, { displayName: 'dev2@firm.example', externalId: 'x-2' })
  },
)

t.test('a request can add 100 members, but not 101', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const users = await createUsers(client, 101)
  const { id } = await client.create('Groups', { displayName: 'All' })
  const change = (op: 'add' | 'remove', ids: readonly string[]) =>
    client.patch(`/Groups/${id}`, membersOp(op, ids))
  t.same(
    statusesOf([
      await change('add', users),
      await change('add', users.slice(0, 100)),
      await change('add', users.slice(100)),
      await change('remove', users.slice(0, 100)),
    ]),
    [400, 204, 204, 204],
  )
  const left = await client.get(`/Users?cursor&${filtered(`groups.value eq "${id}"`)}`)
  t.same(
    left.body.Resources.map((user: { id: string }) => user.id),
    users.slice(100),
  )
})

t.test('paging from an empty cursor returns every user once', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const users = await createUsers(client, 101)
  for (const first of ['cursor', 'cursor=']) {
    const seen: string[] = []
    for (let query: string | undefined = first; query !== undefined; ) {
      const { body }: TestResponse = await client.get(`/Users?${query}`)
      seen.push(...body.Resources.map((user: { id: string }) => user.id))
      query = body.nextCursor && `cursor=${encodeURIComponent(body.nextCursor)}`
    }
    t.same(seen, users, first)
  }
  t.match((await client.get('/Users')).body, { totalResults: 100, itemsPerPage: 100 })
})

t.test('a group is found by a member, in each form of AWS’s documentation', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const [member = '', other = ''] = await createUsers(client, 2)
  const { id } = await client.create('Groups', { displayName: 'Ops', members: [{ value: member }] })
  for (const form of ['members.value', `id eq "${id}" and members`, `id eq "${id}" and member`]) {
    const groupsOf = async (user: string) =>
      (await client.get(`/Groups?cursor&${filtered(`${form} eq "${user}"`)}`)).body.Resources
    t.match(await groupsOf(member), [{ id }], form)
    t.same(await groupsOf(other), [], form)
  }
})

t.test('idp-scim-sync creates first: after a 409 it searches, replaces, or omits the externalId', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const ines = synced('ines@firm.example', { externalId: 'p-1', addresses: undefined })
  const { id } = await client.create('Users', ines)
  const again = await client.post('/Users', ines)
  t.same([again.status, again.body.status, typeof again.body.detail], [409, '409', 'string'])
  const found = await client.get(`/Users?${filtered('userName eq "ines@firm.example"')}`)
  t.match(found.body.Resources, [{ id, active: true, externalId: 'p-1', emails: ines.emails }])
  const { meta } = found.body.Resources[0]
  t.equal((await client.put(`/Users/${id}`, { ...ines, id, meta, title: 'Lead' })).status, 200)

  const moved = synced('ines.new@firm.example', { externalId: 'p-1' })
  t.equal((await client.post('/Users', moved)).status, 409, 'another user has the externalId')
  const lookup = await client.get(`/Users?${filtered('userName eq "ines.new@firm.example"')}`)
  t.match(lookup.body, { totalResults: 0, Resources: [] })
  t.equal((await client.post('/Users', { ...moved, externalId: undefined })).status, 201)
})

t.test('idp-scim-sync does the same with groups, and sets the externalId without a path', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const group = { id: '', meta: {}, displayName: 'Ops', externalId: 'g-1' }
  const { id } = await client.create('Groups', group)
  const answers = [
    await client.post('/Groups', group),
    await client.post('/Groups', { ...group, displayName: 'Ops2' }),
    await client.patch(`/Groups/${id}`, { op: 'replace', value: { id, externalId: 'g-2' } }),
  ]
  t.same(statusesOf(answers), [409, 409, 204])
  t.match((await client.get(`/Groups/${id}`)).body, { displayName: 'Ops', externalId: 'g-2' })
})

t.test('a rename without a path that repeats the id is accepted', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { id } = await client.create('Groups', { displayName: 'Ops', members: null })
  const value = { id, displayName: 'Ops2' }
  t.equal((await client.patch(`/Groups/${id}`, { op: 'replace', value })).status, 204)
  t.match((await client.get(`/Groups/${id}`)).body, value)
})

t.test(
  'a blank family name, a formatted name with a trailing space, and a user without an email address are accepted',
  async t => {
    const { client } = await buildTestApp(t, 'aws')
    const name = { formatted: 'tilde ', givenName: 'tilde', familyName: ' ' }
    const { id, emails } = await client.create('Users', planned({ name }))
    t.equal(emails, undefined)
    const replaced = {
      ...planned({ name, title: 'Lead', groups: null, members: null, emails: null, roles: null }),
      id,
    }
    const { status, body } = await client.put(`/Users/${id}`, replaced)
    t.same({ status, name: body.name, emails: body.emails }, { status: 200, name, emails: undefined })
  },
)

t.test('both media types, and an endpoint with a trailing slash, are accepted', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { id } = await client.create('Users', planned())
  const change = patchOp({ op: 'replace', path: 'active', value: true })
  for (const type of ['application/json', 'application/scim+json']) {
    const patched = await client.send('PATCH', `//Users/${id}`, change, { 'content-type': type })
    t.same([patched.status, patched.body.active], [200, true], type)
  }
  const typed = { 'content-type': 'application/scim+json' }
  t.equal((await client.send('GET', `/Users/${id}`, undefined, typed)).status, 200, 'a type without a body')
  t.equal((await client.send('DELETE', `/Users/${id}`, undefined, typed)).status, 204)
})
