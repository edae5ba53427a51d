import { connect } from 'node:net'
import t from 'tap'
import { buildSocketTest, type SocketResponse, type SocketTest } from '../support/over-socket.ts'
import { aGroup, aUser, errorUrn } from '../support/samples.ts'

const total = async ({ client, deps }: SocketTest) => {
  await deps.faults.deactivateAll()
  return (await client.get('/Users')).body.totalResults
}

/** What the newest journal entry records about a fault. */
const lastExchange = async (test: SocketTest) => {
  const { status, action, target, refusal, fault, response } = (await test.exchanges()).at(-1) ?? {}
  return { status, action, target, refusal, fault, body: response?.body }
}

const withoutDate = ({ status, headers: { date, ...headers }, text }: SocketResponse) => ({
  status,
  headers,
  text,
})

t.test(
  'a status fault returns an error in the format of the profile, and the request is not handled',
  async t => {
    await t.test('in the format of the RFC', async t => {
      const test = await buildSocketTest(t, 'rfc')
      const id = await test.activate({ kind: 'status', status: 429, retryAfter: 30 })
      const { status, headers, text } = await test.request('POST', '/Users', aUser('marge'))
      t.match(
        { status, headers },
        {
          status: 429,
          headers: { 'retry-after': '30', 'content-type': 'application/scim+json' },
        },
      )
      const body = { schemas: [errorUrn], status: '429', detail: 'Too Many Requests' }
      t.same(JSON.parse(text), body)
      t.same(await lastExchange(test), {
        status: 429,
        action: 'create user',
        target: { type: 'User', label: 'marge' },
        refusal: undefined,
        fault: { id, summary: '429, Retry-After 30' },
        body: JSON.stringify(body),
      })
      t.equal(await total(test), 0)
    })

    await t.test('in the format of AWS', async t => {
      const test = await buildSocketTest(t, 'aws')
      await test.activate({ kind: 'status', status: 500, detail: 'Out of order.' })
      const { status, headers, text } = await test.request('GET', '/Users')
      t.match({ status, headers }, { status: 500, headers: { 'content-type': 'application/json' } })
      t.match(JSON.parse(text), {
        schema: [errorUrn],
        schemas: [errorUrn],
        status: '500',
        detail: 'Out of order.',
        exceptionRequestId: headers['x-amzn-requestid'],
      })
    })

    await t.test('with any requested status', async t => {
      for (const profile of ['aws', 'entra', 'rfc'] as const) {
        const test = await buildSocketTest(t, profile)
        for (const status of [400, 401, 403, 404, 405, 409, 412, 418, 429, 500, 501, 503, 504, 599]) {
          await test.activate({ kind: 'status', status }, {}, 1)
          const received = await test.request('GET', '/Users')
          t.same(
            [received.status, JSON.parse(received.text).status],
            [status, String(status)],
            `${profile} ${status}`,
          )
        }
      }
    })

    await t.test('a conflict has the detail of the profile, or the requested one', async t => {
      const test = await buildSocketTest(t, 'aws')
      await test.activate({ kind: 'status', status: 409 }, {}, 1)
      await test.activate({ kind: 'status', status: 409, detail: 'Taken.' }, {}, 1)
      const details = [await test.request('POST', '/Users', {}), await test.request('POST', '/Users', {})]
      t.same(
        details.map(({ text }) => JSON.parse(text).detail),
        ['Refused to create a new, duplicate resource.', 'Taken.'],
      )
    })
  },
)

