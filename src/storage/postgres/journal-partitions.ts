import { setTimeout as delay } from 'node:timers/promises'
import { day } from '../../domain/duration.ts'
import { idAt } from '../../domain/journal/request-id.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import { createLane, createSerialLane, type SerialLane } from './connect.ts'
import { type Connection, type DatabaseLocation, openConnection, sqlStateOf } from './connection.ts'
import { prepared } from './statement.ts'

/** A server creates the partitions of today and these days after it, if its role may. */
const daysAhead = 2
/** `scimulator migrate` creates those of today and these days after it, for servers whose role may not. */
const daysAheadOfMigration = 90

export type Partition = {
  readonly table: string
  readonly from: string
  readonly to: string
  readonly isOwn: boolean
  readonly canTruncate: boolean
  readonly isUnused: boolean
}

const isoDay = (start: number) => new Date(start).toISOString().slice(0, 10)
const startOfDay = (time: number) => Math.floor(time / day) * day

const rangeOf = (start: number) => ({
  table: `exchanges_${isoDay(start).replaceAll('-', '')}`,
  from: idAt(start),
  to: idAt(start + day),
})

type TableRow = Pick<Partition, 'table' | 'isOwn' | 'canTruncate' | 'isUnused'>

// What a role may do is found out before: the database logs each statement that it refuses.
const tables = prepared(`
  select relname as table, pg_has_role(relowner, 'usage') as "isOwn", has_table_privilege(oid, 'truncate') as "canTruncate",
    pg_relation_size(oid) = 0 as "isUnused"
  from pg_inherits join pg_class on pg_class.oid = inhrelid
  where inhparent = 'exchanges'::regclass order by relname`)
const mayCreate = prepared(`
  select pg_has_role(relowner, 'usage') and has_schema_privilege(relnamespace, 'create') as allowed
  from pg_class where oid = 'exchanges'::regclass`)

/** Oldest first. */
export async function readPartitions(lane: SerialLane): Promise<readonly Partition[]> {
  const rows = await lane.run(connection => connection.query<TableRow>(tables))
  return rows.flatMap(row => {
    const [, ...parts] = /^exchanges_(\d{4})(\d\d)(\d\d)$/.exec(row.table) ?? []
    return parts.length === 0 ? [] : [{ ...row, ...rangeOf(Date.parse(parts.join('-'))) }]
  })
}

// A statement that changes partitions waits for all others on the journal, and the next ones wait for it.
const shortWait = `set local lock_timeout = '500ms'`

/** The journal is being read or written. */
const busy = '55P03'
/** Another instance was faster, exchanges of the day are in the default partition, or the privilege was revoked. */
const harmless = /^(?:23505|23514|42501|42P01|42P07|42P17)$/

/** A partition is created only after all exchanges without one are read. */
const timeout = '57014'

type Outcome = 'done' | 'busy' | 'slow' | 'needless'

async function tryTo(change: () => Promise<unknown>): Promise<Outcome> {
  try {
    await change()
    return 'done'
  } catch (error) {
    const state = sqlStateOf(error)
    if (state === busy) return 'busy'
    if (state === timeout) return 'slow'
    if (!harmless.test(state)) throw error
    return 'needless'
  }
}

async function canCreate(lane: SerialLane): Promise<boolean> {
  const [row] = await lane.run(connection => connection.query<{ readonly allowed: boolean }>(mayCreate))
  return row?.allowed === true
}

async function missingRanges(lane: SerialLane, now: number, ahead: number) {
  const existing = new Set((await readPartitions(lane)).map(({ table }) => table))
  return Array.from({ length: ahead + 1 }, (_, nth) => rangeOf(startOfDay(now) + nth * day)).filter(
    ({ table }) => !existing.has(table),
  )
}

type Range = Pick<Partition, 'table' | 'from' | 'to'>

/** All statements on the journal wait for this one, so it is given up after `seconds`. */
const create = (lane: SerialLane, { table, from, to }: Range, seconds: number): Promise<Outcome> =>
  tryTo(() =>
    lane.transaction(connection =>
      connection.execute(
        `${shortWait}; set local statement_timeout = '${seconds}s'; create table ${table} partition of exchanges for values from ('${from}') to ('${to}')`,
      ),
    ),
  )

