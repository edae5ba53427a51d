import type { IncomingHttpHeaders } from 'node:http'
import type { Json, JsonObject } from '../../scim/json.ts'
import { ApiError } from '../api-error.ts'
import type { ApiService } from '../operation.ts'

export type Target = { readonly service: ApiService; readonly name: string }

const prefixes: ReadonlyMap<string, ApiService> = new Map([
  ['AWSIdentityStore', 'identitystore'],
  ['SWBExternalService', 'sso'],
])

type RequestLine = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

const mediaTypeOf = (headers: IncomingHttpHeaders) =>
  headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()

/** Whether a request is one of AWS Query, the protocol of STS: its body names the operation. */
export const isQueryProtocol = ({ method, url, headers }: RequestLine): boolean =>
  method === 'POST' &&
  isEndpoint(url) &&
  mediaTypeOf(headers) === 'application/x-www-form-urlencoded' &&
  headers['x-amz-target'] === undefined

/**
 * The operation in `X-Amz-Target`, or in the `Action` of a form for STS. Throws ApiError for a request in another protocol than
 * AWS JSON 1.1 and AWS Query.
 */
export function readTarget(line: RequestLine, body: Buffer): Target {
  const { method, url, headers } = line
  if (method !== 'POST' || !isEndpoint(url)) throw unknownOperation(isOtherProtocol(url, headers) ? 400 : 404)
  if (isQueryProtocol(line)) {
    const action = new URLSearchParams(body.toString()).get('Action')
    if (action === null) throw unknownOperation(404)
    return { service: 'sts', name: action }
  }
  if (isOtherProtocol(url, headers)) throw unknownOperation(400)
  const target = headers['x-amz-target']
  if (target === undefined) throw unknownOperation(404)
  const mediaType = mediaTypeOf(headers)
  if (mediaType === undefined || !/^application\/x-amz-json-1\.[01]$/.test(mediaType)) {
    throw unknownOperation(400)
  }
  const [prefix = '', name = '', ...rest] = String(target).split('.')
  const service = prefixes.get(prefix)
  if (service === undefined || name === '' || rest.length > 0) throw unknownOperation(400)
  return { service, name }
}

const isOtherProtocol = (url: string, headers: IncomingHttpHeaders): boolean =>
  headers['smithy-protocol'] !== undefined || /\/service\/[^/]+\/operation\//.test(url)

/** The observed error has no message. */
export const unknownOperation = (status: number, message = ''): ApiError =>
  new ApiError('UnknownOperationException', message, { rule: 'aws-api/target', status })

/** The members of a request. An empty body has none. */
export function readMembers({ service }: Target, body: Buffer): Json {
  if (service === 'sts') return readForm(body)
  const text = body.toString()
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    // Not even the beginning of an object or a list: another protocol.
    if (!/^\s*[[{]/.test(text)) throw unknownOperation(400)
    throw new ApiError(
      'SerializationException',
      `The body is not valid JSON: ${error instanceof Error ? error.message : error}`,
      { rule: 'aws-api/json-types' },
    )
  }
}

const readForm = (body: Buffer): JsonObject => Object.fromEntries(new URLSearchParams(body.toString()))

export function tenantInPath(url: string): string | undefined {
  const [path = '/'] = url.split('?', 1)
  return /^\/([^/]+)\/?$/.exec(path)?.[1]
}

const isEndpoint = (url: string): boolean => /^\/([^/]+\/?)?$/.test(url.split('?', 1)[0] ?? '')
