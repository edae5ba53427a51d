import { z } from 'zod'
import { severitySchema } from './findings.ts'
import { operation, pageQuery, pageSchema, timestamp } from './operation.ts'

const messageSchema = z.object({
  headers: z.record(z.string(), z.string()).meta({ description: 'Secrets are masked.' }),
  body: z.string().optional().meta({ description: 'As received or sent, up to the limit of the journal.' }),
  cutFrom: z.int().optional().meta({ description: 'The bytes of the whole body, when it was cut.' }),
})

export type Message = z.output<typeof messageSchema>

export const clientKindSchema = z.enum(['entra', 'service', 'compliance', 'sample', 'ad-hoc']).meta({
  description:
    "What kind of client it is. `entra`: it speaks as Entra ID does. `service`: another provisioning service, by its name. `compliance`: the compliance suite. `sample`: the console's own sample. `ad-hoc`: any other, such as curl, a script or a load test.",
  example: 'entra',
})

export type ClientKind = z.output<typeof clientKindSchema>

/** Entra ID's two ways of writing PATCH, or `other` for other clients. */
export const dialectSchema = z.enum(['default', 'aadOptscim062020', 'other'])

export type Dialect = z.output<typeof dialectSchema>

const exchangeFields = {
  id: z.string().meta({ description: 'Also sent to the client as the request id.' }),
  parent: z.string().optional().meta({ description: 'The bulk request that it was an operation of.' }),
  tenant: z.string().optional().meta({
    description: 'Absent when neither the URL nor the token names a known one.',
    example: 'acme',
  }),
  at: timestamp("When it came in, by the machine's clock."),
  tenantTime: timestamp("When it came in, by the tenant's clock."),
  microseconds: z.int().meta({ description: 'How long the answer took.', example: 1840 }),
  method: z.string().meta({ example: 'PATCH' }),
  url: z.string().meta({ description: 'Path and query as received.', example: '/acme/scim/v2/Users/9448…' }),
  status: z.int().meta({ example: 200 }),
  action: z.string().meta({ description: 'What the client did, in plain words.', example: 'disable user' }),
  target: z
    .object({ type: z.string(), id: z.string().optional(), label: z.string().optional() })
    .optional()
    .meta({ description: 'The resource it was about.' }),
  token: z.object({ id: z.string(), ending: z.string() }).optional(),
  refusal: z.enum(['missing', 'unknown', 'expired', 'deleted', 'other-tenant', 'read-only']).optional().meta({
    description:
      'Why its token was not accepted. To the client all look alike, except for one that may only read.',
  }),
  rule: z.string().optional().meta({ description: 'The rule of the profile that refused it.' }),
  profile: z.string().optional().meta({ description: 'The profile that answered.', example: 'aws' }),
  remoteAddress: z.string().optional().meta({ example: '127.0.0.1' }),
  fault: z
    .object({ id: z.string(), words: z.string() })
    .optional()
    .meta({ description: 'The fault that spoiled its answer on purpose, and how.' }),
  replayOf: z.string().optional().meta({
    description: 'The exchange whose request the console sent again.',
  }),
  analyzed: z
    .boolean()
    .meta({ description: 'Whether what follows is known; a moment after the response it is.' }),
  client: clientKindSchema.optional(),
  dialect: dialectSchema
    .optional()
    .meta({ description: "Which of Entra ID's two ways of writing PATCH the client has, if any tells." }),
  cycle: z.string().optional().meta({ description: 'The cycle of the client that it is part of.' }),
  findings: z
    .array(z.string())
    .meta({ description: 'Ids of what was found about it.', example: ['client/no-external-id'] }),
  severity: severitySchema.optional().meta({ description: 'That of the worst finding.', example: 'warning' }),
}

export const exchangeSchema = z
  .object(exchangeFields)
  .meta({ id: 'Exchange', description: 'One request to the SCIM listener and its answer, in short.' })

export type Exchange = z.output<typeof exchangeSchema>

const exchangeDetailSchema = z
  .object({ ...exchangeFields, request: messageSchema, response: messageSchema })
  .meta({
    id: 'WholeExchange',
    description: 'One request to the SCIM listener and its answer, with the bodies.',
  })

/** An exchange with headers and bodies. */
export type ExchangeDetail = z.output<typeof exchangeDetailSchema>

export const exchangeParams = z.object({ id: z.string().meta({ description: 'The id of the exchange.' }) })

const textParameter = (description: string, example: string) =>
  z.string().min(1, 'Leave it out to see all.').optional().meta({ description, example })

const timeParameter = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'Give a time such as 2026-03-01T09:30:00Z.' })
    .optional()
    .meta({ description, example: '2026-03-01T09:30:00Z' })

