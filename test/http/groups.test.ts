import t from 'tap'
import { maxPatchedMembers } from '../../src/profiles/base.ts'
import { aGroup, aUser, enterpriseUrn, groupUrn } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'
import { turnsDuring, useSlowClock } from '../support/slow-clock.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, at) => ({ value: `member-${at}` }))

t.test('R-175 R-143 PATCH of a large group returns its members only if attributes are requested', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const members = numbered(maxPatchedMembers)
  const { id } = await client.create('Groups', {
    schemas: [groupUrn],
    displayName: 'Everyone',
    members: members.slice(1),
  })
  const at = `/Groups/${id}`
  const add = (value: string, query = '') =>
    client.send('PATCH', at + query, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'members', value: [{ value }] }],
    })
  const body = async () => (await client.get(at)).body

  const largest = await add('member-0')
  t.same([largest.status, largest.body], [200, await body()])
  t.equal(largest.body.members.length, maxPatchedMembers)

  const larger = await add('another')
  t.same(
    [larger.status, larger.body, larger.headers.etag, larger.headers['content-type']],
    [204, undefined, 'W/"3"', 'application/scim+json'],
  )
  t.equal((await body()).members.length, maxPatchedMembers + 1)

  const excluding = await add('a third', '?excludedAttributes=members')
  const { members: _, ...others } = await body()
  t.same([excluding.status, excluding.body], [200, { ...others, meta: { ...others.meta, version: 'W/"4"' } }])

  const requested = await add('a fourth', '?attributes=members')
  t.same(
    [requested.status, requested.body],
    [200, { id, schemas: [groupUrn], members: (await body()).members }],
  )
  t.equal(requested.body.members.length, maxPatchedMembers + 3)
  const put = await client.put(at, {
    schemas: [groupUrn],
    displayName: 'All',
    members: [...members, ...numbered(1)],
  })
  t.same([put.status, put.body], [200, await body()], 'PUT returns the group')
})

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

/** A user with a manager, a group of the two, and a group that contains it. */
async function build(client: ScimClient) {
  const marge = await client.create('Users', aUser('marge'))
  const bart = await client.create(
    'Users',
    aUser('bart', { [enterpriseUrn]: { manager: { value: marge.id } } }),
  )
  const inner = await client.create('Groups', aGroup('Family', [marge.id, bart.id]))
  const outer = await client.create('Groups', aGroup('Town', [inner.id]))
  return { marge, bart, inner, outer }
}

for (const profile of ['rfc', 'entra'] as const) {
  t.test(
    `R-034 $ref is absolute by default, and relative if a tenant of ${profile} is configured so`,
    async t => {
      const { client, another, app, token, tenant } = await buildTestApp(t, profile)
      const relative = await another(profile, { switches: { references: 'relative' } })
      for (const [spoken, of, bearer, isRelative] of [
        [client, tenant, token, false],
        [relative.client, relative.tenant, relative.token, true],
      ] as const) {
        const { marge, bart, inner, outer } = await build(spoken)
        const read = async (path: string) => (await spoken.get(path)).body
        const listed = async (endpoint: string, id: string) =>
          (await read(`/${endpoint}?filter=id+eq+%22${id}%22`)).Resources[0]
        const user = await read(`/Users/${bart.id}`)
        const group = await read(`/Groups/${inner.id}`)
        const references: readonly (readonly [
          holder: { meta: { location: string } },
          $ref: string,
          to: string,
        ])[] = [
          [user, user[enterpriseUrn].manager.$ref, `/Users/${marge.id}`],
          [user, user.groups[0].$ref, `/Groups/${inner.id}`],
          [group, group.members[0].$ref, `/Users/${marge.id}`],
          [outer, outer.members[0].$ref, `/Groups/${inner.id}`],
        ]
        t.same(await listed('Users', bart.id), user, 'a list shows the same')
        t.same(await listed('Groups', inner.id), group)
        for (const [holder, $ref, to] of references) {
          const { location } = holder.meta
          t.ok(location.startsWith('http'), 'meta.location is absolute')
          t.equal($ref, isRelative ? `..${to}` : `${location.split(of.id)[0]}${of.id}/scim/v2${to}`)
          const { pathname } = new URL($ref, location)
          const response = await app.inject({ url: pathname, headers: { authorization: `Bearer ${bearer}` } })
          t.equal(response.json().id, to.split('/').at(-1), 'it can be fetched')
        }
        for (const $ref of [`../Users/${marge.id}`, marge.meta.location, null]) {
          const members = [{ value: marge.id, $ref }]
          t.equal((await spoken.put(`/Groups/${inner.id}`, { ...group, members })).status, 200)
          const { body } = await spoken.get(`/Groups/${inner.id}`)
          t.same(body.members, [group.members[0]], 'the server’s own $ref is returned, whatever was sent')
        }
      }
    },
  )
}

t.test('a large response is sent in portions, with its length', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const members = Array.from({ length: 20_000 }, (_, at) => ({ value: `😀 member ${at}` }))
  const { id } = await client.create('Groups', { schemas: [groupUrn], displayName: 'Everyone', members })
  useSlowClock(t)
  const get = client.send('GET', `/Groups/${id}`)
  t.ok((await turnsDuring(get)) > 20)
  const { body, headers } = await get
  t.same(body.members, members)
  t.equal(headers['content-length'], String(Buffer.byteLength(JSON.stringify(body))))
  const head = await client.send('HEAD', `/Groups/${id}`)
  t.same(
    [head.status, head.body, head.headers['content-length'], head.headers.etag],
    [200, undefined, headers['content-length'], headers.etag],
  )
})
