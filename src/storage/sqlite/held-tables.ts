import type { Writer } from '../../domain/ports/database.ts'
import type { NamedStatement } from '../common/dialect.ts'
import {
  type ColumnValues,
  createFollower,
  type HeldTables,
  holdersOver,
  type Plan,
  type RawRow,
  type RowMemory,
  type Used,
  type UseMemory,
  type Uses,
  type Write,
  type WriteDialect,
  writeStatement,
} from '../common/held-tables.ts'
import type { Database } from './database.ts'
import { createStatementRunner } from './statements.ts'

const dialect: WriteDialect = {
  stamps: [],
  remove: ({ name, key }, condition) =>
    `delete from ${name} where ${condition} returning ${key.join(` || ' ' || `)} as key`,
}

/**
 * Runs the plans of stores in SQLite. A plan is one job of the writer: it runs without a pause, and the jobs of one turn of the event
 * loop share a commit, in which each can fail alone. Memory is updated once the commit is on disk.
 */
export function createSqliteTables(
  db: Database,
  writer: Pick<Writer, 'write' | 'defer'>,
  clock: () => number = Date.now,
): HeldTables {
  const runStatement = createStatementRunner(db)
  const run = (statement: NamedStatement) => runStatement(statement) as readonly RawRow[]

  const memories = new Map<string, RowMemory>()
  const hold = ({ name, columns, key }: Write['table'], memory: RowMemory) => {
    const order = key.length === 1 ? 'rowid' : key.join(', ')
    const text = `select ${columns.join(', ')} from ${name} order by ${order}`
    for (const row of run({ text })) memory.set(row)
    memories.set(name, memory)
  }
  const takeOver = ({ table, kind }: Write, rows: readonly RawRow[]) => {
    const memory = memories.get(table.name)
    for (const row of rows) kind === 'remove' ? memory?.remove(String(row.key)) : memory?.set(row)
  }

  const runPlan = <Result>(plan: Plan<Result>) => {
    const changes: (() => void)[] = []
    const execute = (step: NamedStatement | Write) => {
      if ('text' in step) return run(step)
      const rows = run(writeStatement(step, dialect))
      changes.push(() => takeOver(step, rows))
      return rows
    }
    let step = plan.next([])
    while (!step.done) step = plan.next(execute(step.value))
    return { result: step.value, changes }
  }

  /** Memory has the numbers; they are written with a later commit, once for any number of requests. */
  const uses = <Row extends Used>(table: string, { find }: UseMemory<Row>): Uses<Row> => {
    const text = `update ${table} set uses = @uses, last_used = @lastUsed where id = @id`
    const store = db.prepare<ColumnValues>(text)
    // With their rows: access tokens may leave memory before their uses are written.
    const used = new Map<string, Row>()
    const current = (id: string) => find(id) ?? used.get(id)
    const writeAll = () => {
      const rows = [...used.keys()].map(current)
      used.clear()
      for (const row of rows)
        if (row) store.run({ id: row.id, uses: row.uses, lastUsed: row.lastUsed ?? null })
    }
    return {
      note(row) {
        if (used.size === 0) writer.defer(writeAll)
        used.set(row.id, row)
      },
      withWaiting(row) {
        const held = current(row.id)
        if (!held) return row
        const { uses, lastUsed } = held
        return { ...row, uses, ...(lastUsed !== undefined && { lastUsed }) }
      },
    }
  }

  return {
    now: clock,
    ...holdersOver(hold, uses),
    followChanges: (table, follower) => void memories.set(table.name, createFollower(table, follower)),
    uses,
    async change(plan) {
      const { result, changes } = await writer.write(() => runPlan(plan()))
      for (const change of changes) change()
      return result
    },
  }
}
