import { z } from 'zod'
import { switchesOf } from '../../profiles/index.ts'
import type { Directory } from '../../provider/directory.ts'
import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { instant, instantOf } from './shapes.ts'

export const profileSchema = z
  .enum(['aws', 'entra', 'rfc'])
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
  says: z.string().meta({ description: 'What the switch decides.' }),
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
    now: instant("The tenant's time."),
    offset: z.int().nonnegative().meta({
      description: "How far the tenant's clock is ahead of the machine's, in milliseconds.",
      example: 0,
    }),
    machine: instant("The machine's time."),
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
    created: instant('When the tenant was made.'),
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

export const clockOf = (tenant: Tenant, machine = Date.now()): z.output<typeof clockSchema> => ({
  now: instantOf(nowAt(tenant, machine)),
  offset: tenant.clockOffset,
  machine: instantOf(machine),
})

const switchesFor = ({ settings }: Tenant): TenantView['switches'] =>
  switchesOf(settings.profile).map(one => ({
    id: one.id,
    says: one.says,
    source: one.source,
    basis: one.basis,
    values: [...one.values],
    default: one.default,
    chosen: settings.switches[one.id] ?? one.default,
  }))

const none = { active: 0, disabled: 0, retained: 0, removed: 0 }

async function countsOf(directory: Directory, { key, profile }: Tenant): Promise<TenantView['counts']> {
  const empty = Object.fromEntries(profile.resourceTypes.map(({ name }) => [name, none]))
  return { ...empty, ...(await directory.counts(key)) }
}

export const viewTenant = async (
  { directory, tenants, scimBase }: ConsoleParts,
  tenant: Tenant,
): Promise<TenantView> => ({
  id: tenant.id,
  profile: tenant.settings.profile,
  onDelete: tenant.settings.onDelete,
  throttle: tenant.settings.throttle,
  endpoint: `${scimBase()}/${tenant.id}/scim/v2`,
  created: instantOf(tenant.created),
  clock: clockOf(tenant),
  switches: switchesFor(tenant),
  tokens: tenants.tokens(tenant).length,
  ...(Number.isFinite(tenant.profile.limits.tokens) && { tokenLimit: tenant.profile.limits.tokens }),
  counts: await countsOf(directory, tenant),
})
