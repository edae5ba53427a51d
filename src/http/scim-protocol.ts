import type { FastifyRequest } from 'fastify'
import type { FaultEffect } from '../faults/fault.ts'
import { type ErrorReason, ScimError, type ScimType } from '../scim/error.ts'
import { unauthorized } from './authentication.ts'
import { STATUS_CODES } from './node-http.ts'
import { type Completed, unreadable } from './outcome.ts'
import type { Protocol } from './protocol.ts'
import { callerOf } from './request.ts'
import { requestFacts, unhandledSubject } from './request-facts.ts'
import { type ErrorContext, formatError, responseHeaders } from './responses.ts'

/** SCIM with the errors of the tenant's profile. */
export const scimProtocol = (errorContext: ErrorContext): Protocol => ({
  facts: requestFacts,
  unhandledSubject,
  headers: responseHeaders,
  errorOfFault: (effect, request) =>
    formatError(errorOf(effect), request.received, callerOf(request), errorContext),
  expired: request => expired(request, errorContext),
})

function expired(request: FastifyRequest, errorContext: ErrorContext): Completed {
  const caller = callerOf(request)
  const response = formatError(unauthorized(), request.received, caller, errorContext)
  return { ...unreadable, caller: { ...caller, refusal: 'expired' }, response }
}

const reasons: Readonly<Record<number, readonly [ErrorReason, ScimType?]>> = {
  400: ['invalidValue', 'invalidValue'],
  401: ['unauthorized'],
  403: ['forbidden'],
  404: ['noSuchEndpoint'],
  409: ['uniqueness', 'uniqueness'],
  429: ['throttled'],
}

function errorOf({ status, detail }: Extract<FaultEffect, { kind: 'status' }>): ScimError {
  const [reason, scimType] = reasons[status] ?? ['internal']
  const text = detail ?? STATUS_CODES[status] ?? `Status ${status}`
  // Profiles replace the detail of a conflict, but not of an internal error.
  const formattedAs = reason === 'uniqueness' && detail !== undefined ? 'internal' : reason
  return new ScimError(status, formattedAs, text, scimType && { scimType })
}
