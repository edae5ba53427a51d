import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  noContent,
  pageQuery,
  pageSchema,
  problemResponses,
  tenantParams,
  timestamp,
  toIsoTime,
} from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Directory } from '../../ports/directory.ts'
import type { TenantStore } from '../../ports/tenants.ts'
import { type ProfileName, profileNames } from '../../profiles/names.ts'
import { checkSwitches, switchesOf } from '../../profiles/registry.ts'
import { type Tenant, type TenantSettings, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { paginate } from './paging.ts'

export const tenantNotFound = (id: string) =>
  new Problem('not-found', `There is no tenant "${id}". GET /api/v1/tenants lists those that exist.`)

export function requireTenant(tenants: TenantStore, id: string): Tenant {
  const tenant = tenants.find(id)
  if (!tenant) throw tenantNotFound(id)
  return tenant
}

export const profileSchema = z
  .enum(profileNames)
  .meta({ description: 'Whose SCIM the tenant speaks.', example: 'aws' })

export const onDeleteSchema = z.enum(['retain', 'remove']).meta({
  description: 'What a DELETE leaves behind: a disabled record until it is purged, or nothing but history.',
  example: 'retain',
})

export const throttleSchema = z.enum(['off', 'aws']).meta({
  description: '`aws` answers 429 over 25 writes or 40 reads a second.',
  example: 'off',
})

const switchSchema = z.object({
  id: z.string().meta({ example: 'putUserStatus' }),
  description: z.string().meta({ description: 'What the switch decides.' }),
  source: z.string().meta({ description: 'Where the default is known from.' }),
  basis: z
    .enum(['documented', 'observed', 'inferred', 'assumed'])
    .meta({ description: 'How surely it is known.' }),
  values: z.array(z.string()).meta({ example: ['200', '201'] }),
  default: z.string().meta({ example: '200' }),
  chosen: z.string().meta({ description: 'The value that holds for this tenant.', example: '201' }),
})

const count = z.int().nonnegative()

export const countsSchema = z
  .record(z.string(), z.object({ active: count, disabled: count, retained: count, removed: count }))
  .meta({
    description: 'The resources by type and status.',
    example: { User: { active: 12, disabled: 1, retained: 2, removed: 0 } },
  })

export const clockSchema = z
  .object({
    now: timestamp("The tenant's time."),
    offset: z.int().nonnegative().meta({
      description: "How far the tenant's clock is ahead of the machine's, in milliseconds.",
      example: 0,
    }),
    machine: timestamp("The machine's time."),
  })
  .meta({ id: 'Clock', description: "A tenant's clock." })

export const tenantSchema = z
  .object({
    id: z.string().meta({ example: 'acme' }),
    profile: profileSchema,
    onDelete: onDeleteSchema,
    throttle: throttleSchema,
    endpoint: z.url().meta({
      description: 'The SCIM endpoint: the tenant URL of the provisioning client.',
      example: 'http://127.0.0.1:8080/acme/scim/v2',
    }),
    created: timestamp('When the tenant was made.'),
    clock: clockSchema,
    switches: z
      .array(switchSchema)
      .meta({ description: 'The points on which a tenant of this profile may choose.' }),
    tokens: count.meta({ description: 'Access tokens that are not deleted.', example: 1 }),
    tokenLimit: count.optional().meta({
      description: 'As many tokens as the tenant may have.',
      example: 2,
    }),
    counts: countsSchema,
  })
  .meta({ id: 'Tenant', description: 'One emulated directory.' })

export type TenantView = z.output<typeof tenantSchema>

export const viewClock = (tenant: Tenant, machine = Date.now()): z.output<typeof clockSchema> => ({
  now: toIsoTime(tenantNow(tenant, machine)),
  offset: tenant.clockOffset,
  machine: toIsoTime(machine),
})

const viewSwitches = ({ settings }: Tenant): TenantView['switches'] =>
  switchesOf(settings.profile).map(one => ({
    id: one.id,
    description: one.description,
    source: one.source,
    basis: one.basis,
    values: [...one.values],
    default: one.default,
    chosen: settings.switches[one.id] ?? one.default,
  }))

const zeroCounts = { active: 0, disabled: 0, retained: 0, removed: 0 }

async function countResources(directory: Directory, { key, profile }: Tenant): Promise<TenantView['counts']> {
  const empty = Object.fromEntries(profile.schema.resourceTypes.map(({ name }) => [name, zeroCounts]))
  return { ...empty, ...(await directory.counts(key)) }
}

export const viewTenant = async (
  { directory, tenants, scimBase }: ConsoleDeps,
  tenant: Tenant,
): Promise<TenantView> => ({
  id: tenant.id,
  profile: tenant.settings.profile,
  onDelete: tenant.settings.onDelete,
  throttle: tenant.settings.throttle,
  endpoint: `${scimBase()}/${tenant.id}/scim/v2`,
  created: toIsoTime(tenant.created),
  clock: viewClock(tenant),
  switches: viewSwitches(tenant),
  tokens: tenants.tokens(tenant).length,
  ...(Number.isFinite(tenant.profile.requests.limits.tokens) && {
    tokenLimit: tenant.profile.requests.limits.tokens,
  }),
  counts: await countResources(directory, tenant),
})

const newTenantSchema = z.strictObject({
  id: z.string().optional().meta({
    description: 'The first segment of the SCIM URL; generated when it is left out.',
    example: 'acme',
  }),
  profile: profileSchema.optional(),
  onDelete: onDeleteSchema.optional(),
  throttle: throttleSchema.optional(),
  switches: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      description: 'Ids of switches with the chosen values; the others have their defaults.',
      example: { putUserStatus: '201' },
    }),
})

