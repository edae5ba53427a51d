import t from 'tap'
import type { OnDelete } from '../../src/domain/tenants/tenant.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, type ScimClient, type TestResponse } from '../support/scim.ts'

/** Defaults of the `aws` profile where sources disagree, and the effects of its switches. */

const person = (userName: string) => ({
  userName,
  displayName: 'Mira Holt',
  name: { givenName: 'Mira', familyName: 'Holt' },
})
const filtered = (filter: string) => `filter=${encodeURIComponent(filter)}`
const statusesOf = (responses: readonly TestResponse[]) => responses.map(({ status }) => status)
const generic = 'Request is unparsable, syntactically incorrect, or violates schema.'

/** A group with two members, the ids of its members as AWS returns them, and a `replace` of them. */
async function groupOfTwo(client: ScimClient) {
  const ids = [
    (await client.create('Users', person('mira@example.org'))).id,
    (await client.create('Users', person('odd@example.org'))).id,
  ]
  const { id } = await client.create('Groups', {
    displayName: 'Leads',
    members: ids.map(value => ({ value })),
  })
  const members = async () => {
    const { body } = await client.get(`/Users?${filtered(`groups.value eq "${id}"`)}`)
    return body.Resources.map((user: { id: string }) => user.id)
  }
  return { id, ids, members, change: (operation: object) => client.patch(`/Groups/${id}`, operation) }
}

const emptyReplacements: readonly object[] = [
  { op: 'replace', path: 'members', value: [] },
  { op: 'Replace', path: 'members' },
  { op: 'replace', path: 'members', value: null },
  { op: 'replace', value: { members: [] } },
]

t.test(
  'OC-500 a replace of members without values is accepted and ignored if the tenant allows it',
  async t => {
    const { client, advance } = await buildTestApp(t, 'aws', { switches: { legacyMembers: 'ignore' } })
    const { id, ids, members, change } = await groupOfTwo(client)
    await advance(5000)
    const { meta } = (await client.get(`/Groups/${id}`)).body
    for (const operation of emptyReplacements) {
      const { status, body } = await change(operation)
      t.same({ status, body, members: await members() }, { status: 204, body: undefined, members: ids })
    }
    t.same((await client.get(`/Groups/${id}`)).body.meta, meta, 'lastModified is unchanged')
    const renamed = await client.patch(
      `/Groups/${id}`,
      { op: 'replace', path: 'members', value: [] },
      { op: 'replace', path: 'displayName', value: 'Leads 2' },
    )
    t.equal(renamed.status, 204)
    t.equal(
      (await client.get(`/Groups/${id}`)).body.displayName,
      'Leads 2',
      'the other operation of the request is applied',
    )
    t.equal((await change({ op: 'replace', path: 'members', value: [{ value: ids[1] }] })).status, 204)
    t.same(await members(), [ids[1]], 'a replace with a value replaces the members')
    t.equal((await change({ op: 'remove', path: 'members' })).status, 204)
    t.same(await members(), [], 'a remove without a value removes all')
    t.equal(
      (await change({ op: 'replace', path: 'displayName' })).status,
      400,
      'other attributes need a value',
    )
  },
)

t.test('OC-501 a replace of members with an empty list is rejected and empties the group', async t => {
  const { client } = await buildTestApp(t, 'aws', { switches: { legacyMembers: 'ignore' } })
  const { members, change } = await groupOfTwo(client)
  const { status, body } = await change({ op: 'replace', path: 'members', value: [{ value: '' }] })
  t.same(
    { status, detail: body.detail, members: await members() },
    { status: 400, detail: generic, members: [] },
  )
})

t.test('OC-500 OC-501 by default, a replace of members is rejected without changes', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { ids, members, change } = await groupOfTwo(client)
  for (const operation of [
    ...emptyReplacements,
    { op: 'replace', path: 'members', value: [{ value: '' }] },
  ]) {
    t.equal((await change(operation)).status, 400, JSON.stringify(operation))
  }
  t.same(await members(), ids)
})

t.test('OC-502 a count above the longest page returns the longest page', async t => {
  const { client, another } = await buildTestApp(t, 'aws', { switches: { pageSize: '50' } })
  for (let at = 0; at < 51; at++) await client.create('Users', person(`person${at}@example.org`))
  for (const query of ['count=1000', 'count=51', 'count=1000&cursor=']) {
    const { status, body } = await client.get(`/Users?${query}`)
    t.same({ status, page: body.itemsPerPage }, { status: 200, page: 50 }, query)
  }
  t.equal((await client.get('/Users?count=0')).status, 400, 'what is below 1 is refused')
  const strict = await another('aws', { switches: { countAbovePage: 'refuse' } })
  t.same(
    statusesOf([await strict.client.get('/Users?count=101'), await strict.client.get('/Users?count=100')]),
    [400, 200],
  )
})

t.test('OC-503 OC-505 startIndex is ignored, and totalResults counts the page', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const [first] = (await groupOfTwo(client)).ids
  for (const query of ['startIndex=1&count=1', 'startIndex=2&count=1']) {
    const { body } = await client.get(`/Users?${query}`)
    t.match(body, { totalResults: 1, startIndex: 1, itemsPerPage: 1, Resources: [{ id: first }] }, query)
  }
})