/** Only if the role may, and if that is fast. The default partition has exchanges of days without one. */
export async function createPartitions(lane: SerialLane, now: number): Promise<void> {
  const missing = await missingRanges(lane, now, daysAhead)
  if (missing.length === 0 || !(await canCreate(lane))) return
  for (const range of missing) if ((await create(lane, range, 2)) === 'slow') return
}

/**
 * Deletes the exchanges of a partition, with other changes in the same transaction: drops it, or truncates it if that is all that the
 * role may do. Returns false if it may neither, if the partition is in use, or if another instance has dropped it.
 */
export async function emptyPartition(
  lane: SerialLane,
  { table, isOwn, canTruncate }: Partition,
  change: (connection: Connection) => Promise<void>,
): Promise<boolean> {
  if (!isOwn && !canTruncate) return false
  const outcome = await tryTo(() =>
    lane.transaction(async connection => {
      await connection.execute(`${shortWait}; ${isOwn ? 'drop' : 'truncate'} table ${table}`)
      await change(connection)
    }),
  )
  return outcome === 'done'
}

export type PartitionChanges = { readonly created: readonly string[]; readonly dropped: readonly string[] }

/**
 * Creates the partitions of the next 90 days, and drops empty ones of the past, for servers whose role may not. Returns undefined if
 * this role may not either. Throws `DatabaseError` if the journal is in use without a pause, or if it takes too long.
 */
export async function preparePartitions(
  location: DatabaseLocation,
  now: number,
): Promise<PartitionChanges | undefined> {
  const lane = createSerialLane(createLane(() => openConnection(location)))
  try {
    if (!(await canCreate(lane))) return undefined
    const created: string[] = []
    for (const range of await missingRanges(lane, now, daysAheadOfMigration)) {
      if (await untilNotBusy(() => create(lane, range, 30))) created.push(range.table)
    }
    const dropped: string[] = []
    const today = idAt(startOfDay(now))
    for (const partition of await readPartitions(lane)) {
      if (partition.to > today || !partition.isOwn || !(await isEmpty(lane, partition))) continue
      if (await untilNotBusy(() => dropIfEmpty(lane, partition))) dropped.push(partition.table)
    }
    return { created, dropped }
  } finally {
    await lane.close()
  }
}

const maxAttempts = 20
/** Milliseconds, in which the statements that waited for the last attempt run. */
const pause = 250

async function untilNotBusy(change: () => Promise<Outcome>): Promise<boolean> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const outcome = await change()
    if (outcome === 'slow') throw tooSlow()
    if (outcome !== 'busy') return outcome === 'done'
    await delay(pause)
  }
  throw new DatabaseError(
    'The partitions of the journal cannot be changed while it is being read, such as by an export or a backup. The tables are up to date. Run scimulator migrate again later.',
  )
}

const tooSlow = () =>
  new DatabaseError(
    'Creating a partition of the journal takes more than 30 seconds, because many requests are stored without one, as after scimulator move. The tables are up to date. Run scimulator migrate again once such requests were deleted because of their age or number.',
  )

const isEmptyTable = async ({ query }: Connection, { table }: Partition): Promise<boolean> =>
  (await query({ text: `select 1 from ${table} limit 1` })).length === 0

const isEmpty = (lane: SerialLane, partition: Partition): Promise<boolean> =>
  lane.run(connection => isEmptyTable(connection, partition))

/** A late exchange may be stored until the table is locked. */
async function dropIfEmpty(lane: SerialLane, partition: Partition): Promise<Outcome> {
  let isDropped = false
  const outcome = await tryTo(() =>
    lane.transaction(async connection => {
      // Dropping a partition locks the journal, too. Others lock it before its partitions.
      await connection.execute(`${shortWait}; lock table only exchanges in access exclusive mode`)
      isDropped = await isEmptyTable(connection, partition)
      if (isDropped) await connection.execute(`drop table ${partition.table}`)
    }),
  )
  return outcome === 'done' && !isDropped ? 'needless' : outcome
}
