import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'csv-parse/sync'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { exportRecording } from '../../../src/console/export/recording.ts'
import type { Exchange } from '../../../src/domain/journal/exchange.ts'
import { newRequestId } from '../../../src/domain/journal/request-id.ts'
import type { RecognizedClient } from '../../../src/scim/recognition/products.ts'
import { anExchange } from '../../contract/journal.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, problem, scimBase } from './console-app.ts'

const hostile = `<script>\u202e=1+1"',\r\n\u0000${'x'.repeat(10_000)}`

async function addressOf(app: FastifyInstance): Promise<string> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

t.test('all results of a search are exported in each format', async t => {
  const { callApi, console, deps, client } = await buildTestConsole(t)
  for (let number = 1; number <= 120; number++) deps.journal.record(anExchange(number, { method: 'POST' }))
  await client.post('/Users', aUser(hostile))
  await client.get('/Users')
  const listed = (await callApi('GET', '/api/v1/exchanges?q=method:POST&limit=200')).body.items
  const ids = listed.map(({ id }: { id: string }) => id)
  t.equal(ids.length, 121)
  const exported = (format: string) =>
    console.inject(`/api/v1/exchanges/export?format=${format}&q=${encodeURIComponent('method:POST')}`)

  t.test('JSON lines contain each request completely', async t => {
    const { statusCode, headers, body } = await exported('ndjson')
    t.equal(statusCode, 200)
    t.match(headers, {
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="exchanges.ndjson"',
    })
    const lines = body
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    t.same(
      lines.map(({ id }) => id),
      ids,
    )
    t.same(lines[0], (await callApi('GET', `/api/v1/exchanges/${ids[0]}`)).body)
  })

  t.test('an HTTP archive is valid', async t => {
    const result = await exported('har')
    const { log } = result.json()
    t.match(result.headers, { 'content-disposition': 'attachment; filename="exchanges.har"' })
    t.match(log, { version: '1.2', creator: { name: 'Scimulator', version: '1.2.3' } })
    t.same(
      log.entries.map(({ _exchange }: { _exchange: string }) => _exchange),
      ids,
    )
    const sent = log.entries.find(({ request }: { request: { postData?: unknown } }) => request.postData)
    t.ok(sent.request.url.startsWith(`${scimBase}/`))
    t.equal(JSON.parse(sent.request.postData.text).userName, hostile)
  })

  t.test('CSV has one row per request', async t => {
    const { headers, body } = await exported('csv')
    t.match(headers, {
      'content-type': /^text\/csv/,
      'content-disposition': 'attachment; filename="exchanges.csv"',
    })
    const rows: Record<string, string>[] = parse(body, { columns: true, record_delimiter: '\r\n' })
    t.same(
      rows.map(({ id }) => id),
      ids,
    )
  })
})

