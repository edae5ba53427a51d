import type { Fault, RequestFacts } from '../../domain/faults/fault.ts'
import { STATUS_CODES } from '../../scim-api/http/node-http.ts'
import { ApiError, type ApiErrorType } from '../api-error.ts'
import type { Target } from './target.ts'

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
