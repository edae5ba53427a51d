import type { Database } from 'better-sqlite3'
import { type ExchangeRow, exchangeColumns, exchangesWithNotes } from './exchange-row.ts'
import type { Search } from './search/search.ts'
import { conditionsOf } from './search/to-sql.ts'

/** Finds rows by a search, newest first, whose numbers are at least `first` and below `end`. */
export type ExchangeFinder = (
  search: Search,
  range: { readonly first: number; readonly end: number },
  limit: number,
) => readonly ExchangeRow[]

// Searches differ in the kinds of their terms, of which there is no end.
const mostStatements = 100

export function createExchangeFinder(db: Database): ExchangeFinder {
  const statements = new Map<string, ReturnType<typeof db.prepare<unknown[], ExchangeRow>>>()

  const statementFor = (where: string) => {
    const known = statements.get(where)
    if (known) return known
    if (statements.size === mostStatements) statements.clear()
    const statement = db.prepare<unknown[], ExchangeRow>(
      `select ${exchangeColumns} from ${exchangesWithNotes} where ${where} order by seq desc limit ?`,
    )
    statements.set(where, statement)
    return statement
  }

  return (search, { first, end }, limit) => {
    const conditions = conditionsOf(search)
    const where = ['seq >= ?', 'seq < ?', ...conditions.map(({ sql }) => sql)].join(' and ')
    return statementFor(where).all(first, end, ...conditions.flatMap(({ values }) => values), limit)
  }
}
