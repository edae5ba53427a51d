import type { IncomingMessage } from 'node:http'
import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { Exchange, SignatureRefusal, SignedPart } from '../../domain/journal/exchange.ts'
import { newRequestId } from '../../domain/journal/request-id.ts'
import type { Engine } from '../../domain/ports/engine.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Authenticator, Credential, CredentialAuthentication } from '../../domain/tenants/credential.ts'
import {
  type Access,
  type Authentication,
  describeSessionTenant,
  type Refusal,
  type Tenant,
  type TenantStore,
  type Token,
} from '../../domain/tenants/tenant.ts'
import { errors, type ScimError } from '../../scim/error.ts'
import { limitConnections } from './limits.ts'
import { type Address, isDiscovery, isSearch, readAddress } from './route.ts'

export type Received = {
  readonly id: string
  readonly parent?: string
  /** Machine time in milliseconds since 1970. */
  readonly at: number
  /** `performance.now()` on arrival. */
  readonly started: number
}

export type Caller = {
  readonly tenant?: Tenant
  /** Absent for the console's own requests and for public discovery. */
  readonly token?: Token
  readonly credential?: Credential
  readonly access?: Access
  readonly refusal?: Refusal | SignatureRefusal
  readonly aws?: AwsRequestFacts
  /** Whether the request is signed with a valid access key, or comes from the console itself. Tokens and credentials are above. */
  readonly isAuthenticated?: boolean
  readonly replayOf?: string
}

const refusalsOfValid: readonly Caller['refusal'][] = ['read-only', 'insufficient-scope', 'other-tenant']

/** Whether a refusal, or its absence, leaves open that the credentials are valid. */
export const mayBeValid = (refusal: Caller['refusal']): boolean =>
  refusal === undefined || refusalsOfValid.includes(refusal)

/** Whether the caller presented valid credentials, whether or not they permit the request. */
export const hasValidCredentials = ({ token, credential, isAuthenticated, refusal }: Caller): boolean =>
  mayBeValid(refusal) && (token !== undefined || credential !== undefined || isAuthenticated === true)

export type AwsRequestFacts = Pick<Exchange, 'api' | 'apiOperation' | 'accessKey' | 'region'> & {
  readonly differs?: SignedPart
  /** The secret of the access key, which the journal redacts wherever it occurs. */
  readonly secret?: string
}

export type AdmittedCaller = Caller & { readonly tenant: Tenant }

export type Origin = { readonly received: Received; readonly caller: Caller }

const unknownCaller: Caller = {}

/** The caller as authenticated on arrival; empty for a request that failed before authentication. */
export const callerOf = ({ caller }: FastifyRequest): Caller => caller ?? unknownCaller

declare module 'fastify' {
  interface FastifyRequest {
    received: Received
    /** Undefined before authentication, and outside of a SCIM root. */
    address: Address | undefined
    /** Undefined before authentication. */
    caller: Caller | undefined
    fault: Exchange['fault']
    isRecorded: boolean
    recordAbort(): void
  }
}

type Done = (error?: Error) => void

export type Admit = (request: FastifyRequest, reply: FastifyReply, done: Done) => void

export type ReceiveRequests = (scope: FastifyInstance, admit?: Admit) => void

const admitAll: Admit = (_request, _reply, done) => done()

/** The order: an id, room in the journal, earlier requests of the connection, the check of HTTP, the scope's admission. */
export function createReceiver(
  app: FastifyInstance,
  { clock, journal }: { readonly clock: () => number; readonly journal: Pick<Journal, 'room'> },
): ReceiveRequests {
  app.decorateRequest('received')
  app.decorateRequest('address')
  app.decorateRequest('caller')
  app.decorateRequest('fault')
  app.decorateRequest('isRecorded', false)
  const connections = limitConnections(app, { onAbort: request => request.recordAbort() })

  return (scope, admit = admitAll) => {
    receiveBodies(scope)
    scope.addHook('onRequest', (request, reply, done) => {
      const at = clock()
      request.received = { id: newRequestId(at), at, started: performance.now() }
      const room = journal.room()
      if (room) void room.then(() => enter(request, reply, done))
      else enter(request, reply, done)
    })

    function enter(request: FastifyRequest, reply: FastifyReply, done: Done): void {
      // Its client disconnected while it waited for the journal.
      if (request.raw.destroyed && request.raw.aborted) {
        reply.hijack()
        request.recordAbort()
        return
      }
      if (!connections.admits(reply)) connections.enqueue(reply, () => proceed(request, reply, done))
      else if (hasBody(request)) queueMicrotask(() => proceed(request, reply, done))
      else proceed(request, reply, done)
    }

    function proceed(request: FastifyRequest, reply: FastifyReply, done: Done): void {
      try {
        const violation = httpViolation(request.raw)
        if (violation) done(violation)
        else admit(request, reply, done)
      } catch (error) {
        done(error as Error)
      }
    }
  }
}

