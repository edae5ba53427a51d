import * as z from 'zod'
import { accessDefects } from '../access-review.ts'
import { atField, identityStatusSchema } from './identities.ts'
import { count, describe, lists, pageQuery, pages, read, returns, text, timestamp } from './operation.ts'

const account = text('The AWS account.', '111122223333')
const accountName = text(
  'The name of the account, if the tenant was imported from AWS.',
  'Production',
).optional()
const exchange = text('The exchange that created it, which may have been pruned from the journal.').optional()

const principalSchema = z.object({
  type: z.enum(['User', 'Group']),
  id: z.string(),
  name: text('Its name, or the last known one.', 'Sysadmins'),
})

const permissionSetRefSchema = z.object({
  id: z.string().meta({ example: 'ps-0123456789abcdef' }),
  arn: z.string(),
  name: z.string().meta({ example: 'ReadOnly' }),
})

const defectSchema = z.enum(accessDefects).meta({
  description:
    '`disabled`: the user is disabled, and has the access again once enabled. `deleted`: the user or group of the assignment was deleted. `missing`: nothing is known of the user or group of the assignment. `cannot-sign-in`: AWS would reject the sign-in of the user, as the sign-in check explains.',
})

const accessEntrySchema = z
  .object({
    result: z.enum(['access', 'disabled', 'no-principal', 'no-members']).meta({
      description:
        '`access`: the user has access. `disabled`: the user is disabled. `no-principal`: the user or group of the assignment does not exist. `no-members`: the group has no members.',
    }),
    defect: defectSchema.optional().meta({
      description: 'Why the assignment should not be there; absent if nothing speaks against it.',
    }),
    summary: text('The entry in one sentence.'),
    account,
    accountName,
    permissionSet: permissionSetRefSchema,
    principal: principalSchema.meta({
      description: 'The user or group that the account is assigned to.',
    }),
    user: z
      .object({
        id: z.string(),
        name: text('The user name.', 'marge'),
        display: z.string(),
        status: identityStatusSchema.extract(['active', 'disabled']),
      })
      .optional()
      .meta({ description: 'The user with access; absent if the assignment has no user.' }),
    joined: timestamp("When the user joined the group, by the tenant's clock.").optional(),
    assignment: z.object({
      id: z.string(),
      created: timestamp("By the tenant's clock."),
      exchange,
    }),
  })
  .meta({ id: 'AccessEntry', description: 'A user with access to an account through one assignment.' })

export type AccessEntry = z.input<typeof accessEntrySchema>

const accessQuery = pageQuery.extend({
  user: z.string().min(1).optional().meta({ description: 'The ID or the name of a user.', example: 'marge' }),
  group: z.string().min(1).optional().meta({ description: 'The ID or the name of a group.' }),
  account: z
    .string()
    .regex(/^\d{12}$/, 'Expected the 12 digits of an AWS account.')
    .optional()
    .meta({ description: 'An AWS account.', example: '111122223333' }),
  permissionSet: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The ID, ARN or name of a permission set.' }),
  shouldNot: z
    .enum(['any', ...accessDefects])
    .optional()
    .meta({ description: 'Only entries that should not be there, for any reason or for one.' }),
  at: atField,
})

const accessSummarySchema = z
  .object({
    total: count('Entries in all, as the list of access has them.', 7888),
    defects: z
      .record(z.enum(accessDefects), z.int().nonnegative())
      .meta({ description: 'Entries that should not be there, by reason.' }),
    accounts: z
      .array(
        z.object({
          account,
          name: accountName,
          people: count('Different users. A user or group that does not exist counts as one.'),
        }),
      )
      .meta({ description: 'The accounts with assignments, in ascending order.' }),
    permissionSets: z
      .array(permissionSetRefSchema)
      .meta({ description: 'The permission sets that are assigned, by name.' }),
    cells: z
      .array(
        z.object({
          account,
          permissionSet: z.string().meta({ description: 'The ID of the permission set.' }),
          people: count('Different users, counted in the same way.'),
          defects: count('Those of them that should not have the access.'),
        }),
      )
      .meta({ description: 'Each account with each permission set that is assigned in it.' }),
  })
  .meta({
    id: 'AccessSummary',
    description: 'How many have access to which account, and how many should not.',
  })

export type AccessSummary = z.input<typeof accessSummarySchema>

const danglingAssignmentSchema = z
  .object({
    account,
    permissionSet: permissionSetRefSchema,
    principal: principalSchema.meta({ description: 'The user or group that does not exist.' }),
    deleted: timestamp("When the user or group was deleted, by the tenant's clock.").optional(),
    successor: text('The ID of the later user or group with the same name.').optional(),
    assignment: z.object({
      id: z.string(),
      created: timestamp("By the tenant's clock."),
      exchange,
    }),
    command: text('The AWS CLI command that deletes the assignment.'),
  })
  .meta({
    id: 'DanglingAssignment',
    description: 'An account assignment of a user or group that does not exist.',
  })

export type DanglingAssignment = z.input<typeof danglingAssignmentSchema>

const permissionSetSchema = permissionSetRefSchema
  .extend({
    description: z.string().optional(),
    sessionDuration: z.string().optional().meta({ example: 'PT8H' }),
    created: timestamp("By the tenant's clock."),
  })
  .meta({ id: 'PermissionSet', description: 'A permission set.' })

export type PermissionSet = z.input<typeof permissionSetSchema>

export const operations = describe('access', {
  listAccess: read(
    'GET /tenants/:tenant/access',
    'Show who has access to which AWS account, through which group and assignment',
    pages(accessEntrySchema, 'An entry per user and assignment, in order of the assignments.', accessQuery),
    {
      description:
        'Of one user, group, account or permission set, of a combination of them, or of all. With `at`, at an earlier time. With `shouldNot`, only those that should not be there.',
    },
  ),
  summarizeAccess: read(
    'GET /tenants/:tenant/access/summary',
    'Count who has access to which AWS account, and who should not',
    returns(accessSummarySchema, 'The counts.'),
    {
      description: 'Disabled users count among those who should not: enabling them restores the access.',
      query: z.object({ at: atField }),
      maxConcurrent: 2,
    },
  ),
  listDanglingAssignments: read(
    'GET /tenants/:tenant/access/dangling',
    'List account assignments of users and groups that do not exist',
    pages(danglingAssignmentSchema, 'The assignments, oldest first.'),
    {
      description:
        'AWS keeps the assignments of deleted users and groups. One that is created again gets none of them.',
      also: [429],
    },
  ),
  listAccounts: read(
    'GET /tenants/:tenant/access/accounts',
    'List the AWS accounts that are assigned to users and groups',
    lists(z.object({ account, name: accountName }), 'The accounts, at most 1000.'),
    { query: z.object({ at: atField }) },
  ),
  listPermissionSets: read(
    'GET /tenants/:tenant/access/permission-sets',
    'List the permission sets',
    lists(permissionSetSchema, 'The permission sets by name, at most 1000.'),
    { query: z.object({ at: atField }) },
  ),
})
