import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { hasEnded } from '../../analysis/cycles.ts'
import { hasNoFailure } from '../../analysis/setup-step.ts'
import {
  jsonResponse,
  problemResponses,
  tenantParams,
  timestamp,
  toIsoTime,
} from '../../contract/operation.ts'
import type { Cycle, SetupStep, SetupStepId } from '../../ports/analysis.ts'
import type { Tenant, Token } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { entraSetupOf, mappingTable } from '../entra-setup.ts'
import { isLoopback } from '../guard.ts'
import { currentTimes } from '../views/cycle.ts'
import { requireTenant } from './tenants.ts'

/** All that the steps are read off. */
export type SetupFacts = {
  readonly endpoint: string
  readonly https: boolean
  readonly loopback: boolean
  readonly tokens: readonly Token[]
  /** Those that clients have done. */
  readonly done: readonly SetupStep[]
  /** Entra ID's newest cycle, and whether it can't go on any more. */
  readonly newest?: { readonly cycle: Cycle; readonly over: boolean }
}

/** What a step is known to be done by. Times are in milliseconds since 1970. */
export type Evidence = Partial<Omit<SetupStep, 'id'>>

/** A step between an empty tenant and one that Entra ID keeps up to date. */
export type SetupStepView = {
  readonly id: string
  readonly title: string
  /** What to click, in the words of Microsoft's pages. */
  readonly hint: string
  readonly evidence?: Evidence
}

/** The steps in their order, each with its first evidence. */
export function listSetupSteps(facts: SetupFacts): readonly SetupStepView[] {
  const done = new Map<string, Evidence>(facts.done.map(({ id, ...evidence }) => [id, evidence]))
  return stepDefinitions.map(({ id, title, hint }) => {
    const evidence = done.get(id) ?? currentEvidence[id]?.(facts)
    return { id, title, hint: hint(facts), ...(evidence && { evidence }) }
  })
}

/** What no exchange shows: a token, and the end of a cycle after which nobody has spoken yet. */
const currentEvidence: Readonly<Record<string, (facts: SetupFacts) => Evidence | undefined>> = {
  token: ({ tokens }) =>
    tokens.length > 0 ? { tenantTime: Math.min(...tokens.map(({ created }) => created)) } : undefined,
  'no-failure': ({ newest }) => {
    if (!newest?.over || !hasNoFailure(newest.cycle)) return undefined
    const { id, last, tenantLast } = newest.cycle
    return { at: last, tenantTime: tenantLast, exchange: id }
  },
}

type StepDefinition = {
  readonly id: SetupStepId | 'token'
  readonly title: string
  readonly hint: (facts: SetupFacts) => string
}

const stepDefinitions: readonly StepDefinition[] = [
  {
    id: 'token',
    title: 'Access token generated',
    hint: () =>
      'On the page Tokens, generate a token and copy it; it is shown once. Entra calls it Secret Token.',
  },
  {
    id: 'contact',
    title: 'First request from Entra ID',
    hint: facts =>
      `In the Microsoft Entra admin center open Enterprise apps, your application, Provisioning, and give ${facts.endpoint} as Tenant URL and the token as Secret Token.${reachability(facts)}`,
  },
  {
    id: 'test-connection',
    title: 'Test Connection succeeds',
    hint: () =>
      'Select Test Connection next to the Secret Token. Entra looks for a user that does not exist, and an empty list with status 200 is the right response. Then save.',
  },
  {
    id: 'user',
    title: 'First user created',
    hint: () =>
      'Assign a user under Users and groups, then select Start provisioning; Provision on demand does it for one user at once.',
  },
  {
    id: 'group',
    title: 'First group created',
    hint: () =>
      'Assign a group under Users and groups. Under Mappings, Provision Microsoft Entra ID Groups has to be enabled.',
  },
  {
    id: 'membership',
    title: 'First member added to a group',
    hint: () =>
      'Add a user to the assigned group. Members follow their group in PATCH requests of their own; members of nested groups are not provisioned.',
  },
  {
    id: 'disabled',
    title: 'First user disabled',
    hint: () =>
      "Remove a user from the assigned group, or turn off Account enabled on the user's page. The next cycle disables the user here.",
  },
  {
    id: 'deleted',
    title: 'First user deleted',
    hint: () =>
      'Delete the user, then delete permanently under Deleted users: Entra sends a DELETE only then, or 30 days later. Deleted users are listed under Stale.',
  },
  {
    id: 'second-cycle',
    title: 'Second cycle on schedule',
    hint: () =>
      'Leave provisioning on: Entra ID runs a cycle about every 40 minutes, which the provisioning page calls the incremental cycle.',
  },
  {
    id: 'no-failure',
    title: 'First cycle without failures',
    hint: ({ newest }) => {
      if (!newest || newest.cycle.failed === 0)
        return 'Wait until a cycle ends; View provisioning logs shows the same from the side of Entra.'
      const { id, failed } = newest.cycle
      const requests = failed === 1 ? '1 request' : `${failed} requests`
      return `${requests} of the newest cycle failed: search the activity for cycle:${id} -status:2xx. Entra retries with each cycle, and less and less often.`
    },
  },
]

