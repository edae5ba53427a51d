import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { MaskFor } from '../journal/masking.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import { tenantNow } from '../tenants/tenant.ts'
import type { ExchangeState } from './request.ts'

type MediaTypes = readonly [string, ...string[]]

/**
 * The media type of an answer (RFC 7644 §3.8): the first of those that are offered, unless the client accepts only
 * another. A client that accepts none of them gets the first, too: RFC 9110 §12.5.1 lets a server pass over
 * `Accept`, and a refusal would have to be in some media type as well.
 */
export function mediaTypeFor(offered: MediaTypes, accept: string | undefined): string {
  const [first, ...others] = offered
  if (others.length === 0 || accept === undefined || accept === '*/*' || accept === first) return first
  const ranges = accept.toLowerCase().split(',').map(readRange)
  return offered.find(type => isAccepted(type, ranges)) ?? first
}

type Range = { readonly range: string; readonly isRefused: boolean }

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim())
  return { range, isRefused: parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter)) }
}

/** RFC 9110 §12.5.1: the range that fits most closely counts. */
function isAccepted(type: string, ranges: readonly Range[]): boolean {
  const [main] = type.split('/')
  const closest = [type, `${main}/*`, '*/*']
    .map(wanted => ranges.find(({ range }) => range === wanted))
    .find(range => range !== undefined)
  return closest !== undefined && !closest.isRefused
}

/** What an operation answers, before the profile's headers. The body is JSON text. */
export type ScimResponse = {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where it isn't the profile's. */
  readonly mediaType?: string
}

/** Where no tenant is known. */
const fallbackMediaTypes = ['application/scim+json', 'application/json'] as const

const unchanged = (body: unknown) => body as string

/** Sends an answer as the tenant's profile sends it. */
export function send(request: FastifyRequest, reply: FastifyReply, answer: ScimResponse): FastifyReply {
  reply.code(answer.status).headers(responseHeaders(request, answer))
  // The body is text already; with a serializer of its own Fastify adds no charset to the media type.
  reply.serializer(unchanged)
  return reply.send(answer.body)
}

/** All that go with an answer; the exchange keeps them. */
export function responseHeaders(
  request: FastifyRequest,
  { headers, mediaType }: ScimResponse,
): Readonly<Record<string, string>> {
  const { tenant, id } = request.exchange
  const responses = tenant?.profile.responses
  const sent = {
    ...responses?.headers(id),
    ...headers,
    'content-type':
      mediaType ?? mediaTypeFor(responses?.mediaTypes ?? fallbackMediaTypes, request.headers.accept),
  }
  request.exchange.sent = sent
  return sent
}

/** What the words of an error depend on besides the error. */
export type ErrorContext = {
  /** Whose words answer a request of which no tenant is known. */
  readonly fallbackProfile: Profile
  /** The most bytes of a body. */
  readonly bodyBytes: number
  readonly maskFor: MaskFor
}

/**
 * Words whatever was thrown, once and for all: a client's mistake as the profile words it, anything else as one
 * plain sentence, with the whole of it in the operator's log. The exchange is the request's, or that of one of the
 * operations in it.
 */
export function errorResponse(
  thrown: unknown,
  request: FastifyRequest,
  exchange: ExchangeState,
  wording: ErrorContext,
): ScimResponse {
  const error = toScimError(thrown, request, wording.bodyBytes)
  if (error.rule) exchange.rule = error.rule
  // A status of 500 and more may be a client's mistake: what isn't offered is answered 501.
  if (error.reason === 'internal')
    request.log.error({ err: thrown, request: exchange.id }, 'a request failed')
  return formatError(error, exchange, wording)
}

/** An error as the profile words it. */
export function formatError(
  error: ScimError,
  exchange: ExchangeState,
  { fallbackProfile, maskFor }: Pick<ErrorContext, 'fallbackProfile' | 'maskFor'>,
): ScimResponse {
  const profile = exchange.tenant?.profile ?? fallbackProfile
  const { detail } = maskFor(exchange.tenant?.profile.schema.resourceTypes)
  const at = exchange.tenant ? tenantNow(exchange.tenant, exchange.at) : exchange.at
  return {
    status: profile.responses.status(error),
    body: JSON.stringify(profile.responses.error(error.withDetail(detail(error.detail)), exchange.id, at)),
    headers: {
      ...profile.responses.headers(exchange.id),
      ...error.headers,
      ...profile.responses.errorHeaders(error),
    },
  }
}

function toScimError(thrown: unknown, request: FastifyRequest, bodyBytes: number): ScimError {
  if (thrown instanceof ScimError) return thrown
  const { code, statusCode, message } = thrown as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return errors.payloadTooLarge(bodyBytes)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return errors.unsupportedMediaType(String(request.headers['content-type'] ?? ''))
  }
  if (statusCode && statusCode >= 400 && statusCode < 500) return errors.invalidSyntax(message)
  return errors.internal()
}
