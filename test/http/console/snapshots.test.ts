import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, problem, wholeList } from './console-app.ts'

const root = '/api/v1/snapshots'
const hour = 60 * 60 * 1000
const add = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] })

type Console = Awaited<ReturnType<typeof buildTestConsole>>

/** All that the API returns about a tenant's directory. */
async function shown({ callApi }: Pick<Console, 'callApi'>, tenant: string) {
  const path = `/api/v1/tenants/${tenant}`
  const kinds = ['users', 'groups']
  const lists = await Promise.all(kinds.map(kind => wholeList(callApi, `${path}/${kind}`)))
  const details = await Promise.all(
    lists.flatMap((list, at) =>
      list.map(async ({ id }) => [
        (await callApi('GET', `${path}/${kinds[at]}/${id}`)).body,
        await wholeList(callApi, `${path}/${kinds[at]}/${id}/history`),
        (await callApi('GET', `${path}/${kinds[at]}/${id}/members`)).body.items,
      ]),
    ),
  )
  const { tokens: _tokens, clock, ...settings } = (await callApi('GET', path)).body
  return { lists, details, settings, offset: clock.offset }
}

/** The journal no longer has the causes. */
const withoutCauses = (list: Awaited<ReturnType<typeof shown>>['lists'][number]) =>
  list.map(({ origin, ...rest }) => ({
    ...rest,
    origin: { exchange: origin.exchange, missing: 'deleted' },
  }))

t.test('a snapshot restores the contents of all tenants', async t => {
  const test = await buildTestConsole(t, 'rfc')
  const { callApi, client, tenant, another, advance } = test
  const other = await another('aws', { onDelete: 'remove' })
  const anna = await client.create('Users', aUser('anna'))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, add(anna.id))
  await advance(hour)
  const gone = await client.create('Users', aUser('gone'))
  await client.delete(`/Users/${gone.id}`)
  await other.client.create('Users', aUser('ben'))
  const before = [await shown(test, tenant.id), await shown(test, other.tenant.id)]

  const { status, body: snapshot } = await callApi('POST', root, { name: '<b>../x</b>' })
  t.equal(status, 201)
  const { id, created, bytes, ...rest } = snapshot
  t.match(id, /^[0-9a-f-]{36}$/)
  t.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000)
  t.ok(bytes > 0)
  t.same(rest, {
    name: '<b>../x</b>',
    tenants: [
      { id: tenant.id, counts: { Group: 1, User: 1 }, retained: 1 },
      { id: other.tenant.id, counts: { User: 1 }, retained: 0 },
    ],
  })
  t.same((await callApi('GET', root)).body, { items: [snapshot] })

  await client.delete(`/Users/${anna.id}`)
  await client.patch(`/Groups/${group.id}`, { op: 'replace', path: 'displayName', value: 'Others' })
  await client.create('Users', aUser('new'))
  await advance(hour)
  await callApi('PATCH', `/api/v1/tenants/${other.tenant.id}`, { onDelete: 'retain', throttle: 'aws' })
  const restored = await callApi('POST', `${root}/${id}/restore`)
  t.same(restored, { ...restored, status: 200, body: { tenants: [tenant.id, other.tenant.id], skipped: [] } })
  t.same([await shown(test, tenant.id), await shown(test, other.tenant.id)], before)
  t.match((await client.get(`/Users?filter=${encodeURIComponent('userName eq "anna"')}`)).body, {
    totalResults: 1,
  })
  t.equal((await client.get('/Users')).body.totalResults, 1)

  const creation = await client.create('Users', aUser('new'))
  t.same((await client.get(`/Users/${creation.id}`)).body.userName, 'new', 'new users can be created')
  t.equal((await callApi('DELETE', `${root}/${id}`)).status, 204)
  t.same((await callApi('GET', root)).body, { items: [] })
})

