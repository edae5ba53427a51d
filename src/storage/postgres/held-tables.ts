import type { NamedStatement } from '../common/dialect.ts'
import {
  type ChangeOptions,
  createFollower,
  type HeldTables,
  holdersOver,
  type Plan,
  type RawRow,
  type RowMemory,
  type Used,
  type UseMemory,
  type Write,
  type WriteDialect,
  writeStatement,
} from '../common/held-tables.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Hints } from './cluster/hints.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { canStore } from './dialect.ts'
import { prepared, toQuery } from './statement.ts'
import { lockForChange } from './tenants.ts'

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

const statementsOn = (table: string) => ({
  // Locks the rows in one order, since other instances add uses of the same ones.
  addUses: prepared(`
    with locked as (select id from ${table} where id = any($1::text[]) order by id for no key update)
    update ${table}
    set uses = ${table}.uses + added.uses, last_used = greatest(${table}.last_used, added.last_used),
      counted = clock_timestamp()
    from locked join unnest($1::text[], $2::bigint[], $3::bigint[]) as added (id, uses, last_used) on added.id = locked.id
    where ${table}.id = locked.id`),
  countedSince: prepared(`
    select id, uses, last_used from ${table} where counted > to_timestamp($1::double precision / 1000)`),
})

/** Milliseconds that a commit may be later than the time in its rows. */
const overlap = 5000

type UseRow = { readonly id: string; readonly uses: number; readonly last_used: number }

type Uses = { readonly uses: number; readonly lastUsed: number }

type UsesOptions<Row extends Used> = UseMemory<Row> & {
  readonly table: string
  readonly statements: Pick<Reads, 'query'>
  readonly hints: Pick<Hints, 'send' | 'subscribe' | 'isConnected'>
  /** Milliseconds since 1970 by the database's clock. */
  readonly now: () => number
}

function createUses<Row extends Used>({ table, statements, hints, now, find, set }: UsesOptions<Row>) {
  const { addUses, countedSince } = statementsOn(table)
  let waiting = new Map<string, Uses>()
  let beingWritten: ReadonlyMap<string, Uses> = new Map()
  let since: number | undefined
  let isHinted = true
  let last: Promise<void> = Promise.resolve()

  hints.subscribe('uses', () => {
    isHinted = true
  })

  const add = (id: string, { uses, lastUsed }: Uses) => {
    const before = waiting.get(id)
    waiting.set(id, {
      uses: uses + (before?.uses ?? 0),
      lastUsed: Math.max(lastUsed, before?.lastUsed ?? 0),
    })
  }

  const withWaiting = (one: Row): Row => {
    const added = [waiting.get(one.id), beingWritten.get(one.id)].filter(uses => uses !== undefined)
    if (added.length === 0) return one
    return {
      ...one,
      uses: added.reduce((sum, { uses }) => sum + uses, one.uses),
      lastUsed: Math.max(one.lastUsed ?? 0, ...added.map(({ lastUsed }) => lastUsed)),
    }
  }

  const write = async () => {
    if (waiting.size === 0) return
    beingWritten = waiting
    waiting = new Map()
    const all = [...beingWritten]
    try {
      await statements.query(addUses, [
        all.map(([id]) => id),
        all.map(([, { uses }]) => uses),
        all.map(([, { lastUsed }]) => lastUsed),
      ])
    } catch (error) {
      for (const [id, uses] of all) add(id, uses)
      throw error
    } finally {
      beingWritten = new Map()
    }
    hints.send('uses')
  }

  const read = async () => {
    const began = now()
    isHinted = false
    const rows = await statements
      .query<UseRow>(countedSince, [since ?? began - overlap])
      .catch((error: unknown) => {
        isHinted = true
        throw error
      })
    since = began - overlap
    for (const { id, uses, last_used } of rows) {
      const one = find(id)
      if (one) set(withWaiting({ ...one, uses, lastUsed: last_used }))
    }
  }

  const after = (work: () => Promise<void>): Promise<void> => {
    last = last.catch(() => {}).then(work)
    return last
  }

  return {
    note: ({ id, lastUsed }: Row) => add(id, { uses: 1, lastUsed: lastUsed ?? 0 }),
    withWaiting,
    exchange: () =>
      after(async () => {
        await write()
        await read()
      }),
    exchangeNew: () =>
      after(async () => {
        await write()
        if (isHinted || !hints.isConnected()) await read()
      }),
  }
}
