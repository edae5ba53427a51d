import { compact, isObject, type JsonObject } from '../../../scim/json.ts'
import type { TargetResponse } from '../../kit/target.ts'

type RequestPurpose = 'match' | 'read' | 'create' | 'change' | 'delete'

export type ReadResult<Found> = { readonly found: Found } | { readonly failure: Failure }

export function readObjectResult(
  response: TargetResponse,
  purpose: 'read' | 'create',
): ReadResult<JsonObject & { id: string }> {
  const failure = failureOf(response, purpose)
  if (failure) return { failure }
  const body = responseJson(response)
  if (!isObject(body)) return deserializationFailure(response, 'a JSON object was expected')
  if (typeof body.id !== 'string' || body.id === '')
    return deserializationFailure(response, 'the resource has no id')
  return { found: { ...body, id: body.id } }
}

export function readListResult(
  response: TargetResponse,
): ReadResult<readonly (JsonObject & { id: string })[]> {
  const failure = failureOf(response, 'match')
  if (failure) return { failure }
  const body = responseJson(response)
  if (!isObject(body)) return deserializationFailure(response, 'a ListResponse was expected')
  // RFC 7644 §3.4.2: an empty list may omit Resources.
  const resources = body.Resources ?? (Number(body.totalResults) === 0 ? [] : undefined)
  if (!Array.isArray(resources))
    return deserializationFailure(response, 'a ListResponse with Resources was expected')
  const found: (JsonObject & { id: string })[] = []
  for (const resource of resources) {
    if (!isObject(resource) || typeof resource.id !== 'string') {
      return deserializationFailure(response, 'each of the Resources must be an object with an id')
    }
    found.push({ ...resource, id: resource.id })
  }
  return { found }
}

/** Reads the response of a PATCH or DELETE: 2xx with JSON or no body. A web page with 200 doesn't confirm a write. */
export function readWriteResult(response: TargetResponse, purpose: 'change' | 'delete'): Failure | undefined {
  const failure = failureOf(response, purpose)
  if (failure || response.kind === 'none' || response.text.trim() === '') return failure
  if (isObject(responseJson(response))) return undefined
  return { ...deserializationFailure(response, 'a JSON object was expected').failure, unknownOutcome: true }
}

function failureOf(response: TargetResponse, purpose: RequestPurpose): Failure | undefined {
  if (response.kind === 'none') return noResponseFailure(response)
  if (response.status >= 200 && response.status < 300) return undefined
  return {
    code: errorCodeOf(response.status, purpose),
    reason: exceptionMessage(response),
    response: { status: response.status, ...compact({ detail: detailOf(response) }) },
    ...(concernsJob(response.status, purpose) && { mayConcernJob: true }),
    ...(response.status >= 500 && { unknownOutcome: true }),
  }
}

export function noResponseFailure({ reason, text }: Extract<TargetResponse, { kind: 'none' }>): Failure {
  const unknownOutcome = true
  switch (reason) {
    case 'timeout':
      return { code: codes.timeout, reason: `The request timed out. ${text}`, unknownOutcome }
    case 'too large':
      return {
        code: codes.incompatible,
        reason: `The response of the target can't be read. ${text}`,
        unknownOutcome,
      }
    case 'connection':
      return { code: codes.protocolError, reason: `The target sent no response. ${text}`, unknownOutcome }
    case 'credentials refused':
      return { code: codes.invalidCredentials, reason: text, mayConcernJob: true }
    case 'no access token':
      return { code: codes.credentialValidationUnavailable, reason: text, mayConcernJob: true }
  }
}

/** 401 and 403 concern the token; a 404 for a search shows that the endpoint isn't SCIM. */
const concernsJob = (status: number, purpose: RequestPurpose) =>
  status === 401 || status === 403 || (status === 404 && purpose === 'match')

function errorCodeOf(status: number, purpose: RequestPurpose): string {
  switch (status) {
    case 401:
    case 403:
      return codes.invalidCredentials
    case 404:
      return purpose === 'match' || purpose === 'create' ? codes.incompatible : codes.invalidAnchor
    case 405:
      return codes.methodNotAllowed
    case 409:
      return purpose === 'create' ? codes.entryConflict : codes.incompatibleFiltering
    case 422:
      return codes.unprocessable
    case 429:
      return codes.tooManyRequests
    case 501:
      return codes.notImplemented
    case 504:
      return codes.timeout
    default:
      return status >= 500 ? codes.internalServerError : codes.incompatible
  }
}

/** .NET's names, which Entra's logs show. */
const statusNames: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  402: 'PaymentRequired',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  408: 'RequestTimeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'UnprocessableEntity',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  501: 'NotImplemented',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
}

type ReceivedResponse = Extract<TargetResponse, { kind: 'response' }>

