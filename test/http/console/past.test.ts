import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, problem, pruneAll, wholeList } from './console-app.ts'

const disable = { op: 'replace', path: 'active', value: false }
const add = (...ids: readonly string[]) => ({
  op: 'add',
  path: 'members',
  value: ids.map(value => ({ value })),
})
const hour = 60 * 60 * 1000
const noon = '2026-03-01T12:00:00Z'

/** Anna is created at noon, then hourly added to a group, disabled and deleted; the group is deleted, too. */
async function story(t: Parameters<typeof buildTestConsole>[0]) {
  const test = await buildTestConsole(t, 'rfc')
  const { advance, client, tenant, deps } = test
  const start = Date.now()
  const anna = await client.create('Users', aUser('anna', { displayName: 'Anna' }))
  await advance(hour)
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, add(anna.id))
  await advance(hour)
  await client.patch(`/Users/${anna.id}`, disable, { op: 'replace', path: 'displayName', value: 'Anne' })
  await advance(hour)
  await client.delete(`/Users/${anna.id}`)
  await client.delete(`/Groups/${group.id}`)
  await deps.directory.purge(tenant.key, Date.now() + 3 * hour, 'all')
  // In the middle of each hour.
  const at = (hours: number) => new Date(start + (hours + 0.5) * hour).toISOString()
  return { ...test, root: `/api/v1/tenants/${tenant.id}`, anna, group, at }
}

t.test('times before the start of history are rejected, and pages name the start', async t => {
  const { callApi, root, anna, group, at, deps, tenant } = await story(t)
  const paths = ['users', `users/${anna.id}`, `groups/${group.id}/members`, 'access', 'access/accounts']
  const read = (hours: number) =>
    Promise.all(paths.map(path => callApi('GET', `${root}/${path}?at=${at(hours)}`)))
  const before = (await read(2)).map(({ body }) => body)
  const history = await callApi('GET', `${root}/users/${anna.id}/history`)
  t.notOk('since' in history.body)
  // The second call deletes until the start that the first one sets.
  for (let call = 0; call < 2; call++) await deps.directory.pruneHistory([tenant.key], Date.parse(at(1)))
  for (const { status, body } of await read(0)) {
    t.match(
      [status, body.detail],
      [
        400,
        `The history of the tenant "${tenant.id}" begins at ${at(1)}: older history is deleted (--keep-history-days). Choose a later time.`,
      ],
    )
  }
  t.same(
    (await read(2)).map(({ body }) => body),
    before,
  )
  const page = await callApi('GET', `${root}/users/${anna.id}/history`)
  t.same(page.body, {
    items: history.body.items.filter((entry: { at: string }) => entry.at > at(1)),
    since: at(1),
  })
  t.match((await callApi('GET', `${root}/users/${anna.id}/attributes`)).body, { since: at(1) })
  t.match((await callApi('GET', `${root}/timeline`)).body, { from: at(1) })
})

t.test('the directory is shown as it was at an earlier time', async t => {
  const { callApi, root, anna, group, at } = await story(t)
  const list = async (query: string) =>
    (await callApi('GET', `${root}/users?${query}`)).body.items.map(
      ({ id, status, display }: { id: string; status: string; display: string }) => [id, status, display],
    )
  t.same(await list(`at=${at(-1)}`), [])
  t.same(await list(`at=${at(0)}`), [[anna.id, 'active', 'Anna']])
  t.same(await list(`at=${at(2)}`), [[anna.id, 'disabled', 'Anne']])
  t.same(await list(`at=${at(2)}&status=disabled&text=ANNE`), [[anna.id, 'disabled', 'Anne']])
  t.same(await list(`at=${at(2)}&text=anna@`), [])
  t.same(await list(`at=${at(3)}`), [])

  const one = await callApi('GET', `${root}/users/${anna.id}?at=${at(1)}`)
  t.match(one.body, {
    id: anna.id,
    status: 'active',
    revisions: 1,
    document: { userName: 'anna', displayName: 'Anna' },
    groups: [{ id: group.id, type: 'Group', display: 'Admins' }],
  })
  t.same((await callApi('GET', `${root}/resources/User/${anna.id}?at=${at(1)}`)).body, one.body)
  t.match((await callApi('GET', `${root}/groups/${group.id}/members?at=${at(1)}`)).body.items, [
    { id: anna.id, type: 'User', display: 'Anna', joined: String, exchange: String },
  ])
  t.match(await callApi('GET', `${root}/groups/${group.id}/members?at=${at(0)}`), { status: 404 })
})

