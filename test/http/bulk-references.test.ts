import t from 'tap'
import { bulk, idIn, patch, post, put, remove, statuses } from '../support/bulk.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimClient } from '../support/scim.ts'

const managedBy = (userName: string, manager: string) =>
  aUser(userName, { [enterpriseUrn]: { manager: { value: manager } } })
const membersOf = async (client: ScimClient, id: string): Promise<readonly string[]> =>
  ((await client.get(`/Groups/${id}`)).body.members ?? []).map(({ value }: { value: string }) => value)
const managerOf = async (client: ScimClient, id: string): Promise<string | undefined> =>
  (await client.get(`/Users/${id}`)).body[enterpriseUrn]?.manager?.value
const totals = async (client: ScimClient) => [
  (await client.get('/Users')).body.totalResults,
  (await client.get('/Groups')).body.totalResults,
]
const conflict = (detail: RegExp) => ({
  status: '409',
  location: undefined,
  response: { status: '409', detail },
})

t.test('R-203 a bulkId is replaced by the id in values, extensions, paths and filters', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const group = await client.create('Groups', aGroup('Old'))
  const results = await bulk(client, [
    post('/Users', 'boss', aUser('marge')),
    post('/Users', 'b', managedBy('bart', 'bulkId:boss')),
    post('/Users', 'l', aUser('lisa')),
    post('/Groups', 'g', aGroup('Family', ['bulkId:boss', 'bulkId:b'])),
    put(`/Groups/${group.id}`, aGroup('Old', ['bulkId:l', 'bulkId:b'])),
    patch('/Users/bulkId:l', patchOp({ op: 'add', path: 'title', value: 'Saxophonist' })),
    patch('/Groups/bulkId:g', patchOp({ op: 'add', path: 'members', value: [{ value: 'bulkId:l' }] })),
    patch('Groups/bulkId%3Ag', [{ op: 'remove', path: 'members[value eq "bulkId:b"]' }]),
    put('/Users/bulkId:b', managedBy('bart', 'bulkId:l')),
    post('/Users', 'x', aUser('ned')),
    remove('/Users/bulkId:x'),
  ])
  const all = ['201', '201', '201', '201', '200', '200', '200', '200', '200', '201', '204']
  t.same(statuses(results), all)
  const [boss, bart, lisa, family] = results.map(idIn)
  t.same(await membersOf(client, group.id), [lisa, bart])
  t.same(await membersOf(client, family), [boss, lisa])
  t.equal(await managerOf(client, bart), lisa)
  t.equal((await client.get(`/Users/${lisa}`)).body.title, 'Saxophonist')
  t.equal(results[5].location, results[2].location, 'the location has the real id')
  t.same(await totals(client), [3, 2])
})

t.test('R-207 an operation may refer to a later one', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const group = await client.create('Groups', aGroup('Old'))
  const results = await bulk(client, [
    patch(`/Groups/${group.id}`, patchOp({ op: 'add', path: 'members', value: [{ value: 'bulkId:in' }] })),
    post('/Groups', 'out', aGroup('Outer', ['bulkId:in'])),
    post('/Groups', 'in', aGroup('Inner', ['bulkId:b'])),
    post('/Users', 'b', managedBy('bart', 'bulkId:m')),
    post('/Users', 'm', aUser('marge')),
  ])
  t.same(statuses(results), ['200', '201', '201', '201', '201'])
  const [, outer, inner, bart, marge] = results.map(idIn)
  t.same(await membersOf(client, group.id), [inner])
  t.same(await membersOf(client, outer), [inner])
  t.same(await membersOf(client, inner), [bart])
  t.equal(await managerOf(client, bart), marge)
})

t.test('R-204 groups that are members and managers of each other are created', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const operations = [
    post('/Groups', 'a', aGroup('A', ['bulkId:b', 'bulkId:u'])),
    post('/Groups', 'b', aGroup('B', ['bulkId:c'])),
    post('/Groups', 'c', aGroup('C', ['bulkId:a', 'bulkId:b'])),
    post('/Users', 'u', managedBy('u', 'bulkId:v')),
    post('/Users', 'v', managedBy('v', 'bulkId:u')),
    post('/Users', 'w', managedBy('w', 'bulkId:w')),
  ]
  for (const order of [operations, operations.toReversed()]) {
    const results = await bulk(client, order)
    t.same(statuses(results), ['201', '201', '201', '201', '201', '201'])
    const ids = new Map(
      results.map((result: { bulkId: string; status: string }) => [result.bulkId, idIn(result)]),
    )
    const id = (bulkId: string) => String(ids.get(bulkId))
    t.same((await membersOf(client, id('a'))).toSorted(), [id('b'), id('u')].toSorted())
    t.same(await membersOf(client, id('b')), [id('c')])
    t.same((await membersOf(client, id('c'))).toSorted(), [id('a'), id('b')].toSorted())
    t.equal(await managerOf(client, id('u')), id('v'))
    t.equal(await managerOf(client, id('v')), id('u'))
    t.equal(await managerOf(client, id('w')), id('w'))
    const { body } = await client.get(`/Users/${id('u')}`)
    t.match(body.groups, [{ value: id('a'), display: 'A' }], 'and show it from the other side')
    for (const bulkId of ['u', 'v', 'w']) await client.delete(`/Users/${id(bulkId)}`)
  }
})

