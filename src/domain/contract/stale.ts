import * as z from 'zod'
import { identitySchema } from './identities.ts'
import { describe, destroy, flag, pageQuery, pages, read, returns } from './operation.ts'

/** The IDs in a preview are complete. */
export const maxRecordsShown = 1000

const maxInactiveCycles = 100

const purgeFormatMessage =
  'Expected { "ids": ["…"] } to purge these records, or { "all": true } to purge all retained ones; add "preview": true to change nothing.'

const preview = flag('Return what would be purged, and change nothing.').optional()

const purgeSchema = z
  .union(
    [
      z.strictObject({ ids: z.array(z.string()).min(1).max(1000), preview }),
      z.strictObject({ all: z.literal(true), preview }),
    ],
    purgeFormatMessage,
  )
  .meta({
    description: 'Which retained records to purge.',
    examples: [
      { ids: ['94482488-5041-7061-1b47-c0e0b6b2a1f8'] },
      { all: true },
      { all: true, preview: true },
    ],
  })

const purgeCandidateSchema = identitySchema
  .pick({ id: true, type: true, label: true, deleted: true, groups: true })
  .meta({ id: 'PurgeCandidate', description: 'A retained record that would be purged.' })

export type PurgeCandidate = z.output<typeof purgeCandidateSchema>

const purgeResultSchema = z
  .object({
    purged: z
      .array(z.string())
      .meta({ description: 'The IDs of the records that were purged, or would be.' }),
    skipped: z.array(z.string()).meta({
      description: 'The requested IDs that belong to no retained record.',
    }),
    preview: z.literal(true).optional().meta({ description: 'Nothing was purged.' }),
    records: z
      .array(purgeCandidateSchema)
      .optional()
      .meta({ description: `In a preview: the first ${maxRecordsShown} records.` }),
  })
  .meta({ id: 'PurgeResult', description: 'The result of a purge or of its preview.' })

export type PurgeResult = z.output<typeof purgeResultSchema>

const staleReasonSchema = z
  .enum(['disabled', 'retained', 'inactive', 'unresolved-reference', 'empty-group', 'replaced'])
  .meta({
    description:
      '`inactive`: no request about it for `inactiveDays`, or since `inactiveCycles` began. `unresolved-reference`: it refers to a resource that does not exist. `empty-group`: it has no members. `replaced`: it is disabled or retained, and a later resource has its name.',
    example: 'retained',
  })

export type StaleReason = z.output<typeof staleReasonSchema>

const cyclesMessage = `Expected a whole number of cycles from 1 to ${maxInactiveCycles}.`

const inactivityQuery = z.object({
  inactiveDays: z.coerce
    .number<number>('Expected a number of days.')
    .min(0, 'Must be at least 0.')
    .max(36500, 'Must be at most 36500.')
    .default(90)
    .meta({
      description: "Days without a request, by the tenant's clock, that make it inactive.",
      example: 90,
    }),
  inactiveCycles: z.coerce
    .number<number>(cyclesMessage)
    .int(cyclesMessage)
    .min(1, cyclesMessage)
    .max(maxInactiveCycles, cyclesMessage)
    .optional()
    .meta({
      description:
        'Instead of `inactiveDays`: the number of recent cycles without a request that make an identity inactive. With fewer cycles no identity is inactive.',
      example: 3,
    }),
})

const staleQuery = pageQuery.extend({ ...inactivityQuery.shape, reason: staleReasonSchema.optional() })

const count = z.int().nonnegative()

const staleCountsSchema = z
  .object({
    any: count.meta({ description: 'The number of stale identities.' }),
    ...(Object.fromEntries(staleReasonSchema.options.map(reason => [reason, count])) as Record<
      StaleReason,
      typeof count
    >),
  })
  .meta({
    id: 'StaleCounts',
    description: 'The number of stale identities for each reason; an identity may have several.',
    example: {
      any: 12,
      disabled: 7,
      retained: 4,
      inactive: 0,
      'unresolved-reference': 1,
      'empty-group': 1,
      replaced: 1,
    },
  })

export type StaleCounts = z.output<typeof staleCountsSchema>

const staleIdentitySchema = identitySchema
  .extend({ reasons: z.array(staleReasonSchema) })
  .meta({ id: 'StaleIdentity', description: 'A stale identity with the reasons.' })

export type StaleIdentity = z.output<typeof staleIdentitySchema>

export const operations = describe('stale', {
  listStale: read(
    'GET /tenants/:tenant/stale',
    'List the stale identities',
    pages(staleIdentitySchema, 'The identities, newest first.', staleQuery),
    {
      description:
        'Disabled, retained, replaced or inactive identities, empty groups, and unresolved references.',
      also: [429],
    },
  ),
  countStale: read(
    'GET /tenants/:tenant/stale/counts',
    'Count the stale identities by reason',
    returns(staleCountsSchema, 'The numbers of identities.'),
    { query: inactivityQuery, also: [429] },
  ),
  purgeStale: destroy(
    'POST /tenants/:tenant/stale/purge',
    'Purge retained records',
    returns(purgeResultSchema, 'The purged records, or in a preview the records to purge.'),
    {
      needsFor: (body: unknown) => (purgeSchema.safeParse(body).data?.preview === true ? 'read' : 'destroy'),
      description:
        'Purges records of deleted resources; their history is kept. With `preview`, returns the records and changes nothing, which needs `read` only.',
      body: purgeSchema,
      changes: 'identities',
      also: [429],
    },
  ),
})