t.test('a restore works after a reset, and keeps newer tenants', async t => {
  const test = await buildTestConsole(t, 'rfc')
  const { callApi, client, tenant, another } = test
  for (const name of ['a', 'b', 'c']) await client.create('Users', aUser(name))
  const before = await shown(test, tenant.id)
  const { id } = (await callApi('POST', root)).body
  await callApi('POST', '/api/v1/reset')
  const later = await another('rfc')
  const users: { readonly id: string }[] = []
  for (const name of ['x', 'y', 'z']) users.push(await later.client.create('Users', aUser(name)))
  const ofLater = await shown(test, later.tenant.id)
  for (let time = 0; time < 2; time++) {
    t.equal((await callApi('POST', `${root}/${id}/restore`)).status, 200)
    t.same((await shown(test, tenant.id)).lists, before.lists.map(withoutCauses))
    t.same((await shown(test, tenant.id)).details.length, 3)
    t.same(await shown(test, later.tenant.id), ofLater, 'a newer tenant keeps its contents')
  }
  await client.create('Users', aUser('d'))
  await later.client.create('Users', aUser('w'))
  t.equal((await client.get('/Users')).body.totalResults, 4)
  t.equal((await later.client.get('/Users')).body.totalResults, 4)
})

t.test('after a restore, entity tags are never reused', async t => {
  const { callApi, client, another } = await buildTestConsole(t, 'rfc')
  const beside = await another('rfc')
  const { id: user } = await client.create('Users', aUser('homer'))
  const at = `/Users/${user}`
  const titled = (title: string) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'add', path: 'title', value: title }],
  })
  const { id } = (await callApi('POST', root)).body
  const unsaved = await beside.client.create('Users', aUser('moe'))
  const tags = new Set<unknown>([(await client.get(at)).headers.etag])
  for (const time of ['first', 'second', 'third']) {
    const stale = await client.send('PATCH', at, titled(`${time}, one`))
    tags.add(stale.headers.etag)
    if (time === 'second') await callApi('POST', '/api/v1/reset')
    t.equal((await callApi('POST', `${root}/${id}/restore`)).status, 200)
    tags.add((await client.get(at)).headers.etag)
    const other = await client.send('PATCH', at, titled(`${time}, another`))
    tags.add(other.headers.etag)
    t.equal(other.body.meta.version, other.headers.etag)
    const tag = String(stale.headers.etag)
    t.equal((await client.send('PUT', at, aUser('homer'), { 'if-match': tag })).status, 412)
    t.equal((await client.get(at, { 'if-none-match': tag })).status, 200)
    t.equal((await client.get(at)).body.title, `${time}, another`)
    const current = String(other.headers.etag)
    t.equal((await client.get(at, { 'if-none-match': current })).status, 304)
    t.equal((await client.send('PATCH', at, titled('last'), { 'if-match': current })).status, 200)
  }
  t.equal(tags.size, 1 + 3 * 3, 'each tag is unique')
  t.equal(unsaved.meta.version, 'W/"1"')
})

t.test('a restore keeps tokens and journal', async t => {
  const { callApi, client, tenant, deps } = await buildTestConsole(t, 'rfc')
  const { id } = (await callApi('POST', root)).body
  const { value } = (await callApi('POST', `/api/v1/tenants/${tenant.id}/tokens`)).body
  const anna = await client.create('Users', aUser('anna'))
  await callApi('POST', `${root}/${id}/restore`)
  t.equal((await client.get('/Users', { authorization: `Bearer ${value}` })).status, 200)
  t.equal((await client.get(`/Users/${anna.id}`)).status, 404)
  t.equal(
    (await deps.journal.page({ limit: 9 })).items.some(({ target }) => target?.id === anna.id),
    true,
  )
})

