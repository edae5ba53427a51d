import t from 'tap'
import { bulk, idIn, patch, post, remove } from '../support/bulk.ts'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { searchFor } from '../support/search.ts'

t.test('each operation is a request of its own, below the bulk request', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const root = `/${tenant.id}/scim/v2`
  const homer = await client.create('Users', aUser('homer'))
  const disabling = patchOp({ op: 'replace', path: 'active', value: false })
  const { headers, body } = await client.post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      post('/Users', 'm', aUser('marge')),
      post('/Groups', 'g', aGroup('Family', ['bulkId:m'])),
      patch('/Users/bulkId:m', disabling, { version: 'W/"1"' }),
      remove(`Users/${homer.id}`),
      remove('/Users/bulkId:x'),
      post('/Printers', 'p', {}),
    ],
  })
  const [marge, family] = body.Operations.map(idIn)

  const rows = (await deps.journal.page({ limit: 50 })).items.slice(0, 7)

  const parent = headers['request-id']
  t.match(rows[0], { id: parent, action: 'bulk of 6 operations', status: 200, url: `${root}/Bulk` })
  t.notOk('parent' in (rows[0] ?? {}))
  t.match(
    rows.slice(1).toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    [
      {
        parent,
        method: 'POST',
        url: `${root}/Users`,
        status: 201,
        action: 'create user',
        target: { type: 'User', id: marge, label: 'marge' },
        profile: 'rfc',
        tenant: tenant.id,
      },
      { parent, method: 'POST', url: `${root}/Groups`, status: 201, action: 'create group' },
      {
        parent,
        method: 'PATCH',
        url: `${root}/Users/${marge}`,
        status: 200,
        action: 'disable user',
        request: { headers: { 'if-match': 'W/"1"' } },
      },
      {
        parent,
        method: 'DELETE',
        url: `${root}/Users/${homer.id}`,
        status: 204,
        action: 'delete user',
        target: { label: 'homer' },
      },
      { parent, method: 'DELETE', url: `${root}/Users/bulkId:x`, status: 409, action: 'delete user' },
      { parent, method: 'POST', url: `${root}/Printers`, status: 404, action: 'unknown address' },
    ],
  )
  t.ok(rows.every(({ token, remoteAddress }) => token && remoteAddress))
  const ofGroup = rows.find(({ action }) => action === 'create group')
  t.match(JSON.parse(ofGroup?.request.body ?? ''), { members: [{ value: marge }] }, 'with the real ids')
  t.match(JSON.parse(ofGroup?.response.body ?? ''), { id: family, members: [{ value: marge }] })
  const rejected = rows.find(({ status }) => status === 409)
  t.same(JSON.parse(rejected?.response.body ?? ''), body.Operations[4].response)
})

t.test('the history names the operation as the cause, and both members of a cycle', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const results = await bulk(client, [
    post('/Groups', 'a', aGroup('A', ['bulkId:b'])),
    post('/Groups', 'b', aGroup('B', ['bulkId:a'])),
  ])
  const [a, b] = results.map(idIn)
  const causes = new Map(
    (await deps.journal.page({ limit: 9, search: searchFor('action:"create group"') })).items.map(
      ({ target, id }) => [target?.id, id],
    ),
  )
  const history = async (id: string) =>
    ((await deps.directory.history(tenant.key, 'Group', id, { limit: 9 }))?.items ?? []).map(entry =>
      entry.kind === 'version'
        ? [entry.action, entry.exchange]
        : [`${entry.member.display} in ${entry.group.display}`, entry.exchange],
    )
  const inA = ['B in A', causes.get(a)]
  const inB = ['A in B', causes.get(b)]
  t.same(await history(a), [inA, ['created', causes.get(a)], inB])
  t.same(await history(b), [inA, inB, ['created', causes.get(b)]])
})

t.test('R-057 a secret is in no response, no recorded request and no history', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'rfc')
  const secrets = ['hunter2-hunter2', 'bulkId:hunter3-hunter3', 'hunter4-hunter4']
  const operations = [
    post('/Users', 'a', aUser('a', { password: secrets[0] })),
    post('/Users', 'b', aUser('b', { password: secrets[1] })),
    post('/Users', 'c', aUser('a', { password: secrets[2] })),
    patch('/Users/bulkId:a', patchOp({ op: 'replace', path: 'password', value: secrets[1] })),
    patch('/Users/bulkId:b', patchOp({ op: 'replace', value: { password: secrets[2] } })),
  ]
  const results = await bulk(client, operations)
  t.match(results, [
    { status: '201' },
    { status: '201' },
    { status: '409' },
    { status: '200' },
    { status: '200' },
  ])
  const rows = await deps.journal.page({ limit: 50 })
  const history = await deps.directory.history(tenant.key, 'User', idIn(results[0]), { limit: 50 })
  for (const secret of secrets) {
    t.notOk(JSON.stringify([results, rows, history]).includes(secret.replace('bulkId:', '')), secret)
  }
})

t.test('a rejected bulk request is recorded as one request', async t => {
  const { client, deps } = await buildTestApp(t, 'rfc')
  await client.post('/Bulk', { schemas: [], Operations: [remove('/Users/x'), remove('/Users/y')] })
  await client.post('/Bulk', [])
  const { items } = await deps.journal.page({ limit: 9 })
  t.match(items, [
    { status: 400, action: 'bulk of 0 operations' },
    { status: 400, action: 'bulk of 2 operations' },
  ])
  t.equal(items.length, 2)
})
