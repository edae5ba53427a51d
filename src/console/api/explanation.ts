import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { createExplain } from '../../analysis/explain/explain.ts'
import type { ConsoleParts } from '../parts.ts'
import { exchangeNamed, exchangeParams } from './exchanges.ts'
import { explanationSchema, viewExplanation } from './explanation-view.ts'
import { answer, problems } from './shapes.ts'

// Who looks at a request that was answered just now waits so long for what is found about it. Milliseconds.
const patience = 2000

/** What became of a request: what it changed, and what other services would have said to it. */
export const explanationRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const { journal, analysis } = parts
  const explain = createExplain(parts)

  app.get(
    '/exchanges/:id/explanation',
    {
      schema: {
        operationId: 'explainExchange',
        summary: 'Tell what a request changed, and what other services would have answered',
        tags: ['exchanges'],
        params: exchangeParams,
        response: { 200: answer('The explanation.', explanationSchema), ...problems(404) },
      },
    },
    async ({ params }) => {
      const exchange = await exchangeNamed(journal, params.id)
      if (!exchange.notes) await analysis.caughtUp(patience)
      return viewExplanation(await explain(exchange), analysis.about(exchange.id))
    },
  )
}
