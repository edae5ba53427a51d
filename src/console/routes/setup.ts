import type { FastifyPluginAsync } from 'fastify'
import { awsEnvironment } from '../../aws-api/environment.ts'
import { operations, type Setup } from '../../domain/contract/setup.ts'
import { setupGuides } from '../../domain/identity-providers/setup-guides.ts'
import { isLocalName } from '../../domain/outbound/addresses.ts'
import type { Cycle, SetupStep, SetupStepId } from '../../domain/ports/analysis.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { hasEnded } from '../../insight/analysis/cycles.ts'
import { hasNoFailure } from '../../insight/analysis/setup.ts'
import { entraSetupOf } from '../../insight/preflight/entra-setup.ts'
import { mappingInThread } from '../../insight/preflight/in-thread.ts'
import { compact } from '../../scim/json.ts'
import {
  type ProvisioningClient,
  productLabels,
  provisioningClients,
} from '../../scim/recognition/products.ts'
import type { ConsoleDeps } from '../deps.ts'
import { mappingTable, readMappingUse } from '../mapping-use.ts'
import { Problem } from '../problem.ts'
import { currentTimes } from '../views/cycle.ts'
import { throwPreflightProblem } from './preflight.ts'
import { register, requireTenant } from './register.ts'
import { tokenEndpointOf, viewAws } from './tenants.ts'

/** Milliseconds of waiting for the analysis of earlier exchanges. */
const catchUpTimeout = 1000

export const setupRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, oauthClients, issuers, analysis, publicUrl, scimBase } = deps

  register(app, 'getSetup', operations.getSetup, async ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    await analysis.caughtUp(catchUpTimeout)
    const base = (publicUrl ?? scimBase()).replace(/\/+$/, '')
    const done = await analysis.setupSteps(tenant.id)
    const client = query.client ?? (await clientOf(tenant, deps))
    const guide = client === 'entra' ? entraGuide : setupGuides[client]
    const address = endpointAddress(tenant, base, guide.endsWithSlash)
    const cycle = await analysis.newestCycle(tenant.id, ['entra'], ['cycle'])
    const acceptsOthers = tenant.profile.credentials === 'any'
    const facts: SetupFacts = {
      client,
      ...address,
      credentials: [...tenants.tokens(tenant), ...(acceptsOthers ? oauthClients.list(tenant) : [])].map(
        ({ created }) => created,
      ),
      trustsIssuer: acceptsOthers && issuers.list(tenant).length > 0,
      done,
      ...(cycle && { newest: { cycle, over: hasEnded(cycle, currentTimes(cycle, deps).tenant) } }),
    }
    return {
      client,
      place: guide.place,
      urlField: guide.urlField,
      tokenField: guide.tokenField,
      pitfalls: guide.pitfalls,
      ...address,
      ...viewTokenEndpoint(tenant, deps),
      ...(tenant.profile.awsApis && { aws: viewAwsSetup(tenant, deps) }),
      guide: client === 'entra' ? entraTasks(facts) : tasksOf(facts),
      ...(client === 'entra' && { formerly: formerEntra }),
      steps: listSetupSteps(facts).map(viewStep),
      ...(client === 'entra' && { mapping: mappingTable(fileMapping(tenant)) }),
    }
  })

  register(app, 'getMappingUse', operations.getMappingUse, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const client = query.client ?? (await clientOf(tenant, deps))
    const table = client === 'entra' ? mappingTable(fileMapping(tenant)) : undefined
    return { client, ...(await readMappingUse(deps.directory, tenant.key, table, signal)) }
  })

  register(app, 'compareMapping', operations.compareMapping, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const lines = await mappingInThread(body.mapping, signal).catch(throwPreflightProblem)
    return {
      client: 'entra' as const,
      ...(await readMappingUse(deps.directory, tenant.key, mappingTable(lines), signal)),
    }
  })
}

function fileMapping({ settings }: Tenant) {
  const { users, groups } = entraSetupOf(settings.profile).table
  return { users: users.attributes, groups: groups.attributes }
}

const entraGuide = {
  place: 'Enterprise applications > your application > Provisioning',
  urlField: 'Tenant URL',
  endsWithSlash: false,
  tokenField: 'Secret Token',
  pitfalls: [],
}

