import { z } from 'zod'
import { durationSchema, operation, pageQuery, pageSchema, tenantParams, timestamp } from './operation.ts'
import { recognizedClientSchema } from './recognized-client.ts'

export const tokenSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    ending: z.string().meta({ description: 'The last characters of the token.', example: 'x7Q=' }),
    access: z.enum(['full', 'read']).meta({
      description: '`read`: requests that write are rejected with 403.',
    }),
    created: timestamp("The time of its creation, by the tenant's clock."),
    expires: timestamp("The time of its expiry, by the tenant's clock."),
    expired: z.boolean(),
    expiresInDays: z
      .int()
      .meta({ description: 'Whole days until it expires; negative after that.', example: 364 }),
    warning: z.string().optional().meta({
      description: 'A warning, from 90 days before it expires.',
      example: 'Expires in 12 days. Generate a second token and give it to the client.',
    }),
    lastUsed: timestamp("The last request that it authenticated, by the tenant's clock.").optional(),
    requests: z
      .int()
      .nonnegative()
      .meta({ description: 'The number of requests that it authenticated.', example: 1024 }),
    recognized: recognizedClientSchema.optional().meta({
      description:
        'The client whose token it is: named by its User-Agent, or the same by the shape of three requests. Absent until then.',
    }),
  })
  .meta({ id: 'Token', description: 'An access token, without its value.' })

export type Token = z.output<typeof tokenSchema>

const newTokenSchema = z.strictObject({
  value: z.string().optional().meta({
    description: 'The value of the token, for tests and CI; generated if omitted.',
    example: 'ci-token-of-my-tests',
  }),
  access: z.enum(['full', 'read']).optional().meta({
    description: 'The access of the token; `full` if omitted.',
  }),
})

export type NewToken = z.input<typeof newTokenSchema>

const issuedTokenSchema = tokenSchema
  .extend({
    value: z
      .string()
      .meta({ description: 'The value of the token. It is shown once; only a hash is stored.' }),
  })
  .meta({ id: 'IssuedToken', description: 'A new access token with its value.' })

export type IssuedToken = z.output<typeof issuedTokenSchema>

export const defaultOverlap = '24h'

const rotationSchema = z.strictObject({
  overlap: durationSchema('Expected a duration with w, d, h, m and s, such as 24h, 7d or 30m.')
    .default(defaultOverlap)
    .meta({ description: 'How long the old token stays valid.', example: '24h' }),
})

const rotatedTokenSchema = issuedTokenSchema.extend({ replaces: tokenSchema }).meta({
  id: 'RotatedToken',
  description: 'A new access token with its value, and the token that it replaces.',
})

const tokenParams = tenantParams.extend({
  token: z.string().meta({ description: 'The ID of the token.' }),
})

export const operations = {
  listTokens: operation({
    method: 'GET',
    path: '/tenants/:tenant/tokens',
    needs: 'read',
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
  createToken: operation({
    method: 'POST',
    path: '/tenants/:tenant/tokens',
    needs: 'write',
    summary: 'Generate an access token',
    description: 'It is valid for one year. Its value is in this response only.',
    tags: ['tokens'],
    params: tenantParams,
    body: newTokenSchema.optional(),
    response: { status: 201, description: 'The token with its value.', schema: issuedTokenSchema },
    problems: [400, 404, 409, 413, 415],
    changes: 'tokens',
  }),
  deleteToken: operation({
    method: 'DELETE',
    path: '/tenants/:tenant/tokens/:token',
    needs: 'destroy',
    summary: 'Delete an access token',
    description: 'Requests with this token are rejected from now on; the journal records the reason.',
    tags: ['tokens'],
    params: tokenParams,
    response: { status: 204, description: 'The token is deleted.' },
    problems: [404],
    changes: 'tokens',
  }),
  expireToken: operation({
    method: 'POST',
    path: '/tenants/:tenant/tokens/:token/expire',
    needs: 'destroy',
    summary: 'Expire an access token now',
    tags: ['tokens'],
    params: tokenParams,
    response: { status: 200, description: 'The token.', schema: tokenSchema },
    problems: [404],
    changes: 'tokens',
  }),
  rotateToken: operation({
    method: 'POST',
    path: '/tenants/:tenant/tokens/:token/rotate',
    needs: 'destroy',
    summary: 'Rotate an access token',
    description:
      'The old token stays valid for the overlap, but never beyond its own expiry. If the tenant has the maximum number of tokens, delete one first.',
    tags: ['tokens'],
    params: tokenParams,
    body: rotationSchema.optional(),
    response: {
      status: 201,
      description: 'The new token with its value, and the old token.',
      schema: rotatedTokenSchema,
    },
    problems: [400, 404, 409, 413, 415],
    changes: 'tokens',
  }),
}