t.test('a recording has the SCIM requests to one tenant, oldest first', async t => {
  const { callApi, console, deps, client } = await buildTestConsole(t)
  const [tenant] = deps.tenants.list()
  const recorded = (number: number, changes: Partial<Exchange>) =>
    deps.journal.record(
      anExchange(number, {
        // PostgreSQL returns requests in the order of their IDs, which have the time.
        id: newRequestId(),
        tenant: `${tenant?.id}`,
        url: `/${tenant?.id}/scim/v2/Users/${number}`,
        ...changes,
      }),
    )
  for (let number = 1; number <= 120; number++) recorded(number, {})
  recorded(121, { tenant: 'another' })
  recorded(122, { api: 'identity-store' })
  recorded(123, { parent: 'bulk' })
  recorded(124, { operation: 'token' })
  recorded(125, { url: `/${tenant?.id}/scim/v2` })
  await client.post('/Users', aUser('nell'))
  const exported = async (query = '') => {
    const { body, headers } = await console.inject(`/api/v1/exchanges/export?format=recording${query}`)
    const [provenance, ...requests] = body
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    return { headers, provenance, requests }
  }
  const { headers, provenance, requests } = await exported()
  t.match(headers, {
    'content-type': 'application/x-ndjson',
    'content-disposition': 'attachment; filename="requests.recording.jsonl"',
  })
  t.match(provenance, {
    recording: 1,
    client: {},
    capture: { how: 'scimulator', server: 'Scimulator 1.2.3, profile rfc' },
    certainty: 'captured',
    personalData: 'kept',
  })
  t.same(
    requests.map(({ path }) => path),
    [...Array.from({ length: 120 }, (_, index) => `/Users/${index + 1}`), '/Users'],
  )
  t.match(requests.at(-1), {
    method: 'POST',
    headers: { authorization: 'Bearer ***' },
    body: { userName: 'nell' },
    response: { status: 201, body: { userName: 'nell' } },
  })
  t.same((await exported('&q=method:PUT')).requests, [])
  t.same((await exported(`&tenant=${tenant?.id}&q=method:POST`)).requests.length, 1)

  await deps.tenants.create({}, 'another')
  const message = 'A recording has the requests to one tenant. Add tenant:ID to the search.'
  t.match(await callApi('GET', '/api/v1/exchanges/export?format=recording'), {
    status: 400,
    body: { detail: message },
  })
  t.match(await callApi('GET', '/api/v1/exchanges/export?format=recording&q=tenant:nobody'), {
    status: 400,
    body: { detail: 'There is no tenant "nobody".' },
  })
  t.same(
    (await exported('&q=tenant:another')).requests.map(({ path }) => path),
    ['/Users/121'],
  )
})

t.test('a recording names the product if all recognized requests agree', async t => {
  const { deps, tenant } = await buildTestConsole(t)
  const clientOf = async (...recognized: readonly RecognizedClient[]) => {
    const exchanges = recognized.map((client, at) =>
      anExchange(at, {
        tenant: tenant.id,
        notes: { client: 'service', findings: [], recognized: client },
      }),
    )
    deps.journal.batches = async function* () {
      yield exchanges
    }
    const query = { search: [], signal: new AbortController().signal }
    let file = ''
    for await (const part of exportRecording(deps.journal, query, { tenant, version: '1' })) file += part
    const [head = ''] = file.split('\n')
    return JSON.parse(head).client
  }
  const okta: RecognizedClient = { product: 'okta', evidence: 'named' }
  t.same(await clientOf(okta, { product: 'okta', evidence: 'shaped' }), { product: 'okta' })
  t.same(await clientOf(okta, { product: 'entra', evidence: 'perhaps' }), { product: 'okta' })
  t.same(await clientOf(okta, { product: 'entra', evidence: 'shaped' }), {})
  t.same(await clientOf(), {})
})

t.test('an export without requests is a valid file', async t => {
  const { console } = await buildTestConsole(t)
  const exported = async (format: string) =>
    (await console.inject(`/api/v1/exchanges/export?format=${format}&tenant=nobody`)).body
  t.equal(await exported('ndjson'), '')
  t.same(JSON.parse(await exported('har')).log.entries, [])
  t.match(await exported('csv'), /^id,at,[^\r\n]*\r\n$/)
})

t.test('a client that disconnects ends the export', async t => {
  const { console, deps } = await buildTestConsole(t)
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  /** More than any buffer holds. */
  async function* endless(): AsyncGenerator<readonly Exchange[]> {
    try {
      for (let number = 1; ; number++) yield [anExchange(number)]
    } finally {
      end()
    }
  }
  deps.journal.batches = endless
  const request = get(`${await addressOf(console)}/api/v1/exchanges/export?format=ndjson`)
  const [response] = await once(request, 'response')
  await once(response, 'data')
  request.destroy()
  await ended
  t.pass('nothing more is read')
})

