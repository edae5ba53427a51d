import type { FastifyPluginAsync } from 'fastify'
import { toIsoTime } from '../../contract/operation.ts'
import { operations } from '../../contract/webhooks.ts'
import type { ConsoleDeps } from '../deps.ts'
import { register } from './register.ts'

/** The webhooks of the setting `--webhook`. */
export const webhookRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { webhooks }) => {
  register(app, 'listWebhooks', operations.listWebhooks, () => ({
    items: webhooks.list().map(({ last, ...rest }) => ({
      ...rest,
      ...(last && { last: { ...last, at: toIsoTime(last.at) } }),
    })),
  }))

  register(app, 'testWebhooks', operations.testWebhooks, async () => ({
    items: (await webhooks.test()).map(result => ({ ...result })),
  }))
}
