import type { Tenant } from '../../tenants/tenant.ts'
import type { TenantStore } from '../../tenants/tenant-store.ts'
import { Problem } from '../problem.ts'

export const noSuchTenant = (id: string) =>
  new Problem('not-found', `There is no tenant "${id}". GET /api/v1/tenants lists those that exist.`)

export function tenantNamed(tenants: TenantStore, id: string): Tenant {
  const tenant = tenants.find(id)
  if (!tenant) throw noSuchTenant(id)
  return tenant
}
