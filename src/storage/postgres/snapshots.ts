import { randomUUID } from 'node:crypto'
import { DatabaseError } from '../../domain/ports/database.ts'
import { type Snapshot, SnapshotError, type Snapshots } from '../../domain/ports/snapshots.ts'
import {
  compareSnapshots,
  createQueue,
  defaultMaxSnapshots,
  limitReached,
  nameSnapshot,
  unservableTenant,
  writeFailed,
} from '../common/snapshots.ts'
import type { Lane, Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { canStore } from './dialect.ts'
import { deleteSnapshot, fillSnapshot, restoreSnapshot } from './snapshot-copy.ts'
import { prepared } from './statement.ts'
import { inTransaction } from './transaction.ts'

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
