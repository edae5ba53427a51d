import { z } from 'zod'
import { listSchema, operation, timestamp } from './operation.ts'

const url = z.string().meta({
  description: 'Only its host: whoever knows the rest may post there.',
  example: 'https://hooks.example.com/…',
})
const status = z.int().optional().meta({ description: 'The status of its answer.', example: 200 })

const webhookSchema = z
  .object({
    url,
    signed: z.boolean().meta({ description: 'Whether its messages are signed, with `--webhook-secret`.' }),
    delivered: z.int().meta({ description: 'What it was told since the start of the server.' }),
    failed: z.int().meta({ description: 'What it could not be told, after three attempts.' }),
    last: z
      .object({
        at: timestamp('When it was tried.'),
        event: z.enum(['first-contact', 'failure', 'finding', 'token-expiry', 'test']),
        status,
      })
      .optional(),
  })
  .meta({ id: 'Webhook', description: 'Whom the server tells what happens.' })

export type Webhook = z.output<typeof webhookSchema>

const webhookTestSchema = z
  .object({
    url,
    ok: z.boolean(),
    status,
    reason: z.string().optional().meta({ description: 'Why it was not told.', example: 'ECONNREFUSED' }),
  })
  .meta({ id: 'WebhookTest', description: 'What came of a test of a webhook.' })

export type WebhookTest = z.output<typeof webhookTestSchema>

export const operations = {
  listWebhooks: operation({
    method: 'GET',
    path: '/webhooks',
    summary: 'List the webhooks, and how they fare',
    tags: ['server'],
    response: {
      status: 200,
      description: 'The webhooks, as in the setting.',
      schema: listSchema(webhookSchema),
    },
    problems: [],
  }),
  testWebhooks: operation({
    method: 'POST',
    path: '/webhooks/test',
    summary: 'Post a test to every webhook',
    description: 'Each is tried once, for ten seconds at the most.',
    tags: ['server'],
    response: { status: 200, description: 'What came of it.', schema: listSchema(webhookTestSchema) },
    problems: [],
  }),
}
