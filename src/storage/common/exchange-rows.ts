import type { AwsApi } from '../../domain/journal/aws-operations.ts'
import {
  type ClientDialect,
  type ClientKind,
  type Exchange,
  type ExchangeNotes,
  type ExchangeTarget,
  longestErrorBody,
  type Message,
} from '../../domain/journal/exchange.ts'
import type { Operation, OperationFacts } from '../../domain/journal/operation.ts'
import { isRecorded } from '../../domain/journal/record-layout.ts'
import type { Taken } from '../../domain/journal/record-ring.ts'
import { type RedactorFor, redactRecorded } from '../../domain/journal/redact-recorded.ts'
import type { Texts } from '../../domain/journal/search/matches.ts'
import type { Bodies } from '../../domain/ports/journal.ts'
import { credentialTerms } from '../../domain/tenants/credential.ts'
import { type Evidence, type Product, toRecognizedClient } from '../../scim/recognition/products.ts'

export type ExchangeRow = {
  readonly id: string
  readonly tenant: string | null
  readonly at: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly operation: Operation
  /** 0 or 1 in engines without booleans. */
  readonly enabled: number | boolean | null
  readonly results: number | null
  readonly members_added: number | null
  readonly members_removed: number | null
  readonly bulk_operations: number | null
  readonly action: string
  readonly api: AwsApi | null
  readonly api_operation: string | null
  readonly access_key: string | null
  readonly target_type: string | null
  readonly target_id: string | null
  readonly target_label: string | null
  readonly details: string | StoredDetails
  readonly request_body: string | null
  readonly response_body: string | null
  /** 1 or true for a request without valid credentials; null for others. */
  readonly unauthenticated: number | boolean | null
  /** From the table `exchange_notes`: null until the exchange is analyzed. */
  readonly cycle: string | null
  readonly dialect: ClientDialect | null
  readonly client: ClientKind | null
  readonly product: Product | null
  readonly evidence: Evidence | null
  readonly findings: string | readonly string[] | null
}

export const noteColumns = ['cycle', 'dialect', 'client', 'product', 'evidence', 'findings'] as const

export const storedColumns = [
  'id',
  'tenant',
  'at',
  'method',
  'url',
  'status',
  'operation',
  'enabled',
  'results',
  'members_added',
  'members_removed',
  'bulk_operations',
  'action',
  'api',
  'api_operation',
  'access_key',
  'target_type',
  'target_id',
  'target_label',
  'details',
  'request_body',
  'response_body',
  'unauthenticated',
  'bytes',
] as const

export const columnsWithoutBodies = storedColumns.filter(
  column => column !== 'request_body' && column !== 'response_body',
)

const noRequest = 'null as request_body'

export const bodyColumns: Readonly<Record<Bodies, readonly string[]>> = {
  all: ['request_body', 'response_body'],
  errors: [
    noRequest,
    `case when status >= 400 and length(response_body) <= ${longestErrorBody} then response_body end as response_body`,
  ],
  none: [noRequest, 'null as response_body'],
}

export function withBodies<Row extends ExchangeRow>(row: Row, bodies: Bodies): Row {
  if (bodies === 'all') return row
  const { status, response_body: body } = row
  const isKept = bodies === 'errors' && status >= 400 && body !== null && body.length <= longestErrorBody
  return { ...row, request_body: null, response_body: isKept ? body : null }
}

type Details = Pick<
  Exchange,
  | 'parent'
  | 'region'
  | 'tenantTime'
  | 'microseconds'
  | 'token'
  | 'credential'
  | 'refusal'
  | 'rule'
  | 'profile'
  | 'remoteAddress'
  | 'fault'
  | 'replayOf'
> & {
  /** The texts by which `token:` finds the credential, each between line ends. */
  readonly credentialTerms?: string
  readonly request: MessageDetails
  readonly response: MessageDetails
}

/** Terms in one text. A term is in it if its own delimited text is. */
export const delimitTerms = (terms: readonly string[]): string =>
  `${terms.map(term => `\n${term}`).join('')}\n`

type MessageDetails = Omit<Message, 'body'>

/** Earlier versions stored the summary of a fault as `words`. */
type StoredFault = { readonly id: string; readonly summary?: string; readonly words?: string }
type StoredDetails = Omit<Details, 'fault'> & { readonly fault?: StoredFault }

export type RowValues = readonly (string | number | null)[]

/** The bytes of a row that an earlier version stored without a number. */
export const assumedBytes = 3072
/** What a row takes besides its texts: the other columns, the indexes, and the notes of the analysis. */
const overhead = 512

const bytesOf = (...texts: readonly (string | undefined)[]): number =>
  texts.reduce((sum, text = '') => sum + Buffer.byteLength(text), overhead)

