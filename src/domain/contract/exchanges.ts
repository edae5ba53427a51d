import * as z from 'zod'
import { evidences, products } from '../../scim/recognition/products.ts'
import { operations as exchangeOperations } from '../journal/operation.ts'
import { severitySchema } from './findings.ts'
import {
  count,
  describe,
  flag,
  isoTimestamp,
  pageQuery,
  pages,
  read,
  returns,
  sends,
  text,
  write,
} from './operation.ts'

export const recognizedClientSchema = z
  .object({
    product: z.enum(products).meta({ example: 'okta' }),
    evidence: z.enum(evidences).meta({
      description:
        '`named`: the User-Agent contains its name. `shaped`: at least two marks of its requests agree. `perhaps`: one mark.',
      example: 'named',
    }),
  })
  .meta({ id: 'RecognizedClient' })

export type RecognizedClient = z.output<typeof recognizedClientSchema>

const exchangeOperationSchema = z.enum(exchangeOperations).meta({
  description:
    'A PATCH with several effects has the first of these: `disable` or `enable`, a change of members, `rename`. `rejected`: the token was rejected. `malformed`: the request could not be read.',
  example: 'disable',
})

export const awsApiSchema = z.enum(['identity-store', 'sso-admin', 'sts', 'unknown'])

const messageSchema = z.object({
  headers: z.record(z.string(), z.string()).meta({ description: 'Secrets are masked.' }),
  body: text('As received or sent, up to the limit of the journal.').optional(),
  cutFrom: z.int().optional().meta({ description: 'The size of the whole body in bytes, if it was cut.' }),
})

export type Message = z.output<typeof messageSchema>

export const clientKindSchema = z.enum(['entra', 'service', 'compliance', 'sample', 'aws', 'ad-hoc']).meta({
  description:
    'The kind of client. `entra`: Entra ID, or a client that sends the same requests. `service`: another provisioning service, by its User-Agent or the shape of its requests. `compliance`: the compliance suite. `sample`: the sample of the console. `aws`: a client of an AWS API, such as the AWS CLI, an SDK or Terraform. `ad-hoc`: any other client, such as curl, a script or a load test.',
  example: 'entra',
})

export type ClientKind = z.output<typeof clientKindSchema>

/** Entra ID's two ways of writing PATCH, or `other` for other clients. */
export const dialectSchema = z.enum(['default', 'aadOptscim062020', 'other'])

export type Dialect = z.output<typeof dialectSchema>

export const jwtSchema = z
  .object({
    header: z.record(z.string(), z.unknown()),
    claims: z.record(z.string(), z.unknown()),
  })
  .meta({ description: 'The decoded header and claims of a JWT. Its signature is not recorded.' })

export type JwtFacts = z.output<typeof jwtSchema>

const credentialSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('client'),
      client: text('The ID of the client of the token endpoint.'),
      name: text('The name of the client.'),
      accessToken: text('The ID of the access token; absent for a token request that got none.').optional(),
      jwt: jwtSchema.optional().meta({ description: 'The assertion of a token request.' }),
    }),
    z.object({
      kind: z.literal('issuer'),
      issuer: text('The ID of the trusted issuer.'),
      name: text('The name of the trusted issuer.'),
      jwt: jwtSchema,
    }),
    z.object({ kind: z.literal('jwt'), jwt: jwtSchema }),
  ])
  .meta({
    description:
      'What it presented instead of an access token of the tenant. `client`: an access token of the token endpoint. `issuer`: a JWT of a trusted issuer. `jwt`: a JWT of another issuer.',
  })

export type Credential = z.output<typeof credentialSchema>

export const credentialRefusals = [
  'not-offered',
  'malformed',
  'unknown-issuer',
  'wrong-audience',
  'wrong-caller',
  'bad-signature',
  'unknown-key',
  'weak-algorithm',
  'not-yet-valid',
  'keys-unreachable',
  'ambiguous',
  'insufficient-scope',
  'wrong-secret',
] as const

