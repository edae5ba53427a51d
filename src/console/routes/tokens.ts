import type { FastifyPluginAsync } from 'fastify'
import { defaultOverlap, operations } from '../../domain/contract/tokens.ts'
import { day, readDuration } from '../../domain/duration.ts'
import type { TokenClient } from '../../domain/ports/analysis.ts'
import { formatRemaining, renewalAdvice } from '../../domain/tenants/expiry.ts'
import { hasRoomForToken, type Tenant, type Token, tenantNow } from '../../domain/tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { paginate, register, requireTenant } from './register.ts'

const warningPeriod = 90 * day

/** A credential's expiry by the tenant's clock. `response` is what its client gets then; `advise` gets milliseconds. */
export function viewExpiry(
  tenant: Tenant,
  { expires }: { readonly expires: number },
  response: string,
  advise: (remaining: number) => string,
) {
  const remaining = expires - tenantNow(tenant)
  const expired = remaining <= 0
  const state = expired ? `Expired: the client gets ${response}.` : `Expires ${formatRemaining(remaining)}.`
  const [first = '', ...rest] = advise(remaining)
  return {
    expired,
    expiresInDays: Math.floor(remaining / day),
    warning: remaining > warningPeriod ? undefined : `${state} ${first.toUpperCase()}${rest.join('')}.`,
  }
}

type TokenContext = {
  readonly tokens: readonly Token[]
  readonly clients: readonly TokenClient[]
}

export function viewToken(tenant: Tenant, token: Token, { tokens, clients }: TokenContext) {
  const hasRoom = hasRoomForToken(tenant, tokens)
  return {
    ...token,
    ...viewExpiry(tenant, token, '401', remaining => renewalAdvice(remaining, hasRoom)),
    requests: token.uses,
    recognized: clients.find(client => client.token === token.id)?.recognized,
  }
}

const tokenNotFound = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no token "${id}". GET /api/v1/tenants/${tenant.id}/tokens lists its tokens.`,
  )

/** The ID of the token with this ID or name, or of the only one whose ID begins with the text. Throws a Problem. */
function tokenIdOf(tokens: readonly Token[], tenant: Tenant, text: string): string {
  const isNamed = ({ id, name }: Token) => id === text || name === text
  const named = tokens.filter(isNamed)
  const found = named.length > 0 ? named : tokens.filter(({ id }) => text.length >= 8 && id.startsWith(text))
  const [only, ...others] = found
  if (only === undefined) throw tokenNotFound(tenant, text)
  if (others.length === 0) return only.id
  throw new Problem(
    'not-found',
    `Several tokens of the tenant "${tenant.id}" match "${text}": ${found.map(({ id }) => id).join(', ')}. Use the ID.`,
  )
}

export const tokenRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, analysis }) => {
  const viewer = async (tenant: Tenant) => {
    const context = { tokens: tenants.tokens(tenant), clients: await analysis.clientsOfTokens(tenant.id) }
    return (token: Token) => viewToken(tenant, token, context)
  }

  register(app, 'listTokens', operations.listTokens, async ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { items, ...rest } = paginate(tenants.tokens(tenant), query)
    return { items: items.map(await viewer(tenant)), ...rest }
  })

  register(app, 'createToken', operations.createToken, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { value, access, name, for: validity } = body ?? {}
    const { token, text } = await tenants.createToken(tenant, {
      ...{ text: value, access, name },
      ...(validity !== undefined && { validity: readDuration(validity) }),
    })
    const view = await viewer(tenant)
    return { ...view(token), value: text }
  })

  register(app, 'deleteToken', operations.deleteToken, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const id = tokenIdOf(tenants.tokens(tenant), tenant, params.token)
    if (!(await tenants.deleteToken(tenant, id))) throw tokenNotFound(tenant, params.token)
  })

  register(app, 'expireToken', operations.expireToken, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const token = await tenants.expireToken(tenant, tokenIdOf(tenants.tokens(tenant), tenant, params.token))
    if (!token) throw tokenNotFound(tenant, params.token)
    const view = await viewer(tenant)
    return view(token)
  })

  register(app, 'rotateToken', operations.rotateToken, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const overlap = readDuration(body?.overlap ?? defaultOverlap) ?? 0
    const id = tokenIdOf(tenants.tokens(tenant), tenant, params.token)
    const rotated = await tenants.rotateToken(tenant, id, overlap)
    if (!rotated) throw tokenNotFound(tenant, params.token)
    const { token, text, replaces } = rotated
    const view = await viewer(tenant)
    return { ...view(token), value: text, replaces: view(replaces) }
  })
}
