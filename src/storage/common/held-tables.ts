import {
  createFollower,
  createHeldRows,
  createUsedRows,
  type Follower,
  type HeldRows,
  type Index,
  type RowMemory,
  type Used,
  type UsedRows,
  type UseMemory,
  type Uses,
} from './held-rows.ts'
import type { HeldTable, Plan, TableShape } from './held-table.ts'

/**
 * Tables of console rate: few rows, which are all held in memory because requests need them, and few changes. A store is written
 * once over this port; each engine runs its plans.
 */
export type HeldTables = {
  /** Milliseconds since 1970, by the clock that all instances share. */
  now(): number
  /** Holds the rows of a table. On PostgreSQL: to be called before the instance joins the cluster, which reads them. */
  hold<Row extends object>(table: HeldTable<Row>, index?: Index<Row>): HeldRows<Row>
  holdUsed<Row extends object & Used>(table: HeldTable<Row>, index?: Index<Row>): UsedRows<Row>
  follow<Row extends object>(table: HeldTable<Row>, follower: Follower<Row>): void
  /** Passes on rows that changed after they were inserted; on PostgreSQL, also those that changed before the instance joined. */
  followChanges<Row extends object>(table: HeldTable<Row>, follower: Follower<Row>): void
  uses<Row extends Used>(table: string, held: UseMemory<Row>): Uses<Row>
  /**
   * Runs a plan in one transaction, one plan after another. An error that the plan throws undoes it, and nothing changes in memory.
   * Resolves once the commit is on disk and the changed rows are held: by this process, and on PostgreSQL by every instance that
   * serves requests. The plan may run again, from its start.
   */
  change<Result>(plan: () => Plan<Result>, options?: ChangeOptions): Promise<Result>
}

export type ChangeOptions = {
  /** On PostgreSQL, the plan waits for a reset of this tenant before plans for other tenants wait for it. */
  readonly locks?: string
}

export const holdersOver = (
  load: (table: TableShape, memory: RowMemory) => void,
  uses: HeldTables['uses'],
): Pick<HeldTables, 'hold' | 'holdUsed' | 'follow'> => ({
  hold(table, index) {
    const { memory, held } = createHeldRows(table, index)
    load(table, memory)
    return held
  },
  holdUsed(table, index) {
    const { memory, held } = createUsedRows(table, index, memory => uses(table.name, memory))
    load(table, memory)
    return held
  },
  follow: (table, follower) => load(table, createFollower(table, follower)),
})
