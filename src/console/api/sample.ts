import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { runSample } from '../sample/run-sample.ts'
import { answer, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const count = (says: string, example: number) => z.int().nonnegative().meta({ description: says, example })

const sampleRunSchema = z
  .object({
    requests: count('The requests that were sent.', 44),
    created: count('Those that created a user or a group.', 10),
    changed: count('Those that wrote to one, members included.', 12),
    failed: count('Those that were refused.', 0),
  })
  .meta({ id: 'SampleRun', description: 'What the requests of the sample came to.' })

/** Filling a tenant with people, as Entra ID would. */
export const sampleRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const running = new Set<string>()

  app.post(
    '/tenants/:tenant/sample',
    {
      schema: {
        operationId: 'runSample',
        summary: 'Provision a sample directory',
        description:
          'Runs an initial cycle of Springfield, ten people and five groups, into the tenant with the requests that Entra ID would send. They are in the journal like those of any client. A second run looks everybody up and finds them; members are added once more, for Entra never reads them back.',
        tags: ['setup'],
        params: tenantParams,
        response: { 200: answer('What came of it.', sampleRunSchema), ...problems(404, 409) },
      },
    },
    async ({ params }) => {
      const tenant = tenantNamed(parts.tenants, params.tenant)
      if (running.has(tenant.id)) throw underWay(tenant.id)
      running.add(tenant.id)
      try {
        return await runSample(tenant, parts)
      } finally {
        running.delete(tenant.id)
      }
    },
  )
}

const underWay = (tenant: string) =>
  new Problem(
    'under-way',
    `The sample is being provisioned into the tenant "${tenant}" already. Wait until that is done.`,
  )
