import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { createWebhooks } from '../../../src/webhooks/webhooks.ts'
import { startWith } from '../../support/started-server.ts'
import { type Posted, receiveWebhooks } from '../../support/webhook-receiver.ts'

const flags = ['--memory', '--tenant=acme', '--token=token-of-acme']
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
  const server = await startWith(t, [...flags, `--webhook=${receiver.url}`], {
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
    ...flags,
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
  const server = await startWith(t, [...flags, `--webhook=${receiver.url}`])
  await fetch(`${server.console}/api/v1/webhooks/test`, { method: 'POST' })
  const { headers } = await receiver.next()
  t.match(headers, { 'webhook-id': /^msg_/, 'webhook-timestamp': /^\d+$/ })
  t.notOk('webhook-signature' in headers)
  t.match(await (await fetch(`${server.console}/api/v1/webhooks`)).json(), { items: [{ signed: false }] })
})

t.test('a retry has the id of the first attempt and a valid signature', async t => {
  const receiver = await receiveWebhooks(t, { status: 500 })
  const key = Buffer.from(oldSecret.slice('whsec_'.length), 'base64')
  const webhooks = createWebhooks({
    urls: [receiver.url],
    keys: [key],
    console: () => undefined,
    warn: t.fail,
    retryDelays: [1],
  })
  t.teardown(webhooks.stop)
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
  const webhooks = createWebhooks({ urls: [receiver.url], console: () => undefined, warn: t.fail })
  t.teardown(webhooks.stop)
  const subject = '<!channel> https://evil.example\n@all'
  webhooks.notify({ type: 'finding', text: `Found at acme: ${subject}.`, facts: { subject } })
  t.match((await receiver.next()).body, {
    text: 'Found at acme: &lt;!channel&gt; https:\u2060//evil.example @\u2060all.',
    subject,
  })
})
