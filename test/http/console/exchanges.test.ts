import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import t from 'tap'
import { bulkRequest, remove } from '../../support/bulk.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, problem, type TestConsole, wholeList } from './console-app.ts'

t.test('the journal', async t => {
  const { callApi, client, tenant, another, deps } = await buildTestConsole(t, 'rfc')
  const user = await client.create('Users', aUser('anna'))
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
  await client.get('/Users?filter=userName eq "nobody"')
  await client.get('/Users/nobody')
  await client.get('/Users', { authorization: 'Bearer wrong' })
  const other = await another('aws')
  await other.client.get('/Users')
  // Waits for the analysis, whose results are in every summary.
  await callApi('GET', '/api/v1/findings')

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

const search = (q: string) => `/api/v1/exchanges?q=${encodeURIComponent(q)}`

t.test('the journal is searched by q', async t => {
  const { callApi, client, tenant, another } = await buildTestConsole(t, 'rfc')
  const user = await client.create('Users', aUser('anna', { title: 'Dr. <b>' }))
  await client.create('Groups', aGroup('Anna fans'))
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
  await client.get('/Users?filter=title eq "Dr. No"')
  await client.get('/Users/nobody')
  await client.get('/Users', { authorization: 'Bearer wrong' })
  const other = await another('aws')
  await other.client.post('/Users', { userName: 'x' })
  const found = async (q: string, more = '') =>
    (await callApi('GET', search(q) + more)).body.items.map(
      ({ method, status }: { method: string; status: number }) => `${method} ${status}`,
    )
  const everything = ['POST 400', 'GET 401', 'GET 404', 'GET 200', 'PATCH 200', 'POST 201', 'POST 201']

  t.test('a search filters by several keys at once', async t => {
    t.same(await found(''), everything)
    t.same(await found('status:4xx -tenant:x'), ['POST 400', 'GET 401', 'GET 404'])
    t.same(await found('action:DISABLE'), ['PATCH 200'])
    t.same(await found('user:AN'), ['PATCH 200', 'POST 201'])
    t.same(await found('group:anna'), ['POST 201'])
    t.same(await found('target:anna'), ['PATCH 200', 'POST 201', 'POST 201'])
    t.same(await found(`user:${user.id.slice(0, 9)}`), ['PATCH 200', 'POST 201'])
    t.same(await found(`tenant:${other.tenant.id}`), ['POST 400'])
    t.same(await found('after:1h before:1h'), [])
    t.same(await found('after:1h'), everything)
    t.same(await found('text:"dr. no"'), ['GET 200'])
    t.same(await found('dr. -method:POST'), ['PATCH 200', 'GET 200'].toReversed())
    t.same(await found('rejected:any'), ['GET 401'])
    t.same(await found('rejected:unknown profile:aws'), [])
    t.same(await found('rule:aws/'), ['POST 400'])
    t.same(await found('duration:<10m fault:any'), [])
    t.same(await found('is:replay'), [])
    const [{ id, token }] = (await callApi('GET', search('method:PATCH'))).body.items
    t.same(await found(`id:${id}`), ['PATCH 200'])
    t.same(await found(`token:${token.ending} -method:GET tenant:${tenant.id}`), [
      'PATCH 200',
      'POST 201',
      'POST 201',
    ])
  })

  t.test('a search is combined with the other parameters', async t => {
    t.same(await found('status:2xx', '&method=patch'), ['PATCH 200'])
    t.same(await found('status:2xx', '&status=4xx'), [])
  })

  t.test('the next page continues the search', async t => {
    const first = (await callApi('GET', `${search('method:GET')}&limit=2`)).body
    const second = (await callApi('GET', `${search('method:GET')}&limit=2&cursor=${first.next}`)).body
    t.same([first.items.length, second.items.length, second.next], [2, 1, undefined])
  })
})

t.test('a client that disconnects ends its search without a log entry', async t => {
  const logged: string[] = []
  const logger = pino({ level: 'error' }, { write: line => void logged.push(line) })
  const { console, deps } = await buildTestConsole(t, 'rfc', {}, logger)
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  deps.journal.page = ({ signal }) => {
    begin()
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        reject(signal.reason)
        // The error is handled before.
        setImmediate(end)
      })
    })
  }
  await console.listen({ host: '127.0.0.1', port: 0 })
  const { port } = console.server.address() as AddressInfo
  const request = get(`http://127.0.0.1:${port}${search('rare')}`)
  request.on('error', () => {})
  await begun
  request.destroy()
  await ended
  t.same(logged, [])
})

