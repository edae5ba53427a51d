import type { FastifyPluginAsync } from 'fastify'
import { toIsoTime } from '../../contract/operation.ts'
import { defaultOverlap, operations, type Token } from '../../contract/tokens.ts'
import { readDuration } from '../../entra/duration.ts'
import { compact } from '../../scim/json.ts'
import { formatRemaining, hasRoomForToken, renewalAdvice } from '../../tenants/expiry.ts'
import { type Token as StoredToken, type Tenant, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'
import { paginate, requireTenant } from './tenants.ts'

const day = 24 * 60 * 60 * 1000
const warningPeriod = 90 * day

function expiryWarning(left: number, hasRoom: boolean): string | undefined {
  if (left > warningPeriod) return undefined
  const state = left <= 0 ? 'Expired: the client gets 401.' : `Expires ${formatRemaining(left)}.`
  const [first = '', ...rest] = renewalAdvice(left, hasRoom)
  return `${state} ${first.toUpperCase()}${rest.join('')}.`
}

/** A token as the API shows it, by the tenant's clock. `tokens` are all tokens of the tenant. */
export function viewToken(tenant: Tenant, token: StoredToken, tokens: readonly StoredToken[]): Token {
  const left = token.expires - tenantNow(tenant)
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
    requests: token.uses,
  }
}

const tokenNotFound = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no token "${id}". GET /api/v1/tenants/${tenant.id}/tokens lists its tokens.`,
  )

/** Access tokens of a tenant. */
export const tokenRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants }) => {
  const view = (tenant: Tenant, token: StoredToken) => viewToken(tenant, token, tenants.tokens(tenant))

  register(app, 'listTokens', operations.listTokens, ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { items, ...rest } = paginate(tenants.tokens(tenant), query)
    return { items: items.map(token => view(tenant, token)), ...rest }
  })

  register(app, 'createToken', operations.createToken, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { value, access } = body ?? {}
    const { token, text } = await tenants.createToken(tenant, compact({ text: value, access }))
    return { ...view(tenant, token), value: text }
  })

  register(app, 'deleteToken', operations.deleteToken, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    if (!(await tenants.deleteToken(tenant, params.token))) throw tokenNotFound(tenant, params.token)
  })

  register(app, 'expireToken', operations.expireToken, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const token = await tenants.expireToken(tenant, params.token)
    if (!token) throw tokenNotFound(tenant, params.token)
    return view(tenant, token)
  })

  register(app, 'rotateToken', operations.rotateToken, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const overlap = readDuration(body?.overlap ?? defaultOverlap) ?? 0
    const rotated = await tenants.rotateToken(tenant, params.token, overlap)
    if (!rotated) throw tokenNotFound(tenant, params.token)
    const { token, text, replaces } = rotated
    return { ...view(tenant, token), value: text, replaces: view(tenant, replaces) }
  })
}
