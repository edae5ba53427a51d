import * as z from 'zod'
import { findExcess } from '../../scim/json.ts'

export const missingSchema = z.enum(['deleted', 'lost']).meta({
  description:
    'Why the journal does not have an exchange. `deleted`: it is older than those that the journal keeps. `lost`: it is newer than the oldest one; a crash may have lost it.',
})

/** RFC 9457, section 3. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'The kind of the problem, which is stable across releases.' }),
    title: z.string().meta({ description: 'The kind of the problem as text.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What is wrong, and how to fix it.' }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({ description: 'The path of the field: `body.ids.0`, `query.limit`.' }),
          message: z.string(),
          line: z.int().optional().meta({ description: 'The line of a file, counted from 1.' }),
          at: z.int().optional().meta({ description: 'The start in the text, in UTF-16 units.' }),
          length: z.int().optional(),
          suggestion: z.string().optional().meta({ description: 'The probable correction.' }),
        }),
      )
      .optional()
      .meta({ description: 'The invalid fields of an invalid request.' }),
    missing: missingSchema.optional(),
  })
  .meta({
    id: 'Problem',
    description: 'A problem document (RFC 9457).',
    example: {
      type: 'urn:scimulator:problem:not-found',
      title: 'Not found',
      status: 404,
      detail: 'There is no tenant "acme". GET /api/v1/tenants lists those that exist.',
    },
  })

export type ProblemDocument = z.output<typeof problemSchema>
export type FieldError = NonNullable<ProblemDocument['errors']>[number]

export const problemKinds = {
  'invalid-request': [400, 'Invalid request'],
  'invalid-query': [400, 'Invalid search'],
  'invalid-cursor': [400, 'Invalid cursor'],
  'sign-in-failed': [400, 'Sign-in failed'],
  'token-required': [401, 'Console token required'],
  'sign-in-needed': [401, 'Sign-in needed'],
  'recent-sign-in-needed': [401, 'Recent sign-in needed'],
  'not-allowed': [403, 'Not allowed'],
  'cross-origin': [403, 'Cross-origin request'],
  'unknown-host': [403, 'Unknown host name'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  'fixed-types': [409, 'Fixed resource types'],
  'fixed-credentials': [409, 'Fixed credentials'],
  'cannot-replay': [409, 'Replay not possible'],
  'caller-not-valid': [409, 'Caller no longer valid'],
  'already-running': [409, 'Already running'],
  'in-use': [409, 'In use by stored resources'],
  'read-only': [409, 'Read-only'],
  'invalid-session': [400, 'Invalid session file'],
  'invalid-import': [400, 'Invalid import'],
  'invalid-rehearsal': [400, 'Invalid rehearsal'],
  'already-exists': [409, 'Already exists'],
  'limit-reached': [409, 'Limit reached'],
  'invalid-snapshot': [409, 'Invalid snapshot'],
  'not-compacted': [409, 'Not compacted'],
  'too-large': [413, 'Body too large'],
  'address-too-long': [414, 'URL too long'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'too-many-searches': [429, 'Too many searches'],
  'too-many-streams': [503, 'Too many event streams'],
  'internal-error': [500, 'Internal server error'],
  'journal-damaged': [500, 'Journal damaged'],
  'snapshot-not-saved': [500, 'Snapshot not saved'],
  'provider-unreachable': [502, 'Identity provider not reachable'],
  'compaction-failed': [500, 'Compaction failed'],
  'not-ready': [503, 'Not ready yet'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

export type ProblemKind = keyof typeof problemKinds

export const problemMediaType = 'application/problem+json'

export const problemDescriptions = {
  400: 'The request is invalid; `errors` names the fields.',
  401: 'The caller is not signed in, its token is missing or wrong, or its sign-in is not recent enough.',
  403: 'The caller may not do this, the request comes from a page of another origin, or it names a foreign host.',
  404: 'The resource does not exist.',
  409: 'The request conflicts with existing data, or a limit is reached.',
  413: 'The body is too large.',
  415: 'The media type of the body is not the one of the operation.',
  429: 'Too many searches are waiting. Try again later.',
  500: 'The server failed.',
  503: 'The server is not ready.',
} as const

export type ProblemStatus = keyof typeof problemDescriptions

/** An operation does not accept its body. `errors` is empty if the body is not JSON, or has too many levels. */
export class BodyError extends Error {
  readonly errors: readonly FieldError[]
  constructor(message: string, errors: readonly FieldError[] = []) {
    super(message)
    this.name = 'BodyError'
    this.errors = errors
  }
}

export const unreadableBody = 'The body is not valid JSON. Send one JSON object as application/json.'

/** Uses a thread, since a large file would block the event loop. An empty body counts as absent. Throws `BodyError`. */
export function parseBody<Schema extends z.ZodType>(
  bytes: Uint8Array<ArrayBuffer>,
  schema: Schema,
): z.output<Schema> {
  const text = new TextDecoder().decode(bytes)
  const excess = findExcess(text)
  if (excess !== undefined) throw new BodyError(`The body ${excess}.`)
  const parsed = schema.safeParse(text.trim() === '' ? undefined : parseJson(text))
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: ['body', ...path].join('.'),
    message,
  }))
  throw new BodyError(errors.map(({ path, message }) => `${path}: ${message}`).join(' '), errors)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BodyError(unreadableBody)
  }
}
