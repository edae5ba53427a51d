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
export type FieldError = NonNullable<ProblemDocument['errors']>[number]

/** The kinds of problems, with status and title. The `type` of a problem is `urn:scimulator:problem:` and its kind. */
export const problemKinds = {
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

export const problemMediaType = 'application/problem+json'

/** What a status means where an operation lists it among its problems. */
export const problemDescriptions = {
  400: 'The request is invalid; `errors` names the fields.',
  401: 'The console token is missing or wrong.',
  403: 'The request comes from a page of another origin, or names a foreign host.',
  404: 'What the address names does not exist.',
  409: 'It is taken already, a limit is reached, or something that is there is in the way.',
  413: 'The body is too large.',
  415: 'The body is not sent as application/json.',
  500: 'The server failed.',
  503: 'The server is not ready.',
} as const

export type ProblemStatus = keyof typeof problemDescriptions
