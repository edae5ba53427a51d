import type { FastifyInstance, FastifyRequest } from 'fastify'
import { OAuthError, type OAuthErrorCode, oauthErrors } from '../../auth/oauth/oauth-error.ts'
import { authorizationServerMetadata, type RequestToken } from '../../auth/oauth/token-service.ts'
import type { FaultEffect, Faults } from '../../domain/faults/fault.ts'
import { mark } from '../../domain/journal/credentials.ts'
import { createSecretNames } from '../../domain/journal/masking.ts'
import { BusyError, UnavailableError } from '../../domain/ports/database.ts'
import type { Engine } from '../../domain/ports/engine.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Refusal, Tenant, TenantStore } from '../../domain/tenants/tenant.ts'
import { ScimError } from '../../scim/error.ts'
import { STATUS_CODES } from './node-http.ts'
import { type Caller, callerOf, type ReceiveRequests } from './receive.ts'
import { createOrderedRecording, createRecorder, type FindLabel } from './recording.ts'
import {
  bodyText,
  type Completed,
  type Handled,
  originOf,
  type ScimResponse,
  type Subject,
} from './request.ts'
import { createResponder, type Protocol, type TokenLifetime } from './respond.ts'
import { readTokenAddress, type TokenAddress, tokenAddressesOf } from './route.ts'

export type TokenEndpointDeps = {
  readonly requestToken: RequestToken
  readonly tenants: TenantStore
  readonly journal: Journal
  readonly faults: Faults
  readonly unavailable: Engine['unavailable']
  readonly findLabel: FindLabel
  readonly secrets: readonly string[]
  /** Whether a text is or was an access token or a client secret of any tenant. The journal masks it wherever it is. */
  readonly isCredential: (text: string) => boolean
}

export const tokenRoute = '/oauth2/token'

/** Bytes. An assertion has 8 KiB at most. */
const bodyLimit = 32 * 1024

const secretMembers = ['access_token']

const mediaType = 'application/json;charset=UTF-8'
/** RFC 6749 §5.1. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** The token endpoints of tenants (RFC 6749 §3.2), `/{tenant}/oauth2/token`, and their metadata (RFC 8414). */
export function tokenEndpointPlugin(
  app: FastifyInstance,
  deps: TokenEndpointDeps,
  receive: ReceiveRequests,
): void {
  const { journal, faults, findLabel } = deps
  const secretNamesFor = createSecretNames([...deps.secrets, ...secretMembers])
  const recordInOrder = createOrderedRecording(app, { journal, findLabel })
  const record = createRecorder(app, {
    recordInOrder,
    secretNamesFor,
    isCredential: deps.isCredential,
    summarizeBody: withoutValues,
    unhandledSubject,
  })
  receive(app)
  app.all(tokenRoute, { bodyLimit }, createResponder(app, { faults, protocol: tokenProtocol(deps), record }))
}

const withheldBody = '(Withheld: it is not a form.)'

/** Words such as `client_id`, `clientId` or `client-id`. Anything else may be a secret that was pasted there, whose base64 ends with `=`. */
const parameterName = /^[a-z]+(?:[_.-][a-z]+|[A-Z][a-z]+)*$/
/** Characters. The names of the standards have at most 22. */
const longestName = 40

/** The names of the parameters of a form. Any value may be a secret in the wrong place, so none is stored. */
function withoutValues(form: string): string {
  const shown = form.split('&').map(parameter => {
    const [name = ''] = parameter.split('=', 1)
    const isShown = name !== parameter && name.length <= longestName && parameterName.test(name)
    return isShown ? `${name}=${mark}` : mark
  })
  return shown.every(text => text === mark) ? withheldBody : shown.join('&')
}

const addressOf = ({ originalUrl }: FastifyRequest): TokenAddress =>
  readTokenAddress(originalUrl) ?? { tenant: '', endpoint: undefined }

/** The journal lists each request in the tenant that its URL names. An opened session has no clients. */
function tenantOf(request: FastifyRequest, tenants: Pick<TenantStore, 'find'>): Caller {
  const tenant = tenants.find(addressOf(request).tenant)
  return tenant && !tenant.session ? { tenant } : {}
}

const metadataIntent = { kind: 'discovery', document: 'authorization server metadata' } as const

function unhandledSubject(request: FastifyRequest): Subject {
  const { endpoint } = addressOf(request)
  if (endpoint === 'token') return { intent: { kind: 'token' } }
  const isServed = endpoint === 'metadata' && callerOf(request).tenant?.profile.tokenEndpoint
  return { intent: isServed ? metadataIntent : { kind: 'unknown-address' } }
}

