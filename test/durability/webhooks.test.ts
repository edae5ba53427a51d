import t from 'tap'
import { userBody } from '../../scripts/endure/client.ts'
import { startInstance } from '../support/instances.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { receiveWebhooks } from '../support/webhook-receiver.ts'

t.test(
  'a message that waits when its instance is killed is delivered by another instance',
  { skip: skipWithoutPostgres },
  async t => {
    const receiver = await receiveWebhooks(t, { status: 503 })
    const data = await createSchema(t)
    const flags = ['--webhook', receiver.url]
    const killed = await startInstance(t, data, flags)
    t.equal((await killed.scim('POST', '/Users', userBody('moe'))).status, 201)
    const refused = await receiver.next()
    t.match(refused.body, { type: 'first-contact', tenant: 'acme' })
    await killed.end('SIGKILL')

    await startInstance(t, data, flags)
    const delivered = await receiver.next()
    t.same(delivered.body, refused.body)
    t.equal(delivered.headers['webhook-id'], refused.headers['webhook-id'], 'the same message')
  },
)
