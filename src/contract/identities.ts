import { z } from 'zod'
import { operation, pageQuery, pageSchema, type Tag, tags, tenantParams, timestamp } from './operation.ts'

const causeSchema = z
  .object({
    action: z.string().meta({ description: 'What the client did, in plain words.', example: 'disable user' }),
    token: z.string().optional().meta({
      description: 'The ending of the token it used; absent where the token is too short to show one.',
      example: 'x7Q=',
    }),
    replay: z.literal(true).optional().meta({ description: 'The console had sent the request again.' }),
  })
  .meta({ id: 'Cause', description: 'What caused a change, as long as the journal knows its exchange.' })

export type Cause = z.output<typeof causeSchema>

export const differenceSchema = z
  .object({
    path: z.string().meta({ description: 'As PATCH would name it.', example: 'name.givenName' }),
    kind: z.enum(['added', 'removed', 'changed']),
    before: z.unknown().optional().meta({ description: 'Absent for what was added.', example: 'Anna' }),
    after: z.unknown().optional().meta({ description: 'Absent for what was removed.', example: 'Anne' }),
  })
  .meta({ id: 'Difference', description: 'What is different at one place of a resource.' })

export type Difference = z.output<typeof differenceSchema>

export const identityStatusSchema = z.enum(['active', 'disabled', 'retained', 'removed']).meta({
  description:
    '`retained`: its client deleted it, and a disabled record is kept until it is purged. `removed`: nothing but history is left.',
  example: 'active',
})

export type IdentityStatus = z.output<typeof identityStatusSchema>

export const relatedSchema = z
  .object({
    id: z.string(),
    type: z.string().optional().meta({
      description: 'The type of the resource; absent when no such resource exists.',
      example: 'User',
    }),
    display: z.string().optional().meta({ example: 'Anna Berg' }),
  })
  .meta({ id: 'Related', description: 'A group, or the member of one.' })

export type Related = z.output<typeof relatedSchema>

export const documentSchema = z.record(z.string(), z.unknown()).meta({
  description: 'The SCIM resource, without `meta` and without members or groups.',
})

const exchangeId = z.string().optional().meta({
  description: 'The exchange that did it: GET /api/v1/exchanges/{id}. Absent for what the console did.',
})

const identityFields = {
  id: z.string().meta({ example: '94482488-5041-7061-1b47-c0e0b6b2a1f8' }),
  type: z.string().meta({ example: 'User' }),
  status: identityStatusSchema,
  label: z.string().meta({ description: 'What clients call it by.', example: 'anna@example.com' }),
  display: z.string().meta({ description: 'What people call it.', example: 'Anna Berg' }),
  versions: z.int().meta({ description: 'The number of versions in its history.', example: 3 }),
  firstSeen: timestamp("Its creation, by the tenant's clock."),
  lastWritten: timestamp("Its last change, by the tenant's clock."),
  lastSeen: timestamp("The last request about it, by the tenant's clock."),
  groups: z.array(relatedSchema).meta({ description: 'The groups it is in, or was in when it was deleted.' }),
  origin: z
    .object({ exchange: z.string(), cause: causeSchema.optional() })
    .optional()
    .meta({ description: 'The exchange that made it, and what the journal knows of it.' }),
  deleted: z
    .object({ at: timestamp("When its client deleted it, by the tenant's clock."), exchange: exchangeId })
    .optional(),
  predecessor: z.string().optional().meta({ description: 'The id of the earlier one of the same name.' }),
  successor: z.string().optional().meta({ description: 'The id of the later one of the same name.' }),
}

export const identitySchema = z
  .object(identityFields)
  .meta({ id: 'Identity', description: 'A user or a group, also one that its client has deleted.' })

export type Identity = z.output<typeof identitySchema>

const identityWithDocumentSchema = z.object({ ...identityFields, document: documentSchema.optional() }).meta({
  id: 'IdentityWithDocument',
  description: 'A user or a group, with its SCIM resource unless it is removed.',
})

export type IdentityWithDocument = z.output<typeof identityWithDocumentSchema>

const historyEntrySchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('version'),
      version: z.int(),
      action: z.enum(['created', 'changed', 'deleted', 'purged']),
      at: timestamp("By the tenant's clock."),
      exchange: exchangeId,
      cause: causeSchema.optional(),
      document: documentSchema.optional(),
      differences: z.array(differenceSchema).meta({
        description:
          'Against the version before; all of it for the first one, nothing where only memberships changed.',
      }),
    }),
    z.object({
      kind: z.literal('membership'),
      event: z.enum(['added', 'removed']),
      at: timestamp("By the tenant's clock."),
      exchange: exchangeId,
      cause: causeSchema.optional(),
      group: relatedSchema,
      member: relatedSchema,
    }),
  ])
  .meta({ id: 'HistoryEntry', description: 'One change of an identity or of its memberships.' })

export type HistoryEntry = z.output<typeof historyEntrySchema>

const valueSchema = z.object({
  at: timestamp("Since when, by the tenant's clock."),
  version: z.int().meta({ example: 2 }),
  value: z.unknown().optional().meta({ description: 'Absent when the attribute was taken away.' }),
  exchange: exchangeId,
})

const attributeHistorySchema = z
  .object({
    items: z.array(
      z.object({
        path: z.string().meta({ description: 'As PATCH would name it.', example: 'name.givenName' }),
        values: z.array(valueSchema).meta({ description: 'The values it had, newest first.' }),
      }),
    ),
  })
  .meta({ id: 'AttributeHistory', description: 'What became of each attribute of a resource.' })

export type AttributeHistory = z.output<typeof attributeHistorySchema>

const atFormatMessage = 'Give a time with its zone: 2026-03-01T09:30:00Z.'

