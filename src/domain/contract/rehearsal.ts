import { z } from 'zod'
import { count, describe, flag, read, returns, text } from './operation.ts'
import { filesSchema } from './preflight.ts'

/** The provisioning clients that can be played against an AWS directory. */
export const rehearsedClients = ['entra', 'okta', 'google', 'ssosync', 'idp-scim-sync'] as const

export const rehearsedClientSchema = z
  .strictObject({
    name: z.enum(rehearsedClients),
    version: z
      .string()
      .regex(/^\d{1,4}\.\d{1,4}(\.\d{1,4})?$/, 'Expected a version such as 2.6.')
      .optional()
      .meta({ description: 'For `ssosync` and `idp-scim-sync`; the newest known one if omitted.' }),
    mapping: text('For `entra`: `aws`, `non-gallery`, or the text of a mapping file.', 'aws').optional(),
    scope: z.enum(['assigned', 'all']).optional().meta({
      description: 'For `entra`. Without it: the assigned objects if the files have assignments.',
    }),
    disabledUnlinked: z.enum(['skip', 'disable']).optional().meta({
      description: 'For `entra`: what happens to disabled users that the job has not matched before.',
    }),
    skipOutOfScopeDeletions: z.boolean().optional().meta({ description: 'For `entra`.' }),
    linked: z.boolean().optional().meta({
      description:
        'For `entra`, `okta` and `google`: the client has run before, so it knows the users and groups with equal names.',
    }),
    app: z.enum(['catalog', 'wizard']).optional().meta({
      description: 'For `okta`: the integration of the catalog, or one of the wizard.',
    }),
    importFirst: z.boolean().optional().meta({ description: 'For `okta`: import users before the push.' }),
    groupLinking: z.enum(['on', 'off']).optional().meta({
      description: 'For `okta`: whether pushed groups are linked to groups of the same name.',
    }),
    update: z.enum(['put', 'patch']).optional().meta({
      description: 'For `google`: whether users are changed by PUT or by PATCH.',
    }),
    deleteAfter: z.enum(['within-24h', '1d', '7d', '30d', 'never']).optional().meta({
      description: 'For `google`: when users who lose access are deleted.',
    }),
    method: z.enum(['groups', 'users_groups']).optional().meta({ description: 'For `ssosync`.' }),
    ignoreUsers: z.array(z.string()).max(10_000).optional().meta({ description: 'For `ssosync`.' }),
    ignoreGroups: z.array(z.string()).max(10_000).optional().meta({ description: 'For `ssosync`.' }),
    retain: z.boolean().optional().meta({
      description: 'For `ssosync`: keep users and groups that are not in Google Workspace.',
    }),
  })
  .meta({ description: 'The client and its settings. Settings of other clients are rejected.' })

export type RehearsedClient = z.output<typeof rehearsedClientSchema>

const inputSchema = z.strictObject({
  files: filesSchema(
    'The directory of the identity provider: for `entra` as for the pre-flight, for the others what `scimulator okta` and `scimulator google` read.',
  ),
  client: rehearsedClientSchema,
  nameId: z.string().max(1000).optional().meta({
    description:
      'The source of the SAML NameID: an attribute, or an expression of Entra ID. The source of `userName` if omitted.',
    example: 'mail',
  }),
  people: z
    .array(z.strictObject({ aws: z.string(), source: z.string() }))
    .max(100_000)
    .optional()
    .meta({ description: 'IDs of users at AWS and in the source that belong to the same person.' }),
  at: z.iso.datetime().optional().meta({
    description: 'When the client is switched on; now if omitted.',
  }),
  horizonDays: z.int().min(1).max(400).optional().meta({
    description: 'How long the client is played; 60 days if omitted.',
  }),
  remedies: z.boolean().optional().meta({
    description: 'Whether remedies are searched, which plays the client several times; true if omitted.',
  }),
  identitySource: z.enum(['external', 'identity-center', 'active-directory']).optional().meta({
    description: 'The identity source of AWS before the change.',
  }),
})

export type RehearsalInput = z.output<typeof inputSchema>

export const userOutcomes = [
  ...(['kept', 'changed', 'created', 'recreated', 'enabled', 'disabled', 'deleted'] as const),
  ...(['refused', 'skipped', 'ambiguous', 'left'] as const),
] as const

export const groupOutcomes = [
  ...(['kept', 'changed', 'renamed', 'created', 'recreated', 'deleted'] as const),
  ...(['refused', 'skipped', 'ambiguous', 'left', 'adopted-foreign'] as const),
] as const

export const membershipOutcomes = ['kept', 'kept-unknown', 'gained', 'lost'] as const

export const accessOutcomes = ['kept', 'lost', 'gained', 'kept-unknown', 'uncertain'] as const

export const lossCauses = [
  ...(['name-id', 'recreated', 'deleted', 'disabled', 'membership'] as const),
  ...(['group-recreated', 'refused', 'not-in-source'] as const),
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
      lose: count('People who lose access.'),
      administratorsLose: count('Those of them who are administrators.'),
      firstLossMinutes: z.number().optional().meta({ description: 'When the first of them loses it.' }),
      causes: countsByName.meta({ description: 'People who lose access, by cause.' }),
      notInSource: count('People with access whom the identity provider does not have.'),
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
        commands: z.array(z.string()).max(1000),
      }),
    ),
    questions: z.array(
      z.object({
        switch: text('A switch of the profile, or an option of the client.', 'letterCase'),
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

const maxRehearsalBytes = 128 * 1024 * 1024

export const operations = describe('migration', {
  rehearse: read(
    'POST /tenants/:tenant/rehearsal',
    'Rehearse a change of the identity provider',
    returns(rehearsalSchema, 'The result.'),
    {
      description:
        'Plays a provisioning client against a copy of the tenant in memory, and reports what happens to users, groups and access. Nothing is changed, and the files are not stored. The limit is 128 MiB.',
      body: inputSchema,
      bodyLimit: maxRehearsalBytes,
      unparsedBody: true,
      maxConcurrent: 1,
      also: [429],
    },
  ),
})
