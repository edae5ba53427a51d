import * as z from 'zod'
import { profileNames, switchTopics } from '../../profiles/names.ts'
import { awsConnectionSchema } from './access-keys.ts'
import { basisSchema } from './findings.ts'
import {
  creates,
  describe,
  destroy,
  durationSchema,
  pageQuery,
  pages,
  read,
  returns,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

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

export type Clock = z.input<typeof clockSchema>

const clockFormatMessage =
  'Expected { "now": "2027-03-01T09:30:00Z" }, or { "advance": "90d" } with w, d, h, m and s.'

const clockChangeSchema = z
  .union(
    [
      z.strictObject({ now: z.iso.datetime({ offset: true, error: clockFormatMessage }) }),
      z.strictObject({ advance: durationSchema(clockFormatMessage) }),
    ],
    clockFormatMessage,
  )
  .meta({
    description: 'The new time of the clock, or how far it moves forward.',
    examples: [{ now: '2027-03-01T09:30:00Z' }, { advance: '90d' }, { advance: '1h30m' }],
  })

export type ClockChange = z.output<typeof clockChangeSchema>

export const clockOperations = describe('clock', {
  getClock: read('GET /tenants/:tenant/clock', "Show a tenant's clock", returns(clockSchema, 'The clock.')),
  setClock: write(
    'PUT /tenants/:tenant/clock',
    "Move a tenant's clock forward",
    returns(clockSchema, 'The clock.'),
    {
      description:
        'It controls token expiry, inactivity and timestamps of the tenant. A reset returns it to real time. A move after which the clock is more than one hour ahead of real time needs `destroy`, however short it is: many short moves would expire any credential.',
      body: clockChangeSchema,
    },
  ),
})

export const profileNameSchema = z
  .enum(profileNames)
  .meta({ description: 'The service provider that the tenant emulates.', example: 'aws' })

export type ProfileName = z.output<typeof profileNameSchema>

export const onDeleteSchema = z.enum(['retain', 'remove']).meta({
  description: 'What remains after a DELETE: a disabled record until it is purged, or the history only.',
  example: 'retain',
})

export type OnDelete = z.output<typeof onDeleteSchema>

export const throttleSchema = z.enum(['off', 'aws']).meta({
  description: '`aws` returns 429 above 25 writes or 40 reads per second.',
  example: 'off',
})

export type Throttle = z.output<typeof throttleSchema>

const switchSchema = z.object({
  id: z.string().meta({ example: 'putUserStatus' }),
  topic: z.enum(switchTopics).meta({ description: 'What it is about.' }),
  description: text('What the switch controls.'),
  source: text('The source of the default.'),
  basis: basisSchema.meta({ description: 'How certain the default is.' }),
  values: z.array(z.string()).meta({ example: ['200', '201'] }),
  default: z.string().meta({ example: '200' }),
  chosen: text('The value of this tenant.', '201'),
})

export type Switch = z.output<typeof switchSchema>

const count = z.int().nonnegative()

export const countsSchema = z
  .record(z.string(), z.object({ active: count, disabled: count, retained: count, removed: count }))
  .meta({
    description: 'The resources by type and status.',
    example: { User: { active: 12, disabled: 1, retained: 2, removed: 0 } },
  })

export type Counts = z.output<typeof countsSchema>

const openedSessionSchema = z.object({
  kind: z
    .literal('import')
    .optional()
    .meta({ description: '`import`: a read-only import of an AWS directory, not a session file.' }),
  tenant: text('The tenant that was exported.', 'acme'),
  exported: timestamp('The time of the export, in real time.'),
  tenantTime: timestamp("The same by the tenant's clock, which stands at it."),
  version: text('The version of the exporting server.', '1.0.0'),
  q: text('The search that selected the requests; absent if the file had all of them.').optional(),
  test: text('The failed test that the file is about.').optional(),
})

export type OpenedSession = z.input<typeof openedSessionSchema>

export const tenantSchema = z
  .object({
    id: z.string().meta({ example: 'acme' }),
    name: text('The name of the tenant, for people; URLs have the ID.', 'default').optional(),
    profile: profileNameSchema,
    onDelete: onDeleteSchema,
    throttle: throttleSchema,
    endpoint: z.url().meta({
      description: 'The SCIM endpoint: the tenant URL of the provisioning client.',
      example: 'http://127.0.0.1:8080/acme/scim/v2',
    }),
    tokenEndpoint: z.url().optional().meta({
      description: 'The token endpoint of its clients; absent for the profile `aws`.',
      example: 'http://127.0.0.1:8080/acme/oauth2/token',
    }),
    created: timestamp('The time of its creation.'),
    clock: clockSchema,
    switches: z.array(switchSchema).meta({ description: 'The switches of the profile.' }),
    tokens: count.meta({ description: 'Access tokens that are not deleted.', example: 1 }),
    tokenLimit: count.optional().meta({
      description: 'The maximum number of tokens.',
      example: 2,
    }),
    aws: awsConnectionSchema.optional().meta({
      description: 'The AWS APIs over the same directory; absent for profiles other than `aws`.',
    }),
    counts: countsSchema,
    session: openedSessionSchema.optional().meta({
      description:
        'The session that was opened as this tenant, which is read-only; absent for other tenants.',
    }),
    imported: timestamp('When it was imported from AWS; absent for other tenants.').optional(),
  })
  .meta({ id: 'Tenant', description: 'One emulated directory.' })

export type Tenant = z.input<typeof tenantSchema>

const newTenantSchema = z.strictObject({
  id: text('The first segment of the SCIM URL; generated if omitted.', 'acme').optional(),
  name: text('A name of 1 to 64 characters, for people; empty for none.', 'default').optional(),
  profile: profileNameSchema.optional(),
  onDelete: onDeleteSchema.optional(),
  throttle: throttleSchema.optional(),
  switches: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      description: 'Switches by ID; omitted switches have their defaults.',
      example: { putUserStatus: '201' },
    }),
})

