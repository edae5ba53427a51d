import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { answer, problems } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const resetSchema = z.strictObject({
  tenant: z.string().optional().meta({
    description: 'The id of the tenant to reset; all are when it is left out.',
    example: 'acme',
  }),
})

const resetDoneSchema = z
  .object({ tenants: z.array(z.string()).meta({ description: 'The ids of the tenants that were reset.' }) })
  .meta({ id: 'ResetDone', description: 'What a reset did.' })

/** Starting over. */
export const resetRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { tenants, reset }) => {
  app.post(
    '/reset',
    {
      schema: {
        operationId: 'reset',
        summary: 'Start over',
        description:
          'Forgets users, groups, their history, the journal and what it showed, disarms faults, and sets the clock back: all at once, or nothing. Tenants and tokens stay.',
        tags: ['reset'],
        body: resetSchema.optional(),
        response: { 200: answer('What was reset.', resetDoneSchema), ...problems(400, 404, 413, 415) },
      },
    },
    async ({ body }) => {
      if (body?.tenant !== undefined) tenantNamed(tenants, body.tenant)
      return { tenants: [...(await reset(body?.tenant))] }
    },
  )
}
