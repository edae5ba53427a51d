import t, { type Test } from 'tap'
import { enterpriseUrn, groupUrn, type Json, patchOpUrn, userUrn } from '../../scim-compliance/scim.ts'
import { peerOf, peers } from './peers/index.ts'
import { type Base, peerServer } from './peers/peer.ts'

/** Sends requests to a peer; `names` are its users. */
async function peerWith(t: Test, id: string, names: readonly string[] = [], base: Base = 'rfc') {
  const { url, token } = await peerServer(t, peerOf(id), base)
  const send = async (method: string, path: string, body?: Json, authorization = `Bearer ${token}`) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization, 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  const made = []
  for (const userName of names) made.push(await send('POST', '/Users', { schemas: [userUrn], userName }))
  return { url, send, ids: made.map(({ body }) => body.id) }
}

const searchUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'
const patch = (...Operations: readonly Json[]): Json => ({
  schemas: [patchOpUrn],
  Operations: [...Operations],
})

t.test('each peer has a unique ID', async t => {
  t.equal(new Set(peers.map(({ id }) => id)).size, peers.length)
})

t.test('filters are ignored', async t => {
  const { send } = await peerWith(t, 'ignores-filters', ['ann', 'bob'])
  const filter = 'userName eq "nobody"'
  const found = await send('GET', `/Users?filter=${encodeURIComponent(filter)}`)
  t.equal(found.body.totalResults, 2)
  t.equal((await send('POST', '/Users/.search', { schemas: [searchUrn], filter })).body.totalResults, 2)
})

t.test('totalResults is that of the page', async t => {
  const { send } = await peerWith(t, 'totals-of-the-page', ['ann', 'bob'])
  t.match((await send('GET', '/Users?count=1')).body, { totalResults: 1, Resources: { length: 1 } })
})

t.test('filters on title are rejected, and others accepted, whatever their value', async t => {
  const { send } = await peerWith(t, 'no-filter-on-title', ['ann'])
  const filtered = (filter: string) => send('GET', `/Users?filter=${encodeURIComponent(filter)}`)
  t.match(await filtered('title eq "x"'), { status: 400, body: { scimType: 'invalidFilter' } })
  t.match(await filtered('userName eq "a \\"title\\" b"'), { status: 200 })
})

t.test('an empty list has Resources null', async t => {
  const { send } = await peerWith(t, 'null-for-no-resources', ['ann'])
  t.match((await send('GET', '/Groups')).body, { totalResults: 0, Resources: null })
  t.match((await send('GET', '/Users')).body, { Resources: [{ userName: 'ann' }] })
})

t.test('/Me has no resource', async t => {
  const { send } = await peerWith(t, 'offers-me')
  t.match(await send('GET', '/Me'), { status: 404, body: { detail: /isn’t a user/ } })
})

for (const base of ['rfc', 'entra'] as const) {
  t.test(`a manager is a string, and an object is ignored (${base})`, async t => {
    const { send, ids } = await peerWith(t, 'manager-as-text', ['ann', 'bob'], base)
    const path = `${enterpriseUrn}:manager`
    const managerAfter = async (op: string, value: Json) => {
      const { status } = await send('PATCH', `/Users/${ids[0]}`, patch({ op, path, value }))
      const { body } = await send('GET', `/Users/${ids[0]}`)
      return [status < 300, body[enterpriseUrn]?.manager?.value]
    }
    t.same(await managerAfter('add', { value: ids[1] }), [true, undefined])
    t.same(await managerAfter('add', ids[1]), [true, ids[1]])
  })
}

t.test('groups are rejected', async t => {
  const { send } = await peerWith(t, 'takes-no-groups')
  t.match(await send('POST', '/Groups', { schemas: [groupUrn], displayName: 'x' }), { status: 400 })
})

t.test('groups with a second schema are rejected', async t => {
  const { send } = await peerWith(t, 'refuses-second-schema')
  const made = (...schemas: readonly string[]) =>
    send('POST', '/Groups', { schemas: [...schemas], displayName: 'x' })
  t.match(await made(groupUrn, 'http://example.com/Group'), { status: 400 })
  t.match(await made(groupUrn), { status: 201 })
})

t.test('PATCH is not supported, and invalid tokens still return 401', async t => {
  const { send, ids } = await peerWith(t, 'no-patch', ['ann'])
  const path = `/Users/${ids[0]}`
  const body = patch({ op: 'add', path: 'title', value: 'x' })
  t.match(await send('PATCH', path, body), { status: 405 })
  t.match(await send('PATCH', path, body, 'Bearer wrong'), { status: 401 })
  t.match((await send('GET', path)).body, { userName: 'ann', title: undefined })
  t.match(await send('PUT', path, { schemas: [userUrn], userName: 'other' }), { status: 200 })
})

t.test('writes return 204 without any effect', async t => {
  const { send, ids } = await peerWith(t, 'writes-without-effect', ['ann'])
  const path = `/Users/${ids[0]}`
  const before = (await send('GET', path)).body
  t.match(await send('PATCH', path, patch({ op: 'add', path: 'title', value: 'x' })), { status: 204 })
  t.match(await send('PUT', path, { schemas: [userUrn], userName: 'other' }), { status: 204 })
  t.match(await send('DELETE', path), { status: 204 })
  t.same((await send('GET', path)).body, before)
  t.match(await send('DELETE', '/Users/nobody'), { status: 404 })
})

t.test('locations are relative', async t => {
  const { send, ids } = await peerWith(t, 'relative-addresses', ['ann'])
  const { body } = await send('GET', `/Users/${ids[0]}`)
  t.match(body.meta.location, /^\/.*\/Users\/[^/]+$/)
})

t.test('three invalid tokens get responses, and then none; the valid one always does', async t => {
  const { url, send } = await peerWith(t, 'slows-wrong-tokens')
  const wrong = () => send('GET', '/Users', undefined, 'Bearer wrong')
  for (let time = 0; time < 3; time++) t.equal((await wrong()).status, 401)
  const held = new AbortController()
  const fourth = fetch(`${url}/Users`, { headers: { authorization: 'Bearer wrong' }, signal: held.signal })
  const first = await Promise.race([fourth.then(() => 'wrong'), send('GET', '/Users').then(() => 'right')])
  t.equal(first, 'right')
  held.abort()
  await t.rejects(fourth)
})
