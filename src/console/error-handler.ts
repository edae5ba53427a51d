import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type ProblemKind, problemMediaType } from '../contract/problem.ts'
import { CursorError } from '../ports/journal.ts'
import { SnapshotError } from '../ports/snapshots.ts'
import { DeclarationError } from '../scim/declare/fields.ts'
import { ScimError } from '../scim/error.ts'
import { TenantError } from '../tenants/tenant.ts'
import { Problem } from './problem.ts'

const commonHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** What API answers say to browsers: they are data, nobody's but this console's, and go stale at once. */
const dataHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** For the console's page: its own script and style, its own API, and nothing else. */
export const pagePolicy =
  "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'"

/** For the pages that describe the API. Swagger UI sets styles from its script. */
export const docsPolicy =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'"

export const securityHeaders = { ...commonHeaders, ...dataHeaders }

export async function sendSecurityHeaders(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers(securityHeaders)
}

/** Words whatever went wrong, and logs what nobody expected. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toProblem(error)
  if (!known && !isAbandoned(error, request)) {
    request.log.error({ err: error }, 'the console failed on a request')
  }
  return sendProblem(reply, known ?? unexpectedProblem())
}

/** Its work was ended because the client has closed the connection: nobody reads the response. */
const isAbandoned = ({ name }: Error, { signal }: FastifyRequest): boolean =>
  name === 'AbortError' && signal.aborted

/** Answers addresses that the router can't read; no hook sees those. */
export const handleUnreadableAddress: typeof handleError = (error, request, reply) =>
  handleError(error, request, reply.headers(securityHeaders))

export const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(problem.document.status)
    .headers(problem.headers)
    .type(problemMediaType)
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problem.document)

const unexpectedProblem = () =>
  new Problem('unexpected', 'The console failed on this request; the log of the server says why.')

const tenantProblems = { taken: 'taken', invalid: 'invalid-request', limit: 'limit-reached' } as const

const snapshotProblems = {
  limit: 'limit-reached',
  unusable: 'unusable-snapshot',
  unwritable: 'unwritable-snapshot',
} as const

function toProblem(error: FastifyError): Problem | undefined {
  if (error instanceof Problem) return error
  if (hasZodFastifySchemaValidationErrors(error)) return invalidFieldsProblem(error)
  if (error instanceof TenantError) return new Problem(tenantProblems[error.reason], error.message)
  if (error instanceof SnapshotError) return new Problem(snapshotProblems[error.reason], error.message)
  if (error instanceof DeclarationError) return invalidDeclaration(error)
  if (error instanceof CursorError) return new Problem('invalid-cursor', error.message)
  // The store looks documents up for the console and writes none: only a cursor can be wrong.
  if (error instanceof ScimError && error.reason === 'invalidValue') {
    return new Problem('invalid-cursor', `${error.detail} Leave it out to start at the first page.`)
  }
  return fromFastifyError(error)
}

type ValidationFailure = {
  readonly validation: readonly { readonly instancePath: string; readonly message?: string | undefined }[]
  readonly validationContext?: string | undefined
}

const contexts: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

function invalidFieldsProblem({ validation, validationContext = 'body' }: ValidationFailure): Problem {
  const context = contexts[validationContext] ?? validationContext
  const errors = validation.map(({ instancePath, message = 'It is invalid.' }) => ({
    path: instancePath === '/' ? context : context + instancePath.replaceAll('/', '.'),
    message,
  }))
  return invalidRequest(errors, '; ')
}

const invalidDeclaration = ({ mistakes }: DeclarationError): Problem =>
  invalidRequest(
    mistakes.map(({ path, message }) => ({ path: path === '' ? 'body' : `body.${path}`, message })),
    ' ',
  )

function invalidRequest(
  errors: readonly { readonly path: string; readonly message: string }[],
  between: string,
): Problem {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join(between)
  return new Problem('invalid-request', `Mend this and send it again. ${detail}`, { errors: [...errors] })
}

const unreadableBody: readonly [ProblemKind, string] = [
  'invalid-request',
  "The body can't be read as JSON. Send one JSON object as application/json.",
]

const fastifyProblems: Readonly<Record<string, readonly [ProblemKind, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The body is larger than the console takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'Send the body as JSON, with Content-Type: application/json.',
  ],
  FST_ERR_BAD_URL: ['invalid-request', "The address can't be read: a % has to start two hexadecimal digits."],
  FST_STATIC_FORBIDDEN_PATH: ['not-found', 'There is no such file. GET /api/docs shows all there is.'],
  FST_ERR_MAX_PARAM_LENGTH: ['address-too-long', 'No id is as long as this one.'],
}

function fromFastifyError({ code, statusCode }: FastifyError): Problem | undefined {
  const found = fastifyProblems[code] ?? (statusCode === 400 ? unreadableBody : undefined)
  return found && new Problem(...found)
}
