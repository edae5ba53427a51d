import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { cycleSchema, cycleStateOf, viewCycle } from './cycle-view.ts'
import { answer, askedPage, pageOf, pageQuery, problems } from './shapes.ts'

/** For the analysis to catch up with what came before. Milliseconds. */
const patience = 1000

const cyclesQuery = pageQuery.extend({
  tenant: z
    .string()
    .min(1, 'Leave it out to see all.')
    .optional()
    .meta({ description: 'The id of the tenant.', example: 'acme' }),
})

/** The runs of clients. */
export const cycleRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const { analysis } = parts
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
        response: { 200: answer('The cycles, newest first.', pageOf(cycleSchema)), ...problems(400) },
      },
    },
    async ({ query }) => {
      await analysis.caughtUp(patience)
      const { tenant } = query
      const { items, ...rest } = analysis.cycles({
        ...askedPage(query),
        ...(tenant !== undefined && { tenant }),
      })
      return { items: items.map(cycle => viewCycle(cycle, cycleStateOf(cycle, parts))), ...rest }
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
        response: { 200: answer('The cycle.', cycleSchema), ...problems(404) },
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
      return viewCycle(cycle, cycleStateOf(cycle, parts))
    },
  )
}
