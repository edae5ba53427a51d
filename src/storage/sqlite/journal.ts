import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { cycleIn, isFieldTerm, type Search } from '../../domain/journal/search/parse.ts'
import { createSubscriptions, type Summary, summarize } from '../../domain/journal/summary.ts'
import { CursorError, type ExchangeQuery, type Journal, maxFailed } from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'
import { toExchange } from '../common/exchange-rows.ts'
import {
  createExchangeFinder,
  type ExchangeRow,
  exchangeColumns,
  exchangesWithNotes,
  lastAnalyzed,
} from './exchange-rows.ts'
import type { JournalDatabase } from './journal-writer.ts'
import { createSessionRanges, type IsListed, type SeqRange, serverBounds } from './session-journal.ts'

// The number of rows per turn of the event loop: a few milliseconds of work for an export.
const maxRowsPerSlice = 100

const failedSince = 'tenant = @tenant and status >= 400 and api is null and at >= @since'

/**
 * The journal in SQLite, read on a connection of its own. It shows opened sessions of listed tenants only: the others are being stored
 * or deleted.
 */
export function createJournal(db: JournalDatabase, isListed?: IsListed): Journal {
  const { reads } = db
  const findRows = createExchangeFinder(reads)
  const rowWithId = reads.prepare<[string], ExchangeRow>(
    `select ${exchangeColumns} from ${exchangesWithNotes} where id = ?`,
  )
  const unanalyzedRows = reads.prepare<[number], ExchangeRow>(
    `select ${exchangeColumns} from ${exchangesWithNotes} where seq > ${lastAnalyzed} order by seq limit ?`,
  )
  const failed = reads.prepare<[{ tenant: string; since: number }], { count: number; last: string | null }>(
    `select count(*) as count, (select id from exchanges where ${failedSince} order by at desc, id desc limit 1) as last
      from (select 1 from exchanges where ${failedSince} order by at desc limit ${maxFailed})`,
  )
  const bounds = reads.prepare<[], { first: number; last: number }>(serverBounds)
  const oldestFrom = reads.prepare<[number], { seq: number; id: string }>(
    'select seq, id from exchanges where seq >= ? and unauthenticated is null order by seq limit 1',
  )
  /** The number of the oldest exchange that was found: those before it are not read again. */
  let oldestSeq = 1
  const positionOf = reads.prepare<[string], { seq: number }>('select seq from exchanges where id = ?')
  const sessions = createSessionRanges(reads, isListed)
  /** The numbers of the exchanges that a search is about, in the order of the search: opened sessions come last. */
  const rangesOf = (search: Search): readonly SeqRange[] => {
    const own = bounds.get() ?? { first: 1, last: 0 }
    const tenant = search.filter(isFieldTerm).find(({ key, not }) => key === 'tenant' && !not)?.value
    return tenant === undefined ? [own, ...sessions.all()] : [sessions.of(tenant) ?? own]
  }
  const recorded = createSubscriptions<Summary>()

  /** The matches of a search below `end`, newest first; one slice per turn of the event loop. */
  async function* findBackwards(
    { search = [], bodies = 'all', signal }: Pick<ExchangeQuery, 'search' | 'bodies' | 'signal'>,
    end = Number.POSITIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly ExchangeRow[]> {
    await db.flush()
    // A cycle has the id of its first exchange: no earlier one belongs to it. The numbers of sessions are negative.
    const begin = positionOf.get(cycleIn(search) ?? '')?.seq ?? Number.NEGATIVE_INFINITY
    let left = maximum
    for (const range of rangesOf(search)) {
      const first = Math.max(range.first, begin)
      let reached = Math.min(end, range.last + 1)
      while (reached > first && left > 0) {
        await sharedSlices.next(signal)
        const found = findRows(search, { first, end: reached }, Math.min(left, maxRowsPerSlice), bodies)
        reached = found.end
        left -= found.rows.length
        if (found.rows.length > 0) yield found.rows
      }
    }
  }

  return {
    record(entry) {
      db.record(entry)
      recorded.publish(summarize(entry))
    },

    room: db.room,

    // What it waits for is read in this process, before the next request.
    announce() {},

    async page(query) {
      const rows: ExchangeRow[] = []
      for await (const found of findBackwards(query, parseCursor(query), query.limit + 1)) rows.push(...found)
      const pageRows = rows.slice(0, query.limit)
      const oldest = pageRows.at(-1)
      return {
        items: pageRows.map(toExchange),
        ...(rows.length > pageRows.length && oldest && { next: toCursor(oldest) }),
      }
    },

    async *batches(query) {
      for await (const rows of findBackwards(query)) yield rows.map(toExchange)
    },

    async find(id) {
      await db.flush()
      const row = rowWithId.get(id)
      return row && toExchange(row)
    },

    async oldest() {
      await db.flush()
      const found = oldestFrom.get(oldestSeq)
      oldestSeq = found?.seq ?? oldestSeq
      return found?.id
    },

    async unanalyzed(limit) {
      let rows = unanalyzedRows.all(limit)
      // Of a backlog, those that wait for a commit are the last ones.
      if (rows.length < limit) {
        await db.flush()
        rows = unanalyzedRows.all(limit)
      }
      return rows.map(row => ({ position: row.seq, exchange: toExchange(row) }))
    },

    // This is the only instance.
    subscribe: recorded.subscribe,
    subscribeHere: recorded.subscribe,
    onUnanalyzed: recorded.subscribe,

    async failed(tenant, since) {
      await db.flush()
      const { count = 0, last } = failed.get({ tenant, since }) ?? {}
      return { count, ...(typeof last === 'string' && { last }) }
    },

    async extent() {
      return { ...compact(await db.call('extent')), lost: db.lostCount() }
    },

    prune: db.prune,
  }
}

const toCursor = ({ seq }: { readonly seq: number }) => Buffer.from(String(seq)).toString('base64url')

/** The number below which the page starts. */
function parseCursor({ cursor }: ExchangeQuery): number {
  if (cursor === undefined) return Number.POSITIVE_INFINITY
  const seq = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(seq) || seq === 0 || toCursor({ seq }) !== cursor) throw new CursorError()
  return seq
}
