import type { Fault, RequestFacts } from '../../domain/faults/fault.ts'
import { BusyError, UnavailableError } from '../../domain/ports/database.ts'
import { ScimError } from '../../scim/error.ts'
import { STATUS_CODES } from '../../scim-api/http/node-http.ts'
import { ApiError, type ApiErrorType } from '../api-error.ts'
import { identityStoreArn, identityStoreId, instanceArn, type Owner, principalArn } from '../identifiers.ts'
import type { ApiPrincipal } from '../operation.ts'
import { formatSigningTime } from './signature.ts'
import type { Target } from './target.ts'

/** The errors of requests that no operation receives, with the texts of AWS. */
export const refusals = {
  missing: () =>
    new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token', {
      rule: 'aws-api/signed',
    }),
  malformed: (missing: readonly string[]) =>
    new ApiError(
      'IncompleteSignatureException',
      missing.length === 0
        ? "Authorization header requires a 'Credential' with key ID, date, region, service and 'aws4_request'."
        : missing.map(name => `Authorization header requires '${name}' parameter.`).join(' '),
      { rule: 'aws-api/authorization-header' },
    ),
  unknownKey: () =>
    new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.', {
      rule: 'aws-api/access-key',
    }),
  expiredKey: () =>
    new ApiError('ExpiredTokenException', 'The security token included in the request is expired', {
      rule: 'aws-api/access-key',
    }),
  signature: () =>
    new ApiError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      { rule: 'aws-api/signature' },
    ),
  late: (signed: number, now: number) =>
    new ApiError(
      'InvalidSignatureException',
      `Signature expired: ${formatSigningTime(signed)} is now earlier than ${formatSigningTime(now - allowedSkew)} (${formatSigningTime(now)} - 5 min.)`,
      { rule: 'aws-api/signature-time' },
    ),
  early: (signed: number, now: number) =>
    new ApiError(
      'InvalidSignatureException',
      `Signature not yet current: ${formatSigningTime(signed)} is still later than ${formatSigningTime(now + allowedSkew)} (${formatSigningTime(now)} + 5 min.)`,
      { rule: 'aws-api/signature-time' },
    ),
  forbidden: ({ account, keyId }: ApiPrincipal, { service, name }: Target, tenant: Owner) => {
    const action = `${service}:${name}`
    const resource =
      service === 'sso' ? instanceArn(tenant) : identityStoreArn(account, identityStoreId(tenant))
    return new ApiError(
      'AccessDeniedException',
      `User: ${principalArn(account, keyId)} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
      { rule: 'aws-api/permission' },
    )
  },
  tooFast: () => new ApiError('ThrottlingException', 'Rate exceeded', { rule: 'aws-api/request-rate' }),
  tooLarge: () =>
    new ApiError('RequestEntityTooLargeException', 'Request size exceeded 1048576 bytes', {
      rule: 'aws-api/body-size',
      status: 413,
    }),
  tooLargeUnsigned: (most: number) =>
    new ApiError(
      'RequestEntityTooLargeException',
      `Request size exceeded ${most} bytes. Send the SHA-256 hash of the body in X-Amz-Content-Sha256, so that the signature can be verified before a larger body is read.`,
      { rule: 'aws-api/body-size', status: 413 },
    ),
}

/** How much a signature may be older or newer than the server's time, in milliseconds. */
export const allowedSkew = 5 * 60 * 1000

/** Any error as one of the API. The message of an unexpected error is not sent. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof BusyError) return new ApiError('ThrottlingException', error.message)
  if (error instanceof UnavailableError) return unavailable()
  if (error instanceof ScimError) return fromScimError(error)
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refusals.tooLarge()
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiError('SerializationException', message ?? '', { status: statusCode })
  }
  return internal()
}

const unavailable = () =>
  new ApiError(
    'ServiceUnavailableException',
    'The database cannot be reached at present. Try again in a moment.',
    { status: 503 },
  )

const internal = () => new ApiError('InternalServerException', 'The server has an internal error.')

function fromScimError({ reason, status, message }: ScimError): ApiError {
  if (reason === 'throttled') return new ApiError('ThrottlingException', message)
  if (reason === 'unavailable') return unavailable()
  if (status >= 500 && reason === 'internal') return internal()
  return new ApiError('ValidationException', message, { status: status >= 500 ? status : 400 })
}

const verbs: readonly (readonly [string, Pick<RequestFacts, 'method' | 'operation'>])[] = [
  ['Create', { method: 'POST', operation: 'create' }],
  ['Update', { method: 'PATCH', operation: 'patch' }],
  ['Delete', { method: 'DELETE', operation: 'delete' }],
  ['List', { method: 'GET', operation: 'list' }],
  ['Describe', { method: 'GET', operation: 'read' }],
  // A look-up by a value, which is a list in SCIM.
  ['Get', { method: 'GET', operation: 'list' }],
  ['Is', { method: 'GET', operation: 'list' }],
]

/** A fault applies to the SCIM request with the same purpose, too. A membership is a change of a group. */
export function factsOfOperation({
  service,
  name,
}: Target): Pick<RequestFacts, 'method' | 'type' | 'operation'> {
  const [, facts] = verbs.find(([verb]) => name.startsWith(verb)) ?? []
  if (service !== 'identitystore' || !facts) {
    return { method: facts?.method ?? 'POST', type: undefined, operation: undefined }
  }
  if (/^(Create|Delete)GroupMembership$/.test(name)) {
    return { method: 'PATCH', type: 'Group', operation: 'patch' }
  }
  return { ...facts, type: name.includes('Group') ? 'Group' : 'User' }
}

const types: Readonly<Record<number, ApiErrorType>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  402: 'ServiceQuotaExceededException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

/** The error of the API with the meaning of an HTTP status: errors of clients have the status 400 on AWS. */
export function errorOfFault({
  status,
  detail,
}: Extract<Fault['effect'], { readonly kind: 'status' }>): ApiError {
  const type = types[status]
  const text = detail ?? (status === 429 ? 'Rate exceeded' : (STATUS_CODES[status] ?? `Status ${status}`))
  if (!type) return new ApiError('InternalServerException', text, { status })
  const members = type === 'ConflictException' ? { Reason: 'CONCURRENT_MODIFICATION' } : {}
  return new ApiError(type, text, { members, status: status >= 500 ? status : 400 })
}
