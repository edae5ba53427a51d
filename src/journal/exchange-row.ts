import type { ClientDialect, ClientKind, Exchange, ExchangeNotes, Message } from './exchange.ts'

/** An exchange as a row of the table `exchanges`, in the order of its columns. */
export type ExchangeRow = {
  readonly seq: number
  readonly id: string
  readonly tenant: string | null
  readonly at: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly target_id: string | null
  readonly details: string
  readonly request_body: string | null
  readonly response_body: string | null
  /** Of the table `exchange_notes`: all null until the exchange is analysed. */
  readonly cycle: string | null
  readonly dialect: ClientDialect | null
  readonly client: ClientKind | null
  readonly findings: string | null
}

export const columns = [
  'seq',
  'id',
  'tenant',
  'at',
  'method',
  'url',
  'status',
  'action',
  'target_id',
  'details',
  'request_body',
  'response_body',
] as const

/** What `exchangeOf` reads, of exchanges with what was found out about them. */
export const exchangeColumns = 'exchanges.*, cycle, dialect, client, findings'
export const exchangesWithNotes = 'exchanges left join exchange_notes using (seq)'

/** What has no column of its own. Undefined members are left out of the JSON. */
type Details = Pick<
  Exchange,
  | 'parent'
  | 'tenantTime'
  | 'microseconds'
  | 'target'
  | 'token'
  | 'refusal'
  | 'rule'
  | 'profile'
  | 'remoteAddress'
  | 'fault'
  | 'replayOf'
> & { readonly request: Omit<Message, 'body'>; readonly response: Omit<Message, 'body'> }

/** By position, for naming two dozen parameters takes longer than writing them. */
export const valuesOf = (seq: number, exchange: Exchange): readonly (string | number | null)[] => [
  seq,
  exchange.id,
  exchange.tenant ?? null,
  exchange.at,
  exchange.method,
  exchange.url,
  exchange.status,
  exchange.action,
  exchange.target?.id ?? null,
  JSON.stringify(detailsOf(exchange)),
  exchange.request.body ?? null,
  exchange.response.body ?? null,
]

const detailsOf = (exchange: Exchange): Details => ({
  parent: exchange.parent,
  tenantTime: exchange.tenantTime,
  microseconds: exchange.microseconds,
  target: exchange.target,
  token: exchange.token,
  refusal: exchange.refusal,
  rule: exchange.rule,
  profile: exchange.profile,
  remoteAddress: exchange.remoteAddress,
  fault: exchange.fault,
  replayOf: exchange.replayOf,
  request: { headers: exchange.request.headers, cutFrom: exchange.request.cutFrom },
  response: { headers: exchange.response.headers, cutFrom: exchange.response.cutFrom },
})

export function exchangeOf(row: ExchangeRow): Exchange {
  const { request, response, ...details }: Details = JSON.parse(row.details)
  return {
    id: row.id,
    ...(row.tenant !== null && { tenant: row.tenant }),
    at: row.at,
    method: row.method,
    url: row.url,
    status: row.status,
    action: row.action,
    ...details,
    ...(row.findings !== null && { notes: notesOf(row.findings, row) }),
    request: withBody(request, row.request_body),
    response: withBody(response, row.response_body),
  }
}

const withBody = (message: Omit<Message, 'body'>, body: string | null): Message =>
  body === null ? message : { ...message, body }

const notesOf = (findings: string, { cycle, dialect, client }: ExchangeRow): ExchangeNotes => ({
  client: client ?? 'ad-hoc',
  findings: JSON.parse(findings),
  ...(cycle !== null && { cycle }),
  ...(dialect !== null && { dialect }),
})