export type NewTenant = z.output<typeof newTenantSchema>

const tenantChangeSchema = newTenantSchema.omit({ id: true }).extend({
  switches: z
    .record(z.string(), z.string().nullable())
    .optional()
    .meta({
      description:
        'Switches to change, by ID; null restores the default, and omitted switches stay unchanged.',
      example: { putUserStatus: '201', email: null },
    }),
})

export type TenantChange = z.output<typeof tenantChangeSchema>

const tenantsQuery = pageQuery.extend({
  named: text('The ID of a tenant, or else the name of one or more.', 'default').optional(),
})

export const operations = describe('tenants', {
  listTenants: read(
    'GET /tenants',
    'List the tenants',
    pages(tenantSchema, 'The tenants, in order of creation.', tenantsQuery),
    { also: [429] },
  ),
  createTenant: write('POST /tenants', 'Create a tenant', creates(tenantSchema, 'The tenant.'), {
    description: 'It has no access token yet: generate one with POST /api/v1/tenants/{tenant}/tokens.',
    body: newTenantSchema.optional(),
    also: [409, 429],
  }),
  getTenant: read('GET /tenants/:tenant', 'Show a tenant', returns(tenantSchema, 'The tenant.'), {
    also: [429],
  }),
  updateTenant: write('PATCH /tenants/:tenant', 'Change a tenant', returns(tenantSchema, 'The tenant.'), {
    needsFor: (body: unknown) =>
      tenantChangeSchema.safeParse(body).data?.onDelete === 'remove' ? 'destroy' : 'write',
    description:
      'Omitted members stay unchanged. A change of profile drops switches that the new profile does not have. It keeps the declared types, which are inactive if the types of the profile are fixed. With `onDelete: remove` it needs `destroy`: later deletions by clients are final.',
    body: tenantChangeSchema,
    also: [429],
  }),
  deleteTenant: destroy(
    'DELETE /tenants/:tenant',
    'Delete a tenant',
    returnsNothing('The tenant is deleted.'),
    {
      description:
        'Deletes its credentials, users, groups and history; the journal keeps its exchanges, unless it is an opened session.',
      changesSessions: true,
    },
  ),
})
