import type { FastifyPluginAsync } from 'fastify'
import { awsEnvironment } from '../../aws-api/environment.ts'
import { operations } from '../../domain/contract/setup.ts'
import { setupGuides } from '../../domain/identity-providers/setup-guides.ts'
import { isLocalName } from '../../domain/outbound/addresses.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { hasEnded } from '../../insight/analysis/cycles.ts'
import { entraSetupOf } from '../../insight/preflight/entra-setup.ts'
import { type ProvisioningClient, provisioningClients } from '../../scim/recognition/products.ts'
import type { ConsoleDeps } from '../deps.ts'
import { mappingTable } from '../entra-setup.ts'
import { readMappingUse } from '../mapping-use.ts'
import { listSetupSteps, type StepState } from '../setup-steps.ts'
import { currentTimes } from '../views/cycle.ts'
import { register } from './register.ts'
import { requireTenant, tokenEndpointOf, viewAws } from './tenants.ts'

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
    const steps = listSetupSteps({
      client,
      ...address,
      credentials: [...tenants.tokens(tenant), ...(acceptsOthers ? oauthClients.list(tenant) : [])].map(
        ({ created }) => created,
      ),
      trustsIssuer: acceptsOthers && issuers.list(tenant).length > 0,
      done,
      ...(cycle && { newest: { cycle, over: hasEnded(cycle, currentTimes(cycle, deps).tenant) } }),
    })
    return {
      client,
      place: guide.place,
      urlField: guide.urlField,
      tokenField: guide.tokenField,
      pitfalls: guide.pitfalls,
      ...address,
      ...viewTokenEndpoint(tenant, deps),
      ...(tenant.profile.awsApis && { aws: viewAwsSetup(tenant, deps) }),
      steps: steps.map(viewStep),
      ...(client === 'entra' && { mapping: mappingTable(entraSetupOf(tenant.settings.profile)) }),
    }
  })

  register(app, 'getMappingUse', operations.getMappingUse, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const client = query.client ?? (await clientOf(tenant, deps))
    const table = client === 'entra' ? mappingTable(entraSetupOf(tenant.settings.profile)) : undefined
    return { client, ...(await readMappingUse(deps.directory, tenant.key, table, signal)) }
  })
}

const entraGuide = {
  place: 'Enterprise applications > your application > Provisioning > Admin credentials',
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
