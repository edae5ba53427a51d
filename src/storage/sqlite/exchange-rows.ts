import type { Database, Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { createFullTextTest, foldLazily } from '../../domain/journal/search/matches.ts'
import { cycleIn, type Search } from '../../domain/journal/search/parse.ts'
import type { Bodies } from '../../domain/ports/journal.ts'
import {
  bodyColumns,
  bodyLengthOfRow,
  columnsWithoutBodies,
  noteColumns,
  rowTexts,
  type ExchangeRow as StoredRow,
  withBodies,
} from '../common/exchange-rows.ts'
import { searchToSql } from '../common/search-to-sql.ts'
import { sqliteDialect } from './dialect.ts'

/** The number rises in the order of the calls of `record`. */
export type ExchangeRow = StoredRow & { readonly seq: number }

const columnsWith = (bodies: Bodies): string =>
  ['seq', ...columnsWithoutBodies, ...bodyColumns[bodies], ...noteColumns].join(', ')
export const exchangeColumns = columnsWith('all')
export const exchangesWithNotes = 'exchanges left join exchange_notes using (seq)'
/** For a search for exchanges of a cycle: reads their short notes first. SQLite keeps the order of a cross join. */
const notesWithExchanges = 'exchange_notes cross join exchanges using (seq)'

/**
 * The number of the newest analyzed exchange; 0 before the first. Exchanges are analyzed in the order of their numbers. Those of
 * opened sessions have lower ones.
 */
export const lastAnalyzed = 'max(0, (select coalesce(max(seq), 0) from exchange_notes))'

type FoundRows = { readonly rows: readonly ExchangeRow[]; readonly end: number }

/** Newest first. Stops after `limit` matches, at the byte limit of a batch, or at the end of a time slice. */
type ExchangeFinder = (
  search: Search,
  range: { readonly first: number; readonly end: number },
  limit: number,
  bodies?: Bodies,
) => FoundRows

// The number of rows that SQLite searches between checks of the time, unless one matches; sized for cheap
// conditions.
const rowsPerStep = 100
const maxBytes = 256 * 1024
// Statements differ by the kinds of terms in a search, which are unlimited.
const maxStatements = 100

export function createExchangeFinder(db: Database): ExchangeFinder {
  const statements = new LRUCache<string, Statement<unknown[], ExchangeRow>>({
    max: maxStatements,
    memoMethod: sql => db.prepare(sql),
  })

  return (search, { first, end }, limit, bodies = 'all') => {
    const conditions = searchToSql(search, sqliteDialect)
    const values = conditions.flatMap(condition => condition.values)
    const tables = cycleIn(search) === undefined ? exchangesWithNotes : notesWithExchanges
    const where = ['seq >= ?', 'seq < ?', ...conditions.map(({ sql }) => sql)].join(' and ')
    const hasTexts = createFullTextTest(search)
    const columns = hasTexts ? exchangeColumns : columnsWith(bodies)
    const statement = statements.memo(`select ${columns} from ${tables} where ${where} order by seq desc`)
    const rows: ExchangeRow[] = []
    let bytes = 0
    const isOver = () => rows.length === limit || bytes >= maxBytes || sharedSlices.isOver()

    let reached = end
    do {
      const from = Math.max(first, reached - rowsPerStep)
      const upTo = reached
      reached = from
      for (const row of statement.iterate(from, upTo, ...values)) {
        if (hasTexts === undefined || hasTexts(foldLazily(rowTexts(row)))) {
          rows.push(hasTexts ? withBodies(row, bodies) : row)
          bytes += bodyLengthOfRow(row)
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
