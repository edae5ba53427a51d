import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/oauth-clients.ts'
import { readDuration } from '../../domain/duration.ts'
import { secretAdvice } from '../../domain/tenants/expiry.ts'
import {
  type ClientSecret,
  isOutsideGallery,
  type KnownAccessToken,
  type OAuthClient,
} from '../../domain/tenants/oauth-clients.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { paginate, register, requireTenant } from './register.ts'
import { tokenEndpointOf } from './tenants.ts'
import { viewExpiry } from './tokens.ts'

const listsClients = (tenant: Tenant) => `GET /api/v1/tenants/${tenant.id}/clients lists its clients.`

const clientNotFound = (tenant: Tenant, id: string) =>
  new Problem('not-found', `The tenant "${tenant.id}" has no client "${id}". ${listsClients(tenant)}`)

const secretNotFound = (tenant: Tenant, client: string, id: string) =>
  new Problem(
    'not-found',
    `The client "${client}" of the tenant "${tenant.id}" has no secret "${id}". ${listsClients(tenant)}`,
  )

const tokenNotFound = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no access token "${id}" that is not revoked. GET /api/v1/tenants/${tenant.id}/access-tokens lists its access tokens.`,
  )

const readSecret = ({
  value,
  lifetime,
}: {
  readonly value?: string | undefined
  readonly lifetime?: string | undefined
}) => compact({ text: value, lifetime: lifetime === undefined ? undefined : readDuration(lifetime) })

export const oauthClientRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, oauthClients } = deps
  const requireClient = (tenant: Tenant, id: string): OAuthClient => {
    const client = oauthClients.find(tenant, id)
    if (!client) throw clientNotFound(tenant, id)
    return client
  }

  register(app, 'listClients', operations.listClients, ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { items, ...rest } = paginate(oauthClients.list(tenant), query)
    return { items: items.map(client => viewClient(tenant, client)), ...rest }
  })

  register(app, 'createClient', operations.createClient, async ({ params, body = {} }, reply) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { secret: options, ...rest } = body
    const { client, secret } = await oauthClients.create(tenant, {
      ...rest,
      ...(options && { secret: readSecret(options) }),
    })
    reply.header('location', `/api/v1/tenants/${tenant.id}/clients/${client.id}`)
    return {
      ...viewClient(tenant, client),
      ...(secret && { secret: { ...viewSecret(tenant, secret.secret), value: secret.text } }),
      tokenEndpoint: tokenEndpointOf(tenant, deps),
    }
  })

  register(app, 'getClient', operations.getClient, ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    return viewClient(tenant, requireClient(tenant, params.client))
  })

  register(app, 'updateClient', operations.updateClient, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const client = await oauthClients.update(tenant, params.client, body)
    if (!client) throw clientNotFound(tenant, params.client)
    return viewClient(tenant, client)
  })

  register(app, 'deleteClient', operations.deleteClient, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    if (!(await oauthClients.remove(tenant, params.client))) throw clientNotFound(tenant, params.client)
  })

  register(app, 'createClientSecret', operations.createClientSecret, async ({ params, body = {} }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const issued = await oauthClients.createSecret(tenant, params.client, readSecret(body))
    if (!issued) throw clientNotFound(tenant, params.client)
    return { ...viewSecret(tenant, issued.secret), value: issued.text }
  })

  register(app, 'deleteClientSecret', operations.deleteClientSecret, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    requireClient(tenant, params.client)
    const isDeleted = await oauthClients.removeSecret(tenant, params.client, params.secret)
    if (!isDeleted) throw secretNotFound(tenant, params.client, params.secret)
  })

  register(app, 'listAccessTokens', operations.listAccessTokens, async ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const known = await oauthClients.accessTokens(tenant, query.client)
    const { items, ...rest } = paginate(
      known.map(one => viewAccessToken(tenant, one)),
      query,
    )
    return { items: [...items], ...rest }
  })

  register(app, 'revokeAccessToken', operations.revokeAccessToken, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    if (!(await oauthClients.revoke(tenant, params.token))) throw tokenNotFound(tenant, params.token)
  })
}

const viewSecret = (tenant: Tenant, secret: ClientSecret) => ({
  ...secret,
  ...viewExpiry(tenant, secret, 'invalid_client', secretAdvice),
  issued: secret.uses,
})

const lifetimeWarning =
  'Entra’s gallery requires a lifetime of 60 minutes to 6 hours (3600 to 21600 seconds).'

const viewClient = (tenant: Tenant, client: OAuthClient) => ({
  ...client,
  authentication: client.assertion ? ('assertion' as const) : ('secret' as const),
  ...(isOutsideGallery(client.tokenLifetime) && { lifetimeWarning }),
  inForce: tenant.profile.tokenEndpoint !== undefined,
  issued: client.uses,
  secrets: client.secrets.map(secret => viewSecret(tenant, secret)),
})

function viewAccessToken(tenant: Tenant, { token, client, isRevoked }: KnownAccessToken) {
  const live = tenantNow(tenant) >= token.expires ? ('expired' as const) : ('active' as const)
  return {
    ...token,
    client: client.id,
    clientName: client.name,
    status: isRevoked ? ('revoked' as const) : live,
    requests: token.uses,
  }
}
