import { day } from '../../domain/duration.ts'
import { idAt } from '../../domain/journal/request-id.ts'
import type { ClockJump, JournalLimit, Retention } from '../../domain/ports/journal.ts'
import {
  type Amount,
  addStored,
  advancePruningClock,
  createLimitReports,
  eachKind,
  excessOver,
  isExcess,
  type Kind,
  kindOf,
  kinds,
  limitsOf,
  newPruningClock,
  nothingStored,
  rowsInExcess,
  type Stored,
} from '../common/journal-limits.ts'
import type { SerialLane } from './connect.ts'
import { type Connection, sqlStateOf } from './connection.ts'
import {
  correctAmounts,
  isOfServer,
  mergeAmounts,
  readAmounts,
  storedBytes,
  subtractAmounts,
  subtractReturned,
} from './exchange-rows.ts'
import { createPartitions, emptyPartition, type Partition, readPartitions } from './journal-partitions.ts'
import { prepared, type SqlValue, type Statement } from './statement.ts'

export const maxDeletedPerWrite = 1000

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
  with deleted as (
    delete from exchanges e using ${given}
    where e.tenant = given.tenant and e.id = given.id
      and e.id between (select min(id collate "C") from unnest($2::text[]) id) and (select max(id collate "C") from unnest($2::text[]) id)
    returning e.id, e.unauthenticated, e.bytes)
  ${subtractReturned('deleted')}`)

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
const isOf: Readonly<Record<Kind, string>> = {
  authenticated: 'unauthenticated is not true',
  unauthenticated: 'unauthenticated',
}
const oldestOf = eachKind(kind =>
  prepared(`
    select tenant, id, ${storedBytes} as bytes from exchanges
    where id > $1 and ${isOfServer('id')} and ${isOf[kind]} order by id limit $2`),
)
const olderWithoutPartition = prepared('select 1 from exchanges_other where id < $1 limit 1')
const defaultRetention = prepared('select bytes from default_retention')
const pendingInRange = prepared('delete from unanalyzed_exchanges where id >= $1 and id < $2')

const storedClock = prepared('select trusted, ahead_since as "aheadSince" from pruning_clock for update')
const newestTime = prepared(`select at from exchanges where ${isOfServer('id')} order by id desc limit 1`)
const forgetClock = prepared('delete from pruning_clock')
const insertClock = prepared('insert into pruning_clock (trusted, ahead_since) values ($1, $2)')

type ClockRow = { readonly trusted: number; readonly aheadSince: number | null }

export type Pruning = ReturnType<typeof createPruning>

type OldRow = Keys[number] & { readonly unauthenticated: boolean | null; readonly bytes: number }

type PruningOptions = {
  readonly retention: Retention
  readonly onLimit?: ((limit: JournalLimit) => void) | undefined
}

export function createPruning(lane: SerialLane, { retention: given, onLimit = () => {} }: PruningOptions) {
  let limiting: Promise<{ readonly retention: Retention; readonly reports: LimitReports }> | undefined
  /** The last exchange of each kind that was deleted: the search for the oldest begins after it, and skips those of the other kind. */
  let reached = fromStart
  let isCorrected = false

  const readRetention = async () => {
    const [row] = await lane.run(connection => connection.query<{ readonly bytes: number }>(defaultRetention))
    const retention = { ...given, bytes: given.bytes ?? row?.bytes ?? Number.POSITIVE_INFINITY }
    return { retention, reports: createLimitReports(retention) }
  }
  const findLimits = () => {
    limiting ??= readRetention().catch(error => {
      limiting = undefined
      throw error
    })
    return limiting
  }

  const findExcess = async (kind: Kind): Promise<Amount> => {
    const { retention, reports } = await findLimits()
    const stored = await lane.run(readAmounts)
    for (const limit of reports.next(stored)) onLimit(limit)
    return excessOver(stored[kind], limitsOf(retention)[kind])
  }

  const deletePortion = async (kind: Kind, excess: Amount): Promise<number> => {
    const keys = await lane.transaction(async connection => {
      const rows = await connection.query<Keys[number] & { readonly bytes: number }>(oldestOf[kind], [
        reached[kind],
        maxDeletedPerWrite,
      ])
      const keys = rows.slice(0, rowsInExcess(rows, excess))
      if (keys.length > 0) await deleteByKeys(connection, keys, [...dependent, deleteExchanges])
      return keys
    })
    reached = { ...reached, [kind]: keys.at(-1)?.id ?? reached[kind] }
    return keys.length
  }

  const deleteExcess = async (most = Number.POSITIVE_INFINITY): Promise<void> => {
    let sum = 0
    for (const kind of kinds) {
      let now = 0
      do {
        const excess = await findExcess(kind)
        now = isExcess(excess) ? await deletePortion(kind, excess) : 0
        sum += now
      } while (now > 0 && sum < most)
    }
  }

  const deleteDependent = async ({ table, from, to }: Partition): Promise<Stored> => {
    await lane.run(connection => connection.query(pendingInRange, [from, to]))
    const after: Statement = {
      text: `select tenant, id, unauthenticated, ${storedBytes} as bytes from ${table} where id > $1 order by id limit $2`,
    }
    let stored = nothingStored
    let last = ''
    for (;;) {
      const rows = await lane.run(connection =>
        connection.query<OldRow>(after, [last, 10 * maxDeletedPerWrite]),
      )
      const newest = rows.at(-1)
      if (!newest) return stored
      await lane.run(connection => deleteByKeys(connection, rows, [deleteNotes, deleteFindings]))
      for (const { unauthenticated, bytes } of rows) {
        stored = addStored(stored, kindOf(unauthenticated), { exchanges: 1, bytes })
      }
      last = newest.id
    }
  }

  const deletePartition = async (partition: Partition): Promise<boolean> => {
    if (!partition.isOwn && (partition.isUnused || !partition.canTruncate)) return partition.isUnused
    try {
      const stored = await deleteDependent(partition)
      return await emptyPartition(lane, partition, connection => subtractAmounts(connection, stored))
    } catch (error) {
      // Another instance has dropped it meanwhile.
      if (sqlStateOf(error) !== undefinedTable) throw error
      return true
    }
  }

  const deletePartitionsBefore = async (id: string): Promise<void> => {
    for (const partition of await readPartitions(lane)) {
      if (partition.to <= id) await deletePartition(partition)
    }
  }

  /** Deletes whole days that are beyond the limit of exchanges with valid credentials: much faster than row by row. */
  const deleteExcessPartitions = async (): Promise<void> => {
    for (const partition of await readPartitions(lane)) {
      if (partition.isUnused) continue
      const excess = await findExcess('authenticated')
      if (excess.exchanges < 10 * maxDeletedPerWrite) return
      const { table, from } = partition
      const others = await lane.run(async ({ query }) => [
        ...(await query({ text: `select 1 from ${table} order by id offset $1 limit 1` }, [
          excess.exchanges,
        ])),
        ...(await query(olderWithoutPartition, [from])),
      ])
      if (others.length > 0) return
      if (!(await deletePartition(partition))) return
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
    const before = now - given.days * day
    await deletePartitionsBefore(idAt(before))
    await deleteSelected(lane, olderThan, [before])
  }

  const settleAmounts = async (): Promise<void> => {
    await lane.run(mergeAmounts)
    if (!isCorrected) await lane.transaction(correctAmounts)
    isCorrected = true
  }

  return {
    deleteExcess,
    async keepBytes(): Promise<number | undefined> {
      const { bytes = Number.POSITIVE_INFINITY } = (await findLimits()).retention
      return Number.isFinite(bytes) ? bytes : undefined
    },
    async prune(now: number): Promise<ClockJump | undefined> {
      await createPartitions(lane, now)
      await settleAmounts()
      const jump = await advanceClock(now)
      if (!jump) await deleteOld(now)
      // Exchanges of other instances may be older than those that were found before.
      reached = fromStart
      await deleteExcessPartitions()
      await deleteExcess()
      return jump
    },
  }
}

type LimitReports = ReturnType<typeof createLimitReports>

const fromStart: Readonly<Record<Kind, string>> = eachKind(() => '')

const undefinedTable = '42P01'
