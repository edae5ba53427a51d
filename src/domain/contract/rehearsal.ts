import * as z from 'zod'
import { count, describe, flag, read, returns, text } from './operation.ts'
import { filesSchema } from './preflight.ts'

/** The provisioning clients that can be played against an AWS directory. */
export const rehearsedClients = ['entra', 'okta', 'google', 'ssosync', 'idp-scim-sync'] as const

const setting = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema.optional().meta({ description })

const names = z.array(z.string()).max(10_000)
export const clientVersion = z
  .string()
  .regex(/^\d{1,4}\.\d{1,4}(\.\d{1,4})?$/, 'Expected a version such as 2.6.')

const clientSchema = z
  .strictObject({
    name: z.enum(rehearsedClients),
    version: setting(clientVersion, 'Of `ssosync` and `idp-scim-sync`; the newest known one if omitted.'),
    mapping: setting(
      z.string(),
      'Of `entra`: `aws`, `non-gallery`, or the text of a mapping file or of a provisioning schema of Entra ID.',
    ),
    scope: setting(z.enum(['assigned', 'all']), 'Of `entra`; `assigned` if the files have assignments.'),
    disabledUnlinked: setting(z.enum(['skip', 'disable']), 'Of `entra`: disabled users it has not matched.'),
    skipOutOfScopeDeletions: setting(z.boolean(), 'Of `entra`.'),
    linked: setting(z.boolean(), 'Whether the client has run before, and knows what has equal names.'),
    app: setting(z.enum(['catalog', 'wizard']), 'Of `okta`: the app of the catalog, or of the wizard.'),
    importFirst: setting(z.boolean(), 'Of `okta`: import users before the push.'),
    groupLinking: setting(z.enum(['on', 'off']), 'Of `okta`: link groups to those of the same name.'),
    update: setting(z.enum(['put', 'patch']), 'Of `google`: how users are changed.'),
    deleteAfter: setting(
      z.enum(['within-24h', '1d', '7d', '30d', 'never']),
      'Of `google`: when users who lose access are deleted.',
    ),
    method: setting(z.enum(['groups', 'users_groups']), 'Of `ssosync`.'),
    ignoreUsers: setting(names, 'Of `ssosync`.'),
    ignoreGroups: setting(names, 'Of `ssosync`.'),
    retain: setting(z.boolean(), 'Of `ssosync`: keep what Google Workspace does not have.'),
  })
  .meta({ description: 'The client and its settings.' })

export type RehearsedClient = z.output<typeof clientSchema>

export const rehearsalInputSchema = z.strictObject({
  files: filesSchema(
    'The directory of the identity provider: for `entra` as for the pre-flight, for the others what `scimulator okta` and `scimulator google` read.',
  ),
  client: clientSchema,
  nameId: setting(
    z.string().max(1000),
    'The source of the SAML NameID: an attribute, or an expression of Entra ID; that of `userName` if omitted.',
  ),
  people: setting(
    z.array(z.strictObject({ aws: z.string(), source: z.string() })).max(100_000),
    'IDs or names of users at AWS and in the source that belong to the same person.',
  ),
  at: setting(z.iso.datetime(), 'When the client is switched on; now if omitted.'),
  horizonDays: setting(z.int().min(1).max(400), 'How long the client is played; 60 days if omitted.'),
  remedies: setting(z.boolean(), 'Whether remedies are played, too; true if omitted.'),
  identitySource: setting(
    z.enum(['external', 'identity-center', 'active-directory']),
    'The identity source of AWS before the change.',
  ),
})

export type RehearsalInput = z.output<typeof rehearsalInputSchema>

const userOutcomes = [
  ...(['kept', 'changed', 'created', 'recreated', 'enabled', 'disabled', 'deleted'] as const),
  ...(['refused', 'skipped', 'ambiguous', 'left'] as const),
] as const

const accessOutcomes = ['kept', 'lost', 'gained', 'kept-unknown', 'uncertain'] as const

const lossCauses = [
  ...(['name-id', 'recreated', 'deleted', 'disabled', 'membership'] as const),
  ...(['group-recreated', 'refused', 'not-in-source', 'disabled-in-source'] as const),
] as const

const requestSchema = z.object({
  method: z.string(),
  path: z.string(),
  status: z.int(),
  detail: text('The detail of a SCIM error.').optional(),
  rule: text('The rule of the profile that rejects it.', 'aws/email-required').optional(),
  cycle: z.int().meta({ description: 'The number of the cycle, from 0.' }),
})

const objectSchema = z.object({
  type: z.enum(['User', 'Group']),
  aws: text('The ID at AWS before the change; absent for what the client creates.').optional(),
  awsName: text('`userName` or `displayName` at AWS.').optional(),
  source: text('The ID at the identity provider.').optional(),
  sourceName: z.string().optional(),
  outcome: z.enum([...userOutcomes, 'renamed', 'adopted-foreign']),
  person: z.enum(['certain', 'likely', 'possible']).optional().meta({
    description:
      'Why both are the same: `certain` by the client, `people`, external ID or name, `likely` by an address, `possible` by a person’s name.',
  }),
  enabled: flag('Whether the user was enabled at AWS.').optional(),
  matchedBy: text('How the client found the object.', 'userName').optional(),
  changes: z
    .array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }))
    .optional(),
  reason: text('Why the client does not send it, or AWS rejects it.').optional(),
  requests: z.array(requestSchema).max(12),
  remedy: text('The ID of a remedy that helps.').optional(),
  uncertain: z
    .array(z.object({ switch: z.string(), value: z.string(), outcome: z.string() }))
    .optional()
    .meta({ description: 'The outcome under other answers of AWS, where they matter.' }),
})

