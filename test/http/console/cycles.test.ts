import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, problem, wholeList } from './console-app.ts'

const minute = 60_000

t.test('the cycles of clients', async t => {
  const { callApi, client, tenant, token, another } = await buildTestConsole(t, 'aws')
  const asEntra = { 'user-agent': '' }
  await client.send(
    'GET',
    '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22',
    undefined,
    asEntra,
  )
  await client.send('POST', '/Users', aUser('anna'), asEntra)
  const other = await another('rfc')
  await other.client.send('GET', '/Users/nobody', undefined, { 'user-agent': 'curl/8.5.0' })

  t.test('cycles are listed with their counts and the next due time', async t => {
    const { status, body } = await callApi('GET', '/api/v1/cycles')
    t.equal(status, 200)
    const [curl, entra] = body.items
    t.match(entra, {
      tenant: tenant.id,
      token: { ending: token.slice(-4) },
      kind: 'cycle',
      running: true,
      requests: 2,
      created: 1,
      failed: 0,
      next: { overdue: false },
    })
    t.equal(Date.parse(entra.next.expected), Date.parse(entra.started) + 40 * minute)
    t.match(curl, { tenant: other.tenant.id, dialect: 'other', requests: 1, failed: 1 })
    t.equal(curl.next, undefined)
  })

  t.test('cycles are filtered by tenant, paged, and read by id', async t => {
    const whole = (await callApi('GET', '/api/v1/cycles')).body.items
    t.same(await wholeList(callApi, '/api/v1/cycles?limit=1'), whole)
    t.same((await callApi('GET', `/api/v1/cycles?tenant=${tenant.id}`)).body.items, [whole[1]])
    t.same((await callApi('GET', '/api/v1/cycles?tenant=nobody')).body, { items: [] })
    t.same((await callApi('GET', `/api/v1/cycles/${whole[1].id}`)).body, whole[1])
  })

  t.test('an unknown cycle and an invalid cursor are reported', async t => {
    t.same(
      (await callApi('GET', '/api/v1/cycles/nothing')).body,
      problem(
        'not-found',
        'Not found',
        404,
        'There is no cycle "nothing". Cycles are deleted with their last exchange in the journal. GET /api/v1/cycles lists all cycles.',
      ),
    )
    t.equal((await callApi('GET', '/api/v1/cycles?cursor=x')).status, 400)
  })

  t.test('a reset deletes all cycles', async t => {
    await callApi('POST', '/api/v1/reset', { tenant: tenant.id })
    t.match((await callApi('GET', '/api/v1/cycles')).body.items, [{ tenant: other.tenant.id }])
    await callApi('POST', '/api/v1/reset')
    t.same((await callApi('GET', '/api/v1/cycles')).body, { items: [] })
  })
})

t.test('only the newest cycle of a client has the next due time', async t => {
  const { callApi, client } = await buildTestConsole(t, 'rfc')
  const asEntra = { 'user-agent': '' }
  const probe = '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22'
  for (const name of ['anna', 'bert']) {
    await client.send('GET', probe, undefined, asEntra)
    await client.send('POST', '/Users', aUser(name), asEntra)
  }
  const { items } = (await callApi('GET', '/api/v1/cycles')).body
  t.same(
    items.map(({ next }: { next?: object }) => next !== undefined),
    [true, false],
  )
  t.equal((await callApi('GET', `/api/v1/cycles/${items[1].id}`)).body.next, undefined)
})