const tenantChangeSchema = newTenantSchema.omit({ id: true }).extend({
  switches: z
    .record(z.string(), z.string().nullable())
    .optional()
    .meta({
      description: 'Switches to change; null brings the default back, and those not named stay as they are.',
      example: { putUserStatus: '201', email: null },
    }),
})

type TenantChange = z.output<typeof tenantChangeSchema>

/** Tenants, their policies and switches. */
export const tenantRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis, jobHealth } = deps
  const tags = ['tenants']

  app.get(
    '/tenants',
    {
      schema: {
        operationId: 'listTenants',
        summary: 'List the tenants',
        tags,
        querystring: pageQuery,
        response: {
          200: jsonResponse('The tenants, in order of creation.', pageSchema(tenantSchema)),
          ...problemResponses(400),
        },
      },
    },
    async ({ query }) => {
      const { items, ...rest } = paginate(tenants.list(), query)
      return { items: await Promise.all(items.map(tenant => viewTenant(deps, tenant))), ...rest }
    },
  )

  app.post(
    '/tenants',
    {
      schema: {
        operationId: 'createTenant',
        summary: 'Make a tenant',
        description: 'It has no access token yet: make one with POST /api/v1/tenants/{tenant}/tokens.',
        tags,
        body: newTenantSchema.optional(),
        response: { 201: jsonResponse('The tenant.', tenantSchema), ...problemResponses(400, 409, 413, 415) },
      },
    },
    async ({ body = {} }, reply) => {
      const { id, ...settings } = body
      requireKnownSwitches(settings.profile ?? 'aws', settings.switches ?? {})
      const tenant = await tenants.create(withoutUndefined(settings), id)
      reply.code(201).header('location', `/api/v1/tenants/${tenant.id}`)
      return viewTenant(deps, tenant)
    },
  )

  app.get(
    '/tenants/:tenant',
    {
      schema: {
        operationId: 'showTenant',
        summary: 'Show a tenant',
        tags,
        params: tenantParams,
        response: { 200: jsonResponse('The tenant.', tenantSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => viewTenant(deps, requireTenant(tenants, params.tenant)),
  )

  app.patch(
    '/tenants/:tenant',
    {
      schema: {
        operationId: 'changeTenant',
        summary: 'Change a tenant',
        description:
          'What is left out stays as it is. A change of profile drops the switches the new one lacks, and keeps the declared types, which are not in force where the profile has fixed ones.',
        tags,
        params: tenantParams,
        body: tenantChangeSchema,
        response: { 200: jsonResponse('The tenant.', tenantSchema), ...problemResponses(400, 404, 413, 415) },
      },
    },
    async ({ params, body }) => {
      const settings = mergeSettings(requireTenant(tenants, params.tenant), body)
      const changed = await tenants.update(params.tenant, settings)
      if (!changed) throw tenantNotFound(params.tenant)
      return viewTenant(deps, changed)
    },
  )

  app.delete(
    '/tenants/:tenant',
    {
      schema: {
        operationId: 'deleteTenant',
        summary: 'Delete a tenant',
        description: 'Its tokens, users, groups and history go with it; the journal keeps its exchanges.',
        tags,
        params: tenantParams,
        response: { 204: noContent('The tenant is gone.'), ...problemResponses(404) },
      },
    },
    async ({ params }, reply) => {
      const tenant = requireTenant(tenants, params.tenant)
      if (!(await tenants.remove(tenant.id))) throw tenantNotFound(tenant.id)
      // Another tenant may be given its id.
      await analysis.clearSetup(tenant.id)
      jobHealth.clear(tenant.id)
      reply.code(204)
    },
  )
}

function mergeSettings(tenant: Tenant, { switches = {}, ...rest }: TenantChange): Partial<TenantSettings> {
  const profile = rest.profile ?? tenant.settings.profile
  const kept = Object.entries(tenant.settings.switches).filter(([id]) =>
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

/** Settings without what was left out. */
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
