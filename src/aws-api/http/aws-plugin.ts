import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Faults } from '../../domain/faults/fault.ts'
import { createSecretNames } from '../../domain/journal/masking.ts'
import type { BodyLimits } from '../../domain/journal/redact-recorded.ts'
import type { Engine, TakePermit } from '../../domain/ports/engine.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { AccessKeyStore } from '../../domain/tenants/access-keys.ts'
import { type Tenant, type TenantStore, tenantNow } from '../../domain/tenants/tenant.ts'
import { errors } from '../../scim/error.ts'
import { excerpt } from '../../scim/text.ts'
import { limitConcurrency } from '../../scim-api/http/limits.ts'
import { callerOf, callerUnlessDeleted, createReceiver, currentCaller } from '../../scim-api/http/receive.ts'
import { createOrderedRecording, createRecorder, type FindLabel } from '../../scim-api/http/recording.ts'
import type { Completed, Subject } from '../../scim-api/http/request.ts'
import { createResponder, type OnClosing, type Protocol } from '../../scim-api/http/respond.ts'
import type { ApiError } from '../api-error.ts'
import type { AnyOperation } from '../operation.ts'
import { type Admission, type AdmissionDeps, admit, apis, limitBodies } from './admission.ts'
import { errorOfFault, factsOfOperation, refusals, toApiError } from './errors.ts'
import { awsHeaders, formatApiError, formatOutput } from './responses.ts'
import { createVerifier } from './signature.ts'

export type AwsDeps = {
  readonly tenants: TenantStore
  readonly accessKeys: AccessKeyStore
  readonly journal: Journal
  readonly faults: Faults
  readonly takePermit: TakePermit
  readonly clock: Engine['clock']
  readonly unavailable: Engine['unavailable']
  readonly findLabel: FindLabel
  readonly secrets: readonly string[]
  /** Whether a text is or was an access token or a client secret of any tenant. The journal masks it wherever it is. */
  readonly isCredential: (text: string) => boolean
  readonly operations: readonly AnyOperation[]
  readonly onClosing: OnClosing
}

/** `auth` `any`: signatures are not verified. */
export type AwsOptions = { readonly auth: 'sigv4' | 'any'; readonly region: string }

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined until the request is rejected or has arrived as a whole. Set once. */
    admission: Admission | undefined
  }
}

/** Any program can send bodies if signatures are not verified. A longer secret than the margin does not fit into a header. */
const unverifiedBodies: BodyLimits = { limit: 4096, margin: 4096 }

export function awsPlugin(app: FastifyInstance, deps: AwsDeps, options: AwsOptions): void {
  const { tenants, journal, faults, findLabel } = deps
  app.decorateRequest('admission')
  const secretNamesFor = createSecretNames(deps.secrets)
  const recordInOrder = createOrderedRecording(app, { journal, findLabel })
  const record = createRecorder(app, {
    recordInOrder,
    secretNamesFor,
    isCredential: deps.isCredential,
    ...(options.auth === 'any' && { requestLimits: unverifiedBodies }),
    unhandledSubject,
  })
  const operations = new Map(deps.operations.map(operation => [keyOf(operation), operation]))
  const admissionDeps = {
    ...options,
    tenants,
    accessKeys: deps.accessKeys,
    findOperation: (target: { readonly service: string; readonly name: string }) =>
      operations.get(keyOf(target)),
    findDifference: createVerifier(),
  }
  createReceiver(app, deps)(app, limitBodies(app, admissionDeps))
  const context = { deps, options, throttle: createApiThrottle(deps.takePermit) }
  const respond = createResponder(app, {
    faults,
    protocol: awsProtocol(context, admissionDeps),
    record,
    onClosing: deps.onClosing,
  })
  app.setNotFoundHandler(respond)
  app.all('/', respond)
}

const keyOf = ({ service, name }: { readonly service: string; readonly name: string }) => `${service} ${name}`

type HandlerContext = {
  readonly deps: AwsDeps
  readonly options: AwsOptions
  readonly throttle: ReturnType<typeof createApiThrottle>
}

