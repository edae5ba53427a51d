import * as z from 'zod'
import { describe, flag, lists, read, text, timestamp, write } from './operation.ts'

const url = z.string().meta({
  description: 'Only the host: the rest of the URL may be a secret.',
  example: 'https://hooks.example.com/…',
})
const status = z.int().optional().meta({ description: 'The status of its response.', example: 200 })

const webhookSchema = z
  .object({
    url,
    signed: flag('Whether its messages are signed, with `--webhook-secret`.'),
    delivered: z.int().meta({ description: 'The number of events delivered since the start of the server.' }),
    failed: z.int().meta({ description: 'The number of events that failed after three attempts.' }),
    last: z
      .object({
        at: timestamp('The time of the attempt.'),
        event: z.enum([
          'first-contact',
          'failure',
          'finding',
          'token-expiry',
          'secret-expiry',
          'issuer-unreachable',
          'drift',
          'test',
        ]),
        status,
      })
      .optional(),
  })
  .meta({ id: 'Webhook', description: 'A webhook with its delivery status.' })

export type Webhook = z.input<typeof webhookSchema>

const webhookTestSchema = z
  .object({
    url,
    ok: z.boolean(),
    status,
    reason: text('The reason of the failure.', 'ECONNREFUSED').optional(),
  })
  .meta({ id: 'WebhookTest', description: 'The result of a webhook test.' })

export type WebhookTest = z.output<typeof webhookTestSchema>

export const operations = describe('server', {
  listWebhooks: read(
    'GET /webhooks',
    'List the webhooks with their delivery status',
    lists(webhookSchema, 'The webhooks in the order of the setting.'),
  ),
  testWebhooks: write(
    'POST /webhooks/test',
    'Send a test event to all webhooks',
    lists(webhookTestSchema, 'The results.'),
    { description: 'One attempt each, with a timeout of ten seconds.' },
  ),
})
