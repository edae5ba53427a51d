import type { FastifyError, FastifyRequest } from 'fastify'
import type { MaskFor } from '../journal/mask.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, ScimError } from '../scim/error.ts'
import { nowAt } from '../tenants/tenant.ts'
import type { ExchangeState } from './exchange-state.ts'
import type { Answer } from './reply.ts'

/** What the words of an error depend on besides the error. */
export type Wording = {
  /** Whose words answer a request of which no tenant is known. */
  readonly otherwise: Profile
  /** The most bytes of a body. */
  readonly bodyBytes: number
  readonly maskFor: MaskFor
}

/**
 * Words whatever was thrown, once and for all: a client's mistake as the profile words it, anything else as one
 * plain sentence, with the whole of it in the operator's log. The exchange is the request's, or that of one of the
 * operations in it.
 */
export function errorAnswer(
  thrown: unknown,
  request: FastifyRequest,
  exchange: ExchangeState,
  wording: Wording,
): Answer {
  const error = scimErrorOf(thrown, request, wording.bodyBytes)
  if (error.rule) exchange.rule = error.rule
  // A status of 500 and more may be a client's mistake: what isn't offered is answered 501.
  if (error.reason === 'internal')
    request.log.error({ err: thrown, request: exchange.id }, 'a request failed')
  return worded(error, exchange, wording)
}

/** An error as the profile words it. */
export function worded(
  error: ScimError,
  exchange: ExchangeState,
  { otherwise, maskFor }: Pick<Wording, 'otherwise' | 'maskFor'>,
): Answer {
  const profile = exchange.tenant?.profile ?? otherwise
  const { detail } = maskFor(exchange.tenant?.profile.resourceTypes)
  const at = exchange.tenant ? nowAt(exchange.tenant, exchange.at) : exchange.at
  return {
    status: profile.answers.status(error),
    body: JSON.stringify(profile.answers.error(error.withDetail(detail(error.detail)), exchange.id, at)),
    headers: {
      ...profile.answers.headers(exchange.id),
      ...error.headers,
      ...profile.answers.errorHeaders(error),
    },
  }
}

function scimErrorOf(thrown: unknown, request: FastifyRequest, bodyBytes: number): ScimError {
  if (thrown instanceof ScimError) return thrown
  const { code, statusCode, message } = thrown as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return errors.payloadTooLarge(bodyBytes)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return errors.unsupportedMediaType(String(request.headers['content-type'] ?? ''))
  }
  if (statusCode && statusCode >= 400 && statusCode < 500) return errors.invalidSyntax(message)
  return errors.internal()
}
