import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import type { Journal } from '../journal/journal.ts'
import { createMaskFor } from '../journal/mask.ts'
import { newRequestId } from '../journal/request-id.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import { authenticate, refused } from './authenticate.ts'
import { encodingIn, unsupportedForm } from './body-form.ts'
import { answerBulk, type BulkParts } from './bulk/answer-bulk.ts'
import { answerDiscovery } from './discovery-operations.ts'
import { readJson } from './json-body.ts'
import { answerRoot } from './list-operations.ts'
import { operationRecorder, recordExchanges, unsentRecorder } from './record-exchange.ts'
import type { Answer } from './reply.ts'
import { errorAnswer } from './reply-error.ts'
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
  /** Whose words answer a request of which no tenant is known. */
  readonly otherwise: Profile
  /** Names of attributes whose values are kept out of the journal. */
  readonly secrets: readonly string[]
}

/** The SCIM listener: who is let in, what is read, who answers, how it is worded and kept. */
export function scimPlugin(app: FastifyInstance, parts: ScimParts): void {
  const throttle = createThrottle(() => performance.now())
  const bodyBytes = app.initialConfig.bodyLimit ?? 0

  app.decorateRequest('exchange')
  app.addHook('onRequest', (request, _reply, done) => {
    request.exchange = { id: newRequestId(), at: Date.now(), started: performance.now() }
    done()
  })
  const maskFor = createMaskFor(parts.secrets, () =>
    parts.tenants.list().map(({ profile }) => profile.resourceTypes),
  )
  const wording = { otherwise: parts.otherwise, bodyBytes, maskFor }
  const recording = { journal: parts.journal, maskFor, isToken: parts.tenants.isToken }
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
  })
  const { faults } = parts
  const respond = createResponder(app, { faults, wording, recordUnsent: unsentRecorder(recording) })
  const answer = (request: FastifyRequest, reply: FastifyReply) =>
    respond(request, reply, () =>
      answerTo(request, parts, throttle, operationsOf).catch(thrown => refusal(thrown, request)),
    )
  // What goes wrong before anybody could answer: a token, a body.
  app.setErrorHandler((error, request, reply) => respond(request, reply, () => refusal(error, request)))
  app.setNotFoundHandler(answer)
  app.all('/', answer)
}

async function answerTo(
  request: FastifyRequest,
  parts: ScimParts,
  throttle: ReturnType<typeof createThrottle>,
  operationsOf: (request: FastifyRequest) => BulkParts,
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
  throttle(tenant, isSearch(request.method, address, tenant.profile) ? 'GET' : request.method)
  if (route.kind === 'discovery') return answerDiscovery(scimRequestOf(request), tenant, route)
  if (route.kind === 'root') return answerRoot(parts, scimRequestOf(request), tenant, route)
  if (route.kind === 'bulk')
    return answerBulk(operationsOf(request), scimRequestOf(request), tenant, route.limits)
  return answerResource(parts, scimRequestOf(request), tenant, route)
}

/**
 * Any media type is received, so that the journal has what was sent; all but JSON is then refused. Encoded bytes are no
 * text that the journal could keep.
 */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (encodingIn(request.headers) === undefined) request.exchange.body = body
    const unsupported = body.length > 0 ? unsupportedForm(request.headers) : undefined
    if (unsupported) return done(unsupported)
    try {
      done(null, readJson(body))
    } catch (error) {
      done(error as Error)
    }
  })
}
