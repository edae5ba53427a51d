import { type Readable, Transform } from 'node:stream'
import { clearTimeout, setTimeout } from 'node:timers'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { KnownAwsApi } from '../../domain/journal/aws-operations.ts'
import type { SignatureRefusal } from '../../domain/journal/exchange.ts'
import type { AccessKeyStore, FoundAccessKey } from '../../domain/tenants/access-keys.ts'
import type { Tenant, TenantStore, TokenRefusal } from '../../domain/tenants/tenant.ts'
import { bodyBytes } from '../../profiles/base.ts'
import type { Json } from '../../scim/json.ts'
import { type Admit, type AwsRequestFacts, type Caller, mayBeValid } from '../../scim-api/http/receive.ts'
import type { ApiError } from '../api-error.ts'
import { accountId } from '../identifiers.ts'
import { type AnyOperation, type ApiPrincipal, type ApiService, isPermitted } from '../operation.ts'
import { allowedSkew, refusals, toApiError } from './errors.ts'
import {
  type FindDifference,
  missingParts,
  readSignature,
  readSigningTime,
  type Signature,
} from './signature.ts'
import {
  isQueryProtocol,
  readMembers,
  readTarget,
  type Target,
  tenantInPath,
  unknownOperation,
} from './target.ts'

export type Admission = {
  readonly caller: Caller
  readonly target?: Target
  /** That of the target. Also known of a request to STS whose body was not read. */
  readonly service?: ApiService
  readonly operation?: AnyOperation
  readonly outcome:
    | { readonly error: ApiError }
    | {
        readonly operation: AnyOperation
        readonly tenant: Tenant
        readonly principal: ApiPrincipal
        readonly members: Json
        readonly region: string
      }
}

export type AdmissionDeps = {
  readonly tenants: TenantStore
  readonly accessKeys: AccessKeyStore
  readonly findOperation: (target: Target) => AnyOperation | undefined
  readonly findDifference: FindDifference
  readonly auth: 'sigv4' | 'any'
  readonly region: string
}

export const apis: Readonly<Record<ApiService, KnownAwsApi>> = {
  identitystore: 'identity-store',
  sso: 'sso-admin',
  sts: 'sts',
}

type Claim = {
  readonly authorization: string | undefined
  readonly signature: Signature | undefined
  readonly key: FoundAccessKey | undefined
  readonly addressed: string | undefined
}

/** Bytes of a body that is read before its signature is verified. The largest requests of the AWS APIs have a tenth. */
const maxUnverified = 256 * 1024

type BodyPermit = { readonly maxBody?: number }

/**
 * Decides before a body is read whether it is: only if the request names an access key that is valid, and above `maxUnverified` only
 * if the signature is valid for the announced hash. Returns the rejection otherwise. Never throws.
 */
function admitBody(request: FastifyRequest, deps: AdmissionDeps): BodyPermit | Admission {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  const hasBody = coding !== undefined || Number(length) > 0
  if (deps.auth === 'any' || !hasBody) return {}
  const mayBeLarge = coding === undefined ? Number(length) > maxUnverified : isAnnounced(request)
  if (!mayBeLarge && !('error' in readKey(readClaim(request, deps)))) return { maxBody: maxUnverified }
  const admission = decide(request, undefined, undefined, deps)
  return 'error' in admission.outcome ? admission : {}
}

const isAnnounced = ({ headers }: FastifyRequest): boolean =>
  /^[\da-f]{64}$/.test(String(headers['x-amz-content-sha256']))

/** Reads and authenticates a request. `failure` is an error of its body. Never throws. */
export const admit = (request: FastifyRequest, failure: Error | undefined, deps: AdmissionDeps): Admission =>
  decide(request, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), failure, deps)

/** `body` is undefined if it is not read. */
function decide(
  request: FastifyRequest,
  body: Buffer | undefined,
  failure: Error | undefined,
  deps: AdmissionDeps,
): Admission {
  const claim = readClaim(request, deps)
  const line = { method: request.method, url: request.originalUrl, headers: request.headers }
  const isUnreadQuery = body === undefined && isQueryProtocol(line)
  let target: Target | undefined
  let operation: AnyOperation | undefined
  const known = () => ({
    ...(target && { target, service: target.service }),
    ...(isUnreadQuery && { service: 'sts' as const }),
    ...(operation && { operation }),
  })
  const reject = (verdict: Refused): Admission => ({
    caller: callerFor(claim, known().service, target, deps, verdict),
    ...known(),
    outcome: { error: verdict.error },
  })
  try {
    if (isUnreadQuery) {
      const key = readKey(claim)
      if ('error' in key) return reject(key)
      throw refusals.tooLargeUnsigned(maxUnverified)
    }
    target = readTarget(line, body ?? Buffer.alloc(0))
    operation = deps.findOperation(target)
    if (failure) throw failure
    if (!operation) throw unknownOperation(400, notEmulated(target))
    const members = body ? readMembers(target, body) : {}
    const verdict = verify(request, { claim, target, operation, body }, deps)
    if ('error' in verdict) return reject(verdict)
    const { tenant, principal } = verdict
    const region = claim.signature?.region ?? deps.region
    return {
      caller: callerFor(claim, target.service, target, deps, verdict),
      ...known(),
      outcome: { operation, tenant, principal, members, region },
    }
  } catch (error) {
    return {
      caller: callerFor(claim, known().service, target, deps),
      ...known(),
      outcome: { error: toApiError(error) },
    }
  }
}