async function clientOf(tenant: Tenant, { analysis }: ConsoleDeps): Promise<ProvisioningClient> {
  const products = (await analysis.clientsOfTokens(tenant.id)).map(({ recognized }) => recognized?.product)
  return provisioningClients.find(client => products.includes(client)) ?? 'entra'
}

function viewTokenEndpoint(tenant: Tenant, { oauthClients, scimBase, publicUrl }: ConsoleDeps) {
  if (!tenant.profile.tokenEndpoint) return { clients: [] }
  return {
    tokenEndpoint: tokenEndpointOf(tenant, { scimBase, publicUrl }),
    clients: oauthClients.list(tenant).filter(({ assertion }) => !assertion),
  }
}

function viewAwsSetup(tenant: Tenant, { aws, accessKeys }: ConsoleDeps) {
  const [newest] = accessKeys.list(tenant)
  return { ...viewAws(tenant, aws), environment: awsEnvironment({ ...aws, id: newest?.id }) }
}

function endpointAddress(tenant: Tenant, base: string, endsWithSlash: boolean) {
  const { protocol, hostname } = new URL(base)
  return {
    endpoint: `${base}/${tenant.id}/scim/v2${endsWithSlash ? '/' : ''}`,
    https: protocol === 'https:',
    loopback: isLocalName(hostname),
  }
}

const viewStep = ({ id, title, hint, evidence }: StepState) => ({
  ...evidence,
  id,
  title,
  hint,
  done: evidence !== undefined,
})

export const sampleRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  register(app, 'runSample', operations.runSample, async ({ params }) => {
    const tenant = requireTenant(deps.tenants, params.tenant)
    if (deps.sampleRuns.isRunning(tenant.id)) throw alreadyRunning(tenant.id)
    return deps.sampleRuns.run(tenant.id, async () => {
      // Loads the provisioning client, which the server does not need otherwise.
      const { runSample } = await import('../run-sample.ts')
      return runSample(tenant, deps)
    })
  })
}

const alreadyRunning = (tenant: string) =>
  new Problem(
    'already-running',
    `The sample is already running for the tenant "${tenant}". Wait until it ends.`,
  )

type SetupFacts = {
  readonly client: ProvisioningClient
  readonly endpoint: string
  readonly https: boolean
  readonly loopback: boolean
  /** Milliseconds since 1970 by the clock of the tenant. */
  readonly credentials: readonly number[]
  readonly trustsIssuer: boolean
  readonly done: readonly SetupStep[]
  readonly newest?: { readonly cycle: Cycle; readonly over: boolean }
}

type Evidence = Partial<Omit<SetupStep, 'id'>>

type StepId = SetupStepId | 'token'

type StepState = {
  readonly id: StepId
  readonly title: string
  readonly hint: string
  readonly evidence?: Evidence
}

function listSetupSteps(facts: SetupFacts): readonly StepState[] {
  const done = new Map<string, Evidence>(facts.done.map(({ id, ...evidence }) => [id, evidence]))
  return hintsFor(facts).map(([id, hint]) => {
    const evidence = done.get(id) ?? currentEvidence[id]?.(facts)
    return { id, title: titles[id], hint, ...compact({ evidence }) }
  })
}

