import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { hasFixedTypes, typesDeclared } from '../../profiles/index.ts'
import type { Directory } from '../../provider/directory.ts'
import { type Danger, dangersBetween } from '../../scim/declare/compare.ts'
import { type Declarations, nothingDeclared } from '../../scim/declare/declarations.ts'
import type { JsonObject } from '../../scim/json.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { answer, noContent, problems, tenantParams } from './shapes.ts'
import { noSuchTenant, tenantNamed } from './tenant-named.ts'
import { declarationsSchema, typesSchema, viewTypes } from './types-view.ts'

/** The resource types and schemas of a tenant beside those of the RFC. */
export const typeRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { tenants, directory }) => {
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
        response: { 200: answer('What is declared.', typesSchema), ...problems(404) },
      },
    },
    async ({ params }) => viewTypes(tenantNamed(tenants, params.tenant)),
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
        response: { 200: answer('What is declared now.', typesSchema), ...problems(400, 404, 409, 413, 415) },
      },
    },
    async ({ params, body }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      if (hasFixedTypes(tenant.settings.profile)) throw fixedTypes(tenant)
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
        response: { 204: noContent('Nothing is declared any more.'), ...problems(404, 409) },
      },
    },
    async ({ params }, reply) => {
      await declare(tenantNamed(tenants, params.tenant), nothingDeclared)
      reply.code(204)
    },
  )

  async function declare(tenant: Tenant, declared: Declarations): Promise<Tenant> {
    const dangers = dangersBetween(typesDeclared(tenant.declared), typesDeclared(declared))
    await refuseHarm(directory, tenant, dangers)
    const changed = await tenants.declare(tenant.id, declared)
    if (!changed) throw noSuchTenant(tenant.id)
    return changed
  }
}

const fixedTypes = ({ id, settings }: Tenant) =>
  new Problem(
    'fixed-types',
    `The tenant "${id}" has the profile ${settings.profile}, which has types of its own and takes no others. Give it another profile first.`,
  )

async function refuseHarm(
  directory: Directory,
  { id, key }: Tenant,
  dangers: readonly Danger[],
): Promise<void> {
  const harm: Danger[] = []
  for (const danger of dangers) if (await isReal(directory, key, danger)) harm.push(danger)
  if (harm.length === 0) return
  const errors = harm.map(({ place, message }) => ({ path: place, message }))
  const told = errors.map(({ path, message }) => `${path}: ${message}`).join(' ')
  throw new Problem('in-use', `The tenant "${id}" has resources that this would harm. ${told}`, { errors })
}

async function isReal(directory: Directory, tenant: number, { type, holding }: Danger): Promise<boolean> {
  if (holding)
    return directory.holds(
      tenant,
      type,
      holding.map(({ name }) => name),
    )
  const counts = (await directory.counts(tenant))[type]
  return counts !== undefined && counts.active + counts.disabled + counts.retained > 0
}