/** In the order of `storedColumns`: naming two dozen parameters takes longer than writing the row. */
export function toRowValues(exchange: Exchange): RowValues {
  const { url, request, response } = exchange
  const details = JSON.stringify(toDetails(exchange))
  return [
    exchange.id,
    exchange.tenant ?? null,
    exchange.at,
    exchange.method,
    url,
    exchange.status,
    exchange.operation,
    exchange.enabled === undefined ? null : Number(exchange.enabled),
    exchange.results ?? null,
    exchange.membersAdded ?? null,
    exchange.membersRemoved ?? null,
    exchange.bulkOperations ?? null,
    exchange.action,
    exchange.api ?? null,
    exchange.apiOperation ?? null,
    exchange.accessKey ?? null,
    exchange.target?.type ?? null,
    exchange.target?.id ?? null,
    exchange.target?.label ?? null,
    details,
    request.body ?? null,
    response.body ?? null,
    exchange.unauthenticated ? 1 : null,
    bytesOf(url, details, request.body, response.body),
  ]
}

/** The row of what a ring held. Throws the error of a record that can't be read. */
export function rowOf(taken: Taken, redactorFor: RedactorFor): RowValues {
  if ('error' in taken) throw taken.error
  const { entry } = taken
  return toRowValues(isRecorded(entry) ? redactRecorded(entry, redactorFor) : entry)
}

const unauthenticatedAt = storedColumns.indexOf('unauthenticated')
const bytesAt = storedColumns.indexOf('bytes')
const timeAt = storedColumns.indexOf('at')

export const sizeOfValues = (values: RowValues) => ({
  isUnauthenticated: values[unauthenticatedAt] === 1,
  bytes: Number(values[bytesAt]),
})

/** When the request arrived, in milliseconds since 1970. */
export const timeOfValues = (values: RowValues): number => Number(values[timeAt])

const toDetails = (exchange: Exchange): { readonly [Name in keyof Details]: Details[Name] | undefined } => ({
  parent: exchange.parent,
  region: exchange.region,
  tenantTime: exchange.tenantTime,
  microseconds: exchange.microseconds,
  token: exchange.token,
  credential: exchange.credential,
  credentialTerms: exchange.credential && delimitTerms(credentialTerms(exchange.credential)),
  refusal: exchange.refusal,
  rule: exchange.rule,
  profile: exchange.profile,
  remoteAddress: exchange.remoteAddress,
  fault: exchange.fault,
  replayOf: exchange.replayOf,
  request: toMessageDetails(exchange.request),
  response: toMessageDetails(exchange.response),
})

const toMessageDetails = ({ headers, cutFrom }: Message): MessageDetails => ({
  headers,
  ...(cutFrom !== undefined && { cutFrom }),
})

export function toExchange(row: ExchangeRow): Exchange {
  const { request, response, fault, credentialTerms: _terms, ...details } = parsed(row.details)
  return {
    id: row.id,
    ...(row.tenant !== null && { tenant: row.tenant }),
    at: row.at,
    method: row.method,
    url: row.url,
    status: row.status,
    ...toFacts(row),
    action: row.action,
    ...(row.api !== null && { api: row.api }),
    ...(row.api_operation !== null && { apiOperation: row.api_operation }),
    ...(row.access_key !== null && { accessKey: row.access_key }),
    ...(row.target_type !== null && { target: toTarget(row.target_type, row) }),
    ...details,
    ...(row.unauthenticated && { unauthenticated: true }),
    ...(fault && { fault: toFault(fault) }),
    ...(row.findings !== null && { notes: toNotes(row.findings, row) }),
    request: withBody(request, row.request_body),
    response: withBody(response, row.response_body),
  }
}

const parsed = <Value extends object>(value: string | Value): Value =>
  typeof value === 'string' ? JSON.parse(value) : value

const toFault = ({ id, summary, words = '' }: StoredFault): NonNullable<Exchange['fault']> => ({
  id,
  summary: summary ?? words,
})

const toFacts = (row: ExchangeRow): OperationFacts => ({
  operation: row.operation,
  ...(row.enabled !== null && { enabled: row.enabled === 1 || row.enabled === true }),
  ...(row.results !== null && { results: row.results }),
  ...(row.members_added !== null && { membersAdded: row.members_added }),
  ...(row.members_removed !== null && { membersRemoved: row.members_removed }),
  ...(row.bulk_operations !== null && { bulkOperations: row.bulk_operations }),
})

const toTarget = (type: string, { target_id, target_label }: ExchangeRow): ExchangeTarget => ({
  type,
  ...(target_id !== null && { id: target_id }),
  ...(target_label !== null && { label: target_label }),
})

const withBody = (message: Omit<Message, 'body'>, body: string | null): Message =>
  body === null ? message : { ...message, body }

const toNotes = (
  findings: string | readonly string[],
  { cycle, dialect, client, product, evidence }: ExchangeRow,
): ExchangeNotes => {
  const recognized = toRecognizedClient(product, evidence)
  return {
    client: client ?? 'ad-hoc',
    ...(recognized && { recognized }),
    findings: parsed(findings),
    ...(cycle !== null && { cycle }),
    ...(dialect !== null && { dialect }),
  }
}

export const bodyLengthOfRow = ({ request_body, response_body }: ExchangeRow): number =>
  (request_body?.length ?? 0) + (response_body?.length ?? 0)

export const rowTexts = (row: ExchangeRow): Texts => ({
  action: () => row.action,
  label: () => row.target_label ?? undefined,
  url: () => row.url,
  requestBody: () => row.request_body ?? undefined,
  responseBody: () => row.response_body ?? undefined,
})
