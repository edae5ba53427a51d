import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { findingsSchema, viewFindings } from './finding-view.ts'
import { answer, problems } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

/** For the analysis to catch up with what came before. Milliseconds. */
const patience = 2000

const findingsQuery = z.object({
  tenant: z.string().optional().meta({
    description: 'The id of the tenant; all are shown when it is left out.',
    example: 'acme',
  }),
})

/** What is odd about clients, and what would fail on AWS. */
export const findingRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (
  app,
  { analysis, standings, tenants },
) => {
  app.get(
    '/findings',
    {
      schema: {
        operationId: 'listFindings',
        summary: 'List what is odd about clients, and what would fail on AWS',
        description:
          'Waits up to two seconds until what was recorded before is analysed; `waiting` tells how much is not.',
        tags: ['findings'],
        querystring: findingsQuery,
        response: {
          200: answer('The findings, those that were found last first.', findingsSchema),
          ...problems(404),
        },
      },
    },
    async ({ query }) => {
      const tenant = query.tenant === undefined ? undefined : tenantNamed(tenants, query.tenant).id
      await analysis.caughtUp(patience)
      const tallies = await analysis.findings(tenant)
      const estimates = await standings.estimates(tenant)
      return {
        items: tallies.flatMap(viewFindings),
        // A tenant that is gone has findings in the journal, but no job any more.
        quarantine: estimates.filter(one => tenants.find(one.tenant)).map(estimate => ({ ...estimate })),
        waiting: analysis.waiting(),
      }
    },
  )
}
