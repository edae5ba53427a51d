import t from 'tap'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const joining = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] })
const retitled = patchOp({ op: 'replace', path: 'title', value: 'Safety Inspector' })

t.test('R-210 R-052 the ETag of GET, POST, PUT and PATCH is the weak meta.version', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const created = await client.post('/Users', aUser('homer'))
  const at = `/Users/${created.body.id}`
  const responses = [
    created,
    await client.get(at),
    await client.put(at, aUser('homer', { title: 'Operator' })),
    await client.send('PATCH', at, retitled),
    await client.send('PATCH', `${at}?attributes=meta.version`, retitled),
    await client.get(at),
  ]
  t.same(
    responses.map(({ headers, body }) => [headers.etag, body.meta.version]),
    ['W/"1"', 'W/"1"', 'W/"2"', 'W/"3"', 'W/"3"', 'W/"3"'].map(tag => [tag, tag]),
  )
  t.same(
    (await client.get('/Users')).body.Resources.map((user: typeof created.body) => user.meta.version),
    ['W/"3"'],
    'each resource of a list has it',
  )
})

t.test('R-051 R-083 Location and Content-Location equal meta.location', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const created = await client.post('/Users', aUser('homer'))
  const at = `/Users/${created.body.id}`
  const put = await client.put(at, aUser('homer', { title: 'Operator' }))
  const patched = await client.send('PATCH', at, retitled)
  for (const { headers, body } of [
    created,
    put,
    patched,
    await client.get(at),
    await client.send('GET', `${at}?x=y`),
  ])
    t.same([headers.location, headers['content-location']], [body.meta.location, body.meta.location])
  const aws = await another('aws')
  t.notOk('location' in (await aws.client.post('/Users', aUser('homer'))).headers, 'AWS sends neither header')
})

t.test('R-210 a PATCH response without a body has the ETag, too', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { patchAnswer: '204' } })
  const { id } = await client.create('Users', aUser('homer'))
  const { status, headers, body } = await client.send('PATCH', `/Users/${id}`, retitled)
  t.same([status, headers.etag, body], [204, 'W/"2"', undefined])
})

t.test('R-211 PUT, PATCH and DELETE with a stale version return 412 and change nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const at = `/Users/${id}`
  await client.send('PATCH', at, retitled)
  const before = (await client.get(at)).body
  const stale = [
    'W/"1"',
    '"1"',
    'W/"3"',
    'W/"1", W/"7"',
    '2',
    '"2',
    'W/2',
    'w/"2"',
    'W/"02"',
    '""',
    'bogus',
    '',
  ]
  for (const tag of stale) {
    for (const [method, body] of [
      ['PUT', aUser('bart')],
      ['PATCH', patchOp({ op: 'remove', path: 'title' })],
      ['DELETE', undefined],
    ] as const) {
      const response = await client.send(method, at, body, { 'if-match': tag })
      isScimError(t, response, { status: 412, detail: /W\/"2"/ }, `${method} if-match: ${tag}`)
    }
  }
  t.same((await client.get(at)).body, before)
})

t.test('R-211 If-Match accepts the current version, a list that contains it, and *', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Groups', aGroup('staff'))
  const at = `/Groups/${id}`
  const renamed = (displayName: string, tag: string) =>
    client.send('PATCH', at, patchOp({ op: 'replace', path: 'displayName', value: displayName }), {
      'if-match': tag,
    })
  t.equal((await renamed('one', 'W/"1"')).headers.etag, 'W/"2"')
  t.equal((await renamed('two', '"2"')).headers.etag, 'W/"3"')
  t.equal((await renamed('three', 'W/"1", W/"3"')).headers.etag, 'W/"4"')
  t.equal((await renamed('four', '*')).headers.etag, 'W/"5"')
  t.equal((await client.send('PUT', at, aGroup('five'), { 'if-match': 'W/"5"' })).status, 200)
  t.equal((await client.send('DELETE', at, undefined, { 'if-match': 'W/"6"' })).status, 204)
  isScimError(t, await client.send('DELETE', at, undefined, { 'if-match': '*' }), { status: 404 })
})

t.test('R-211 if two changes of one version arrive in parallel, the second is rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const change = (title: string) =>
    client.send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: title }), {
      'if-match': 'W/"1"',
    })
  const responses = await Promise.all([change('one'), change('two'), change('three')])
  t.same(
    responses.map(({ status }) => status),
    [200, 412, 412],
  )
  t.equal((await client.get(`/Users/${id}`)).body.title, 'one')
})

