import * as z from 'zod'
import {
  count,
  describe,
  isoTimestamp,
  pageQuery,
  pageSchema,
  pages,
  read,
  returns,
  type Tag,
  tags,
  text,
  timestamp,
} from './operation.ts'
import { missingSchema } from './problem.ts'

const causeSchema = z
  .object({
    action: text('What the client did, as text.', 'disable user'),
    token: text('The last characters of its token; absent for very short tokens.', 'x7Q=').optional(),
    operation: text("The operation of the AWS API, by AWS's name.", 'UpdateUser').optional(),
    replay: z.literal(true).optional().meta({ description: 'The console sent the request again.' }),
  })
  .meta({ id: 'Cause', description: 'What caused a change, while the journal keeps its exchange.' })

export type Cause = z.output<typeof causeSchema>

const missing = missingSchema.optional()

export const differenceSchema = z
  .object({
    path: text('The path as in a PATCH request.', 'name.givenName'),
    kind: z.enum(['added', 'removed', 'changed']),
    before: z.unknown().optional().meta({ description: 'Absent for added values.', example: 'Anna' }),
    after: z.unknown().optional().meta({ description: 'Absent for removed values.', example: 'Anne' }),
  })
  .meta({ id: 'Difference', description: 'The difference of one attribute of a resource.' })

export type Difference = z.output<typeof differenceSchema>

export const namesSchema = z.record(z.string(), z.string()).meta({
  description: 'The names of users and groups whose IDs are among the values, by ID.',
})

export const identityStatusSchema = z.enum(['active', 'disabled', 'retained', 'removed']).meta({
  description:
    '`retained`: deleted by its client; a disabled record is kept until it is purged. `removed`: only its history is left.',
  example: 'active',
})

export type IdentityStatus = z.output<typeof identityStatusSchema>

export const relatedResourceSchema = z
  .object({
    id: z.string(),
    type: text('The type of the resource; absent when no such resource exists.', 'User').optional(),
    display: z.string().optional().meta({ example: 'Anna Berg' }),
  })
  .meta({ id: 'RelatedResource', description: 'A group, or a member of a group.' })

export type RelatedResource = z.output<typeof relatedResourceSchema>

const documentSchema = z.record(z.string(), z.unknown()).meta({
  description: 'The SCIM resource, without `meta` and without members or groups.',
})

const exchangeId = text(
  'The exchange that caused it: GET /api/v1/exchanges/{id}. Absent for changes made in the console.',
).optional()

const viaSchema = z
  .discriminatedUnion('api', [
    z.object({
      api: z.literal('identity-store'),
      accessKey: text('The ID of the access key.', 'SCIMA2B3C4D5E6F7G2H3'),
    }),
    z.object({
      api: z.literal('import'),
      file: text('The file of the export.', 'aws-export.zip').exactOptional(),
      created: text('`CreatedBy` of AWS.').exactOptional(),
      updated: text('`UpdatedBy` of AWS.').exactOptional(),
      membership: text('`MembershipId` of AWS.').exactOptional(),
    }),
  ])
  .optional()
  .meta({
    description:
      'The AWS API that made the change, or the import of an AWS directory; absent for SCIM and the console.',
  })

const identityFields = {
  id: z.string().meta({ example: '94482488-5041-7061-1b47-c0e0b6b2a1f8' }),
  type: z.string().meta({ example: 'User' }),
  status: identityStatusSchema,
  label: text('The unique name: `userName` or `displayName`.', 'anna@example.com'),
  display: text('The display name.', 'Anna Berg'),
  revisions: z.int().meta({ description: 'The number of revisions in its history.', example: 3 }),
  created: isoTimestamp("Its creation, by the tenant's clock."),
  lastModified: isoTimestamp("Its last change, by the tenant's clock."),
  lastSeen: isoTimestamp("The last request about it, by the tenant's clock."),
  groups: z
    .array(relatedResourceSchema)
    .meta({ description: 'Its groups; for a deleted resource, its groups at the deletion.' }),
  members: z
    .int()
    .optional()
    .meta({ description: 'The number of members now; only for types with members.', example: 103 }),
  origin: z
    .object({ exchange: z.string(), cause: causeSchema.optional(), missing })
    .optional()
    .meta({ description: 'The exchange that created it.' }),
  deleted: z
    .object({ at: isoTimestamp("The time of its deletion, by the tenant's clock."), exchange: exchangeId })
    .optional(),
  predecessor: text('The ID of an earlier resource with the same name.').optional(),
  successor: text('The ID of a later resource with the same name.').optional(),
}