/** Handles a request that was read. Never throws. */
async function handle(request: FastifyRequest, context: HandlerContext): Promise<Completed> {
  const { deps, options, throttle } = context
  const subject = unhandledSubject(request)
  try {
    // What this process holds in memory may have been changed meanwhile by another one.
    if (deps.unavailable() !== undefined) throw errors.unavailable()
    const outcome = request.admission?.outcome
    if (!outcome) throw new Error('The request was not read.')
    if ('error' in outcome) throw outcome.error
    const { operation, principal, members, region } = outcome
    const caller = currentCaller(callerOf(request), deps.tenants)
    const { tenant } = caller
    if (!tenant?.profile.awsApis) throw refusals.unknownKey()
    await throttle(tenant, operation)
    const { id, at } = request.received
    const call = {
      tenant,
      principal,
      now: tenantNow(tenant, at),
      exchange: id,
      region: { signed: region, own: options.region },
    }
    const { output, ...about } = await operation.call(call, members)
    return { ...about, caller, response: formatOutput(operation, output, id) }
  } catch (error) {
    return fail(request, error, subject, context)
  }
}

/** The response to a failed request. If the tenant was deleted meanwhile, it is that of an unknown key. */
function fail(
  request: FastifyRequest,
  thrown: unknown,
  subject: Subject,
  { deps }: Pick<HandlerContext, 'deps'>,
): Completed {
  const admitted = callerOf(request)
  const known = callerUnlessDeleted(admitted, deps.tenants)
  const caller = known === admitted ? admitted : { ...known, ...(admitted.aws && { aws: admitted.aws }) }
  const error = known === admitted ? toApiError(thrown) : refusals.unknownKey()
  if (error.type === 'InternalServerException') {
    request.log.error({ err: thrown, request: request.received.id }, 'a request failed')
  }
  const { intent = subject.intent, target = subject.target } = error.subject
  return {
    intent,
    ...(target && { target }),
    ...(error.rule !== undefined && { rule: error.rule }),
    caller,
    response: formatError(error, request),
  }
}

const formatError = (error: ApiError, request: FastifyRequest) =>
  formatApiError(error, {
    id: request.received.id,
    isXml: request.admission?.service === 'sts',
    tenant: callerOf(request).tenant,
  })

function unhandledSubject({ admission }: FastifyRequest): Subject {
  if (admission?.operation) return { intent: admission.operation.intent }
  if (admission?.target) return { intent: { kind: 'unsupported', what: excerpt(admission.target.name) } }
  return { intent: { kind: admission ? 'unknown-address' : 'malformed' } }
}

const awsProtocol = (context: HandlerContext, admissionDeps: AdmissionDeps): Protocol => ({
  identify: (request, failure) => {
    if (request.admission !== undefined) return
    const admission = admit(request, failure, admissionDeps)
    request.admission = admission
    request.caller = admission.caller
  },
  handle: limitConcurrency(
    request => handle(request, context),
    (request, error) => fail(request, error, unhandledSubject(request), context),
  ),
  facts: request => ({
    tenant: callerOf(request).tenant?.id,
    api: request.admission?.service && apis[request.admission.service],
    method: request.method,
    type: undefined,
    operation: undefined,
    ...(request.admission?.target && factsOfOperation(request.admission.target)),
    url: request.originalUrl,
    body: () => (Buffer.isBuffer(request.body) ? request.body.toString() : ''),
  }),
  unhandledSubject,
  headers: (request, _caller, response) => awsHeaders(request.received.id, response),
  errorOfFault: (effect, request) => formatError(errorOfFault(effect), request),
  expired: request => ({
    ...unhandledSubject(request),
    caller: { ...callerOf(request), refusal: 'expired' },
    response: formatError(refusals.expiredKey(), request),
  }),
})

/** The limits hold for each operation of the Identity Store API, and for all operations of SSO Admin together. */
const requestsPerSecond = 20

/** AWS's rates: https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html. */
const createApiThrottle =
  (takePermit: TakePermit) =>
  async (tenant: Tenant, { service, name }: Pick<AnyOperation, 'service' | 'name'>): Promise<void> => {
    if (tenant.settings.throttle === 'off' || service === 'sts') return
    const kind = service === 'identitystore' ? name : 'sso-admin'
    if (!(await takePermit(tenant.key, kind, requestsPerSecond))) throw refusals.tooFast()
  }
