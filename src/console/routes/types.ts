import type { FastifyPluginAsync } from 'fastify'
import { operations, type Types } from '../../domain/contract/types.ts'
import type { Directory } from '../../domain/ports/directory.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { declaredTypes, hasFixedTypes } from '../../profiles/registry.ts'
import { type BreakingChange, breakingChanges } from '../../scim/declare/compatibility.ts'
import { type Declarations, noDeclarations } from '../../scim/declare/declarations.ts'
import { isObject, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant, tenantNotFound } from './register.ts'

/** Inactive declared types can have resources of an earlier time. */
export const tenantResourceTypes = ({ profile, declared }: Tenant): readonly ResourceType[] => [
  ...profile.schema.resourceTypes,
  ...declaredTypes(declared),
]

export const hasMembers = ({ attributes }: ResourceType): boolean =>
  attributes.some(({ relation }) => relation === 'members')

const viewTypes = ({ declared, settings }: Tenant): Types => ({
  schemas: [...declared.schemas] as Types['schemas'],
  resourceTypes: [...declared.resourceTypes] as Types['resourceTypes'],
  active: !hasFixedTypes(settings.profile),
})

export const typeRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, directory }) => {
  register(app, 'getTypes', operations.getTypes, ({ params }) =>
    viewTypes(requireTenant(tenants, params.tenant)),
  )

  register(app, 'declareTypes', operations.declareTypes, async ({ params, body, require }) => {
    const tenant = requireTenant(tenants, params.tenant)
    if (hasFixedTypes(tenant.settings.profile)) throw fixedTypesProblem(tenant)
    // `scim/declare` reads them and reports all mistakes.
    const declared = {
      schemas: body.schemas as readonly JsonObject[],
      resourceTypes: body.resourceTypes as readonly JsonObject[],
    }
    if (lacksSome(tenant.declared, declared)) {
      require('destroy', 'The declarations delete a previous schema or resource type.')
    }
    return viewTypes(await declare(tenant, declared))
  })

  register(app, 'deleteTypes', operations.deleteTypes, async ({ params }) => {
    await declare(requireTenant(tenants, params.tenant), noDeclarations)
  })

  async function declare(tenant: Tenant, declared: Declarations): Promise<Tenant> {
    const dangers = breakingChanges(declaredTypes(tenant.declared), declaredTypes(declared))
    await throwIfHarmful(directory, tenant, dangers)
    const changed = await tenants.setDeclarations(tenant.id, declared)
    if (!changed) throw tenantNotFound(tenant.id)
    return changed
  }
}

function lacksSome(previous: Declarations, next: Declarations): boolean {
  const kept = new Set(namesOf(next))
  return namesOf(previous).some(name => !kept.has(name))
}

const namesOf = ({ schemas, resourceTypes }: Declarations): readonly string[] => [
  ...schemas.map(({ id }) => JSON.stringify(['schema', id])),
  ...resourceTypes.flatMap(({ name, schemaExtensions }) => [
    JSON.stringify(['type', name]),
    ...(Array.isArray(schemaExtensions) ? schemaExtensions : [])
      .filter(isObject)
      .map(({ schema }) => JSON.stringify(['extension', name, schema])),
  ]),
]

const fixedTypesProblem = ({ id, settings }: Tenant) =>
  new Problem(
    'fixed-types',
    `The tenant "${id}" has the profile ${settings.profile}, whose types are fixed. Change the profile first.`,
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
  const details = errors.map(({ path, message }) => `${path}: ${message}`).join(' ')
  throw new Problem(
    'in-use',
    `The tenant "${id}" has resources that need the previous declarations. ${details}`,
    { errors },
  )
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
  const [ofTenant = {}] = await directory.counts([tenant])
  const counts = ofTenant[type]
  return counts !== undefined && counts.active + counts.disabled + counts.retained > 0
}
