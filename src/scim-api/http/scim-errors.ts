import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyError, FastifyRequest } from 'fastify'
import type { FaultEffect } from '../../domain/faults/fault.ts'
import { malformedRequest } from '../../domain/journal/description.ts'
import type { MaskFor } from '../../domain/journal/masking.ts'
import { newRequestId } from '../../domain/journal/request-id.ts'
import { BusyError, UnavailableError } from '../../domain/ports/database.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import type { Profile } from '../../profiles/profile.ts'
import { type ErrorReason, errors, ScimError, type ScimType } from '../../scim/error.ts'
import { STATUS_CODES } from './node-http.ts'
import type { Caller, Origin, Received } from './receive.ts'
import { clientClosedRequest } from './recording.ts'
import type { Failed, Handled, ScimResponse } from './request.ts'

export type ErrorContext = {
  readonly fallbackProfile: Profile
  readonly bodyBytes: number
  readonly maskFor: MaskFor
}

/** A client's mistake is as the profile describes it; any other error is one sentence, and the log gets it. */
export function formatFailure(
  { error: thrown, ...subject }: Failed,
  request: FastifyRequest,
  { received, caller }: Origin,
  context: ErrorContext,
): Handled {
  if (isAbandoned(thrown, request)) return { ...subject, response: { status: clientClosedRequest } }
  const error = toScimError(thrown, request, context.bodyBytes)
  // Not by status: a client's mistake may be a 501.
  if (error.reason === 'internal')
    request.log.error({ err: thrown, request: received.id }, 'a request failed')
  return {
    ...subject,
    response: formatError(error, received, caller, context),
    ...(error.rule && { rule: error.rule }),
  }
}

export function formatError(
  error: ScimError,
  { id, at }: Received,
  { tenant }: Caller,
  { fallbackProfile, maskFor }: Pick<ErrorContext, 'fallbackProfile' | 'maskFor'>,
): ScimResponse {
  const { responses } = tenant?.profile ?? fallbackProfile
  const { detail } = maskFor(tenant?.profile.schema.resourceTypes)
  const now = tenant ? tenantNow(tenant, at) : at
  return {
    status: responses.status(error),
    body: JSON.stringify(responses.error(error.withDetail(detail(error.detail)), id, now)),
    headers: { ...responses.headers(id), ...error.headers, ...responses.errorHeaders(error) },
  }
}

export const connectionErrorFormat =
  ({ responses }: Profile) =>
  (error: ScimError, id: string, at: number): FormattedError => ({
    status: error.status,
    headers: { ...responses.headers(id), 'content-type': responses.mediaTypes[0] },
    body: JSON.stringify(responses.error(error, id, at)),
  })

const isAbandoned = (thrown: unknown, { raw }: FastifyRequest): boolean =>
  thrown instanceof Error && thrown.name === 'AbortError' && raw.socket.destroyed

function toScimError(thrown: unknown, request: FastifyRequest, bodyBytes: number): ScimError {
  if (thrown instanceof ScimError) return thrown
  if (thrown instanceof BusyError) return errors.tooBusy(thrown.message)
  if (thrown instanceof UnavailableError) return errors.unavailable()
  const { code, statusCode, message } = thrown as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return errors.payloadTooLarge(bodyBytes)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return errors.unsupportedMediaType(String(request.headers['content-type'] ?? ''))
  }
  if (statusCode && statusCode >= 400 && statusCode < 500) return errors.invalidSyntax(message)
  return errors.internal()
}

const reasons: Readonly<Record<number, readonly [ErrorReason, ScimType?]>> = {
  400: ['invalidValue', 'invalidValue'],
  401: ['unauthorized'],
  403: ['forbidden'],
  404: ['noSuchEndpoint'],
  409: ['uniqueness', 'uniqueness'],
  429: ['throttled'],
}

export function errorOfFault({ status, detail }: Extract<FaultEffect, { kind: 'status' }>): ScimError {
  const [reason, scimType] = reasons[status] ?? ['internal']
  const text = detail ?? STATUS_CODES[status] ?? `Status ${status}`
  // Profiles replace the detail of a conflict, but not of an internal error.
  const formattedAs = reason === 'uniqueness' && detail !== undefined ? 'internal' : reason
  return new ScimError(status, formattedAs, text, scimType && { scimType })
}

type MalformedRequestDeps = {
  readonly journal: Journal
  readonly clock: () => number
  readonly format: (error: ScimError, id: string, at: number) => FormattedError
}

export type FormattedError = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Closes the connection `patience` milliseconds after the response, even if the client has not read it. */
export function rejectMalformedRequest({ journal, clock, format }: MalformedRequestDeps, patience = 5_000) {
  // Node.js also reports further data on the connection.
  const rejected = new WeakSet<Socket>()
  return (error: ConnectionError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable || rejected.has(socket)) return
    rejected.add(socket)
    const at = clock()
    const id = newRequestId(at)
    const method = unknownMethod(error)
    const { status, body, headers: formatted } = format(errorFor(error, method), id, at)
    const headers = {
      ...formatted,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
    afterResponses(socket, () => {
      socket.end(text)
      const timer = setTimeout(() => socket.destroy(), patience).unref()
      socket.once('close', () => clearTimeout(timer))
    })
    journal.record({
      id,
      at,
      tenantTime: at,
      microseconds: 0,
      method: method ?? '?',
      url: '?',
      status,
      ...malformedRequest,
      ...(socket.remoteAddress !== undefined && { remoteAddress: socket.remoteAddress }),
      request: { headers: {} },
      response: { headers, body },
    })
  }
}

/** Node.js keeps the current response with its connection. */
type WithResponse = { readonly _httpMessage?: ServerResponse | null }

/** A client matches responses in order. A request with a malformed body gets no other response. */
function afterResponses(socket: Socket & WithResponse, next: () => void): void {
  const response = socket._httpMessage
  if (response?.req.complete) response.once('close', () => afterResponses(socket, next))
  else if (socket.writable) next()
}

function errorFor(error: ConnectionError, method: string | undefined): ScimError {
  const { code } = error
  if (code === 'HPE_HEADER_OVERFLOW') return errors.headersTooLarge()
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errors.timedOut()
  if (method !== undefined) return errors.unknownMethod(method)
  if (code === 'HPE_INVALID_METHOD' || !code.startsWith('HPE_INVALID_')) return errors.notHttp()
  return errors.malformedHttp((error as unknown as ParseError).reason)
}

/** Fields of a parser error of Node.js. The packet may begin with requests that were parsed. */
type ParseError = { readonly bytesParsed: number; readonly rawPacket: Buffer; readonly reason: string }

function unknownMethod(error: ConnectionError): string | undefined {
  if (error.code !== 'HPE_INVALID_METHOD') return undefined
  const { bytesParsed, rawPacket } = error as unknown as ParseError
  const start = rawPacket.lastIndexOf('\n', bytesParsed) + 1
  const line = rawPacket.toString('latin1', start, start + maxLineLength)
  return /^([A-Za-z-]{1,20}) \S+ HTTP\/1\.[01]\r?\n/.exec(line)?.[1]
}

/** The limit of Node.js. */
const maxLineLength = 16 * 1024