t.test('a resource that did not exist at that time is reported', async t => {
  const { callApi, root, anna, tenant } = await story(t)
  const { status, body } = await callApi('GET', `${root}/users/${anna.id}?at=${noon}`)
  t.equal(status, 404)
  const now = /it is (\S+) now/.exec(body.detail)?.[1]
  t.same(
    body,
    problem(
      'not-found',
      'Not found',
      404,
      `The tenant "${tenant.id}" had no User with the id "${anna.id}" at 2026-03-01T12:00:00.000Z; by its clock it is ${now} now. GET /api/v1/tenants/${tenant.id}/users/${anna.id}/history lists its changes.`,
    ),
  )
  t.match(await callApi('GET', `${root}/users?at=yesterday`), {
    status: 400,
    body: {
      errors: [{ path: 'query.at', message: 'Expected a time with its zone, such as 2026-03-01T09:30:00Z.' }],
    },
  })
})

t.test('a history has the changes of each version and their cause', async t => {
  const { callApi, root, anna, token } = await story(t)
  const entries = await wholeList(callApi, `${root}/users/${anna.id}/history`)
  const ending = token.slice(-4)
  const reported = entries.map(({ action, event, cause, differences }) => [
    action ?? event,
    cause,
    differences,
  ])
  t.match(reported, [
    ['purged', undefined, []],
    ['deleted', { action: 'delete user', token: ending }, []],
    ['removed', { action: 'delete user', token: ending }, undefined],
    [
      'modified',
      { token: ending },
      [
        { path: 'displayName', kind: 'changed', before: 'Anna', after: 'Anne' },
        { path: 'active', kind: 'changed', before: true, after: false },
      ],
    ],
    ['added', { action: 'add 1 member', token: ending }, undefined],
    [
      'created',
      { action: 'create user', token: ending },
      [{ path: 'userName', kind: 'added', after: 'anna' }],
    ],
  ])
  t.ok(
    entries
      .at(-1)
      ?.differences.some(
        ({ path, kind }: { path: string; kind: string }) => path === 'userName' && kind === 'added',
      ),
    'the first version has all attributes',
  )
})

t.test('a cause is known while the journal has its request', async t => {
  const { callApi, root, anna, deps } = await story(t)
  await pruneAll(deps.journal)
  const entries = await wholeList(callApi, `${root}/users/${anna.id}/history`)
  t.same(
    entries.map(entry => 'cause' in entry),
    entries.map(() => false),
  )
})

t.test('each attribute has a history', async t => {
  const { callApi, root, anna } = await story(t)
  const { items } = (await callApi('GET', `${root}/users/${anna.id}/attributes`)).body
  const of = (path: string) => items.find((item: { path: string }) => item.path === path)?.values
  t.match(of('displayName'), [
    { revision: 2, value: 'Anne', at: /^\d/, exchange: /^[0-9a-f-]{36}$/ },
    { revision: 1, value: 'Anna', at: /^\d/, exchange: /^[0-9a-f-]{36}$/ },
  ])
  t.match(of('active'), [{ revision: 2, value: false }])
  t.same(
    (await callApi('GET', `${root}/resources/User/${anna.id}/attributes`)).body.items,
    items,
    'the same at the other address',
  )
  t.match(await callApi('GET', `${root}/users/nobody/attributes`), { status: 404 })
})

t.test('a removed attribute has no value from then on', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'rfc')
  const ben = await client.create('Users', aUser('ben', { title: 'Boss' }))
  await client.patch(`/Users/${ben.id}`, { op: 'remove', path: 'title' })
  const { items } = (await callApi('GET', `/api/v1/tenants/${tenant.id}/users/${ben.id}/attributes`)).body
  const title = items.find(({ path }: { path: string }) => path === 'title')
  t.same(
    title.values.map((value: { revision: number; value?: unknown }) => [value.revision, value.value]),
    [
      [2, undefined],
      [1, 'Boss'],
    ],
  )
  t.notOk('value' in title.values[0])
})

t.test('a timeline counts versions and membership changes', async t => {
  const { callApi, root, another } = await story(t)
  const { status, body } = await callApi('GET', `${root}/timeline?buckets=3`)
  t.equal(status, 200)
  t.same(body.buckets.length, 3)
  // Of the user: created, changed, deleted; of the group: created, changed twice, deleted; joined, left; two purges.
  t.equal(
    body.buckets.reduce((sum: number, { changes }: { changes: number }) => sum + changes, 0),
    11,
  )
  t.equal(body.buckets[0].at, body.from)
  t.ok(body.from < body.until)
  const { tenant: other } = await another('rfc')
  t.same((await callApi('GET', `/api/v1/tenants/${other.id}/timeline?buckets=1`)).body.buckets[0].changes, 0)
  t.match(await callApi('GET', `${root}/timeline?buckets=0`), { status: 400 })
  const { body: first } = await callApi('GET', `${root}/timeline?buckets=1&until=${body.from}`)
  t.match(first, { from: body.from, until: body.from, buckets: [{ at: body.from, last: body.from }] })
  t.notOk('before' in first)
  const { body: rest } = await callApi('GET', `${root}/timeline?buckets=1&from=${first.after}`)
  t.equal(rest.before, body.from, 'the changes before and after a range')
  t.notOk('after' in rest)
  t.match(await callApi('GET', `${root}/timeline?from=yesterday`), { status: 400 })
})
