import * as z from 'zod'
import { recognizedClientSchema } from './exchanges.ts'
import {
  count,
  creates,
  describe,
  destroy,
  durationSchema,
  pages,
  read,
  returns,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

export const tokenSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    name: text('The name of the token, for people.', 'staging').optional(),
    ending: text('The last characters of the token.', 'x7Q='),
    access: z.enum(['full', 'read']).meta({
      description: '`read`: requests that write are rejected with 403.',
    }),
    created: timestamp("The time of its creation, by the tenant's clock."),
    expires: timestamp("The time of its expiry, by the tenant's clock."),
    expired: z.boolean(),
    expiresInDays: z
      .int()
      .meta({ description: 'Whole days until it expires; negative after that.', example: 364 }),
    warning: text(
      'A warning, from 90 days before it expires.',
      'Expires in 12 days. Generate a second token and give it to the client.',
    ).optional(),
    lastUsed: timestamp("The last request that it authenticated, by the tenant's clock.").optional(),
    requests: count('The number of requests that it authenticated.', 1024),
    recognized: recognizedClientSchema.optional().meta({
      description:
        'The client whose token it is: named by its User-Agent, or the same by the shape of three requests. Absent until then.',
    }),
  })
  .meta({ id: 'Token', description: 'An access token, without its value.' })

export type Token = z.input<typeof tokenSchema>

const newTokenSchema = z.strictObject({
  name: text('A name of 1 to 64 characters, for people. Rotation keeps it.', 'staging').optional(),
  for: durationSchema('Expected a duration with w, d, h, m and s, such as 90d, 12h or 30m.').optional().meta({
    description: 'How long it is valid, at most 365 days, which is the default, as at AWS.',
    example: '90d',
  }),
  value: text(
    'The value of the token, for tests and CI; generated if omitted.',
    'ci-token-of-my-tests',
  ).optional(),
  access: z.enum(['full', 'read']).optional().meta({
    description: 'The access of the token; `full` if omitted.',
  }),
})

export type NewToken = z.input<typeof newTokenSchema>

const issuedTokenSchema = tokenSchema
  .extend({
    value: text('The value of the token. It is shown once; only a hash is stored.'),
  })
  .meta({ id: 'IssuedToken', description: 'A new access token with its value.' })

export type IssuedToken = z.input<typeof issuedTokenSchema>

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

export const operations = describe('tokens', {
  listTokens: read(
    'GET /tenants/:tenant/tokens',
    'List the access tokens of a tenant',
    pages(tokenSchema, 'The tokens that are not deleted, newest first.'),
  ),
  createToken: write(
    'POST /tenants/:tenant/tokens',
    'Generate an access token',
    creates(issuedTokenSchema, 'The token with its value.'),
    {
      description: 'It is valid for one year, unless `for` is set. Its value is in this response only.',
      body: newTokenSchema.optional(),
      also: [409],
    },
  ),
  deleteToken: destroy(
    'DELETE /tenants/:tenant/tokens/:token',
    'Delete an access token',
    returnsNothing('The token is deleted.'),
    { description: 'Requests with this token are rejected from now on; the journal records the reason.' },
  ),
  expireToken: destroy(
    'POST /tenants/:tenant/tokens/:token/expire',
    'Expire an access token now',
    returns(tokenSchema, 'The token.'),
  ),
  rotateToken: destroy(
    'POST /tenants/:tenant/tokens/:token/rotate',
    'Rotate an access token',
    creates(rotatedTokenSchema, 'The new token with its value, and the old token.'),
    {
      description:
        'The old token stays valid for the overlap, but never beyond its own expiry. If the tenant has the maximum number of tokens, delete one first.',
      body: rotationSchema.optional(),
      also: [409],
    },
  ),
})
