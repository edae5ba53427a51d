import type { Journal } from '../journal/journal.ts'
import { termOf } from '../journal/search/search.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import { createFailureWatch } from './failures.ts'
import { createFirstContactWatch } from './first-contact.ts'
import type { Notify } from './notice.ts'

/**
 * Tells of first contacts and of failures from now on; answers how to stop that. To be awaited before clients are
 * let in, for it looks which tenants they have spoken to before.
 */
export async function watchJournal(
  journal: Pick<Journal, 'page' | 'subscribe'>,
  tenants: Pick<TenantStore, 'list'>,
  notify: Notify,
): Promise<() => void> {
  const met = new Set<string>()
  for (const { id } of tenants.list()) {
    const { items } = await journal.page({ search: [termOf('tenant', id)], limit: 1 })
    if (items.length > 0) met.add(id)
  }
  const firstContacts = createFirstContactWatch(notify, met)
  const failures = createFailureWatch(notify)
  const unsubscribe = journal.subscribe(exchange => {
    firstContacts.see(exchange)
    failures.see(exchange)
  })
  return () => {
    unsubscribe()
    failures.stop()
  }
}
