import { Readable } from 'node:stream'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { sharedSlices } from '../event-loop/slices.ts'
import type { MaskFor } from '../journal/masking.ts'
import { BusyError, UnavailableError } from '../ports/database.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import { portionsOf } from '../scim/text.ts'
import { tenantNow } from '../tenants/tenant.ts'
import type { Failed, Handled, ScimResponse } from './outcome.ts'
import type { FormattedError } from './protocol-errors.ts'
import { clientClosedRequest } from './recording.ts'
import type { Caller, Origin, Received } from './request.ts'

type MediaTypes = readonly [string, ...string[]]

/**
 * The media type of a response (RFC 7644 §3.8): the first offered one, unless the client accepts only another. A client
 * that accepts none of them gets the first too: RFC 9110 §12.5.1 lets a server ignore `Accept`, and a 406 would need
 * a media type as well.
 */
function mediaTypeFor(offered: MediaTypes, accept: string | undefined): string {
  const [first, ...others] = offered
  if (others.length === 0 || accept === undefined || accept === '*/*' || accept === first) return first
  const ranges = accept.toLowerCase().split(',').map(readRange)
  return offered.find(type => isAccepted(type, ranges)) ?? first
}

type Range = { readonly range: string; readonly isExcluded: boolean }

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim())
  return { range, isExcluded: parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter)) }
}

/** RFC 9110 §12.5.1: the most specific range applies. */
function isAccepted(type: string, ranges: readonly Range[]): boolean {
  const [main] = type.split('/')
  const mostSpecific = [type, `${main}/*`, '*/*']
    .map(candidate => ranges.find(({ range }) => range === candidate))
    .find(range => range !== undefined)
  return mostSpecific !== undefined && !mostSpecific.isExcluded
}

/** Of requests without a known tenant. */
const fallbackMediaTypes = ['application/scim+json', 'application/json'] as const

const unchanged = (body: unknown) => body as string

/** Sends a response. `headers` are those of `responseHeaders`. */
export function send(
  reply: FastifyReply,
  { status, body }: ScimResponse,
  headers: Readonly<Record<string, string>>,
): FastifyReply {
  reply.code(status).headers(headers)
  // The body is text already. With a custom serializer, Fastify adds no charset to the media type.
  reply.serializer(unchanged)
  const isLarge = body !== undefined && body.length > maxSentAtOnce && reply.request.method !== 'HEAD'
  if (!isLarge) return reply.send(encodeOnce(body))
  // Otherwise a stream is sent without a length.
  reply.header('content-length', Buffer.byteLength(body))
  return reply.send(Readable.from(encodeInSlices(body), { objectMode: false }))
}

/** Characters. Of a longer text, Node.js counts the bytes before it encodes it, and Fastify counts them, too. */
const maxSentAsText = 16 * 1024

const encodeOnce = (body: string | undefined): string | Buffer | undefined =>
  body === undefined || body.length <= maxSentAsText ? body : Buffer.from(body)

/** Characters. A longer body is sent in slices: encoding one of 10 MB and passing it to the socket takes 50 ms. */
const maxSentAtOnce = 512 * 1024
const portionLength = 64 * 1024

async function* encodeInSlices(body: string): AsyncGenerator<Buffer> {
  for (const portion of portionsOf(body, portionLength)) {
    yield Buffer.from(portion)
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
}

/** All headers of a response: the profile's, those of the response, and the media type. */
export function responseHeaders(
  request: FastifyRequest,
  { tenant }: Caller,
  { headers, mediaType }: ScimResponse,
): Readonly<Record<string, string>> {
  const responses = tenant?.profile.responses
  return {
    ...responses?.headers(request.received.id),
    ...headers,
    'content-type':
      mediaType ?? mediaTypeFor(responses?.mediaTypes ?? fallbackMediaTypes, request.headers.accept),
  }
}

/** What the text of an error depends on besides the error. */
export type ErrorContext = {
  /** Formats the errors of requests without a known tenant. */
  readonly fallbackProfile: Profile
  /** The maximum size of a body. */
  readonly bodyBytes: number
  readonly maskFor: MaskFor
}

/**
 * Formats the error of a request, or of an operation within it: a client's mistake as the profile describes it, any
 * other error as one sentence. The log gets such an error as a whole.
 */
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

/** The error as the profile formats it. */
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

/** Formats the errors of requests that could not be read as HTTP. */
export const connectionErrorFormat =
  ({ responses }: Profile) =>
  (error: ScimError, id: string, at: number): FormattedError => ({
    status: error.status,
    headers: { ...responses.headers(id), 'content-type': responses.mediaTypes[0] },
    body: JSON.stringify(responses.error(error, id, at)),
  })

/** The client disconnected, which ended the search. */
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