t.test('results of the analysis are returned and searchable', async t => {
  const { callApi, deps } = await buildTestConsole(t, 'rfc')
  const base = {
    at: 0,
    tenantTime: 0,
    microseconds: 1,
    method: 'GET',
    url: '/',
    status: 200,
    operation: 'list' as const,
    action: 'list users',
    request: { headers: {} },
    response: { headers: {} },
  }
  deps.journal.record({
    ...base,
    id: 'affected',
    fault: { id: 'fault-1', summary: 'PATCH of users: 429' },
    replayOf: 'other',
  })
  const { items } = (await callApi('GET', search('fault:"OF USERS" is:replay'))).body
  t.match(items, [
    { id: 'affected', fault: { id: 'fault-1', summary: 'PATCH of users: 429' }, replayOf: 'other' },
  ])
  t.type(items[0].analyzed, 'boolean')
  t.type(items[0].findings, Array)
})

t.test('an invalid search is rejected with each error and its position', async t => {
  const { callApi } = await buildTestConsole(t)
  const { status, headers, body } = await callApi('GET', search('statsu:404 "open'))
  t.equal(status, 400)
  t.match(headers['content-type'], /^application\/problem\+json/)
  t.same(body, {
    ...problem(
      'invalid-query',
      'Invalid search',
      400,
      'Unknown filter "statsu": did you mean "status"? This quotation mark is not closed. Add a " at the end; inside the text write \\".',
    ),
    errors: [
      {
        path: 'query.q',
        message: 'Unknown filter "statsu": did you mean "status"?',
        at: 0,
        length: 6,
        suggestion: 'status',
      },
      {
        path: 'query.q',
        message: 'This quotation mark is not closed. Add a " at the end; inside the text write \\".',
        at: 11,
        length: 5,
      },
    ],
  })
})

t.test('no search causes an error of the console', async t => {
  const { callApi, client } = await buildTestConsole(t)
  await client.get('/Users')
  for (const q of [
    'a '.repeat(1000),
    `"${'x'.repeat(5000)}"`,
    '\u0000',
    '%',
    "' or 1=1 --",
    '-'.repeat(3000),
  ]) {
    t.ok((await callApi('GET', search(q))).status < 500, encodeURIComponent(q.slice(0, 20)))
  }
})

t.test('a request that a crash took from the journal is told from one that is too old', async t => {
  const { callApi, client, tenant, deps } = await buildTestConsole(t, 'rfc')
  await client.get('/Users')
  const { record } = deps.journal
  const lost: string[] = []
  deps.journal.record = ({ id }) => void lost.push(id)
  const user = await client.create('Users', aUser('anna'))
  await deps.journal.extent()
  deps.journal.record = record
  await client.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
  const [id = ''] = lost
  const show = async (exchange: string) => (await callApi('GET', `/api/v1/exchanges/${exchange}`)).body
  t.match(await show(id), {
    status: 404,
    missing: 'lost',
    detail: /It is newer than the oldest stored request: a crash may have lost it \(its changes are stored\)/,
  })
  const old = `00${id.slice(2)}`
  t.match(await show(old), { status: 404, missing: 'deleted', detail: /Old requests are deleted\./ })
  const future = `f${id.slice(1)}`
  t.equal((await show(future)).missing, undefined)
  t.match(await callApi('GET', `/api/v1/exchanges/${id}/explanation`), { body: { missing: 'lost' } })

  const here = `/api/v1/tenants/${tenant.id}/users/${user.id}`
  const { items } = (await callApi('GET', `${here}/history`)).body
  t.match(items, [
    { action: 'modified', cause: { action: 'disable user' } },
    { action: 'created', exchange: id, missing: 'lost' },
  ])
  t.match((await callApi('GET', here)).body, { origin: { exchange: id, missing: 'lost' } })
})
