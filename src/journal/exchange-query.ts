import type { Database } from 'better-sqlite3'
import { type ExchangeRow, exchangeColumns, exchangesWithNotes } from './exchange-row.ts'
import { foldedOnce, fullTextTest, type Texts } from './search/full-text.ts'
import type { Search } from './search/search.ts'
import { conditionsOf } from './search/to-sql.ts'
import { slice } from './turns.ts'

/** Rows that were found, newest first, and the number down to which rows were looked at. */
export type FoundRows = { readonly rows: readonly ExchangeRow[]; readonly end: number }

/**
 * Looks for rows by a search, newest first, whose numbers are at least `first` and below `end`. Stops when it has
 * found `limit` rows, or as many bytes as are handled at once, or when a slice of time is spent.
 */
export type ExchangeFinder = (
  search: Search,
  range: { readonly first: number; readonly end: number },
  limit: number,
) => FoundRows

// SQLite looks at so many rows before the time is checked, unless it finds one: by what is cheap to look at.
const step = 100
const mostBytes = 256 * 1024
// Searches differ in the kinds of their terms, of which there is no end.
const mostStatements = 100

export function createExchangeFinder(db: Database): ExchangeFinder {
  const statements = new Map<string, ReturnType<typeof db.prepare<unknown[], ExchangeRow>>>()

  const statementFor = (where: string) => {
    const known = statements.get(where)
    if (known) return known
    if (statements.size === mostStatements) statements.clear()
    const statement = db.prepare<unknown[], ExchangeRow>(
      `select ${exchangeColumns} from ${exchangesWithNotes} where ${where} order by seq desc`,
    )
    statements.set(where, statement)
    return statement
  }

  return (search, { first, end }, limit) => {
    const began = performance.now()
    const conditions = conditionsOf(search)
    const values = conditions.flatMap(condition => condition.values)
    const statement = statementFor(['seq >= ?', 'seq < ?', ...conditions.map(({ sql }) => sql)].join(' and '))
    const hasTexts = fullTextTest(search)
    const rows: ExchangeRow[] = []
    let bytes = 0
    const isOver = () => rows.length === limit || bytes >= mostBytes || performance.now() - began >= slice

    let reached = end
    do {
      const from = Math.max(first, reached - step)
      const upTo = reached
      reached = from
      for (const row of statement.iterate(from, upTo, ...values)) {
        if (hasTexts === undefined || hasTexts(foldedOnce(textsOf(row)))) {
          rows.push(row)
          bytes += bodyLength(row)
        }
        if (isOver()) {
          reached = row.seq
          break
        }
      }
    } while (reached > first && !isOver())
    return { rows, end: reached }
  }
}

const bodyLength = ({ request_body, response_body }: ExchangeRow): number =>
  (request_body?.length ?? 0) + (response_body?.length ?? 0)

const textsOf = (row: ExchangeRow): Texts => ({
  action: () => row.action,
  // Read as `exchangeOf` reads it: SQLite's JSON treats text that isn't well-formed in another way.
  label: () => JSON.parse(row.details).target?.label,
  url: () => row.url,
  requestBody: () => row.request_body ?? undefined,
  responseBody: () => row.response_body ?? undefined,
})
