import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import {
  createPostMessage,
  deliveryHeaders,
  newMessageId,
  readWebhookSecrets,
} from '../../../../src/console/webhooks/delivery.ts'
import { createFailureTrigger, createFirstContactTrigger } from '../../../../src/console/webhooks/triggers.ts'
import {
  escapeForChat,
  maskedUrl,
  readWebhookUrls,
  type WebhookEvent,
} from '../../../../src/console/webhooks/webhooks.ts'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import { summarize } from '../../../../src/domain/journal/summary.ts'
import { startWebhooks } from '../../../support/deliveries.ts'
import { receiveWebhooks } from '../../../support/webhook-receiver.ts'

const exchange = (more: Partial<Exchange>): Exchange => ({
  id: 'e1',
  tenant: 'acme',
  at: 0,
  tenantTime: 0,
  microseconds: 1,
  method: 'PATCH',
  url: '/acme/scim/v2/Users/1',
  status: 400,
  operation: 'update',
  action: 'change title of user',
  request: { headers: {} },
  response: { headers: {} },
  ...more,
})

const noMetadata = 'must be URLs without the address of a metadata service or a link-local address'

t.test('the URLs of the setting', async t => {
  t.test('may be private', async t => {
    const urls = ['http://127.0.0.1:9000/', 'http://10.1.2.3/', 'http://[fd00::1]/', 'http://localhost/']
    t.same(readWebhookUrls(urls.join(' ')), urls)
  })

  t.test('are separated by spaces, without duplicates', async t => {
    t.same(readWebhookUrls(' https://a.example/x\n http://b.example  https://a.example/x '), [
      'https://a.example/x',
      'http://b.example',
    ])
    t.same(readWebhookUrls(' '), [])
  })

  t.test('are rejected with an error that does not contain them', async t => {
    for (const [text, message] of [
      ['ftp://a.example', 'must be URLs that begin with http:// or https://, separated by spaces'],
      [
        'https://a.example javascript:secret',
        'must be URLs that begin with http:// or https://, separated by spaces; number 2 is invalid',
      ],
      ['hooks.example/secret', 'must be URLs that begin with http:// or https://, separated by spaces'],
      ['https://anna:secret@a.example', 'must be URLs without a user name and password'],
      ['http://169.254.169.254/latest', noMetadata],
      ['http://2852039166/', noMetadata],
      ['http://[::ffff:169.254.170.2]/', noMetadata],
      ['http://a.example http://[fd00:ec2::23]/', `${noMetadata}; number 2 has one`],
      ['http://[64:ff9b::a83f:8110]/', noMetadata],
      ['http://[fe80::1]/', noMetadata],
    ] as const) {
      t.throws(() => readWebhookUrls(text), { message }, text)
    }
  })

  t.test('are shown without path and query', async t => {
    t.equal(maskedUrl('https://hooks.example:8443/services/T0/secret?key=1'), 'https://hooks.example:8443/…')
    t.equal(maskedUrl('https://hooks.example/?key=1'), 'https://hooks.example/…')
    t.equal(maskedUrl('https://hooks.example'), 'https://hooks.example/')
  })
})

