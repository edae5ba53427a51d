import type { FastifyPluginAsync } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { operations } from '../../domain/contract/server.ts'
import { operations as webhookOperations } from '../../domain/contract/webhooks.ts'
import type { ConsoleDeps } from '../deps.ts'
import { livenessOf, readinessOf } from '../probes.ts'
import { Problem } from '../problem.ts'
import { requireWritable } from '../read-only.ts'
import { jsonResponse, problemResponses, register, requireTenant } from './register.ts'

const notReady = { 503: problemResponses(503)[503] }

/** Health checks: they need no token and accept any host name. */
export const healthRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const tags = ['health']

  app.get(
    '/livez',
    {
      config: { needs: 'none' },
      schema: {
        operationId: 'livez',
        summary: 'Check liveness',
        tags,
        security: [],
        response: {
          200: jsonResponse('The process runs.', z.object({ status: z.literal('ok'), version: z.string() })),
        },
      },
    },
    async () => livenessOf(deps),
  )

  app.get(
    '/readyz',
    {
      config: { needs: 'none' },
      schema: {
        operationId: 'readyz',
        summary: 'Check readiness',
        tags,
        security: [],
        response: {
          200: jsonResponse('The SCIM listener accepts requests.', z.object({ status: z.literal('ready') })),
          ...notReady,
        },
      },
    },
    async () => readinessOf(deps),
  )
}

export const serverRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { version, facts, journal, tenants, compaction, reset } = deps

  register(app, 'getSettings', operations.getSettings, async () => {
    const { exchanges, bytes, oldest, keepBytes } = await journal.extent()
    const { started, settings, retention, database } = facts
    return {
      version,
      node: process.version,
      started,
      settings,
      journal: {
        exchanges,
        bytes,
        oldest,
        retention: { ...retention, bytes: keepBytes },
      },
      ...(database !== undefined && {
        database: { path: database.location, bytes: await database.size() },
      }),
    }
  })

  register(app, 'compact', operations.compact, async () => {
    if (!compaction) {
      throw new Problem('not-compacted', 'PostgreSQL reuses the space of deleted data by itself.')
    }
    try {
      return await compaction.compact()
    } catch (error) {
      throw new Problem('compaction-failed', error instanceof Error ? error.message : String(error))
    }
  })

  register(app, 'reset', operations.reset, async ({ body }) => {
    if (body?.tenant !== undefined) requireWritable(requireTenant(tenants, body.tenant))
    return { tenants: await reset(body?.tenant) }
  })
}

export const webhookRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { webhooks }) => {
  register(app, 'listWebhooks', webhookOperations.listWebhooks, () => ({ items: webhooks.list() }))

  register(app, 'testWebhooks', webhookOperations.testWebhooks, async () => ({
    items: await webhooks.test(),
  }))
}
