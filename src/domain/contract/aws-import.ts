import * as z from 'zod'
import { count, creates, describe, flag, isoTimestamp, read, returns, text, write } from './operation.ts'
import { tenantSchema } from './tenants.ts'

export const maxImportBytes = 256 * 1024 * 1024

/** A body that a handler reads as bytes. */
export const fileSchema = (description: string): z.ZodType<unknown, Blob> =>
  z.any().meta({ type: 'string', format: 'binary', description })

const statement = z.object({
  id: text('What it is about; stable across releases.', 'members-unknown'),
  text: text('The statement as text.'),
  count: count('The number of objects.'),
  ids: z.array(z.string()).max(100).meta({ description: 'The IDs of up to 100 of them.' }),
})

const countsSchema = z.object({
  users: count('All users.'),
  disabledUsers: count('Users whose status is DISABLED.'),
  groups: count('All groups.'),
  memberships: count('Memberships of users in groups.'),
  permissionSets: count('All permission sets.'),
  assignments: count('Account assignments.'),
  orphanedAssignments: count('Account assignments whose user or group does not exist.'),
  accounts: count('Accounts with assignments.'),
  applicationAssignments: count('Assignments of applications, which are kept for reports only.'),
  usersWithoutGroups: count('Users without a group.'),
  groupsWithoutMembers: count('Groups without a member.'),
  groupsWithoutAssignments: count('Groups without an account assignment.'),
})

const originsSchema = z
  .object({
    scim: count('Created by a provisioning client.'),
    manual: count('Created by hand, or by another tool.'),
    controlTower: count('Groups with a name that AWS Control Tower uses.'),
    unknown: count('The export does not say.'),
  })
  .meta({ description: 'What created the users and groups, inferred from authors and external IDs.' })

export const importResultSchema = z
  .object({
    import: z.literal(1).meta({ description: 'The version of this format.' }),
    store: text('The ID of the identity store.', 'd-9067a1b2c3'),
    instance: text('The ARN of the instance.', 'arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6'),
    account: text('The account that owns the instance.', '123456789012'),
    source: z.enum(['files', 'archive', 'live', 'tenant']),
    name: text('The folder or archive.', 'aws-export.zip'),
    started: isoTimestamp('When the export began.').optional(),
    finished: isoTimestamp('When the export ended.').optional(),
    complete: flag('Whether the export says that it is complete; absent if it says nothing.').optional(),
    counts: countsSchema,
    origins: originsSchema,
    issuers: z
      .array(z.object({ issuer: z.string(), count: z.int() }))
      .max(20)
      .meta({ description: 'The issuers of external IDs, the most frequent first.' }),
    unknown: z.array(statement).meta({ description: 'What the export does not contain.' }),
    evidence: z
      .array(
        statement.extend({
          rule: text('The rule of the profile.', 'aws/email-required'),
          switch: text('The switch that decides the rule.', 'email').optional(),
          value: text('The value of the switch under which AWS would accept these objects.').optional(),
        }),
      )
      .meta({ description: 'Objects that AWS has, although the profile would reject them.' }),
    notes: z.array(z.string()).max(1000).meta({ description: 'What was left out or assumed.' }),
  })
  .meta({ id: 'ImportResult', description: 'The contents of an imported AWS directory.' })

export type ImportResult = z.output<typeof importResultSchema>

const principalSchema = z.object({ type: z.enum(['User', 'Group']), id: z.string() })

/** As it is stored with a tenant, and in session files. Times are milliseconds since 1970. */
export const importedDirectorySchema = z.object({
  instance: z.object({
    store: z.string().max(64),
    arn: z.string().max(256),
    account: z.string().max(12),
    region: z.string().max(64).exactOptional(),
    name: z.string().max(256).exactOptional(),
    /** The issuer of the external IDs that SCIM shows and writes. */
    issuer: z.string().max(1000).exactOptional(),
  }),
  at: z.int().nonnegative(),
  /** Names by account. */
  accounts: z.record(z.string(), z.string()),
  /** For reports only. */
  applications: z
    .array(z.object({ application: z.string().max(256), principal: principalSchema }))
    .max(10_000)
    .readonly(),
  result: importResultSchema,
})

const toggle = (description: string) => z.stringbool().optional().meta({ description })

export const operations = describe('migration', {
  importDirectory: write(
    'POST /tenants/import',
    'Import an AWS directory',
    creates(z.object({ tenant: tenantSchema, result: importResultSchema }), 'The tenant.'),
    {
      description:
        'The body is a zip, tar or tar.gz file of the JSON that the AWS CLI printed, up to 256 MiB. All of it is imported, or nothing. The tenant has the IDs, times, permission sets and account assignments of AWS. It is read-only unless `working` is true.',
      query: z.object({
        id: text('The ID of the tenant; the ID of the identity store if omitted.', 'acme').optional(),
        working: toggle('Create a tenant that clients may change.'),
        fitSwitches: toggle('Set the switches of the profile to the values of `evidence`.'),
        allowMissing: toggle('Skip memberships of users or groups that the export does not have.'),
        allowEqualDuplicates: toggle('Accept an object that occurs twice with equal content.'),
        maxObjects: z.coerce.number<number>().int().min(1).max(1_000_000).optional().meta({
          description: 'The most users, and the most groups, that are accepted; 100,000 if omitted.',
        }),
        instance: text('The ARN of the instance, if the export has several.').optional(),
        scimTenant: text(
          'The ID of the SCIM endpoint whose external IDs SCIM shows, if there are several.',
        ).optional(),
        name: z.string().max(200).optional().meta({ description: 'The name of the file, for the result.' }),
      }),
      body: fileSchema('The archive.'),
      consumes: 'application/octet-stream',
      bodyLimit: maxImportBytes,
      maxConcurrent: 1,
      changes: 'tenants',
      also: [409, 429],
    },
  ),
  getImport: read(
    'GET /tenants/:tenant/import',
    'Show what was imported',
    returns(importResultSchema, 'The result of the import.'),
  ),
})
