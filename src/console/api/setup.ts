import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Tenant } from '../../tenants/tenant.ts'
import { isLoopback } from '../guard.ts'
import type { ConsoleParts } from '../parts.ts'
import { entraSetupFor } from '../setup/entra-job.ts'
import { mappingTable } from '../setup/mapping-table.ts'
import { type SetupStep, stepsOf } from '../setup/steps.ts'
import { answer, instant, instantOf, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const stepSchema = z.object({
  id: z.string().meta({ description: 'Stays the same from release to release.', example: 'test-connection' }),
  title: z.string().meta({ example: 'Test Connection succeeds' }),
  done: z.boolean(),
  at: instant('When it was seen last that it is done.').optional(),
  exchange: z.string().optional().meta({ description: 'The exchange that shows it.' }),
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
/** Runs that are looked at: a day's. */
const cyclesLookedAt = 50

/** From an empty tenant to one that Entra ID keeps up to date. */
export const setupRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const { tenants, journal, analysis, scimBase } = parts

  app.get(
    '/tenants/:tenant/setup',
    {
      schema: {
        operationId: 'showSetup',
        summary: 'Show how far the set-up of provisioning is',
        description:
          'The steps tick themselves by what clients have sent, as far as the journal reaches back; what the console sends itself (the sample, replays) does not count.',
        tags: ['setup'],
        params: tenantParams,
        response: { 200: answer('The steps, and the mapping.', setupSchema), ...problems(404) },
      },
    },
    async ({ params }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      await analysis.caughtUp(patience)
      const address = addressOf(tenant, scimBase())
      const { items } = analysis.cycles({ tenant: tenant.id, limit: cyclesLookedAt })
      const steps = await stepsOf({
        ...address,
        tenant: tenant.id,
        tokens: tenants.tokens(tenant),
        journal,
        cycles: items.filter(({ token }) => token !== undefined),
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

const viewStep = ({ id, title, hint, evidence }: SetupStep): z.output<typeof stepSchema> => ({
  id,
  title,
  done: evidence !== undefined,
  ...(evidence?.at !== undefined && { at: instantOf(evidence.at) }),
  ...(evidence?.exchange !== undefined && { exchange: evidence.exchange }),
  hint,
})
