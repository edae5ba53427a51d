import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findCredentials, issuedTokens, longestFirst } from '../journal/credentials.ts'
import { describeRequest } from '../journal/description.ts'
import type { Exchange, ExchangeTarget, Message } from '../journal/exchange.ts'
import type { MaskFor } from '../journal/masking.ts'
import type { OperationFacts } from '../journal/operation.ts'
import { findStrayTokens } from '../journal/stray-tokens.ts'
import type { Journal } from '../ports/journal.ts'
import { createRedactor, type Redactor, type Secret } from '../redaction/redactor.ts'
import { excerpt } from '../scim/error.ts'
import { tenantNow } from '../tenants/tenant.ts'
import type { ExchangeState } from './request.ts'

/** What went over the wire, with all its secrets. */
export type WireExchange = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly microseconds: number
  readonly remoteAddress: string
  /** What the client presented as credentials. */
  readonly credentials: readonly Secret[]
  readonly request: WireMessage<unknown>
  readonly response: WireMessage<string>
}
type WireMessage<Value> = {
  readonly headers: Readonly<Record<string, Value>>
  readonly body: string | undefined
}

/** What it takes to tell secrets from everything else. */
export type Redaction = {
  readonly maskFor: MaskFor
  /** Whether a text is an access token of any tenant, or was one. */
  readonly isToken: (text: string) => boolean
}

type ExchangeTexts = OperationFacts &
  Pick<Exchange, 'url' | 'action' | 'target'> &
  Readonly<Record<'request' | 'response', Message>>

/** All texts of an exchange without secrets: by their names first, then by the values that turn up elsewhere. */
export function redactExchange(
  state: ExchangeState,
  wire: WireExchange,
  { maskFor, isToken }: Redaction,
): ExchangeTexts {
  const { tenant, refusal, intent, target } = state
  const mask = maskFor(tenant?.profile.resourceTypes)
  const spoken = ({ headers, body }: WireMessage<unknown>): Message => ({
    headers: mask.headers(headers),
    ...(body !== undefined && body !== '' && beginningOf(mask.body(body), body)),
  })
  const description = describeRequest(
    refusal ? { kind: 'refused', refusal } : (intent ?? { kind: 'broken-request' }),
  )
  const texts = {
    ...description,
    url: mask.url(wire.url),
    action: mask.summary(description.action),
    ...(target && { target }),
    request: spoken(wire.request),
    response: spoken(wire.response),
  }
  const hide = createRedactor(
    longestFirst([...wire.credentials, ...strayCredentials(state, wire, isToken)]),
    issuedTokens,
  )
  const shown = hide.mayContainSecret(allOf(texts)) ? redactTexts(texts, hide) : texts
  return { ...shown, request: truncateBody(shown.request), response: truncateBody(shown.response) }
}

/** Bodies are kept up to so many characters; what is beyond is cut off, and the cut noted. */
const keptLength = 64 * 1024
/** More than the longest token takes with all its characters escaped. */
const margin = 32 * 1024

/** What is kept of a body and a margin, so that a secret across the cut is still whole; the rest needs no looking at. */
const beginningOf = (masked: string, received: string): Pick<Message, 'body' | 'cutFrom'> =>
  masked.length <= keptLength
    ? { body: masked }
    : { body: masked.slice(0, keptLength + margin), cutFrom: Buffer.byteLength(received) }

const truncateBody = ({ body, ...message }: Message): Message =>
  body === undefined ? message : { ...message, body: body.slice(0, keptLength) }

/**
 * Looked for in requests that were refused, or needed no token: tokens in wrong places get there instead of the right
 * one, and what a client was let write is what it wanted to have stored.
 */
const strayCredentials = (
  { token }: ExchangeState,
  { status, url, request }: WireExchange,
  isToken: Redaction['isToken'],
) =>
  token !== undefined && status < 400
    ? []
    : findStrayTokens({ url, headers: request.headers, body: request.body }, isToken)

/** In as few texts as there can be, for this is asked of every request. */
const allOf = ({
  url,
  action,
  target,
  request,
  response,
}: ExchangeTexts): readonly (string | undefined)[] => [
  `${url}\n${action}\n${target?.id}\n${target?.label}`,
  inOne(request.headers) + inOne(response.headers),
  request.body,
  response.body,
]

function inOne(headers: Message['headers']): string {
  let text = ''
  for (const name in headers) text += `\n${name}\n${headers[name]}`
  return text
}

function redactTexts(
  { url, action, target, request, response, ...facts }: ExchangeTexts,
  hide: Redactor,
): ExchangeTexts {
  const { redact } = hide
  // The margin goes before what was hidden lets it move up: a secret may have been cut at its end.
  const fromBody = (body: string) =>
    redact(body).slice(0, body.length < keptLength + margin ? undefined : -margin)
  const spoken = ({ headers, body, cutFrom }: Message): Message => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [redact(name), redact(value)]),
    ),
    ...(body !== undefined && { body: fromBody(body) }),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  return {
    ...facts,
    url: hide.redactUrl(url),
    action: redact(action),
    ...(target && {
      target: {
        ...target,
        ...(target.id !== undefined && { id: redact(target.id) }),
        ...(target.label !== undefined && { label: redact(target.label) }),
      },
    }),
    request: spoken(request),
    response: spoken(response),
  }
}

