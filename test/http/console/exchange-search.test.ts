import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, problem } from './console-app.ts'

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
  const { console, deps } = await buildTestConsole(t)
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  deps.journal.page = ({ signal }) => {
    begin()
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  }
  console.addHook('onError', async (request, _reply, { name }) => {
    request.log.error = () => end('logged')
    setImmediate(() => end(name))
  })
  await console.listen({ host: '127.0.0.1', port: 0 })
  const { port } = console.server.address() as AddressInfo
  const request = get(`http://127.0.0.1:${port}${search('rare')}`)
  request.on('error', () => {})
  await begun
  request.destroy()
  t.equal(await ended, 'AbortError')
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
