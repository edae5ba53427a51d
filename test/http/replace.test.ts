import t from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

t.test(
  'R-159 R-160 R-161 R-165 PUT returns 200 with the new resource, without omitted attributes',
  async t => {
    const { client, advance } = await buildTestApp(t, 'rfc')
    const before = await client.create(
      'Users',
      aUser('marge', { title: 'x', nickName: 'M', [enterpriseUrn]: { department: 'y' } }),
    )
    await advance(60_000)
    const sent = aUser('marge.simpson', { title: 'Artist', emails: [{ value: 'm@example.org' }] })

    const { status, headers, body } = await client.put(`/Users/${before.id}`, sent)

    const meta = { ...before.meta, lastModified: body.meta.lastModified, version: 'W/"2"' }
    t.same([status, body], [200, { id: before.id, meta, ...sent }])
    t.ok(body.meta.lastModified > before.meta.lastModified)
    t.equal(headers['content-type'], 'application/scim+json')
    t.same((await client.get(`/Users/${before.id}`)).body, body)
  },
)

t.test('R-050 a PUT without changes keeps lastModified', async t => {
  const { client, advance } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [user.id]))
  const asRead = (await client.get(`/Users/${user.id}`)).body
  await advance(60_000)
  t.same((await client.put(`/Users/${user.id}`, asRead)).body, asRead)
  t.same((await client.put(`/Groups/${group.id}`, group)).body, group)
})

t.test('R-160 R-161 PUT on a group replaces its members, and clears them if they are omitted', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [marge, homer] = [
    await client.create('Users', aUser('marge')),
    await client.create('Users', aUser('homer')),
  ]
  const group = await client.create('Groups', aGroup('Family', [marge.id]))
  const members = async (body: unknown) =>
    (await client.put(`/Groups/${group.id}`, body)).body.members?.map(({ value }: { value: string }) => value)

  t.same(await members(aGroup('Family', [homer.id])), [homer.id])
  t.same(await members(aGroup('Household')), undefined)
  t.equal((await client.get(`/Groups/${group.id}`)).body.displayName, 'Household')
})

t.test('R-040 R-161 an empty member is ignored in PUT, but rejected in PATCH', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [id]))
  const put = async (members: readonly unknown[]) => {
    const { status, body } = await client.put(`/Groups/${group.id}`, { ...aGroup('Family'), members })
    return [status, body.members?.map(({ value }: { value: string }) => value) ?? body.detail]
  }

  t.same(await put([{}, { value: id }]), [200, [id]])
  isScimError(t, await client.patch(`/Groups/${group.id}`, { op: 'remove', path: 'members', value: [{}] }), {
    status: 400,
    scimType: 'invalidValue',
    detail: /value\[0\] has no "value"/,
  })
  t.same(await put([{}, { display: 'Marge' }]), [
    400,
    'members[1] has no "value". Send the ID of a resource.',
  ])
  t.equal((await client.get(`/Groups/${group.id}`)).body.members.length, 1)
  t.equal(
    (await client.put(`/Groups/${group.id}`, { ...aGroup('Family'), members: [{}] })).body.members,
    undefined,
  )
})

t.test('R-163 R-042 R-048 attributes that only the server sets are ignored', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  const sent = aUser('marge', {
    id: 'other',
    meta: { created: '2001-01-01T00:00:00Z' },
    groups: [{ value: 'x' }],
  })
  t.same((await client.put(`/Users/${user.id}`, sent)).body, user)
})

t.test('R-164 R-165 a rejected PUT changes nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { unknownMembers: 'refuse' } })
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [user.id]))
  await client.create('Users', aUser('homer'))
  const before = (await client.get(`/Users/${user.id}`)).body
  const { userName: _missing, ...nameless } = aUser('x')
  const rows = [
    [
      'a duplicate userName',
      `/Users/${user.id}`,
      aUser('HOMER'),
      { status: 409, scimType: 'uniqueness', detail: /userName/ },
    ],
    [
      'no userName',
      `/Users/${user.id}`,
      nameless,
      { status: 400, scimType: 'invalidValue', detail: /userName/ },
    ],
    [
      'a value of the wrong type',
      `/Users/${user.id}`,
      aUser('x', { active: 'true' }),
      { status: 400, scimType: 'invalidValue', detail: /active/ },
    ],
    [
      'no schemas',
      `/Users/${user.id}`,
      { userName: 'x' },
      { status: 400, scimType: 'invalidSyntax', detail: /schemas/ },
    ],
    [
      'an unknown member',
      `/Groups/${group.id}`,
      aGroup('x', ['nobody']),
      { status: 400, scimType: 'invalidValue', detail: /nobody/ },
    ],
  ] as const
  for (const [label, path, body, expected] of rows)
    isScimError(t, await client.put(path, body), expected, label)
  t.same((await client.get(`/Users/${user.id}`)).body, before)
  t.same((await client.get(`/Groups/${group.id}`)).body, group)
})

