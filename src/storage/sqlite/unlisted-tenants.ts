import type { LongWrites } from './long-writes.ts'
import type { UnlistedTenant } from './tenant-rows.ts'

type UnlistedOptions = {
  readonly longWrites: Pick<LongWrites, 'callUnlisted'>
  readonly deleteSession?: (id: string) => Promise<void>
}

/** Deletes tenants in portions, between which other writes pass. Nothing shows them meanwhile, and their IDs stay taken. */
export function createUnlistedTenants({
  longWrites: { callUnlisted },
  deleteSession = async () => {},
}: UnlistedOptions) {
  const clear = async ({ key, id }: UnlistedTenant): Promise<void> => {
    while (await callUnlisted('clearPortion', key));
    await deleteSession(id)
    await callUnlisted('forget', key)
  }
  return {
    clear,
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
