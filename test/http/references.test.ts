import t from 'tap'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'

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
