import type { Database } from 'better-sqlite3'
import { type ExchangeRow, exchangeColumns, exchangesWithNotes } from './exchange-row.ts'
import type { ExchangeQuery } from './journal.ts'

type Condition = { readonly sql: string; readonly values: Readonly<Record<string, string | number>> }

/** What a query asks of a row; `undefined` for what it leaves open. */
const conditionsOf = (query: ExchangeQuery): readonly (Condition | undefined)[] => [
  given(query.tenant, tenant => ({ sql: 'tenant = @tenant', values: { tenant } })),
  given(query.method, method => ({ sql: 'method = @method', values: { method: method.toUpperCase() } })),
  given(query.action, action => ({
    sql: 'instr(lower(action), @action) > 0',
    values: { action: action.toLowerCase() },
  })),
  given(query.status, statusCondition),
  given(query.resource, resource => ({ sql: 'target_id = @resource', values: { resource } })),
  given(query.from, from => ({ sql: 'at >= @from', values: { from } })),
  given(query.until, until => ({ sql: 'at < @until', values: { until } })),
  given(query.text, textCondition),
]

const given = <Value>(value: Value | undefined, condition: (value: Value) => Condition) =>
  value === undefined ? undefined : condition(value)

const statusCondition = (status: number): Condition =>
  status < 10
    ? { sql: 'status between @status and @status + 99', values: { status: status * 100 } }
    : { sql: 'status = @status', values: { status } }

// In a URL the text stands percent-encoded: `anna%40example.com`.
const textCondition = (text: string): Condition => ({
  sql: `(instr(url, @text) > 0 or instr(url, @encoded) > 0
    or instr(request_body, @text) > 0 or instr(response_body, @text) > 0)`,
  values: { text, encoded: encodeURIComponent(text.toWellFormed()) },
})

/** Finds rows by a query, newest first, whose numbers are at least `first` and below `end`. */
export type ExchangeFinder = (
  query: ExchangeQuery,
  range: { readonly first: number; readonly end: number },
  limit: number,
) => readonly ExchangeRow[]

export function createExchangeFinder(db: Database): ExchangeFinder {
  const statements = new Map<string, ReturnType<typeof db.prepare<object, ExchangeRow>>>()

  const statementFor = (where: string) => {
    const known = statements.get(where)
    if (known) return known
    const statement = db.prepare<object, ExchangeRow>(
      `select ${exchangeColumns} from ${exchangesWithNotes} where ${where} order by seq desc limit @limit`,
    )
    statements.set(where, statement)
    return statement
  }

  return (query, range, limit) => {
    const conditions = conditionsOf(query).filter(condition => condition !== undefined)
    const where = ['seq >= @first', 'seq < @end', ...conditions.map(({ sql }) => sql)].join(' and ')
    return statementFor(where).all(
      Object.assign({ ...range, limit }, ...conditions.map(({ values }) => values)),
    )
  }
}
