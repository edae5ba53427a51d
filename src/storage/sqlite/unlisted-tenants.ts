import type { LongWrites } from './long-writes.ts'
import type { UnlistedTenant } from './tenant-rows.ts'

type UnlistedOptions = {
  readonly longWrites: Pick<LongWrites, 'callUnlisted'>
  /** Deletes the requests of an opened session; nothing for other tenants. */
  readonly deleteSession?: (id: string) => Promise<void>
}

/** Deletes tenants in portions, between which other writes pass. Nothing shows them meanwhile, and their IDs stay taken. */
export function createUnlistedTenants({
  longWrites: { callUnlisted },
  deleteSession = async () => {},
}: UnlistedOptions) {
  /** Deletes all rows of an unlisted tenant. If that fails or is interrupted, the next start does it. */
  const clear = async ({ key, id }: UnlistedTenant): Promise<void> => {
    while (await callUnlisted('clearPortion', key));
    await deleteSession(id)
    await callUnlisted('forget', key)
  }
  return {
    clear,
    /** Deletes a tenant with all its data. Returns whether there was one. */
    async remove(id: string, onUnlisted: () => void): Promise<boolean> {
      const key = await callUnlisted('unlist', id)
      if (key === undefined) return false
      onUnlisted()
      await clear({ key, id })
      return true
    },
  }
}

export type UnlistedTenants = ReturnType<typeof createUnlistedTenants>