/** For the query of what can be shown as it was. */
const atField = z.iso.datetime({ offset: true, error: atFormatMessage }).optional().meta({
  description: "The moment that is shown, by the tenant's clock; left out, it is now.",
  example: '2026-03-01T09:30:00Z',
})

const atQuery = z.object({ at: atField })

const membersQuery = pageQuery.extend({ at: atField })

const identityQuery = membersQuery.extend({
  status: identityStatusSchema.optional(),
  text: z.string().min(1, 'Leave it out to see all.').optional().meta({
    description: 'Part of the label or of the display name, whatever the case.',
    example: 'anna',
  }),
})

const identityParams = tenantParams.extend({
  id: z.string().meta({ description: 'The id of the resource.' }),
})

export type AtQuery = z.output<typeof atQuery>
export type MembersQuery = z.output<typeof membersQuery>
export type IdentityQuery = z.output<typeof identityQuery>

/**
 * The operations on the resources of one type: `identityOperations('users')`. A collection without a tag of its own
 * is described among the resources.
 */
export function identityOperations<const Collection extends string>(collection: Collection) {
  const path = `/tenants/:tenant/${collection}` as const
  const tag: Tag = isTag(collection) ? collection : 'resources'
  return {
    list: operation({
      method: 'GET',
      path,
      summary: `List the ${collection} of a tenant`,
      description: 'Also those that their client has deleted; with `at` those that existed at that moment.',
      tags: [tag],
      params: tenantParams,
      query: identityQuery,
      response: {
        status: 200,
        description: `The ${collection}, newest first.`,
        schema: pageSchema(identitySchema),
      },
      problems: [400, 404],
    }),
    show: operation({
      method: 'GET',
      path: `${path}/:id` as const,
      summary: `Show one of the ${collection} with its SCIM resource`,
      tags: [tag],
      params: identityParams,
      query: atQuery,
      response: {
        status: 200,
        description: `One of the ${collection}.`,
        schema: identityWithDocumentSchema,
      },
      problems: [400, 404],
    }),
    history: operation({
      method: 'GET',
      path: `${path}/:id/history` as const,
      summary: `List the versions and membership changes of one of the ${collection}`,
      tags: [tag],
      params: identityParams,
      query: pageQuery,
      response: {
        status: 200,
        description: 'The changes, newest first.',
        schema: pageSchema(historyEntrySchema),
      },
      problems: [400, 404],
    }),
    attributes: operation({
      method: 'GET',
      path: `${path}/:id/attributes` as const,
      summary: `Tell what became of each attribute of one of the ${collection}`,
      description: 'The values that each attribute had, with the version and the exchange that brought them.',
      tags: [tag],
      params: identityParams,
      response: {
        status: 200,
        description: 'The attributes in the order in which they came.',
        schema: attributeHistorySchema,
      },
      problems: [404],
    }),
    /** For types with members only. */
    members: operation({
      method: 'GET',
      path: `${path}/:id/members` as const,
      summary: `List the members of one of the ${collection}`,
      description: 'Also under profiles that never show members over SCIM.',
      tags: [tag],
      params: identityParams,
      query: membersQuery,
      response: { status: 200, description: 'The members.', schema: pageSchema(relatedSchema) },
      problems: [400, 404],
    }),
  }
}

const isTag = (name: string): name is Tag => Object.hasOwn(tags, name)

const type = z.string().meta({ description: 'The name of the resource type.', example: 'Device' })
const typeParams = tenantParams.extend({ type })
const resourceParams = identityParams.extend({ type })

const users = identityOperations('users')
const groups = identityOperations('groups')

export const operations = {
  listUsers: users.list,
  showUser: users.show,
  listHistoryOfUser: users.history,
  listAttributesOfUser: users.attributes,
  listGroups: groups.list,
  showGroup: groups.show,
  listHistoryOfGroup: groups.history,
  listAttributesOfGroup: groups.attributes,
  listMembersOfGroup: groups.members,
  listResources: operation({
    method: 'GET',
    path: '/tenants/:tenant/resources/:type',
    summary: 'List the resources of one type',
    description:
      'Of any type, also of one that the tenant declares; also those that their client has deleted.',
    tags: ['resources'],
    params: typeParams,
    query: identityQuery,
    response: {
      status: 200,
      description: 'The resources, newest first.',
      schema: pageSchema(identitySchema),
    },
    problems: [400, 404],
  }),
  showResource: operation({
    method: 'GET',
    path: '/tenants/:tenant/resources/:type/:id',
    summary: 'Show a resource of any type with its SCIM document',
    tags: ['resources'],
    params: resourceParams,
    query: atQuery,
    response: { status: 200, description: 'The resource.', schema: identityWithDocumentSchema },
    problems: [400, 404],
  }),
  listHistoryOfResource: operation({
    method: 'GET',
    path: '/tenants/:tenant/resources/:type/:id/history',
    summary: 'List the versions of a resource of any type',
    tags: ['resources'],
    params: resourceParams,
    query: pageQuery,
    response: {
      status: 200,
      description: 'The changes, newest first.',
      schema: pageSchema(historyEntrySchema),
    },
    problems: [400, 404],
  }),
  listAttributesOfResource: operation({
    method: 'GET',
    path: '/tenants/:tenant/resources/:type/:id/attributes',
    summary: 'Tell what became of each attribute of a resource of any type',
    description: 'The values that each attribute had, with the version and the exchange that brought them.',
    tags: ['resources'],
    params: resourceParams,
    response: {
      status: 200,
      description: 'The attributes in the order in which they came.',
      schema: attributeHistorySchema,
    },
    problems: [404],
  }),
}