const exchangeFields = {
  id: text('Also sent to the client as the request ID.'),
  parent: text('The bulk request that contains it as an operation.').optional(),
  tenant: text('Absent if neither the URL nor the token names a known tenant.', 'acme').optional(),
  at: isoTimestamp('The time of the request, in real time.'),
  tenantTime: isoTimestamp("The time of the request, by the tenant's clock."),
  microseconds: z.int().meta({ description: 'The duration in microseconds.', example: 1840 }),
  method: z.string().meta({ example: 'PATCH' }),
  url: text('Path and query as received.', '/acme/scim/v2/Users/9448…'),
  status: z.int().meta({ example: 200 }),
  operation: exchangeOperationSchema,
  api: awsApiSchema
    .optional()
    .meta({ description: 'The AWS API that it addressed, or `unknown` if it names none; absent for SCIM.' }),
  apiOperation: text("The operation of the AWS API, by AWS's name.", 'UpdateUser').optional(),
  accessKey: text('The ID of the access key that it names.', 'SCIMA2B3C4D5E6F7G2H3').optional(),
  region: text('The region that it is signed for.', 'us-east-1').optional(),
  action: text('What the client did, as text.', 'disable user'),
  target: z
    .object({ type: z.string(), id: z.string().optional(), label: z.string().optional() })
    .optional()
    .meta({ description: 'The resource that the request addressed.' }),
  sought: text('The values that a look-up or a search asks for.', 'barney@springfield.example').optional(),
  results: count('The resources that a list, a look-up or a search found.', 1).optional(),
  token: z.object({ id: z.string(), ending: z.string() }).optional(),
  credential: credentialSchema.optional(),
  refusal: z
    .enum([
      'missing',
      'unknown',
      'expired',
      'deleted',
      'other-tenant',
      'read-only',
      ...credentialRefusals,
      'wrong-signature',
      'clock-skew',
      'malformed-signature',
      'session-token',
      'unreadable',
    ])
    .optional()
    .meta({
      description:
        'Why its token or signature was not accepted. SCIM clients get the same 401 for all reasons except `read-only` and `insufficient-scope` (403), and `keys-unreachable` (503).',
    }),
  rule: text('The rule of the profile that rejected it.').optional(),
  detail: text(
    'The text of its error response, up to 300 characters.',
    'Another User already has this userName.',
  ).optional(),
  profile: text('The profile of the tenant.', 'aws').optional(),
  remoteAddress: z.string().optional().meta({ example: '127.0.0.1' }),
  fault: z
    .object({ id: z.string(), summary: z.string() })
    .optional()
    .meta({ description: 'The fault that was injected into its response.' }),
  replayOf: text('The exchange that was sent again.').optional(),
  analyzed: flag('Whether the members below are known yet; the analysis follows shortly after the response.'),
  client: clientKindSchema.optional(),
  recognized: recognizedClientSchema.optional().meta({
    description: 'The product that it, or earlier requests with its token, show. Absent if they show none.',
  }),
  dialect: dialectSchema
    .optional()
    .meta({ description: "Which of Entra ID's two PATCH formats the client uses, if known." }),
  cycle: text('The cycle that contains it.').optional(),
  findings: z
    .array(z.string())
    .meta({ description: 'The IDs of its findings.', example: ['client/no-external-id'] }),
  severity: severitySchema
    .optional()
    .meta({ description: 'The highest severity of its findings.', example: 'warning' }),
}

export const exchangeSchema = z.object(exchangeFields).meta({
  id: 'Exchange',
  description: 'A request to the SCIM or AWS listener and its response, without headers and bodies.',
})

export type Exchange = z.output<typeof exchangeSchema>

export const exchangeDetailSchema = z
  .object({ ...exchangeFields, request: messageSchema, response: messageSchema })
  .meta({
    id: 'ExchangeDetail',
    description: 'A request to the SCIM or AWS listener and its response, with headers and bodies.',
  })

export type ExchangeDetail = z.output<typeof exchangeDetailSchema>

const textParameter = (description: string, example: string) =>
  z.string().min(1, 'Must not be empty; omit it to list all.').optional().meta({ description, example })

const timeParameter = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'Expected a time such as 2026-03-01T09:30:00Z.' })
    .optional()
    .meta({ description, example: '2026-03-01T09:30:00Z' })

const searchText = text(
  'Space-separated terms, all of which must match: `status:4xx`, `method:PATCH`, `user:barney`, `after:15m`, `finding:any`, `duration:>100ms`, or plain text. Prefix a term with `-` to exclude; quote with `"`.',
  'status:4xx -method:GET user:barney',
).optional()

export const searchQuery = z.object({
  q: searchText,
  tenant: textParameter('The ID of the tenant.', 'acme'),
  method: textParameter('The HTTP method.', 'PATCH'),
  action: textParameter('Part of the action.', 'disable'),
  status: z
    .string()
    .regex(/^([1-5]|[1-5]xx|[1-5]\d\d)$/i, 'Enter a status such as 404, or a class such as 4xx.')
    .optional()
    .meta({ description: 'A status, or a class of statuses.', example: '4xx' }),
  resource: textParameter('The ID of the resource.', '94482488-5041-7061-1b47-c0e0b6b2a1f8'),
  from: timeParameter('The start time, in real time.'),
  until: timeParameter('The end time, in real time.'),
  text: textParameter('Part of the URL or of a body.', 'anna@example.com'),
})

