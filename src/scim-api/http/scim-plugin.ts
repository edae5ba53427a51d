import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import type { Faults } from '../../domain/faults/fault.ts'
import { createSecretNames, type MaskFor, maskOf } from '../../domain/journal/masking.ts'
import type { Engine, TakePermit } from '../../domain/ports/engine.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Authenticator } from '../../domain/tenants/credential.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import type { Profile } from '../../profiles/profile.ts'
import { errors, ScimError } from '../../scim/error.ts'
import type { Json } from '../../scim/json.ts'
import { handleBulk } from './bulk/bulk-request.ts'
import { handleDiscovery } from './discovery.ts'
import { createThrottle, limitConcurrency } from './limits.ts'
import { handleRootQuery } from './list-operations.ts'
import {
  type AdmittedCaller,
  callerOf,
  callerUnlessDeleted,
  createAdmission,
  currentCaller,
  isAdmitted,
  type Origin,
  type Received,
  type ReceiveRequests,
  readmit,
  refusalError,
  unauthorized,
} from './receive.ts'
import {
  createOperationRecorder,
  createOrderedRecording,
  createRecorder,
  type FindLabel,
  type RecordingDeps,
} from './recording.ts'
import {
  type Completed,
  type Outcome,
  originOf,
  parseBody,
  type ResourceDeps,
  type ScimRequest,
  type Subject,
  UnreadableBody,
  unreadable,
} from './request.ts'
import { handleResource } from './resource-operations.ts'
import { createResponder, handle, type Protocol, responseHeaders } from './respond.ts'
import { findRoute, isSearch, type SupportedRoute } from './route.ts'
import { type ErrorContext, errorOfFault, formatError, formatFailure } from './scim-errors.ts'
import { requestFacts, unhandledSubject } from './subject.ts'

export type ScimDeps = ResourceDeps & {
  readonly tenants: TenantStore
  readonly authenticators: readonly Authenticator[]
  readonly journal: Journal
  readonly faults: Faults
  readonly takePermit: TakePermit
  readonly unavailable: Engine['unavailable']
  readonly findLabel: FindLabel
  readonly fallbackProfile: Profile
  readonly secrets: readonly string[]
  /** Whether a text is or was an access token or a client secret of any tenant. The journal masks it wherever it is. */
  readonly isCredential: (text: string) => boolean
  readonly maxRecordedList: number
}

export function scimPlugin(app: FastifyInstance, deps: ScimDeps, receive: ReceiveRequests): void {
  const { faults, journal, findLabel, tenants, fallbackProfile } = deps
  const secretNamesFor = createSecretNames(deps.secrets, () =>
    tenants.list().map(({ profile }) => profile.schema.resourceTypes),
  )
  const recordInOrder = createOrderedRecording(app, { journal, findLabel })
  const recording = {
    recordInOrder,
    secretNamesFor,
    isCredential: deps.isCredential,
    maxListBody: deps.maxRecordedList,
  }
  const record = createRecorder(app, { ...recording, unhandledSubject })
  receive(app, createAdmission(app, deps))
  const maskFor: MaskFor = types => maskOf(secretNamesFor(types))
  const errorContext = { fallbackProfile, bodyBytes: app.initialConfig.bodyLimit ?? 0, maskFor }
  const context = { deps, recording, errorContext, throttle: createThrottle(deps.takePermit) }
  const respond = createResponder(app, { faults, protocol: scimProtocol(context), record })
  app.setNotFoundHandler(respond)
  app.all('/', respond)
  // A request without a route passes the router twice, which takes 2 µs.
  app.all('/*', respond)
}

function scimProtocol(context: HandlerContext): Protocol {
  const { errorContext } = context
  const fail = (request: FastifyRequest, outcome: Outcome) =>
    complete(outcome, request, { received: request.received, caller: callerOf(request) }, context)
  const handleLimited = limitConcurrency(
    (request, reply, failure) => handleRequest(request, reply, failure, context),
    (request, error) => fail(request, { ...unhandledSubject(request), error }),
  )
  return {
    handle: (request, reply, failure) =>
      failure && !isAboutBody(failure)
        ? fail(request, { ...unreadable, error: failure })
        : handleLimited(request, reply, failure),
    facts: requestFacts,
    unhandledSubject,
    headers: responseHeaders,
    errorOfFault: (effect, request) =>
      formatError(errorOfFault(effect), request.received, callerOf(request), errorContext),
    expired: request => {
      const caller = callerOf(request)
      const response = formatError(unauthorized(), request.received, caller, errorContext)
      return { ...unreadable, caller: { ...caller, refusal: 'expired' }, response }
    },
  }
}

type HandlerContext = {
  readonly deps: ScimDeps
  readonly recording: RecordingDeps
  readonly errorContext: ErrorContext
  readonly throttle: ReturnType<typeof createThrottle>
}

/** Handles a request; never throws. `failure` is an error of its body, which only matters if the body is needed. */
function handleRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Error | undefined,
  context: HandlerContext,
): MaybePromise<Completed> {
  let caller = currentCaller(callerOf(request), context.deps.tenants)
  const outcome = handle(unknownAddress, () => {
    // The body may have taken long to arrive.
    if (context.deps.unavailable() !== undefined) throw errors.unavailable()
    return whenDone(readmit(caller, request, context.deps), readmitted => {
      caller = readmitted
      if (!isAdmitted(caller) || caller.refusal !== undefined) {
        throw refusalError(caller.refusal, request.method)
      }
      return route(request, reply, caller, failure, context)
    })
  })
  return whenDone(outcome, outcome =>
    complete(outcome, request, { received: request.received, caller }, context),
  )
}