export type ObjectOutcome = z.output<typeof objectSchema>

const accessSchema = z.object({
  person: text('The name of the person.'),
  source: text('Her ID at the identity provider.').optional(),
  user: text('The ID of her user at AWS before the change; empty if she had none.'),
  account: text('The AWS account.', '111122223333'),
  accountName: z.string().optional(),
  permissionSet: text('The name of the permission set.', 'AdministratorAccess'),
  via: text('The group that is assigned; empty for an assignment of the user.', 'aws-admins'),
  before: z.boolean(),
  after: z.boolean(),
  outcome: z.enum(accessOutcomes),
  cause: z.enum(lossCauses).optional(),
  from: z.number().optional().meta({ description: 'Minutes after the switch when she loses it.' }),
  until: z.number().optional().meta({ description: 'When she has it again; absent if never.' }),
  sessionsUntil: text('How long open sessions last.', 'PT8H').optional(),
  remedy: text('The ID of a remedy that helps.').optional(),
})

export type AccessOutcome = z.output<typeof accessSchema>

const countsByName = z.record(z.string(), z.int())

export const rehearsalSchema = z
  .object({
    rehearsal: z.literal(1).meta({ description: 'The version of this format.' }),
    client: text('The client with its settings.', 'Microsoft Entra ID, mapping aws'),
    directory: text('The AWS directory.', 'd-9067a1b2c3'),
    stopped: text('Why nothing was played.').optional(),
    summary: z.object({
      provisioned: count('Users of the source that the client provisions.'),
      isAccessKnown: z.boolean().meta({
        description: 'Whether the assignments, and the members of groups that have some, are known.',
      }),
      lose: count('People who lose access.'),
      administratorsLose: count('Those of them who are administrators.'),
      firstLossMinutes: z.number().optional().meta({ description: 'When the first of them loses it.' }),
      causes: countsByName.meta({ description: 'People who lose access, by cause.' }),
      notInSource: count('People with access whom the identity provider does not have.'),
      disabledInSource: count('People with access who are disabled or deleted at the identity provider.'),
      gain: count('People who gain access.'),
      keptUnknown: count('People who keep access by memberships that the client does not know.'),
      users: countsByName.meta({ description: 'Users by outcome.' }),
      groups: countsByName.meta({ description: 'Groups by outcome.' }),
      memberships: countsByName.meta({ description: 'Memberships by outcome.' }),
      orphanedBefore: count('Assignments without a user or group before.'),
      orphanedAfter: count('The same after the change.'),
      uncertain: count('People whose access depends on how AWS answers.'),
    }),
    cycles: z.array(
      z.object({
        atMinutes: z.number(),
        requests: z.int(),
        writes: z.int(),
        seconds: z.number().meta({ description: 'Its duration at the pace of the client.' }),
      }),
    ),
    people: z.array(accessSchema).meta({ description: 'Access, losses first, without what is kept.' }),
    peopleOmitted: z.int(),
    objects: z.array(objectSchema).meta({ description: 'Users and groups that are not just kept.' }),
    objectsOmitted: z.int(),
    remedies: z.array(
      z.object({
        id: text('The kind of the remedy.', 'match-mail'),
        text: text('What to change, and where.'),
        loseBefore: count('People who lose access without it.'),
        loseAfter: count('The same in a play with it.'),
        helps: count('The difference.'),
        refusedBefore: count('Users and groups that AWS rejects without it.'),
        refusedAfter: count('The same in a play with it.'),
        commands: z.array(z.string()).max(1000),
      }),
    ),
    questions: z.array(
      z.object({
        switch: text('A switch of the profile, an option of the client, or `listOrder`.', 'letterCase'),
        values: z.array(z.string()),
        lose: countsByName.meta({ description: 'People who lose access, by value.' }),
        text: text('What is not known, and how to find out.'),
      }),
    ),
    unknown: z.array(z.string()).meta({ description: 'What the export does not contain.' }),
    notes: z.array(z.string()),
    warnings: z.array(z.string()).meta({ description: 'What was ignored when the files were read.' }),
  })
  .meta({
    id: 'Rehearsal',
    description: 'What a change of the identity provider would do to an AWS directory.',
  })

export type Rehearsal = z.output<typeof rehearsalSchema>

/** What `scimulator rehearse --fail-on` names. */
export const rehearsalFailures = ['lost', 'refused', 'gained', 'kept-unknown', 'left', 'deleted'] as const

export type RehearsalFailure = (typeof rehearsalFailures)[number]

export const maxRehearsalBytes = 128 * 1024 * 1024

export const operations = describe('migration', {
  rehearse: read(
    'POST /tenants/:tenant/rehearsal',
    'Rehearse a change of the identity provider',
    returns(rehearsalSchema, 'The result.'),
    {
      description:
        'Plays a provisioning client against a copy of the tenant in memory, and reports what happens to users, groups and access. Nothing is changed, and the files are not stored. The limit is 128 MiB.',
      body: rehearsalInputSchema,
      bodyLimit: maxRehearsalBytes,
      unparsedBody: true,
      maxConcurrent: 1,
      also: [429],
    },
  ),
})
