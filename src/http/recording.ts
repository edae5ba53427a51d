import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import {
  findCredentials,
  fromParameters,
  isForm,
  longestFirst,
  mark,
  tokenPatterns,
} from '../journal/credentials.ts'
import type { Intent } from '../journal/description.ts'
import { describeRequest } from '../journal/description.ts'
import type { Exchange, Message } from '../journal/exchange.ts'
import type { MaskFor } from '../journal/masking.ts'
import type { OperationFacts } from '../journal/operation.ts'
import type { SignatureRefusal } from '../journal/signature-refusal.ts'
import { findStrayTokens } from '../journal/stray-tokens.ts'
import type { Journal } from '../ports/journal.ts'
import { createRedactor, type Redactor, type Secret } from '../redaction/redactor.ts'
import { excerpt } from '../scim/error.ts'
import { clientOfCredential } from '../tenants/credential.ts'
import { type Refusal, type TokenRefusal, tenantNow } from '../tenants/tenant.ts'
import { type Completed, type Subject, unreadable } from './outcome.ts'
import { type AwsRequestFacts, bodyText, type Caller, callerOf, type Received } from './request.ts'

/** A request and its response as transmitted, including secrets. */
type WireExchange = {
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

/** How secrets are recognized. */
type Redaction = {
  readonly maskFor: MaskFor
  /** Whether a text is or was an access token of any tenant. */
  readonly isToken: (text: string) => boolean
}

type ExchangeTexts = OperationFacts &
  Pick<Exchange, 'url' | 'action' | 'target'> &
  Readonly<Record<'request' | 'response', Message>>

/** All texts of an exchange without secrets. Removes secrets by their names first, then their values elsewhere. */
function redactExchange(
  { intent, target, caller }: Described,
  wire: WireExchange,
  { maskFor, isToken }: Redaction,
): ExchangeTexts {
  const { tenant } = caller
  const mask = maskFor(tenant?.profile.schema.resourceTypes)
  const maskMessage = ({ headers, body }: WireMessage<unknown>): Message => ({
    headers: mask.headers(headers),
    ...(body !== undefined && body !== '' && beginningOf(maskText(body, headers['content-type']), body)),
  })
  const maskText = (body: string, contentType: unknown) =>
    isForm(contentType, body) ? mask.form(body) : maskBody(body)
  const maskBody = (body: string): string => {
    if (body.length <= maxMaskedBody) return mask.body(body)
    const beginning = body.slice(0, maxBodyLength + margin)
    return mask.body(beginning) === beginning ? beginning : mask.body(body)
  }
  const description = describeRequest(intent.kind === 'token' ? intent : (rejection(caller) ?? intent))
  const texts = {
    ...description,
    url: mask.url(wire.url),
    action: mask.summary(description.action),
    ...(target && { target }),
    request: maskMessage(wire.request),
    response: maskMessage(wire.response),
  }
  const redactor = redactorFor(caller, wire.credentials, strayCredentials(caller, wire, isToken))
  const redacted = redactor.mayContainSecret(allOf(texts)) ? redactTexts(texts, redactor) : texts
  return { ...redacted, request: truncateBody(redacted.request), response: truncateBody(redacted.response) }
}

/** Whether a token or an access key was presented and accepted. */
const isAuthenticated = ({ token, credential, aws, refusal }: Caller): boolean =>
  refusal === undefined && (token !== undefined || credential !== undefined || aws?.secret !== undefined)

/** The intent of a request whose token or signature was rejected. */
function rejection({ refusal, aws }: Caller): Intent | undefined {
  if (refusal === undefined) return undefined
  if (aws) {
    const reason = refusal as TokenRefusal | SignatureRefusal
    return { kind: 'rejected-key', refusal: reason, ...(aws.differs && { differs: aws.differs }) }
  }
  return { kind: 'rejected', refusal: refusal as Refusal }
}

/** The journal stores this many characters of a body. */
const maxBodyLength = 64 * 1024
/** Longer than any token with all its characters escaped. */
const margin = 32 * 1024

/**
 * Of a longer body, only the beginning is masked if it contains no name of a secret. Only responses are that long: in
 * them, a name precedes its value.
 */
const maxMaskedBody = 1024 * 1024

/** The stored part of a body and a margin, so that a secret across the cut is still whole. */
const beginningOf = (masked: string, received: string): Pick<Message, 'body' | 'cutFrom'> =>
  masked.length <= maxBodyLength
    ? { body: masked }
    : { body: masked.slice(0, maxBodyLength + margin), cutFrom: Buffer.byteLength(received) }

const truncateBody = ({ body, ...message }: Message): Message =>
  body === undefined ? message : { ...message, body: body.slice(0, maxBodyLength) }

/**
 * Tokens in wrong places. Only failed and unauthenticated requests are searched: the client sent the token there instead
 * of in the header. What an authenticated client wrote successfully is data.
 */
const strayCredentials = (
  caller: Caller,
  { status, url, request }: WireExchange,
  isToken: Redaction['isToken'],
) =>
  isAuthenticated(caller) && status < 400
    ? []
    : findStrayTokens({ url, headers: request.headers, body: request.body }, isToken)

/** Of tokens in use. Making one takes longer than searching the texts of a request. */
const redactors = new LRUCache<string, { readonly text: string; readonly redactor: Redactor }>({ max: 100 })

function redactorFor(
  { token, credential }: Caller,
  credentials: readonly Secret[],
  stray: readonly Secret[],
): Redactor {
  const create = () => createRedactor(longestFirst([...credentials, ...stray]), tokenPatterns)
  const [only] = credentials
  const client = token?.id ?? (credential && clientOfCredential(credential))
  if (client === undefined || !only || credentials.length + stray.length > 1) return create()
  const known = redactors.get(client)
  if (known?.text === only.text) return known.redactor
  const redactor = create()
  redactors.set(client, { text: only.text, redactor })
  return redactor
}

/** Joined into few texts, since every request is searched. */
const allOf = ({
  url,
  action,
  target,
  request,
  response,
}: ExchangeTexts): readonly (string | undefined)[] => [
  `${url}\n${action}\n${target?.id}\n${target?.label}`,
  joinHeaders(request.headers) + joinHeaders(response.headers),
  request.body,
  response.body,
]

function joinHeaders(headers: Message['headers']): string {
  let text = ''
  for (const name in headers) text += `\n${name}\n${headers[name]}`
  return text
}

function redactTexts(
  { url, action, target, request, response, ...facts }: ExchangeTexts,
  { redact, redactUrl }: Redactor,
): ExchangeTexts {
  // The margin is removed first, since placeholders shorten the text and its end may hold a part of a secret.
  const fromBody = (body: string) =>
    redact(body).slice(0, body.length < maxBodyLength + margin ? undefined : -margin)
  const redactMessage = ({ headers, body, cutFrom }: Message): Message => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [redact(name), redact(value)]),
    ),
    ...(body !== undefined && { body: fromBody(body) }),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  return {
    ...facts,
    url: redactUrl(url),
    action: redact(action),
    ...(target && {
      target: {
        ...target,
        ...(target.id !== undefined && { id: redact(target.id) }),
        ...(target.label !== undefined && { label: redact(target.label) }),
      },
    }),
    request: redactMessage(request),
    response: redactMessage(response),
  }
}

