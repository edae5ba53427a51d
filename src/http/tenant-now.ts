import type { Tenant } from '../tenants/tenant.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import { refused } from './authenticate.ts'
import type { ExchangeState } from './exchange-state.ts'

/**
 * The tenant of a request as it stands now. Between being let in and being answered a request may wait, for the rest of
 * its body or because of a fault, and people change and delete tenants meanwhile.
 */
export function tenantNow(exchange: ExchangeState, tenants: TenantStore): Tenant {
  const tenant = standing(exchange, tenants)
  if (!tenant) throw refused()
  exchange.tenant = tenant
  return tenant
}

/** Makes the exchange of a tenant that has been deleted one of a tenant that isn't known; answers whether it is such. */
export function forgetGoneTenant(exchange: ExchangeState, tenants: TenantStore): boolean {
  if (!exchange.tenant || standing(exchange, tenants)) return false
  delete exchange.tenant
  delete exchange.token
  exchange.refusal = 'unknown'
  return true
}

/** Another tenant may have been given its id. */
function standing({ tenant }: ExchangeState, tenants: TenantStore): Tenant | undefined {
  const found = tenant && tenants.find(tenant.id)
  return found?.key === tenant?.key ? found : undefined
}
