import { z } from 'zod'
import { identitySchema } from './identities.ts'
import { operation, pageQuery, pageSchema, tenantParams } from './operation.ts'

/** A preview shows so many records, and the ids of all. */
export const maxRecordsShown = 1000

/** The most cycles that can be counted back. */
export const maxSilentCycles = 100

const purgeFormatMessage =
  'Send { "ids": ["…"] } to purge those records, or { "all": true } to purge every retained one; with "preview": true nothing is purged.'

const preview = z.boolean().optional().meta({ description: 'Only tell what would be purged.' })

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

export type Purge = z.output<typeof purgeSchema>

const purgeableSchema = identitySchema
  .pick({ id: true, type: true, label: true, deleted: true, groups: true })
  .meta({ id: 'Purgeable', description: 'A retained record that would be purged.' })

export type Purgeable = z.output<typeof purgeableSchema>

const purgedSchema = z
  .object({
    purged: z
      .array(z.string())
      .meta({ description: 'The ids of the records that were purged, or would be.' }),
    kept: z.array(z.string()).meta({
      description: 'The ids that were asked for and are of no retained record: nothing happens to them.',
    }),
    preview: z.literal(true).optional().meta({ description: 'Nothing was purged.' }),
    records: z
      .array(purgeableSchema)
      .optional()
      .meta({ description: `In a preview: the records, the first ${maxRecordsShown} of them at most.` }),
  })
  .meta({ id: 'Purged', description: 'What a purge did, or would do.' })

export type Purged = z.output<typeof purgedSchema>

export const staleReasonSchema = z
  .enum(['disabled', 'retained', 'silent', 'unresolved-reference', 'empty-group', 'replaced'])
  .meta({
    description:
      '`silent`: no request about it for `silentDays`, or since `silentCycles` began. `unresolved-reference`: it points at a resource that does not exist. `empty-group`: it has no members. `replaced`: it is disabled or retained, and its name belongs to a later one.',
    example: 'retained',
  })

export type StaleReason = z.output<typeof staleReasonSchema>

const cyclesMessage = `Give a whole number of cycles from 1 to ${maxSilentCycles}.`

const staleQuery = pageQuery.extend({
  reason: staleReasonSchema.optional(),
  silentDays: z.coerce
    .number<number>('Give a number of days.')
    .min(0, 'Give 0 or more days.')
    .max(36500, 'Give at most 36500 days.')
    .default(90)
    .meta({
      description: "Days without a request, by the tenant's clock, that make it silent.",
      example: 90,
    }),
  silentCycles: z.coerce
    .number<number>(cyclesMessage)
    .int(cyclesMessage)
    .min(1, cyclesMessage)
    .max(maxSilentCycles, cyclesMessage)
    .optional()
    .meta({
      description:
        "In the place of `silentDays`: silent is who was not asked about since the last but so many of the client's cycles began. Where there were fewer, nobody is.",
      example: 3,
    }),
})

const staleIdentitySchema = identitySchema
  .extend({ reasons: z.array(staleReasonSchema) })
  .meta({ id: 'StaleIdentity', description: 'An identity that needs a look, and why.' })

export type StaleIdentity = z.output<typeof staleIdentitySchema>

export const operations = {
  listStale: operation({
    method: 'GET',
    path: '/tenants/:tenant/stale',
    summary: 'List the identities that need a look',
    description:
      'Disabled, retained after their client deleted them, replaced, silent, empty, or pointing nowhere.',
    tags: ['stale'],
    params: tenantParams,
    query: staleQuery,
    response: {
      status: 200,
      description: 'The identities, newest first.',
      schema: pageSchema(staleIdentitySchema),
    },
    problems: [400, 404],
  }),
  purgeStale: operation({
    method: 'POST',
    path: '/tenants/:tenant/stale/purge',
    summary: 'Purge retained records',
    description:
      'Only records of resources that their client has deleted are purged; their history stays. With `preview` nothing is changed, and the records are shown.',
    tags: ['stale'],
    params: tenantParams,
    body: purgeSchema,
    response: { status: 200, description: 'What was purged, or would be.', schema: purgedSchema },
    problems: [400, 404, 413, 415],
    changes: 'identities',
  }),
}
