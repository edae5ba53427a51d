import type { Refusal } from '../tenants/tenant.ts'
import type { Exchange, Message } from './exchange.ts'

/** An exchange as a row of the table `exchanges`, without its number. */
export type ExchangeRow = {
  readonly id: string
  readonly tenant: string | null
  readonly at: number
  readonly tenant_time: number
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly target_type: string | null
  readonly target_id: string | null
  readonly target_label: string | null
  readonly token_id: string | null
  readonly token_ending: string | null
  readonly refusal: Refusal | null
  readonly rule: string | null
  readonly profile: string | null
  readonly remote_address: string | null
  readonly request_headers: string
  readonly request_body: string | null
  readonly request_cut: number | null
  readonly response_headers: string
  readonly response_body: string | null
  readonly response_cut: number | null
}

export const rowOf = (exchange: Exchange): ExchangeRow => ({
  id: exchange.id,
  tenant: exchange.tenant ?? null,
  at: exchange.at,
  tenant_time: exchange.tenantTime,
  microseconds: Math.round(exchange.microseconds),
  method: exchange.method,
  url: exchange.url,
  status: exchange.status,
  action: exchange.action,
  target_type: exchange.target?.type ?? null,
  target_id: exchange.target?.id ?? null,
  target_label: exchange.target?.label ?? null,
  token_id: exchange.token?.id ?? null,
  token_ending: exchange.token?.ending ?? null,
  refusal: exchange.refusal ?? null,
  rule: exchange.rule ?? null,
  profile: exchange.profile ?? null,
  remote_address: exchange.remoteAddress ?? null,
  request_headers: JSON.stringify(exchange.request.headers),
  request_body: exchange.request.body ?? null,
  request_cut: exchange.request.cutFrom ?? null,
  response_headers: JSON.stringify(exchange.response.headers),
  response_body: exchange.response.body ?? null,
  response_cut: exchange.response.cutFrom ?? null,
})

const messageOf = (headers: string, body: string | null, cut: number | null): Message => ({
  headers: JSON.parse(headers),
  ...(body !== null && { body }),
  ...(cut !== null && { cutFrom: cut }),
})

const targetOf = (row: ExchangeRow) =>
  row.target_type !== null && {
    target: {
      type: row.target_type,
      ...(row.target_id !== null && { id: row.target_id }),
      ...(row.target_label !== null && { label: row.target_label }),
    },
  }

export const exchangeOf = (row: ExchangeRow): Exchange => ({
  id: row.id,
  ...(row.tenant !== null && { tenant: row.tenant }),
  at: row.at,
  tenantTime: row.tenant_time,
  microseconds: row.microseconds,
  method: row.method,
  url: row.url,
  status: row.status,
  action: row.action,
  ...targetOf(row),
  ...(row.token_id !== null && { token: { id: row.token_id, ending: row.token_ending ?? '' } }),
  ...(row.refusal !== null && { refusal: row.refusal }),
  ...(row.rule !== null && { rule: row.rule }),
  ...(row.profile !== null && { profile: row.profile }),
  ...(row.remote_address !== null && { remoteAddress: row.remote_address }),
  request: messageOf(row.request_headers, row.request_body, row.request_cut),
  response: messageOf(row.response_headers, row.response_body, row.response_cut),
})
