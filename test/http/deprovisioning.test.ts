import t from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import type { OnDelete } from '../../src/tenants/tenant.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'

const profiles = ['aws', 'entra', 'rfc'] as const satisfies readonly ProfileName[]
const policies = ['retain', 'remove'] as const satisfies readonly OnDelete[]
const byName = `/Users?filter=${encodeURIComponent('userName eq "marge"')}`

/** A user in a group, in the views of SCIM and of the directory. */
async function provisioned(t: Parameters<typeof buildTestApp>[0], profile: ProfileName, onDelete: OnDelete) {
  const server = await buildTestApp(t, profile, { onDelete })
  const { client, deps, tenant } = server
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [user.id]))
  const identity = () => deps.directory.identity(tenant.key, 'User', user.id)
  const members = async () =>
    (await deps.directory.members(tenant.key, 'Group', group.id, { limit: 10 }))?.items.map(({ id }) => id)
  return { ...server, user, group, identity, members }
}

for (const profile of profiles) {
  t.test(`on ${profile} a disabled user is still found and keeps memberships`, async t => {
    const { client, user, group, identity, members } = await provisioned(t, profile, 'retain')

    await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })

    const disabled = { id: user.id, userName: 'marge', active: false }
    t.match((await client.get(`/Users/${user.id}`)).body, disabled, 'by id')
    t.match((await client.get(byName)).body.Resources, [disabled], 'by filter')
    t.match(await identity(), { status: 'disabled', versions: 2, groups: [{ id: group.id }] })
    t.same(await members(), [user.id])
  })

  t.test(
    `on ${profile} PUT with active false disables a user, and active true enables the same user again`,
    async t => {
      const { client, user, group, identity } = await provisioned(t, profile, 'retain')

      const off = await client.put(`/Users/${user.id}`, aUser('marge', { active: false }))
      t.match([off.status, off.body], [200, { id: user.id, active: false }])
      t.match(await identity(), { status: 'disabled' })
      await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: true })

      t.match((await client.get(`/Users/${user.id}`)).body, { id: user.id, active: true })
      t.match(await identity(), { status: 'active', versions: 3, groups: [{ id: group.id }] })
    },
  )

  for (const onDelete of policies) {
    t.test(
      `on ${profile} with ${onDelete} a deleted user is unknown to SCIM: 204, 404, no conflict`,
      async t => {
        const { client, user, members } = await provisioned(t, profile, onDelete)

        t.equal((await client.delete(`/Users/${user.id}`)).status, 204)

        t.equal((await client.get(`/Users/${user.id}`)).status, 404)
        t.equal((await client.delete(`/Users/${user.id}`)).status, 404)
        t.same((await client.get(byName)).body.Resources, [])
        t.same(await members(), [])
        const again = await client.post('/Users', aUser('marge'))
        t.equal(again.status, 201)
        t.not(again.body.id, user.id)
      },
    )
  }
}

t.test('with retain, the directory keeps a disabled record until it is purged', async t => {
  const { client, deps, tenant, user, group, identity } = await provisioned(t, 'aws', 'retain')
  const before = await identity()
  const { headers } = await client.delete(`/Users/${user.id}`)

  const retained = await identity()
  t.match(retained, {
    status: 'retained',
    document: before?.document,
    groups: [{ id: group.id, display: 'Family' }],
    deleted: { exchange: headers['x-amzn-requestid'] },
  })
  const stale = await deps.directory.stale(tenant.key, {
    limit: 10,
    inactiveSince: 0,
    references: [],
    containers: [],
  })
  t.match(stale.items, [{ id: user.id, reasons: ['retained'] }])
  t.same((await deps.directory.counts([tenant.key]))[0]?.User, {
    active: 0,
    disabled: 0,
    retained: 1,
    removed: 0,
  })

  t.same(await deps.directory.purge(tenant.key, Date.now(), [user.id]), [user.id])

  const purged = await identity()
  t.equal(purged?.status, 'removed')
  t.notOk(purged && 'document' in purged, 'only the history remains')
  const after = await deps.directory.stale(tenant.key, {
    limit: 10,
    inactiveSince: 0,
    references: [],
    containers: [],
  })
  t.same(after.items, [])
})

t.test('with remove, only the history remains', async t => {
  const { client, deps, tenant, user, identity } = await provisioned(t, 'aws', 'remove')
  await client.delete(`/Users/${user.id}`)

  const removed = await identity()
  t.equal(removed?.status, 'removed')
  t.notOk(removed && 'document' in removed)
  const stale = await deps.directory.stale(tenant.key, {
    limit: 10,
    inactiveSince: 0,
    references: [],
    containers: [],
  })
  t.same(stale.items, [])
  const history = await deps.directory.history(tenant.key, 'User', user.id, { limit: 20 })
  const reported = history?.items.map(entry => (entry.kind === 'version' ? entry.action : entry.event)) ?? []
  t.same([...reported].sort(), ['added', 'created', 'deleted', 'removed'])
})
