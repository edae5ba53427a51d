import type { FastifyPluginAsync } from 'fastify'
import { accountId, identityStoreId, instanceArn } from '../../aws-api/identifiers.ts'
import type { AwsConnection } from '../../domain/contract/access-keys.ts'
import {
  type ClockChange,
  type Counts,
  clockOperations,
  operations,
  type TenantChange,
} from '../../domain/contract/tenants.ts'
import { readDuration } from '../../domain/duration.ts'
import type { ResourceCounts } from '../../domain/ports/directory.ts'
import { type LastingMove, lastingMove } from '../../domain/tenants/expiry.ts'
import { machineNow, type Tenant, type TenantSettings, tenantNow } from '../../domain/tenants/tenant.ts'
import type { ProfileName } from '../../profiles/names.ts'
import { checkSwitches, switchesOf } from '../../profiles/registry.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { paginate, register, requireTenant, tenantNotFound } from './register.ts'

/** The clock of an opened session stands at its export. */
export const viewClock = (tenant: Tenant, machine: number) => ({
  now: tenantNow(tenant, machine),
  offset: tenant.clockOffset,
  machine: machineNow(tenant, machine),
})

const viewSwitches = ({ settings }: Tenant) =>
  switchesOf(settings.profile).map(one => ({ ...one, chosen: settings.switches[one.id] ?? one.default }))

const zeroCounts = { active: 0, disabled: 0, retained: 0, removed: 0 }

export const viewCounts = ({ profile }: Tenant, counts: ResourceCounts): Counts => ({
  ...Object.fromEntries(profile.schema.resourceTypes.map(({ name }) => [name, zeroCounts])),
  ...counts,
})

export async function viewTenant(deps: ConsoleDeps, tenant: Tenant) {
  const [counts = {}] = await deps.directory.counts([tenant.key])
  return toTenantView(deps, tenant, counts)
}

const toTenantView = (
  { tenants, scimBase, publicUrl, aws, clock }: ConsoleDeps,
  tenant: Tenant,
  counts: ResourceCounts,
) => ({
  ...tenant.settings,
  id: tenant.id,
  endpoint: `${scimBase()}/${tenant.id}/scim/v2`,
  ...(tenant.profile.tokenEndpoint && { tokenEndpoint: tokenEndpointOf(tenant, { scimBase, publicUrl }) }),
  created: tenant.created,
  clock: viewClock(tenant, clock()),
  switches: viewSwitches(tenant),
  tokens: tenants.tokens(tenant).length,
  ...(Number.isFinite(tenant.profile.requests.limits.tokens) && {
    tokenLimit: tenant.profile.requests.limits.tokens,
  }),
  ...(tenant.profile.awsApis && { aws: viewAws(tenant, aws) }),
  counts: viewCounts(tenant, counts),
  session: tenant.session,
  imported: tenant.imported?.at,
})

export const tokenEndpointOf = (
  { id }: Tenant,
  {
    scimBase,
    publicUrl = scimBase(),
  }: Pick<ConsoleDeps, 'scimBase'> & { readonly publicUrl?: string | undefined },
): string => `${publicUrl.replace(/\/+$/, '')}/${id}/oauth2/token`

export const viewAws = (tenant: Tenant, { url, region }: ConsoleDeps['aws']): AwsConnection => ({
  ...(url !== undefined && { endpoint: url }),
  region,
  account: accountId(tenant),
  identityStoreId: identityStoreId(tenant),
  instanceArn: instanceArn(tenant),
})

export const tenantRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis, jobHealth } = deps

  register(app, 'listTenants', operations.listTenants, async ({ query }) => {
    const { named } = query
    const withId = named === undefined ? undefined : tenants.find(named)
    const all = tenants.list().filter(({ settings }) => named === undefined || settings.name === named)
    const { items, ...rest } = paginate(withId ? [withId] : all, query)
    const counts = await deps.directory.counts(items.map(({ key }) => key))
    return { items: items.map((tenant, at) => toTenantView(deps, tenant, counts[at] ?? {})), ...rest }
  })

  register(app, 'createTenant', operations.createTenant, async ({ body = {} }, reply) => {
    const { id, ...settings } = body
    requireKnownSwitches(settings.profile ?? 'aws', settings.switches ?? {})
    const tenant = await tenants.create(withoutUndefined(settings), id)
    reply.header('location', `/api/v1/tenants/${tenant.id}`)
    return viewTenant(deps, tenant)
  })

  register(app, 'getTenant', operations.getTenant, ({ params }) =>
    viewTenant(deps, requireTenant(tenants, params.tenant)),
  )

  register(app, 'updateTenant', operations.updateTenant, async ({ params, body }) => {
    const changed = await tenants.update(params.tenant, present => mergeSettings(present, body))
    if (!changed) throw tenantNotFound(params.tenant)
    return viewTenant(deps, changed)
  })

  register(app, 'deleteTenant', operations.deleteTenant, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    if (!(await tenants.remove(tenant.id))) throw tenantNotFound(tenant.id)
    // A new tenant may get its id.
    await analysis.clearSetup(tenant.id)
    jobHealth.clear(tenant.id)
  })
}

function mergeSettings(
  present: TenantSettings,
  { switches = {}, ...rest }: TenantChange,
): Partial<TenantSettings> {
  const profile = rest.profile ?? present.profile
  const kept = Object.entries(present.switches).filter(([id]) =>
    switchesOf(profile).some(one => one.id === id),
  )
  const chosen: Record<string, string> = Object.fromEntries(kept)
  for (const [id, value] of Object.entries(switches)) {
    if (value === null) delete chosen[id]
    else chosen[id] = value
  }
  requireKnownSwitches(profile, chosen)
  return { ...withoutUndefined(rest), switches: chosen }
}

const withoutUndefined = (settings: { [Key in keyof TenantSettings]?: TenantSettings[Key] | undefined }) =>
  Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Partial<TenantSettings>

function requireKnownSwitches(profile: ProfileName, chosen: Readonly<Record<string, string>>): void {
  const mistakes = checkSwitches(profile, chosen)
  if (mistakes.length === 0) return
  throw new Problem('invalid-request', mistakes.join(' '), {
    errors: mistakes.map(message => ({ path: 'body.switches', message })),
  })
}

const resolveOffset = (tenant: Tenant, change: ClockChange, machine: number): number =>
  'now' in change
    ? Date.parse(change.now) - machine
    : tenant.clockOffset + (readDuration(change.advance) ?? 0)

const lastingMoves: Readonly<Record<LastingMove, string>> = {
  'moves-far':
    'A clock that is more than one hour ahead of real time can expire credentials, and it cannot be moved back.',
  returns: 'The return to real time would make expired credentials valid again.',
}

export const clockRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, clock }) => {
  register(app, 'getClock', clockOperations.getClock, ({ params }) =>
    viewClock(requireTenant(tenants, params.tenant), clock()),
  )

  register(app, 'setClock', clockOperations.setClock, async ({ params, body, require }) => {
    const present = requireTenant(tenants, params.tenant)
    const offset = resolveOffset(present, body, clock())
    const lasting = lastingMove(present, offset)
    if (lasting) require('destroy', lastingMoves[lasting])
    const tenant = await tenants.setClock(params.tenant, offset)
    if (!tenant) throw tenantNotFound(params.tenant)
    return viewClock(tenant, clock())
  })
}