export const identitySchema = z
  .object(identityFields)
  .meta({ id: 'Identity', description: 'A user or a group; deleted ones are included.' })

export type Identity = z.output<typeof identitySchema>

export const identityDetailSchema = z
  .object({ ...identityFields, document: documentSchema.optional() })
  .meta({
    id: 'IdentityDetail',
    description: 'A user or a group with its SCIM resource, unless it is removed.',
  })

export type IdentityDetail = z.output<typeof identityDetailSchema>

export const historyEntrySchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('revision'),
      revision: z.int(),
      action: z.enum(['created', 'modified', 'deleted', 'purged']),
      at: isoTimestamp("By the tenant's clock."),
      exchange: exchangeId,
      via: viaSchema,
      cause: causeSchema.optional(),
      missing,
      document: documentSchema.optional(),
      differences: z.array(differenceSchema).meta({
        description: 'Compared with the previous revision; empty where only memberships changed.',
      }),
      names: namesSchema.optional(),
    }),
    z.object({
      kind: z.literal('membership'),
      event: z.enum(['added', 'removed']),
      at: isoTimestamp("By the tenant's clock."),
      exchange: exchangeId,
      via: viaSchema,
      cause: causeSchema.optional(),
      missing,
      group: relatedResourceSchema,
      member: relatedResourceSchema,
    }),
  ])
  .meta({ id: 'HistoryEntry', description: 'One change of an identity or of its memberships.' })

export type HistoryEntry = z.output<typeof historyEntrySchema>

const memberSchema = relatedResourceSchema
  .extend({
    joined: isoTimestamp("When it joined, by the tenant's clock."),
    exchange: exchangeId,
    via: viaSchema,
    cause: causeSchema.optional(),
    missing,
  })
  .meta({ id: 'Member', description: 'A member of a group, with when and by which request it joined.' })

export type Member = z.output<typeof memberSchema>

const valueSchema = z.object({
  at: isoTimestamp("The time of the change, by the tenant's clock."),
  revision: z.int().meta({ example: 2 }),
  value: z.unknown().optional().meta({ description: 'Absent if the attribute was removed.' }),
  exchange: exchangeId,
  via: viaSchema,
})

const since = isoTimestamp(
  "From when on history is complete, by the tenant's clock: older history is deleted. Absent if all is kept.",
).optional()

const attributeHistorySchema = z
  .object({
    since,
    items: z.array(
      z.object({
        path: text('The path as in a PATCH request.', 'name.givenName'),
        values: z.array(valueSchema).meta({ description: 'Its values, newest first.' }),
      }),
    ),
    names: namesSchema,
  })
  .meta({ id: 'AttributeHistory', description: 'The history of each attribute of a resource.' })

export type AttributeHistory = z.output<typeof attributeHistorySchema>

const atFormatMessage = 'Expected a time with its zone, such as 2026-03-01T09:30:00Z.'

export const atField = z.iso.datetime({ offset: true, error: atFormatMessage }).optional().meta({
  description: "The time to show, by the tenant's clock; now if omitted.",
  example: '2026-03-01T09:30:00Z',
})

const atQuery = z.object({ at: atField })

const membersQuery = pageQuery.extend({ at: atField })

const identitySorts = ['label', 'display', 'lastModified', 'created'] as const

const identityQuery = membersQuery.extend({
  status: z
    .enum([...identityStatusSchema.options, 'deleted'])
    .optional()
    .meta({ description: '`deleted`: retained or removed.', example: 'active' }),
  sort: z
    .enum(identitySorts.flatMap(name => [name, `-${name}` as const]))
    .optional()
    .meta({
      description:
        'The order, `-` for descending; by default, newest first. Names are compared in lower case. Only without `at`.',
      example: '-lastModified',
    }),
  text: z.string().min(1, 'Must not be empty; omit it to list all.').optional().meta({
    description:
      'Part of the label or the display name, in any case, or the first six or more characters of the ID.',
    example: 'anna',
  }),
})

export type AtQuery = z.output<typeof atQuery>
export type MembersQuery = z.output<typeof membersQuery>
export type IdentityQuery = z.output<typeof identityQuery>
export type IdentitySort = NonNullable<IdentityQuery['sort']>

