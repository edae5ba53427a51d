import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import type { Journal } from '../journal/journal.ts'
import { createMaskFor } from '../journal/mask.ts'
import { newRequestId } from '../journal/request-id.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import { authenticate, refused } from './authenticate.ts'
import { encodingIn } from './body-form.ts'
import { answerBulk, type BulkParts } from './bulk/answer-bulk.ts'
import { answerDiscovery } from './discovery-operations.ts'
import { breachOfHttp } from './http-rules.ts'
import { createWorkLimit } from './limit-work.ts'
import { answerRoot } from './list-operations.ts'
import { limitPipelining } from './pipelining.ts'
import { type LabelOf, operationRecorder, recordExchanges, unsentRecorder } from './record-exchange.ts'
import type { Answer } from './reply.ts'
import { errorAnswer } from './reply-error.ts'
import { aimOf } from './request-facts.ts'
import { answerResource } from './resource-operations.ts'
import type { ResourceParts } from './resource-parts.ts'
import { isSearch, routeOf } from './route.ts'
import { scimRequestOf } from './scim-request.ts'
import { createResponder } from './spoil.ts'
import { forgetGoneTenant, tenantNow } from './tenant-now.ts'
import { createThrottle } from './throttle.ts'

export type ScimParts = ResourceParts & {
  readonly tenants: TenantStore
  readonly journal: Journal
  readonly faults: Faults
  /** What a resource of a tenant is called by, also one that was deleted. */
  readonly labelOf: LabelOf
  /** Whose words answer a request of which no tenant is known. */
  readonly otherwise: Profile
  /** Names of attributes whose values are kept out of the journal. */
  readonly secrets: readonly string[]
}

/** The SCIM listener: who is let in, what is read, who answers, how it is worded and kept. */
export function scimPlugin(app: FastifyInstance, parts: ScimParts): void {
  const throttle = createThrottle(() => performance.now())
  const limitWork = createWorkLimit()
  const bodyBytes = app.initialConfig.bodyLimit ?? 0

  app.decorateRequest('exchange')
  app.addHook('onRequest', (request, _reply, done) => {
    request.exchange = { id: newRequestId(), at: Date.now(), started: performance.now() }
    done()
  })
  limitPipelining(app)
  app.addHook('onRequest', ({ raw }, _reply, done) => done(breachOfHttp(raw)))
  const maskFor = createMaskFor(parts.secrets, () =>
    parts.tenants.list().map(({ profile }) => profile.resourceTypes),
  )
  const wording = { otherwise: parts.otherwise, bodyBytes, maskFor }
  const { faults, journal, labelOf, tenants } = parts
  const recording = { journal, maskFor, labelOf, isToken: tenants.isToken }
  recordExchanges(app, recording)
  authenticate(app, parts.tenants)
  readBodies(app)

  const refusal = (thrown: unknown, request: FastifyRequest, exchange = request.exchange): Answer => {
    const isOfNobody = thrown instanceof ScimError && forgetGoneTenant(exchange, parts.tenants)
    return errorAnswer(isOfNobody ? refused() : thrown, request, exchange, wording)
  }
  const operationsOf = (request: FastifyRequest): BulkParts => ({
    ...parts,
    refuse: (thrown, exchange) => refusal(thrown, request, exchange),
    record: operationRecorder(request, recording),
    // A delayed request is carried out though its client has left.
    isAbandoned: () => !request.exchange.fault && request.raw.socket.destroyed,
  })
  const respond = createResponder(app, { faults, wording, recordUnsent: unsentRecorder(recording) })
  const answer = (request: FastifyRequest, reply: FastifyReply, failure?: Error) =>
    respond(request, reply, () =>
      limitWork(request, reply, () => answerTo(request, { parts, throttle, operationsOf, failure })).catch(
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

type Means = {
  readonly parts: ScimParts
  readonly throttle: ReturnType<typeof createThrottle>
  readonly operationsOf: (request: FastifyRequest) => BulkParts
  /** What went wrong while the body was received; it matters only to requests that need one. */
  readonly failure: Error | undefined
}

/**
 * Address, then method, then body (RFC 9110 §15.5.6): what isn't offered is refused as such whatever was sent along,
 * and a body that isn't needed isn't read.
 */
async function answerTo(
  request: FastifyRequest,
  { parts, throttle, operationsOf, failure }: Means,
): Promise<Answer> {
  const { address } = request.exchange
  request.exchange.intent = { kind: 'unknown-address' }
  if (!address) throw errors.noSuchEndpoint('SCIM is served below /{tenant}/scim/v2 and below /scim/v2.')
  const tenant = tenantNow(request.exchange, parts.tenants)
  const route = routeOf(request.method, address, tenant.profile)
  if (route.kind === 'unsupported') {
    request.exchange.intent = { kind: 'unsupported', what: route.what }
    throw route.error
  }
  try {
    throttle(tenant, isSearch(request.method, address, tenant.profile) ? 'GET' : request.method)
  } catch (error) {
    Object.assign(request.exchange, aimOf(request))
    throw error
  }
  const scimRequest = scimRequestOf(request, failure)
  if (route.kind === 'discovery') return answerDiscovery(scimRequest, tenant, route)
  if (route.kind === 'root') return answerRoot(parts, scimRequest, tenant, route)
  if (route.kind === 'bulk') return answerBulk(operationsOf(request), scimRequest, tenant, route.limits)
  return answerResource(parts, scimRequest, tenant, route)
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
    if (encodingIn(request.headers) === undefined) request.exchange.body = body
    done(null, body)
  })
}
