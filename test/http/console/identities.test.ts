import t from 'tap'
import type { Member } from '../../../src/domain/contract/identities.ts'
import { aGroup, aUser, enterpriseUrn } from '../../support/samples.ts'
import { buildTestConsole, wholeList } from './console-app.ts'

const disable = { op: 'replace', path: 'active', value: false }
const add = (...ids: readonly string[]) => ({
  op: 'add',
  path: 'members',
  value: ids.map(value => ({ value })),
})

t.test('a user has its resource, groups, times and creator', async t => {
  const { callApi, client, tenant, token } = await buildTestConsole(t, 'aws')
  const user = await client.create('Users', aUser('anna@example.com', { displayName: 'Anna Berg' }))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, add(user.id))

  const { status, body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/users/${user.id}`)
  const [creation] = (await callApi('GET', '/api/v1/exchanges?action=create%20user')).body.items
  const { created, lastModified, lastSeen, document, ...rest } = body
  t.equal(status, 200)
  t.same(rest, {
    id: user.id,
    type: 'User',
    status: 'active',
    label: 'anna@example.com',
    display: 'Anna Berg',
    revisions: 1,
    groups: [{ id: group.id, type: 'Group', display: 'Admins' }],
    origin: { exchange: creation.id, cause: { action: 'create user', token: token.slice(-4) } },
  })
  t.match(document, { id: user.id, userName: 'anna@example.com', displayName: 'Anna Berg' })
  for (const time of [created, lastModified, lastSeen]) t.match(time, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)

  const [listed] = (await callApi('GET', `/api/v1/tenants/${tenant.id}/users`)).body.items
  const { document: _, ...withoutDocument } = body
  t.same(listed, withoutDocument, 'the list has all but the resource')
})

t.test('users are sorted and counted; a search and the past have no total', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  for (const name of ['bert', 'Anna', 'carl']) await client.create('Users', aUser(name))
  const list = async (search: string) =>
    (await callApi('GET', `/api/v1/tenants/${tenant.id}/users${search}`)).body
  const names = ({ items }: { readonly items: readonly { readonly label: string }[] }) =>
    items.map(({ label }) => label)
  const sorted = await list('?sort=label&limit=2')
  t.same([names(sorted), sorted.total], [['Anna', 'bert'], 3])
  t.same(names(await list(`?sort=label&limit=2&cursor=${sorted.next}`)), ['carl'])
  t.same(names(await list('?sort=-created')), ['carl', 'Anna', 'bert'])
  t.equal((await list('?status=disabled')).total, 0)
  t.equal((await list('?text=a')).total, undefined)
  const at = encodeURIComponent(new Date().toISOString())
  t.equal((await list(`?at=${at}`)).total, undefined)
  t.match(await list(`?at=${at}&sort=label`), { status: 400, detail: /Omit `sort` or `at`/ })
  t.match(await list('?sort=size'), { status: 400, errors: [{ path: 'query.sort' }] })
})

t.test('the members of a group are listed, also where AWS hides them', async t => {
  const { callApi, client, tenant, token } = await buildTestConsole(t, 'aws')
  const group = await client.create('Groups', aGroup('Admins'))
  const ids: string[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    ids.push((await client.create('Users', aUser(name, { displayName: name }))).id)
  await client.patch(`/Groups/${group.id}`, add(...ids))
  const [adding] = (await callApi('GET', '/api/v1/exchanges?limit=1')).body.items

  const path = `/api/v1/tenants/${tenant.id}/groups/${group.id}/members`
  const whole = (await callApi('GET', path)).body.items
  t.same(
    [...whole]
      .sort((one, other) => one.display.localeCompare(other.display))
      .map(({ joined: _, ...member }) => member),
    ids.map((id, at) => ({
      ...{ id, type: 'User', display: 'abcde'[at], exchange: adding.id },
      cause: { action: 'add 5 members', token: token.slice(-4) },
    })),
  )
  const { lastModified } = (await callApi('GET', `/api/v1/tenants/${tenant.id}/groups/${group.id}`)).body
  t.same(new Set(whole.map(({ joined }: { joined: string }) => joined)), new Set([lastModified]))
  for (const limit of [1, 2, 5])
    t.same(await wholeList(callApi, `${path}?limit=${limit}`), whole, `by ${limit}`)
})

t.test('groups are listed with their number of members', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const ids: string[] = []
  for (const name of ['a', 'b', 'c']) ids.push((await client.create('Users', aUser(name))).id)
  for (const [name, ...members] of [['Empty'], ['All', ...ids], ['Some', ...ids.slice(1)]] as const) {
    const { id } = await client.create('Groups', aGroup(name))
    if (members.length > 0) await client.patch(`/Groups/${id}`, add(...members))
  }
  await client.delete(`/Users/${ids[2]}`)
  const { items } = (await callApi('GET', `/api/v1/tenants/${tenant.id}/groups`)).body
  t.same(
    items.map(({ label, members }: { label: string; members: number }) => [label, members]),
    [
      ['Some', 1],
      ['All', 2],
      ['Empty', 0],
    ],
  )
  const [some] = items
  t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}/groups/${some.id}`)).body.members, 1)
  const users = (await callApi('GET', `/api/v1/tenants/${tenant.id}/users`)).body.items
  t.notOk('members' in users[0], 'users have no members')
})

