import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { Parameters } from '../common/list-sql.ts'
import type { Database } from './database.ts'
import { defineFoldFunction } from './dialect.ts'

export type Query = {
  readonly text: string
  readonly params: Parameters
  readonly as?: 'rows' | 'numbers'
}

export type Rows = readonly unknown[] | Float64Array

const maxStatements = 200

/** `checkWanted` throws once the caller has gone. */
export function createQueryRunner(
  db: Database,
  checkWanted: () => void = () => {},
): (queries: readonly Query[]) => readonly Rows[] {
  defineFoldFunction(db)
  db.function('is_wanted', () => {
    checkWanted()
    return 1
  })
  const statements = new LRUCache<string, Statement<[Parameters]>>({
    max: maxStatements,
    memoMethod: text => db.prepare(text),
  })

  const rowsOf = ({ text, params, as }: Query): Rows => {
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
