import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { Metrics } from '../metrics.ts'
import { sendMetrics } from '../probes.ts'
import { validateWithZod } from '../validation.ts'
import { problemResponses } from './register.ts'

export const metricsRoutes: FastifyPluginAsyncZod<{ readonly metrics: Metrics }> = async (
  app,
  { metrics },
) => {
  validateWithZod(app)
  app.get(
    '/metrics',
    {
      config: { needs: 'metrics' },
      schema: {
        operationId: 'showMetrics',
        summary: 'Show metrics for Prometheus',
        tags: ['server'],
        response: {
          200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
          ...problemResponses(),
        },
      },
    },
    sendMetrics(metrics),
  )
}
