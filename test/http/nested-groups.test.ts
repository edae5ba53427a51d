import t from 'tap'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'

type Shown = { readonly display: string; readonly type: string }

const groupsIn = ({ groups = [] }: { groups?: readonly Shown[] }) =>
  groups.map(({ display, type }) => `${display} ${type}`)

/** Lisa is in Class 2, which is in School, which is in Town; Bart is in Class 4 and in School, too. */
async function school(client: ScimClient) {
  const lisa = await client.create('Users', aUser('lisa'))
  const bart = await client.create('Users', aUser('bart'))
  const maggie = await client.create('Users', aUser('maggie'))
  const class2 = await client.create('Groups', aGroup('Class 2', [lisa.id]))
  const class4 = await client.create('Groups', aGroup('Class 4', [bart.id]))
  const school = await client.create('Groups', aGroup('School', [class2.id, class4.id, bart.id]))
  const town = await client.create('Groups', aGroup('Town', [school.id]))
  return { lisa, bart, maggie, class2, class4, school, town }
}

for (const profile of ['rfc', 'entra'] as const) {
  t.test(`R-073 on ${profile} a user's groups include those that contain them, as indirect`, async t => {
    const { client } = await buildTestApp(t, profile)
    const { lisa, bart, maggie, class2, school: itself, town } = await school(client)

    const { groups } = (await client.get(`/Users/${lisa.id}`)).body
    const at = lisa.meta.location.replace(/\/Users\/.*/, '/Groups')
    t.same(groups, [
      { value: class2.id, $ref: `${at}/${class2.id}`, display: 'Class 2', type: 'direct' },
      { value: itself.id, $ref: `${at}/${itself.id}`, display: 'School', type: 'indirect' },
      { value: town.id, $ref: `${at}/${town.id}`, display: 'Town', type: 'indirect' },
    ])
    const expected = [
      ['lisa', ['Class 2 direct', 'School indirect', 'Town indirect']],
      ['bart', ['Class 4 direct', 'School direct', 'Town indirect']],
      ['maggie', []],
    ]
    const shown = (body: { Resources: readonly { userName: string; groups?: readonly Shown[] }[] }) =>
      body.Resources.map(user => [user.userName, groupsIn(user)])
    t.same(shown((await client.get('/Users')).body), expected, 'in a list')
    t.same(shown((await client.get('/?filter=userName%20pr')).body), expected, 'in a list of everything')
    t.same(groupsIn((await client.get(`/Users/${bart.id}?attributes=groups`)).body), expected[1]?.[1])
    t.same(
      (await client.get(`/Users/${lisa.id}?attributes=groups.type`)).body.groups,
      ['direct', 'indirect', 'indirect'].map(type => ({ type })),
    )
    t.notOk('groups' in (await client.get(`/Users/${lisa.id}?excludedAttributes=groups`)).body)

    const found = async (filter: string) =>
      (await client.get(`/Users?filter=${encodeURIComponent(filter)}`)).body.Resources.map(
        ({ userName }: { userName: string }) => userName,
      )
    t.same(await found(`groups.value eq "${itself.id}"`), ['bart'], 'a filter tests direct membership')
    t.same(await found('groups pr'), ['lisa', 'bart'])

    await client.patch(`/Groups/${town.id}`, { op: 'remove', path: `members[value eq "${itself.id}"]` })
    t.same(groupsIn((await client.get(`/Users/${lisa.id}`)).body), ['Class 2 direct', 'School indirect'])
    await client.delete(`/Groups/${class2.id}`)
    t.same(groupsIn((await client.get(`/Users/${lisa.id}`)).body), [])
    const sent = { ...maggie, groups: [{ value: town.id, type: 'indirect' }] }
    t.notOk('groups' in (await client.put(`/Users/${maggie.id}`, sent)).body, 'clients cannot set it')
  })

  t.test(`R-073 on ${profile} cycles of groups end, and each group is listed once`, async t => {
    const { client } = await buildTestApp(t, profile)
    const user = await client.create('Users', aUser('lisa'))
    const ids: string[] = []
    for (const name of ['A', 'B', 'C']) ids.push((await client.create('Groups', aGroup(name))).id)
    const [a = '', b = '', c = ''] = ids
    const add = (group: string, member: string) =>
      client.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: member }] })
    await add(a, user.id)
    await add(b, a)
    await add(c, a)
    await add(c, b)
    await add(a, c)
    t.same(groupsIn((await client.get(`/Users/${user.id}`)).body), ['A direct', 'B indirect', 'C indirect'])
  })

  t.test(`R-073 a tenant of ${profile} may hide indirect groups`, async t => {
    const { client } = await buildTestApp(t, profile, { switches: { nestedGroups: 'hide' } })
    const { lisa, bart } = await school(client)
    t.same(groupsIn((await client.get(`/Users/${lisa.id}`)).body), ['Class 2 direct'])
    t.same(groupsIn((await client.get(`/Users/${bart.id}`)).body), ['Class 4 direct', 'School direct'])
  })
}

t.test('R-073 of many groups, the nearest hundred are listed', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  let inner = await client.create('Users', aUser('lisa'))
  const { id } = inner
  for (let depth = 0; depth <= 120; depth++) {
    inner = await client.create('Groups', aGroup(`G${depth}`, [inner.id]))
  }
  const groups = groupsIn((await client.get(`/Users/${id}`)).body)
  t.same(groups, ['G0 direct', ...Array.from({ length: 100 }, (_, at) => `G${at + 1} indirect`)])
})
