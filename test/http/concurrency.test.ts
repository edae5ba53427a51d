import t from 'tap'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, patchOp, type TestApp } from '../support/scim.ts'

const fifty = Array.from({ length: 50 }, (_, at) => at)

/** Sends requests over real sockets, so that they arrive in parallel. */
async function listening({ app, tenant, token }: TestApp) {
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  return async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${origin}/${tenant.id}/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

const add = (id: string) => patchOp({ op: 'add', path: 'members', value: [{ value: id }] })
const remove = (id: string) => patchOp({ op: 'remove', path: `members[value eq "${id}"]` })
const idsOf = (members: readonly { value: string }[] | undefined) =>
  (members ?? []).map(({ value }) => value).sort()

t.test('50 parallel requests that add a member each add 50 members', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)
  const users = await Promise.all(fifty.map(at => server.client.create('Users', aUser(`user-${at}`))))
  const group = await server.client.create('Groups', aGroup('Everybody'))

  const responses = await Promise.all(users.map(({ id }) => send('PATCH', `/Groups/${group.id}`, add(id))))

  t.same(new Set(responses.map(({ status }) => status)), new Set([200]))
  const { body } = await send('GET', `/Groups/${group.id}`)
  t.same(idsOf(body.members), users.map(({ id }) => id).sort())
})

t.test('parallel additions and removals of members leave the expected members', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)
  const users = await Promise.all(fifty.map(at => server.client.create('Users', aUser(`user-${at}`))))
  const [leaving, coming] = [users.slice(0, 25), users.slice(25)]
  const group = await server.client.create(
    'Groups',
    aGroup(
      'Everybody',
      leaving.map(({ id }) => id),
    ),
  )

  const responses = await Promise.all(
    leaving.flatMap(({ id }, at) => [
      send('PATCH', `/Groups/${group.id}`, remove(id)),
      send('PATCH', `/Groups/${group.id}`, add(coming[at]?.id)),
    ]),
  )

  t.same(new Set(responses.map(({ status }) => status)), new Set([200]))
  const { body } = await send('GET', `/Groups/${group.id}`)
  t.same(idsOf(body.members), coming.map(({ id }) => id).sort())
})

t.test('one of 20 parallel creations with the same userName succeeds', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)

  const responses = await Promise.all(fifty.slice(0, 20).map(() => send('POST', '/Users', aUser('marge'))))

  t.same(responses.map(({ status }) => status).sort(), [201, ...Array.from({ length: 19 }, () => 409)])
  t.equal((await send('GET', '/Users')).body.totalResults, 1)
})

t.test('parallel changes of different attributes are all stored', async t => {
  const server = await buildTestApp(t, 'rfc')
  const send = await listening(server)
  const user = await server.client.create('Users', aUser('marge'))
  const values = { title: 'a', nickName: 'b', userType: 'c', locale: 'd', timezone: 'e' }

  await Promise.all(
    Object.entries(values).map(([path, value]) =>
      send('PATCH', `/Users/${user.id}`, patchOp({ op: 'replace', path, value })),
    ),
  )

  t.match((await send('GET', `/Users/${user.id}`)).body, values)
})