/** Node.js may still parse what arrived with the head; a malformed body gets no other response than that error. */
const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined

/** Any media type, for the journal. Handlers check their format. */
function receiveBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, done) => done(null, body))
}

/** The violation of HTTP in a request, before its address and token are read (RFC 9110, RFC 9112). */
export function httpViolation({ method = '', httpVersion, headers }: IncomingMessage): ScimError | undefined {
  const { host, expect, 'transfer-encoding': coding } = headers
  // RFC 9112 §3.2. HTTP/1.0 has no such header.
  if (host === undefined && httpVersion === '1.1') return errors.hostMissing()
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return errors.unknownCoding(coding)
  // RFC 9110 §10.1.1: ignored in HTTP/1.0 requests.
  if (expect !== undefined && httpVersion === '1.1' && !knownExpectation.test(expect)) {
    return errors.unmetExpectation(expect)
  }
  return unknownMethods.has(method) ? errors.unknownMethod(method) : undefined
}

// The condition under which Node.js sends the interim response.
const knownExpectation = /(?:^|\W)100-continue(?:$|\W)/i

const unknownMethods: ReadonlySet<string> = new Set(['CONNECT', 'QUERY'])

type Admission = {
  readonly tenants: TenantStore
  readonly authenticators: readonly Authenticator[]
  readonly unavailable: Engine['unavailable']
}

/**
 * Admits SCIM requests by their address and their bearer token: by the access tokens of tenants, then by the first
 * authenticator that recognizes the token. Every token failure returns the same 401; the caller's `refusal` records the reason.
 */
export function createAdmission(
  app: FastifyInstance,
  { tenants, authenticators, unavailable }: Admission,
): Admit {
  const identify = (text: string | undefined, request: FastifyRequest): MaybePromise<Caller> => {
    const authentication = authenticateText(text, request, tenants, authenticators)
    return authentication instanceof Promise
      ? authentication.then(found => setCaller(found, request))
      : setCaller(authentication, request)
  }
  app.register(bearerAuth, {
    keys: [],
    addHook: false,
    specCompliance: 'rfc6749',
    verifyErrorLogLevel: 'debug',
    auth: (text: string, request: FastifyRequest) => {
      const caller = identify(text, request)
      return caller instanceof Promise ? caller.then(isAuthenticated) : isAuthenticated(caller)
    },
  })
  return (request, reply, done) => {
    // Tokens that this process holds in memory may have been revoked meanwhile.
    if (unavailable() !== undefined) return done(errors.unavailable())
    request.address = readAddress(request.originalUrl)
    const tenant = tenantOfPublicDiscovery(request, tenants)
    if (tenant) {
      request.caller = { tenant }
      return done()
    }
    app.verifyBearerAuth?.(request, reply, error => {
      if (error && !isAboutToken(error)) return done(error)
      // The plugin calls `auth` only if the request has a bearer token.
      if (!request.caller) void identify(undefined, request)
      const { refusal } = callerOf(request)
      if (!error && refusal === undefined) return done()
      done(sessionError(request, tenants) ?? refusalError(refusal, request.method))
    })
  }
}

/** The plugin's errors about a missing or rejected token have this status; others are failures of an authenticator. */
const isAboutToken = (error: Error): boolean => 'statusCode' in error && error.statusCode === 401

function setCaller(found: AnyAuthentication, request: FastifyRequest): Caller {
  const caller = toCaller(found, request)
  request.caller = caller
  return caller
}

type AnyAuthentication = Authentication | CredentialAuthentication

/** No promise for an access token of a tenant: almost all requests have one. */
function authenticateText(
  text: string | undefined,
  { received, address }: FastifyRequest,
  tenants: TenantStore,
  authenticators: readonly Authenticator[],
): MaybePromise<AnyAuthentication> {
  const own = tenants.authenticate(text, address?.tenant, received.at)
  if (text === undefined || !('refusal' in own) || own.refusal !== 'unknown') return own
  const authenticator = authenticators.find(({ recognizes }) => recognizes(text))
  return authenticator?.authenticate(text, address?.tenant, received.at) ?? own
}

type Readmission = {
  readonly tenants: TenantStore
  readonly authenticators: readonly Authenticator[]
  readonly clock: () => number
}

/**
 * The caller of a request whose body has arrived, which may have taken a minute: with a refusal if the token, the client or the
 * issuer was deleted meanwhile, or the token has expired. Costs a look-up for an access token of the tenant.
 */
