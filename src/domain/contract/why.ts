import * as z from 'zod'
import { identityStatusSchema, relatedResourceSchema } from './identities.ts'
import { describe, flag, isoTimestamp, read, returns, text } from './operation.ts'

const stateSchema = z.enum([...identityStatusSchema.options, 'never-existed']).meta({
  description: 'The status, or `never-existed`.',
  example: 'disabled',
})

const subjectSchema = z.object({
  id: text('Absent if no such resource existed.').optional(),
  type: z.string().meta({ example: 'User' }),
  label: z.string().meta({ example: 'barney.gumble@springfield.example' }),
  display: z.string().meta({ example: 'Barney Gumble' }),
})

export type WhySubject = z.output<typeof subjectSchema>

const requestSchema = z
  .object({
    at: isoTimestamp("By the tenant's clock."),
    effect: z
      .enum([
        'created',
        'enabled',
        'disabled',
        'joined',
        'left',
        'deleted',
        'group-deleted',
        'purged',
        'refused',
      ])
      .meta({ description: 'What it did to the resource.' }),
    group: relatedResourceSchema.optional().meta({ description: 'The group of a membership.' }),
    source: z.enum(['scim', 'identity-store', 'console', 'import']).meta({
      description:
        '`console`: by a person or a script at the console, without a request of a client. `import`: at AWS, before the directory was imported.',
    }),
    exchange: text('GET /api/v1/exchanges/{id}. Absent for changes made in the console.').optional(),
    recorded: flag('Whether the journal still has the exchange.'),
    action: text('As text.', 'disable user').optional(),
    method: z.string().optional().meta({ example: 'PATCH' }),
    status: z.int().optional().meta({ example: 204 }),
    token: text('The last characters of its access token.').optional(),
    accessKey: text('The access key of the AWS API.').optional(),
    cycle: text('The cycle of the client.').optional(),
  })
  .meta({ id: 'CausingRequest', description: 'A request that contributed to the state.' })

export type CausingRequest = z.output<typeof requestSchema>

const groupsField = z.array(relatedResourceSchema)

const reasonSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('created') }),
    z.object({ kind: z.literal('created-disabled') }),
    z.object({
      kind: z.literal('enabled'),
      joined: groupsField.meta({ description: 'The groups that it joined in the same cycle.' }),
    }),
    z.object({
      kind: z.literal('left-last-group'),
      groups: groupsField.meta({ description: 'The groups that it left in the same cycle.' }),
      deleted: flag('Whether these groups were deleted.'),
    }),
    z.object({
      kind: z.literal('disabled'),
      memberOf: groupsField.meta({ description: 'Its groups when the cycle was over.' }),
    }),
    z.object({
      kind: z.literal('deleted'),
      disabledSince: isoTimestamp('Since when it had been disabled.').optional(),
    }),
    z.object({
      kind: z.literal('purged'),
      deletedAt: isoTimestamp('The deletion by the client.').optional(),
    }),
    z.object({
      kind: z.literal('refused'),
      status: z.int().meta({ example: 400 }),
      rule: text('The rule that it violates.').optional(),
      detail: text('The detail of the error response.').optional(),
    }),
    z.object({ kind: z.literal('no-request') }),
    z.object({ kind: z.literal('not-recorded') }),
  ])
  .meta({
    id: 'WhyReason',
    description:
      'Why it has the state. `left-last-group`, `enabled` and `disabled` relate requests of the same cycle; the client does not state its reason. `not-recorded`: the change is older than the history that was read.',
  })

export type WhyReason = z.output<typeof reasonSchema>

const periodFields = {
  from: isoTimestamp("By the tenant's clock."),
  until: isoTimestamp('Absent if it lasts.').optional(),
}

const membershipPeriodSchema = z.object({
  group: relatedResourceSchema,
  ...periodFields,
  joinedBy: text('The exchange.').optional(),
  leftBy: text('The exchange.').optional(),
})

export type MembershipPeriod = z.output<typeof membershipPeriodSchema>

const statePeriodSchema = z.object({ state: z.enum(['active', 'disabled', 'deleted']), ...periodFields })

export type StatePeriod = z.output<typeof statePeriodSchema>

const partSchema = z.object({
  text: z.string(),
  at: isoTimestamp('The time that the text shows in UTC.').optional(),
  exchange: text('The request that the text is about.').optional(),
  resource: z.object({ type: z.string(), id: z.string() }).optional(),
})

export type SentencePart = z.output<typeof partSchema>

export const whySchema = z
  .object({
    subject: subjectSchema,
    state: stateSchema,
    since: isoTimestamp("The beginning of the state, by the tenant's clock.").optional(),
    reason: reasonSchema,
    requests: z.array(requestSchema).meta({ description: 'The requests that did it, earliest first.' }),
    sentence: text(
      'The cause in one sentence, with times in UTC.',
      'Disabled on 2026-11-24 09:55 UTC because Barney Gumble left Network Operators, the only group, in the same cycle.',
    ),
    parts: z.array(partSchema).meta({ description: 'The sentence, with what its parts refer to.' }),
    now: isoTimestamp("The present by the tenant's clock."),
    states: z.array(statePeriodSchema).meta({ description: 'Its states over time, earliest first.' }),
    memberships: z
      .array(membershipPeriodSchema)
      .meta({ description: 'The groups of a user over time, in order of joining; empty for groups.' }),
  })
  .meta({ id: 'Why', description: 'The state of a user or a group, since when and why.' })

export type Why = z.output<typeof whySchema>

const explain = <const Collection extends 'users' | 'groups'>(collection: Collection) =>
  read(
    `GET /tenants/:tenant/${collection}/:id/why`,
    `Show why one of the ${collection} has its state`,
    returns(whySchema, 'The cause.'),
    {
      description:
        'The state, since when, the requests that caused it, and why, as data and as one sentence. Reads at most the last 1,000 changes.',
      parameters: { id: 'The ID; for one that was never created, also its `userName` or `displayName`.' },
      also: [429],
    },
  )

export const operations = {
  ...describe('users', { explainUser: explain('users') }),
  ...describe('groups', { explainGroup: explain('groups') }),
}