t.test(
  'filters on groups by id and members.value, and PUT without an id, depend on the switches',
  async t => {
    const { client, another } = await buildTestApp(t, 'aws')
    const switches = {
      emptyCursorWithFilter: 'refuse',
      idWithMembersValue: 'refuse',
      putUserId: 'required',
    }
    const strict = await another('aws', { switches })
    const outcomes = async (spoken: ScimClient) => {
      const { id, ids } = await groupOfTwo(spoken)
      const [member = ''] = ids
      const pair = (name: string) =>
        spoken.get(`/Groups?${filtered(`id eq "${id}" and ${name} eq "${member}"`)}`)
      const put = (body: object) => spoken.put(`/Users/${member}`, { ...person('mira@example.org'), ...body })
      return {
        walk: statusesOf([
          await spoken.get(`/Groups?cursor=&${filtered(`members.value eq "${member}"`)}`),
          await spoken.get(`/Groups?${filtered(`members.value eq "${member}"`)}`),
          await spoken.get('/Groups?cursor='),
          await spoken.get(`/Users?cursor=&${filtered(`groups.value eq "${id}"`)}`),
        ]),
        pair: statusesOf([await pair('members.value'), await pair('members'), await pair('member')]),
        put: statusesOf([await put({}), await put({ id: member })]),
      }
    }
    t.same(await outcomes(client), { walk: [200, 200, 200, 200], pair: [200, 200, 200], put: [200, 200] })
    t.same(await outcomes(strict.client), {
      walk: [400, 200, 200, 200],
      pair: [400, 200, 200],
      put: [400, 200],
    })
  },
)

t.test(
  'a work address for a user whose address has no type is rejected, or replaces that address',
  async t => {
    const { client, another } = await buildTestApp(t, 'aws')
    const replacing = await another('aws', { switches: { untypedEmail: 'replace' } })
    const created = { ...person('mira@example.org'), emails: [{ value: 'mira@example.org', primary: true }] }
    const patched = async (scim: ScimClient, ...operations: readonly object[]) => {
      const { id } = await scim.create('Users', created)
      const { status, body } = await scim.patch(`/Users/${id}`, ...operations)
      const { emails, title } = (await scim.get(`/Users/${id}`)).body
      await scim.delete(`/Users/${id}`)
      return { status, detail: body.detail, emails, title }
    }
    const work = 'emails[type eq "work"].value'
    const add = { op: 'Add', path: work, value: 'mira.holt@example.org' }
    const title = { op: 'Add', path: 'title', value: 'Lead' }
    t.same(await patched(client, title, add), {
      status: 400,
      detail: 'List attribute emails exceeds allowed limit of 1',
      emails: created.emails,
      title: undefined,
    })
    const replaced = {
      status: 200,
      detail: undefined,
      emails: [{ value: 'mira.holt@example.org', primary: true, type: 'work' }],
      title: 'Lead',
    }
    t.same(await patched(replacing.client, title, add), replaced)
    t.same(await patched(replacing.client, { ...add, op: 'Replace' }, title), replaced)
    t.same(
      await patched(replacing.client, title, { op: 'Remove', path: work }),
      { ...replaced, emails: created.emails },
      'a remove of the work address does not remove the address without a type',
    )
  },
)

t.test('a filter by a member or a group in a form that AWS does not list is rejected by default', async t => {
  const { client, another } = await buildTestApp(t, 'aws')
  const lenient = await another('aws', { switches: { membershipFilter: 'accept' } })
  const answers = async (scim: ScimClient) => {
    const { id, ids } = await groupOfTwo(scim)
    const queries = [
      `/Groups?${filtered(`members[value eq "${ids[0]}"]`)}`,
      `/Groups?${filtered(`members eq "${ids[0]}"`)}`,
      `/Users?${filtered(`groups[value eq "${id}"]`)}`,
      `/Users?${filtered(`groups eq "${id}"`)}`,
    ]
    const responses = await Promise.all(queries.map(query => scim.get(query)))
    return responses.map(({ status, body }) => [status, body.detail ?? body.totalResults])
  }
  t.same(await answers(client), Array(4).fill([400, 'Invalid Filter format']))
  t.same(await answers(lenient.client), [
    [200, 1],
    [200, 1],
    [200, 2],
    [200, 2],
  ])
})

t.test('a PATCH with 101 copies of one member exceeds the limit and changes nothing', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const { ids, members, change } = await groupOfTwo(client)
  const { id } = await client.create('Users', person('new@example.org'))
  const times = (count: number) => ({
    op: 'add',
    path: 'members',
    value: Array.from({ length: count }, () => ({ value: id })),
  })
  const { status, body } = await change(times(101))
  t.same(
    { status, detail: body.detail, members: await members() },
    { status: 400, detail: generic, members: ids },
  )
  t.equal((await change(times(100))).status, 204)
  t.same(await members(), [...ids, id])
})

t.test('a role with a display is rejected on POST and PUT', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const roles = [{ value: 'Admin', display: 'Administrator' }]
  const { id } = await client.create('Users', { ...person('mira@example.org'), roles: [{ value: 'Admin' }] })
  for (const response of [
    await client.post('/Users', { ...person('odd@example.org'), roles }),
    await client.put(`/Users/${id}`, { ...person('mira@example.org'), roles }),
  ]) {
    t.same([response.status, response.body.detail], [400, 'Attribute roles.display is not supported.'])
  }
  t.same((await client.get(`/Users/${id}`)).body.roles, [{ value: 'Admin' }])
})

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