/** nginx's status for a client that disconnected before the response. */
export const clientClosedRequest = 499

/** The label of a resource, also of a deleted one. `tenant` is the key of the tenant. */
export type FindLabel = (tenant: number, type: string, id: string) => Promise<string | undefined>

export type RecordingDeps = Redaction & { readonly recordInOrder: RecordInOrder }

type RecorderDeps = RecordingDeps & {
  /** The subject of a request that has arrived but is not handled. */
  readonly unhandledSubject: (request: FastifyRequest) => Subject
}

/** A response with all its headers. */
type SentResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** Records a request with the response that was sent, or would have been sent. Once per request. */
export type RecordRequest = (request: FastifyRequest, described: Described, response: SentResponse) => void

/** A request as the journal describes it. */
type Described = Pick<Completed, 'intent' | 'target' | 'rule' | 'caller'>

/** Records an exchange, built from the request with the label of its target, after those before it. Never throws. */
type RecordInOrder = (
  log: FastifyRequest['log'],
  described: Described,
  build: (labelled: Described) => Exchange,
) => void

/**
 * Records exchanges in the order of the calls. An exchange whose target has no label yet, since its request failed
 * early, waits for the label, and so do those after it; responses never do.
 */
export function createOrderedRecording(
  app: FastifyInstance,
  {
    journal,
    findLabel,
  }: { readonly journal: Pick<Journal, 'record' | 'announce'>; readonly findLabel: FindLabel },
): RecordInOrder {
  /** The newest exchange that waits; undefined if none does. */
  let last: Promise<void> | undefined

  const findTargetLabel = ({ caller: { tenant }, target }: Described) =>
    !tenant || target?.id === undefined || target.label !== undefined
      ? undefined
      : findLabel(tenant.key, target.type, target.id)

  const recordAfter = async (
    previous: Promise<void> | undefined,
    label: ReturnType<typeof findTargetLabel>,
    ...[log, described, build]: Parameters<RecordInOrder>
  ) => {
    const labelled = await withLabel(described, label).catch(err => {
      log.error({ err }, 'the label of a resource could not be read')
      return described
    })
    await previous
    recordSafely(log, () => journal.record(build(labelled)))
  }

  app.addHook('onClose', async () => last)
  return (log, described, build) => {
    const label = findTargetLabel(described)
    if (!label && !last) {
      recordSafely(log, () => journal.record(build(described)))
      return
    }
    const own = recordAfter(last, label, log, described, build).then(() => {
      if (last === own) last = undefined
    })
    last = own
    journal.announce(own)
  }
}