/** Never throws. `failure` is an error of receiving the request. */
async function handle(
  request: FastifyRequest,
  failure: Error | undefined,
  change: TokenLifetime | undefined,
  { requestToken, tenants, unavailable }: TokenEndpointDeps,
): Promise<Completed> {
  const { method, headers, body, received } = request
  const { tenant: tenantId, endpoint } = addressOf(request)
  // The tenant may have changed while the body arrived.
  const caller = tenantOf(request, tenants)
  try {
    if (failure) throw failure
    // Secrets that this process holds in memory may have been deleted meanwhile.
    if (unavailable() !== undefined) throw oauthErrors.unavailable()
    if (endpoint === 'metadata' && caller.tenant?.profile.tokenEndpoint) {
      return { ...metadataResponse(request, caller.tenant), caller }
    }
    if (endpoint !== 'token') throw oauthErrors.notFound()
    const { response, credential } = await requestToken(
      {
        method,
        tenant: caller.tenant,
        tenantId,
        contentType: headers['content-type'],
        contentEncoding: headers['content-encoding'],
        authorization: headers.authorization,
        body: Buffer.isBuffer(body) ? body : undefined,
        at: received.at,
      },
      { ...(change && { lifetime: change.seconds }) },
    )
    return {
      intent: { kind: 'token' },
      caller: { ...caller, credential },
      response: { status: 200, body: JSON.stringify(response) },
    }
  } catch (thrown) {
    const error = toOAuthError(thrown, request)
    return {
      ...refusedSubject(request, error.refusal),
      caller: {
        ...caller,
        ...(error.credential && { credential: error.credential }),
        ...(error.refusal && { refusal: error.refusal }),
      },
      response: formatError(error),
    }
  }
}

/** RFC 8414 §3. Needs no token, as discovery in SCIM. */
function metadataResponse(request: FastifyRequest, { id }: Tenant): Handled {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw oauthErrors.methodNotAllowed('GET, HEAD')
  const { issuer, tokenEndpoint } = tokenAddressesOf(originOf(request), id)
  return {
    intent: metadataIntent,
    response: { status: 200, body: JSON.stringify(authorizationServerMetadata(issuer, tokenEndpoint)) },
  }
}

const refusedSubject = (request: FastifyRequest, refusal: Refusal | undefined): Subject => {
  const subject = unhandledSubject(request)
  return subject.intent.kind === 'token' && refusal ? { intent: { kind: 'token', refusal } } : subject
}

function toOAuthError(thrown: unknown, request: FastifyRequest): OAuthError {
  if (thrown instanceof OAuthError) return thrown
  if (thrown instanceof BusyError || thrown instanceof UnavailableError) return oauthErrors.unavailable()
  if (thrown instanceof ScimError && thrown.status < 500) return oauthErrors.malformedHttp(thrown.status)
  const { code } = thrown as { readonly code?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return oauthErrors.tooLarge()
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return oauthErrors.noForm()
  const { statusCode = 500 } = thrown as { readonly statusCode?: number }
  if (statusCode >= 400 && statusCode < 500) return oauthErrors.malformedHttp(statusCode)
  request.log.error({ err: thrown, request: request.received.id }, 'a token request failed')
  return oauthErrors.internal()
}

/** RFC 6749 §5.2. */
const formatError = ({ status, code, message, headers }: OAuthError): ScimResponse => ({
  status,
  body: JSON.stringify({ error: code, error_description: message }),
  headers,
})

const codesOfFaults: Readonly<Record<number, OAuthErrorCode>> = {
  400: 'invalid_request',
  401: 'invalid_client',
  429: 'temporarily_unavailable',
  503: 'temporarily_unavailable',
}

function errorOfFault({ status, detail }: Extract<FaultEffect, { kind: 'status' }>): ScimResponse {
  const code = codesOfFaults[status] ?? (status < 500 ? 'invalid_request' : 'server_error')
  const description = detail ?? STATUS_CODES[status] ?? `Status ${status}`
  // RFC 6749 §5.2 allows no other characters.
  return formatError(new OAuthError(status, code, description.replace(/[^\x20-\x7e]|["\\]/g, '?')))
}

const tokenProtocol = (deps: TokenEndpointDeps): Protocol => ({
  identify: request => {
    request.caller ??= tenantOf(request, deps.tenants)
  },
  handle: (request, _reply, failure, change) => handle(request, failure, change, deps),
  facts: request => ({
    tenant: callerOf(request).tenant?.id,
    api: 'scim',
    method: request.method,
    type: undefined,
    operation: addressOf(request).endpoint === 'token' ? 'token' : undefined,
    url: request.originalUrl,
    body: () => bodyText(request) ?? '',
  }),
  unhandledSubject,
  headers: (_request, _caller, response) => ({
    ...noStore,
    ...response.headers,
    'content-type': response.mediaType ?? mediaType,
  }),
  errorOfFault,
  expired: request => {
    const usedBasic = /^basic\b/i.test(request.headers.authorization ?? '')
    return {
      intent: { kind: 'token', refusal: 'expired' },
      caller: { ...callerOf(request), refusal: 'expired' },
      response: formatError(oauthErrors.invalidClient('expired', usedBasic)),
    }
  },
})