t.test('a token-expired fault returns the same response as an expired token', async t => {
  const test = await buildSocketTest(t, 'aws')
  await test.activate({ kind: 'token-expired' })
  const injected = await test.request('GET', '/Users')
  const { fault, ...row } = await lastExchange(test)
  t.match(fault, { summary: '401, token expired' })
  await test.deps.faults.deactivateAll()

  await test.advance(366 * 24 * 60 * 60 * 1000)
  const real = await test.request('GET', '/Users')
  const withoutVariableParts = (text: string) =>
    text.replace(/"(exceptionRequestId|timeStamp)":"[^"]*"/g, '"$1":""')
  const comparable = (received: SocketResponse) => {
    const { headers, ...rest } = withoutDate(received)
    // AWS writes a time without zeros at its end, so lengths differ.
    const same = { ...headers, 'x-amzn-requestid': '', 'content-length': '' }
    return { ...rest, text: withoutVariableParts(rest.text), headers: same }
  }
  t.same(comparable(injected), comparable(real))
  const { fault: none, ...realRow } = await lastExchange(test)
  t.equal(none, undefined)
  t.match(realRow, { refusal: 'expired', action: 'rejected: token expired' })
  t.same(
    { ...row, target: undefined, body: withoutVariableParts(row.body ?? '') },
    { ...realRow, body: withoutVariableParts(realRow.body ?? '') },
  )
})

t.test('a delayed request is handled, and its response is unchanged', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const id = await test.activate({ kind: 'delay', milliseconds: 20 })
  const { status, text } = await test.request('POST', '/Users', aUser('marge'))
  t.equal(status, 201)
  t.match(await lastExchange(test), {
    status: 201,
    action: 'create user',
    fault: { id, summary: 'delayed 0.02 seconds' },
    body: text,
  })
  const [row] = await test.exchanges()
  t.ok((row?.microseconds ?? 0) >= 19_000, 'the journal records the duration')
  t.equal(await total(test), 1)
})

t.test('a delayed request is handled after its client has disconnected', async t => {
  for (const method of ['POST', 'GET']) {
    const test = await buildSocketTest(t, 'rfc')
    await test.activate({ kind: 'delay', milliseconds: 600_000 })
    const giveUp = new AbortController()
    const hit = test.nextHit()
    const row = test.nextExchange()
    const body = method === 'POST' ? aUser('marge') : undefined
    const requested = test.request(method, '/Users', body, { signal: giveUp.signal })
    await hit
    giveUp.abort()
    await t.rejects(requested, { name: 'AbortError' })
    t.match(await row, {
      status: 499,
      action: method === 'POST' ? 'create user' : 'list users',
      fault: { summary: 'delayed 600 seconds' },
    })
    t.equal((await test.exchanges()).length, 1, 'once')
    t.equal(await total(test), method === 'POST' ? 1 : 0)
  }
})

t.test('delayed requests are handled at once when the server closes', async t => {
  const test = await buildSocketTest(t, 'rfc')
  await test.activate({ kind: 'delay', milliseconds: 600_000 })
  const requested = []
  for (const name of ['marge', 'barney', 'moe']) {
    const hit = test.nextHit()
    requested.push(test.request('POST', '/Users', aUser(name)))
    await hit
  }
  await test.app.close()
  t.same(
    (await Promise.all(requested)).map(({ status }) => status),
    [201, 201, 201],
  )
})

t.test('a connection reset before the request: it is not handled, and no response arrives', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const id = await test.activate({ kind: 'reset', when: 'before' })
  await t.rejects(test.request('POST', '/Users', aUser('marge')), { cause: { code: 'ECONNRESET' } })
  t.same(await lastExchange(test), {
    status: 444,
    action: 'create user',
    target: { type: 'User', label: 'marge' },
    refusal: undefined,
    fault: { id, summary: 'connection reset, request not handled' },
    body: undefined,
  })
  await t.rejects(test.request('GET', '/Users'), { cause: { code: 'ECONNRESET' } })
  t.equal((await test.exchanges()).length, 2, 'one row each')
  t.equal(await total(test), 0)
})

t.test(
  'a connection reset after the request: it is handled, and the journal records the lost response',
  async t => {
    const test = await buildSocketTest(t, 'rfc')
    const id = await test.activate({ kind: 'reset', when: 'after' })
    await t.rejects(test.request('POST', '/Users', aUser('marge')), { cause: { code: 'ECONNRESET' } })
    const row = await lastExchange(test)
    t.match(row, {
      status: 201,
      action: 'create user',
      target: { type: 'User', label: 'marge', id: JSON.parse(row.body ?? '').id },
      fault: { id, summary: 'request handled, connection reset before the response' },
    })
    t.match((await test.exchanges())[0]?.response.headers, { 'content-type': 'application/scim+json' })
    t.equal(await total(test), 1)
  },
)

