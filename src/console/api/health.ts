import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { answer, problems } from './shapes.ts'

const unavailable = { 503: problems(503)[503] }

/** For probes: they need no token and may call the console by any name. */
export const healthRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { version, ready }) => {
  const tags = ['health']

  app.get(
    '/livez',
    {
      schema: {
        operationId: 'livez',
        summary: 'Say whether the process lives',
        tags,
        security: [],
        response: {
          200: answer('It does.', z.object({ status: z.literal('ok'), version: z.string() })),
        },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  )

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readyz',
        summary: 'Say whether the SCIM listener takes requests',
        tags,
        security: [],
        response: {
          200: answer('It does.', z.object({ status: z.literal('ready') })),
          ...unavailable,
        },
      },
    },
    async () => {
      if (ready()) return { status: 'ready' as const }
      throw new Problem('not-ready', 'The server is starting or stopping; ask again in a moment.', {
        headers: { 'retry-after': '1' },
      })
    },
  )
}
