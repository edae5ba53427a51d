import { connect } from 'node:net'
import t from 'tap'
import { buildSocketTest, type Heard, type SocketTest } from '../support/over-socket.ts'
import { aGroup, aUser, errorUrn } from '../support/samples.ts'

const total = async ({ speak, parts }: SocketTest) => {
  parts.faults.deactivateAll()
  return (await speak.get('/Users')).body.totalResults
}

/** Of the newest exchange, what a fault leaves in it. */
const lastRow = async (test: SocketTest) => {
  const { status, action, target, refusal, fault, response } = (await test.rows()).at(-1) ?? {}
  return { status, action, target, refusal, fault, body: response?.body }
}

const withoutDate = ({ status, headers: { date, ...headers }, text }: Heard) => ({ status, headers, text })

t.test('a status is answered in the words of the profile, and nothing is carried out', async t => {
  await t.test('as the RFC has it', async t => {
    const test = await buildSocketTest(t, 'rfc')
    const id = test.arm({ kind: 'status', status: 429, retryAfter: 30 })
    const { status, headers, text } = await test.ask('POST', '/Users', aUser('marge'))
    t.match(
      { status, headers },
      {
        status: 429,
        headers: { 'retry-after': '30', 'content-type': 'application/scim+json' },
      },
    )
    const body = { schemas: [errorUrn], status: '429', detail: 'Too Many Requests' }
    t.same(JSON.parse(text), body)
    t.same(await lastRow(test), {
      status: 429,
      action: 'create user',
      target: { type: 'User', label: 'marge' },
      refusal: undefined,
      fault: { id, words: '429, Retry-After 30' },
      body: JSON.stringify(body),
    })
    t.equal(await total(test), 0)
  })

  await t.test('as AWS has it', async t => {
    const test = await buildSocketTest(t, 'aws')
    test.arm({ kind: 'status', status: 500, detail: 'Out of order.' })
    const { status, headers, text } = await test.ask('GET', '/Users')
    t.match({ status, headers }, { status: 500, headers: { 'content-type': 'application/json' } })
    t.match(JSON.parse(text), {
      schema: [errorUrn],
      schemas: [errorUrn],
      status: '500',
      detail: 'Out of order.',
      exceptionRequestId: headers['x-amzn-requestid'],
    })
  })

  await t.test('whatever the status: it is the one that was asked for', async t => {
    for (const profile of ['aws', 'entra', 'rfc'] as const) {
      const test = await buildSocketTest(t, profile)
      for (const status of [400, 401, 403, 404, 405, 409, 412, 418, 429, 500, 501, 503, 504, 599]) {
        test.arm({ kind: 'status', status }, {}, 1)
        const heard = await test.ask('GET', '/Users')
        t.same(
          [heard.status, JSON.parse(heard.text).status],
          [status, String(status)],
          `${profile} ${status}`,
        )
      }
    }
  })

  await t.test('a conflict as the profile words it, or with the detail that was asked for', async t => {
    const test = await buildSocketTest(t, 'aws')
    test.arm({ kind: 'status', status: 409 }, {}, 1)
    test.arm({ kind: 'status', status: 409, detail: 'Taken.' }, {}, 1)
    const details = [await test.ask('POST', '/Users', {}), await test.ask('POST', '/Users', {})]
    t.same(
      details.map(({ text }) => JSON.parse(text).detail),
      ['Refused to create a new, duplicate resource.', 'Taken.'],
    )
  })
})

