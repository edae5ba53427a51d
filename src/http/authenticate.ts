import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { errors } from '../scim/error.ts'
import type { Errand } from '../tenants/passes.ts'
import type { Refusal, Tenant } from '../tenants/tenant.ts'
import type { Admission, TenantStore } from '../tenants/tenant-store.ts'
import { readAddress } from './address.ts'
import type { ExchangeState } from './exchange-state.ts'
import { isOfDiscovery, isSearch } from './route.ts'

/**
 * Lets requests in by their bearer token, before anything of the body is read. Whatever is wrong with a token,
 * the client is told the same; the exchange's `refusal` tells it apart.
 */
export function authenticate(app: FastifyInstance, tenants: TenantStore): void {
  const admit = (text: string | undefined, request: FastifyRequest) =>
    note(request, tenants.admit(text, request.exchange.address?.tenant, request.exchange.at))

  app.register(bearerAuth, {
    keys: [],
    addHook: false,
    specCompliance: 'rfc6749',
    verifyErrorLogLevel: 'debug',
    auth: (text: string, request: FastifyRequest) => admit(text, request),
  })
  app.addHook('onRequest', (request, reply, done) => {
    request.exchange.address = readAddress(request.originalUrl)
    const open = tenantOfOpenDiscovery(request, tenants)
    if (open) {
      request.exchange.tenant = open
      return done()
    }
    app.verifyBearerAuth?.(request, reply, error => {
      if (!error) return done(forbidden(request))
      // The plugin asks about a token only when one was sent, so the other refusals are noted here.
      if (!request.exchange.refusal) admit(undefined, request)
      done(refused())
    })
  })
}

/** Whatever is wrong with a token. */
export const refused = () =>
  errors.unauthorized(
    'The request needs a valid access token of this tenant: "Authorization: Bearer <token>".',
  )

/** RFC 7644 §2: what a client may do follows from who it is. */
function forbidden({ exchange, method }: FastifyRequest): Error | undefined {
  const { token, tenant, address } = exchange
  if (token?.access !== 'read' || method === 'GET' || method === 'HEAD') return undefined
  if (tenant && address && isSearch(method, address, tenant.profile)) return undefined
  exchange.refusal = 'read-only'
  return errors.forbidden(`This access token may only read. ${method} needs one with full access.`)
}

function note(request: FastifyRequest, admission: Admission): boolean {
  const { exchange } = request
  if (admission.tenant) exchange.tenant = admission.tenant
  if ('errand' in admission) return noteErrand(exchange, admission.errand)
  if (admission.token) exchange.token = admission.token
  if (!('refusal' in admission)) return true
  exchange.refusal = admission.refusal satisfies Refusal
  return false
}

/** A request of the console's own. */
function noteErrand(exchange: ExchangeState, { replayOf, onAdmitted }: Errand): true {
  if (replayOf !== undefined) exchange.replayOf = replayOf
  onAdmitted?.(exchange.id)
  return true
}

/** RFC 7643 §5: a client may look at how to authenticate before it can. */
function tenantOfOpenDiscovery(request: FastifyRequest, tenants: TenantStore): Tenant | undefined {
  const { address } = request.exchange
  if (request.headers.authorization || !address?.tenant) return undefined
  const tenant = tenants.find(address.tenant)
  const isOpen = tenant?.profile.answers.openDiscovery && isOfDiscovery(address, tenant.profile)
  return isOpen ? tenant : undefined
}
