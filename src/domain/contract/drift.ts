import * as z from 'zod'
import { driftSeverities } from '../drift.ts'
import { count, describe, durationSchema, isoTimestamp, read, returns, text } from './operation.ts'
import { maxRehearsalBytes, rehearsalInputSchema } from './rehearsal.ts'

const driftCategories = [
  ...(['user-missing', 'user-extra', 'user-differs', 'user-disabled-differs', 'user-recreated'] as const),
  ...(['group-missing', 'group-extra', 'group-differs', 'group-renamed', 'group-recreated'] as const),
  ...(['member-missing', 'member-extra', 'assignment-orphaned', 'assignment-of-disabled'] as const),
  ...(['stale-group', 'changed-outside-scim', 'external-id-foreign', 'unknown'] as const),
  ...(['ignore-expired', 'ignore-unused'] as const),
] as const

export type DriftCategory = (typeof driftCategories)[number]

const categorySchema = z.enum(driftCategories)

const matchSchema = z
  .strictObject({
    category: categorySchema.optional(),
    name: text('With `*` for any characters and `?` for one, in any letter case.', 'test-*').optional(),
    id: text('The ID of an item, or of its object.').optional(),
    path: text('The attribute.', 'displayName').optional(),
  })
  .refine(match => Object.keys(match).length > 0, 'Name a category, a name, an ID or a path.')

export const ignoreRulesSchema = z
  .array(
    z.strictObject({
      match: matchSchema,
      reason: text('Why the difference is accepted.').min(1),
      until: z.iso.date().meta({ description: 'The last day of the rule, at most a year ahead.' }),
    }),
  )
  .max(500)

export type IgnoreRule = z.output<typeof ignoreRulesSchema>[number]

const itemSchema = z.object({
  id: text('A hash of category, object and path: the same in each run.', '3f6c1d0a9b2e4f57'),
  category: categorySchema,
  severity: z.enum(driftSeverities),
  state: z.enum(['new', 'known', 'pending', 'ignored']).meta({
    description: '`pending`: it may still wait for the client. Only `new` and `known` items count.',
  }),
  object: z.object({
    type: z.enum(['User', 'Group', 'Membership', 'Assignment', 'Directory', 'Rule']),
    id: text('The ID at AWS, or in the source for what AWS lacks.'),
    name: z.string(),
  }),
  path: text('The attribute.', 'displayName').optional(),
  source: z.unknown().optional().meta({ description: 'The value that the client would write.' }),
  aws: z.unknown().optional(),
  accounts: z.array(z.string()).optional().meta({ description: 'AWS accounts to which it gives access.' }),
  since: isoTimestamp('When AWS changed it.').optional(),
  by: text('Who changed it at AWS.').optional(),
  reason: z.string().optional(),
  remedy: z.string(),
})

export type DriftItem = z.output<typeof itemSchema>

const sideSchema = z.object({
  name: text('The export or the tenant.'),
  store: text('The identity store.', 'd-9067a1b2c3'),
  started: isoTimestamp('When the export began.').optional(),
  finished: isoTimestamp('When it was complete.').optional(),
})

export const driftSchema = z
  .object({
    drift: z.literal(1).meta({ description: 'The version of this format.' }),
    sides: z.object({
      aws: sideSchema,
      source: z.object({ client: z.string(), files: z.array(z.string()) }).optional(),
      baseline: sideSchema.optional(),
    }),
    counts: z
      .record(z.string(), z.record(z.string(), z.int()))
      .meta({ description: 'New and known items by severity and category.' }),
    states: z.record(z.string(), z.int()).meta({ description: 'Items by state.' }),
    resolved: z.array(z.string()).meta({ description: 'IDs in the previous report that are gone.' }),
    partial: z.array(z.string()).meta({ description: 'What the export of AWS does not say.' }),
    items: z.array(itemSchema).meta({ description: 'The worst first; at most 10,000.' }),
    itemsOmitted: count('Further items.'),
    notes: z.array(z.string()),
  })
  .meta({ id: 'Drift', description: 'How an AWS directory differs from its identity provider.' })

export type Drift = z.output<typeof driftSchema>

/** What a report is compared with. */
export const previousDriftSchema = z.object({
  ...driftSchema.pick({ drift: true }).shape,
  items: z.array(itemSchema.pick({ id: true, state: true })),
})

export type PreviousDrift = z.output<typeof previousDriftSchema>

export const operations = describe('migration', {
  drift: read(
    'POST /tenants/:tenant/drift',
    'Compare with the identity provider',
    returns(driftSchema, 'How both differ.'),
    {
      description:
        'Plays one more cycle of a client against a copy of the tenant in memory, and reports each change that it would still make, and the users, groups and members that it does not know. Nothing is changed. The instance keeps the last report until it ends, and notifies webhooks of new items.',
      body: rehearsalInputSchema.pick({ files: true, client: true }).extend({
        ignore: ignoreRulesSchema.optional().meta({ description: 'Differences that are accepted.' }),
        grace: durationSchema('Expected a duration such as 90m.').optional().meta({
          description: 'How long a difference may wait for the client; nothing waits if omitted.',
        }),
        previous: previousDriftSchema.optional().meta({
          description: 'The previous report; the one that the instance keeps if omitted.',
        }),
      }),
      bodyLimit: maxRehearsalBytes,
      unparsedBody: true,
      maxConcurrent: 1,
      also: [429],
    },
  ),
  lastDrift: read(
    'GET /tenants/:tenant/drift',
    'Show the last comparison',
    returns(driftSchema, 'The last report of this instance.'),
  ),
})
