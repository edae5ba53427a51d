import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { ScimError } from '../../scim/error.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ScimResponse } from '../../scim-api/http/request.ts'
import type { FormattedError } from '../../scim-api/http/scim-errors.ts'
import type { ApiError, ApiErrorType } from '../api-error.ts'
import { errorTypes } from '../api-error.ts'
import type { AnyOperation } from '../operation.ts'

const jsonType = 'application/x-amz-json-1.1'
const xmlType = 'text/xml'
const stsNamespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

export const awsHeaders = (
  id: string,
  { headers, mediaType }: Pick<ScimResponse, 'headers' | 'mediaType'>,
): Readonly<Record<string, string>> => ({
  'x-amzn-RequestId': id,
  ...headers,
  'content-type': mediaType ?? jsonType,
})

export function formatOutput(
  { service, name }: Pick<AnyOperation, 'service' | 'name'>,
  output: JsonObject | undefined,
  id: string,
): ScimResponse {
  if (service === 'sts') {
    const result = element(`${name}Result`, membersOf(output ?? {}))
    const metadata = element('ResponseMetadata', element('RequestId', id))
    return { status: 200, mediaType: xmlType, body: root(`${name}Response`, result + metadata) }
  }
  return { status: 200, ...(output && { body: JSON.stringify(output) }) }
}

type ErrorFormat = {
  readonly id: string
  /** STS has XML. */
  readonly isXml: boolean
  readonly tenant: Tenant | undefined
}

/** An error with the status that the tenant has chosen. An error with a status of its own keeps it. */
export function formatApiError(error: ApiError, { id, isXml, tenant }: ErrorFormat): ScimResponse {
  const { type, message, members, status: own } = error
  const isModelled = tenant?.profile.awsApis?.errorStatus === 'modelled' && own === 400
  const status = isModelled ? errorTypes[type].modelled : own
  if (isXml) return { status: stsStatus(error), mediaType: xmlType, body: xmlError(error, id) }
  const isFront = 'front' in errorTypes[type]
  const body = {
    __type: type,
    ...(message !== '' && { [isFront ? 'message' : 'Message']: message }),
    ...(!isFront && { RequestId: id }),
    ...members,
  }
  return { status, body: JSON.stringify(body) }
}

const stsCodes: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  UnrecognizedClientException: 'InvalidClientTokenId',
  ExpiredTokenException: 'ExpiredToken',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  IncompleteSignatureException: 'IncompleteSignature',
  AccessDeniedException: 'AccessDenied',
  ThrottlingException: 'Throttling',
  UnknownOperationException: 'InvalidAction',
  ValidationException: 'ValidationError',
}

/** Errors of authentication and permission have the status 403 (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html). */
const isForbidden: ReadonlySet<ApiErrorType> = new Set([
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'AccessDeniedException',
])

const stsStatus = ({ type, status }: ApiError): number =>
  status === 400 && isForbidden.has(type) ? 403 : status

function xmlError({ type, message, status }: ApiError, id: string): string {
  const parts = [
    element('Type', status >= 500 ? 'Receiver' : 'Sender'),
    element('Code', stsCodes[type] ?? type),
    element('Message', escapeXml(message)),
  ]
  return root('ErrorResponse', element('Error', parts.join('')) + element('RequestId', id))
}

const root = (name: string, content: string) => `<${name} xmlns="${stsNamespace}">${content}</${name}>\n`
const element = (name: string, content: string) => `<${name}>${content}</${name}>`
const membersOf = (value: Json): string =>
  isObject(value)
    ? Object.entries(value)
        .map(([name, member]) => element(name, membersOf(member)))
        .join('')
    : escapeXml(String(value))

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const escapeXml = (text: string) => text.replace(/[&<>]/g, character => entities[character] ?? '')

export const awsConnectionErrorFormat = ({ status, message }: ScimError, id: string): FormattedError => ({
  status,
  headers: awsHeaders(id, {}),
  body: JSON.stringify({ __type: 'SerializationException', message }),
})
