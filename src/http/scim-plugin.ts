import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/active-faults.ts'
import { createSecretNames, type MaskFor, maskOf } from '../journal/masking.ts'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Engine, TakePermit } from '../ports/engine.ts'
import type { Journal } from '../ports/journal.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import {
  authenticate,
  callerUnlessDeleted,
  currentCaller,
  isAdmitted,
  readmit,
  refusalError,
  unauthorized,
} from './authentication.ts'
import { handleBulk } from './bulk/bulk-request.ts'
import { handleDiscovery } from './discovery.ts'
import { createResponder } from './fault-injection.ts'
import { createConcurrencyLimit, createThrottle } from './limits.ts'
import { handleRootQuery } from './list-operations.ts'
import { type Completed, handle, type Outcome, unreadable } from './outcome.ts'
import { receiveBodies } from './receive.ts'
import {
  createOperationRecorder,
  createOrderedRecording,
  createRecorder,
  type FindLabel,
  type RecordingDeps,
} from './recording.ts'
import {
  type AdmittedCaller,
  type Caller,
  callerOf,
  type Origin,
  type ResourceDeps,
  type ScimRequest,
  scimRequestOf,
} from './request.ts'
import { unhandledSubject } from './request-facts.ts'
import { handleResource } from './resource-operations.ts'
import { type ErrorContext, formatFailure } from './responses.ts'
import { findRoute, isSearch, type SupportedRoute } from './route.ts'
import { scimProtocol } from './scim-protocol.ts'

export type ScimDeps = ResourceDeps & {
  readonly tenants: TenantStore
  /** For bearer tokens other than the access tokens of tenants, in order of precedence. */
  readonly authenticators: readonly Authenticator[]
  readonly journal: Journal
  readonly faults: Faults
  readonly takePermit: TakePermit
  readonly unavailable: Engine['unavailable']
  readonly findLabel: FindLabel
  /** Formats the errors of requests without a known tenant. */
  readonly fallbackProfile: Profile
  /** Names of attributes whose values the journal masks. */
  readonly secrets: readonly string[]
  /** Whether a text is or was an access token or a client secret of any tenant. The journal masks it wherever it is. */
  readonly isCredential: (text: string) => boolean
  /** How many characters of the response to a list or search the journal stores. */
  readonly maxRecordedList: number
}

/** SCIM: authentication, bodies, routing, responses and recording. The requests have passed `receiveRequests`. */
export function scimPlugin(app: FastifyInstance, deps: ScimDeps): void {
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
  // Tokens that this process holds in memory may have been revoked meanwhile.
  app.addHook('onRequest', (_request, _reply, done) =>
    done(deps.unavailable() === undefined ? undefined : errors.unavailable()),
  )
  authenticate(app, tenants, deps.authenticators)
  receiveBodies(app)

  const maskFor: MaskFor = types => maskOf(secretNamesFor(types))
  const errorContext = { fallbackProfile, bodyBytes: app.initialConfig.bodyLimit ?? 0, maskFor }
  const context: HandlerContext = {
    deps,
    recording,
    errorContext,
    throttle: createThrottle(deps.takePermit),
  }
  const limitConcurrency = createConcurrencyLimit()
  const respond = createResponder(app, { faults, protocol: scimProtocol(errorContext), record })
  const fail = (request: FastifyRequest, outcome: Outcome) =>
    complete(outcome, request, { received: request.received, caller: callerOf(request) }, context)
  const respondTo = (request: FastifyRequest, reply: FastifyReply, failure?: Error) =>
    respond(request, reply, () =>
      limitConcurrency(
        request,
        reply,
        () => handleRequest(request, reply, failure, context),
        error => fail(request, { ...unhandledSubject(request), error }),
      ),
    )
  // Errors before a handler runs: rejected tokens, bodies that can't be received.
  const respondToError = (error: Error, request: FastifyRequest, reply: FastifyReply) =>
    isAboutBody(error)
      ? respondTo(request, reply, error)
      : respond(request, reply, () => fail(request, { ...unreadable, error }))
  app.setErrorHandler<Error>(async (error, request, reply) => {
    try {
      return await respondToError(error, request, reply)
    } catch (failure) {
      // Fastify itself responds to an error of the error handler.
      reply.code(500)
      record(request, { ...unreadable, caller: callerOf(request) }, { status: 500, headers: {} })
      throw failure
    }
  })
  app.setNotFoundHandler((request, reply) => respondTo(request, reply))
  app.all('/', (request, reply) => respondTo(request, reply))
}

type HandlerContext = {
  readonly deps: ScimDeps
  readonly recording: RecordingDeps
  readonly errorContext: ErrorContext
  readonly throttle: ReturnType<typeof createThrottle>
}

/** Handles a request; never throws. `failure` is an error of its body, which only matters if the body is needed. */
async function handleRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Error | undefined,
  context: HandlerContext,
): Promise<Completed> {
  let caller = currentCaller(callerOf(request), context.deps.tenants)
  const proceed = (readmitted: Caller) => {
    caller = readmitted
    if (!isAdmitted(caller) || caller.refusal !== undefined) {
      throw refusalError(caller.refusal, request.method)
    }
    return route(request, reply, caller, failure, context)
  }
  const outcome = await handle({ intent: { kind: 'unknown-address' } }, () => {
    // The body may have taken long to arrive.
    if (context.deps.unavailable() !== undefined) throw errors.unavailable()
    const readmitted = readmit(caller, request, context.deps)
    return readmitted instanceof Promise ? readmitted.then(proceed) : proceed(readmitted)
  })
  return complete(outcome, request, { received: request.received, caller }, context)
}

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
): Outcome | Promise<Outcome> {
  const { method, address } = request
  const { tenant } = caller
  if (!address) throw errors.noSuchEndpoint('SCIM is served below /{tenant}/scim/v2 and below /scim/v2.')
  const found = findRoute(method, address, tenant.profile)
  if (found.kind === 'unsupported') {
    return { intent: { kind: 'unsupported', what: found.what }, error: found.error }
  }
  const run = () => {
    const scimRequest = scimRequestOf(request, reply, caller, address.root, failure)
    return runRoute(found, scimRequest, request, context)
  }
  const reject = (error: unknown) => ({ ...unhandledSubject(request, tenant), error })
  let permitted: void | Promise<void>
  try {
    permitted = context.throttle(tenant, isSearch(method, address, tenant.profile) ? 'GET' : method)
  } catch (error) {
    return reject(error)
  }
  return permitted instanceof Promise ? permitted.then(run, reject) : run()
}

function runRoute(
  found: SupportedRoute,
  scimRequest: ScimRequest,
  request: FastifyRequest,
  context: HandlerContext,
): Outcome | Promise<Outcome> {
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
  if ('response' in outcome) return { ...outcome, caller }
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
