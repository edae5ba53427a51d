import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { NamedStatement, Rows, StatementParams } from '../common/dialect.ts'
import type { Parameters } from '../common/list-sql.ts'
import type { Database } from './database.ts'
import { defineFoldFunction } from './dialect.ts'

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

export type Query = {
  readonly text: string
  readonly params: Parameters
  readonly as?: 'rows' | 'numbers'
}

export type ReadRows = readonly unknown[] | Float64Array

const maxQueries = 200

/** `checkWanted` throws once the caller has gone. */
export function createQueryRunner(
  db: Database,
  checkWanted: () => void = () => {},
): (queries: readonly Query[]) => readonly ReadRows[] {
  defineFoldFunction(db)
  db.function('is_wanted', () => {
    checkWanted()
    return 1
  })
  const statements = new LRUCache<string, Statement<[Parameters]>>({
    max: maxQueries,
    memoMethod: text => db.prepare(text),
  })

  const rowsOf = ({ text, params, as }: Query): ReadRows => {
    checkWanted()
    const isNumbers = as === 'numbers'
    const rows = statements.memo(text).pluck(isNumbers).all(params)
    return isNumbers ? Float64Array.from(rows as readonly number[]) : rows
  }
  const runAll = db.transaction((queries: readonly Query[]) => queries.map(rowsOf))
  return queries => {
    const [only, ...others] = queries
    return only && others.length === 0 ? [rowsOf(only)] : runAll(queries)
  }
}