/** The request with the label of its target. */
async function withLabel(described: Described, label: ReturnType<FindLabel> | undefined): Promise<Described> {
  const found = await label
  if (found === undefined || !described.target) return described
  return { ...described, target: { ...described.target, label: excerpt(found) } }
}

/** Also records requests whose client disconnects before the response. */
export function createRecorder(app: FastifyInstance, deps: RecorderDeps): RecordRequest {
  // A response may follow after its client has disconnected.
  const recorded = new WeakSet<FastifyRequest>()
  const record: RecordRequest = (request, described, response) => {
    if (recorded.has(request)) return
    recorded.add(request)
    const { received, fault } = request
    const microseconds = microsecondsSince(received.started)
    deps.recordInOrder(request.log, described, labelled =>
      toExchange(received, labelled, fault, toWire(request, response, microseconds), deps),
    )
  }
  app.addHook('onRequestAbort', (request, done) => {
    // A request with a fault is recorded when its handler has run.
    if (!request.fault)
      record(request, abortedRequest(request, deps), { status: clientClosedRequest, headers: {} })
    done()
  })
  return record
}

/** A request is handled as soon as it has arrived as a whole. */
function abortedRequest(request: FastifyRequest, { unhandledSubject }: RecorderDeps): Described {
  const caller = callerOf(request)
  return { ...(caller.tenant && request.raw.complete ? unhandledSubject(request) : unreadable), caller }
}

/** Records an operation of a bulk request. */
export type RecordOperation = (
  received: Received,
  described: Described,
  wire: Omit<WireExchange, 'remoteAddress' | 'credentials'>,
) => void

export function createOperationRecorder(request: FastifyRequest, deps: RecordingDeps): RecordOperation {
  const sender = { remoteAddress: request.ip, credentials: presentedCredentials(request) }
  return (received, described, wire) =>
    deps.recordInOrder(request.log, described, labelled =>
      toExchange(received, labelled, undefined, { ...wire, ...sender }, deps),
    )
}

/** An error of the journal is the operator's problem, never the client's. */
function recordSafely(log: FastifyRequest['log'], record: () => void): void {
  try {
    record()
  } catch (err) {
    log.error({ err }, 'the journal could not record a request')
  }
}

const toWire = (
  request: FastifyRequest,
  { status, headers, body }: SentResponse,
  microseconds: number,
): WireExchange => ({
  method: request.method,
  url: request.originalUrl,
  status,
  microseconds,
  remoteAddress: request.ip,
  credentials: presentedCredentials(request),
  request: { headers: request.headers, body: bodyText(request) },
  response: { headers, body },
})

const presentedCredentials = (request: FastifyRequest): readonly Secret[] => {
  const sent = findCredentials(request.originalUrl, request.headers)
  const inForm = formCredentials(request)
  const found = inForm.length === 0 ? sent : [...sent, ...inForm]
  const { secret } = callerOf(request).aws ?? {}
  return secret === undefined ? found : [...found, { text: secret, placeholder: mark }]
}

const formCredentials = (request: FastifyRequest): readonly Secret[] => {
  const type = request.headers['content-type']
  if (type === undefined || /json/i.test(type)) return []
  const body = bodyText(request) ?? ''
  return isForm(type, body) ? fromParameters(body) : []
}

/** `started` is a value of `performance.now()`. */
export const microsecondsSince = (started: number): number => Math.round((performance.now() - started) * 1000)

/** The journal's entry of a request. */
function toExchange(
  { id, parent, at }: Received,
  described: Described,
  fault: Exchange['fault'],
  wire: WireExchange,
  redaction: Redaction,
): Exchange {
  const { caller, rule } = described
  const { tenant, token, credential, refusal, aws, replayOf } = caller
  const { url, target, request, response, ...description } = redactExchange(described, wire, redaction)
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
    ...(credential && { credential }),
    ...(refusal && { refusal }),
    ...(aws && awsColumns(aws)),
    ...(target && { target }),
    ...(rule && { rule }),
    ...(replayOf !== undefined && { replayOf }),
    ...(fault && { fault }),
    remoteAddress: wire.remoteAddress,
    request,
    response,
  }
}

const awsColumns = ({ api, apiOperation, accessKey, region }: AwsRequestFacts) => ({
  ...(api !== undefined && { api }),
  ...(apiOperation !== undefined && { apiOperation }),
  ...(accessKey !== undefined && { accessKey }),
  ...(region !== undefined && { region }),
})
