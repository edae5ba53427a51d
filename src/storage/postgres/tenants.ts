import { setTimeout as pause } from 'node:timers/promises'
import type { TenantStore } from '../../domain/ports/tenants.ts'
import { TenantError } from '../../domain/tenants/tenant.ts'
import type { Plan } from '../common/held-table.ts'
import type { HeldTables } from '../common/held-tables.ts'
import * as common from '../common/stores/tenants.ts'
import type { ProfileLookup } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import { atHints } from './cluster/hints.ts'
import { prepared } from './statement.ts'
import { lockTenants } from './tenant-clearing.ts'
import { deleteTenant } from './tenant-rows.ts'

export type RemovedTenant = { readonly key: number; readonly id: string }

type TenantStoreOptions = {
  readonly cluster: Cluster
  readonly tables: HeldTables
  readonly profileNamed: ProfileLookup
  /** May run again for the same tenant. */
  readonly clear: (tenant: RemovedTenant) => Promise<void>
  readonly onError?: (error: unknown) => void
}

export type PostgresTenants = TenantStore & { close(): Promise<void> }

// Later than the instance that removed it would have done so.
const removedTenants = prepared(`
  select tenant as key, id from removed_tenants where at < clock_timestamp() - interval '1 minute' order by tenant`)
const forgetRemoved = prepared('delete from removed_tenants where tenant = $1')

/** Milliseconds. */
const retryDelay = 60_000

function* requireUnused(id: string): Plan<void> {
  const removed = yield { text: 'select 1 from removed_tenants where id = @id', params: { id } }
  if (removed.length === 0) return
  throw new TenantError(
    'taken',
    `The tenant "${id}" is still being deleted. Try again later, or choose another ID.`,
  )
}

/** Tenants and tokens, with the deletion of a tenant's data. To be created before the instance joins the cluster, which reads them. */
export function createTenantStore({
  cluster,
  tables,
  profileNamed,
  clear,
  onError = () => {},
}: TenantStoreOptions): PostgresTenants {
  const clearOne = async (tenant: RemovedTenant) => {
    await clear(tenant)
    await cluster.statements.query(forgetRemoved, [tenant.key])
  }
  const clearRemoved = async () => {
    const removed = await cluster.statements.query<RemovedTenant>(removedTenants)
    for (const tenant of removed) await clearOne(tenant)
  }
  const stopClearing = cluster.leader.lead((_term, signal) =>
    atHints(
      listener => cluster.hints.subscribe('chores', listener),
      signal,
      () =>
        clearRemoved().catch(async error => {
          if (signal.aborted) return
          onError(error)
          await pause(retryDelay, undefined, { signal, ref: false }).catch(() => {})
        }),
    ),
  )

  const store = common.createTenantStore(tables, {
    profileNamed,
    requireUnused,
    async remove(id) {
      const key = await cluster.change(
        (connection, epoch) => deleteTenant(connection, id, epoch),
        connection => lockTenants(connection, 't.id = $1', [id]),
      )
      if (key !== undefined) await clearOne({ key, id })
      return key !== undefined
    },
  })
  return {
    ...store,
    async createFirst(...values) {
      const created = await store.createFirst(...values)
      if (!created) await cluster.look()
      return created
    },
    close: stopClearing,
  }
}
