import type { FindingMute } from '../../domain/ports/finding-mutes.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'

/** A row of the table `finding_mutes`. */
export type FindingMuteRow = {
  readonly tenant: number
  readonly finding: string
  readonly reason: string
  readonly muted_by: string | null
  readonly at: number
}

/** Identifies a row. The key of a tenant is a number. */
export const toMuteKey = (tenant: number, finding: string): string => `${tenant} ${finding}`

export const toMute = ({ finding, reason, muted_by, at }: FindingMuteRow): FindingMute => ({
  finding,
  reason,
  ...(muted_by !== null && { by: muted_by }),
  at,
})

export const toMuteRow = (
  { key }: Tenant,
  { finding, reason, by }: Omit<FindingMute, 'at'>,
  machine: number,
): FindingMuteRow => ({ tenant: key, finding, reason, muted_by: by ?? null, at: machine })

/** Holds the muted findings of the database in memory. */
export function createFindingMuteRegister() {
  const held = new Map<string, FindingMute>()
  return {
    set: (row: FindingMuteRow): void => void held.set(toMuteKey(row.tenant, row.finding), toMute(row)),
    delete: (key: string): void => void held.delete(key),
    clear: (): void => held.clear(),
    find: ({ key }: Tenant, finding: string): FindingMute | undefined => held.get(toMuteKey(key, finding)),
  }
}
