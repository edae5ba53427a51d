import t from 'tap'
import { bulkRequest, remove } from '../../support/bulk.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, wholeList } from './console-app.ts'

t.test('the journal', async t => {
  const { callApi, client, tenant, another, deps } = await buildTestConsole(t, 'rfc')
  const user = await client.create('Users', aUser('anna'))
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
  await client.get('/Users?filter=userName eq "nobody"')
  await client.get('/Users/nobody')
  await client.get('/Users', { authorization: 'Bearer wrong' })
  const other = await another('aws')
  await other.client.get('/Users')

  t.test('the list has a summary of each request, and its id returns all of it', async t => {
    const [listed] = (await callApi('GET', '/api/v1/exchanges?method=POST')).body.items
    const { status, body } = await callApi('GET', `/api/v1/exchanges/${listed.id}`)
    const { request, response, ...short } = body
    t.equal(status, 200)
    t.same(listed, short)
    t.match(short, {
      tenant: tenant.id,
      at: /^\d{4}-\d\d-\d\dT/,
      tenantTime: /^\d{4}-\d\d-\d\dT/,
      method: 'POST',
      url: `/${tenant.id}/scim/v2/Users`,
      status: 201,
      action: /create/,
      target: { type: 'User', id: user.id, label: 'anna' },
      token: { ending: /^.{4}$/ },
      profile: 'rfc',
    })
    t.match(JSON.parse(request.body), { userName: 'anna' })
    t.match(JSON.parse(response.body), { id: user.id })
    t.notOk(JSON.stringify(body).includes('Bearer scimulator-'), 'the token is not included')
  })

  t.test('the list is filtered by each parameter', async t => {
    const found = async (query: string) =>
      (await callApi('GET', `/api/v1/exchanges?${query}`)).body.items.map(
        ({ method, status }: { method: string; status: number }) => `${method} ${status}`,
      )
    t.same(await found(''), ['GET 200', 'GET 401', 'GET 404', 'GET 200', 'PATCH 200', 'POST 201'])
    t.same(await found(`tenant=${other.tenant.id}`), ['GET 200'])
    t.same(await found('method=patch'), ['PATCH 200'])
    t.same(await found('action=disable'), ['PATCH 200'])
    t.same(await found('status=401'), ['GET 401'])
    t.same(await found('status=4xx'), ['GET 401', 'GET 404'])
    t.same(await found('status=2'), ['GET 200', 'GET 200', 'PATCH 200', 'POST 201'])
    t.same(await found(`resource=${user.id}`), ['PATCH 200', 'POST 201'])
    t.same(await found('text=anna&method=POST'), ['POST 201'])
    t.same(await found('from=2100-01-01T00:00:00Z'), [])
    t.same(await found('until=2001-01-01T00:00:00%2B02:00'), [])
    t.equal((await found('from=2001-01-01T00:00:00Z&until=2100-01-01T00:00:00Z')).length, 6)
  })

  t.test('a rejected token has its reason', async t => {
    const [rejected] = (await callApi('GET', '/api/v1/exchanges?status=401')).body.items
    t.match(rejected, { refusal: 'unknown', status: 401 })
  })

  t.test('an operation refers to its bulk request', async t => {
    const { headers } = await client.post('/Bulk', bulkRequest([remove('/Users/nobody')]))
    const [operation] = (await callApi('GET', '/api/v1/exchanges?method=DELETE')).body.items
    t.match(operation, { parent: headers['request-id'], status: 404, action: 'delete user' })
  })

  t.test('pages joined are the list', async t => {
    // Later results of the analysis change the list.
    await deps.analysis.caughtUp(10_000)
    const whole = (await callApi('GET', '/api/v1/exchanges')).body.items
    for (const limit of [1, 4, 6]) {
      t.same(await wholeList(callApi, `/api/v1/exchanges?limit=${limit}`), whole, `by ${limit}`)
    }
  })
})
