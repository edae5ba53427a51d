import type { Exchange, ExchangeDetail, Message } from '../../domain/contract/exchanges.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import {
  type ExchangeNotes,
  errorDetail,
  type Exchange as StoredExchange,
  type Message as StoredMessage,
  soughtBy,
} from '../../domain/journal/exchange.ts'
import { maxSeverity } from '../../insight/analysis/diagnosis/diagnose.ts'

export function viewExchange(exchange: StoredExchange): Exchange {
  const {
    request: _request,
    response: _response,
    at,
    tenantTime,
    target,
    token,
    credential,
    fault,
    notes,
    enabled: _enabled,
    membersAdded: _added,
    membersRemoved: _removed,
    bulkOperations: _bulk,
    ...rest
  } = exchange
  const detail = errorDetail(exchange)
  const sought = soughtBy(exchange)
  return {
    ...rest,
    at: toIsoTime(at),
    tenantTime: toIsoTime(tenantTime),
    ...(target && { target: { ...target } }),
    ...(token && { token: { ...token } }),
    ...(credential && { credential: structuredClone(credential) as Exchange['credential'] }),
    ...(fault && { fault: { ...fault } }),
    ...(detail !== undefined && { detail }),
    ...(sought !== undefined && { sought }),
    analyzed: notes !== undefined,
    ...viewNotes(notes),
  }
}

export function viewNotes(notes: ExchangeNotes | undefined) {
  const { findings = [], ...rest } = notes ?? {}
  const severity = maxSeverity(findings)
  return { ...rest, findings: [...findings], ...(severity && { severity }) }
}

const viewMessage = (message: StoredMessage): Message => ({
  ...message,
  headers: { ...message.headers },
})

export const viewExchangeDetail = (exchange: StoredExchange): ExchangeDetail => ({
  ...viewExchange(exchange),
  request: viewMessage(exchange.request),
  response: viewMessage(exchange.response),
})