export type SearchQuery = z.output<typeof searchQuery>

const journalFormats = ['ndjson', 'har', 'csv', 'cloudtrail', 'recording'] as const

export type JournalFormat = (typeof journalFormats)[number]

const exchangeFormats = ['curl', 'aws', 'fixture', 'har', 'cloudtrail'] as const

export type ExchangeFormat = (typeof exchangeFormats)[number]

const formatSchema = <Format extends string>(formats: readonly Format[], description: string) =>
  z.enum(formats, `Expected one of ${formats.join(', ')}.`).meta({ description })

/** A search that finds more requests is not counted to its end. */
export const maxCounted = 10_000

const exchangeCountSchema = z
  .object({
    count: count('The number of requests.', 412),
    complete: flag('Whether all requests were counted.'),
  })
  .meta({ id: 'ExchangeCount', description: 'The number of requests that a search finds.' })

const replayOptionsSchema = z.strictObject({
  as: z.enum(['caller', 'console'], 'Expected caller or console.').default('caller').meta({
    description:
      '`caller`: with the rights that the caller of the request has now. `console`: with full rights, also for a request that was rejected for its credentials.',
  }),
})

const replaySchema = z
  .object({
    exchange: text('The ID of the new exchange: GET /api/v1/exchanges/{id}.'),
    status: z.int().meta({ description: 'The status of the new response.', example: 200 }),
  })
  .meta({ id: 'Replay', description: 'The result of sending a request again.' })

export const operations = describe('exchanges', {
  listExchanges: read(
    'GET /exchanges',
    'List the requests to the SCIM and AWS listeners',
    pages(exchangeSchema, 'The exchanges, newest first.', pageQuery.extend(searchQuery.shape)),
    { maxConcurrent: 8 },
  ),
  countExchanges: read(
    'GET /exchanges/count',
    'Count the requests that a search finds',
    returns(exchangeCountSchema, 'The number of requests.'),
    {
      description: `Counts up to ${maxCounted} requests; with more, \`complete\` is false.`,
      query: searchQuery,
      maxConcurrent: 2,
    },
  ),
  getExchange: read(
    'GET /exchanges/:id',
    'Show a request and its response',
    returns(exchangeDetailSchema, 'The exchange.'),
    { description: 'The beginning of an ID, of at least 8 characters, is enough if it is the only one.' },
  ),
  exportExchanges: read(
    'GET /exchanges/export',
    'Export the requests to the SCIM and AWS listeners',
    sends(
      { 'application/x-ndjson': z.string(), 'application/json': z.looseObject({}), 'text/csv': z.string() },
      'The file.',
    ),
    {
      description:
        'As JSON lines, an HTTP archive (HAR 1.2), CSV (RFC 4180; without headers and bodies) or the events that AWS CloudTrail would record, newest first; or the SCIM requests to one tenant as a recording, oldest first. Secrets are masked.',
      query: searchQuery.extend({ format: formatSchema(journalFormats, 'The format of the file.') }),
      maxConcurrent: 2,
    },
  ),
  exportExchange: read(
    'GET /exchanges/:id/export',
    'Export a request and its response',
    sends({ 'text/plain': z.string(), 'application/json': z.looseObject({}) }, 'The file.'),
    {
      description:
        'As a curl command that reads the token from SCIM_TOKEN, or the access key from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; as a command of the AWS CLI, for requests to AWS APIs; as a fixture for a test suite; as an HTTP archive (HAR 1.2); or as the event that AWS CloudTrail would record, if any. Credentials are omitted, and parts that the journal did not keep are noted.',
      query: z.object({ format: formatSchema(exchangeFormats, 'The format of the file.') }),
    },
  ),
  replayExchange: write(
    'POST /exchanges/:id/replay',
    'Send a request again',
    returns(replaySchema, 'The result.'),
    {
      description:
        'Sends the same method, URL, headers and body to the tenant in its present state, with the rights of the original caller. If its credentials were rejected, or are no longer valid, nothing is sent (409, `caller-not-valid`): `as: console` sends the request with full rights. A DELETE, or a bulk request with one, needs `destroy`. The new exchange has `replayOf`.',
      body: replayOptionsSchema.optional(),
      also: [409],
    },
  ),
})
