import { answerDiscovery } from '../../http/discovery-operations.ts'
import { answerRoot } from '../../http/list-operations.ts'
import { answerResource } from '../../http/resource-operations.ts'
import { routeOf } from '../../http/route.ts'
import type { ScimRequest } from '../../http/scim-request.ts'
import { createProvider } from '../../provider/provider.ts'
import { readBulkRequest } from '../../scim/bulk/request.ts'
import type { ResourceStore } from '../../store/resource-store.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ReadableRequest } from './readable-request.ts'

/** Answers a request from this store, and the status of the answer. Throws ScimError. */
export async function tryRequest(
  { address, ...read }: ReadableRequest,
  exchange: { readonly id: string; readonly at: number },
  tenant: Tenant,
  store: ResourceStore,
): Promise<number> {
  const request: ScimRequest = { ...read, exchange: { ...exchange, started: 0, address, tenant } }
  const parts = { provider: createProvider({ store }), seen: () => {} }
  const route = routeOf(read.method, address, tenant.profile)
  switch (route.kind) {
    case 'unsupported':
      throw route.error
    case 'discovery':
      return answerDiscovery(request, tenant, route).status
    case 'root':
      return (await answerRoot(parts, request, tenant, route)).status
    case 'bulk':
      // What becomes of its operations is told by their own exchanges.
      readBulkRequest(read.body(), route.limits.maxOperations)
      return 200
    default:
      return (await answerResource(parts, request, tenant, route)).status
  }
}
