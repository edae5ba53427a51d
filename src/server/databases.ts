import { DatabaseError } from '../domain/ports/database.ts'
import { loadProfile } from '../profiles/registry.ts'
import { exclusiveAttributes } from '../scim/document.ts'
import { toStoredTenant } from '../storage/common/stores/tenants.ts'
import type { DatabaseLocation } from '../storage/postgres/connection.ts'
import { type PartitionChanges, preparePartitions } from '../storage/postgres/journal-partitions.ts'
import { migrate } from '../storage/postgres/migrations.ts'
import { importRows } from '../storage/postgres/transfer.ts'
import type { TenantRow } from '../storage/sqlite/tenant-rows.ts'
import { openTransfer } from '../storage/sqlite/transfer.ts'

export { dump, dumpCall, restoreCall, restoreDump } from '../storage/postgres/backup.ts'
export { DatabaseError }

export type MigrationResult = {
  readonly applied: readonly string[]
  /** Absent if the role may not change them. */
  readonly partitions?: PartitionChanges
}

/** Prepares journal partitions for servers whose role may not. Throws `DatabaseError`. */
export async function migrateDatabase(location: DatabaseLocation): Promise<MigrationResult> {
  const { applied } = await migrate(location)
  const partitions = await preparePartitions(location, Date.now())
  return { applied, ...(partitions && { partitions }) }
}

type Move = {
  readonly from: string
  readonly to: DatabaseLocation
  readonly onProgress: (copied: number, total: number) => void
}

export type MoveResult = {
  readonly tenants: number
  readonly resources: number
  readonly exchanges: number
  /** Their secrets stay encrypted with the key of the file. */
  readonly accessKeys: number
  /** The number of snapshots, which stay in the folder next to the file. */
  readonly snapshots: number
}

/**
 * Copies a SQLite database into an empty schema of PostgreSQL, completely or not at all. The file is not changed. Throws
 * `DatabaseError`.
 */
export async function moveDatabase({ from, to, onProgress }: Move): Promise<MoveResult> {
  try {
    return await copyDatabase({ from, to, onProgress })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    throw new DatabaseError(withOptionsOfMove(error.message), { cause: error })
  }
}

const withOptionsOfMove = (message: string): string =>
  message
    .replaceAll('--database-url', '--to')
    .replaceAll('--database-schema', '--schema')
    .replaceAll('--data', '--from')

async function copyDatabase({ from, to, onProgress }: Move): Promise<MoveResult> {
  const { tenants, source: sourceOf, snapshots, close } = openTransfer(from)
  try {
    const source = sourceOf(createExclusiveTest(tenants))
    await importRows(to, source, onProgress)
    return {
      tenants: source.count('tenants'),
      resources: source.count('resources'),
      exchanges: source.count('exchanges'),
      accessKeys: source.count('access_keys'),
      snapshots,
    }
  } finally {
    close()
  }
}

function createExclusiveTest(tenants: readonly TenantRow[]) {
  const types = new Map(
    tenants.map(row => {
      const { settings, declared } = toStoredTenant(row)
      const { schema } = loadProfile(settings.profile, settings.switches, declared)
      return [
        row.key,
        new Map(schema.resourceTypes.map(type => [type.name, exclusiveAttributes(type)])),
      ] as const
    }),
  )
  return (tenant: number, type: string, attribute: string): boolean =>
    types.get(tenant)?.get(type)?.has(attribute) ?? false
}
