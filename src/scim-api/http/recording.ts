import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findCredentials, mark } from '../../domain/journal/credentials.ts'
import { describeRequest, type Intent } from '../../domain/journal/description.ts'
import type { Exchange, SignatureRefusal } from '../../domain/journal/exchange.ts'
import { maskOf, type SecretNamesFor } from '../../domain/journal/masking.ts'
import type { Recorded, RecordedMessage } from '../../domain/journal/record-layout.ts'
import {
  type BodyLimits,
  beginningOf,
  credentialsInForm,
  maskBody,
  usualLimits,
} from '../../domain/journal/redact-recorded.ts'
import { findStrayTokens } from '../../domain/journal/stray-tokens.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { type Refusal, type TokenRefusal, tenantNow } from '../../domain/tenants/tenant.ts'
import type { Secret } from '../../scim/redaction/redactor.ts'
import { excerpt } from '../../scim/text.ts'
import { type Caller, callerOf, hasValidCredentials, type Received } from './receive.ts'
import { bodyText, type Completed, contentEncoding, type Subject, unreadable } from './request.ts'

/** nginx's status for a client that disconnected before the response. */
export const clientClosedRequest = 499

type Label = string | undefined

export type FindLabel = (tenant: number, type: string, id: string) => Label | Promise<Label>

export type Described = Pick<Completed, 'intent' | 'target' | 'rule' | 'caller'>

type RecordingOptions = {
  readonly secretNamesFor: SecretNamesFor
  readonly isCredential: (text: string) => boolean
  readonly summarizeBody?: (body: string) => string
  readonly maxListBody?: number
  /** How much is stored of the body of a request, of which no more is read; by default, as of that of a response. */
  readonly requestLimits?: BodyLimits
}

export type RecordingDeps = RecordingOptions & { readonly recordInOrder: RecordInOrder }

type RecorderDeps = RecordingDeps & {
  readonly unhandledSubject: (request: FastifyRequest) => Subject
}

type SentResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** A request is recorded once, also if its response was not sent. */
export type RecordRequest = (request: FastifyRequest, described: Described, response: SentResponse) => void

/** Records a request, built with the label of its target, after those before it. Never throws. */
type RecordInOrder = (
  log: FastifyRequest['log'],
  described: Described,
  build: (labelled: Described) => Recorded,
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
  let last: Promise<void> | undefined

  const findTargetLabel = ({ caller: { tenant }, target }: Described): ReturnType<FindLabel> =>
    !tenant || target?.id === undefined || target.label !== undefined
      ? undefined
      : findLabel(tenant.key, target.type, target.id)

  const recordAfter = async (
    previous: Promise<void> | undefined,
    label: Label | Promise<Label>,
    ...[log, described, build]: Parameters<RecordInOrder>
  ) => {
    const found = await Promise.resolve(label).catch(err => {
      log.error({ err }, labelFailed)
      return undefined
    })
    await previous
    recordSafely(log, () => journal.record(build(withLabel(described, found))))
  }

  app.addHook('onClose', async () => last)
  return (log, described, build) => {
    let label: Label | Promise<Label>
    try {
      label = findTargetLabel(described)
    } catch (err) {
      log.error({ err }, labelFailed)
    }
    if (!last && !(label instanceof Promise)) {
      const found = label
      recordSafely(log, () => journal.record(build(withLabel(described, found))))
      return
    }
    const own = recordAfter(last, label, log, described, build).then(() => {
      if (last === own) last = undefined
    })
    last = own
    journal.announce(own)
  }
}

const labelFailed = 'the label of a resource could not be read'

const withLabel = (described: Described, label: Label): Described =>
  label === undefined || !described.target
    ? described
    : { ...described, target: { ...described.target, label: excerpt(label) } }

