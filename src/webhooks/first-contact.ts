import type { Exchange } from '../journal/exchange.ts'
import type { Notify } from './notice.ts'

/** Tells when somebody speaks to a tenant for the first time; `met` are those that were spoken to before. */
export function createFirstContactWatch(notify: Notify, met: ReadonlySet<string>) {
  const known = new Set(met)
  return {
    see({ id, tenant, action, method, status }: Exchange): void {
      if (tenant === undefined || known.has(tenant)) return
      known.add(tenant)
      notify({
        type: 'first-contact',
        tenant,
        text: `Somebody speaks to ${tenant} for the first time: ${action} (${method}, status ${status}).`,
        page: `/exchanges/${id}`,
        facts: { exchange: id, status, action },
      })
    },
  }
}
