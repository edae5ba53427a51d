import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AuditCursorError } from '../domain/audit/audit.ts'
import {
  BodyError,
  type FieldError,
  type ProblemKind,
  problemMediaType,
  unreadableBody,
} from '../domain/contract/problem.ts'
import { BusyError, UnavailableError } from '../domain/ports/database.ts'
import { CursorError, DamagedJournalError } from '../domain/ports/journal.ts'
import { SnapshotError } from '../domain/ports/snapshots.ts'
import { TenantError } from '../domain/tenants/tenant.ts'
import { DeclarationError } from '../scim/declare/fields.ts'
import { ScimError } from '../scim/error.ts'
import { securityHeaders } from './guard.ts'
import { Problem } from './problem.ts'

export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toProblem(error)
  if (!known && !isAbandoned(error, reply)) {
    request.log.error({ err: error }, 'the console failed on a request')
  }
  return sendProblem(reply, known ?? unexpectedProblem())
}

/** The client closed the connection, which aborted the work: there is no reader for a response. */
const isAbandoned = ({ name }: Error, { raw }: FastifyReply): boolean =>
  name === 'AbortError' && raw.destroyed

/** Handles addresses that the router cannot read, for which no hook runs. */
export const handleUnreadableAddress: typeof handleError = (error, request, reply) =>
  handleError(error, request, reply.headers(securityHeaders))

const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(problem.document.status)
    .headers(problem.headers)
    .type(problemMediaType)
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problem.document)

export const problemOf = (error: FastifyError): Problem => toProblem(error) ?? unexpectedProblem()

const unexpectedProblem = () => new Problem('internal-error', 'The request failed. See the server log.')

const tenantProblems = {
  taken: 'already-exists',
  invalid: 'invalid-request',
  limit: 'limit-reached',
  'fixed-credentials': 'fixed-credentials',
} as const

const snapshotProblems = {
  limit: 'limit-reached',
  unusable: 'invalid-snapshot',
  unwritable: 'snapshot-not-saved',
} as const

export const unavailableProblem = (reason: string) =>
  new Problem('not-ready', reason, { headers: { 'retry-after': '1' } })

function toProblem(error: FastifyError): Problem | undefined {
  if (error instanceof Problem) return error
  if (error.validation) return invalidFieldsProblem(error.validation, error.validationContext)
  if (error instanceof BodyError) return new Problem('invalid-request', error.message, bodyErrors(error))
  if (error instanceof TenantError) return new Problem(tenantProblems[error.reason], error.message)
  if (error instanceof SnapshotError) return new Problem(snapshotProblems[error.reason], error.message)
  if (error instanceof DeclarationError) return invalidDeclaration(error)
  if (error instanceof BusyError) {
    return new Problem('too-many-searches', error.message, { headers: { 'retry-after': '1' } })
  }
  if (error instanceof UnavailableError) return unavailableProblem(error.message)
  // The server has logged it.
  if (error instanceof DamagedJournalError) return new Problem('journal-damaged', error.message)
  if (error instanceof CursorError || error instanceof AuditCursorError)
    return new Problem('invalid-cursor', error.message)
  // The console only reads from the store, so only a cursor can be invalid.
  if (error instanceof ScimError && error.reason === 'invalidValue') {
    return new Problem('invalid-cursor', `${error.detail} Omit it to start at the first page.`)
  }
  return fromFastifyError(error)
}

const contexts: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

function invalidFieldsProblem(validation: NonNullable<FastifyError['validation']>, part = 'body'): Problem {
  const context = contexts[part] ?? part
  const errors = validation.map(({ instancePath, message = 'Invalid value.' }) => ({
    path: instancePath === '/' ? context : context + instancePath.replaceAll('/', '.'),
    message,
  }))
  return invalidRequest(errors)
}

const invalidDeclaration = ({ mistakes }: DeclarationError): Problem =>
  invalidRequest(
    mistakes.map(({ path, message }) => ({ path: path === '' ? 'body' : `body.${path}`, message })),
  )

const bodyErrors = ({ errors }: BodyError) => (errors.length > 0 ? { errors } : {})

function invalidRequest(errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join(' ')
  return new Problem('invalid-request', detail, { errors: [...errors] })
}

const fastifyProblems: Readonly<Record<string, readonly [ProblemKind, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The body is larger than the limit of the console.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'Send the body as JSON, with Content-Type: application/json.',
  ],
  FST_ERR_BAD_URL: ['invalid-request', 'Invalid URL: % must be followed by two hexadecimal digits.'],
  FST_ERR_MAX_PARAM_LENGTH: ['address-too-long', 'The id is too long.'],
}

function fromFastifyError({ code, statusCode }: FastifyError): Problem | undefined {
  const found =
    fastifyProblems[code] ?? (statusCode === 400 ? (['invalid-request', unreadableBody] as const) : undefined)
  return found && new Problem(...found)
}