t.test('a token that is said to have expired is refused like one that has', async t => {
  const test = await buildSocketTest(t, 'aws')
  test.arm({ kind: 'token-expired' })
  const spoiled = await test.ask('GET', '/Users')
  const { fault, ...row } = await lastRow(test)
  t.match(fault, { words: '401, token expired' })
  test.parts.faults.deactivateAll()

  await test.advance(366 * 24 * 60 * 60 * 1000)
  const real = await test.ask('GET', '/Users')
  const settled = (text: string) => text.replace(/"(exceptionRequestId|timeStamp)":"[^"]*"/g, '"$1":""')
  const comparable = (heard: Heard) => {
    const { headers, ...rest } = withoutDate(heard)
    // AWS writes a time without zeros at its end, so lengths differ.
    const same = { ...headers, 'x-amzn-requestid': '', 'content-length': '' }
    return { ...rest, text: settled(rest.text), headers: same }
  }
  t.same(comparable(spoiled), comparable(real))
  const { fault: none, ...realRow } = await lastRow(test)
  t.equal(none, undefined)
  t.match(realRow, { refusal: 'expired', action: 'refused: token expired' })
  t.same(
    { ...row, target: undefined, body: settled(row.body ?? '') },
    { ...realRow, body: settled(realRow.body ?? '') },
  )
})

t.test('a delayed request is carried out, and answered as ever', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const id = test.arm({ kind: 'delay', milliseconds: 20 })
  const { status, text } = await test.ask('POST', '/Users', aUser('marge'))
  t.equal(status, 201)
  t.match(await lastRow(test), {
    status: 201,
    action: 'create user',
    fault: { id, words: 'carried out 0.02 seconds late' },
    body: text,
  })
  const [row] = await test.rows()
  t.ok((row?.microseconds ?? 0) >= 19_000, 'the row knows how long it took')
  t.equal(await total(test), 1)
})

t.test('a client that gives up waiting does not learn that its request is carried out', async t => {
  for (const method of ['POST', 'GET']) {
    const test = await buildSocketTest(t, 'rfc')
    test.arm({ kind: 'delay', milliseconds: 600_000 })
    const giveUp = new AbortController()
    const struck = test.nextStrike()
    const row = test.nextRow()
    const body = method === 'POST' ? aUser('marge') : undefined
    const asked = test.ask(method, '/Users', body, { signal: giveUp.signal })
    await struck
    giveUp.abort()
    await t.rejects(asked, { name: 'AbortError' })
    t.match(await row, {
      status: 499,
      action: method === 'POST' ? 'create user' : 'list users',
      fault: { words: 'carried out 600 seconds late' },
    })
    t.equal((await test.rows()).length, 1, 'once')
    t.equal(await total(test), method === 'POST' ? 1 : 0)
  }
})

t.test(
  'requests that are delayed do not keep the server from closing: they are carried out at once',
  async t => {
    const test = await buildSocketTest(t, 'rfc')
    test.arm({ kind: 'delay', milliseconds: 600_000 })
    const asked = []
    for (const name of ['marge', 'barney', 'moe']) {
      const struck = test.nextStrike()
      asked.push(test.ask('POST', '/Users', aUser(name)))
      await struck
    }
    await test.app.close()
    t.same(
      (await Promise.all(asked)).map(({ status }) => status),
      [201, 201, 201],
    )
  },
)

t.test('a connection that is cut before: nothing is carried out, and no answer comes', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const id = test.arm({ kind: 'reset', when: 'before' })
  await t.rejects(test.ask('POST', '/Users', aUser('marge')), { cause: { code: 'ECONNRESET' } })
  t.same(await lastRow(test), {
    status: 444,
    action: 'create user',
    target: { type: 'User', label: 'marge' },
    refusal: undefined,
    fault: { id, words: 'connection cut, nothing carried out' },
    body: undefined,
  })
  await t.rejects(test.ask('GET', '/Users'), { cause: { code: 'ECONNRESET' } })
  t.equal((await test.rows()).length, 2, 'one row each')
  t.equal(await total(test), 0)
})

t.test(
  'a connection that is cut after: the request is carried out, and the journal has the lost answer',
  async t => {
    const test = await buildSocketTest(t, 'rfc')
    const id = test.arm({ kind: 'reset', when: 'after' })
    await t.rejects(test.ask('POST', '/Users', aUser('marge')), { cause: { code: 'ECONNRESET' } })
    const row = await lastRow(test)
    t.match(row, {
      status: 201,
      action: 'create user',
      target: { type: 'User', label: 'marge', id: JSON.parse(row.body ?? '').id },
      fault: { id, words: 'carried out, connection cut before the answer' },
    })
    t.match((await test.rows())[0]?.response.headers, { 'content-type': 'application/scim+json' })
    t.equal(await total(test), 1)
  },
)

