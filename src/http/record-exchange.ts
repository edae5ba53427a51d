import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { credentialsIn } from '../journal/credentials.ts'
import type { Exchange, ExchangeTarget } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import { shown } from '../scim/error.ts'
import { nowAt } from '../tenants/tenant.ts'
import type { ExchangeState } from './exchange-state.ts'
import { type Masking, type Wire, withoutSecrets } from './without-secrets.ts'

/** nginx's status for a client that went away before it was answered. */
export const clientClosedRequest = 499

/** What a resource of the tenant with this key is called by, also one that was deleted. */
export type LabelOf = (tenant: number, type: string, id: string) => string | undefined

/** Where exchanges are kept, and what it takes to name their targets and to keep secrets out of them. */
export type Recording = Masking & { readonly journal: Journal; readonly labelOf: LabelOf }

/** Gives every exchange to the journal as it is answered, refused and broken ones included. */
export function recordExchanges(app: FastifyInstance, recording: Recording): void {
  // A client may leave before it has read the response, and a response may come after its client has left.
  const recorded = new WeakSet<ExchangeState>()
  const recordOnce = ({ exchange }: FastifyRequest, wire: () => Wire) => {
    if (recorded.has(exchange)) return
    recorded.add(exchange)
    recording.journal.record(exchangeOf(exchange, wire(), recording))
  }
  app.addHook('onSend', (request, reply, payload, done) => {
    keep(request, () => recordOnce(request, () => wireOf(request, reply, payload)))
    done(null, payload)
  })
  app.addHook('onRequestAbort', (request, done) => {
    // Whoever spoils an answer keeps the exchange once it knows what was done.
    if (request.exchange.fault) return done()
    const wire = () => wireOf(request, { statusCode: clientClosedRequest })
    keep(request, () => recordOnce(request, wire))
    done()
  })
}

/** Gives an operation of a bulk request to the journal. */
export type RecordOperation = (
  exchange: ExchangeState,
  wire: Omit<Wire, 'remoteAddress' | 'presented'>,
) => void

export function operationRecorder(request: FastifyRequest, recording: Recording): RecordOperation {
  const sender = { remoteAddress: request.ip, presented: presentedIn(request) }
  return (exchange, wire) =>
    keep(request, () => recording.journal.record(exchangeOf(exchange, { ...wire, ...sender }, recording)))
}

/** Gives an exchange to the journal whose answer nobody gets. */
export type RecordUnsent = (request: FastifyRequest, status: number, body: string | undefined) => void

export const unsentRecorder =
  (recording: Recording): RecordUnsent =>
  (request, status, body) =>
    keep(request, () => {
      const wire = wireOf(request, { statusCode: status }, body)
      recording.journal.record(exchangeOf(request.exchange, wire, recording))
    })

/** A journal that fails is the operator's trouble, never the client's. */
function keep(request: FastifyRequest, record: () => void): void {
  try {
    record()
  } catch (err) {
    request.log.error({ err }, 'an exchange could not be kept in the journal')
  }
}

const wireOf = (
  request: FastifyRequest,
  { statusCode }: Pick<FastifyReply, 'statusCode'>,
  payload?: unknown,
): Wire => ({
  method: request.method,
  url: request.originalUrl,
  status: statusCode,
  microseconds: microsecondsSince(request.exchange.started),
  remoteAddress: request.ip,
  presented: presentedIn(request),
  request: { headers: request.headers, body: request.exchange.body?.toString('utf8') },
  response: {
    headers: request.exchange.sent ?? {},
    body: typeof payload === 'string' ? payload : undefined,
  },
})

const presentedIn = ({ originalUrl, headers }: FastifyRequest) => credentialsIn(originalUrl, headers)

/** `started` is what `performance.now()` was. */
export const microsecondsSince = (started: number): number => Math.round((performance.now() - started) * 1000)

function exchangeOf(state: ExchangeState, wire: Wire, recording: Recording): Exchange {
  const { id, parent, at, tenant, token, refusal, replayOf, fault, rule } = state
  const named = { ...state, target: labelled(state, recording.labelOf) }
  const { url, action, target, request, response } = withoutSecrets(named, wire, recording)
  return {
    id,
    ...(parent !== undefined && { parent }),
    at,
    tenantTime: tenant ? nowAt(tenant, at) : at,
    microseconds: wire.microseconds,
    method: wire.method,
    url,
    status: wire.status,
    action,
    ...(tenant && { tenant: tenant.id, profile: tenant.profile.name }),
    ...(token && { token: { id: token.id, ending: token.ending } }),
    ...(refusal && { refusal }),
    ...(target && { target }),
    ...(rule && { rule }),
    ...(replayOf !== undefined && { replayOf }),
    ...(fault && { fault }),
    remoteAddress: wire.remoteAddress,
    request,
    response,
  }
}

/** What a request was about, by name: one that failed early never came to the resource. */
function labelled({ tenant, target }: ExchangeState, labelOf: LabelOf): ExchangeTarget | undefined {
  if (!tenant || target?.id === undefined || target.label !== undefined) return target
  const label = labelOf(tenant.key, target.type, target.id)
  return label === undefined ? target : { ...target, label: shown(label) }
}