function reachability({ https, loopback }: SetupFacts): string {
  if (loopback) {
    return ' That address leads to this machine alone, and Entra ID calls from the internet: put a tunnel or a proxy with a public name and HTTPS in front, and give its address.'
  }
  return https
    ? ''
    : ' Entra ID takes HTTPS only: start the server with a certificate, or put a proxy in front.'
}

const stepSchema = z.object({
  id: z.string().meta({ description: 'Stays the same from release to release.', example: 'test-connection' }),
  title: z.string().meta({ example: 'Test Connection succeeds' }),
  done: z.boolean(),
  at: timestamp(
    "When it was done for the first time, by the machine's clock, as far as that is known.",
  ).optional(),
  tenantTime: timestamp("The same by the tenant's clock as it was then.").optional(),
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
const catchUpTimeout = 1000
/** From an empty tenant to one that Entra ID keeps up to date. */
export const setupRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis, scimBase } = deps

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
        response: { 200: jsonResponse('The steps, and the mapping.', setupSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => {
      const tenant = requireTenant(tenants, params.tenant)
      await analysis.caughtUp(catchUpTimeout)
      const address = endpointAddress(tenant, scimBase())
      const cycle = analysis.newestCycle(tenant.id, ['entra'], ['cycle'])
      const steps = listSetupSteps({
        ...address,
        tokens: tenants.tokens(tenant),
        done: analysis.setupSteps(tenant.id),
        ...(cycle && { newest: { cycle, over: hasEnded(cycle, currentTimes(cycle, deps).tenant) } }),
      })
      const { users, groups } = mappingTable(entraSetupOf(tenant.settings.profile))
      return {
        ...address,
        steps: steps.map(viewStep),
        mapping: { users: users.map(line => ({ ...line })), groups: groups.map(line => ({ ...line })) },
      }
    },
  )
}

function endpointAddress(tenant: Tenant, base: string) {
  const { protocol, hostname } = new URL(base)
  return {
    endpoint: `${base}/${tenant.id}/scim/v2`,
    https: protocol === 'https:',
    loopback: isLoopback(hostname),
  }
}

const viewStep = ({ id, title, hint, evidence }: SetupStepView): z.output<typeof stepSchema> => ({
  id,
  title,
  done: evidence !== undefined,
  ...(evidence?.at !== undefined && { at: toIsoTime(evidence.at) }),
  ...(evidence?.tenantTime !== undefined && { tenantTime: toIsoTime(evidence.tenantTime) }),
  ...(evidence?.userAgent !== undefined && { userAgent: evidence.userAgent }),
  ...(evidence?.exchange !== undefined && { exchange: evidence.exchange }),
  hint,
})
