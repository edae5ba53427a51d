import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findCredentials, mark } from '../journal/credentials.ts'
import type { Exchange } from '../journal/exchange.ts'
import type { Journal } from '../ports/journal.ts'
import type { Secret } from '../redaction/redactor.ts'
import { excerpt } from '../scim/error.ts'
import { tenantNow } from '../tenants/tenant.ts'
import {
  type BodyLimits,
  credentialsInForm,
  type Described,
  type Redaction,
  redactExchange,
  type WireExchange,
} from './exchange-redaction.ts'
import { type Subject, unreadable } from './outcome.ts'
import { bodyText, callerOf, hasValidCredentials, type Received } from './request.ts'

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
  const record: RecordRequest = (request, described, response) => {
    // A response may follow after its client has disconnected.
    if (request.isRecorded) return
    request.isRecorded = true
    const { received, fault } = request
    const microseconds = microsecondsSince(received.started)
    deps.recordInOrder(request.log, described, labelled =>
      toExchange(received, labelled, fault, toWire(request, response, microseconds, deps), deps),
    )
  }
  app.decorateRequest('recordAbort', function (this: FastifyRequest) {
    // A request with a fault is recorded when its handler has run.
    if (this.isRecorded || this.fault) return
    record(this, abortedRequest(this, deps), { status: clientClosedRequest, headers: {} })
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
  const credentials = presentedCredentials(request, bodyText(request))
  const sender = { remoteAddress: request.ip, credentials }
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

function toWire(
  request: FastifyRequest,
  { status, headers, body }: SentResponse,
  microseconds: number,
  { requestLimits }: RecorderDeps,
): WireExchange {
  const received = recordedBody(request, requestLimits)
  return {
    method: request.method,
    url: request.originalUrl,
    status,
    microseconds,
    remoteAddress: request.ip,
    credentials: presentedCredentials(request, received.body),
    request: { headers: request.headers, ...received },
    response: { headers, body },
  }
}

/** With limits, no more of the body is read than these need. */
function recordedBody(
  request: FastifyRequest,
  limits: BodyLimits | undefined,
): Pick<WireExchange['request'], 'body' | 'cutFrom'> {
  const body = bodyText(request)
  const longest = limits && limits.stored + limits.margin
  if (body === undefined || longest === undefined || body.length <= longest) return { body }
  return { body: body.slice(0, longest), cutFrom: Buffer.byteLength(body) }
}

const presentedCredentials = (request: FastifyRequest, body: string | undefined): readonly Secret[] => {
  const sent = findCredentials(request.originalUrl, request.headers)
  const inForm = credentialsInForm(request.headers['content-type'], body)
  const found = inForm.length === 0 ? sent : [...sent, ...inForm]
  const { secret } = callerOf(request).aws ?? {}
  return secret === undefined ? found : [...found, { text: secret, placeholder: mark }]
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
    ...(!hasValidCredentials(caller) && { unauthenticated: true }),
    ...(aws?.api !== undefined && { api: aws.api }),
    ...(target && { target }),
    ...(rule && { rule }),
    ...(replayOf !== undefined && { replayOf }),
    ...(fault && { fault }),
    remoteAddress: wire.remoteAddress,
    request,
    response,
  }
}
