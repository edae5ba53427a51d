import t from 'tap'
import { deliveryHeaders, newMessageId, readWebhookSecrets } from '../../../src/webhooks/delivery.ts'

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