for (const profile of ['rfc', 'aws', 'entra'] as const satisfies readonly ProfileName[]) {
  t.test(
    `R-195 R-196 on ${profile} a DELETE returns 204 without a body, and later requests return 404`,
    async t => {
      const { client } = await buildTestApp(t, profile)
      const user = await client.create('Users', aUser('marge'))
      const group = await client.create('Groups', aGroup('Family', [user.id]))
      const stored = await client.create('Users', aUser('homer'))

      for (const path of [`/Users/${user.id}`, `/Groups/${group.id}`]) {
        const { status, body } = await client.delete(path)
        t.same([status, body], [204, undefined], path)
        const again = [
          await client.get(path),
          await client.patch(path, { op: 'replace', path: 'displayName', value: 'x' }),
          await client.delete(path),
        ]
        t.same(
          again.map(({ status }) => status),
          [404, 404, 404],
          path,
        )
      }

      t.equal((await client.put(`/Users/${user.id}`, aUser('marge'))).status, 404)
      t.equal((await client.get(`/Users/${stored.id}`)).status, 200, 'the others stay')
    },
  )

  t.test(`R-197 on ${profile} a deleted user is in no query result`, async t => {
    const { client } = await buildTestApp(t, profile)
    const user = await client.create('Users', aUser('marge', { externalId: 'e-1' }))
    await client.delete(`/Users/${user.id}`)
    for (const filter of ['userName eq "marge"', 'externalId eq "e-1"', `id eq "${user.id}"`]) {
      const { status, body } = await client.get(`/Users?filter=${encodeURIComponent(filter)}`)
      t.same([status, body.totalResults, body.Resources], [200, 0, []], filter)
    }
    t.same((await client.get('/Users')).body.Resources, [])
  })
}

t.test('R-197 a deleted user leaves the members of groups, a deleted group the groups of users', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [marge, homer] = [
    await client.create('Users', aUser('marge')),
    await client.create('Users', aUser('homer')),
  ]
  const family = await client.create('Groups', aGroup('Family', [marge.id, homer.id]))
  const parents = await client.create('Groups', aGroup('Parents', [marge.id, homer.id, family.id]))

  await client.delete(`/Users/${marge.id}`)
  const values = async (id: string) =>
    ((await client.get(`/Groups/${id}`)).body.members ?? [])
      .map(({ value }: { value: string }) => value)
      .sort()
  t.same(await values(family.id), [homer.id])
  t.same(await values(parents.id), [homer.id, family.id].sort())

  await client.delete(`/Groups/${family.id}`)
  t.same(await values(parents.id), [homer.id])
  const { groups } = (await client.get(`/Users/${homer.id}`)).body
  t.same(
    groups.map(({ value }: { value: string }) => value),
    [parents.id],
  )
})

t.test('R-197 on aws, deleting a user deletes its memberships', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'aws')
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [user.id]))
  await client.delete(`/Users/${user.id}`)

  const members = await deps.directory.members(tenant.key, 'Group', group.id, { limit: 10 })

  t.same(members?.items, [])
  const filtered = await client.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${user.id}"`)}`)
  t.equal(filtered.status, 404, 'a filter on the deleted user')
})

for (const profile of ['rfc', 'entra'] as const) {
  t.test(`on ${profile} references to a deleted manager are removed`, async t => {
    const { client } = await buildTestApp(t, profile)
    const boss = await client.create('Users', aUser('burns'))
    const body = aUser('homer', { [enterpriseUrn]: { department: 'Sector 7G', manager: { value: boss.id } } })
    const user = await client.create('Users', body)
    t.equal(user[enterpriseUrn].manager.value, boss.id)

    await client.delete(`/Users/${boss.id}`)

    const after = (await client.get(`/Users/${user.id}`)).body
    t.same(after[enterpriseUrn], { department: 'Sector 7G' })
  })
}

t.test('on aws, a deleted manager stays as a dangling reference', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const boss = await client.create('Users', aUser('burns'))
  const user = await client.create(
    'Users',
    aUser('homer', { [enterpriseUrn]: { manager: { value: boss.id } } }),
  )
  await client.delete(`/Users/${boss.id}`)
  t.same((await client.get(`/Users/${user.id}`)).body[enterpriseUrn], { manager: { value: boss.id } })
})

t.test('R-041 a user created again with the same name is a new one; the directory links the two', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const first = await client.create('Users', aUser('marge'))
  await client.delete(`/Users/${first.id}`)
  const second = await client.create('Users', aUser('MARGE'))

  const [earlier, later] = [
    await deps.directory.identity(tenant.key, 'User', first.id),
    await deps.directory.identity(tenant.key, 'User', second.id),
  ]

  t.not(second.id, first.id)
  t.match(earlier, { status: 'retained', successor: second.id })
  t.match(later, { status: 'active', predecessor: first.id })
  t.same((await client.send('PATCH', `/Users/${first.id}`, patchOp())).status, 404, 'its id is not reused')
})
