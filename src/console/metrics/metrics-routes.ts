import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problems } from '../api/shapes.ts'
import { readWithZod } from '../read-with-zod.ts'
import type { Metrics } from './metrics.ts'

/** For Prometheus. */
export const metricsRoutes: FastifyPluginAsyncZod<{ readonly metrics: Metrics }> = async (
  app,
  { metrics },
) => {
  readWithZod(app)
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'showMetrics',
        summary: 'Tell Prometheus how things stand',
        tags: ['server'],
        response: {
          200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
          ...problems(),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.text()
      return reply.type(metrics.contentType).send(text)
    },
  )
}
