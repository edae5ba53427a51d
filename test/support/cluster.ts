import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import type { ProfileLookup } from '../../src/storage/common/tenant-rules.ts'
import { type Cluster, createCluster } from '../../src/storage/postgres/cluster/cluster.ts'
import type { DatabaseLocation } from '../../src/storage/postgres/connection.ts'
import { createPostgresTables, type PostgresTables } from '../../src/storage/postgres/held-tables.ts'
import {
  createTenantStore,
  type PostgresTenants,
  type RemovedTenant,
} from '../../src/storage/postgres/tenants.ts'
import { profileNamed } from '../contract/tenants.ts'
import { runOnServer } from './postgres.ts'
import { takeTables } from './postgres-tables.ts'

const tables = [
  'tenants',
  'tokens',
  'access_keys',
  'console_tokens',
  'console_sessions',
  'audit',
  'oauth_clients',
  'client_secrets',
  'access_tokens',
  'issuers',
  'finding_mutes',
  'removals',
  'removed_tenants',
  'instances',
  'bulletin',
  'settings',
].concat(...['faults', 'buckets', 'walks', 'walk_parts'])

export const createTables = (t: Test): Promise<DatabaseLocation> => takeTables(t)

/** Returns a function that returns the tables of an empty cluster. They are created once for all tests of a file. */
export function shareTables(t: Test): () => Promise<DatabaseLocation> {
  let created: Promise<DatabaseLocation> | undefined
  return async () => {
    const isNew = created === undefined
    created ??= createTables(t)
    const location = await created
    if (!isNew) {
      await runOnServer(tables.map(table => `delete from ${location.schema}.${table}`).join(';'))
      await runOnServer(`update ${location.schema}.leases set number = 0, holder = null, until = '-infinity'`)
    }
    return location
  }
}

type InstanceOptions = Parameters<typeof createCluster>[1] & {
  readonly profileNamed?: ProfileLookup
  readonly clear?: (tenant: RemovedTenant) => Promise<void>
  /** Adds to what the instance holds, before it joins. */
  readonly prepare?: (cluster: Cluster, tenants: PostgresTenants, tables: PostgresTables) => void
}

/** An instance with the tenants of the cluster. It leaves at the end of the test. */
export async function joinInstance(
  t: Pick<Test, 'teardown'>,
  location: DatabaseLocation,
  options: InstanceOptions = {},
) {
  const { clear = async () => {}, prepare = () => {} } = options
  const cluster = createCluster(location, options)
  const tables = createPostgresTables(cluster)
  const tenants = createTenantStore({ cluster, tables, profileNamed, clear, ...options })
  t.teardown(async () => {
    await Promise.all([tenants.close(), tables.close()])
    await cluster.close()
  })
  prepare(cluster, tenants, tables)
  await cluster.join()
  return { cluster, tenants, tables }
}

/** Resolves once the condition is met. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(2)
}