t.test('a slow client limits what is read to the buffer of its connection', async t => {
  const { console, deps } = await buildTestConsole(t)
  const megabyte = 'x'.repeat(1024 * 1024)
  let read = 0
  deps.journal.batches = async function* () {
    for (; read < 1000; read++) {
      yield [anExchange(read, { request: { headers: {}, body: megabyte } })]
      // As the journal does.
      await new Promise(setImmediate)
    }
  }
  const request = get(`${await addressOf(console)}/api/v1/exchanges/export?format=ndjson`)
  const [response] = await once(request, 'response')
  t.teardown(() => request.destroy())
  response.pause()
  let before = -1
  // Until nothing was read for a while.
  while (before !== read) {
    before = read
    for (let turn = 0; turn < 500; turn++) await new Promise(setImmediate)
  }
  t.ok(read < 100, `${read} MiB were read`)
})

for (const [path, most] of [
  ['export?format=ndjson', 2],
  ['count', 2],
] as const) {
  t.test(`a few requests for /exchanges/${path} run at a time, the others wait in order`, async t => {
    const { console, deps } = await buildTestConsole(t)
    const begun: string[] = []
    const ended: string[] = []
    const gates = new Map<string, () => void>()
    deps.journal.batches = async function* ({ search = [] }) {
      const name = search[0]?.value ?? ''
      begun.push(name)
      await new Promise<void>(resolve => gates.set(name, resolve))
      yield [anExchange(1)]
    }
    const names = ['a', 'b', 'c', 'd']
    const separator = path.includes('?') ? '&' : '?'
    const responses = names.map(async name => {
      const { statusCode } = await console.inject(`/api/v1/exchanges/${path}${separator}tenant=${name}`)
      t.equal(statusCode, 200)
      ended.push(name)
    })
    for (const [at, name] of names.entries()) {
      while (!gates.has(name)) await new Promise(setImmediate)
      t.same(begun, names.slice(0, begun.length))
      t.ok(begun.length <= at + most, begun.join())
      gates.get(name)?.()
      await responses[at]
    }
    t.same(ended, names)
  })
}

t.test('a client that disconnects gives its place to the next export', async t => {
  const { console, deps } = await buildTestConsole(t)
  deps.journal.batches = async function* ({ search = [] }) {
    yield [anExchange(1, search.length > 0 ? { request: { headers: {}, body: 'x'.repeat(1 << 23) } } : {})]
  }
  const base = `${await addressOf(console)}/api/v1/exchanges/export?format=ndjson`
  const stalled = await Promise.all(
    ['a', 'b'].map(async name => {
      const request = get(`${base}&tenant=${name}`)
      const [response] = await once(request, 'response')
      response.pause()
      return request
    }),
  )
  const next = get(base)
  const waiting = once(next, 'response')
  for (const request of stalled) request.destroy()
  const [response] = await waiting
  response.resume()
  t.equal(response.statusCode, 200)
})

t.test('a client that disconnects before the first result ends the export', async t => {
  const { console, deps } = await buildTestConsole(t)
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  deps.journal.batches = async function* ({ signal }) {
    begin()
    await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    }).catch(error => end(error.name))
    yield []
  }
  const request = get(`${await addressOf(console)}/api/v1/exchanges/export?format=csv&q=rare`)
  request.on('error', () => {})
  await begun
  request.destroy()
  t.equal(await ended, 'AbortError')
})

t.test('other requests are handled between the portions of an export', async t => {
  const { app, console, deps, tenant, token } = await buildTestConsole(t)
  for (let number = 1; number <= 5000; number++) deps.journal.record(anExchange(number))
  await deps.journal.find('')
  const scim = await addressOf(app)
  for (const format of ['csv', 'ndjson', 'har']) {
    let isDone = false
    const exported = fetch(`${await addressOf(console)}/api/v1/exchanges/export?format=${format}`)
      .then(response => response.text())
      .finally(() => {
        isDone = true
      })
    let answered = 0
    while (!isDone) {
      const response = await fetch(`${scim}/${tenant.id}/scim/v2/Users?count=1`, {
        headers: { authorization: `Bearer ${token}` },
      })
      await response.text()
      answered++
    }
    t.ok((await exported).length > 5000)
    t.ok(answered > 5, `${format}: ${answered} requests were handled`)
  }
})

