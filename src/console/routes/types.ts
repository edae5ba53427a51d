import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, noContent, problemResponses, tenantParams } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Directory } from '../../ports/directory.ts'
import { declaredTypes, hasFixedTypes } from '../../profiles/registry.ts'
import { type BreakingChange, breakingChanges } from '../../scim/declare/compatibility.ts'
import { type Declarations, noDeclarations } from '../../scim/declare/declarations.ts'
import type { JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { requireTenant, tenantNotFound } from './tenants.ts'

/**
 * The types of which a tenant can have resources. What is declared and not in force may have some from when it was.
 */
export const tenantResourceTypes = ({ profile, declared }: Tenant): readonly ResourceType[] => [
  ...profile.schema.resourceTypes,
  ...declaredTypes(declared),
]

export const hasMembers = ({ attributes }: ResourceType): boolean =>
  attributes.some(({ relation }) => relation === 'members')

const schemas = z.array(z.record(z.string(), z.unknown())).meta({
  description: 'Schema resources as RFC 7643, section 7, writes them and /Schemas answers them.',
  example: [
    {
      id: 'urn:example:scim:schemas:Device',
      name: 'Device',
      attributes: [
        { name: 'serial', required: true, uniqueness: 'server', mutability: 'immutable' },
        { name: 'weight', type: 'decimal' },
      ],
    },
  ],
})

const resourceTypes = z.array(z.record(z.string(), z.unknown())).meta({
  description:
    'ResourceType resources as RFC 7643, section 6, writes them and /ResourceTypes answers them. One named User or Group adds schemaExtensions to that type.',
  example: [{ name: 'Device', endpoint: '/Devices', schema: 'urn:example:scim:schemas:Device' }],
})

const inForce = z
  .boolean()
  .meta({ description: 'Whether the profile serves them; that of AWS has types of its own.', example: true })

export const typesSchema = z
  .object({ schemas, resourceTypes, inForce })
  .meta({ id: 'Types', description: 'The resource types that a tenant declares beside those of the RFC.' })

/** `inForce` may come back with what was read before, and means nothing then. */
export const declarationsSchema = z
  .strictObject({
    schemas: schemas.default([]),
    resourceTypes: resourceTypes.default([]),
    inForce: inForce.optional(),
  })
  .meta({ description: 'All that is to be declared.' })

export const viewTypes = ({ declared, settings }: Tenant): z.output<typeof typesSchema> => ({
  schemas: [...declared.schemas],
  resourceTypes: [...declared.resourceTypes],
  inForce: !hasFixedTypes(settings.profile),
})

/** The resource types and schemas of a tenant beside those of the RFC. */
export const typeRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants, directory }) => {
  const path = '/tenants/:tenant/types'
  const tags = ['types']

  app.get(
    path,
    {
      schema: {
        operationId: 'showTypes',
        summary: 'Show the resource types that a tenant declares',
        description:
          'Those of the RFC are not among them; /ResourceTypes and /Schemas of the tenant list all.',
        tags,
        params: tenantParams,
        response: { 200: jsonResponse('What is declared.', typesSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => viewTypes(requireTenant(tenants, params.tenant)),
  )

  app.put(
    path,
    {
      schema: {
        operationId: 'declareTypes',
        summary: 'Declare resource types',
        description:
          'Takes the place of all that was declared, and holds from the next request on. Nothing changes that would make stored resources unreadable: then the answer is 409, and `errors` says where.',
        tags,
        params: tenantParams,
        body: declarationsSchema,
        response: {
          200: jsonResponse('What is declared now.', typesSchema),
          ...problemResponses(400, 404, 409, 413, 415),
        },
      },
    },
    async ({ params, body }) => {
      const tenant = requireTenant(tenants, params.tenant)
      if (hasFixedTypes(tenant.settings.profile)) throw fixedTypesProblem(tenant)
      // What is in them is read, and all mistakes told, by `scim/declare`.
      const declared = {
        schemas: body.schemas as readonly JsonObject[],
        resourceTypes: body.resourceTypes as readonly JsonObject[],
      }
      return viewTypes(await declare(tenant, declared))
    },
  )

  app.delete(
    path,
    {
      schema: {
        operationId: 'deleteTypes',
        summary: 'Go back to the types of the RFC',
        tags,
        params: tenantParams,
        response: { 204: noContent('Nothing is declared any more.'), ...problemResponses(404, 409) },
      },
    },
    async ({ params }, reply) => {
      await declare(requireTenant(tenants, params.tenant), noDeclarations)
      reply.code(204)
    },
  )

  async function declare(tenant: Tenant, declared: Declarations): Promise<Tenant> {
    const dangers = breakingChanges(declaredTypes(tenant.declared), declaredTypes(declared))
    await throwIfHarmful(directory, tenant, dangers)
    const changed = await tenants.setDeclarations(tenant.id, declared)
    if (!changed) throw tenantNotFound(tenant.id)
    return changed
  }
}

const fixedTypesProblem = ({ id, settings }: Tenant) =>
  new Problem(
    'fixed-types',
    `The tenant "${id}" has the profile ${settings.profile}, which has types of its own and takes no others. Give it another profile first.`,
  )

async function throwIfHarmful(
  directory: Directory,
  { id, key }: Tenant,
  dangers: readonly BreakingChange[],
): Promise<void> {
  const harm: BreakingChange[] = []
  for (const danger of dangers) if (await affectsResources(directory, key, danger)) harm.push(danger)
  if (harm.length === 0) return
  const errors = harm.map(({ place, message }) => ({ path: place, message }))
  const told = errors.map(({ path, message }) => `${path}: ${message}`).join(' ')
  throw new Problem('in-use', `The tenant "${id}" has resources that this would harm. ${told}`, { errors })
}

async function affectsResources(
  directory: Directory,
  tenant: number,
  { type, valuePath }: BreakingChange,
): Promise<boolean> {
  if (valuePath)
    return directory.hasValue(
      tenant,
      type,
      valuePath.map(({ name }) => name),
    )
  const counts = (await directory.counts(tenant))[type]
  return counts !== undefined && counts.active + counts.disabled + counts.retained > 0
}