t.test('R-204 a member that was added by bulkId can be found and removed', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [a, b] = (
    await bulk(client, [
      post('/Groups', 'a', aGroup('A', ['bulkId:b'])),
      post('/Groups', 'b', aGroup('B', ['bulkId:a'])),
    ])
  ).map(idIn)
  for (const [group, member] of [
    [a, b],
    [b, a],
  ]) {
    const found = await client.get(`/Groups?filter=members.value eq "${member}"`)
    t.match(found.body.Resources, [{ id: group }])
  }
  await client.delete(`/Groups/${a}`)
  t.same(await membersOf(client, b), [])
})

t.test('R-204 if an operation of a cycle fails, the whole cycle is undone', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  await client.create('Users', aUser('taken'))
  const operations = [
    post('/Groups', 'a', aGroup('A', ['bulkId:b', 'bulkId:u'])),
    post('/Groups', 'b', aGroup('B', ['bulkId:a'])),
    post('/Users', 'u', managedBy('u', 'bulkId:v')),
    post('/Users', 'v', { ...managedBy('taken', 'bulkId:u') }),
    patch('/Groups/bulkId:a', patchOp({ op: 'add', path: 'members', value: [{ value: 'bulkId:w' }] })),
    post('/Users', 'w', aUser('w')),
  ]
  for (const order of [operations, operations.toReversed()]) {
    const results = await bulk(client, order)
    const byId = new Map(results.map((result: { bulkId?: string }) => [result.bulkId ?? 'patch', result]))
    t.match(byId.get('v'), { status: '409', response: { scimType: 'uniqueness' } })
    t.match(byId.get('u'), conflict(/"bulkId:v"/))
    for (const bulkId of ['a', 'b', 'patch']) t.match(byId.get(bulkId), conflict(/"bulkId:\w"/), bulkId)
    t.match(byId.get('w'), { status: '201' }, 'what stands by itself is done')
    t.same(await totals(client), [2, 0])
    await client.delete(`/Users/${idIn(byId.get('w') as { status: string })}`)
  }
  t.match((await deps.directory.counts([tenant.key]))[0]?.Group, { active: 0, disabled: 0, retained: 0 })
  const stale = await deps.directory.stale(tenant.key, {
    limit: 9,
    inactiveSince: 0,
    references: [],
    containers: [],
  })
  t.same(
    stale.items.map(({ label }) => label),
    ['w', 'w'],
    'only resources that the client deleted are retained',
  )
})

t.test(
  'R-204 an operation that refers to a failed or unknown operation returns 409 and changes nothing',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const homer = await client.create('Users', aUser('homer'))
    const adding = (value: string) => patchOp({ op: 'add', path: 'members', value: [{ value }] })
    const group = await client.create('Groups', aGroup('G'))
    const results = await bulk(client, [
      post('/Users', 'bad', aUser('homer')),
      post('/Groups', 'g', aGroup('H', [homer.id, 'bulkId:bad'])),
      patch(`/Groups/${group.id}`, adding('bulkId:bad')),
      patch(`/Groups/${group.id}`, adding('bulkId:g')),
      put('/Users/bulkId:bad', aUser('x')),
      remove('/Users/bulkId:nobody'),
      post('/Users', 'u', managedBy('u', 'bulkId:nobody')),
      patch(`/Users/${homer.id}`, patchOp({ op: 'add', path: 'title', value: 'x' }), { bulkId: 'h' }),
      patch(`/Groups/${group.id}`, adding('bulkId:h')),
      post('/Printers', 'p', {}),
      patch(`/Groups/${group.id}`, adding('bulkId:p')),
    ])
    const location = /Groups/
    t.match(results, [
      { status: '409', response: { scimType: 'uniqueness' } },
      conflict(/"bulkId:bad"/),
      { status: '409', location, response: { detail: /"bulkId:bad"/ } },
      { status: '409', location, response: { detail: /"bulkId:g"/ } },
      conflict(/"bulkId:bad"/),
      conflict(/"bulkId:nobody", but no POST/),
      conflict(/"bulkId:nobody"/),
      { status: '200' },
      { status: '409', location, response: { detail: /"bulkId:h", but no POST/ } },
      { status: '404' },
      { status: '409', location, response: { detail: /"bulkId:p"/ } },
    ])
    t.same(await totals(client), [1, 1])
    t.match((await client.get(`/Groups/${group.id}`)).body, { meta: { version: 'W/"1"' } })
  },
)

t.test('R-201 R-204 a cycle that failOnErrors interrupts is undone', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const results = await bulk(
    client,
    [
      post('/Groups', 'a', aGroup('A', ['bulkId:b', 'bulkId:c'])),
      post('/Groups', 'b', aGroup('B', ['bulkId:a'])),
      post('/Users', 'c', { schemas: [] }),
      post('/Users', 'd', aUser('d')),
    ],
    { failOnErrors: 1 },
  )
  t.match(results, [conflict(/"bulkId:a"/), { bulkId: 'c', status: '400' }])
  t.equal(results.length, 2)
  t.same(await totals(client), [0, 0])
})

t.test('a group cannot be a member of itself, not even by its bulkId', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const results = await bulk(client, [post('/Groups', 'a', aGroup('A', ['bulkId:a']))])
  t.match(results, [{ status: '400', response: { detail: /member of itself/ } }])
  t.same(await totals(client), [0, 0])
})

t.test('R-207 a chain of a thousand operations, each referring to the next, is one request', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const chain = Array.from({ length: 1000 }, (_, at) =>
    post('/Users', `${at}`, at === 999 ? aUser('last') : managedBy(`u${at}`, `bulkId:${at + 1}`)),
  )
  const results = await bulk(client, chain)
  t.same(new Set(statuses(results)), new Set(['201']))
  t.equal(await managerOf(client, idIn(results[0])), idIn(results[1]))
})
