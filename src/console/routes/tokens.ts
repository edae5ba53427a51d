import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  noContent,
  pageQuery,
  pageSchema,
  problemResponses,
  tenantParams,
  timestamp,
  toIsoTime,
} from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { durationPattern, readDuration } from '../../entra/duration.ts'
import { formatRemaining, hasRoomForToken, renewalAdvice } from '../../tenants/expiry.ts'
import { type Tenant, type Token, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { paginate } from './paging.ts'
import { requireTenant } from './tenants.ts'

const tokenSchema = z
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

const newTokenSchema = z.strictObject({
  text: z.string().optional().meta({
    description: 'The text of the token, for tests and CI; generated when it is left out.',
    example: 'ci-token-of-my-tests',
  }),
  access: z.enum(['full', 'read']).optional().meta({
    description: 'What the token lets its client do; `full` when it is left out.',
  }),
})

const issuedTokenSchema = tokenSchema
  .extend({ text: z.string().meta({ description: 'The text. It is shown this once; only a hash is kept.' }) })
  .meta({ id: 'IssuedToken', description: 'A new access token with its text.' })

const overlapFormatMessage = 'Give a duration with w, d, h, m and s: 24h, 7d, 30m.'
const defaultOverlap = '24h'

const rotationSchema = z.strictObject({
  overlap: z
    .string(overlapFormatMessage)
    .regex(durationPattern, overlapFormatMessage)
    .default(defaultOverlap)
    .meta({ description: 'How long the old token goes on beside the new one.', example: '24h' }),
})

const rotatedTokenSchema = issuedTokenSchema
  .extend({ replaces: tokenSchema })
  .meta({ id: 'RotatedToken', description: 'A new access token with its text, and the one that it follows.' })

const tokenParams = tenantParams.extend({
  token: z.string().meta({ description: 'The id of the token.' }),
})

const day = 24 * 60 * 60 * 1000
const warningPeriod = 90 * day

function expiryWarning(left: number, hasRoom: boolean): string | undefined {
  if (left > warningPeriod) return undefined
  const state = left <= 0 ? 'Expired: the client gets 401.' : `Expires ${formatRemaining(left)}.`
  const [first = '', ...rest] = renewalAdvice(left, hasRoom)
  return `${state} ${first.toUpperCase()}${rest.join('')}.`
}

/** A token as people see it, by its tenant's clock. `tokens` are all that the tenant has. */
function viewToken(
  tenant: Tenant,
  token: Token,
  tokens: readonly Token[],
  now = tenantNow(tenant),
): z.output<typeof tokenSchema> {
  const left = token.expires - now
  const warning = expiryWarning(left, hasRoomForToken(tenant, tokens))
  return {
    id: token.id,
    ending: token.ending,
    access: token.access,
    created: toIsoTime(token.created),
    expires: toIsoTime(token.expires),
    expired: left <= 0,
    expiresInDays: Math.floor(left / day),
    ...(warning && { warning }),
    ...(token.lastUsed !== undefined && { lastUsed: toIsoTime(token.lastUsed) }),
    uses: token.uses,
  }
}

const tokenNotFound = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no token "${id}". GET /api/v1/tenants/${tenant.id}/tokens lists those it has.`,
  )

/** Access tokens of a tenant. */
export const tokenRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants }) => {
  const tags = ['tokens']
  const view = (tenant: Tenant, token: Token) => viewToken(tenant, token, tenants.tokens(tenant))

  app.get(
    '/tenants/:tenant/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'List the access tokens of a tenant',
        tags,
        params: tenantParams,
        querystring: pageQuery,
        response: {
          200: jsonResponse('The tokens that are not deleted, newest first.', pageSchema(tokenSchema)),
          ...problemResponses(400, 404),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const { items, ...rest } = paginate(tenants.tokens(tenant), query)
      return { items: items.map(token => view(tenant, token)), ...rest }
    },
  )

  app.post(
    '/tenants/:tenant/tokens',
    {
      schema: {
        operationId: 'issueToken',
        summary: 'Make an access token',
        description: 'It is valid for one year. Its text is in this answer and nowhere else.',
        tags,
        params: tenantParams,
        body: newTokenSchema.optional(),
        response: {
          201: jsonResponse('The token with its text.', issuedTokenSchema),
          ...problemResponses(400, 404, 409, 413, 415),
        },
      },
    },
    async ({ params, body }, reply) => {
      const tenant = requireTenant(tenants, params.tenant)
      const { token, text } = await tenants.createToken(tenant, body)
      reply.code(201)
      return { ...view(tenant, token), text }
    },
  )

  app.delete(
    '/tenants/:tenant/tokens/:token',
    {
      schema: {
        operationId: 'deleteToken',
        summary: 'Delete an access token',
        description:
          'Requests that carry it are refused from now on, and the journal tells that it was deleted.',
        tags,
        params: tokenParams,
        response: { 204: noContent('The token is gone.'), ...problemResponses(404) },
      },
    },
    async ({ params }, reply) => {
      const tenant = requireTenant(tenants, params.tenant)
      if (!(await tenants.deleteToken(tenant, params.token))) throw tokenNotFound(tenant, params.token)
      reply.code(204)
    },
  )

  app.post(
    '/tenants/:tenant/tokens/:token/expire',
    {
      schema: {
        operationId: 'expireToken',
        summary: 'Let an access token expire now',
        tags,
        params: tokenParams,
        response: { 200: jsonResponse('The token.', tokenSchema), ...problemResponses(404) },
      },
    },
    async ({ params }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const token = await tenants.expireToken(tenant, params.token)
      if (!token) throw tokenNotFound(tenant, params.token)
      return view(tenant, token)
    },
  )

  app.post(
    '/tenants/:tenant/tokens/:token/rotate',
    {
      schema: {
        operationId: 'rotateToken',
        summary: 'Make a token in the place of another',
        description:
          'The old one goes on for a while, so that its client can be given the new one; it never lives longer than it would have. Where the tenant has as many tokens as it may, one has to be deleted first.',
        tags,
        params: tokenParams,
        body: rotationSchema.optional(),
        response: {
          201: jsonResponse('The new token with its text, and the old one.', rotatedTokenSchema),
          ...problemResponses(400, 404, 409, 413, 415),
        },
      },
    },
    async ({ params, body }, reply) => {
      const tenant = requireTenant(tenants, params.tenant)
      const overlap = readDuration(body?.overlap ?? defaultOverlap) ?? 0
      const rotated = await tenants.rotateToken(tenant, params.token, overlap)
      if (!rotated) throw tokenNotFound(tenant, params.token)
      const { token, text, replaces } = rotated
      reply.code(201)
      return { ...view(tenant, token), text, replaces: view(tenant, replaces) }
    },
  )
}