/** Also records requests whose client disconnects before the response. */
export function createRecorder(app: FastifyInstance, deps: RecorderDeps): RecordRequest {
  const record: RecordRequest = (request, described, response) => {
    // A response may follow after its client has disconnected.
    if (request.isRecorded) return
    request.isRecorded = true
    const { received, fault } = request
    const wire = toWire(request, described.caller, response)
    deps.recordInOrder(request.log, described, labelled => toRecorded(received, labelled, fault, wire, deps))
  }
  app.decorateRequest('recordAbort', function (this: FastifyRequest) {
    // A request with a fault is recorded when its handler has run.
    if (this.isRecorded || this.fault) return
    record(this, abortedRequest(this, deps), { status: clientClosedRequest, headers: {} })
  })
  return record
}

function abortedRequest(request: FastifyRequest, { unhandledSubject }: RecorderDeps): Described {
  const caller = callerOf(request)
  return { ...(caller.tenant && request.raw.complete ? unhandledSubject(request) : unreadable), caller }
}

type WireExchange = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly microseconds: number
  readonly remoteAddress: string
  readonly credentials: readonly Secret[]
  readonly request: WireMessage
  readonly response: WireMessage
}
type WireMessage = {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer | string | undefined
}

export type RecordOperation = (
  received: Received,
  described: Described,
  wire: Omit<WireExchange, 'remoteAddress' | 'credentials'>,
) => void

