import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { Parameters } from '../common/list-sql.ts'
import type { NamedStatement, Rows, StatementParams } from '../common/statement.ts'
import type { Database } from './database.ts'
import type { Query } from './query.ts'

type Values = Readonly<Record<string, string | number | null | Buffer>>

const toValues = (params: StatementParams): Values =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      Array.isArray(value) ? JSON.stringify(value) : (value as Values[string]),
    ]),
  )

export const toReadQuery = ({ text, params = {} }: NamedStatement): Query => ({
  text,
  params: toValues(params) as Parameters,
})

const maxStatements = 50

export function createStatementRunner(db: Database): (statement: NamedStatement) => Rows {
  const prepared = new LRUCache<string, Statement<[object]>>({
    max: maxStatements,
    memoMethod: text => db.prepare(text),
  })
  return ({ text, params, given }) => {
    const statement = prepared.memo(text)
    const values = params ? toValues(params) : {}
    const rows = given && params ? given.rows.map(row => ({ ...row, ...values })) : (given?.rows ?? [values])
    if (statement.reader) return rows.flatMap(row => statement.all(row))
    for (const row of rows) statement.run(row)
    return []
  }
}
