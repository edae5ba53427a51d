import { idAt } from '../journal/request-id.ts'
import { type Connection, sqlStateOf } from './connection.ts'
import type { SerialLane } from './serial-lane.ts'
import { prepared } from './statement.ts'

const day = 24 * 60 * 60 * 1000
/** Partitions exist for today and these days after it. */
const daysAhead = 2

/** Exchanges with ids of one day. */
export type Partition = {
  readonly table: string
  /** The first id, and the first one after the day. */
  readonly from: string
  readonly to: string
}

const isoDay = (start: number) => new Date(start).toISOString().slice(0, 10)

const partitionAt = (start: number): Partition => ({
  table: `exchanges_${isoDay(start).replaceAll('-', '')}`,
  from: idAt(start),
  to: idAt(start + day),
})

const tables = prepared(`
  select relname as table from pg_inherits join pg_class on pg_class.oid = inhrelid
  where inhparent = 'exchanges'::regclass order by relname`)

/** The partitions of days, oldest first. */
export async function readPartitions(lane: SerialLane): Promise<readonly Partition[]> {
  const rows = await lane.run(connection => connection.query<{ readonly table: string }>(tables))
  return rows.flatMap(({ table }) => {
    const [, ...parts] = /^exchanges_(\d{4})(\d\d)(\d\d)$/.exec(table) ?? []
    return parts.length === 0 ? [] : [partitionAt(Date.parse(parts.join('-')))]
  })
}

// A statement that changes partitions waits for all others on the journal, and the next ones wait for it.
const shortWait = `set local lock_timeout = '500ms'`

/**
 * Why a partition may not be created or dropped, besides that another instance does: exchanges of the day are in the default partition
 * already, the role may not create tables, or the journal is being read. The default partition has the exchanges then.
 */
const harmless = /^(?:23505|23514|42501|42P01|42P07|42P17|55P03)$/

/** Creates the missing partitions of today and the next days. */
export async function createPartitions(lane: SerialLane, now: number): Promise<void> {
  const existing = new Set((await readPartitions(lane)).map(({ table }) => table))
  const today = Math.floor(now / day) * day
  for (let ahead = 0; ahead <= daysAhead; ahead++) {
    const { table, from, to } = partitionAt(today + ahead * day)
    if (existing.has(table)) continue
    await tryTo(() =>
      lane.transaction(connection =>
        connection.execute(
          `${shortWait}; create table ${table} partition of exchanges for values from ('${from}') to ('${to}')`,
        ),
      ),
    )
  }
}

/**
 * Drops a partition, with other changes in the same transaction. Returns false if it is in use, so that the next pruning tries again,
 * or if another instance has dropped it.
 */
export const dropPartition = (
  lane: SerialLane,
  { table }: Partition,
  change: (connection: Connection) => Promise<void>,
): Promise<boolean> =>
  tryTo(() =>
    lane.transaction(async connection => {
      await connection.execute(`${shortWait}; drop table ${table}`)
      await change(connection)
    }),
  )

async function tryTo(change: () => Promise<void>): Promise<boolean> {
  try {
    await change()
    return true
  } catch (error) {
    if (!harmless.test(sqlStateOf(error))) throw error
    return false
  }
}
