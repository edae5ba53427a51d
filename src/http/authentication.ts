import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Authentication, TenantStore } from '../ports/tenants.ts'
import { errors } from '../scim/error.ts'
import type { Refusal, Tenant } from '../tenants/tenant.ts'
import type { InternalGrant } from '../tenants/tokens.ts'
import type { ExchangeState } from './request.ts'
import { isDiscovery, isSearch, readAddress } from './route.ts'

/**
 * Lets requests in by their bearer token, before anything of the body is read. Whatever is wrong with a token,
 * the client is told the same; the exchange's `refusal` tells it apart.
 */
export function authenticate(app: FastifyInstance, tenants: TenantStore): void {
  const admit = (text: string | undefined, request: FastifyRequest) =>
    noteAuthentication(
      request,
      tenants.authenticate(text, request.exchange.address?.tenant, request.exchange.at),
    )

  app.register(bearerAuth, {
    keys: [],
    addHook: false,
    specCompliance: 'rfc6749',
    verifyErrorLogLevel: 'debug',
    auth: (text: string, request: FastifyRequest) => admit(text, request),
  })
  app.addHook('onRequest', (request, reply, done) => {
    request.exchange.address = readAddress(request.originalUrl)
    const open = tenantOfPublicDiscovery(request, tenants)
    if (open) {
      request.exchange.tenant = open
      return done()
    }
    app.verifyBearerAuth?.(request, reply, error => {
      if (!error) return done(readOnlyError(request))
      // The plugin asks about a token only when one was sent, so the other refusals are noted here.
      if (!request.exchange.refusal) admit(undefined, request)
      done(unauthorized())
    })
  })
}

/** Whatever is wrong with a token. */
export const unauthorized = () =>
  errors.unauthorized(
    'The request needs a valid access token of this tenant: "Authorization: Bearer <token>".',
  )

/** RFC 7644 §2: what a client may do follows from who it is. */
function readOnlyError({ exchange, method }: FastifyRequest): Error | undefined {
  const { token, tenant, address } = exchange
  if (token?.access !== 'read' || method === 'GET' || method === 'HEAD') return undefined
  if (tenant && address && isSearch(method, address, tenant.profile)) return undefined
  exchange.refusal = 'read-only'
  return errors.forbidden(`This access token may only read. ${method} needs one with full access.`)
}

function noteAuthentication(request: FastifyRequest, admission: Authentication): boolean {
  const { exchange } = request
  if (admission.tenant) exchange.tenant = admission.tenant
  if ('grant' in admission) return noteGrant(exchange, admission.grant)
  if (admission.token) exchange.token = admission.token
  if (!('refusal' in admission)) return true
  exchange.refusal = admission.refusal satisfies Refusal
  return false
}

/** A request of the console's own. */
function noteGrant(exchange: ExchangeState, { replayOf, onAdmitted }: InternalGrant): true {
  if (replayOf !== undefined) exchange.replayOf = replayOf
  onAdmitted?.(exchange.id)
  return true
}

/** RFC 7643 §5: a client may look at how to authenticate before it can. */
function tenantOfPublicDiscovery(request: FastifyRequest, tenants: TenantStore): Tenant | undefined {
  const { address } = request.exchange
  if (request.headers.authorization || !address?.tenant) return undefined
  const tenant = tenants.find(address.tenant)
  const isOpen = tenant?.profile.responses.publicDiscovery && isDiscovery(address, tenant.profile)
  return isOpen ? tenant : undefined
}

/**
 * The tenant of a request as it stands now. Between being let in and being answered a request may wait, for the rest of
 * its body or because of a fault, and people change and delete tenants meanwhile.
 */
export function currentTenant(exchange: ExchangeState, tenants: TenantStore): Tenant {
  const tenant = findSameTenant(exchange, tenants)
  if (!tenant) throw unauthorized()
  exchange.tenant = tenant
  return tenant
}

/** Makes the exchange of a tenant that has been deleted one of a tenant that isn't known; answers whether it is such. */
export function clearDeletedTenant(exchange: ExchangeState, tenants: TenantStore): boolean {
  if (!exchange.tenant || findSameTenant(exchange, tenants)) return false
  delete exchange.tenant
  delete exchange.token
  exchange.refusal = 'unknown'
  return true
}

/** Another tenant may have been given its id. */
function findSameTenant({ tenant }: ExchangeState, tenants: TenantStore): Tenant | undefined {
  const found = tenant && tenants.find(tenant.id)
  return found?.key === tenant?.key ? found : undefined
}
