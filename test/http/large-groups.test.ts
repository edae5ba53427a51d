import t from 'tap'
import { maxPatchedMembers } from '../../src/profiles/base.ts'
import { groupUrn } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { turnsDuring, useSlowClock } from '../support/slow-clock.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, at) => ({ value: `member-${at}` }))

t.test('R-175 R-143 PATCH of a large group returns its members only if attributes are requested', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const members = numbered(maxPatchedMembers)
  const { id } = await client.create('Groups', {
    schemas: [groupUrn],
    displayName: 'Everyone',
    members: members.slice(1),
  })
  const at = `/Groups/${id}`
  const add = (value: string, query = '') =>
    client.send('PATCH', at + query, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'members', value: [{ value }] }],
    })
  const body = async () => (await client.get(at)).body

  const largest = await add('member-0')
  t.same([largest.status, largest.body], [200, await body()])
  t.equal(largest.body.members.length, maxPatchedMembers)

  const larger = await add('another')
  t.same(
    [larger.status, larger.body, larger.headers.etag, larger.headers['content-type']],
    [204, undefined, 'W/"3"', 'application/scim+json'],
  )
  t.equal((await body()).members.length, maxPatchedMembers + 1)

  const excluding = await add('a third', '?excludedAttributes=members')
  const { members: _, ...others } = await body()
  t.same([excluding.status, excluding.body], [200, { ...others, meta: { ...others.meta, version: 'W/"4"' } }])

  const requested = await add('a fourth', '?attributes=members')
  t.same(
    [requested.status, requested.body],
    [200, { id, schemas: [groupUrn], members: (await body()).members }],
  )
  t.equal(requested.body.members.length, maxPatchedMembers + 3)
  const put = await client.put(at, {
    schemas: [groupUrn],
    displayName: 'All',
    members: [...members, ...numbered(1)],
  })
  t.same([put.status, put.body], [200, await body()], 'PUT returns the group')
})

t.test('a large response is sent in portions, with its length', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const members = Array.from({ length: 20_000 }, (_, at) => ({ value: `😀 member ${at}` }))
  const { id } = await client.create('Groups', { schemas: [groupUrn], displayName: 'Everyone', members })
  useSlowClock(t)
  const get = client.send('GET', `/Groups/${id}`)
  t.ok((await turnsDuring(get)) > 20)
  const { body, headers } = await get
  t.same(body.members, members)
  t.equal(headers['content-length'], String(Buffer.byteLength(JSON.stringify(body))))
  const head = await client.send('HEAD', `/Groups/${id}`)
  t.same(
    [head.status, head.body, head.headers['content-length'], head.headers.etag],
    [200, undefined, headers['content-length'], headers.etag],
  )
})
