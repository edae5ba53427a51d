import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TenantStore } from '../ports/tenants.ts'
import { errors } from '../scim/error.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { AdmittedCaller, Caller } from './request.ts'
import { type Address, isDiscovery, isSearch, readAddress } from './route.ts'

/**
 * Authenticates requests by their bearer token, before the body is read. Every token failure returns the same 401;
 * the caller's `refusal` records the reason.
 */
export function authenticate(app: FastifyInstance, tenants: TenantStore): void {
  const admit = (text: string | undefined, request: FastifyRequest): Caller => {
    const caller = authenticatedCaller(text, request, tenants)
    request.caller = caller
    return caller
  }

  app.register(bearerAuth, {
    keys: [],
    addHook: false,
    specCompliance: 'rfc6749',
    verifyErrorLogLevel: 'debug',
    auth: (text: string, request: FastifyRequest) => isAuthenticated(admit(text, request)),
  })
  app.addHook('onRequest', (request, reply, done) => {
    request.address = readAddress(request.originalUrl)
    const tenant = tenantOfPublicDiscovery(request, tenants)
    if (tenant) {
      request.caller = { tenant }
      return done()
    }
    app.verifyBearerAuth?.(request, reply, error => {
      // The plugin calls `auth` only if the request has a bearer token.
      const { refusal } = request.caller ?? admit(undefined, request)
      if (error) return done(unauthorized())
      done(refusal === 'read-only' ? readOnlyError(request.method) : undefined)
    })
  })
}

/** The response to every failure of a token. */
export const unauthorized = () =>
  errors.unauthorized(
    'The request needs a valid access token of this tenant: "Authorization: Bearer <token>".',
  )

const isAuthenticated = ({ refusal }: Caller): boolean => refusal === undefined || refusal === 'read-only'

const readOnlyError = (method: string) =>
  errors.forbidden(`This access token is read-only. ${method} needs one with full access.`)

function authenticatedCaller(
  text: string | undefined,
  { method, received, address }: FastifyRequest,
  tenants: TenantStore,
): Caller {
  const authentication = tenants.authenticate(text, address?.tenant, received.at)
  if ('refusal' in authentication) return authentication
  if ('token' in authentication) {
    const { tenant, token } = authentication
    const isForbidden = token.access === 'read' && !isReading(method, address, tenant)
    return isForbidden ? { tenant, token, refusal: 'read-only' } : authentication
  }
  const { tenant, grant } = authentication
  grant.onAdmitted?.(received.id)
  return { tenant, ...(grant.replayOf !== undefined && { replayOf: grant.replayOf }) }
}

/** RFC 7644 §2: the token determines what a client may do. */
const isReading = (method: string, address: Address | undefined, { profile }: Tenant): boolean =>
  method === 'GET' || method === 'HEAD' || (address !== undefined && isSearch(method, address, profile))

/** RFC 7643 §5: a client may read how to authenticate before it authenticates. */
function tenantOfPublicDiscovery(
  { headers, address }: FastifyRequest,
  tenants: TenantStore,
): Tenant | undefined {
  if (headers.authorization || !address?.tenant) return undefined
  const tenant = tenants.find(address.tenant)
  const isOpen = tenant?.profile.responses.publicDiscovery && isDiscovery(address, tenant.profile)
  return isOpen ? tenant : undefined
}

/**
 * The caller with the tenant's current settings. A request may wait between authentication and handling, for the rest
 * of its body or because of a fault; its tenant may change or be deleted meanwhile. The caller of a deleted tenant is
 * unknown.
 */
export function currentCaller(caller: Caller, tenants: TenantStore): Caller {
  const tenant = findSameTenant(caller, tenants)
  if (tenant === caller.tenant) return caller
  return tenant ? { ...caller, tenant } : unknownSince(caller)
}

/** The caller, or an unknown one if its tenant has been deleted. */
export const callerUnlessDeleted = (caller: Caller, tenants: TenantStore): Caller =>
  caller.tenant && !findSameTenant(caller, tenants) ? unknownSince(caller) : caller

export const isAdmitted = (caller: Caller): caller is AdmittedCaller => caller.tenant !== undefined

const unknownSince = ({ replayOf }: Caller): Caller => ({
  refusal: 'unknown',
  ...(replayOf !== undefined && { replayOf }),
})

/** The key distinguishes a tenant from a later one with the same id. */
function findSameTenant({ tenant }: Caller, tenants: TenantStore): Tenant | undefined {
  const found = tenant && tenants.find(tenant.id)
  return found?.key === tenant?.key ? found : undefined
}
