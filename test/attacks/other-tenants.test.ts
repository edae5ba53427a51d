import t from 'tap'
import { buildTestConsole } from '../http/console/console-app.ts'
import { bulkRequest, patch, post, remove } from '../support/bulk.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { patchOp, speakTo } from '../support/scim.ts'

const replace = (path: string, value: unknown) => patchOp({ op: 'replace', path, value })

t.test('resources of another tenant can neither be read, referenced nor changed', async t => {
  const { app, tenant, speak, another } = await buildTestConsole(t)
  const other = await another('rfc', { switches: { unknownMembers: 'refuse' } })
  const victim = await speak.create('Users', aUser('victim', { title: 'untouched' }))
  const group = await speak.create('Groups', aGroup('theirs', [victim.id]))
  const before = [(await speak.get('/Users')).body, (await speak.get('/Groups')).body]
  const own = await other.speak.create('Groups', aGroup('own'))

  const statuses: Record<string, number> = {}
  const note = async (what: string, requested: Promise<{ status: number }>) => {
    statuses[what] = (await requested).status
  }
  for (const [at, body] of [
    [`/Users/${victim.id}`, aUser('victim', { title: 'touched' })],
    [`/Groups/${group.id}`, aGroup('touched')],
  ] as const) {
    const kind = at.slice(1, 6)
    await note(`read ${kind}`, other.speak.get(at))
    await note(`replace ${kind}`, other.speak.put(at, body))
    await note(`change ${kind}`, other.speak.send('PATCH', at, replace('displayName', 'touched')))
    await note(`delete ${kind}`, other.speak.delete(at))
    await note(`delete ${kind}, any version`, other.speak.send('DELETE', at, undefined, { 'if-match': '*' }))
  }
  t.same([...new Set(Object.values(statuses))], [404], JSON.stringify(statuses))

  const member = { op: 'add', path: 'members', value: [{ value: victim.id }] }
  t.equal((await other.speak.patch(`/Groups/${own.id}`, member)).status, 400, 'a member of another tenant')
  t.equal((await other.speak.post('/Groups', aGroup('new', [victim.id]))).status, 400)
  const bulk = await other.speak.post(
    '/Bulk',
    bulkRequest([
      remove(`/Users/${victim.id}`),
      patch(`/Users/${victim.id}`, replace('title', 'touched')),
      post('/Groups', 'a', aGroup('bulk', [victim.id])),
    ]),
  )
  t.same(
    bulk.body.Operations.map(({ status }: { status: string }) => status),
    ['404', '404', '400'],
  )
  const found = [
    await other.speak.get(`/Users?filter=${encodeURIComponent(`id eq "${victim.id}"`)}`),
    await other.speak.get(`/Users?filter=${encodeURIComponent('userName eq "victim"')}`),
    await other.speak.get(`/Groups?filter=${encodeURIComponent(`members.value eq "${victim.id}"`)}`),
    await other.speak.get(`/?filter=${encodeURIComponent('title eq "untouched"')}`),
  ]
  t.same(
    found.map(({ body }) => body.totalResults),
    [0, 0, 0, 0],
  )
  const foreign = speakTo(app, `/${tenant.id}/scim/v2`, other.token)
  t.equal((await foreign.get('/Users')).status, 401, 'a token of another tenant')
  t.equal((await foreign.delete(`/Users/${victim.id}`)).status, 401)
  t.same([(await speak.get('/Users')).body, (await speak.get('/Groups')).body], before, 'nothing has changed')
})

t.test(
  'a member that is stored with the id of another tenant’s user reveals nothing about that user',
  async t => {
    const { speak, another } = await buildTestConsole(t)
    const other = await another('rfc')
    const victim = await speak.create('Users', aUser('victim'))
    for (const id of [victim.id, '11111111-2222-4333-8444-555555555555']) {
      const { members } = await other.speak.create('Groups', aGroup('new', [id]))
      t.same(members, [{ value: id }])
    }
    t.notOk('groups' in (await speak.get(`/Users/${victim.id}`)).body, 'the user does not become a member')
    const filter = encodeURIComponent(`members.value eq "${victim.id}"`)
    t.equal((await speak.get(`/Groups?filter=${filter}`)).body.totalResults, 0)
  },
)

t.test('a cursor works for its owner only', async t => {
  const { parts, app, tenant, speak, another } = await buildTestConsole(t)
  const other = await another('rfc')
  for (const name of ['a', 'b', 'c']) {
    await speak.create('Users', aUser(`ours-${name}`))
    await other.speak.create('Users', aUser(`theirs-${name}`))
  }
  for (const query of ['', '&sortBy=userName', '&filter=userName%20pr']) {
    const { body } = await speak.get(`/Users?count=1&cursor=${query}`)
    const next = `/Users?count=1${query}&cursor=${body.nextCursor}`
    t.equal((await speak.get(next)).status, 200, 'it works for its owner')
    t.match((await other.speak.get(next)).body, { status: '400', scimType: 'invalidCursor' })
    const sibling = await parts.tenants.createToken(tenant)
    const theirs = await speakTo(app, `/${tenant.id}/scim/v2`, sibling.text).get(next)
    t.match(theirs.body, { status: '400', scimType: 'invalidCursor' }, 'nor another token of the same tenant')
    await parts.tenants.deleteToken(tenant, sibling.token.id)
  }
})

t.test('the console returns data of the addressed tenant only', async t => {
  const { parts, ask, tenant, speak, another } = await buildTestConsole(t)
  const other = await another('rfc')
  const { id } = await speak.create('Users', aUser('victim'))
  const group = await speak.create('Groups', aGroup('theirs', [id]))
  for (const name of ['a', 'b', 'c']) await other.speak.create('Users', aUser(`own-${name}`))
  const [token] = parts.tenants.tokens(tenant)
  const below = `/api/v1/tenants/${other.tenant.id}`
  const requested = [
    await ask('GET', `${below}/users/${id}`),
    await ask('GET', `${below}/users/${id}/timeline`),
    await ask('GET', `${below}/groups/${group.id}`),
    await ask('GET', `${below}/resources/User/${id}`),
    await ask('DELETE', `${below}/tokens/${token?.id}`),
    await ask('POST', `${below}/tokens/${token?.id}/expire`),
    await ask('POST', `${below}/tokens/${token?.id}/rotate`, {}),
  ]
  t.same(
    [...new Set(requested.map(({ status }) => status))],
    [404],
    JSON.stringify(requested.map(({ status }) => status)),
  )
  t.equal((await speak.get('/Users')).status, 200, 'the token is as good as before')

  await speak.create('Users', aUser('second'))
  const { body } = await ask('GET', `/api/v1/tenants/${tenant.id}/users?limit=1`)
  const carried = await ask('GET', `${below}/users?limit=10&cursor=${encodeURIComponent(body.next)}`)
  const names = JSON.stringify(carried.body)
  t.notMatch(names, /victim|second/, 'a cursor of another tenant returns nothing of it')
  const purged = await ask('POST', `${below}/stale/purge`, { ids: [id] })
  t.ok(purged.status < 500)
  t.equal((await speak.get(`/Users/${id}`)).status, 200)
})
