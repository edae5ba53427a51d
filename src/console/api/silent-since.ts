import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'
import { termOf } from '../../journal/search/search.ts'
import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'

/** The most cycles that can be counted back. */
export const mostCycles = 100

/** Pages hold probes, too, which don't count. */
const cyclesLookedAt = 200

const day = 24 * 60 * 60 * 1000

type Asked = { readonly silentDays: number; readonly silentCycles?: number | undefined }

/**
 * Who hasn't been asked about since then is silent: milliseconds since 1970, by the tenant's clock. Counted in
 * cycles, it is the start of the last but so many; where there were fewer, nobody is silent.
 */
export async function silentSince(
  parts: Pick<ConsoleParts, 'analysis' | 'journal'>,
  tenant: Tenant,
  { silentDays, silentCycles }: Asked,
): Promise<number> {
  if (silentCycles === undefined) return nowAt(tenant) - silentDays * day
  const { items } = parts.analysis.cycles({ tenant: tenant.id, limit: cyclesLookedAt })
  const cycle = items.filter(({ kind }) => kind === 'cycle')[silentCycles - 1]
  return cycle ? cycle.started + (await offsetDuring(parts, cycle.id, tenant)) : 0
}

/** How far the tenant's clock was ahead when the cycle began: it may have been moved since, also in its midst. */
async function offsetDuring(
  { journal }: Pick<ConsoleParts, 'journal'>,
  cycle: string,
  { clockOffset }: Tenant,
): Promise<number> {
  // A cycle has the id of its first exchange.
  const exchange = (await journal.find(cycle)) ?? (await newestOf(journal, cycle))
  return exchange ? exchange.tenantTime - exchange.at : clockOffset
}

const newestOf = async (journal: Pick<Journal, 'page'>, cycle: string): Promise<Exchange | undefined> =>
  (await journal.page({ search: [termOf('cycle', cycle)], limit: 1 })).items[0]
