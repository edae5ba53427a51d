import { z } from 'zod'
import { durationSchema, operation, pageQuery, pageSchema, tenantParams, timestamp } from './operation.ts'

export const tokenSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    ending: z.string().meta({ description: 'The last characters of the text.', example: 'x7Q=' }),
    access: z.enum(['full', 'read']).meta({
      description: '`read`: the token may read, and whatever writes is refused with 403.',
    }),
    created: timestamp("When it was made, by the tenant's clock."),
    expires: timestamp("When it expires, by the tenant's clock."),
    expired: z.boolean(),
    expiresInDays: z
      .int()
      .meta({ description: 'Whole days until it expires; negative once it has.', example: 364 }),
    warning: z.string().optional().meta({
      description: 'From 90 days before it expires: what is about to happen.',
      example: 'Expires in 12 days. Generate a second token and give it to the client.',
    }),
    lastUsed: timestamp("When it last let a request in, by the tenant's clock.").optional(),
    uses: z.int().nonnegative().meta({ description: 'The requests it let in.', example: 1024 }),
  })
  .meta({ id: 'Token', description: 'An access token, without its text.' })

export type Token = z.output<typeof tokenSchema>

const newTokenSchema = z.strictObject({
  text: z.string().optional().meta({
    description: 'The text of the token, for tests and CI; generated when it is left out.',
    example: 'ci-token-of-my-tests',
  }),
  access: z.enum(['full', 'read']).optional().meta({
    description: 'What the token lets its client do; `full` when it is left out.',
  }),
})

export type NewToken = z.input<typeof newTokenSchema>

const issuedTokenSchema = tokenSchema
  .extend({ text: z.string().meta({ description: 'The text. It is shown this once; only a hash is kept.' }) })
  .meta({ id: 'IssuedToken', description: 'A new access token with its text.' })

export type IssuedToken = z.output<typeof issuedTokenSchema>

export const defaultOverlap = '24h'

const rotationSchema = z.strictObject({
  overlap: durationSchema('Give a duration with w, d, h, m and s: 24h, 7d, 30m.')
    .default(defaultOverlap)
    .meta({ description: 'How long the old token goes on beside the new one.', example: '24h' }),
})

const rotatedTokenSchema = issuedTokenSchema
  .extend({ replaces: tokenSchema })
  .meta({ id: 'RotatedToken', description: 'A new access token with its text, and the one that it follows.' })

export type RotatedToken = z.output<typeof rotatedTokenSchema>

const tokenParams = tenantParams.extend({
  token: z.string().meta({ description: 'The id of the token.' }),
})

export const operations = {
  listTokens: operation({
    method: 'GET',
    path: '/tenants/:tenant/tokens',
    summary: 'List the access tokens of a tenant',
    tags: ['tokens'],
    params: tenantParams,
    query: pageQuery,
    response: {
      status: 200,
      description: 'The tokens that are not deleted, newest first.',
      schema: pageSchema(tokenSchema),
    },
    problems: [400, 404],
  }),
  issueToken: operation({
    method: 'POST',
    path: '/tenants/:tenant/tokens',
    summary: 'Make an access token',
    description: 'It is valid for one year. Its text is in this answer and nowhere else.',
    tags: ['tokens'],
    params: tenantParams,
    body: newTokenSchema.optional(),
    response: { status: 201, description: 'The token with its text.', schema: issuedTokenSchema },
    problems: [400, 404, 409, 413, 415],
    changes: 'tokens',
  }),
  deleteToken: operation({
    method: 'DELETE',
    path: '/tenants/:tenant/tokens/:token',
    summary: 'Delete an access token',
    description: 'Requests that carry it are refused from now on, and the journal tells that it was deleted.',
    tags: ['tokens'],
    params: tokenParams,
    response: { status: 204, description: 'The token is gone.' },
    problems: [404],
    changes: 'tokens',
  }),
  expireToken: operation({
    method: 'POST',
    path: '/tenants/:tenant/tokens/:token/expire',
    summary: 'Let an access token expire now',
    tags: ['tokens'],
    params: tokenParams,
    response: { status: 200, description: 'The token.', schema: tokenSchema },
    problems: [404],
    changes: 'tokens',
  }),
  rotateToken: operation({
    method: 'POST',
    path: '/tenants/:tenant/tokens/:token/rotate',
    summary: 'Make a token in the place of another',
    description:
      'The old one goes on for a while, so that its client can be given the new one; it never lives longer than it would have. Where the tenant has as many tokens as it may, one has to be deleted first.',
    tags: ['tokens'],
    params: tokenParams,
    body: rotationSchema.optional(),
    response: {
      status: 201,
      description: 'The new token with its text, and the old one.',
      schema: rotatedTokenSchema,
    },
    problems: [400, 404, 409, 413, 415],
    changes: 'tokens',
  }),
}
