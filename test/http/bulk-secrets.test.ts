import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import t from 'tap'
import type { WriteSlot } from '../../src/provider/provider.ts'
import { bulk, bulkRequest, patch, post, put, statuses } from '../support/bulk.ts'
import { buildSocketTest } from '../support/over-socket.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'
import { searchFor } from '../support/search.ts'

const password = 't1meMa$heen'
const creations = (count: number, more: Readonly<Record<string, unknown>> = {}) =>
  Array.from({ length: count }, (_, at) => post('/Users', `b${at}`, aUser(`user-${at}`, more)))

/** Counts the secrets that are hashed at the same time. */
function watchHashing() {
  const running = new Set<number>()
  let most = 0
  const hook = createHook({
    init(id, type) {
      if (type !== 'SCRYPTREQUEST') return
      running.add(id)
      most = Math.max(most, running.size)
    },
    before: id => void running.delete(id),
  }).enable()
  return () => {
    hook.disable()
    return most
  }
}

t.test('the secrets of a bulk request are hashed in parallel on the available cores', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const most = watchHashing()
  const results = await bulk(client, creations(12, { password }))
  t.equal(most(), Math.min(availableParallelism(), 4))
  t.same(new Set(statuses(results)), new Set(['201']))
})

t.test('operations keep their order if some of them have secrets', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const results = await bulk(client, [
    post('/Users', 'first', aUser('marge', { password, title: 'first' })),
    post('/Users', 'broken', { userName: 'bart' }),
    post('/Users', 'second', aUser('marge', { title: 'second' })),
    put(`/Users/${id}`, aUser('lisa', { password })),
    post('/Users', 'third', aUser('lisa')),
    post('/Users', 'fourth', aUser('homer')),
  ])
  t.same(statuses(results), ['201', '400', '409', '200', '409', '201'])
  t.equal((await client.get('/Users?filter=userName+eq+%22marge%22')).body.Resources[0].title, 'first')
})

t.test('a bulk request with more than a hundred secrets is rejected without changes', async t => {
  const { client, deps } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('homer'))
  const others = [
    put(`/Users/${id}`, aUser('homer', { PassWord: 'doh' })),
    patch(`/Users/${id}`, patchOp({ op: 'replace', path: 'password', value: 'ay caramba' })),
    patch(`/Users/${id}`, patchOp({ op: 'add', value: { password: 'ay caramba' } })),
    patch(`/Users/${id}`, patchOp({ op: 'remove', path: 'password' })),
  ]
  const rejected = await client.post('/Bulk', bulkRequest([...creations(98, { password }), ...others]))
  isScimError(t, rejected, { status: 413, scimType: 'tooMany', detail: /101 secrets.*the maximum is 100/ })
  t.equal((await client.get('/Users')).body.totalResults, 1)
  t.match((await deps.journal.page({ limit: 9, search: searchFor('status:413') })).items, [
    { action: 'bulk of 102 operations' },
  ])
  t.equal((await client.post('/Bulk', bulkRequest(creations(150)))).status, 200, 'others may be more')
})

t.test('a bulk request stops after the current operations when its client disconnects', async t => {
  const server = await buildSocketTest(t, 'rfc')
  const { provider } = server.deps.scim
  const inOrder = provider.inOrder
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  Object.assign(provider, {
    inOrder: ({ ready, release }: WriteSlot) => {
      begun.resolve()
      return inOrder({ ready: Promise.all([ready, gate.promise]), release })
    },
  })
  const leaving = new AbortController()
  const connection = once(server.app.server, 'connection')
  const response = server.request('POST', '/Bulk', bulkRequest(creations(250)), {
    signal: leaving.signal,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/scim+json' },
  })
  const [socket] = await connection
  await begun.promise
  leaving.abort()
  await t.rejects(response)
  if (!socket.destroyed) await once(socket, 'close')
  gate.resolve()
  const recorded = async () =>
    (await server.deps.journal.page({ limit: 250, search: searchFor('method:POST status:201') })).items.length
  const created = async () => (await server.client.get('/Users?count=0')).body.totalResults
  // Until the operations are recorded, in slices.
  while ((await recorded()) === 0 || (await recorded()) !== (await created())) {}
  t.ok((await created()) <= 100, 'the first wave')
  const outer = await server.deps.journal.page({ limit: 9, search: searchFor('action:bulk') })
  t.match(outer.items, [{ action: 'bulk of 250 operations' }])
})