const notEmulated = ({ service, name }: Target): string =>
  service === 'identitystore' ? '' : `The operation ${name} is not emulated.`

function readClaim({ headers, originalUrl }: FastifyRequest, { accessKeys }: AdmissionDeps): Claim {
  const { authorization } = headers
  const signature = authorization === undefined ? undefined : readSignature(authorization)
  return {
    authorization,
    signature,
    key: signature && accessKeys.find(signature.keyId),
    addressed: tenantInPath(originalUrl),
  }
}

type Refused = {
  readonly error: ApiError
  readonly refusal: TokenRefusal | SignatureRefusal
  readonly differs?: AwsRequestFacts['differs']
}

type Verdict = { readonly tenant: Tenant; readonly principal: ApiPrincipal } | Refused

/** The caller as the journal records it. The tenant of the address takes precedence: its users expect the rejected request. */
function callerFor(
  { signature, key, addressed }: Claim,
  service: ApiService | undefined,
  target: Target | undefined,
  { tenants }: AdmissionDeps,
  verdict?: Verdict,
): Caller {
  const isAdmitted = verdict !== undefined && 'tenant' in verdict
  const named = tenants.find(addressed ?? '') ?? key?.tenant
  // An opened session has no other requests than those of its file.
  const refused = named && isSessionFile(named) ? undefined : named
  const tenant = isAdmitted ? verdict.tenant : refused
  const aws: AwsRequestFacts = {
    api: service ? apis[service] : 'unknown',
    ...(target && { apiOperation: target.name }),
    ...(signature && { accessKey: signature.keyId, region: signature.region }),
    ...(key?.secret !== undefined && { secret: key.secret }),
    ...(verdict && 'differs' in verdict && verdict.differs && { differs: verdict.differs }),
  }
  return {
    aws,
    isAuthenticated: isAdmitted || (verdict !== undefined && mayBeValid(verdict.refusal)),
    ...(tenant && { tenant }),
    ...(verdict && 'refusal' in verdict && { refusal: verdict.refusal }),
  }
}

type Claimed = {
  readonly claim: Claim
  readonly target: Target
  readonly operation: AnyOperation
  readonly body: Buffer | undefined
}

function verify(request: FastifyRequest, claimed: Claimed, deps: AdmissionDeps): Verdict {
  return deps.auth === 'any' ? admitAnyone(claimed, deps) : verifySignature(request, claimed, deps)
}

type SigningKey = {
  readonly signature: Signature
  readonly key: FoundAccessKey
  readonly secret: string
}

function readKey({ authorization, signature, key }: Claim): SigningKey | Refused {
  if (authorization === undefined) return { error: refusals.missing(), refusal: 'missing' }
  if (!signature) {
    return { error: refusals.malformed(missingParts(authorization)), refusal: 'malformed-signature' }
  }
  // The profile of the tenant may have been changed since the key was created.
  if (!key?.tenant.profile.awsApis) return { error: refusals.unknownKey(), refusal: 'unknown' }
  const { secret } = key
  if (secret !== undefined) return { signature, key, secret }
  return { error: refusals.unknownKey(), refusal: key.isDeleted ? 'deleted' : 'unreadable' }
}

