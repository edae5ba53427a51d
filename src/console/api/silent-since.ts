import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'

/** The most cycles that can be counted back. */
export const mostCycles = 100

/** Probes and the runs of other clients stand between, which don't count. */
const cyclesLookedAt = 200

const day = 24 * 60 * 60 * 1000

type Asked = { readonly silentDays: number; readonly silentCycles?: number | undefined }

/**
 * Who hasn't been asked about since then is silent: milliseconds since 1970, by the tenant's clock. Counted in
 * cycles, it is the start of the last but so many; where there were fewer, nobody is silent.
 */
export function silentSince(
  parts: Pick<ConsoleParts, 'analysis'>,
  tenant: Tenant,
  { silentDays, silentCycles }: Asked,
): number {
  if (silentCycles === undefined) return nowAt(tenant) - silentDays * day
  const { items } = parts.analysis.cycles({ tenant: tenant.id, limit: cyclesLookedAt })
  return items.filter(({ kind }) => kind === 'cycle')[silentCycles - 1]?.tenantStarted ?? 0
}
