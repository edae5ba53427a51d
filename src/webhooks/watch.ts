import type { Analyst } from '../analysis/analyst.ts'
import type { Journal } from '../journal/journal.ts'
import type { TenantStore } from '../tenants/tenant-store.ts'
import { watchFindings } from './watch-findings.ts'
import { watchJournal } from './watch-journal.ts'
import { watchSetup } from './watch-setup.ts'
import type { Webhooks } from './webhooks.ts'

/** What webhooks are told of. */
export type Watched = {
  readonly journal: Pick<Journal, 'page' | 'subscribe'>
  readonly tenants: Pick<TenantStore, 'list'>
  readonly analysis: Pick<Analyst, 'subscribe'>
}

/**
 * Tells webhooks what happens from now on; answers how to stop that. Where nobody is to be told nothing is watched.
 * To be awaited before clients are let in.
 */
export async function watchForWebhooks(
  { journal, tenants, analysis }: Watched,
  webhooks: Webhooks,
): Promise<() => void> {
  if (webhooks.list().length === 0) return () => {}
  const stopFindings = watchFindings(analysis, webhooks.notify)
  const stopSetup = watchSetup(analysis, webhooks.notify)
  const stopJournal = await watchJournal(journal, tenants, webhooks.notify)
  return () => {
    stopFindings()
    stopSetup()
    stopJournal()
    webhooks.stop()
  }
}