/** The parameter `q`. */
export const searchText = z.string().optional().meta({
  description:
    'What to look for: terms between blanks, all of which have to hold. `status:4xx`, `method:PATCH`, `user:barney`, `after:15m`, `finding:any`, `duration:>100ms`, or mere text; `-` in front negates, `"` quotes.',
  example: 'status:4xx -method:GET user:barney',
})

/** The parameters that say which exchanges are meant; all have to hold. */
const searchQuery = z.object({
  q: searchText,
  tenant: textParameter('The id of the tenant.', 'acme'),
  method: textParameter('The HTTP method.', 'PATCH'),
  action: textParameter("Part of the action's words.", 'disable'),
  status: z
    .string()
    .regex(/^([1-5]|[1-5]xx|[1-5]\d\d)$/i, 'Give a status such as 404, or a class such as 4xx.')
    .optional()
    .meta({ description: 'A status, or a class of them.', example: '4xx' }),
  resource: textParameter('The id of the resource it was about.', '94482488-5041-7061-1b47-c0e0b6b2a1f8'),
  from: timeParameter("Not before this time, by the machine's clock."),
  until: timeParameter("Before this time, by the machine's clock."),
  text: textParameter('Part of the URL or of a body.', 'anna@example.com'),
})

export type SearchQuery = z.output<typeof searchQuery>

/** The formats of an export of the journal. */
const journalFormats = ['ndjson', 'har', 'csv'] as const

export type JournalFormat = (typeof journalFormats)[number]

const exchangeFormats = ['curl', 'fixture', 'har'] as const

export type ExchangeFormat = (typeof exchangeFormats)[number]

const formatSchema = <Format extends string>(formats: readonly Format[], description: string) =>
  z.enum(formats, `Give one of ${formats.join(', ')}.`).meta({ description })

const replaySchema = z
  .object({
    exchange: z.string().meta({ description: 'The id of the new exchange: GET /api/v1/exchanges/{id}.' }),
    status: z.int().meta({ description: 'What was answered this time.', example: 200 }),
  })
  .meta({ id: 'Replay', description: 'A request that was sent again.' })

export type Replay = z.output<typeof replaySchema>

export const operations = {
  listExchanges: operation({
    method: 'GET',
    path: '/exchanges',
    summary: 'List the requests to the SCIM listener',
    tags: ['exchanges'],
    query: pageQuery.extend(searchQuery.shape),
    response: {
      status: 200,
      description: 'The exchanges, newest first.',
      schema: pageSchema(exchangeSchema),
    },
    problems: [400],
  }),
  showExchange: operation({
    method: 'GET',
    path: '/exchanges/:id',
    summary: 'Show a request and its answer',
    tags: ['exchanges'],
    params: exchangeParams,
    response: { status: 200, description: 'The exchange.', schema: exchangeDetailSchema },
    problems: [404],
  }),
  exportExchanges: operation({
    method: 'GET',
    path: '/exchanges/export',
    summary: 'Export the requests to the SCIM listener',
    description:
      'As JSON lines, an HTTP archive (HAR 1.2) or CSV (RFC 4180; without headers and bodies), newest first. Secrets are masked.',
    tags: ['exchanges'],
    query: searchQuery.extend({ format: formatSchema(journalFormats, 'The format of the file.') }),
    response: {
      status: 200,
      description: 'The file.',
      content: {
        'application/x-ndjson': z.string(),
        'application/json': z.looseObject({}),
        'text/csv': z.string(),
      },
    },
    problems: [400],
  }),
  exportExchange: operation({
    method: 'GET',
    path: '/exchanges/:id/export',
    summary: 'Export a request and its answer',
    description:
      'As a curl command, which is given the token in SCIM_TOKEN; as a fixture for a test suite; or as an HTTP archive (HAR 1.2). Credentials are left out, and what the journal has not as it was is noted.',
    tags: ['exchanges'],
    params: exchangeParams,
    query: z.object({ format: formatSchema(exchangeFormats, 'The format of the file.') }),
    response: {
      status: 200,
      description: 'The file.',
      content: { 'text/plain': z.string(), 'application/json': z.looseObject({}) },
    },
    problems: [400, 404],
  }),
  replayExchange: operation({
    method: 'POST',
    path: '/exchanges/:id/replay',
    summary: 'Send a request again',
    description:
      'The same method, address, headers and body go to the tenant as it is now, let in without a token: a request that was refused for its token is answered as if it had a good one. The new exchange has `replayOf`.',
    tags: ['exchanges'],
    params: exchangeParams,
    response: { status: 200, description: 'What came of it.', schema: replaySchema },
    problems: [404, 409],
  }),
}
