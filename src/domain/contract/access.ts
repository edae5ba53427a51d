import { z } from 'zod'
import { atField, identityStatusSchema } from './identities.ts'
import { describe, lists, pageQuery, pages, read, text, timestamp } from './operation.ts'

const account = text('The AWS account.', '111122223333')
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

const accessEntrySchema = z
  .object({
    result: z.enum(['access', 'disabled', 'no-principal', 'no-members']).meta({
      description:
        '`access`: the user has access. `disabled`: the user is disabled. `no-principal`: the user or group of the assignment does not exist. `no-members`: the group has no members.',
    }),
    summary: text('The entry in one sentence.'),
    account,
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
  at: atField,
})

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
        'Of one user, group, account or permission set, of a combination of them, or of all. With `at`, at an earlier time.',
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
    lists(z.object({ account }), 'The accounts, at most 1000.'),
    { query: z.object({ at: atField }) },
  ),
  listPermissionSets: read(
    'GET /tenants/:tenant/access/permission-sets',
    'List the permission sets',
    lists(permissionSetSchema, 'The permission sets by name, at most 1000.'),
    { query: z.object({ at: atField }) },
  ),
})
