import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { durationPattern, readDuration } from '../../entra/duration.ts'
import { hasRoomForToken, inDays, renewalAdvice } from '../../tenants/expiry.ts'
import { nowAt, type Tenant, type Token } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { pageOfList } from './paging.ts'
import { answer, instant, instantOf, noContent, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const tokenSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    ending: z.string().meta({ description: 'The last characters of the text.', example: 'x7Q=' }),
    access: z.enum(['full', 'read']).meta({
      description: '`read`: the token may read, and whatever writes is refused with 403.',
    }),
    created: instant("When it was made, by the tenant's clock."),
    expires: instant("When it expires, by the tenant's clock."),
    expired: z.boolean(),
    expiresInDays: z
      .int()
      .meta({ description: 'Whole days until it expires; negative once it has.', example: 364 }),
    warning: z.string().optional().meta({
      description: 'From 90 days before it expires: what is about to happen.',
      example: 'Expires in 12 days. Generate a second token and give it to the client.',
    }),
    lastUsed: instant("When it last let a request in, by the tenant's clock.").optional(),
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

const overlapMistake = 'Give a duration with w, d, h, m and s: 24h, 7d, 30m.'
const defaultOverlap = '24h'

const rotationSchema = z.strictObject({
  overlap: z
    .string(overlapMistake)
    .regex(durationPattern, overlapMistake)
    .default(defaultOverlap)
    .meta({ description: 'How long the old token goes on beside the new one.', example: '24h' }),
})

const rotatedSchema = issuedTokenSchema
  .extend({ replaces: tokenSchema })
  .meta({ id: 'RotatedToken', description: 'A new access token with its text, and the one that it follows.' })

const tokenParams = tenantParams.extend({
  token: z.string().meta({ description: 'The id of the token.' }),
})

const day = 24 * 60 * 60 * 1000
const warnedFrom = 90 * day

function warningOf(left: number, hasRoom: boolean): string | undefined {
  if (left > warnedFrom) return undefined
  const state = left <= 0 ? 'Expired: the client gets 401.' : `Expires ${inDays(left)}.`
  const [first = '', ...rest] = renewalAdvice(left, hasRoom)
  return `${state} ${first.toUpperCase()}${rest.join('')}.`
}

/** A token as people see it, by its tenant's clock. `tokens` are all that the tenant has. */
function viewToken(
  tenant: Tenant,
  token: Token,
  tokens: readonly Token[],
  now = nowAt(tenant),
): z.output<typeof tokenSchema> {
  const left = token.expires - now
  const warning = warningOf(left, hasRoomForToken(tenant, tokens))
  return {
    id: token.id,
    ending: token.ending,
    access: token.access,
    created: instantOf(token.created),
    expires: instantOf(token.expires),
    expired: left <= 0,
    expiresInDays: Math.floor(left / day),
    ...(warning && { warning }),
    ...(token.lastUsed !== undefined && { lastUsed: instantOf(token.lastUsed) }),
    uses: token.uses,
  }
}

const noSuchToken = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no token "${id}". GET /api/v1/tenants/${tenant.id}/tokens lists those it has.`,
  )

/** Access tokens of a tenant. */
export const tokenRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { tenants }) => {
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
          200: answer('The tokens that are not deleted, newest first.', pageOf(tokenSchema)),
          ...problems(400, 404),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const { items, ...rest } = pageOfList(tenants.tokens(tenant), query)
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
          201: answer('The token with its text.', issuedTokenSchema),
          ...problems(400, 404, 409, 413, 415),
        },
      },
    },
    async ({ params, body }, reply) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const { token, text } = await tenants.issue(tenant, body)
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
        response: { 204: noContent('The token is gone.'), ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const tenant = tenantNamed(tenants, params.tenant)
      if (!(await tenants.revoke(tenant, params.token))) throw noSuchToken(tenant, params.token)
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
        response: { 200: answer('The token.', tokenSchema), ...problems(404) },
      },
    },
    async ({ params }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const token = await tenants.expire(tenant, params.token)
      if (!token) throw noSuchToken(tenant, params.token)
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
          201: answer('The new token with its text, and the old one.', rotatedSchema),
          ...problems(400, 404, 409, 413, 415),
        },
      },
    },
    async ({ params, body }, reply) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const overlap = readDuration(body?.overlap ?? defaultOverlap) ?? 0
      const rotated = await tenants.rotate(tenant, params.token, overlap)
      if (!rotated) throw noSuchToken(tenant, params.token)
      const { token, text, replaces } = rotated
      reply.code(201)
      return { ...view(tenant, token), text, replaces: view(tenant, replaces) }
    },
  )
}
