import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Analysis } from '../../analysis/analysis.ts'
import type { Cycle } from '../../analysis/cycle.ts'
import { type Forecast, forecast } from '../../analysis/cycle-forecast.ts'
import { clientOfCycle } from '../../analysis/cycle-run.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { cycleSchema, viewCycle } from './cycle-view.ts'
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

/** The runs of provisioning clients. */
export const cycleRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { analysis }) => {
  const tags = ['cycles']

  app.get(
    '/cycles',
    {
      schema: {
        operationId: 'listCycles',
        summary: 'List the runs of provisioning clients',
        description:
          'Requests of one tenant and token that belong together: from the probes that Entra ID begins with, or after five minutes of silence. Waits up to a second until what was recorded before is analysed.',
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
      const now = Date.now()
      const next = forecasts(analysis, items, now)
      return { items: items.map(cycle => viewCycle(cycle, now, next.get(cycle.id))), ...rest }
    },
  )

  app.get(
    '/cycles/:id',
    {
      schema: {
        operationId: 'showCycle',
        summary: 'Show a run of a provisioning client',
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
      const now = Date.now()
      return viewCycle(cycle, now, forecasts(analysis, [cycle], now).get(cycle.id))
    },
  )
}

/** When clients are expected next, by the ids of their newest cycles. */
function forecasts(
  analysis: Pick<Analysis, 'recentCycles'>,
  cycles: readonly Cycle[],
  now: number,
): ReadonlyMap<string, Forecast> {
  const clients = new Map(cycles.map(cycle => [clientOfCycle(cycle), cycle]))
  return new Map(
    [...clients.values()].flatMap(cycle => {
      const recent = analysis.recentCycles(cycle)
      const [newest] = recent
      const next = forecast(recent, now)
      return newest && next ? [[newest.id, next] as const] : []
    }),
  )
}
