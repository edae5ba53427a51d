import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  pageQuery,
  pageSchema,
  problemResponses,
  toPageRequest,
} from '../../contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { currentCycleState, cycleSchema, viewCycle } from '../views/cycle.ts'

/** For the analysis to catch up with what came before. Milliseconds. */
const catchUpTimeout = 1000

const cyclesQuery = pageQuery.extend({
  tenant: z
    .string()
    .min(1, 'Leave it out to see all.')
    .optional()
    .meta({ description: 'The id of the tenant.', example: 'acme' }),
})

/** The runs of clients. */
export const cycleRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const { analysis } = deps
  const tags = ['cycles']

  app.get(
    '/cycles',
    {
      schema: {
        operationId: 'listCycles',
        summary: 'List the runs of clients',
        description:
          "Requests of one client that belong together: from the probes that Entra ID begins with, or after five minutes of silence by the tenant's clock. Clients are told apart by tenant, token and User-Agent. Waits up to a second until what was recorded before is analysed.",
        tags,
        querystring: cyclesQuery,
        response: {
          200: jsonResponse('The cycles, newest first.', pageSchema(cycleSchema)),
          ...problemResponses(400),
        },
      },
    },
    async ({ query }) => {
      await analysis.caughtUp(catchUpTimeout)
      const { tenant } = query
      const { items, ...rest } = analysis.cycles({
        ...toPageRequest(query),
        ...(tenant !== undefined && { tenant }),
      })
      return { items: items.map(cycle => viewCycle(cycle, currentCycleState(cycle, deps))), ...rest }
    },
  )

  app.get(
    '/cycles/:id',
    {
      schema: {
        operationId: 'showCycle',
        summary: 'Show a run of a client',
        tags,
        params: z.object({ id: z.string().meta({ description: 'The id of the cycle.' }) }),
        response: { 200: jsonResponse('The cycle.', cycleSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => {
      const cycle = analysis.cycle(params.id)
      if (!cycle) {
        throw new Problem(
          'not-found',
          `There is no cycle "${params.id}"; those of which the journal has no exchange left are forgotten. GET /api/v1/cycles lists the others.`,
        )
      }
      return viewCycle(cycle, currentCycleState(cycle, deps))
    },
  )
}
