import { idAt } from '../../domain/journal/request-id.ts'
import { createFullTextTest, foldLazily } from '../../domain/journal/search/matches.ts'
import { isFieldTerm, type Search } from '../../domain/journal/search/parse.ts'
import type { ExchangeQuery } from '../../domain/ports/journal.ts'
import { firstSessionId } from '../../domain/tenants/tenant.ts'
import { bodyLengthOfRow, type ExchangeRow, rowTexts, withBodies } from '../common/exchange-rows.ts'
import { searchToSql } from '../common/search-to-sql.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import { afterAll, columnsWith, isOfServer, withNotes } from './exchange-rows.ts'
import { numberPlaceholders, type SqlValue, type Statement } from './statement.ts'

const maxPortion = 100
/** A search for texts reads more rows at a time, as long as they are short: they are read for nothing else. */
const maxRowsToSearch = 1000
const lengthToSearch = 512 * 1024
/** The characters of both bodies in a portion, apart from those of its last row. */
const maxPortionLength = 256 * 1024
/** The exchanges that a statement with conditions looks at: as many as take about `targetTime` milliseconds. */
const initialWindow = 1000
const maxWindow = 100_000
const targetTime = 10

type Condition = { readonly sql: string; readonly values: readonly SqlValue[] }

type Conditions = {
  readonly indexed: readonly Condition[]
  readonly others: readonly Condition[]
}

function toConditions(search: Search): Conditions {
  const indexed: Condition[] = []
  const others: Condition[] = []
  const terms = search.filter(isFieldTerm)
  const isOfTenant = terms.some(({ key, not }) => key === 'tenant' && !not)
  for (const term of terms) {
    const conditions = searchToSql([term], postgresDialect)
    const { key, value, not } = term
    if (key === 'tenant' && !not) indexed.push(...conditions)
    else if (key === 'cycle' && !not) {
      others.push(...conditions)
      indexed.push(...notBeforeCycle(value))
    } else if (key === 'resource' && !not && isOfTenant && canStore(value)) {
      indexed.push(...conditions, { sql: 'left(target_id, 256) = left(?, 256)', values: [value] })
    } else others.push(...conditions)
  }
  return { indexed, others }
}

/** How much earlier than the first request of a cycle another one may have begun: it took longer. Milliseconds. */
const longestRequest = 10 * 60 * 1000

/** A cycle has the id of its first exchange, which begins with the time. */
function notBeforeCycle(cycle: string): readonly Condition[] {
  const [, high = '', low = ''] = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(cycle) ?? []
  if (high === '') return []
  return [{ sql: 'id >= ?', values: [idAt(Number.parseInt(high + low, 16) - longestRequest)] }]
}

function query(
  select: string,
  conditions: readonly Condition[],
  rest: string,
): { readonly statement: Statement; readonly values: readonly SqlValue[] } {
  const where = conditions.map(({ sql }) => sql).join(' and ')
  return {
    statement: { text: numberPlaceholders(`${select} where ${where} ${rest}`) },
    values: conditions.flatMap(({ values }) => values),
  }
}

export function createJournalSearch(reads: Pick<Reads, 'query'>) {
  const select = async <Row>(...parts: Parameters<typeof query>): Promise<readonly Row[]> => {
    const { statement, values } = query(...parts)
    return reads.query<Row>(statement, values)
  }

  const findFloor = async (indexed: readonly Condition[], end: string, window: number) => {
    const [row] = await select<{ readonly id: string }>(
      'select id from exchanges',
      [{ sql: 'id < ?', values: [end] }, ...indexed],
      `order by id desc offset ${window - 1} limit 1`,
    )
    return row?.id
  }

  async function* findPart(
    { search = [], bodies = 'all', signal }: SearchQuery,
    end: string,
    most: number,
    part: Condition,
  ): AsyncGenerator<readonly ExchangeRow[]> {
    const { indexed: ofSearch, others } = toConditions(search)
    const indexed = [part, ...ofSearch]
    const hasTexts = createFullTextTest(search)
    let window = initialWindow
    let rowsToSearch = maxPortion
    let reached: string | undefined = end
    let left = most
    while (reached !== undefined && left > 0) {
      signal?.throwIfAborted()
      const started = performance.now()
      // Without other conditions, the statement ends after as many rows as it returns.
      const floor: string | undefined =
        others.length > 0 ? await findFloor(indexed, reached, window) : undefined
      const limit = hasTexts ? rowsToSearch : Math.min(left, maxPortion)
      const rows: readonly ExchangeRow[] = await select<ExchangeRow>(
        `select ${columnsWith(hasTexts ? 'all' : bodies)} from exchanges ${withNotes}`,
        [
          { sql: 'id < ?', values: [reached] },
          ...(floor === undefined ? [] : [{ sql: 'id >= ?', values: [floor] }]),
          ...indexed,
          ...others,
        ],
        `order by id desc limit ${limit}`,
      )
      reached = rows.length === limit ? rows.at(-1)?.id : floor
      rowsToSearch = nextRowsToSearch(rowsToSearch, rows)
      window = nextWindow(window, performance.now() - started)
      const found = hasTexts
        ? rows.filter(row => hasTexts(foldLazily(rowTexts(row)))).map(row => withBodies(row, bodies))
        : rows
      for (const portion of portionsOf(found.slice(0, left))) {
        signal?.throwIfAborted()
        yield portion
      }
      left -= found.length
    }
  }

  return async function* find(query, end, most = Number.POSITIVE_INFINITY) {
    let left = most
    // The ids of opened sessions are greater than those of this server, and come last.
    for (const part of end > firstSessionId && end !== afterAll ? [ofSessions] : [ofServer, ofSessions]) {
      if (left <= 0) return
      for await (const rows of findPart(
        query,
        part === ofSessions && end < firstSessionId ? afterAll : end,
        left,
        part,
      )) {
        left -= rows.length
        yield rows
      }
    }
  } satisfies Find
}

type SearchQuery = Pick<ExchangeQuery, 'search' | 'bodies' | 'signal'>

type Find = (query: SearchQuery, end: string, most?: number) => AsyncGenerator<readonly ExchangeRow[]>

const ofServer: Condition = { sql: isOfServer('id'), values: [] }
const ofSessions: Condition = { sql: `id >= '${firstSessionId}'`, values: [] }

const nextWindow = (window: number, took: number): number =>
  took < targetTime ? Math.min(maxWindow, 2 * window) : Math.max(initialWindow, Math.floor(window / 2))

const nextRowsToSearch = (count: number, rows: readonly ExchangeRow[]): number =>
  rows.reduce((sum, row) => sum + bodyLengthOfRow(row), 0) < lengthToSearch / 2
    ? Math.min(maxRowsToSearch, 2 * count)
    : Math.max(maxPortion, Math.floor(count / 2))

function* portionsOf(rows: readonly ExchangeRow[]): Generator<readonly ExchangeRow[]> {
  let portion: ExchangeRow[] = []
  let length = 0
  for (const row of rows) {
    portion.push(row)
    length += bodyLengthOfRow(row)
    if (length < maxPortionLength && portion.length < maxPortion) continue
    yield portion
    portion = []
    length = 0
  }
  if (portion.length > 0) yield portion
}
