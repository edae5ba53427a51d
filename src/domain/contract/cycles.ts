import * as z from 'zod'
import { clientKindSchema, dialectSchema, recognizedClientSchema } from './exchanges.ts'
import { differenceSchema, namesSchema, relatedResourceSchema } from './identities.ts'
import {
  describe,
  flag,
  isoTimestamp,
  pageQuery,
  pages,
  read,
  returns,
  text,
  timestamp,
} from './operation.ts'

const requestCount = (description: string) => z.int().meta({ description, example: 3 })

const cycleKindSchema = z.enum(['cycle', 'on-demand', 'test-connection', 'compliance', 'ad-hoc'])

export type CycleKind = z.output<typeof cycleKindSchema>

export const cycleSchema = z
  .object({
    id: z.string(),
    tenant: z.string().meta({ example: 'acme' }),
    token: z.object({ id: z.string(), ending: z.string() }).optional(),
    kind: cycleKindSchema.meta({
      description:
        '`cycle`: a provisioning service at work. `on-demand`: Entra ID provisioned one user or group on demand; recognized if the client has had a cycle and the next one is not due yet. `test-connection`: connection tests only, as in a cycle without changes. `compliance`: the compliance suite. `ad-hoc`: requests of any other client, such as curl, a script or a load test.',
    }),
    client: clientKindSchema,
    userAgent: text(
      'The product name that the client sends. Absent for Entra ID, and if the client sends none.',
      'curl',
    ).optional(),
    recognized: recognizedClientSchema.optional().meta({
      description: 'The product that its requests show. Absent without convincing evidence.',
    }),
    mark: text(
      'For a compliance run: the mark in the names of all resources that it creates.',
      'k3f9a',
    ).optional(),
    dialect: dialectSchema.optional().meta({
      description:
        "Which of Entra ID's two PATCH formats it uses; `other` for other clients. Absent while unknown.",
    }),
    started: isoTimestamp('The first request, in real time.'),
    tenantStarted: isoTimestamp("The first request, by the tenant's clock at that time."),
    last: isoTimestamp('The last request, in real time.'),
    tenantLast: isoTimestamp("The last request, by the tenant's clock at that time."),
    running: flag(
      'Whether its last request was less than five seconds ago by both clocks (two minutes after a look-up that found nothing, before a creation), and no later cycle of the client has started. If another request follows, it is running again.',
    ),
    requests: requestCount('A bulk request is one.'),
    created: requestCount('Resources that it has created.'),
    modified: requestCount('Requests that modified a resource, other than by disabling it.'),
    disabled: requestCount('Requests that disabled a resource.'),
    deleted: requestCount('Resources that it has deleted.'),
    failed: requestCount('Requests that failed.'),
    faults: requestCount('Requests with an injected fault; absent if there are none.').optional(),
    next: z
      .object({
        expected: isoTimestamp('The expected start of the next cycle, in real time.'),
        tenantExpected: isoTimestamp("The same by the tenant's clock."),
        overdue: flag("Whether the cycle is overdue by the tenant's clock."),
      })
      .optional()
      .meta({
        description:
          "The forecast for the newest cycle of Entra ID for a tenant and token: from the interval of the last cycles by the tenant's clock, or from Entra ID's 40 minutes.",
      }),
  })
  .meta({ id: 'Cycle', description: 'A cycle of a client: requests that belong together.' })

export type Cycle = z.output<typeof cycleSchema>

const cyclesQuery = pageQuery.extend({
  tenant: z
    .string()
    .min(1, 'Must not be empty; omit it to list all.')
    .optional()
    .meta({ description: 'The ID of the tenant.', example: 'acme' }),
})

export const operations = describe('cycles', {
  listCycles: read(
    'GET /cycles',
    'List the cycles of clients',
    pages(cycleSchema, 'The cycles, newest first.', cyclesQuery),
    {
      description:
        "Requests of one client that belong together. A cycle starts with the connection test of Entra ID, or after five minutes of inactivity by the tenant's clock. Clients differ by tenant, token, User-Agent and product. Waits up to a second for the analysis of earlier exchanges.",
    },
  ),
  getCycle: read('GET /cycles/:id', 'Show a cycle of a client', returns(cycleSchema, 'The cycle.')),
})

const count = (description: string) => z.int().nonnegative().meta({ description, example: 25 })

/** A list in a report has at most so many entries; its count is of all. */
export const maxListed = 100

const listedResource = z.object({ id: z.string(), label: z.string() })

const resourcesSchema = (what: string) =>
  z.object({
    count: count(`The number of ${what}.`),
    items: z.array(listedResource).meta({ description: `The first ${maxListed}.` }),
  })

const attributeChangeSchema = differenceSchema
  .pick({ path: true })
  .extend({
    count: count('The resources in which it changed.'),
    changes: z
      .array(differenceSchema.omit({ path: true }).extend({ resources: z.array(listedResource) }))
      .meta({ description: 'Equal changes together, the most frequent first, up to 100 resources in all.' }),
  })
  .meta({ id: 'AttributeChange', description: 'The changes of an attribute in the resources of a type.' })

