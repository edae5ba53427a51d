import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isOver } from '../../analysis/cycle-run.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import { isLoopback } from '../guard.ts'
import type { ConsoleParts } from '../parts.ts'
import { entraSetupFor } from '../setup/entra-job.ts'
import { mappingTable } from '../setup/mapping-table.ts'
import { type ShownStep, stepsOf } from '../setup/steps.ts'
import { nowFor } from './cycle-view.ts'
import { answer, instant, instantOf, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const stepSchema = z.object({
  id: z.string().meta({ description: 'Stays the same from release to release.', example: 'test-connection' }),
  title: z.string().meta({ example: 'Test Connection succeeds' }),
  done: z.boolean(),
  at: instant(
    "When it was done for the first time, by the machine's clock, as far as that is known.",
  ).optional(),
  tenantTime: instant("The same by the tenant's clock as it was then.").optional(),
  exchange: z
    .string()
    .optional()
    .meta({ description: 'The exchange that showed it first, while the journal keeps it.' }),
  userAgent: z.string().optional().meta({ description: 'What the client called itself, if it did.' }),
  hint: z.string().meta({ description: "What to do, in the words of Microsoft's pages." }),
})

const mappingLineSchema = z.object({
  source: z.string().meta({ description: 'An expression of Entra.', example: '[userPrincipalName]' }),
  target: z.string().meta({ example: 'userName' }),
  matching: z.int().optional().meta({ description: 'Matching precedence; 1 is asked first.', example: 1 }),
  note: z.string().optional(),
})

const setupSchema = z
  .object({
    endpoint: z.url().meta({
      description: 'The Tenant URL, as this server knows it.',
      example: 'http://127.0.0.1:8080/acme/scim/v2',
    }),
    https: z.boolean().meta({ description: 'Whether it speaks HTTPS, which Entra ID insists on.' }),
    loopback: z.boolean().meta({ description: 'Whether it leads to this machine alone.' }),
    steps: z.array(stepSchema).meta({ description: 'In the order in which they are done.' }),
    mapping: z
      .object({ users: z.array(mappingLineSchema), groups: z.array(mappingLineSchema) })
      .meta({ description: 'What Entra maps by default for such an endpoint.' }),
  })
  .meta({ id: 'Setup', description: 'How far the set-up of provisioning is, by what has been seen.' })

/** For the analysis to catch up with what came before. Milliseconds. */
const patience = 1000
/** From an empty tenant to one that Entra ID keeps up to date. */
export const setupRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const { tenants, analysis, scimBase } = parts

  app.get(
    '/tenants/:tenant/setup',
    {
      schema: {
        operationId: 'showSetup',
        summary: 'Show how far the set-up of provisioning is',
        description:
          "Each step is written down at its first evidence in the requests of a client that speaks as Entra ID does, and stays done until the tenant is reset. What the console sends itself (the sample, replays), the compliance suite and other clients don't count.",
        tags: ['setup'],
        params: tenantParams,
        response: { 200: answer('The steps, and the mapping.', setupSchema), ...problems(404) },
      },
    },
    async ({ params }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      await analysis.caughtUp(patience)
      const address = addressOf(tenant, scimBase())
      const cycle = analysis.newestCycleOf(tenant.id, ['entra'], ['cycle'])
      const steps = stepsOf({
        ...address,
        tokens: tenants.tokens(tenant),
        done: analysis.setupSteps(tenant.id),
        ...(cycle && { newest: { cycle, over: isOver(cycle, nowFor(cycle, parts).tenant) } }),
      })
      const { users, groups } = mappingTable(entraSetupFor[tenant.settings.profile])
      return {
        ...address,
        steps: steps.map(viewStep),
        mapping: { users: users.map(line => ({ ...line })), groups: groups.map(line => ({ ...line })) },
      }
    },
  )
}

function addressOf(tenant: Tenant, base: string) {
  const { protocol, hostname } = new URL(base)
  return {
    endpoint: `${base}/${tenant.id}/scim/v2`,
    https: protocol === 'https:',
    loopback: isLoopback(hostname),
  }
}

const viewStep = ({ id, title, hint, evidence }: ShownStep): z.output<typeof stepSchema> => ({
  id,
  title,
  done: evidence !== undefined,
  ...(evidence?.at !== undefined && { at: instantOf(evidence.at) }),
  ...(evidence?.tenantTime !== undefined && { tenantTime: instantOf(evidence.tenantTime) }),
  ...(evidence?.userAgent !== undefined && { userAgent: evidence.userAgent }),
  ...(evidence?.exchange !== undefined && { exchange: evidence.exchange }),
  hint,
})
