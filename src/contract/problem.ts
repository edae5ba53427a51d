import { z } from 'zod'

/** RFC 9457, section 3. */
export const problemSchema = z
  .object({
    type: z
      .string()
      .meta({ description: 'What kind of problem it is; stays the same from release to release.' }),
    title: z.string().meta({ description: 'The kind of problem in words.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What is wrong here, and how to mend it.' }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({ description: 'Where: `body.ids.0`, `query.limit`.' }),
          message: z.string(),
          line: z.int().optional().meta({ description: 'Of a file, the line; the first is 1.' }),
          at: z.int().optional().meta({ description: 'Where it begins in the text, in UTF-16 units.' }),
          length: z.int().optional(),
          suggestion: z.string().optional().meta({ description: 'What was probably meant there.' }),
        }),
      )
      .optional()
      .meta({ description: 'Each field that is wrong, when the request is invalid.' }),
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
type FieldErrors = ProblemDocument['errors']

const problemKinds = {
  'invalid-request': [400, 'The request is invalid'],
  'invalid-query': [400, "The search can't be read"],
  'invalid-cursor': [400, 'The cursor is invalid'],
  'token-needed': [401, 'The console token is needed'],
  'foreign-origin': [403, 'Not from this console'],
  'foreign-host': [403, 'Not a name of this console'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'The method is not offered here'],
  'fixed-types': [409, 'The types of this profile are fixed'],
  'cannot-replay': [409, 'The request can not be sent again'],
  'under-way': [409, 'It is under way already'],
  'in-use': [409, 'Stored resources are in the way'],
  taken: [409, 'Taken already'],
  'limit-reached': [409, 'The limit is reached'],
  'unusable-snapshot': [409, 'The snapshot can not be used'],
  'too-large': [413, 'The body is too large'],
  'address-too-long': [414, 'The address is too long'],
  'unsupported-media-type': [415, 'The body is of the wrong media type'],
  'too-many-readers': [503, 'Too many streams of events'],
  unexpected: [500, 'The server failed'],
  'unwritable-snapshot': [500, 'The snapshot can not be written'],
  'not-compacted': [500, 'The database can not be compacted'],
  'not-ready': [503, 'Not ready yet'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

export type ProblemKind = keyof typeof problemKinds

type ProblemOptions = {
  readonly errors?: FieldErrors
  readonly headers?: Readonly<Record<string, string>>
}

/** What a caller asked for and can't have; worded once, by the error handler. */
export class Problem extends Error {
  readonly document: ProblemDocument
  readonly headers: Readonly<Record<string, string>>

  constructor(kind: ProblemKind, detail: string, { errors, headers = {} }: ProblemOptions = {}) {
    super(detail)
    this.name = 'Problem'
    const [status, title] = problemKinds[kind]
    this.document = {
      type: `urn:scimulator:problem:${kind}`,
      title,
      status,
      detail,
      ...(errors && { errors }),
    }
    this.headers = headers
  }
}

export const problemMediaType = 'application/problem+json'