t.test('R-211 If-None-Match: * on a change of an existing resource returns 412', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  isScimError(t, await client.send('PUT', `/Users/${id}`, aUser('bart'), { 'if-none-match': '*' }), {
    status: 412,
  })
  t.equal((await client.get(`/Users/${id}`)).body.userName, aUser('homer').userName)
})

t.test(
  'R-212 If-None-Match with the current tag returns 304 without a body, otherwise the resource',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const { id } = await client.create('Users', aUser('homer'))
    const at = `/Users/${id}`
    for (const tag of ['W/"1"', '"1"', '*', 'W/"9", W/"1"']) {
      const { status, headers, body } = await client.get(at, { 'if-none-match': tag })
      t.same([status, headers.etag, body], [304, 'W/"1"', undefined], tag)
    }
    for (const tag of ['W/"2"', 'bogus', ''])
      t.equal((await client.get(at, { 'if-none-match': tag })).status, 200, tag)
    await client.send('PATCH', at, retitled)
    t.equal((await client.get(at, { 'if-none-match': 'W/"1"' })).body.title, 'Safety Inspector')
  },
)

t.test('R-213 the tag changes with each effective change only', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('homer'))
  const group = await client.create('Groups', aGroup('staff'))
  const tagOf = async (at: string) => (await client.get(at)).headers.etag
  const [u, g] = [`/Users/${user.id}`, `/Groups/${group.id}`]
  await client.put(u, aUser('homer'))
  await client.get(`${u}?attributes=userName`)
  await client.get(`/Users?filter=${encodeURIComponent(`id eq "${user.id}"`)}`)
  await client.patch(u, { op: 'replace', path: 'userName', value: aUser('homer').userName })
  await client.patch(u, { op: 'replace', path: 'userName', value: null })
  t.equal(await tagOf(u), 'W/"1"', 'reads, rejected changes and changes without effect keep the tag')
  t.equal(
    (await client.get(`${u}?attributes=userName`)).headers.etag,
    'W/"1"',
    'the tag is independent of the requested attributes',
  )

  await client.patch(g, joining(user.id))
  const joined = await tagOf(g)
  t.match(joined, /^W\/"2\.[\w-]{8}"$/)
  await client.patch(g, joining(user.id))
  t.equal(await tagOf(g), joined, 'adding a member again keeps the tag')
  await client.delete(u)
  t.equal(await tagOf(g), 'W/"3"', 'deleting a member changes the tag')
})

t.test(
  'R-212 R-213 a GET returns 304 only while the representation is unchanged, other resources included',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const [burns, homer] = [
      await client.create('Users', aUser('burns')),
      await client.create('Users', aUser('homer')),
    ]
    const staff = await client.create('Groups', aGroup('staff'))
    const [u, g] = [`/Users/${homer.id}`, `/Groups/${staff.id}`]
    const renamed = (displayName: string) => ({ op: 'replace', path: 'displayName', value: displayName })
    const manager = { op: 'add', path: `${enterpriseUrn}:manager`, value: { value: burns.id } }
    await client.patch(u, manager)
    const changes: readonly [what: string, change: () => Promise<unknown>, whose: readonly string[]][] = [
      ['the user is added to a group', () => client.patch(g, joining(homer.id)), [u, g]],
      ['the group is renamed', () => client.patch(g, renamed('crew')), [u, g]],
      ['the member is renamed', () => client.patch(u, renamed('Homer J.')), [u, g]],
      ['the manager is renamed', () => client.patch(`/Users/${burns.id}`, renamed('Monty')), [u]],
      ['the group is deleted', () => client.delete(g), [u]],
      ['the manager is deleted', () => client.delete(`/Users/${burns.id}`), [u]],
    ]
    const seen = new Map<string, string>()
    for (const [what, change, whose] of changes) {
      const before = await Promise.all(whose.map(at => client.get(at)))
      for (const [at, path] of whose.entries()) {
        const tag = String(before[at]?.headers.etag)
        const again = await client.get(path, { 'if-none-match': tag })
        t.same(
          [again.status, again.headers.etag, before[at]?.body.meta.version],
          [304, tag, tag],
          `before ${what}`,
        )
      }
      await change()
      for (const [at, path] of whose.entries()) {
        const response = await client.get(path, { 'if-none-match': String(before[at]?.headers.etag) })
        if (response.status === 404) continue
        t.equal(response.status, 200, what)
        t.not(response.headers.etag, before[at]?.headers.etag, what)
        t.equal(response.body.meta.version, response.headers.etag)
        const text = JSON.stringify(response.body)
        t.equal(
          seen.get(String(response.headers.etag)) ?? text,
          text,
          'no tag is reused for another representation',
        )
        seen.set(String(response.headers.etag), text)
      }
    }
  },
)

