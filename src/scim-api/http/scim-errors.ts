import type { FastifyError, FastifyRequest } from 'fastify'
import type { FaultEffect } from '../../domain/faults/fault.ts'
import type { MaskFor } from '../../domain/journal/masking.ts'
import { BusyError, UnavailableError } from '../../domain/ports/database.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import type { Profile } from '../../profiles/profile.ts'
import { type ErrorReason, errors, ScimError, type ScimType } from '../../scim/error.ts'
import { STATUS_CODES } from './node-http.ts'
import type { FormattedError } from './protocol-errors.ts'
import { clientClosedRequest } from './recording.ts'
import type { Caller, Failed, Handled, Origin, Received, ScimResponse } from './request.ts'

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

const reasons: Readonly<Record<number, readonly [ErrorReason, ScimType?]>> = {
  400: ['invalidValue', 'invalidValue'],
  401: ['unauthorized'],
  403: ['forbidden'],
  404: ['noSuchEndpoint'],
  409: ['uniqueness', 'uniqueness'],
  429: ['throttled'],
}

/** The error with the status of a fault. */
export function errorOfFault({ status, detail }: Extract<FaultEffect, { kind: 'status' }>): ScimError {
  const [reason, scimType] = reasons[status] ?? ['internal']
  const text = detail ?? STATUS_CODES[status] ?? `Status ${status}`
  // Profiles replace the detail of a conflict, but not of an internal error.
  const formattedAs = reason === 'uniqueness' && detail !== undefined ? 'internal' : reason
  return new ScimError(status, formattedAs, text, scimType && { scimType })
}