const parameters = { id: 'The ID of the resource.' }

const describeIdentities = <const Path extends string>(tag: Tag, path: Path, plural: string) =>
  describe(tag, {
    list: read(
      `GET /tenants/:tenant/${path}`,
      `List the ${plural}`,
      pages(identitySchema, `The ${plural}.`, identityQuery),
      {
        description: 'Includes deleted ones; with `at`, lists those that existed at that time.',
        also: [429],
      },
    ),
    get: read(
      `GET /tenants/:tenant/${path}/:id`,
      `Show one of the ${plural} with its SCIM resource`,
      returns(identityDetailSchema, `One of the ${plural}.`),
      { parameters, query: atQuery },
    ),
    history: read(
      `GET /tenants/:tenant/${path}/:id/history`,
      `List the revisions and membership changes of one of the ${plural}`,
      {
        query: pageQuery,
        ...returns(pageSchema(historyEntrySchema).extend({ since }), 'The changes, newest first.'),
      },
      { parameters },
    ),
    attributes: read(
      `GET /tenants/:tenant/${path}/:id/attributes`,
      `Show the attribute history of one of the ${plural}`,
      returns(attributeHistorySchema, 'The attributes in the order of their first values.'),
      {
        description: 'The values of each attribute, with the revision and the exchange that set them.',
        parameters,
        maxConcurrent: 2,
      },
    ),
    members: read(
      `GET /tenants/:tenant/${path}/:id/members`,
      `List the members of one of the ${plural}`,
      pages(memberSchema, 'The members.', membersQuery),
      { description: 'Also for profiles that do not return members over SCIM.', parameters },
    ),
  })

export const identityOperations = <const Collection extends string>(collection: Collection) =>
  describeIdentities(isTag(collection) ? collection : 'resources', collection, collection)

const isTag = (name: string): name is Tag => Object.hasOwn(tags, name)

export const resourceOperations = describeIdentities('resources', 'resources/:type', 'resources of a type')

const users = identityOperations('users')
const groups = identityOperations('groups')

export const operations = {
  listUsers: users.list,
  getUser: users.get,
  listUserHistory: users.history,
  getUserAttributes: users.attributes,
  listGroups: groups.list,
  getGroup: groups.get,
  listGroupHistory: groups.history,
  getGroupAttributes: groups.attributes,
  listGroupMembers: groups.members,
  listResources: resourceOperations.list,
  getResource: resourceOperations.get,
  listResourceHistory: resourceOperations.history,
  getResourceAttributes: resourceOperations.attributes,
}

const momentField = (description: string) => atField.meta({ description, example: '2026-03-01T09:30:00Z' })

const timelineQuery = z.object({
  buckets: z.coerce
    .number<number>('Expected a whole number from 1 to 1000.')
    .int('Expected a whole number from 1 to 1000.')
    .min(1, 'Must be at least 1.')
    .max(1000, 'Must be at most 1000.')
    .default(100)
    .meta({ description: 'The number of intervals, all of the same length.', example: 100 }),
  from: momentField("The start, by the tenant's clock; by default, its first resource."),
  until: momentField("The end, by the tenant's clock; by default, now."),
})

const timelineSchema = z
  .object({
    from: timestamp(
      "The start, by the tenant's clock: by default its first resource, or now, if it has none.",
    ),
    until: timestamp("The end, by the tenant's clock: at most now."),
    before: timestamp('The last change before the start, if there is one.').optional(),
    after: timestamp('The first change after the end, if there is one.').optional(),
    buckets: z.array(
      z.object({
        at: timestamp('The start of the interval.'),
        changes: count('Versions and membership changes.', 12),
        last: timestamp('The last change of the interval; absent if there are none.').optional(),
      }),
    ),
  })
  .meta({ id: 'Timeline', description: 'The number of changes in a tenant over time.' })

export type Timeline = z.input<typeof timelineSchema>

export const timelineOperations = describe('timeline', {
  getTimeline: read(
    'GET /tenants/:tenant/timeline',
    'Show the number of changes in a tenant over time',
    returns(timelineSchema, 'The timeline.'),
    {
      description:
        'From its first resource until now, or between two times. `at` of lists and resources shows the directory at any time in between.',
      query: timelineQuery,
      maxConcurrent: 2,
    },
  ),
})