// As in Q&A 1185756 and 5746233.
const exceptionMessage = (response: ReceivedResponse) =>
  `StatusCode: ${statusNames[response.status] ?? response.status} Message: Processing of the HTTP request resulted in ` +
  "an exception. Please see the HTTP response returned by the 'Response' property of this exception for details. " +
  `Web Response: ${truncated(response.text)}.`

const responseJson = (response: TargetResponse) =>
  response.kind === 'response' && /^application\/(scim\+)?json$/i.test(response.mediaType)
    ? response.body
    : undefined

/** The `detail` of an error response (RFC 7644 §3.12). */
function detailOf(response: TargetResponse): string | undefined {
  const body = responseJson(response)
  const detail = isObject(body) ? body.detail : undefined
  return typeof detail === 'string' && detail !== '' ? detail : undefined
}

// As in snipe-it#14138 and Budibase#15369.
function deserializationFailure(response: TargetResponse, why: string): { readonly failure: Failure } {
  const { status, mediaType, text } = response as ReceivedResponse
  const kind = mediaType === '' ? 'no content type' : `the content type ${mediaType}`
  const reason =
    `StatusCode: ${status} Message: We were not able to deserialize the resource received from your SCIM endpoint ` +
    `because your SCIM endpoint is not fully compatible: ${why}, and the response has ${kind}. ` +
    `Web Response: ${truncated(text)}.`
  return { failure: { code: codes.incompatible, reason } }
}

/** Entra quotes whole bodies; shortened here, so that repeated web pages don't fill the log. */
const truncated = (text: string) => (text.length > 2000 ? `${text.slice(0, 2000)}…` : text)

/** The status of an error response, and its `detail` (RFC 7644 §3.12). */
export type ErrorResponse = { readonly status: number; readonly detail?: string }

export type Failure = {
  readonly code: string
  readonly reason: string
  readonly response?: ErrorResponse
  /** May concern the whole job instead of this object: credentials, or an endpoint that isn't SCIM. */
  readonly mayConcernJob?: true
  /** The target may have carried out the request: no response arrived, it failed with 5xx, or its 2xx is unreadable. */
  readonly unknownOutcome?: true
}

const scim = 'SystemForCrossDomainIdentityManagementService'

// The codes of Test Connection have no "Service" in their names.
const connection = 'SystemForCrossDomainIdentityManagement'

/** The codes of the provisioning log (howto-analyze-provisioning-logs) that this client uses. */
export const codes = {
  incompatible: `${scim}Incompatible`,
  incompatibleFiltering: `${scim}IncompatibleFiltering`,
  invalidCredentials: `${scim}InvalidCredentials`,
  credentialValidationUnavailable: `${connection}CredentialValidationUnavailable`,
  entryConflict: 'EntryConflict',
  invalidAnchor: 'InvalidAnchor',
  duplicateTargetEntries: 'DuplicateTargetEntries',
  duplicateSourceEntries: 'DuplicateSourceEntries',
  synchronizationSkipped: 'EntrySynchronizationSkipped',
  notEffectivelyEntitled: 'NotEffectivelyEntitled',
  mandatoryFieldsMissing: 'MandatoryFieldsMissing',
  redundantExport: 'RedundantExport',
  unresolvedReference: 'UnresolvedReference',
  internalServerError: 'InternalServerError',
  protocolError: 'WebExceptionProtocolError',
  timeout: 'Timeout',
  methodNotAllowed: 'MethodNotAllowed',
  unprocessable: 'UnprocessableEntity',
  notImplemented: 'NotImplemented',
  tooManyRequests: 'TooManyRequests',
} as const

const adviceByCode: Readonly<Record<string, string>> = {
  [codes.incompatible]: 'Check the quoted response, then correct the target or the attribute mapping.',
  [codes.incompatibleFiltering]: 'Make the target return only the resources that match the filter.',
  [codes.invalidCredentials]: 'Update the token or client secret of the job, then restart it.',
  [codes.credentialValidationUnavailable]: 'Check the URL of the token endpoint, and that it is reachable.',
  [codes.entryConflict]:
    'Another object in the target has the same unique value. Remove it, or match by that attribute.',
  [codes.invalidAnchor]:
    'Another client deleted the object from the target. Restart and clear the links to create it again.',
  [codes.duplicateTargetEntries]: 'Remove all but one of the matching objects from the target.',
  [codes.duplicateSourceEntries]: 'Make the matching attribute unique in the directory.',
  [codes.mandatoryFieldsMissing]: 'Set the attribute in the directory, or change its mapping.',
  [codes.unresolvedReference]: 'None. The reference is written once its object is in the target.',
  [codes.tooManyRequests]: 'Allow at least 25 requests per second in the target.',
}

export const adviceFor = (code: string): string =>
  adviceByCode[code] ?? 'Check that the target is reachable and working. The service retries automatically.'