export function createOperationRecorder(request: FastifyRequest, deps: RecordingDeps): RecordOperation {
  const { originalUrl, headers } = request
  const credentials = [
    ...findCredentials(originalUrl, headers),
    ...credentialsInForm(headers['content-type'], bodyText(request)),
  ]
  const sender = { remoteAddress: request.ip, credentials }
  return (received, described, wire) =>
    deps.recordInOrder(request.log, described, labelled =>
      toRecorded(received, labelled, undefined, { ...wire, ...sender }, deps),
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

const noSecrets: readonly Secret[] = []

function toWire(
  request: FastifyRequest,
  { aws }: Caller,
  { status, headers, body }: SentResponse,
): WireExchange {
  // Bytes that are compressed are not stored.
  const isText = Buffer.isBuffer(request.body) && contentEncoding(request.headers) === undefined
  return {
    method: request.method,
    url: request.originalUrl,
    status,
    microseconds: microsecondsSince(request.received.started),
    remoteAddress: request.ip,
    credentials: aws?.secret === undefined ? noSecrets : [{ text: aws.secret, placeholder: mark }],
    request: { headers: request.headers, body: isText ? (request.body as Buffer) : undefined },
    response: { headers, body },
  }
}

/** `started` is a value of `performance.now()`. */
export const microsecondsSince = (started: number): number => Math.round((performance.now() - started) * 1000)

function toRecorded(
  { id, parent, at }: Received,
  { intent, target, rule, caller }: Described,
  fault: Exchange['fault'],
  wire: WireExchange,
  options: RecordingOptions,
): Recorded {
  const { tenant, token, credential, refusal, aws, replayOf } = caller
  const described = describeRequest(intent.kind === 'token' ? intent : (rejection(caller) ?? intent))
  const secretNames = options.secretNamesFor(tenant?.profile.schema.resourceTypes)
  const request = toRequestMessage(wire.request, secretNames, options)
  return {
    id,
    parent,
    at,
    tenantTime: tenant ? tenantNow(tenant, at) : at,
    microseconds: wire.microseconds,
    method: wire.method,
    url: wire.url,
    status: wire.status,
    operation: described.operation,
    action: described.action,
    enabled: described.enabled,
    results: described.results,
    membersAdded: described.membersAdded,
    membersRemoved: described.membersRemoved,
    bulkOperations: described.bulkOperations,
    tenant: tenant?.id,
    profile: tenant?.profile.name,
    tokenId: token?.id,
    tokenEnding: token?.ending,
    credential: credential && JSON.stringify(credential),
    refusal,
    unauthenticated: !hasValidCredentials(caller),
    api: aws?.api,
    apiOperation: aws?.apiOperation,
    accessKey: aws?.accessKey,
    region: aws?.region,
    targetType: target?.type,
    targetId: target?.id,
    targetLabel: target?.label,
    rule,
    replayOf,
    faultId: fault?.id,
    faultSummary: fault?.summary,
    remoteAddress: wire.remoteAddress,
    secretNames,
    secrets: secretsToRecord(caller, wire, request, options),
    request,
    response: toMessage(wire.response, secretNames, responseLimits(intent, options)),
  }
}

function rejection({ refusal, aws }: Caller): Intent | undefined {
  if (refusal === undefined) return undefined
  if (aws) {
    const reason = refusal as TokenRefusal | SignatureRefusal
    return { kind: 'rejected-key', refusal: reason, ...(aws.differs && { differs: aws.differs }) }
  }
  return { kind: 'rejected', refusal: refusal as Refusal }
}

const responseLimits = ({ kind }: Intent, { maxListBody }: RecordingOptions): BodyLimits =>
  maxListBody !== undefined && (kind === 'list' || kind === 'search')
    ? { ...usualLimits, limit: maxListBody }
    : usualLimits

/** Bytes or characters. The writer of the journal masks the bodies up to this length; a longer one would fill its queue. */
const maxUnmasked = 256 * 1024

function toMessage({ headers, body }: WireMessage, secretNames: string, limits: BodyLimits): RecordedMessage {
  const { limit, margin } = limits
  const list = toList(headers)
  if (body === undefined || body.length <= maxUnmasked) {
    return { headers: list, body, cutFrom: undefined, isMasked: false, limit, margin }
  }
  const masked = maskBody(String(body), contentTypeOf(headers), limits, maskOf(secretNames))
  return { headers: list, body: masked.body, cutFrom: masked.cutFrom, isMasked: true, limit, margin }
}

function toRequestMessage(
  { headers, body }: WireMessage,
  secretNames: string,
  { summarizeBody, requestLimits = usualLimits }: RecordingOptions,
): RecordedMessage {
  if (body === undefined || body.length === 0 || (!summarizeBody && requestLimits === usualLimits)) {
    return toMessage({ headers, body }, secretNames, requestLimits)
  }
  const text = String(body)
  if (summarizeBody) {
    const { body: summary, cutFrom } = beginningOf(summarizeBody(text), text, requestLimits)
    return { ...toMessage({ headers, body: summary }, secretNames, requestLimits), cutFrom, isMasked: true }
  }
  const longest = requestLimits.limit + requestLimits.margin
  const message = toMessage({ headers, body: text.slice(0, longest) }, secretNames, requestLimits)
  return text.length <= longest ? message : { ...message, cutFrom: Buffer.byteLength(text) }
}

const contentTypeOf = ({ 'content-type': type }: WireMessage['headers']): string | undefined =>
  typeof type === 'string' ? type : undefined

/** Runs for each request, so it is a plain loop. */
function toList(headers: WireMessage['headers']): readonly string[] {
  const list: string[] = []
  for (const name in headers) list.push(name, String(headers[name]))
  return list
}

const isAuthenticated = ({ token, credential, aws, refusal }: Caller): boolean =>
  refusal === undefined && (token !== undefined || credential !== undefined || aws?.secret !== undefined)

/**
 * Secrets that the journal can't find by itself. Only failed and unauthenticated requests are searched for tokens and client secrets
 * in wrong places: the client sent the secret there instead of where it belongs. What an authenticated client wrote successfully is
 * data.
 */
function secretsToRecord(
  caller: Caller,
  { status, url, request, credentials }: WireExchange,
  { isMasked }: RecordedMessage,
  { isCredential, requestLimits }: RecordingOptions,
): readonly string[] {
  const searchesAll = !isAuthenticated(caller) || status >= 400
  if (!isMasked && !searchesAll && credentials.length === 0) return noTexts
  const { headers } = request
  const longest = requestLimits && requestLimits.limit + requestLimits.margin
  const body = isMasked || searchesAll ? request.body?.toString().slice(0, longest) : undefined
  return [
    ...(isMasked ? credentialsInForm(headers['content-type'], body) : noSecrets),
    ...credentials,
    ...(searchesAll ? findStrayTokens({ url, headers, body }, isCredential) : noSecrets),
  ].flatMap(({ text, placeholder }) => [text, placeholder])
}

const noTexts: readonly string[] = []