t.test('a truncated response is valid HTTP with invalid JSON', async t => {
  const test = await buildSocketTest(t, 'rfc')
  await test.activate({ kind: 'truncate' })
  // Half of the body ends between two characters, or within one.
  for (const title of ['😀'.repeat(500), `x${'😀'.repeat(500)}`, `xx${'😀'.repeat(500)}`]) {
    const user = aUser(`marge${title.length}`, { title })
    const { status, headers, text: body } = await test.request('POST', '/Users', user)
    t.equal(status, 201)
    t.equal(headers['content-length'], String(Buffer.byteLength(body)))
    t.match(body, /^\{".*😀/)
    t.throws(() => JSON.parse(body), SyntaxError)
    t.match(await lastExchange(test), {
      status: 201,
      body,
      fault: { summary: 'request handled, half of the response body sent' },
    })
  }
  t.equal(await total(test), 3)

  const { id } = await test.client.create('Groups', aGroup('Family'))
  await test.activate({ kind: 'truncate' })
  t.match(
    await test.request('DELETE', `/Groups/${id}`),
    { status: 204, text: '' },
    'a response without a body is unchanged',
  )
})

t.test('a replaced response', async t => {
  const html = { kind: 'body', body: '<h1>Grüezi</h1>', mediaType: 'text/html; charset=utf-8' } as const

  await t.test('has the status of the original, unless one is requested', async t => {
    const test = await buildSocketTest(t, 'rfc')
    await test.activate(html, {}, 1)
    t.match(await test.request('POST', '/Users', aUser('marge')), {
      status: 201,
      headers: { 'content-type': 'text/html; charset=utf-8', location: undefined },
      text: html.body,
    })
    t.match(await lastExchange(test), {
      status: 201,
      action: 'create user',
      body: html.body,
      fault: { summary: 'request handled, response replaced by text/html' },
    })
    await test.activate({ ...html, status: 502 }, {}, 1)
    t.match(await test.request('POST', '/Users', aUser('barney')), { status: 502, text: html.body })
    t.equal(await total(test), 2)
  })

  await t.test('is 200 if the original has no body', async t => {
    const test = await buildSocketTest(t, 'rfc')
    const { id } = await test.client.create('Users', aUser('marge'))
    await test.activate(html, {}, 1)
    t.match(await test.request('DELETE', `/Users/${id}`), { status: 200, text: html.body })
    t.equal(await total(test), 0)
  })

  await t.test('may be empty', async t => {
    const test = await buildSocketTest(t, 'rfc')
    await test.activate({ kind: 'body', body: '', mediaType: 'application/scim+json', status: 200 })
    t.match(await test.request('POST', '/Users', aUser('marge')), {
      status: 200,
      headers: { 'content-length': '0' },
      text: '',
    })
    t.equal(await total(test), 1)
  })
})

t.test('faults also apply to requests that would fail, by their method, tenant or text', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const failing = { kind: 'status', status: 503 } as const
  const noToken = { headers: {} }

  await test.activate(failing)
  t.equal((await test.request('GET', '/Users', undefined, noToken)).status, 503)
  t.match(await lastExchange(test), { status: 503, refusal: 'missing', fault: { summary: '503' } })
  t.equal((await test.request('POST', '/Users', '{"userName":')).status, 503)
  t.equal((await test.request('GET', '/Nothing')).status, 503)
  t.equal((await fetch(new URL('/elsewhere', test.url))).status, 503)
  await test.deps.faults.deactivateAll()

  await test.activate(failing, { text: '"usern' })
  t.equal((await test.request('POST', '/Users', '{"userName":')).status, 503, 'the body is read first')
  t.equal((await test.request('POST', '/Users', '{"displayName":')).status, 400)
  await test.deps.faults.deactivateAll()

  await test.activate(failing, { type: 'User' })
  t.equal((await test.request('GET', '/Groups')).status, 200)
  t.equal((await test.request('GET', '/Schemas')).status, 200)
  t.equal((await test.request('GET', '/Nothing')).status, 404)
  t.equal((await test.request('GET', '/Users/nobody')).status, 503)
  await test.deps.faults.deactivateAll()

  const other = await test.another('rfc')
  await test.activate(failing, { tenant: other.tenant.id })
  t.equal((await test.request('GET', '/Users')).status, 200)
  t.equal((await other.client.get('/Users')).status, 503)
})

t.test('a request counts once, even if it fails without the fault', async t => {
  const test = await buildSocketTest(t, 'rfc')
  await test.activate({ kind: 'status', status: 503 }, { every: 2 })
  const statuses = []
  for (const [method, path, body] of [
    ['GET', '/Users/nobody'],
    ['GET', '/Users/nobody'],
    ['POST', '/Users', '{'],
    ['POST', '/Users', '{'],
    ['DELETE', '/Users'],
    ['DELETE', '/Users'],
  ] as const) {
    statuses.push((await test.request(method, path, body)).status)
  }
  t.same(statuses, [404, 503, 400, 503, 405, 503])
})

t.test('the journal describes a request that was not handled', async t => {
  const test = await buildSocketTest(t, 'rfc')
  await test.activate({ kind: 'status', status: 503 })
  for (const [method, path, body] of [
    ['GET', '/'],
    ['GET', '/Schemas'],
    ['POST', '/Bulk', { Operations: [{}, {}] }],
    ['GET', '/Me'],
    ['GET', '/Users?filter=userName+eq+%22x%22'],
    ['PATCH', '/Groups/4711', {}],
    ['GET', '/Nothing'],
  ] as const) {
    await test.request(method, path, body)
  }
  t.same(
    (await test.exchanges()).map(({ action, target }) => [action, target]),
    [
      ['search everything', undefined],
      ['read schemas', undefined],
      ['bulk of 2 operations', undefined],
      ['unsupported: /Me', undefined],
      ['look up user by userName', { type: 'User' }],
      ['change group', { type: 'Group', id: '4711' }],
      ['unknown address', undefined],
    ],
  )
})

t.test('a connection is reset in the middle of pipelined requests', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const { hostname, port, pathname } = new URL(test.url)
  await test.activate({ kind: 'reset', when: 'before' }, { text: 'count=2' })
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  const closed = new Promise(resolve => socket.once('close', resolve))
  let received = ''
  socket.on('data', data => {
    received += data
  })
  const head = `Host: scim.example\r\nAuthorization: Bearer ${test.token}\r\n\r\n`
  socket.write([1, 2, 3].map(count => `GET ${pathname}/Users?count=${count} HTTP/1.1\r\n${head}`).join(''))
  await closed
  t.ok(received.split('HTTP/1.1 ').length <= 2, 'only the first gets a response')
  t.match(await test.request('GET', '/Users?count=1'), { status: 200 }, 'the server still responds')
})

t.test('a request that ends early does not count', async t => {
  const test = await buildSocketTest(t, 'rfc')
  await test.activate({ kind: 'status', status: 503 })
  const { hostname, port, pathname } = new URL(test.url)
  const socket = connect(Number(port), hostname)
  const gone = new Promise<void>(resolve => {
    const stop = test.deps.journal.subscribe(({ status }) => {
      if (status !== 499) return
      stop()
      resolve()
    })
  })
  const head = `Host: scim.example\r\nAuthorization: Bearer ${test.token}\r\nExpect: 100-continue\r\n`
  socket.write(
    `POST ${pathname}/Users HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`,
  )
  // The server requests the body.
  await new Promise(resolve => socket.once('data', resolve))
  socket.destroy()
  await gone
  t.equal(test.deps.faults.list()[0]?.hits, 0)
})
