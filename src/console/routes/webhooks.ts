import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, problemResponses, timestamp, toIsoTime } from '../../contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'

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

const webhookTestSchema = z
  .object({
    url,
    ok: z.boolean(),
    status,
    reason: z.string().optional().meta({ description: 'Why it was not told.', example: 'ECONNREFUSED' }),
  })
  .meta({ id: 'WebhookTest', description: 'What came of a test of a webhook.' })

const itemsSchema = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })

/** Webhooks of the setting `--webhook`. */
export const webhookRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { webhooks }) => {
  const tags = ['server']

  app.get(
    '/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'List the webhooks, and how they fare',
        tags,
        response: {
          200: jsonResponse('The webhooks, as in the setting.', itemsSchema(webhookSchema)),
          ...problemResponses(),
        },
      },
    },
    async () => ({
      items: webhooks.list().map(({ last, ...rest }) => ({
        ...rest,
        ...(last && { last: { ...last, at: toIsoTime(last.at) } }),
      })),
    }),
  )

  app.post(
    '/webhooks/test',
    {
      schema: {
        operationId: 'testWebhooks',
        summary: 'Post a test to every webhook',
        description: 'Each is tried once, for ten seconds at the most.',
        tags,
        response: {
          200: jsonResponse('What came of it.', itemsSchema(webhookTestSchema)),
          ...problemResponses(),
        },
      },
    },
    async () => ({ items: (await webhooks.test()).map(tested => ({ ...tested })) }),
  )
}