t.test('users have no list of members', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t)
  const user = await client.create('Users', aUser('anna'))
  t.equal((await callApi('GET', `/api/v1/tenants/${tenant.id}/users/${user.id}/members`)).status, 404)
})

t.test('lists are filtered by status and text, and pages joined are the list', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/users`
  const ids: Record<string, string> = {}
  for (const name of ['anna', 'ben', 'carl', 'dora', 'hanna'])
    ids[name] = (await client.create('Users', aUser(name))).id
  await client.patch(`/Users/${ids.ben}`, disable)
  await client.delete(`/Users/${ids.carl}`)
  const labels = async (query: string) =>
    (await wholeList(callApi, `${path}?${query}`)).map(({ label }: { label: string }) => label).sort()

  t.same(await labels('status=active'), ['anna', 'dora', 'hanna'])
  t.same(await labels('status=disabled'), ['ben'])
  t.same(await labels('status=retained'), ['carl'])
  t.same(await labels('text=ANNA'), ['anna', 'hanna'])
  t.match(await callApi('GET', `${path}?status=asleep`), {
    status: 400,
    body: { errors: [{ path: 'query.status' }] },
  })

  const whole = (await callApi('GET', path)).body
  t.equal(whole.items.length, 5)
  t.notOk('next' in whole)
  for (const limit of [1, 2, 4, 5])
    t.same(await wholeList(callApi, `${path}?limit=${limit}`), whole.items, `by ${limit}`)
})

t.test('a history has each version and membership, with the request that caused it', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t)
  const user = await client.create('Users', aUser('anna'))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, add(user.id))
  await client.patch(`/Users/${user.id}`, disable)
  await client.delete(`/Users/${user.id}`)

  const path = `/api/v1/tenants/${tenant.id}/users/${user.id}/history`
  const entries = await wholeList(callApi, path)
  t.same(
    entries.map(({ kind, action, event }) => action ?? `${kind} ${event}`),
    ['deleted', 'membership removed', 'modified', 'membership added', 'created'],
  )
  t.match(entries.at(-1), {
    kind: 'revision',
    revision: 1,
    action: 'created',
    document: { userName: 'anna' },
  })
  const modified = entries.find(({ action }) => action === 'modified')
  t.match(modified, { revision: 2, document: { active: false } })
  t.match((await callApi('GET', `/api/v1/exchanges/${modified.exchange}`)).body, {
    id: modified.exchange,
    method: 'PATCH',
    target: { type: 'User', id: user.id },
  })
  t.same(await wholeList(callApi, `${path}?limit=1`), entries, 'pages joined are the history')
})

t.test('a deleted user is retained, stale, and gone after its purge', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const root = `/api/v1/tenants/${tenant.id}`
  const first = await client.create('Users', aUser('anna'))
  const second = await client.create('Users', aUser('ben'))
  const stored = await client.create('Users', aUser('carl'))
  for (const { id } of [first, second]) await client.delete(`/Users/${id}`)

  const stale = (await callApi('GET', `${root}/stale?reason=retained`)).body.items
  t.match(
    stale.map(({ id, status, reasons }: { id: string; status: string; reasons: string[] }) => ({
      id,
      status,
      retained: reasons.includes('retained'),
    })),
    [second, first].map(({ id }) => ({ id, status: 'retained', retained: true })),
  )
  t.match(stale[0].deleted, { at: /^\d{4}-/, exchange: /^[0-9a-f-]{36}$/ })

  t.same((await callApi('POST', `${root}/stale/purge`, { ids: [first.id, stored.id, 'nobody'] })).body, {
    purged: [first.id],
    skipped: [stored.id, 'nobody'],
  })
  t.match((await callApi('GET', `${root}/users/${first.id}`)).body, { status: 'removed' })
  t.equal((await client.get(`/Users/${stored.id}`)).status, 200, 'active users are not purged')

  t.same((await callApi('POST', `${root}/stale/purge`, { all: true })).body, {
    purged: [second.id],
    skipped: [],
  })
  t.same((await callApi('GET', `${root}/stale?reason=retained`)).body, { items: [] })
  t.same((await callApi('GET', root)).body.counts.User, { active: 1, disabled: 0, retained: 0, removed: 2 })
})

t.test('a purge without a selection is rejected', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  for (const body of [{}, { all: false }, { ids: [] }, { ids: ['x'], all: true }, undefined]) {
    t.match(
      await callApi('POST', `/api/v1/tenants/${tenant.id}/stale/purge`, body),
      { status: 400, body: { type: 'urn:scimulator:problem:invalid-request' } },
      JSON.stringify(body),
    )
  }
})

t.test('a user that no request reads becomes inactive, by the tenant’s clock', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t)
  await client.create('Users', aUser('anna'))
  const clock = `/api/v1/tenants/${tenant.id}/clock`
  const silent = async (query = '') =>
    (await wholeList(callApi, `/api/v1/tenants/${tenant.id}/stale?reason=inactive${query}`)).map(
      ({ label }) => label,
    )

  t.same(await silent(), [])
  await callApi('PUT', clock, { advance: '31d' })
  t.same(await silent(), [])
  t.same(await silent('&inactiveDays=30'), ['anna'])
  await callApi('PUT', clock, { advance: '60d' })
  t.same(await silent(), ['anna'])
})

const hour = 60 * 60 * 1000

t.test('a group without members and a record with a reused name are stale', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const gone = await client.create('Users', aUser('anna', { displayName: 'Anna' }))
  await client.delete(`/Users/${gone.id}`)
  const back = await client.create('Users', aUser('ANNA', { displayName: 'Anna' }))
  const empty = await client.create('Groups', aGroup('Nobody'))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: back.id }] })
  const root = `/api/v1/tenants/${tenant.id}/stale`
  const stale = async (query: string) =>
    (await callApi('GET', `${root}?${query}`)).body.items.map(
      ({ id, reasons }: { id: string; reasons: string[] }) => [id, reasons],
    )
  t.same(await stale(''), [
    [empty.id, ['empty-group']],
    [gone.id, ['retained', 'replaced']],
  ])
  t.same(await stale('reason=empty-group'), [[empty.id, ['empty-group']]])
  t.match(await stale('reason=replaced'), [[gone.id]])
})

t.test('a dry run of a purge lists the records and deletes nothing', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const anna = await client.create('Users', aUser('anna'))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: anna.id }] })
  await client.delete(`/Users/${anna.id}`)
  const root = `/api/v1/tenants/${tenant.id}/stale`
  const { status, body } = await callApi('POST', `${root}/purge`, {
    ids: [anna.id, group.id],
    preview: true,
  })
  const { deleted, ...record } = body.records[0]
  t.equal(status, 200)
  t.same(
    { ...body, records: [record] },
    {
      purged: [anna.id],
      skipped: [group.id],
      preview: true,
      records: [
        {
          id: anna.id,
          type: 'User',
          label: 'anna',
          groups: [{ id: group.id, type: 'Group', display: 'Admins' }],
        },
      ],
    },
  )
  t.match(deleted, { at: /^\d/, exchange: /^[0-9a-f-]{36}$/ })
  t.same((await callApi('GET', `${root}?reason=retained`)).body.items.length, 1)
  t.same((await callApi('POST', `${root}/purge`, { all: true, preview: false })).body, {
    purged: [anna.id],
    skipped: [],
  })
  t.same((await callApi('POST', `${root}/purge`, { all: true, preview: true })).body, {
    purged: [],
    skipped: [],
    preview: true,
    records: [],
  })
})

t.test('inactivity is counted in cycles of the client, whatever the clock', async t => {
  const test = await buildTestConsole(t, 'rfc')
  const { callApi, asEntra, client, tenant, advance, deps } = test
  const quiet = await asEntra.create('Users', aUser('quiet'))
  const busy = await asEntra.create('Users', aUser('busy'))
  await advance(hour)
  await asEntra.get(`/Users/${busy.id}`)
  // Any write stores the time of this request, too.
  await advance(1)
  const silent = async (cycles: number) =>
    (
      await callApi('GET', `/api/v1/tenants/${tenant.id}/stale?reason=inactive&inactiveCycles=${cycles}`)
    ).body.items.map(({ id }: { id: string }) => id)
  const reported = async () => [await silent(1), await silent(2), await silent(3)]
  const expected = [[quiet.id], [], []]
  await deps.analysis.caughtUp(10_000)
  t.same(await reported(), expected, 'with fewer cycles, no user is inactive')
  await advance(90 * 24 * hour)
  t.same(await reported(), expected)
  await client.get('/Users')
  await deps.analysis.caughtUp(10_000)
  t.same(await reported(), expected, 'requests of other clients are not a cycle')
  t.match(await callApi('GET', `/api/v1/tenants/${tenant.id}/stale?inactiveCycles=0`), { status: 400 })
})

const nobody = '11111111-2222-4333-8444-555555555555'

for (const profile of ['entra', 'rfc'] as const)
  t.test(`on ${profile} an unknown member is stored, and reported until it is removed`, async t => {
    const { callApi, client, tenant } = await buildTestConsole(t, profile)
    const path = `/api/v1/tenants/${tenant.id}`
    const stale = async () =>
      (await callApi('GET', `${path}/stale?reason=unresolved-reference`)).body.items.map(
        ({ id, reasons }: { id: string; reasons: readonly string[] }) => ({ id, reasons }),
      )
    const marge = await client.create('Users', aUser('marge'))
    const group = await client.create('Groups', aGroup('Family', [marge.id]))
    t.same(await stale(), [])

    const added = await client.patch(`/Groups/${group.id}`, {
      op: 'Add',
      path: 'members',
      value: [{ value: nobody }],
    })

    t.equal(added.status, profile === 'entra' ? 204 : 200)
    const { members } = (await client.get(`/Groups/${group.id}`)).body
    t.same(
      members.map(({ value }: { value: string }) => value),
      [marge.id, nobody],
      'SCIM returns it',
    )
    const { items } = (await callApi('GET', `${path}/groups/${group.id}/members`)).body
    t.same(
      items.map(({ joined: _joined, exchange: _exchange, cause: _cause, ...member }: Member) => member),
      [{ id: nobody }, { id: marge.id, type: 'User', display: 'Marge Simpson' }],
      'the console, too, newest first, with its id only',
    )
    t.same(
      items.map(({ cause }: Member) => cause?.action),
      ['add 1 member', 'create group'],
      'with the requests, also of an unknown id',
    )
    t.same(await stale(), [{ id: group.id, reasons: ['unresolved-reference'] }])

    await client.patch(`/Groups/${group.id}`, { op: 'Remove', path: 'members', value: [{ value: nobody }] })
    t.same(await stale(), [])

    const other = await client.create('Groups', aGroup('Strangers', [nobody]))
    t.same(await stale(), [{ id: other.id, reasons: ['unresolved-reference'] }], 'also from a POST')
  })

for (const profile of ['entra', 'aws'] as const) {
  t.test(`on ${profile} a user with an unknown manager is stored and reported`, async t => {
    const { callApi, client, tenant } = await buildTestConsole(t, profile)
    const reported = async () => {
      const { body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/stale?reason=unresolved-reference`)
      return body.items.map(({ id }: { id: string }) => id)
    }
    const boss = await client.create('Users', aUser('boss'))
    const led = await client.create(
      'Users',
      aUser('led', { [enterpriseUrn]: { manager: { value: boss.id } } }),
    )
    t.same(await reported(), [])
    const ofLed = `/api/v1/tenants/${tenant.id}/users/${led.id}`
    const names = { [String(boss.id)]: 'boss' }
    t.same((await callApi('GET', `${ofLed}/history`)).body.items[0].names, names, 'the manager has a name')
    t.same((await callApi('GET', `${ofLed}/attributes`)).body.names, names)

    const lost = await client.create(
      'Users',
      aUser('lost', { [enterpriseUrn]: { manager: { value: nobody } } }),
    )
    t.match((await client.get(`/Users/${lost.id}`)).body[enterpriseUrn], { manager: { value: nobody } })
    t.same(await reported(), [lost.id])

    await client.delete(`/Users/${boss.id}`)
    t.same(
      await reported(),
      profile === 'aws' ? [lost.id, led.id] : [lost.id],
      'references to a deleted manager are removed where the service does that',
    )
    const path = `${enterpriseUrn}:manager`
    await client.patch(`/Users/${lost.id}`, { op: 'remove', path })
    t.same(await reported(), profile === 'aws' ? [led.id] : [])
  })
}

t.test('R-079 on an rfc tenant, an unknown member is a finding', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'rfc')
  const marge = await client.create('Users', aUser('marge'))
  const findings = async () => {
    const { body } = await callApi('GET', `/api/v1/findings?tenant=${tenant.id}`)
    return body.items.filter(({ id }: { id: string }) => id === 'client/unresolved-member')
  }
  t.equal((await client.post('/Groups', aGroup('Family', [marge.id]))).status, 201)
  t.same(await findings(), [])
  t.equal((await client.post('/Groups', aGroup('Strangers', [nobody, marge.id]))).status, 201)
  t.match(await findings(), [{ severity: 'warning', count: 1 }])
})

t.test('where unknown members are rejected, nothing is reported', async t => {
  for (const [profile, status, switches] of [
    ['rfc', 400, { unknownMembers: 'refuse' }],
    ['aws', 404, {}],
  ] as const) {
    const { callApi, another } = await buildTestConsole(t, profile)
    const { client, tenant } = await another(profile, { switches })
    t.equal((await client.post('/Groups', aGroup('Strangers', [nobody]))).status, status, profile)
    t.same((await callApi('GET', `/api/v1/tenants/${tenant.id}/stale`)).body.items, [])
  }
})