t.test('a webhook', async t => {
  t.test('receives JSON with a link to the console', async t => {
    const receiver = await receiveWebhooks(t)
    const webhooks = startWebhooks(t, {
      urls: [`${receiver.url}/in?key=1`],
      console: () => 'http://127.0.0.1:8081',
      warn: t.fail,
    })
    webhooks.notify({
      type: 'finding',
      tenant: 'acme',
      text: 'Found.',
      page: '/findings',
      facts: { finding: 'x' },
    })
    const { method, url, headers, body } = await receiver.next()
    t.same({ method, url }, { method: 'POST', url: '/in?key=1' })
    t.match(headers, { 'content-type': 'application/json', 'user-agent': 'Scimulator' })
    t.match(body.at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    t.same(body, {
      type: 'finding',
      at: body.at,
      tenant: 'acme',
      text: 'Found.',
      finding: 'x',
      link: 'http://127.0.0.1:8081/findings',
    })
    while (webhooks.list()[0]?.delivered === 0) await new Promise(setImmediate)
    t.match(webhooks.list(), [
      {
        url: `${receiver.url}/…`,
        signed: false,
        delivered: 1,
        failed: 0,
        last: { at: Number, event: 'finding', status: 204 },
      },
    ])
  })

  t.test('gets three attempts per event before the next event', async t => {
    const warnings: string[] = []
    const receiver = await receiveWebhooks(t, ...Array.from({ length: 3 }, () => ({ status: 500 })))
    const webhooks = startWebhooks(t, {
      urls: [`${receiver.url}/secret`],
      console: () => undefined,
      warn: sentence => warnings.push(sentence),
      retryDelays: [1, 1],
    })
    for (const text of ['one', 'two']) webhooks.notify({ type: 'test', text })
    const texts: string[] = []
    while (texts.length < 4) texts.push((await receiver.next()).body.text)
    t.same(texts, ['one', 'one', 'one', 'two'])
    while (webhooks.list()[0]?.delivered === 0) await new Promise(setImmediate)
    t.match(webhooks.list(), [{ delivered: 1, failed: 1 }])
    t.same(warnings, [`webhook ${receiver.url}/…: delivery failed: status 500`])
  })

  t.test('is not followed when it redirects', async t => {
    const elsewhere = await receiveWebhooks(t)
    const receiver = await receiveWebhooks(t, { status: 307, headers: { location: `${elsewhere.url}/` } })
    const webhooks = startWebhooks(t, { urls: [receiver.url], console: () => undefined, warn: t.fail })
    t.same(await webhooks.test(), [{ url: `${receiver.url}/`, ok: false, status: 307, reason: 'status 307' }])
    t.equal(elsewhere.count(), 0)
  })

  t.test('receives nothing after a stop, also between attempts', async t => {
    const receiver = await receiveWebhooks(t, { status: 500 })
    const webhooks = startWebhooks(t, { urls: [receiver.url], console: () => undefined, warn: t.fail })
    webhooks.notify({ type: 'test', text: 'one' })
    await receiver.next()
    await webhooks.stop()
    webhooks.notify({ type: 'test', text: 'two' })
    t.match(await webhooks.test(), [{ ok: false }])
    t.equal(receiver.count(), 1)
  })
})

t.test('a message goes to no metadata service, whatever its name resolves to', async t => {
  const { port } = new URL((await receiveWebhooks(t)).url)
  const post = (...addresses: readonly string[]) => {
    const send = createPostMessage([], {
      resolveHost: (_hostname, _options, callback) =>
        callback(
          null,
          addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
    })
    const stop = new AbortController().signal
    return send(`http://hooks.example:${port}/`, { id: newMessageId(), body: '{}' }, stop)
  }
  const refused = { ok: false, reason: 'address of a metadata service, or link-local' }
  for (const address of [
    ...['169.254.169.254', '::ffff:169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254'],
    ...['fd00:ec2::23', '168.63.129.16', '100.100.100.200', 'fe80::1', '169.254.1.1'],
    ...['64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '2002:a9fe:a9fe::', '2001::1', '::a9fe:a9fe'],
  ]) {
    t.same(await post(address), refused, address)
  }
  t.same(await post('192.0.2.1', '169.254.169.254'), refused, 'one of several')
  t.same(await post('127.0.0.1'), { ok: true, status: 204 }, 'this machine is allowed')
})

t.test('each connection is checked, so that a later resolution changes nothing', async t => {
  const server = createServer((_request, response) => response.writeHead(204, { connection: 'close' }).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const answers = ['127.0.0.1', '169.254.169.254']
  const send = createPostMessage([], {
    resolveHost: (_hostname, _options, callback) =>
      callback(null, [{ address: answers.shift() ?? '', family: 4 }]),
  })
  const attempt = () =>
    send(`http://hooks.example:${port}/`, { id: newMessageId(), body: '{}' }, new AbortController().signal)
  t.same(await attempt(), { ok: true, status: 204 })
  t.same(await attempt(), { ok: false, reason: 'address of a metadata service, or link-local' })
})

t.test('a proxy of the environment is used if Node uses it', async t => {
  const asked = Promise.withResolvers<string | undefined>()
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.resolve(url)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => proxy.close())
  t.intercept(process, 'env', {
    value: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NO_PROXY: '',
    },
  })
  const send = createPostMessage([])
  const stop = new AbortController().signal
  t.match(await send('http://hooks.example/x', { id: newMessageId(), body: '{}' }, stop), { ok: false })
  t.equal(await asked.promise, 'hooks.example:80')
})

t.test('failures', async t => {
  const start = () => {
    const events: WebhookEvent[] = []
    const due = new Set<() => void>()
    const failures = createFailureTrigger(
      event => events.push(event),
      run => {
        due.add(run)
        return () => due.delete(run)
      },
    )
    const minuteLater = () => {
      const runs = [...due]
      due.clear()
      for (const run of runs) run()
    }
    const see = (seen: Exchange) => failures.see(summarize(seen))
    return { events, due, minuteLater, ...failures, see }
  }

  t.test('are sent at once, with the request and its page', async t => {
    const { events, see } = start()
    see(exchange({}))
    t.same(events, [
      {
        type: 'failure',
        tenant: 'acme',
        text: 'A request to acme failed: change title of user (PATCH, status 400).',
        page: '/exchanges/e1',
        facts: { count: 1, exchange: 'e1', status: 400, action: 'change title of user' },
      },
    ])
  })

  t.test('are not sent for normal failures', async t => {
    const { events, see } = start()
    for (const [method, status] of [
      ['GET', 200],
      ['GET', 404],
      ['POST', 409],
      ['PATCH', 412],
      ['POST', 429],
      ['GET', 499],
      ['GET', 304],
    ] as const) {
      see(exchange({ method, status }))
    }
    t.same(events, [])
    see(exchange({ status: 400, request: { headers: { 'user-agent': 'scim-compliance' } } }))
    t.same(events, [], 'the compliance suite provokes failures')
    see(exchange({ method: 'PATCH', status: 404 }))
    t.equal(events.length, 1)
  })

  t.test('within a minute are summarized per tenant', async t => {
    const { events, due, minuteLater, see, stop } = start()
    const { tenant: _, ...withoutTenant } = exchange({
      id: 'n',
      status: 401,
      action: 'rejected: unknown token',
    })
    see(exchange({ id: 'a' }))
    see(withoutTenant)
    for (const id of ['b', 'c', 'd']) see(exchange({ id }))
    minuteLater()
    see(exchange({ id: 'e' }))
    minuteLater()
    minuteLater()
    see(exchange({ id: 'f' }))
    stop()
    t.equal(due.size, 0)
    const one = 'A request to acme failed: change title of user (PATCH, status 400).'
    t.same(
      events.map(({ tenant, text, facts }) => [tenant, text, facts?.count, facts?.exchange]),
      [
        ['acme', one, 1, 'a'],
        [
          undefined,
          'A request to an unknown tenant failed: rejected: unknown token (PATCH, status 401).',
          1,
          'n',
        ],
        [
          'acme',
          '3 requests to acme failed, most recently: change title of user (PATCH, status 400).',
          3,
          'd',
        ],
        ['acme', one, 1, 'e'],
        ['acme', one, 1, 'f'],
      ],
    )
  })

  t.test('mention an injected fault', async t => {
    const { events, see } = start()
    see(exchange({ status: 503, fault: { id: 'f', summary: 'everything: 503' } }))
    t.match(events, [
      { text: 'A request to acme failed: change title of user (PATCH, status 503, fault injected).' },
    ])
  })
})

t.test(
  'a first contact is sent once, not for tenants with earlier requests, and not for Entra ID',
  async t => {
    const firstContactEvent = createFirstContactTrigger(new Set(['globex']))
    const events: (WebhookEvent | undefined)[] = []
    const see = (seen: Exchange) => events.push(firstContactEvent(summarize(seen)))
    for (const tenant of ['globex', 'acme', 'acme'])
      see(exchange({ tenant, method: 'GET', status: 200, action: 'list users' }))
    const { tenant: _, ...withoutTenant } = exchange({})
    see(withoutTenant)
    const probe = `/initech/scim/v2/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22`
    see(exchange({ tenant: 'initech', method: 'GET', url: probe }))
    t.same(events.filter(Boolean), [
      {
        type: 'first-contact',
        tenant: 'acme',
        text: 'First request to acme: list users (GET, status 200).',
        page: '/exchanges/e1',
        facts: { exchange: 'e1', status: 200, action: 'list users' },
      },
    ])
  },
)

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`

t.test('a message is signed as Standard Webhooks defines it', async t => {
  // The example of the libraries of Standard Webhooks.
  const keys = readWebhookSecrets('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }
  t.same(deliveryHeaders(keys, message, 1_614_265_330_999), {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

t.test('secrets are separated by spaces and have 24 to 64 bytes', async t => {
  t.same(
    readWebhookSecrets(` ${secretOf(24)}\n${secretOf(64)} `).map(key => key.length),
    [24, 64],
  )
  t.same(readWebhookSecrets(secretOf(32).replace(/=+$/, '')), [Buffer.alloc(32, 7)], 'padding may be missing')
})

t.test('secrets are rejected with an error that does not contain them', async t => {
  for (const text of [
    secretOf(23),
    secretOf(65),
    'whsec_',
    'whsec_not-base64-at-all-not-base64-at-all',
    secretOf(32).slice('whsec_'.length),
    `${secretOf(32)}A`,
  ]) {
    t.throws(() => readWebhookSecrets(text), { message: /^must be Standard Webhooks secrets/ }, text)
    const error = t.throws(() => readWebhookSecrets(`${secretOf(24)} ${text}`)) as Error
    t.match(error.message, /; number 2 is invalid$/)
    if (text !== 'whsec_') t.notMatch(error.message, text)
  }
})

t.test('an id is unique and has no full stop', async t => {
  const ids = Array.from({ length: 100 }, newMessageId)
  t.equal(new Set(ids).size, 100)
  t.same(
    ids.filter(id => !/^msg_[0-9a-f]{32}$/.test(id)),
    [],
  )
})

t.test('client data has no effect in a chat program', async t => {
  for (const [what, text, expected] of [
    ['an ordinary text', 'add 3 members: marge.simpson@springfield.example', undefined],
    ['a mention of Slack', '<!channel> & <@U024BE7LH>', '&lt;!channel&gt; &amp; &lt;@\u2060U024BE7LH&gt;'],
    ['a mention elsewhere', '@here, (@all)', '@\u2060here, (@\u2060all)'],
    ['a mention behind punctuation', '.@here -@all', '.@\u2060here -@\u2060all'],
    ['a link without a scheme', 'www.evil.example', 'www\u2060.evil.example'],
    ['a link of Slack', '<https://evil.example|Log in>', '&lt;https:\u2060//evil.example|Log in&gt;'],
    ['a link of Markdown', '[Log in](https://evil.example)', '[Log in]\u2060(https:\u2060//evil.example)'],
    ['HTML', '<img src=x onerror="x">', '&lt;img src=x onerror="x"&gt;'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['a line of its own', 'a\r\n# Alarm\u2028b', 'a # Alarm b'],
    ['a control sequence', '\u001b[2Jx\u009b31m', ' [2Jx 31m'],
    ['text that reads backwards', 'a\u202eb\u2066c\u200bd', 'abcd'],
  ] as const) {
    t.equal(escapeForChat(text), expected ?? text, what)
  }
})
