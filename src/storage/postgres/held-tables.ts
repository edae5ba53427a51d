import { createFollower, type RowMemory } from '../common/held-rows.ts'
import {
  type Plan,
  type RawRow,
  type Write,
  type WriteDialect,
  writeStatement,
} from '../common/held-table.ts'
import { type ChangeOptions, type HeldTables, holdersOver } from '../common/held-tables.ts'
import type { NamedStatement } from '../common/statement.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Connection } from './connection.ts'
import { canStore } from './dialect.ts'
import { prepared, toQuery } from './statement.ts'
import { lockForChange } from './tenant-rows.ts'
import { createUses } from './uses.ts'

/** Removed rows are remembered for instances that hold them. */
const dialect: WriteDialect = {
  stamps: ['epoch'],
  remove: ({ name, key }, condition) => `
    with gone as (delete from ${name} where ${condition} returning ${key.join(', ')})
    insert into removals (epoch, kind, key) select @epoch, '${name}', concat_ws(' ', ${key.join(', ')}) from gone
    returning key`,
}

/** Milliseconds between two exchanges of uses with the other instances. */
const useInterval = 1000

export type PostgresTables = HeldTables & {
  exchangeUses(): Promise<void>
  close(): Promise<void>
}

/**
 * Runs the plans of stores in PostgreSQL. A plan is a change of the cluster: one transaction, in which changed rows get its epoch. After
 * the commit, each instance reads the rows with new epochs into memory, this one too, and the change is acknowledged once all have.
 */
export function createPostgresTables(cluster: Cluster): PostgresTables {
  /** `since` is the epoch that the rows follow. */
  const hold = ({ name, columns, key }: Write['table'], memory: RowMemory, since = '$1') => {
    const order = key.length === 1 ? 'key' : key.join(', ')
    cluster.hold<RawRow>({
      table: name,
      changes: prepared(`select ${columns.join(', ')} from ${name} where epoch > ${since} order by ${order}`),
      apply(rows, removed) {
        removed.forEach(memory.remove)
        rows.forEach(memory.set)
      },
      replace(rows) {
        memory.clear()
        rows.forEach(memory.set)
      },
    })
  }

  const counters: Pick<ReturnType<typeof createUses>, 'exchange' | 'exchangeNew'>[] = []
  const uses: HeldTables['uses'] = (table, memory) => {
    const { statements, hints, now } = cluster
    const counter = createUses({ table, statements, hints, now, ...memory })
    counters.push(counter)
    return counter
  }
  const exchangeUses = async () => {
    await Promise.all(counters.map(({ exchange }) => exchange()))
  }
  const timer = setInterval(() => {
    // Uses that could not be written are added to the next ones.
    for (const { exchangeNew } of counters) exchangeNew().catch(() => {})
  }, useInterval).unref()

  return {
    now: cluster.now,
    ...holdersOver(hold, uses),
    // Rows get an epoch other than 0 when they change.
    followChanges: (table, follower) => hold(table, createFollower(table, follower), 'greatest($1, 0)'),
    uses,
    async change<Result>(plan: () => Plan<Result>, { locks }: ChangeOptions = {}) {
      const results: Result[] = []
      await cluster.change(
        async (connection, epoch) => {
          const { result, hasChanged } = await runPlan(plan(), connection, epoch)
          results.push(result)
          return hasChanged || undefined
        },
        locks === undefined ? undefined : connection => lockForChange(connection, locks),
      )
      return results[0] as Result
    },
    exchangeUses,
    async close() {
      clearInterval(timer)
      if (cluster.isServing()) await exchangeUses().catch(() => {})
    },
  }
}

async function runPlan<Result>(plan: Plan<Result>, { query }: Pick<Connection, 'query'>, epoch: number) {
  let hasChanged = false
  const execute = async (step: NamedStatement | Write): Promise<readonly RawRow[]> => {
    const isRead = 'text' in step
    // The database cannot have such a text.
    if (!Object.values((isRead ? step.params : step.where) ?? {}).every(isStorable)) return []
    const { text: named, params } = isRead ? step : writeStatement(step, dialect)
    const { text, values } = toQuery({ text: named, params: { ...params, epoch } })
    const rows = await query<RawRow>({ text }, values)
    hasChanged ||= !isRead && rows.length > 0
    return rows
  }
  let step = plan.next([])
  while (!step.done) step = plan.next(await execute(step.value))
  return { result: step.value, hasChanged }
}

const isStorable = (value: unknown): boolean => typeof value !== 'string' || canStore(value)
