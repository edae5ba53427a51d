import { clientShownBy } from '../analysis/client.ts'
import type { Exchange } from '../journal/exchange.ts'
import type { Notify } from './notice.ts'

/**
 * Reports the first request to a tenant that doesn't come from Entra ID; `met` are the tenants that had requests before.
 * Entra ID's own first request is a step of the set-up (`watchSetup`).
 */
export function createFirstContactWatch(notify: Notify, met: ReadonlySet<string>) {
  const known = new Set(met)
  return {
    see(exchange: Exchange): void {
      const { id, tenant, action, method, status } = exchange
      if (tenant === undefined || known.has(tenant)) return
      if (clientShownBy(exchange)?.kind === 'entra') return
      known.add(tenant)
      notify({
        type: 'first-contact',
        tenant,
        text: `First request to ${tenant}: ${action} (${method}, status ${status}).`,
        page: `/exchanges/${id}`,
        facts: { exchange: id, status, action },
      })
    },
  }
}