export type AttributeChange = z.output<typeof attributeChangeSchema>

const typeChangesSchema = z
  .object({
    type: z.string().meta({ example: 'User' }),
    created: resourcesSchema('created resources'),
    deleted: resourcesSchema('deleted resources'),
    attributes: z.array(attributeChangeSchema).meta({ description: 'The most frequent first.' }),
  })
  .meta({ id: 'TypeChanges', description: 'What a cycle changed in the resources of a type.' })

export type TypeChanges = z.output<typeof typeChangesSchema>

const memberChangesSchema = z
  .object({
    group: relatedResourceSchema,
    joined: z.array(relatedResourceSchema),
    left: z.array(relatedResourceSchema),
  })
  .meta({ id: 'MemberChanges', description: 'Who joined and who left a group in a cycle.' })

const changesSchema = z
  .object({
    types: z.array(typeChangesSchema),
    groups: z.array(memberChangesSchema).meta({ description: 'Groups whose members changed.' }),
    requests: count('The requests that were read.'),
    complete: flag('Whether these are all changes; if not, those of the newest requests only.'),
    names: namesSchema,
  })
  .meta({
    id: 'CycleChanges',
    description: 'The directory before and after a cycle: what was changed and changed back is left out.',
  })

export type CycleChanges = z.output<typeof changesSchema>

const rateSchema = z
  .object({
    limits: z
      .object({ reads: z.int().meta({ example: 40 }), writes: z.int().meta({ example: 25 }) })
      .optional()
      .meta({ description: 'The limits of AWS per second and tenant; absent for a deleted tenant.' }),
    from: timestamp('The start of the first second, in real time.'),
    seconds: z
      .array(
        z.object({ reads: count('Reads.'), writes: count('Writes.'), throttled: count('With status 429.') }),
      )
      .meta({ description: 'Each second from the first to the last, at most 600.' }),
    peak: z.object({ reads: count('The most reads in a second.'), writes: count('The most writes.') }),
    throttled: count('Requests with status 429.'),
    complete: flag('Whether it is the whole cycle; if not, its last 600 seconds or 20,000 requests.'),
  })
  .meta({ id: 'CycleRate', description: 'The requests per second of a cycle.' })

export type CycleRate = z.input<typeof rateSchema>

const ruleVerdictSchema = z
  .object({
    id: z.string().meta({ example: 'IC-07' }),
    draft: text('The draft and its version.', 'draft-zollner-scim-interop-profile-02'),
    date: text('The date of that version, or its month.', '2026-11-02'),
    section: text('The section of the draft.', '6.5.1'),
    rule: text('What a client does that follows the rule.', 'Gives each PATCH operation a path.'),
    result: z.enum(['holds', 'breaks', 'not-seen']).meta({
      description:
        '`not-seen`: no request shows whether the client follows the rule, or the journal lacks a part of one that could break it.',
    }),
    requests: count('The requests that break it.'),
    unread: count('The requests of which the journal lacks what the rule is about, such as a long body.'),
    first: text('The first request that breaks it: the ID of an exchange.').optional(),
  })
  .meta({ id: 'RuleVerdict', description: 'Whether a client follows a rule of a draft.' })

export type RuleVerdict = z.output<typeof ruleVerdictSchema>

const interoperabilitySchema = z
  .object({
    summary: text('The verdict in a few words.', 'breaks 2 of 13 rules, 1 not seen'),
    requests: count('The requests of the cycle.'),
    rules: z.array(ruleVerdictSchema),
    notes: z
      .array(ruleVerdictSchema.pick({ requests: true, first: true }).extend({ note: text('What it sends.') }))
      .meta({ description: 'What the drafts neither require nor forbid.' }),
  })
  .meta({
    id: 'Interoperability',
    description:
      'How the requests of a client compare with the drafts of the SCIM 2.0 Interoperability Profile and of the IPSIE AL SCIM 2.0 Profile.',
  })

export type Interoperability = z.output<typeof interoperabilitySchema>

export const cycleReportOperations = describe('cycles', {
  getCycleChanges: read(
    'GET /cycles/:id/changes',
    'Show what a cycle changed in the directory',
    returns(changesSchema, 'The changes.'),
    {
      description:
        'One comparison of the directory before and after the cycle, in which equal changes are together.',
      maxConcurrent: 2,
    },
  ),
  getCycleRate: read(
    'GET /cycles/:id/rate',
    'Show the requests per second of a cycle',
    returns(rateSchema, 'The rate.'),
    { maxConcurrent: 2 },
  ),
  getCycleInteroperability: read(
    'GET /cycles/:id/interoperability',
    'Show how a client follows the drafts of the Interoperability Profile and IPSIE',
    returns(interoperabilitySchema, 'The verdict.'),
    {
      description:
        'Reads all requests of the cycle. Nothing is stored, so the verdict is also that of an opened session.',
      maxConcurrent: 2,
    },
  ),
})
