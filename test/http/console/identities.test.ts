import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
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

t.test('the members of a group are listed, also where AWS hides them', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const group = await client.create('Groups', aGroup('Admins'))
  const ids: string[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    ids.push((await client.create('Users', aUser(name, { displayName: name }))).id)
  await client.patch(`/Groups/${group.id}`, add(...ids))

  const path = `/api/v1/tenants/${tenant.id}/groups/${group.id}/members`
  const whole = (await callApi('GET', path)).body.items
  t.same(
    [...whole].sort((one, other) => one.display.localeCompare(other.display)),
    ids.map((id, at) => ({ id, type: 'User', display: 'abcde'[at] })),
  )
  for (const limit of [1, 2, 5])
    t.same(await wholeList(callApi, `${path}?limit=${limit}`), whole, `by ${limit}`)
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
