import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { checkSwitches, switchesOf } from '../../profiles/index.ts'
import type { ProfileName } from '../../profiles/profile.ts'
import type { Tenant, TenantSettings } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { pageOfList } from './paging.ts'
import { answer, noContent, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { noSuchTenant, tenantNamed } from './tenant-named.ts'
import { onDeleteSchema, profileSchema, tenantSchema, throttleSchema, viewTenant } from './tenant-view.ts'

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

type Change = z.output<typeof tenantChangeSchema>

/** Tenants, their policies and switches. */
export const tenantRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, parts) => {
  const { tenants, analysis, standings } = parts
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
          200: answer('The tenants, in order of creation.', pageOf(tenantSchema)),
          ...problems(400),
        },
      },
    },
    async ({ query }) => {
      const { items, ...rest } = pageOfList(tenants.list(), query)
      return { items: await Promise.all(items.map(tenant => viewTenant(parts, tenant))), ...rest }
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
        response: { 201: answer('The tenant.', tenantSchema), ...problems(400, 409, 413, 415) },
      },
    },
    async ({ body = {} }, reply) => {
      const { id, ...settings } = body
      requireKnownSwitches(settings.profile ?? 'aws', settings.switches ?? {})
      const tenant = await tenants.create(given(settings), id)
      reply.code(201).header('location', `/api/v1/tenants/${tenant.id}`)
      return viewTenant(parts, tenant)
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
        response: { 200: answer('The tenant.', tenantSchema), ...problems(404) },
      },
    },
    async ({ params }) => viewTenant(parts, tenantNamed(tenants, params.tenant)),
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
        response: { 200: answer('The tenant.', tenantSchema), ...problems(400, 404, 413, 415) },
      },
    },
    async ({ params, body }) => {
      const settings = settingsAfter(tenantNamed(tenants, params.tenant), body)
      const changed = await tenants.change(params.tenant, settings)
      if (!changed) throw noSuchTenant(params.tenant)
      return viewTenant(parts, changed)
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
        response: { 204: noContent('The tenant is gone.'), ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const tenant = tenantNamed(tenants, params.tenant)
      if (!(await tenants.remove(tenant.id))) throw noSuchTenant(tenant.id)
      // Another tenant may be given its id.
      await analysis.clearSetup(tenant.id)
      standings.clear(tenant.id)
      reply.code(204)
    },
  )
}

function settingsAfter(tenant: Tenant, { switches = {}, ...rest }: Change): Partial<TenantSettings> {
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
  return { ...given(rest), switches: chosen }
}

/** Settings without what was left out. */
const given = (settings: { [Key in keyof TenantSettings]?: TenantSettings[Key] | undefined }) =>
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