t.test('an answer that is cut in half is sound HTTP and broken JSON', async t => {
  const test = await buildSocketTest(t, 'rfc')
  test.arm({ kind: 'truncate' })
  // The half ends between two characters, and within one.
  for (const title of ['😀'.repeat(500), `x${'😀'.repeat(500)}`, `xx${'😀'.repeat(500)}`]) {
    const user = aUser(`marge${title.length}`, { title })
    const { status, headers, text: body } = await test.ask('POST', '/Users', user)
    t.equal(status, 201)
    t.equal(headers['content-length'], String(Buffer.byteLength(body)))
    t.match(body, /^\{".*😀/)
    t.throws(() => JSON.parse(body), SyntaxError)
    t.match(await lastRow(test), {
      status: 201,
      body,
      fault: { words: 'carried out, half of the body sent' },
    })
  }
  t.equal(await total(test), 3)

  const { id } = await test.speak.create('Groups', aGroup('Family'))
  test.arm({ kind: 'truncate' })
  t.match(await test.ask('DELETE', `/Groups/${id}`), { status: 204, text: '' }, 'no body has no half')
})

t.test('another body in place of the answer', async t => {
  const html = { kind: 'body', body: '<h1>Grüezi</h1>', mediaType: 'text/html; charset=utf-8' } as const

  await t.test('has the status of what was done, unless one is asked for', async t => {
    const test = await buildSocketTest(t, 'rfc')
    test.arm(html, {}, 1)
    t.match(await test.ask('POST', '/Users', aUser('marge')), {
      status: 201,
      headers: { 'content-type': 'text/html; charset=utf-8', location: undefined },
      text: html.body,
    })
    t.match(await lastRow(test), {
      status: 201,
      action: 'create user',
      body: html.body,
      fault: { words: 'carried out, answered with text/html' },
    })
    test.arm({ ...html, status: 502 }, {}, 1)
    t.match(await test.ask('POST', '/Users', aUser('barney')), { status: 502, text: html.body })
    t.equal(await total(test), 2)
  })

  await t.test('is 200 where there would have been none', async t => {
    const test = await buildSocketTest(t, 'rfc')
    const { id } = await test.speak.create('Users', aUser('marge'))
    test.arm(html, {}, 1)
    t.match(await test.ask('DELETE', `/Users/${id}`), { status: 200, text: html.body })
    t.equal(await total(test), 0)
  })

  await t.test('may be empty', async t => {
    const test = await buildSocketTest(t, 'rfc')
    test.arm({ kind: 'body', body: '', mediaType: 'application/scim+json', status: 200 })
    t.match(await test.ask('POST', '/Users', aUser('marge')), {
      status: 200,
      headers: { 'content-length': '0' },
      text: '',
    })
    t.equal(await total(test), 1)
  })
})

t.test('also those are struck that would have been refused, by their method, tenant or text', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const failing = { kind: 'status', status: 503 } as const
  const noToken = { headers: {} }

  test.arm(failing)
  t.equal((await test.ask('GET', '/Users', undefined, noToken)).status, 503)
  t.match(await lastRow(test), { status: 503, refusal: 'missing', fault: { words: '503' } })
  t.equal((await test.ask('POST', '/Users', '{"userName":')).status, 503)
  t.equal((await test.ask('GET', '/Nothing')).status, 503)
  t.equal((await fetch(new URL('/elsewhere', test.url))).status, 503)
  test.parts.faults.deactivateAll()

  test.arm(failing, { text: '"usern' })
  t.equal((await test.ask('POST', '/Users', '{"userName":')).status, 503, 'the body is read before')
  t.equal((await test.ask('POST', '/Users', '{"displayName":')).status, 400)
  test.parts.faults.deactivateAll()

  test.arm(failing, { type: 'User' })
  t.equal((await test.ask('GET', '/Groups')).status, 200)
  t.equal((await test.ask('GET', '/Schemas')).status, 200)
  t.equal((await test.ask('GET', '/Nothing')).status, 404)
  t.equal((await test.ask('GET', '/Users/nobody')).status, 503)
  test.parts.faults.deactivateAll()

  const other = await test.another('rfc')
  test.arm(failing, { tenant: other.tenant.id })
  t.equal((await test.ask('GET', '/Users')).status, 200)
  t.equal((await other.speak.get('/Users')).status, 503)
})

t.test('a request is counted once, also when it fails by itself', async t => {
  const test = await buildSocketTest(t, 'rfc')
  test.arm({ kind: 'status', status: 503 }, { every: 2 })
  const statuses = []
  for (const [method, path, body] of [
    ['GET', '/Users/nobody'],
    ['GET', '/Users/nobody'],
    ['POST', '/Users', '{'],
    ['POST', '/Users', '{'],
    ['DELETE', '/Users'],
    ['DELETE', '/Users'],
  ] as const) {
    statuses.push((await test.ask(method, path, body)).status)
  }
  t.same(statuses, [404, 503, 400, 503, 405, 503])
})

t.test('what was not carried out is told by what it asked for', async t => {
  const test = await buildSocketTest(t, 'rfc')
  test.arm({ kind: 'status', status: 503 })
  for (const [method, path, body] of [
    ['GET', '/'],
    ['GET', '/Schemas'],
    ['POST', '/Bulk', { Operations: [{}, {}] }],
    ['GET', '/Me'],
    ['GET', '/Users?filter=userName+eq+%22x%22'],
    ['PATCH', '/Groups/4711', {}],
    ['GET', '/Nothing'],
  ] as const) {
    await test.ask(method, path, body)
  }
  t.same(
    (await test.rows()).map(({ action, target }) => [action, target]),
    [
      ['search everything', undefined],
      ['read schemas', undefined],
      ['bulk of 2 operations', undefined],
      ['unsupported: /Me', undefined],
      ['list users', { type: 'User' }],
      ['change group', { type: 'Group', id: '4711' }],
      ['unknown address', undefined],
    ],
  )
})

t.test('a connection is cut in the middle of several requests that were sent at once', async t => {
  const test = await buildSocketTest(t, 'rfc')
  const { hostname, port, pathname } = new URL(test.url)
  test.arm({ kind: 'reset', when: 'before' }, { text: 'count=2' })
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  const closed = new Promise(resolve => socket.once('close', resolve))
  let heard = ''
  socket.on('data', data => {
    heard += data
  })
  const head = `Host: scim.example\r\nAuthorization: Bearer ${test.token}\r\n\r\n`
  socket.write([1, 2, 3].map(count => `GET ${pathname}/Users?count=${count} HTTP/1.1\r\n${head}`).join(''))
  await closed
  t.ok(heard.split('HTTP/1.1 ').length <= 2, 'none but the first is answered')
  t.match(await test.ask('GET', '/Users?count=1'), { status: 200 }, 'the server is well')
})

t.test('who leaves in the middle of a request is not counted', async t => {
  const test = await buildSocketTest(t, 'rfc')
  test.arm({ kind: 'status', status: 503 })
  const { hostname, port, pathname } = new URL(test.url)
  const socket = connect(Number(port), hostname)
  const gone = new Promise<void>(resolve => {
    const stop = test.parts.journal.subscribe(({ status }) => {
      if (status !== 499) return
      stop()
      resolve()
    })
  })
  const head = `Host: scim.example\r\nAuthorization: Bearer ${test.token}\r\nExpect: 100-continue\r\n`
  socket.write(
    `POST ${pathname}/Users HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`,
  )
  // The server asks for the body.
  await new Promise(resolve => socket.once('data', resolve))
  socket.destroy()
  await gone
  t.equal(test.parts.faults.list()[0]?.hits, 0)
})
