import type { FastifyPluginAsync } from 'fastify'
import { hasEnded } from '../../analysis/cycles.ts'
import { hasNoFailure } from '../../analysis/setup-step.ts'
import { awsEnvironment } from '../../aws-api/environment.ts'
import { toIsoTime } from '../../contract/operation.ts'
import { operations, type Setup, type SetupStep as SetupStepView } from '../../contract/setup.ts'
import type { Cycle, SetupStep, SetupStepId } from '../../ports/analysis.ts'
import { entraSetupOf } from '../../preflight/entra-setup.ts'
import { compact } from '../../scim/json.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { mappingTable } from '../entra-setup.ts'
import { isLocalName } from '../guard.ts'
import { currentTimes } from '../views/cycle.ts'
import { register } from './register.ts'
import { requireTenant, tokenEndpointOf, viewAws } from './tenants.ts'

/** The facts that decide the steps. */
type SetupFacts = {
  readonly endpoint: string
  readonly https: boolean
  readonly loopback: boolean
  /** When the tokens and clients of the tenant were created, in milliseconds since 1970 by its clock. */
  readonly credentials: readonly number[]
  /** Whether it trusts an issuer. */
  readonly trustsIssuer: boolean
  /** The steps that clients have completed. */
  readonly done: readonly SetupStep[]
  /** Entra ID's newest cycle, and whether it has ended. */
  readonly newest?: { readonly cycle: Cycle; readonly over: boolean }
}

/** The evidence that a step is complete. Times are in milliseconds since 1970. */
type Evidence = Partial<Omit<SetupStep, 'id'>>

/** A step of the setup. */
type StepState = {
  readonly id: SetupStepId | 'token'
  readonly title: string
  /** What to do, in the terms of Microsoft's pages. */
  readonly hint: string
  readonly evidence?: Evidence
}

/** The steps in their order, each with its first evidence. */
function listSetupSteps(facts: SetupFacts): readonly StepState[] {
  const done = new Map<string, Evidence>(facts.done.map(({ id, ...evidence }) => [id, evidence]))
  return stepDefinitions.map(({ id, title, hint }) => {
    const evidence = done.get(id) ?? currentEvidence[id]?.(facts)
    return { id, title, hint: hint(facts), ...compact({ evidence }) }
  })
}

/** Evidence without an exchange: a credential, and the end of the newest cycle. */
const currentEvidence: Readonly<Record<string, (facts: SetupFacts) => Evidence | undefined>> = {
  token: ({ credentials, trustsIssuer }) => {
    if (credentials.length > 0) return { tenantTime: Math.min(...credentials) }
    return trustsIssuer ? {} : undefined
  },
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
    title: 'Credential created',
    hint: () =>
      'Generate a token on the Tokens page and copy it; it is shown once. Entra calls it Secret Token.',
  },
  {
    id: 'contact',
    title: 'First request from Entra ID',
    hint: facts =>
      `In the Microsoft Entra admin center, open Enterprise applications, your application, Provisioning. Enter ${facts.endpoint} as Tenant URL and the token as Secret Token.${reachability(facts)}`,
  },
  {
    id: 'test-connection',
    title: 'Test Connection succeeds',
    hint: () =>
      'Select Test Connection next to the Secret Token. Entra searches for a user that does not exist, and expects an empty list with status 200. Then save.',
  },
  {
    id: 'user',
    title: 'First user created',
    hint: () =>
      'Assign a user under Users and groups, then select Start provisioning. Provision on demand provisions one user immediately.',
  },
  {
    id: 'group',
    title: 'First group created',
    hint: () =>
      'Assign a group under Users and groups. Under Attribute mapping, enable Provision Microsoft Entra ID Groups.',
  },
  {
    id: 'membership',
    title: 'First member added to a group',
    hint: () =>
      'Add a user to the assigned group. Members are sent in separate PATCH requests after the group. Members of nested groups are not provisioned.',
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
      'Delete the user, then select Delete permanently under Deleted users. Entra sends the DELETE only then, or after 30 days. The Stale identities page lists deleted users.',
  },
  {
    id: 'second-cycle',
    title: 'Second cycle on schedule',
    hint: () => 'Leave provisioning on. Entra ID runs an incremental cycle about every 40 minutes.',
  },
  {
    id: 'no-failure',
    title: 'First cycle without failures',
    hint: ({ newest }) => {
      if (!newest || newest.cycle.failed === 0)
        return 'Wait until a cycle ends. To see it in Entra, select View provisioning logs.'
      const { id, failed } = newest.cycle
      const requests = failed === 1 ? '1 request' : `${failed} requests`
      return `${requests} of the newest cycle failed: search Activity for cycle:${id} -status:2xx. Entra retries in later cycles, at growing intervals.`
    },
  },
]

