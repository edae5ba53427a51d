import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import type { RunningServer } from '../../../src/server/server.ts'
import { flagsOf, testDatabase } from '../../support/database.ts'
import { startWebhooks } from '../../support/deliveries.ts'
import { startWith } from '../../support/started-server.ts'
import { type Posted, type Receiver, receiveWebhooks } from '../../support/webhook-receiver.ts'

/** The flags of a server with one tenant, whose database survives it in the file with the path. */
const flags = async (t: Test, path?: string) => [
  ...flagsOf(await testDatabase(t, path)),
  '--tenant=acme',
  '--token=token-of-acme',
]
const authorization = 'Bearer token-of-acme'

const callApi = async ({ console }: RunningServer, method: string, path: string, body?: object) => {
  const response = await fetch(`${console}/api/v1${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return (await response.json()) as {
    readonly items: readonly object[]
    readonly steps: readonly { readonly id: string }[]
  }
}

/** The next event of a type, without the others. */
async function nextOf(receiver: Receiver, type: string): Promise<Posted['body']> {
  let { body } = await receiver.next()
  while (body.type !== type) body = (await receiver.next()).body
  return body
}

t.test('a webhook receives events', async t => {
  const receiver = await receiveWebhooks(t)
  const server = await startWith(t, [...(await flags(t)), `--webhook=${receiver.url}/secret-path?key=secret`])
  const newest = async () =>
    (await callApi(server, 'GET', '/exchanges?limit=1')).items[0] as { readonly id: string }

  t.test('the first request is sent with a link', async t => {
    await fetch(`${server.endpoint}/Users?count=1`, { headers: { authorization } })
    const { id } = await newest()
    const { at, ...notice } = await nextOf(receiver, 'first-contact')
    t.match(at, /^\d{4}-\d\d-\d\dT/)
    t.same(notice, {
      type: 'first-contact',
      tenant: 'acme',
      text: 'First request to acme: list users (GET, status 200).',
      exchange: id,
      status: 200,
      action: 'list users',
      link: `${server.console}/exchanges/${id}`,
    })
  })

  t.test('the first request from Entra ID is sent', async t => {
    const probe = `/Users?filter=userName+eq+%22${randomUUID()}%22`
    await fetch(`${server.endpoint}${probe}`, { headers: { authorization, 'user-agent': '' } })
    const { id } = await newest()
    t.match(await nextOf(receiver, 'first-contact'), {
      tenant: 'acme',
      client: 'entra',
      exchange: id,
      text: 'First request of an identity provider to acme.',
      link: `${server.console}/exchanges/${id}`,
    })
    const { steps } = await callApi(server, 'GET', '/tenants/acme/setup')
    t.match(
      steps.find(({ id }) => id === 'contact'),
      { done: true, exchange: id },
    )
  })

  t.test('a failure is sent', async t => {
    await fetch(`${server.endpoint}/Users`)
    const { id } = await newest()
    t.match(await nextOf(receiver, 'failure'), {
      tenant: 'acme',
      text: 'A request to acme failed: rejected: no token (GET, status 401).',
      count: 1,
      exchange: id,
      link: `${server.console}/exchanges/${id}`,
    })
  })

  t.test('a new finding is sent', async t => {
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']
    const name = { givenName: 'Barney', familyName: 'Gumble' }
    await fetch(`${server.endpoint}/Users`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ schemas, userName: 'barney', displayName: 'Barney', name }),
    })
    let found = await nextOf(receiver, 'finding')
    while (found.finding !== 'client/no-external-id') found = await nextOf(receiver, 'finding')
    t.match(found, {
      tenant: 'acme',
      title: 'No externalId',
      severity: 'warning',
      subject: 'barney',
      origin: 'ad-hoc',
      text: /^New finding in acme \(ad-hoc requests\): No externalId\. /,
      link: /\/exchanges\//,
    })
  })

  t.test('a test event is sent on request', async t => {
    const { items } = await callApi(server, 'POST', '/webhooks/test')
    t.same(items, [{ url: `${receiver.url}/…`, ok: true, status: 204 }])
    t.match(await nextOf(receiver, 'test'), {
      text: 'Test event from Scimulator.',
      link: `${server.console}/`,
    })
  })

  t.test('the console shows the delivery status without secrets', async t => {
    const webhooks = await callApi(server, 'GET', '/webhooks')
    t.match(webhooks.items, [{ url: `${receiver.url}/…`, failed: 0, last: { status: 204 } }])
    const settings = await callApi(server, 'GET', '/settings')
    t.notMatch(JSON.stringify([webhooks, settings]), /secret-path|key=secret/)
  })
})

t.test('a first request is sent once in the life of the database', async t => {
  const receiver = await receiveWebhooks(t)
  const data = await flags(t, join(t.testdir(), 'scim.db'))
  const before = await startWith(t, data)
  await fetch(`${before.endpoint}/Users`, { headers: { authorization } })
  await before.close()
  const server = await startWith(t, [...data, `--webhook=${receiver.url}`])
  await callApi(server, 'POST', '/tenants', { id: 'globex' })
  await fetch(`${server.endpoint}/Users`, { headers: { authorization } })
  await fetch(`${server.endpoint.replace('acme', 'globex')}/Users`)
  t.match((await receiver.next()).body, { type: 'first-contact', tenant: 'globex' })
})

t.test('messages that wait when the server stops are sent after the next start', async t => {
  const refusing = await receiveWebhooks(t, ...Array.from({ length: 3 }, () => ({ status: 503 })))
  const url = `--webhook=${refusing.url}/secret`
  const data = await flags(t, join(t.testdir(), 'scim.db'))
  const before = await startWith(t, [...data, url])
  await fetch(`${before.endpoint}/Users`, { headers: { authorization } })
  const { headers, body } = await refusing.next()
  await before.close()
  await startWith(t, [...data, url])
  const again = await refusing.next()
  t.match([body, again.body], [{ type: 'first-contact' }, body])
  t.equal(again.headers['webhook-id'], headers['webhook-id'])
})

t.test('an expiring token is sent', async t => {
  const receiver = await receiveWebhooks(t)
  const data = [...flagsOf(await testDatabase(t, join(t.testdir(), 'scim.db'))), '--tenant=acme']
  const before = await startWith(t, data)
  await callApi(before, 'PUT', '/tenants/acme/clock', { advance: '350d' })
  await before.close()
  const server = await startWith(t, [...data, `--webhook=${receiver.url}`])
  const notice = (await receiver.next()).body
  t.match(notice, {
    type: 'token-expiry',
    tenant: 'acme',
    text: /^The token ….{4} of tenant acme expires in 1[45] days, on \d{4}-\d\d-\d\d; generate a second token/,
    link: `${server.console}/tenants/acme/connect?view=credentials`,
  })
})

t.test('without webhooks, the list is empty, and a test is rejected', async t => {
  const server = await startWith(t, await flags(t))
  t.same(await callApi(server, 'GET', '/webhooks'), { items: [] })
  t.same(await callApi(server, 'POST', '/webhooks/test'), { items: [] })
})

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`
const [oldSecret, newSecret] = [secretOf(1), secretOf(2)]

type IsGenuine = (secret: string, headers: Posted['headers'], body: string) => boolean

/** The verification that the documentation on webhooks describes. */
async function sampleOf(directory: string): Promise<IsGenuine> {
  const page = readFileSync('docs/webhooks.md', 'utf8')
  const [, sample = ''] = /<!-- verify:start -->\s*```js\n(.*?)```\s*<!-- verify:end -->/s.exec(page) ?? []
  const file = join(directory, 'verify.mjs')
  writeFileSync(file, sample)
  return (await import(pathToFileURL(file).href)).isGenuine
}

/** The expected signature of a received message. */
const signatureBy = (secret: string, { headers, text }: Posted) =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`)
    .digest('base64')}`

t.test('a message is signed, and the documented verification accepts it', async t => {
  const isGenuine = await sampleOf(t.testdir())
  const receiver = await receiveWebhooks(t)
  const server = await startWith(t, [...(await flags(t)), `--webhook=${receiver.url}`], {
    SCIMULATOR_WEBHOOK_SECRET: oldSecret,
  })
  await fetch(`${server.endpoint}/Users`, { headers: { authorization: 'Bearer token-of-acme' } })
  const { headers, text, ...posted } = await receiver.next()
  t.equal(posted.body.type, 'first-contact')
  t.match(headers['webhook-id'], /^msg_[0-9a-f]{32}$/)
  t.equal(headers['webhook-signature'], signatureBy(oldSecret, { headers, text, ...posted }))
  t.equal(isGenuine(oldSecret, headers, text), true)
  for (const [what, secret, sent, body] of [
    ['another secret', newSecret, headers, text],
    ['another body', oldSecret, headers, text.replace('acme', 'evil')],
    ['another id', oldSecret, { ...headers, 'webhook-id': 'msg_1' }, text],
    ['an old message', oldSecret, { ...headers, 'webhook-timestamp': '1614265330' }, text],
    ['no time', oldSecret, { ...headers, 'webhook-timestamp': undefined }, text],
    ['no signature', oldSecret, { ...headers, 'webhook-signature': undefined }, text],
    ['a signature of nothing', oldSecret, { ...headers, 'webhook-signature': 'v1,' }, text],
  ] as const) {
    t.equal(isGenuine(secret, sent, body), false, what)
  }

  const shown = async (path: string) => (await fetch(`${server.console}/api/v1${path}`)).json()
  t.match(await shown('/webhooks'), { items: [{ signed: true }] })
  const { settings } = (await shown('/settings')) as { settings: readonly { flag: string; value: string }[] }
  t.match(
    settings.find(({ flag }) => flag === '--webhook-secret'),
    { value: '***', source: 'environment' },
  )
  t.notMatch(JSON.stringify(settings), oldSecret.slice('whsec_'.length))
})

t.test('during a rotation of the secret, a message has a signature of each', async t => {
  const isGenuine = await sampleOf(t.testdir())
  const receiver = await receiveWebhooks(t)
  const server = await startWith(t, [
    ...(await flags(t)),
    `--webhook=${receiver.url}`,
    `--webhook-secret=${newSecret} ${oldSecret}`,
  ])
  await fetch(`${server.console}/api/v1/webhooks/test`, { method: 'POST' })
  const posted = await receiver.next()
  t.equal(
    posted.headers['webhook-signature'],
    `${signatureBy(newSecret, posted)} ${signatureBy(oldSecret, posted)}`,
  )
  t.equal(isGenuine(oldSecret, posted.headers, posted.text), true)
  t.equal(isGenuine(newSecret, posted.headers, posted.text), true)
  t.equal(isGenuine(secretOf(3), posted.headers, posted.text), false)
})

t.test('without a secret, a message has an id and a time, and is listed as unsigned', async t => {
  const receiver = await receiveWebhooks(t)
  const server = await startWith(t, [...(await flags(t)), `--webhook=${receiver.url}`])
  await fetch(`${server.console}/api/v1/webhooks/test`, { method: 'POST' })
  const { headers } = await receiver.next()
  t.match(headers, { 'webhook-id': /^msg_/, 'webhook-timestamp': /^\d+$/ })
  t.notOk('webhook-signature' in headers)
  t.match(await (await fetch(`${server.console}/api/v1/webhooks`)).json(), { items: [{ signed: false }] })
})

t.test('a retry has the id of the first attempt and a valid signature', async t => {
  const receiver = await receiveWebhooks(t, { status: 500 })
  const key = Buffer.from(oldSecret.slice('whsec_'.length), 'base64')
  const webhooks = startWebhooks(t, {
    urls: [receiver.url],
    keys: [key],
    console: () => undefined,
    warn: t.fail,
    retryDelays: [1],
  })
  webhooks.notify({ type: 'test', text: 'one' })
  webhooks.notify({ type: 'test', text: 'two' })
  const [first, again, other] = [await receiver.next(), await receiver.next(), await receiver.next()]
  t.same(
    [first, again, other].map(({ body }) => body.text),
    ['one', 'one', 'two'],
  )
  t.equal(again.headers['webhook-id'], first.headers['webhook-id'])
  t.not(other.headers['webhook-id'], first.headers['webhook-id'])
  t.equal(again.headers['webhook-signature'], signatureBy(oldSecret, again))
})

t.test('client text is escaped in the message text and unchanged in the facts', async t => {
  const receiver = await receiveWebhooks(t)
  const webhooks = startWebhooks(t, { urls: [receiver.url], console: () => undefined, warn: t.fail })
  const subject = '<!channel> https://evil.example\n@all'
  webhooks.notify({ type: 'finding', text: `Found at acme: ${subject}.`, facts: { subject } })
  t.match((await receiver.next()).body, {
    text: 'Found at acme: &lt;!channel&gt; https:\u2060//evil.example @\u2060all.',
    subject,
  })
})