t.test('a deleted tenant is skipped and reported', async t => {
  const { callApi, another, tenant } = await buildTestConsole(t, 'rfc')
  const other = await another('rfc')
  await other.client.create('Users', aUser('ben'))
  const { id } = (await callApi('POST', root)).body
  await callApi('DELETE', `/api/v1/tenants/${other.tenant.id}`)
  t.same((await callApi('POST', `${root}/${id}/restore`)).body, {
    tenants: [tenant.id],
    skipped: [other.tenant.id],
  })
  t.equal((await callApi('GET', `/api/v1/tenants/${other.tenant.id}`)).status, 404)
})

t.test('a new tenant with the id of a deleted one gets no contents of it', async t => {
  const test = await buildTestConsole(t, 'rfc')
  const { callApi, another, tenant, client } = test
  const other = await another('entra')
  await other.client.create('Users', aUser('ben'))
  await client.create('Users', aUser('anna'))
  const { id } = (await callApi('POST', root)).body
  await callApi('DELETE', `/api/v1/tenants/${other.tenant.id}`)
  await callApi('POST', '/api/v1/tenants', { id: other.tenant.id, profile: 'rfc' })
  const before = await shown(test, other.tenant.id)
  t.same((await callApi('POST', `${root}/${id}/restore`)).body, {
    tenants: [tenant.id],
    skipped: [other.tenant.id],
  })
  t.same(await shown(test, other.tenant.id), before)
})

t.test('concurrent reads do not prevent a restore', async t => {
  const test = await buildTestConsole(t, 'rfc')
  const { callApi, client, tenant, deps } = test
  const save = async () => (await callApi('POST', root)).body.id
  const restore = async (id: string) => (await callApi('POST', `${root}/${id}/restore`)).status
  const before = await save()
  const anna = await client.create('Users', aUser('anna'))
  await client.get(`/Users/${anna.id}`)
  // The last-seen times are written by now.
  await deps.journal.extent()
  const after = await save()
  const then = await shown(test, tenant.id)
  t.same(
    await Promise.all([client.get(`/Users/${anna.id}`), restore(before)]).then(([, status]) => status),
    200,
  )
  await deps.journal.extent()
  t.equal(await restore(after), 200)
  t.same(await shown(test, tenant.id), then)
})

t.test('a cursor walk restarts after a restore', async t => {
  const { callApi, client } = await buildTestConsole(t, 'rfc')
  for (const name of ['a', 'b', 'c']) await client.create('Users', aUser(name))
  const { id } = (await callApi('POST', root)).body
  const { nextCursor } = (await client.get('/Users?cursor&count=1')).body
  t.equal((await client.get(`/Users?cursor=${nextCursor}&count=1`)).status, 200)
  await callApi('POST', `${root}/${id}/restore`)
  t.match(await client.get(`/Users?cursor=${nextCursor}&count=1`), {
    status: 400,
    body: { scimType: 'invalidCursor' },
  })
})

t.test('an unknown snapshot and an invalid name are rejected', async t => {
  const { callApi } = await buildTestConsole(t, 'rfc')
  const missing = problem(
    'not-found',
    'Not found',
    404,
    'There is no snapshot "../x". GET /api/v1/snapshots lists those that exist.',
  )
  t.same((await callApi('DELETE', `${root}/..%2Fx`)).body, missing)
  t.same((await callApi('POST', `${root}/..%2Fx/restore`)).body, missing)
  t.match(await callApi('POST', root, { name: ' ' }), { status: 400 })
  t.match(await callApi('POST', root, { name: 'x'.repeat(201) }), { status: 400 })
  const { created, name } = (await callApi('POST', root)).body
  t.equal(name, created, 'the name is the time')
})

t.test('the number of snapshots is limited', async t => {
  const { callApi } = await buildTestConsole(t, 'rfc')
  for (let n = 0; n < 50; n++) t.equal((await callApi('POST', root)).status, 201)
  t.match(await callApi('POST', root), {
    status: 409,
    body: {
      type: 'urn:scimulator:problem:limit-reached',
      detail: 'There are 50 snapshots, which is the maximum. Delete one first.',
    },
  })
})
