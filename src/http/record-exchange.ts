import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describe } from '../journal/describe.ts'
import type { Exchange, ExchangeTarget, Message } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import type { Mask, MaskFor } from '../journal/mask.ts'
import { shown } from '../scim/error.ts'
import { nowAt } from '../tenants/tenant.ts'
import type { ExchangeState } from './exchange-state.ts'

/** Bodies are kept up to so many characters; what is beyond is cut off, and the cut noted. */
const keptLength = 64 * 1024
/** nginx's status for a client that went away before it was answered. */
export const clientClosedRequest = 499

/** What a resource of the tenant with this key is called by, also one that was deleted. */
export type LabelOf = (tenant: number, type: string, id: string) => string | undefined

export type Recording = {
  readonly journal: Journal
  readonly maskFor: MaskFor
  readonly labelOf: LabelOf
}

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
export type RecordOperation = (exchange: ExchangeState, wire: Omit<Wire, 'remoteAddress'>) => void

export const operationRecorder =
  (request: FastifyRequest, recording: Recording): RecordOperation =>
  (exchange, wire) =>
    keep(request, () =>
      recording.journal.record(exchangeOf(exchange, { ...wire, remoteAddress: request.ip }, recording)),
    )

/** Gives an exchange to the journal whose answer nobody gets. */
export type RecordUnsent = (request: FastifyRequest, status: number, body: string | undefined) => void

export const unsentRecorder =
  (recording: Recording): RecordUnsent =>
  (request, status, body) =>
    keep(request, () =>
      recording.journal.record(
        exchangeOf(request.exchange, wireOf(request, { statusCode: status }, body), recording),
      ),
    )

/** A journal that fails is the operator's trouble, never the client's. */
function keep(request: FastifyRequest, record: () => void): void {
  try {
    record()
  } catch (err) {
    request.log.error({ err }, 'an exchange could not be kept in the journal')
  }
}

/** What went over the wire, with all its secrets. */
type Wire = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly microseconds: number
  readonly remoteAddress: string
  readonly request: Spoken<unknown>
  readonly response: Spoken<string>
}
type Spoken<Value> = { readonly headers: Readonly<Record<string, Value>>; readonly body: string | undefined }

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
  request: { headers: request.headers, body: request.exchange.body?.toString('utf8') },
  response: {
    headers: request.exchange.sent ?? {},
    body: typeof payload === 'string' ? payload : undefined,
  },
})

/** `started` is what `performance.now()` was. */
export const microsecondsSince = (started: number): number => Math.round((performance.now() - started) * 1000)

function exchangeOf(state: ExchangeState, wire: Wire, { maskFor, labelOf }: Recording): Exchange {
  const { id, parent, at, tenant, token, refusal, replayOf, fault, intent, rule } = state
  const target = labelled(state, labelOf)
  const mask = maskFor(tenant?.profile.resourceTypes)
  return {
    id,
    ...(parent !== undefined && { parent }),
    at,
    tenantTime: tenant ? nowAt(tenant, at) : at,
    microseconds: wire.microseconds,
    method: wire.method,
    url: mask.url(wire.url),
    status: wire.status,
    action: mask.words(
      describe(refusal ? { kind: 'refused', refusal } : (intent ?? { kind: 'broken-request' })),
    ),
    ...(tenant && { tenant: tenant.id, profile: tenant.profile.name }),
    ...(token && { token: { id: token.id, ending: token.ending } }),
    ...(refusal && { refusal }),
    ...(target && { target }),
    ...(rule && { rule }),
    ...(replayOf !== undefined && { replayOf }),
    ...(fault && { fault }),
    remoteAddress: wire.remoteAddress,
    request: message(mask.headers(wire.request.headers), wire.request.body, mask),
    response: message(wire.response.headers, wire.response.body, mask),
  }
}

/** What a request was about, by name: one that failed early never came to the resource. */
function labelled({ tenant, target }: ExchangeState, labelOf: LabelOf): ExchangeTarget | undefined {
  if (!tenant || target?.id === undefined || target.label !== undefined) return target
  const label = labelOf(tenant.key, target.type, target.id)
  return label === undefined ? target : { ...target, label: shown(label) }
}

function message(headers: Message['headers'], body: string | undefined, mask: Mask): Message {
  if (body === undefined || body === '') return { headers }
  const masked = mask.body(body)
  if (masked.length <= keptLength) return { headers, body: masked }
  return { headers, body: masked.slice(0, keptLength), cutFrom: Buffer.byteLength(body) }
}
