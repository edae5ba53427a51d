import { randomBytes, randomUUID } from 'node:crypto'
import { DatabaseError } from '../../domain/ports/database.ts'
import {
  type RestoreResult,
  type Snapshot,
  SnapshotError,
  type Snapshots,
} from '../../domain/ports/snapshots.ts'
import {
  compareSnapshots,
  createQueue,
  defaultMaxSnapshots,
  limitReached,
  nameSnapshot,
  type SnapshotName,
  type SnapshotSummary,
  summarizeTenants,
  unservableTenant,
  writeFailed,
} from '../common/snapshots.ts'
import { inTransaction, type Lane, type Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { canStore } from './dialect.ts'
import { prepared } from './statement.ts'
import { clearTenants, lockTenants } from './tenants.ts'
import { indexTexts } from './text-index.ts'

type SnapshotOptions = {
  readonly reads: Pick<Reads, 'query'>
  readonly lane: Lane
  readonly flush: () => Promise<void>
  /** Resolves once all instances have read the changed tenants. */
  readonly change: <Result>(job: (connection: Connection) => Promise<Result>) => Promise<Result>
  /**
   * Is called in the transaction of a restore, with the keys of the tenants whose settings and data were replaced. If it throws,
   * nothing is restored.
   */
  readonly confirm: (connection: Connection, tenants: readonly number[]) => Promise<void>
  readonly clock?: () => number
  readonly maxSnapshots?: number
}

const remedy = 'Free some disk space on the server of the database.'

/** One instance at a time saves, restores or deletes a snapshot. Requests continue. */
export function createPostgresSnapshots(options: SnapshotOptions): Snapshots {
  const {
    reads,
    lane,
    flush,
    change,
    confirm,
    clock = Date.now,
    maxSnapshots = defaultMaxSnapshots,
  } = options
  const enqueue = createQueue()

  const save = async (name: string | undefined): Promise<Snapshot> => {
    // The copy contains what was written before the call.
    await flush()
    const job = async (connection: Connection): Promise<Snapshot> => {
      await lockSnapshots(connection)
      if ((await countSnapshots(connection)) >= maxSnapshots) throw limitReached(maxSnapshots)
      return fillSnapshot(connection, nameSnapshot(randomUUID(), name, clock()))
    }
    try {
      return await inTransaction(lane, job, 'begin isolation level repeatable read')
    } catch (error) {
      throw error instanceof SnapshotError || error instanceof DatabaseError
        ? error
        : writeFailed(error, remedy)
    }
  }

  return {
    list: async () => [...(await reads.query<Snapshot>(allSnapshots))].sort(compareSnapshots),
    save: name => enqueue(() => save(name)),
    restore: id =>
      enqueue(async () => {
        if (!canStore(id) || (await reads.query(snapshotWithId, [id])).length === 0) return undefined
        return change(async connection => {
          await lockSnapshots(connection)
          const key = await findKey(connection, id)
          if (key === undefined) return undefined
          const { result, keys } = await restoreSnapshot(connection, key)
          await confirmOrReject(() => confirm(connection, keys))
          return result
        })
      }),
    remove: id =>
      enqueue(async () => {
        if (!canStore(id)) return false
        return inTransaction(lane, async connection => {
          await lockSnapshots(connection)
          const key = await findKey(connection, id)
          if (key !== undefined) await deleteSnapshot(connection, key)
          return key !== undefined
        })
      }),
  }
}

const allSnapshots = prepared('select id, name, created, tenants, bytes from snapshots')
const snapshotWithId = prepared('select key from snapshots where id = $1')

/** Reads of the list do not wait for this lock. In a transaction that sees one state, that is the state after the lock is taken. */
const lockSnapshots = (connection: Connection): Promise<void> =>
  connection.execute(
    'set local statement_timeout = 0; set local lock_timeout = 0; lock table snapshots in share row exclusive mode',
  )

async function countSnapshots(connection: Connection): Promise<number> {
  const [count] = await connection.query<{ readonly n: number }>({
    text: 'select count(*) as n from snapshots',
  })
  return count?.n ?? 0
}

async function findKey(connection: Connection, id: string): Promise<number | undefined> {
  const [found] = await connection.query<{ readonly key: number }>(snapshotWithId, [id])
  return found?.key
}

async function confirmOrReject(confirm: () => Promise<void>): Promise<void> {
  try {
    await confirm()
  } catch (error) {
    throw error instanceof DatabaseError ? error : unservableTenant(error)
  }
}

/** Moments and keys of memberships are copied as they are: they are never reused, and compared within a resource only. */
const copiedTables: readonly { readonly name: string; readonly keyColumns: readonly string[] }[] = [
  { name: 'resources', keyColumns: ['key'] },
  { name: 'deleted_resources', keyColumns: ['key'] },
  { name: 'keys', keyColumns: ['resource', 'rival'] },
  { name: 'memberships', keyColumns: ['group_key', 'member_key'] },
  { name: 'versions', keyColumns: ['resource_key'] },
  { name: 'membership_events', keyColumns: ['group_key', 'member_key'] },
  { name: 'last_seen', keyColumns: ['key'] },
  { name: 'permission_sets', keyColumns: [] },
  { name: 'account_assignments', keyColumns: [] },
  { name: 'assignment_requests', keyColumns: [] },
  { name: 'identity_center_instances', keyColumns: [] },
]

/** Tokens are not part of a snapshot. */
const tenantColumns: readonly string[] = [
  ...['profile', 'on_delete', 'throttle', 'switches', 'clock_offset', 'declared', 'imported'],
]

const copyOf = (table: string): string => `snapshot_${table}`

type Columns = ReadonlyMap<string, readonly string[]>

/** From the catalog: later versions have more columns. */
async function readColumns(connection: Connection): Promise<Columns> {
  const rows = await connection.query<{ readonly name: string; readonly columns: readonly string[] }>(
    {
      text: `select x.name, array_agg(a.attname::text order by a.attnum) as columns
        from unnest($1::text[]) x (name) join pg_attribute a on a.attrelid = x.name::regclass
        where a.attnum > 0 and not a.attisdropped group by x.name`,
    },
    [copiedTables.map(({ name }) => name)],
  )
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}

/** Must be called in a transaction that sees one state of the database. */
async function fillSnapshot(connection: Connection, name: SnapshotName): Promise<Snapshot> {
  const tenants = await findTenants(connection)
  const [snapshot] = await connection.query<{ readonly key: number }>(
    {
      text: `insert into snapshots (id, name, created, tenants, bytes) values ($1, $2, $3, $4, 0) returning key`,
    },
    [name.id, name.name, name.created, JSON.stringify(tenants)],
  )
  const key = snapshot?.key ?? 0
  const columns = await readColumns(connection)
  const settings = ['key', 'id', ...tenantColumns].join(', ')
  await connection.query(
    {
      text: `insert into snapshot_tenants (snapshot, ${settings}) select $1::bigint, ${settings} from tenants`,
    },
    [key],
  )
  for (const { name } of copiedTables) {
    const names = columns.get(name)?.join(', ')
    await connection.query(
      { text: `insert into ${copyOf(name)} (snapshot, ${names}) select $1::bigint, ${names} from ${name}` },
      [key],
    )
  }
  const bytes = await measure(connection, key, columns)
  await connection.query({ text: 'update snapshots set bytes = $2 where key = $1' }, [key, bytes])
  return { ...name, tenants, bytes }
}

async function findTenants(connection: Connection): Promise<SnapshotSummary['tenants']> {
  const [counts, retained] = await Promise.all([
    connection.query<{ readonly id: string; readonly type: string | null; readonly n: number }>({
      text: `select t.id, c.type, coalesce(sum(c.n), 0) as n from tenants t left join counts c on c.tenant = t.key
        group by t.key, t.id, c.type order by t.key, c.type`,
    }),
    connection.query<{ readonly id: string; readonly n: number }>({
      text: `select t.id, count(*) as n from deleted_resources d join tenants t on t.key = d.tenant
        where d.state = 'retained' group by t.id`,
    }),
  ])
  return summarizeTenants(counts, new Map(retained.map(({ id, n }) => [id, n])))
}

async function measure(connection: Connection, snapshot: number, columns: Columns): Promise<number> {
  const sizes = copiedTables.map(({ name }) => {
    const size = columns.get(name)?.map(column => `coalesce(pg_column_size(${column}), 0)`)
    return `(select coalesce(sum(${size?.join(' + ')}), 0) from ${copyOf(name)} where snapshot = $1)`
  })
  const [sum] = await connection.query<{ readonly bytes: number }>(
    { text: `select ${sizes.join(' + ')} as bytes` },
    [snapshot],
  )
  return sum?.bytes ?? 0
}

async function deleteSnapshot(connection: Connection, key: number): Promise<void> {
  const copies = ['tenants', ...copiedTables.map(({ name }) => name)].map(copyOf)
  await Promise.all([
    ...copies.map(copy => connection.query({ text: `delete from ${copy} where snapshot = $1` }, [key])),
    connection.query({ text: 'delete from snapshots where key = $1' }, [key]),
  ])
}

type TenantInSnapshot = { readonly key: number; readonly id: string }

/**
 * Restores the tenants of a snapshot that still exist. A key is given to one tenant only, so a tenant created with the id of a
 * deleted one has another key. To be called at the beginning of a transaction. Returns the keys of the restored tenants, too.
 */
async function restoreSnapshot(
  connection: Connection,
  snapshot: number,
): Promise<{ readonly result: RestoreResult; readonly keys: readonly number[] }> {
  const keys = await lockTenants(
    connection,
    'exists (select 1 from snapshot_tenants s where s.snapshot = $1 and s.key = t.key)',
    [snapshot],
  )
  const tenants = await connection.query<TenantInSnapshot>(
    { text: 'select key, id from snapshot_tenants where snapshot = $1 order by key' },
    [snapshot],
  )
  if (keys.length > 0) {
    await clearTenants(connection, keys)
    await restoreResources(connection, snapshot, keys)
    await restoreSettings(connection, snapshot, keys)
  }
  const exists = ({ key }: TenantInSnapshot) => keys.includes(key)
  return {
    keys,
    result: {
      tenants: tenants.filter(exists).map(({ id }) => id),
      skipped: tenants.filter(tenant => !exists(tenant)).map(({ id }) => id),
    },
  }
}

async function restoreResources(
  connection: Connection,
  snapshot: number,
  tenants: readonly number[],
): Promise<void> {
  const columns = await readColumns(connection)
  await assignKeys(connection, snapshot, tenants)
  const era = randomBytes(6).toString('hex')
  for (const { name, keyColumns } of copiedTables) {
    const names = columns.get(name) ?? []
    const restored = (column: string): string => {
      if (keyColumns.includes(column)) return `coalesce(${column}_now.key, s.${column})`
      return name === 'resources' && column === 'era' ? `'${era}'` : `s.${column}`
    }
    const joins = keyColumns.map(
      column =>
        `left join restored_keys ${column}_now on ${column}_now.tenant = s.tenant and ${column}_now.was = s.${column}`,
    )
    await connection.query(
      {
        text: `insert into ${name} (${names.join(', ')}) select ${names.map(restored).join(', ')}
          from ${copyOf(name)} s ${joins.join(' ')} where s.snapshot = $1 and s.tenant = any($2::bigint[])`,
      },
      [snapshot, tenants],
    )
  }
  await connection.query({ text: 'delete from restored_keys where tenant = any($1::bigint[])' }, [tenants])
  await connection.query(
    {
      text: `insert into counts (tenant, type, block, slot, n)
        select tenant, type, key >> 12, 0, count(*) from resources where tenant = any($1::bigint[]) group by 1, 2, 3`,
    },
    [tenants],
  )
  await indexTexts(connection, tenants)
}

/** New keys in the order of the former ones. Requests that hold a former key, in any instance, find no resource. */
async function assignKeys(
  connection: Connection,
  snapshot: number,
  tenants: readonly number[],
): Promise<void> {
  const keysIn = (table: string) =>
    `select tenant, key from ${copyOf(table)} where snapshot = $1 and tenant = any($2::bigint[])`
  await connection.query(
    {
      text: `insert into restored_keys (tenant, was, key)
        select tenant, key, nextval('resource_key')
        from (${keysIn('resources')} union all ${keysIn('deleted_resources')} order by key) former`,
    },
    [snapshot, tenants],
  )
}

async function restoreSettings(
  connection: Connection,
  snapshot: number,
  tenants: readonly number[],
): Promise<void> {
  await connection.query(
    {
      text: `update tenants t set ${tenantColumns.map(column => `${column} = s.${column}`).join(', ')}
        from snapshot_tenants s where s.snapshot = $1 and s.key = t.key and t.key = any($2::bigint[])`,
    },
    [snapshot, tenants],
  )
}
