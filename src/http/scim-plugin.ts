import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/active-faults.ts'
import { createMaskFor } from '../journal/masking.ts'
import { newRequestId } from '../journal/request-id.ts'
import type { Journal } from '../ports/journal.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import { authenticate, clearDeletedTenant, currentTenant, unauthorized } from './authentication.ts'
import { type BulkDeps, handleBulk } from './bulk/bulk-request.ts'
import { handleDiscovery } from './discovery.ts'
import { createResponder } from './fault-injection.ts'
import { contentEncoding } from './json-body.ts'
import { createConcurrencyLimit, createThrottle } from './limits.ts'
import { handleRootQuery } from './list-operations.ts'
import { limitPipelining } from './pipelining.ts'
import { httpViolation } from './protocol-errors.ts'
import {
  createOperationRecorder,
  createUnsentRecorder,
  type FindLabel,
  recordExchanges,
} from './recording.ts'
import { type ResourceDeps, scimRequestOf } from './request.ts'
import { intentAndTarget } from './request-facts.ts'
import { handleResource } from './resource-operations.ts'
import { errorResponse, type ScimResponse } from './responses.ts'
import { findRoute, isSearch } from './route.ts'

export type ScimDeps = ResourceDeps & {
  readonly tenants: TenantStore
  readonly journal: Journal
  readonly faults: Faults
  /** What a resource of a tenant is called by, also one that was deleted. */
  readonly findLabel: FindLabel
  /** Whose words answer a request of which no tenant is known. */
  readonly fallbackProfile: Profile
  /** Names of attributes whose values are kept out of the journal. */
  readonly secrets: readonly string[]
}

/** The SCIM listener: who is let in, what is read, who answers, how it is worded and kept. */
export function scimPlugin(app: FastifyInstance, deps: ScimDeps): void {
  const throttle = createThrottle(() => performance.now())
  const limitWork = createConcurrencyLimit()
  const bodyBytes = app.initialConfig.bodyLimit ?? 0

  app.decorateRequest('exchange')
  app.addHook('onRequest', (request, _reply, done) => {
    request.exchange = { id: newRequestId(), at: Date.now(), started: performance.now() }
    done()
  })
  limitPipelining(app)
  app.addHook('onRequest', ({ raw }, _reply, done) => done(httpViolation(raw)))
  const maskFor = createMaskFor(deps.secrets, () =>
    deps.tenants.list().map(({ profile }) => profile.schema.resourceTypes),
  )
  const wording = { fallbackProfile: deps.fallbackProfile, bodyBytes, maskFor }
  const { faults, journal, findLabel, tenants } = deps
  const recording = { journal, maskFor, findLabel, isToken: tenants.isToken }
  recordExchanges(app, recording)
  authenticate(app, deps.tenants)
  readBodies(app)

  const refusal = (thrown: unknown, request: FastifyRequest, exchange = request.exchange): ScimResponse => {
    const isOfNobody = thrown instanceof ScimError && clearDeletedTenant(exchange, deps.tenants)
    return errorResponse(isOfNobody ? unauthorized() : thrown, request, exchange, wording)
  }
  const bulkDepsFor = (request: FastifyRequest): BulkDeps => ({
    ...deps,
    toErrorResponse: (thrown, exchange) => refusal(thrown, request, exchange),
    record: createOperationRecorder(request, recording),
    // A delayed request is carried out though its client has left.
    isAbandoned: () => !request.exchange.fault && request.raw.socket.destroyed,
  })
  const respond = createResponder(app, { faults, wording, recordUnsent: createUnsentRecorder(recording) })
  const answer = (request: FastifyRequest, reply: FastifyReply, failure?: Error) =>
    respond(request, reply, () =>
      limitWork(request, reply, () => handleRequest(request, { deps, throttle, bulkDepsFor, failure })).catch(
        thrown => refusal(thrown, request),
      ),
    )
  // Whatever goes wrong before a handler runs: a refused token, a body that can't be received.
  app.setErrorHandler<Error>((error, request, reply) =>
    isAboutBody(error)
      ? answer(request, reply, error)
      : respond(request, reply, () => refusal(error, request)),
  )
  app.setNotFoundHandler((request, reply) => answer(request, reply))
  app.all('/', (request, reply) => answer(request, reply))
}

type HandlerContext = {
  readonly deps: ScimDeps
  readonly throttle: ReturnType<typeof createThrottle>
  readonly bulkDepsFor: (request: FastifyRequest) => BulkDeps
  /** What went wrong while the body was received; it matters only to requests that need one. */
  readonly failure: Error | undefined
}

/**
 * Address, then method, then body (RFC 9110 §15.5.6): what isn't offered is refused as such whatever was sent along,
 * and a body that isn't needed isn't read.
 */
async function handleRequest(
  request: FastifyRequest,
  { deps, throttle, bulkDepsFor, failure }: HandlerContext,
): Promise<ScimResponse> {
  const { address } = request.exchange
  request.exchange.intent = { kind: 'unknown-address' }
  if (!address) throw errors.noSuchEndpoint('SCIM is served below /{tenant}/scim/v2 and below /scim/v2.')
  const tenant = currentTenant(request.exchange, deps.tenants)
  const route = findRoute(request.method, address, tenant.profile)
  if (route.kind === 'unsupported') {
    request.exchange.intent = { kind: 'unsupported', what: route.what }
    throw route.error
  }
  try {
    throttle(tenant, isSearch(request.method, address, tenant.profile) ? 'GET' : request.method)
  } catch (error) {
    Object.assign(request.exchange, intentAndTarget(request))
    throw error
  }
  const scimRequest = scimRequestOf(request, failure)
  if (route.kind === 'discovery') return handleDiscovery(scimRequest, tenant, route)
  if (route.kind === 'root') return handleRootQuery(deps, scimRequest, tenant, route)
  if (route.kind === 'bulk') return handleBulk(bulkDepsFor(request), scimRequest, tenant, route.limits)
  return handleResource(deps, scimRequest, tenant, route)
}

/** Fastify's codes for a body that it won't receive. One that broke off in the middle isn't among them. */
const bodyFailures = ['FST_ERR_CTP_BODY_TOO_LARGE', 'FST_ERR_CTP_INVALID_MEDIA_TYPE']

const isAboutBody = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && bodyFailures.includes(error.code)

/**
 * Bytes of any media type are received, so that the journal has what was sent; whether they are JSON is checked once a
 * request needs them. Encoded bytes are no text that the journal could keep.
 */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (contentEncoding(request.headers) === undefined) request.exchange.body = body
    done(null, body)
  })
}