function verifySignature(
  request: FastifyRequest,
  { claim, target, operation, body }: Claimed,
  { accessKeys, findDifference }: AdmissionDeps,
): Verdict {
  const signing = readKey(claim)
  if ('error' in signing) return signing
  // Long-term keys, the only ones here, have no session token.
  if (request.headers['x-amz-security-token'] !== undefined) {
    return { error: refusals.unknownKey(), refusal: 'session-token' }
  }
  if (body === undefined && !isAnnounced(request)) throw refusals.tooLargeUnsigned(maxUnverified)
  const { addressed } = claim
  const { signature, key, secret } = signing
  const { tenant } = key
  if (signature.service !== target.service) return wrongSignature('service')
  const { method, originalUrl: url, raw } = request
  const differs = findDifference({ method, url, headers: raw.headersDistinct, body }, signature, secret)
  if (differs) return wrongSignature(differs)
  const signed = readSigningTime(String(request.headers['x-amz-date']))
  if (signed === undefined) return wrongSignature('time')
  // By the machine's clock, not the tenant's or the database's: clients correct theirs by the header `Date`.
  const now = Date.now()
  if (Math.abs(now - signed) > allowedSkew) {
    const error = signed < now ? refusals.late(signed, now) : refusals.early(signed, now)
    return { error, refusal: 'clock-skew' }
  }
  const principal = { account: accountId(tenant), keyId: key.key.id }
  const forbidden = refusals.forbidden(principal, target, tenant)
  if (addressed !== undefined && addressed !== tenant.id) return { error: forbidden, refusal: 'other-tenant' }
  if (!isPermitted(key.key.access, operation)) return { error: forbidden, refusal: 'read-only' }
  if (body) accessKeys.noteUse(key.key.id, request.received.at)
  return { tenant, principal }
}

const wrongSignature = (differs: NonNullable<AwsRequestFacts['differs']>): Verdict => ({
  error: refusals.signature(),
  refusal: 'wrong-signature',
  differs,
})

const anonymous = 'anonymous'

const isSessionFile = ({ session }: Tenant): boolean => session !== undefined && session.kind !== 'import'

const isServed = (tenant: Tenant): boolean => tenant.profile.awsApis !== undefined && !isSessionFile(tenant)

function admitAnyone({ claim, target, operation }: Claimed, { tenants }: AdmissionDeps): Verdict {
  const { signature, key, addressed } = claim
  const candidates = tenants.list().filter(isServed)
  const only = candidates.length === 1 ? candidates[0] : undefined
  const named = addressed === undefined ? (key?.tenant ?? only) : tenants.find(addressed)
  if (!named || !isServed(named)) return { error: refusals.unknownKey(), refusal: 'unknown' }
  const principal = { account: accountId(named), keyId: signature?.keyId ?? anonymous }
  const anonymousAccess = named.session ? 'read' : 'full'
  const access = key?.tenant === named ? key.key.access : anonymousAccess
  return isPermitted(access, operation)
    ? { tenant: named, principal }
    : { error: refusals.forbidden(principal, target, named), refusal: 'read-only' }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** How many bytes of the body may be read; undefined: as many as the listener accepts. */
    maxBody: number | undefined
  }
}

class UnreadBody extends Error {
  override readonly name = 'UnreadBody'
}

export function limitBodies(app: FastifyInstance, deps: AdmissionDeps): Admit {
  app.decorateRequest('maxBody')
  app.addHook('preParsing', ({ maxBody, headers }, _reply, payload, done) => {
    // The length of others was compared.
    const isUnlimited = maxBody === undefined || headers['transfer-encoding'] === undefined
    done(null, isUnlimited ? payload : limitBody(payload, maxBody))
  })
  return (request, reply, done) => {
    const admitted = admitBody(request, deps)
    if (!('outcome' in admitted)) {
      request.maxBody = admitted.maxBody
      return done()
    }
    request.admission = admitted
    request.caller = admitted.caller
    // Node.js receives the rest of a body and drops it. One without an end would take a minute.
    if (isShort(request)) return done(new UnreadBody())
    reply.raw.setHeader('connection', 'close')
    dropBody(request.raw, () => done(new UnreadBody()))
  }
}

const isShort = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= bodyBytes

/** Bytes and milliseconds for which a body is dropped before the connection is closed. */
const maxDropped = { bytes: 8 * 1024 * 1024, milliseconds: 2000 }

/** Drops a body up to a limit. A connection that is closed while its client still sends is reset, so the client would not read the error. */
function dropBody(body: Readable, done: () => void): void {
  let left = maxDropped.bytes
  const timer = setTimeout(end, maxDropped.milliseconds)
  function end() {
    clearTimeout(timer)
    body.off('data', drop).off('end', end).off('close', end)
    done()
  }
  function drop(chunk: Buffer) {
    left -= chunk.length
    if (left < 0) end()
  }
  body.on('data', drop).once('end', end).once('close', end)
}

function limitBody(body: Readable, most: number): Readable {
  let length = 0
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length
      if (length > most) done(refusals.tooLargeUnsigned(most))
      else done(null, chunk)
    },
  })
  body.once('error', error => limited.destroy(error))
  return body.pipe(limited)
}