/** nginx's status for a client that went away before it was answered. */
export const clientClosedRequest = 499

/** What a resource of the tenant with this key is called by, also one that was deleted. */
export type FindLabel = (tenant: number, type: string, id: string) => string | undefined

/** Where exchanges are kept, and what it takes to name their targets and to keep secrets out of them. */
export type RecordingDeps = Redaction & { readonly journal: Journal; readonly findLabel: FindLabel }

/** Gives every exchange to the journal as it is answered, refused and broken ones included. */
export function recordExchanges(app: FastifyInstance, recording: RecordingDeps): void {
  // A client may leave before it has read the response, and a response may come after its client has left.
  const recorded = new WeakSet<ExchangeState>()
  const recordOnce = ({ exchange }: FastifyRequest, wire: () => WireExchange) => {
    if (recorded.has(exchange)) return
    recorded.add(exchange)
    recording.journal.record(toExchange(exchange, wire(), recording))
  }
  app.addHook('onSend', (request, reply, payload, done) => {
    recordSafely(request, () => recordOnce(request, () => toWire(request, reply, payload)))
    done(null, payload)
  })
  app.addHook('onRequestAbort', (request, done) => {
    // Whoever spoils an answer keeps the exchange once it knows what was done.
    if (request.exchange.fault) return done()
    const wire = () => toWire(request, { statusCode: clientClosedRequest })
    recordSafely(request, () => recordOnce(request, wire))
    done()
  })
}

/** Gives an operation of a bulk request to the journal. */
export type RecordOperation = (
  exchange: ExchangeState,
  wire: Omit<WireExchange, 'remoteAddress' | 'credentials'>,
) => void

export function createOperationRecorder(request: FastifyRequest, recording: RecordingDeps): RecordOperation {
  const sender = { remoteAddress: request.ip, credentials: presentedCredentials(request) }
  return (exchange, wire) =>
    recordSafely(request, () =>
      recording.journal.record(toExchange(exchange, { ...wire, ...sender }, recording)),
    )
}

/** Gives an exchange to the journal whose answer nobody gets. */
export type RecordUnsent = (request: FastifyRequest, status: number, body: string | undefined) => void

export const createUnsentRecorder =
  (recording: RecordingDeps): RecordUnsent =>
  (request, status, body) =>
    recordSafely(request, () => {
      const wire = toWire(request, { statusCode: status }, body)
      recording.journal.record(toExchange(request.exchange, wire, recording))
    })

/** A journal that fails is the operator's trouble, never the client's. */
function recordSafely(request: FastifyRequest, record: () => void): void {
  try {
    record()
  } catch (err) {
    request.log.error({ err }, 'an exchange could not be kept in the journal')
  }
}

const toWire = (
  request: FastifyRequest,
  { statusCode }: Pick<FastifyReply, 'statusCode'>,
  payload?: unknown,
): WireExchange => ({
  method: request.method,
  url: request.originalUrl,
  status: statusCode,
  microseconds: microsecondsSince(request.exchange.started),
  remoteAddress: request.ip,
  credentials: presentedCredentials(request),
  request: { headers: request.headers, body: request.exchange.body?.toString('utf8') },
  response: {
    headers: request.exchange.sent ?? {},
    body: typeof payload === 'string' ? payload : undefined,
  },
})

const presentedCredentials = ({ originalUrl, headers }: FastifyRequest) =>
  findCredentials(originalUrl, headers)

/** `started` is what `performance.now()` was. */
export const microsecondsSince = (started: number): number => Math.round((performance.now() - started) * 1000)

function toExchange(state: ExchangeState, wire: WireExchange, recording: RecordingDeps): Exchange {
  const { id, parent, at, tenant, token, refusal, replayOf, fault, rule } = state
  const named = { ...state, target: withLabel(state, recording.findLabel) }
  const { url, target, request, response, ...description } = redactExchange(named, wire, recording)
  return {
    id,
    ...(parent !== undefined && { parent }),
    at,
    tenantTime: tenant ? tenantNow(tenant, at) : at,
    microseconds: wire.microseconds,
    method: wire.method,
    url,
    status: wire.status,
    ...description,
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
function withLabel({ tenant, target }: ExchangeState, findLabel: FindLabel): ExchangeTarget | undefined {
  if (!tenant || target?.id === undefined || target.label !== undefined) return target
  const label = findLabel(tenant.key, target.type, target.id)
  return label === undefined ? target : { ...target, label: excerpt(label) }
}
