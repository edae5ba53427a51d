import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const operators = { displayName: 'Network Operators' }
const asEntra = { 'user-agent': '' }

const newest = async ({ callApi }: TestConsole) => {
  const [exchange] = (await callApi('GET', '/api/v1/exchanges?limit=1')).body.items
  return { status: exchange.status, action: exchange.action, target: exchange.target }
}

t.test('a request that a fault or a rule stops early has the name of its resource', async t => {
  const test = await buildTestConsole(t, 'aws')
  const { callApi, client, tenant } = test
  const group = await client.create('Groups', operators)
  const target = { type: 'Group', id: group.id, label: 'Network Operators' }
  const change = () =>
    client.send(
      'PATCH',
      `/Groups/${group.id}`,
      patchOp({ op: 'Add', path: 'members', value: [{ value: 'nobody' }] }),
      asEntra,
    )

  await callApi('POST', '/api/v1/faults', {
    match: { tenant: tenant.id },
    effect: { kind: 'status', status: 500 },
  })
  await change()
  t.match(await newest(test), { status: 500, target })
  await callApi('DELETE', '/api/v1/faults')

  await client.patch(`/Groups/${group.id}`, { op: 'remove' })
  t.match(await newest(test), { status: 400, target })

  const { items } = (await callApi('GET', '/api/v1/findings')).body
  const failure = items.find(({ id }: { id: string }) => id === 'client/server-error')
  t.equal(failure.evidence[0].subject, 'Network Operators')
  t.equal(
    (await callApi('GET', '/api/v1/exchanges?q=group:operators+status:500')).body.items.length,
    1,
    'a search finds it by the name',
  )
})

t.test('a throttled request has the name of its resource', async t => {
  const test = await buildTestConsole(t, 'aws')
  const { callApi, client, tenant } = test
  const user = await client.create('Users', aUser('anna'))
  await callApi('PATCH', `/api/v1/tenants/${tenant.id}`, { throttle: 'aws' })
  const responses = await Promise.all(
    Array.from({ length: 100 }, (_, title) =>
      client.patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: `${title}` }),
    ),
  )
  t.ok(responses.some(({ status }) => status === 429))
  const { items } = (await callApi('GET', '/api/v1/exchanges?q=status:429&limit=1')).body
  t.match(items, [{ action: 'change user', target: { type: 'User', id: user.id, label: 'anna' } }])
})

t.test('a request for a deleted user has the name of the user', async t => {
  for (const onDelete of ['retain', 'remove']) {
    const test = await buildTestConsole(t, 'rfc')
    const { callApi, client, tenant } = test
    await callApi('PATCH', `/api/v1/tenants/${tenant.id}`, { onDelete })
    const user = await client.create('Users', aUser('anna'))
    await client.delete(`/Users/${user.id}`)
    await client.get(`/Users/${user.id}`)
    t.same(await newest(test), {
      status: 404,
      action: 'read user',
      target: { type: 'User', id: user.id, label: 'anna' },
    })
    await client.get(`/Groups/${user.id}`)
    t.match(await newest(test), { status: 404, target: { type: 'Group', label: undefined } })
  }
})