t.test('one request is exported as a command, a fixture or an archive', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t)
  await client.create('Users', aUser('anna', { password: 'top-secret' }))
  const [{ id }] = (await callApi('GET', '/api/v1/exchanges')).body.items
  const exported = (format: string) => callApi('GET', `/api/v1/exchanges/${id}/export?format=${format}`)

  const curl = await exported('curl')
  t.match(curl.headers, {
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="${id}.sh"`,
  })
  t.match(curl.body, `'${scimBase}/${tenant.id}/scim/v2/Users'`)
  t.match(curl.body, '"Authorization: Bearer $SCIM_TOKEN"')

  const fixture = await exported('fixture')
  t.match(fixture.headers, { 'content-disposition': `attachment; filename="${id}.json"` })
  t.match(fixture.body, {
    request: {
      method: 'POST',
      path: `/${tenant.id}/scim/v2/Users`,
      body: { userName: 'anna', password: '***' },
    },
    expect: { status: 201, body: { userName: 'anna' } },
    notes: ['In the body of the request, secrets are hidden by "***".'],
  })

  const har = await exported('har')
  t.match(har.headers, { 'content-disposition': `attachment; filename="${id}.har"` })
  t.match(har.body.log, { version: '1.2', entries: [{ _exchange: id, response: { status: 201 } }] })

  for (const { body } of [curl, fixture, har]) {
    t.notMatch(typeof body === 'string' ? body : JSON.stringify(body), /top-secret|Bearer scimulator-/)
  }
})

t.test('IS-500 requests are exported as the events that CloudTrail would record', async t => {
  const { callApi, deps, client, tenant } = await buildTestConsole(t, 'aws')
  const foreign = anExchange(1)
  deps.journal.record(foreign)
  await client.create('Users', aUser('anna'))
  await client.get('/Users')
  const [{ id }] = (await callApi('GET', `/api/v1/exchanges?q=method:GET+tenant:${tenant.id}`)).body.items
  const all = await callApi('GET', '/api/v1/exchanges/export?format=cloudtrail')
  t.match(all.headers, { 'content-disposition': 'attachment; filename="exchanges.cloudtrail.json"' })
  t.same(
    all.body.Records.map(({ eventName }: { eventName: string }) => eventName),
    ['ListUsers', 'CreateUser'],
    'a request of no tenant is not recorded',
  )
  t.equal(JSON.stringify(all.body).includes('anna'), false)
  const [read] = all.body.Records
  const one = await callApi('GET', `/api/v1/exchanges/${id}/export?format=cloudtrail`)
  t.match(one.headers, { 'content-disposition': `attachment; filename="${id}.cloudtrail.json"` })
  t.same(one.body, { Records: [read] })
  const none = await callApi('GET', '/api/v1/exchanges/export?format=cloudtrail&q=method:PUT')
  t.same(none.body, { Records: [] })
  const other = await callApi('GET', `/api/v1/exchanges/${foreign.id}/export?format=aws`)
  t.match(other, { status: 400, body: { detail: /no command/ } })
})

t.test('an export that is not possible is rejected', async t => {
  const { callApi } = await buildTestConsole(t)
  const rejected = async (path: string) => {
    const { status, body } = await callApi('GET', `/api/v1/exchanges/${path}`)
    return { status, type: body.type, errors: body.errors }
  }
  const kind = (name: string) => problem(name, '', 0, '').type
  t.same(await rejected('export?format=xml'), {
    status: 400,
    type: kind('invalid-request'),
    errors: [{ path: 'query.format', message: 'Expected one of ndjson, har, csv, cloudtrail, recording.' }],
  })
  t.match(await rejected('export?format=csv&q=x:y'), { status: 400, type: kind('invalid-query') })
  t.match(await rejected('nothing/export?format=curl'), { status: 404, type: kind('not-found') })
  t.match(await rejected('nothing/export'), { status: 400, type: kind('invalid-request') })
})