export function readmit(
  caller: Caller,
  request: FastifyRequest,
  { tenants, authenticators, clock }: Readmission,
): MaybePromise<Caller> {
  const { token, credential } = caller
  if (request.body === undefined) return caller
  if (token) {
    const refusal = tenants.refusalOf(token, clock())
    return refusal === undefined ? caller : { ...caller, refusal }
  }
  const text = credential && bearer.exec(request.headers.authorization ?? '')?.[1]?.trim()
  if (text === undefined) return caller
  const authenticator = authenticators.find(({ recognizes }) => recognizes(text))
  const found = authenticator?.reauthenticate(text, request.address?.tenant, clock())
  if (found instanceof Promise) return found.then(authentication => toCaller(authentication, request))
  return found ? toCaller(found, request) : caller
}

const bearer = /^bearer (.*)$/i

function sessionError({ address }: FastifyRequest, tenants: TenantStore): ScimError | undefined {
  const tenant = tenants.find(address?.tenant ?? '')
  return (
    tenant?.session &&
    errors.forbidden(
      `${describeSessionTenant(tenant.id, tenant.session)} It has no access tokens. Use another tenant.`,
    )
  )
}

export function refusalError(refusal: Refusal | SignatureRefusal | undefined, method: string): ScimError {
  switch (refusal) {
    case 'read-only':
      return readOnlyError(method)
    case 'insufficient-scope':
      return errors.forbidden(
        'The access token has none of the scopes that this server needs.',
        'insufficient_scope',
      )
    case 'keys-unreachable':
      return errors.keysUnreachable()
    default:
      return unauthorized(refusal)
  }
}

/** The response to every failure of a token. RFC 6750 §3.1: without a token, the challenge has no error code. */
export const unauthorized = (refusal?: Refusal | SignatureRefusal): ScimError =>
  errors.unauthorized(
    'The request needs a valid access token of this tenant: "Authorization: Bearer <token>".',
    refusal === 'missing' ? undefined : 'invalid_token',
  )

const forbidden: readonly (Refusal | SignatureRefusal | undefined)[] = ['read-only', 'insufficient-scope']

const isAuthenticated = ({ refusal }: Caller): boolean => refusal === undefined || forbidden.includes(refusal)

const readOnlyError = (method: string) =>
  errors.forbidden(
    `This access token is read-only. ${method} needs one with full access.`,
    'insufficient_scope',
  )

function toCaller(authentication: AnyAuthentication, request: FastifyRequest): Caller {
  if ('refusal' in authentication) return authentication
  if ('grant' in authentication) {
    const { tenant, grant } = authentication
    const { access = 'full', replayOf } = grant
    grant.onAdmitted?.(request.received.id)
    return {
      tenant,
      isAuthenticated: true,
      ...(replayOf !== undefined && { replayOf }),
      ...(!isPermitted(access, request, tenant) && { refusal: 'read-only' as const }),
    }
  }
  const access = 'token' in authentication ? authentication.token.access : authentication.access
  return isPermitted(access, request, authentication.tenant)
    ? authentication
    : { ...authentication, refusal: 'read-only' }
}

const isPermitted = (access: Access, { method, address }: FastifyRequest, tenant: Tenant): boolean =>
  access === 'full' || isReading(method, address, tenant)

/** RFC 7644 §2: the token determines what a client may do. */
const isReading = (method: string, address: Address | undefined, { profile }: Tenant): boolean =>
  method === 'GET' || method === 'HEAD' || (address !== undefined && isSearch(method, address, profile))

/** RFC 7643 §5: a client may read how to authenticate before it authenticates. */
function tenantOfPublicDiscovery(
  { headers, address }: FastifyRequest,
  tenants: TenantStore,
): Tenant | undefined {
  if (headers.authorization || !address?.tenant) return undefined
  const tenant = tenants.find(address.tenant)
  const isOpen =
    !tenant?.session && tenant?.profile.responses.publicDiscovery && isDiscovery(address, tenant.profile)
  return isOpen ? tenant : undefined
}

/**
 * The caller with the tenant's current settings. A request may wait between authentication and handling, for the rest
 * of its body or because of a fault; its tenant may change or be deleted meanwhile. The caller of a deleted tenant is
 * unknown.
 */
export function currentCaller(caller: Caller, tenants: TenantStore): Caller {
  const tenant = findSameTenant(caller, tenants)
  if (tenant === caller.tenant) return caller
  return tenant ? { ...caller, tenant } : unknownSince(caller)
}

export const callerUnlessDeleted = (caller: Caller, tenants: TenantStore): Caller =>
  caller.tenant && !findSameTenant(caller, tenants) ? unknownSince(caller) : caller

export const isAdmitted = (caller: Caller): caller is AdmittedCaller => caller.tenant !== undefined

const unknownSince = ({ replayOf }: Caller): Caller => ({
  refusal: 'unknown',
  ...(replayOf !== undefined && { replayOf }),
})

function findSameTenant({ tenant }: Caller, tenants: TenantStore): Tenant | undefined {
  const found = tenant && tenants.find(tenant.id)
  return found?.key === tenant?.key ? found : undefined
}
