import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { NamedStatement, Rows, StatementParams } from '../common/statement.ts'
import type { Database } from './database.ts'

type Values = Readonly<Record<string, string | number | null>>

/** A list is a JSON array. */
export const toValues = (params: StatementParams): Values =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
    ]),
  )

const maxStatements = 50

/** Runs statements on a connection, which prepares each text once. */
export function createStatementRunner(db: Database): (statement: NamedStatement) => Rows {
  const prepared = new LRUCache<string, Statement<[object]>>({
    max: maxStatements,
    memoMethod: text => db.prepare(text),
  })
  return ({ text, params = {}, given }) => {
    const statement = prepared.memo(text)
    const run = (values: object): Rows => {
      if (statement.reader) return statement.all(values)
      statement.run(values)
      return []
    }
    const values = toValues(params)
    return given ? given.rows.flatMap(row => run({ ...values, ...row })) : run(values)
  }
}
