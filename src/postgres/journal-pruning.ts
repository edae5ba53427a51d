import { idAt } from '../journal/request-id.ts'
import { advancePruningClock, newPruningClock } from '../persistence/pruning-clock.ts'
import type { ClockJump, Retention } from '../ports/journal.ts'
import type { Connection } from './connection.ts'
import { createPartitions, dropPartition, type Partition, readPartitions } from './journal-partitions.ts'
import { isOfServer } from './opened-sessions.ts'
import type { SerialLane } from './serial-lane.ts'
import { prepared, type SqlValue, type Statement } from './statement.ts'

const day = 24 * 60 * 60 * 1000
/** A transaction deletes at most this many exchanges. */
export const maxDeletedPerWrite = 1000

/** Exchanges by the parts of their keys. */
type Keys = readonly { readonly tenant: string; readonly id: string }[]

const given = `unnest($1::text[], $2::text[]) as given(tenant, id)`

/** Once these rows are deleted, no analysis of the exchanges is stored any more: it locks them. */
const deletePending = prepared(`
  delete from unanalyzed_exchanges u using ${given} where u.tenant = given.tenant and u.id = given.id`)
const deleteNotes = prepared(`
  delete from exchange_notes n using ${given} where n.tenant = given.tenant and n.id = given.id`)
const deleteFindings = prepared(`
  delete from findings f using ${given} where f.tenant = given.tenant and f.exchange = given.id`)
// The bounds exclude partitions.
const deleteExchanges = prepared(`
  delete from exchanges e using ${given}
  where e.tenant = given.tenant and e.id = given.id
    and e.id between (select min(id collate "C") from unnest($2::text[]) id) and (select max(id collate "C") from unnest($2::text[]) id)`)

const dependent = [deletePending, deleteNotes, deleteFindings]

async function deleteByKeys(connection: Connection, keys: Keys, from: readonly Statement[]): Promise<void> {
  const values = [keys.map(({ tenant }) => tenant), keys.map(({ id }) => id)]
  await Promise.all(from.map(statement => connection.query(statement, values)))
}

/**
 * Deletes the exchanges that a statement selects, in portions of `maxDeletedPerWrite`, the value of its last placeholder. Stops after
 * `most`.
 */
export async function deleteSelected(
  lane: SerialLane,
  select: Statement,
  values: readonly SqlValue[],
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  let deleted = 0
  let found: number
  do {
    found = await lane.transaction(async connection => {
      const keys: Keys = await connection.query(select, [...values, maxDeletedPerWrite])
      if (keys.length > 0) await deleteByKeys(connection, keys, [...dependent, deleteExchanges])
      return keys.length
    })
    deleted += found
  } while (found === maxDeletedPerWrite && deleted < most)
}

const olderThan = prepared(`select tenant, id from exchanges where at < $1 and ${isOfServer('id')} limit $2`)
const upTo = prepared('select tenant, id from exchanges where id <= $1 order by id limit $2')
const newestInExcess = prepared(
  `select id from exchanges where ${isOfServer('id')} order by id desc offset $1 limit 1`,
)
const pendingInRange = prepared('delete from unanalyzed_exchanges where id >= $1 and id < $2')

const storedClock = prepared('select trusted, ahead_since as "aheadSince" from pruning_clock for update')
const newestTime = prepared(`select at from exchanges where ${isOfServer('id')} order by id desc limit 1`)
const forgetClock = prepared('delete from pruning_clock')
const insertClock = prepared('insert into pruning_clock (trusted, ahead_since) values ($1, $2)')

type ClockRow = { readonly trusted: number; readonly aheadSince: number | null }

export type Pruning = ReturnType<typeof createPruning>

/** Keeps the journal within its retention. */
export function createPruning(lane: SerialLane, retention: Retention) {
  /** The newest exchange beyond the retention's count. */
  const findExcess = async (): Promise<string | undefined> => {
    const [row] = await lane.run(connection =>
      connection.query<{ readonly id: string }>(newestInExcess, [retention.count]),
    )
    return row?.id
  }

  const deletePartition = async (partition: Partition): Promise<void> => {
    await lane.run(connection => connection.query(pendingInRange, [partition.from, partition.to]))
    const after: Statement = {
      text: `select tenant, id from ${partition.table} where id > $1 order by id limit $2`,
    }
    let last = ''
    for (;;) {
      const keys = await lane.run(connection =>
        connection.query<Keys[number]>(after, [last, 10 * maxDeletedPerWrite]),
      )
      const newest = keys.at(-1)
      if (!newest) break
      await lane.run(connection => deleteByKeys(connection, keys, [deleteNotes, deleteFindings]))
      last = newest.id
    }
    await dropPartition(lane, partition)
  }

  const deletePartitionsBefore = async (id: string): Promise<void> => {
    for (const partition of await readPartitions(lane)) {
      if (partition.to <= id) await deletePartition(partition)
    }
  }

  const advanceClock = (now: number): Promise<ClockJump | undefined> =>
    lane.transaction(async connection => {
      const [[stored], [newest]] = await Promise.all([
        connection.query<ClockRow>(storedClock),
        connection.query<{ readonly at: number }>(newestTime),
      ])
      const { clock, jump } = advancePruningClock(stored ?? newPruningClock(now, newest?.at), now)
      await connection.query(forgetClock)
      await connection.query(insertClock, [clock.trusted, clock.aheadSince])
      return jump
    })

  const deleteOld = async (now: number): Promise<void> => {
    const before = now - retention.days * day
    await deletePartitionsBefore(idAt(before))
    await deleteSelected(lane, olderThan, [before])
  }

  const deleteExcess = async (most: number): Promise<void> => {
    const excess = await findExcess()
    if (excess !== undefined) await deleteSelected(lane, upTo, [excess], most)
  }

  return {
    /** Deletes exchanges beyond the retention's count, about `most` of the oldest. */
    deleteExcess,
    async prune(now: number): Promise<ClockJump | undefined> {
      await createPartitions(lane, now)
      const jump = await advanceClock(now)
      if (!jump) await deleteOld(now)
      const excess = await findExcess()
      if (excess !== undefined) {
        await deletePartitionsBefore(excess)
        await deleteSelected(lane, upTo, [excess])
      }
      return jump
    },
  }
}