t.test('R-210 R-213 all responses return the same tag of a resource with references', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const group = await client.post('/Groups', aGroup('staff', [id]))
  const [u, g] = [`/Users/${id}`, `/Groups/${group.body.id}`]
  const user = await client.get(u)
  const tag = user.headers.etag
  t.match(tag, /^W\/"1\.[\w-]{8}"$/)
  const listed = async (query: string) => (await client.get(`/Users${query}`)).body.Resources[0].meta.version
  t.same(
    {
      head: (await client.send('HEAD', u)).headers.etag,
      projected: (await client.get(`${u}?attributes=userName`)).headers.etag,
      body: user.body.meta.version,
      list: await listed(''),
      projectedList: await listed('?attributes=meta.version'),
      filtered: await listed(`?filter=${encodeURIComponent(`id eq "${id}"`)}&excludedAttributes=groups`),
      put: (await client.put(u, aUser('homer'))).headers.etag,
      patch: (await client.patch(u, { op: 'replace', path: 'active', value: true })).headers.etag,
    },
    {
      head: tag,
      projected: tag,
      body: tag,
      list: tag,
      projectedList: tag,
      filtered: tag,
      put: tag,
      patch: tag,
    },
  )
  t.equal((await client.get(g)).headers.etag, group.headers.etag)
  t.equal(
    (await client.get(`${g}?excludedAttributes=members`)).headers.etag,
    'W/"1"',
    'a group without its members has none of their names',
  )
})

t.test(
  'R-211 a client that read a user before the user joined a group can still change the user',
  async t => {
    const { client } = await buildTestApp(t, 'rfc', { switches: { patchAnswer: '204' } })
    const homer = await client.create('Users', aUser('homer'))
    const at = `/Users/${homer.id}`
    await client.create('Groups', aGroup('staff', [homer.id]))
    const shown = String((await client.get(at)).headers.etag)
    const first = await client.send('PATCH', at, retitled, { 'if-match': homer.meta.version })
    t.equal(first.status, 204)
    t.equal(first.headers.etag, (await client.get(at)).headers.etag, 'without a body, the tag is that of GET')
    isScimError(t, await client.send('PATCH', at, retitled, { 'if-match': shown }), { status: 412 })
    for (const tag of ['W/"2.another"', String(first.headers.etag), 'W/"2"'])
      t.equal((await client.send('PATCH', at, retitled, { 'if-match': tag })).status, 204, tag)
  },
)

t.test('a tenant can require If-Match: a change without it returns 428 and changes nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { ifMatch: 'required' } })
  const user = await client.create('Users', aUser('homer'))
  const at = `/Users/${user.id}`
  for (const response of [
    await client.put(at, aUser('bart')),
    await client.send('PATCH', at, retitled),
    await client.delete(at),
  ]) {
    isScimError(t, response, { status: 428, detail: /If-Match/ })
  }
  t.same((await client.get(at)).body, user)
  t.equal((await client.send('DELETE', at, undefined, { 'if-match': user.meta.version })).status, 204)
})

t.test('aws and entra have no versions: no header is sent, and conditions are ignored', async t => {
  for (const profile of ['aws', 'entra'] as const) {
    const { client } = await buildTestApp(t, profile)
    const name = { givenName: 'Homer', familyName: 'Simpson' }
    const user = await client.create('Users', aUser('homer', { name, displayName: 'Homer' }))
    const response = await client.get(`/Users/${user.id}`, { 'if-none-match': '*' })
    t.same([response.status, response.headers.etag, response.body.meta.version], [200, undefined, undefined])
    t.equal(
      (await client.send('DELETE', `/Users/${user.id}`, undefined, { 'if-match': 'W/"9"' })).status,
      204,
    )
  }
})
