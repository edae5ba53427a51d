import type { Intent } from '../domain/journal/description.ts'
import type { ExchangeTarget } from '../domain/journal/exchange.ts'
import type { JsonObject } from '../scim/json.ts'

/**
 * The errors of the APIs, by the name of their shape. `modelled` is the status in AWS's service model; in every response that
 * was observed it is 400. `front`: AWS sends it before the service sees the request, so its body differs.
 */
export const errorTypes = {
  ValidationException: { modelled: 400 },
  ResourceNotFoundException: { modelled: 404 },
  ConflictException: { modelled: 409 },
  ServiceQuotaExceededException: { modelled: 402 },
  InternalServerException: { modelled: 500 },
  AccessDeniedException: { modelled: 403, front: true },
  ThrottlingException: { modelled: 429, front: true },
  MissingAuthenticationTokenException: { modelled: 400, front: true },
  UnrecognizedClientException: { modelled: 400, front: true },
  ExpiredTokenException: { modelled: 400, front: true },
  InvalidSignatureException: { modelled: 400, front: true },
  IncompleteSignatureException: { modelled: 400, front: true },
  SerializationException: { modelled: 400, front: true },
  UnknownOperationException: { modelled: 400, front: true },
  RequestEntityTooLargeException: { modelled: 413, front: true },
  ServiceUnavailableException: { modelled: 503, front: true },
} as const satisfies Readonly<Record<string, { modelled: number; front?: true }>>

export type ApiErrorType = keyof typeof errorTypes

type ApiErrorOptions = {
  readonly members?: JsonObject
  readonly rule?: string
  /** Overrides 400, or 500 for an internal error. */
  readonly status?: number
}

export type ApiSubject = { readonly intent?: Intent; readonly target?: ExchangeTarget }

/** A request that is rejected. An empty message is left out of the response. */
export class ApiError extends Error {
  readonly type: ApiErrorType
  readonly members: JsonObject
  readonly rule: string | undefined
  readonly status: number
  /** As far as the operation knows it; otherwise the intent of the operation. */
  readonly subject: ApiSubject

  constructor(
    type: ApiErrorType,
    message: string,
    { members = {}, rule, status = type === 'InternalServerException' ? 500 : 400 }: ApiErrorOptions = {},
    subject: ApiSubject = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.type = type
    this.members = members
    this.rule = rule
    this.status = status
    this.subject = subject
  }

  about(subject: ApiSubject): ApiError {
    const { type, message, members, rule, status } = this
    return new ApiError(type, message, { members, status, ...(rule !== undefined && { rule }) }, subject)
  }
}