const unknownAddress: Subject = { intent: { kind: 'unknown-address' } }

/**
 * Address, then method, then body (RFC 9110 §15.5.6): an unsupported request is rejected as such whatever its body, and
 * a body that isn't needed isn't read.
 */
function route(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: AdmittedCaller,
  failure: Error | undefined,
  context: HandlerContext,
): MaybePromise<Outcome> {
  const { method, address } = request
  const { tenant } = caller
  if (!address) throw errors.noSuchEndpoint('SCIM is served below /{tenant}/scim/v2 and below /scim/v2.')
  const found = findRoute(method, address, tenant.profile)
  if (found.kind === 'unsupported') {
    return { intent: { kind: 'unsupported', what: found.what }, error: found.error }
  }
  const permitted = context.throttle(tenant, isSearch(method, address, tenant.profile) ? 'GET' : method)
  return whenDone(permitted, error => {
    if (error) return { ...unhandledSubject(request, tenant), error }
    const received = new ReceivedRequest(request, reply, caller, address.root, failure)
    return runRoute(found, received, request, context)
  })
}

function runRoute(
  found: SupportedRoute,
  scimRequest: ScimRequest,
  request: FastifyRequest,
  context: HandlerContext,
): MaybePromise<Outcome> {
  const { deps } = context
  switch (found.kind) {
    case 'discovery':
      return handleDiscovery(deps.authenticators, scimRequest, found)
    case 'root':
      return handleRootQuery(deps, scimRequest, found)
    case 'bulk':
      return handleBulk(
        {
          ...deps,
          complete: (outcome, origin) => complete(outcome, request, origin, context),
          record: createOperationRecorder(request, context.recording),
          // A delayed request is handled even if its client has disconnected.
          isAbandoned: () => !request.fault && request.raw.socket.destroyed,
        },
        scimRequest,
        found.limits,
      )
    default:
      return handleResource(deps, scimRequest, found)
  }
}

/**
 * Formats the error of a request, or of an operation within it. If the tenant was deleted meanwhile, the response is that
 * of an unknown token.
 */
function complete(
  outcome: Outcome,
  request: FastifyRequest,
  { received, caller }: Origin,
  { deps, errorContext }: HandlerContext,
): Completed {
  // A spread would take half a microsecond.
  if ('response' in outcome) {
    const { intent, target, response, rule } = outcome
    return { intent, target, response, rule, caller }
  }
  const sender = outcome.error instanceof ScimError ? callerUnlessDeleted(caller, deps.tenants) : caller
  const failed = sender === caller ? outcome : { ...outcome, error: unauthorized() }
  return {
    ...formatFailure(failed, request, { received, caller: sender }, errorContext),
    caller: sender,
  }
}

/** Fastify's codes for bodies that it rejects. A body that ends early isn't among them. */
const bodyFailures = ['FST_ERR_CTP_BODY_TOO_LARGE', 'FST_ERR_CTP_INVALID_MEDIA_TYPE']

const isAboutBody = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && bodyFailures.includes(error.code)

class ReceivedRequest implements ScimRequest {
  declare readonly caller: AdmittedCaller
  declare readonly root: string
  declare readonly base: string
  declare private readonly request: FastifyRequest
  declare private readonly reply: FastifyReply
  declare private readonly failure: Error | undefined

  constructor(
    request: FastifyRequest,
    reply: FastifyReply,
    caller: AdmittedCaller,
    root: string,
    failure: Error | undefined,
  ) {
    this.request = request
    this.reply = reply
    this.caller = caller
    this.root = root
    this.base = originOf(request) + root
    this.failure = failure
  }

  get received(): Received {
    return this.request.received
  }

  get method(): string {
    return this.request.method
  }

  get query(): unknown {
    return this.request.query
  }

  get headers(): ScimRequest['headers'] {
    return this.request.headers
  }

  get bodyBytes(): number | undefined {
    const { body } = this.request
    return Buffer.isBuffer(body) ? body.length : undefined
  }

  body(): Json | undefined {
    try {
      if (this.failure) throw this.failure
      return parseBody(this.request)
    } catch (error) {
      throw new UnreadableBody(error)
    }
  }

  signal(): AbortSignal | undefined {
    // A delayed request is handled even if its client has disconnected.
    return this.request.fault ? undefined : disconnectionOf(this.reply)
  }
}

const disconnections = new WeakMap<ServerResponse, AbortSignal>()

/**
 * Aborts when the client disconnects; aborted if it has disconnected. Fastify's signal aborts as soon as a body is read,
 * too. Made for the requests that need it: most end before their client could disconnect.
 */
function disconnectionOf({ raw }: FastifyReply): AbortSignal {
  const known = disconnections.get(raw)
  if (known) return known
  const gone = new AbortController()
  const abort = () => {
    if (!raw.writableFinished) gone.abort()
  }
  if (raw.destroyed) abort()
  else raw.once('close', abort)
  disconnections.set(raw, gone.signal)
  return gone.signal
}