const currentEvidence: Readonly<Partial<Record<StepId, (facts: SetupFacts) => Evidence | undefined>>> = {
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

const titles: Readonly<Record<StepId, string>> = {
  token: 'Credential created',
  contact: 'First request received',
  'test-connection': 'Connection test succeeds',
  user: 'First user created',
  group: 'First group created',
  membership: 'First member added to a group',
  disabled: 'First user disabled',
  deleted: 'First user deleted',
  'second-cycle': 'Second cycle on schedule',
  'no-failure': 'First cycle without failures',
}

type Hint = readonly [step: StepId, text: string]

const generateToken = 'Generate a token under Connect, Credentials, and copy it; it is shown once.'

function hintsFor(facts: SetupFacts): readonly Hint[] {
  const { client } = facts
  if (client === 'entra') return entraHints(facts)
  const { steps, tokenField, urlField, isCloud } = setupGuides[client]
  const reach = isCloud ? reachability(facts, productLabels[client]) : ''
  return [
    ['token', `${generateToken} It is the ${tokenField}; the ${urlField} is above.`],
    ...Object.entries(steps).map(
      ([id, text]): Hint => [id as StepId, id === 'contact' ? `${text}${reach}` : text],
    ),
  ]
}

type Task = Setup['guide'][number]

const taskTitles: Readonly<Partial<Record<StepId, string>>> = {
  token: 'Address and token',
  contact: 'Connection',
  'test-connection': 'Connection test',
  user: 'A user',
  group: 'A group',
  membership: 'A member',
  disabled: 'A disabled user',
  deleted: 'A deleted user',
}

const tasksOf = (facts: SetupFacts): Task[] =>
  hintsFor(facts).map(([id, text]) => ({ id, title: taskTitles[id] ?? titles[id], text, steps: [id] }))

/** In the order of Microsoft's tutorials of 2026. */
const entraTasks = (facts: SetupFacts): Task[] => {
  const hints = new Map(entraHints(facts))
  const textOf = (id: StepId) => hints.get(id) ?? ''
  return [
    { id: 'token', title: 'Address and token', text: textOf('token'), steps: ['token'] },
    {
      id: 'configuration',
      title: 'New configuration',
      text: `${openConfiguration} Enter both.${reachability(facts, 'Entra ID')} ${textOf('test-connection')}`,
      steps: ['contact', 'test-connection'],
    },
    {
      id: 'mapping',
      title: 'Attribute mapping',
      text: 'Under Attribute mapping, select Show advanced options, Review your schema here, then Download.',
      steps: [],
    },
    {
      id: 'properties',
      title: 'Notification and accidental deletions',
      text: 'Under Overview, Properties, select Edit: enter an e-mail address for notifications, and a threshold for accidental deletions. Then Apply.',
      steps: [],
    },
    { id: 'start', title: 'Start provisioning', text: textOf('user'), steps: ['user'] },
  ]
}

const openConfiguration =
  'In the Microsoft Entra admin center, open Enterprise applications, your application, Provisioning, and select + New configuration.'

const formerEntra =
  'In the portal until 2025: Provisioning, Get started, the mode Automatic, Admin credentials, Test Connection, Save. The notification e-mail and accidental deletions are under Settings.'

const entraHints = (facts: SetupFacts): readonly Hint[] => [
  ['token', `${generateToken} Entra calls it Secret Token.`],
  [
    'contact',
    `${openConfiguration} Enter ${facts.endpoint} as Tenant URL and the token as Secret Token.${reachability(facts, 'Entra ID')}`,
  ],
  [
    'test-connection',
    'Select Test Connection. Entra searches for a user that does not exist, and expects an empty list with status 200. Then select Create.',
  ],
  [
    'user',
    'Assign a user under Users and groups, then select Start provisioning under Overview. Provision on demand provisions one user immediately.',
  ],
  [
    'group',
    'Assign a group under Users and groups. Under Attribute mapping, enable Provision Microsoft Entra ID Groups.',
  ],
  [
    'membership',
    'Add a user to the assigned group. Members are sent in separate PATCH requests after the group. Members of nested groups are not provisioned.',
  ],
  [
    'disabled',
    "Remove a user from the assigned group, or turn off Account enabled on the user's page. The next cycle disables the user here.",
  ],
  [
    'deleted',
    'Delete the user, then select Delete permanently under Deleted users. Entra sends the DELETE only then, or after 30 days. Users has deleted users in a view of its own.',
  ],
  ['second-cycle', 'Leave provisioning on. Entra ID runs an incremental cycle about every 40 minutes.'],
  ['no-failure', failureHint(facts)],
]

function failureHint({ newest }: SetupFacts): string {
  if (!newest || newest.cycle.failed === 0)
    return 'Wait until a cycle ends. To see it in Entra, select View provisioning logs.'
  const { id, failed } = newest.cycle
  const requests = failed === 1 ? '1 request' : `${failed} requests`
  return `${requests} of the newest cycle failed: search Activity for cycle:${id} -status:2xx. Entra retries in later cycles, at growing intervals.`
}

function reachability({ https, loopback }: SetupFacts, name: string): string {
  if (loopback) {
    return ` That is a localhost address, but ${name} connects from the internet. Use a tunnel or a proxy with a public HTTPS URL, and enter that URL.`
  }
  return https ? '' : ` ${name} requires HTTPS: start the server with a certificate, or use a proxy.`
}