function reachability({ https, loopback }: SetupFacts): string {
  if (loopback) {
    return ' That is a localhost address, but Entra ID connects from the internet. Use a tunnel or a proxy with a public HTTPS URL, and enter that URL.'
  }
  return https ? '' : ' Entra ID requires HTTPS: start the server with a certificate, or use a proxy.'
}

/** How long a request waits for the analysis of earlier exchanges. Milliseconds. */
const catchUpTimeout = 1000

/** The steps from an empty tenant to one that Entra ID provisions. */
export const setupRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, oauthClients, issuers, analysis, publicUrl, scimBase } = deps

  register(app, 'getSetup', operations.getSetup, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    await analysis.caughtUp(catchUpTimeout)
    const base = (publicUrl ?? scimBase()).replace(/\/+$/, '')
    const address = endpointAddress(tenant, base)
    const cycle = await analysis.newestCycle(tenant.id, ['entra'], ['cycle'])
    const acceptsOthers = tenant.profile.credentials === 'any'
    const steps = listSetupSteps({
      ...address,
      credentials: [...tenants.tokens(tenant), ...(acceptsOthers ? oauthClients.list(tenant) : [])].map(
        ({ created }) => created,
      ),
      trustsIssuer: acceptsOthers && issuers.list(tenant).length > 0,
      done: await analysis.setupSteps(tenant.id),
      ...(cycle && { newest: { cycle, over: hasEnded(cycle, currentTimes(cycle, deps).tenant) } }),
    })
    const { users, groups } = mappingTable(entraSetupOf(tenant.settings.profile))
    return {
      ...address,
      ...viewTokenEndpoint(tenant, deps),
      ...(tenant.profile.awsApis && { aws: viewAwsSetup(tenant, deps) }),
      steps: steps.map(viewStep),
      mapping: { users: users.map(line => ({ ...line })), groups: groups.map(line => ({ ...line })) },
    }
  })
}

/** What Entra asks for client credentials, besides the secret. */
function viewTokenEndpoint(
  tenant: Tenant,
  { oauthClients, scimBase, publicUrl }: ConsoleDeps,
): Pick<Setup, 'tokenEndpoint' | 'clients'> {
  if (!tenant.profile.tokenEndpoint) return { clients: [] }
  const clients = oauthClients.list(tenant).filter(({ assertion }) => !assertion)
  return {
    tokenEndpoint: tokenEndpointOf(tenant, { scimBase, publicUrl }),
    clients: clients.map(({ id, name }) => ({ id, name })),
  }
}

function viewAwsSetup(tenant: Tenant, { aws, accessKeys }: ConsoleDeps): NonNullable<Setup['aws']> {
  const [newest] = accessKeys.list(tenant)
  return { ...viewAws(tenant, aws), environment: awsEnvironment({ ...aws, id: newest?.id }) }
}

function endpointAddress(tenant: Tenant, base: string) {
  const { protocol, hostname } = new URL(base)
  return {
    endpoint: `${base}/${tenant.id}/scim/v2`,
    https: protocol === 'https:',
    loopback: isLocalName(hostname),
  }
}

const viewStep = ({ id, title, hint, evidence }: StepState): SetupStepView => ({
  id,
  title,
  done: evidence !== undefined,
  ...(evidence?.at !== undefined && { at: toIsoTime(evidence.at) }),
  ...(evidence?.tenantTime !== undefined && { tenantTime: toIsoTime(evidence.tenantTime) }),
  ...compact({ userAgent: evidence?.userAgent, exchange: evidence?.exchange }),
  hint,
})
