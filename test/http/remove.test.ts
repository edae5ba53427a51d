import t from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'

for (const profile of ['rfc', 'aws', 'entra'] as const satisfies readonly ProfileName[]) {
  t.test(
    `R-195 R-196 on ${profile} a DELETE returns 204 without a body, and later requests return 404`,
    async t => {
      const { speak } = await buildTestApp(t, profile)
      const user = await speak.create('Users', aUser('marge'))
      const group = await speak.create('Groups', aGroup('Family', [user.id]))
      const stored = await speak.create('Users', aUser('homer'))

      for (const path of [`/Users/${user.id}`, `/Groups/${group.id}`]) {
        const { status, body } = await speak.delete(path)
        t.same([status, body], [204, undefined], path)
        const again = [
          await speak.get(path),
          await speak.patch(path, { op: 'replace', path: 'displayName', value: 'x' }),
          await speak.delete(path),
        ]
        t.same(
          again.map(({ status }) => status),
          [404, 404, 404],
          path,
        )
      }

      t.equal((await speak.put(`/Users/${user.id}`, aUser('marge'))).status, 404)
      t.equal((await speak.get(`/Users/${stored.id}`)).status, 200, 'the others stay')
    },
  )

  t.test(`R-197 on ${profile} a deleted user is in no query result`, async t => {
    const { speak } = await buildTestApp(t, profile)
    const user = await speak.create('Users', aUser('marge', { externalId: 'e-1' }))
    await speak.delete(`/Users/${user.id}`)
    for (const filter of ['userName eq "marge"', 'externalId eq "e-1"', `id eq "${user.id}"`]) {
      const { status, body } = await speak.get(`/Users?filter=${encodeURIComponent(filter)}`)
      t.same([status, body.totalResults, body.Resources], [200, 0, []], filter)
    }
    t.same((await speak.get('/Users')).body.Resources, [])
  })
}

t.test('R-197 a deleted user leaves the members of groups, a deleted group the groups of users', async t => {
  const { speak } = await buildTestApp(t, 'rfc')
  const [marge, homer] = [
    await speak.create('Users', aUser('marge')),
    await speak.create('Users', aUser('homer')),
  ]
  const family = await speak.create('Groups', aGroup('Family', [marge.id, homer.id]))
  const parents = await speak.create('Groups', aGroup('Parents', [marge.id, homer.id, family.id]))

  await speak.delete(`/Users/${marge.id}`)
  const values = async (id: string) =>
    ((await speak.get(`/Groups/${id}`)).body.members ?? [])
      .map(({ value }: { value: string }) => value)
      .sort()
  t.same(await values(family.id), [homer.id])
  t.same(await values(parents.id), [homer.id, family.id].sort())

  await speak.delete(`/Groups/${family.id}`)
  t.same(await values(parents.id), [homer.id])
  const { groups } = (await speak.get(`/Users/${homer.id}`)).body
  t.same(
    groups.map(({ value }: { value: string }) => value),
    [parents.id],
  )
})

t.test('R-197 on aws, deleting a user deletes its memberships', async t => {
  const { speak, parts, tenant } = await buildTestApp(t, 'aws')
  const user = await speak.create('Users', aUser('marge'))
  const group = await speak.create('Groups', aGroup('Family', [user.id]))
  await speak.delete(`/Users/${user.id}`)

  const members = await parts.directory.members(tenant.key, 'Group', group.id, { limit: 10 })

  t.same(members?.items, [])
  const filtered = await speak.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${user.id}"`)}`)
  t.equal(filtered.status, 404, 'a filter on the deleted user')
})

for (const profile of ['rfc', 'entra'] as const) {
  t.test(`on ${profile} references to a deleted manager are removed`, async t => {
    const { speak } = await buildTestApp(t, profile)
    const boss = await speak.create('Users', aUser('burns'))
    const body = aUser('homer', { [enterpriseUrn]: { department: 'Sector 7G', manager: { value: boss.id } } })
    const user = await speak.create('Users', body)
    t.equal(user[enterpriseUrn].manager.value, boss.id)

    await speak.delete(`/Users/${boss.id}`)

    const after = (await speak.get(`/Users/${user.id}`)).body
    t.same(after[enterpriseUrn], { department: 'Sector 7G' })
  })
}

t.test('on aws, a deleted manager stays as a dangling reference', async t => {
  const { speak } = await buildTestApp(t, 'aws')
  const boss = await speak.create('Users', aUser('burns'))
  const user = await speak.create(
    'Users',
    aUser('homer', { [enterpriseUrn]: { manager: { value: boss.id } } }),
  )
  await speak.delete(`/Users/${boss.id}`)
  t.same((await speak.get(`/Users/${user.id}`)).body[enterpriseUrn], { manager: { value: boss.id } })
})

t.test('R-041 a user created again with the same name is a new one; the directory links the two', async t => {
  const { speak, parts, tenant } = await buildTestApp(t, 'rfc')
  const first = await speak.create('Users', aUser('marge'))
  await speak.delete(`/Users/${first.id}`)
  const second = await speak.create('Users', aUser('MARGE'))

  const [earlier, later] = [
    await parts.directory.identity(tenant.key, 'User', first.id),
    await parts.directory.identity(tenant.key, 'User', second.id),
  ]

  t.not(second.id, first.id)
  t.match(earlier, { status: 'retained', successor: second.id })
  t.match(later, { status: 'active', predecessor: first.id })
  t.same((await speak.send('PATCH', `/Users/${first.id}`, patchOp())).status, 404, 'its id is not reused')
})
