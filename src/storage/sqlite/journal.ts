import { clearTimeout, setTimeout } from 'node:timers'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Entry } from '../../domain/journal/record-layout.ts'
import type { RingWriter } from '../../domain/journal/record-ring.ts'
import { cycleIn, isFieldTerm, type Search } from '../../domain/journal/search/parse.ts'
import { createLosses, createSubscriptions, type Summary, summarize } from '../../domain/journal/summary.ts'
import { DatabaseError } from '../../domain/ports/database.ts'
import {
  type ClockJump,
  CursorError,
  type ExchangeQuery,
  type Journal,
  type JournalLimit,
  maxFailed,
  type Retention,
} from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'
import { toExchange } from '../common/exchange-rows.ts'
import { type Call, restoreError } from './calls.ts'
import type { Database } from './database.ts'
import {
  createExchangeFinder,
  type ExchangeRow,
  exchangeColumns,
  exchangesWithNotes,
  lastAnalyzed,
} from './exchange-rows.ts'
import type { JournalOperations, RecordResult } from './journal-operations.ts'
import { createSessionRanges, type IsListed, type SeqRange, serverBounds } from './session-journal.ts'

export type JournalDatabase = {
  readonly reads: Database
  /** Runs an operation on the connection that writes, after everything that was recorded before. */
  readonly call: Call<JournalOperations>
  readonly record: (entry: Entry) => void
  readonly room: () => Promise<void> | undefined
  readonly prune: (now: number) => Promise<ClockJump | undefined>
  readonly lostCount: () => number
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

export type JournalOptions = {
  readonly retention: Retention
  readonly onLost?: (error: unknown) => void
  readonly onLimit?: (limit: JournalLimit) => void
  readonly onReplaced?: (error: Error) => void
  readonly onFatal?: (error: Error) => void
}

/** Milliseconds until exchanges are committed. A crash loses what waits. */
const maxDelay = 200
/** Exchanges, and the length of their bodies, that are to be taken from the ring at a time. */
export type Portion = { readonly exchanges: number; readonly length: number }

export type CreateRing = (takeAll: () => void) => RingWriter

const closedError = () => new DatabaseError('The journal is closed. Restart the server.')

export function createJournalDatabase(
  reads: Database,
  call: Call<JournalOperations>,
  { createRing, portion }: { readonly createRing: CreateRing; readonly portion: Portion },
  {
    onLost = () => {},
    onLimit = () => {},
    onFatal = () => {},
    onFirst = () => {},
    onWritten = () => {},
  }: JournalOptions & {
    readonly onFirst?: () => void
    readonly onWritten?: () => void
  },
  closeConnections: () => Promise<void>,
): JournalDatabase {
  const losses = createLosses({ onLost, bottleneck: 'disk' })
  let recorded = 0
  let taken = 0
  let committed = 0
  let length = 0
  let isTaking = false
  let timer: NodeJS.Timeout | undefined
  let written: Promise<void> = Promise.resolve()
  let closed = false

  const reportFatal = (error: unknown) => {
    if (error instanceof DatabaseError && !closed) onFatal(error)
  }

  const take = (isLast: boolean): Promise<RecordResult> => {
    taken = recorded
    length = 0
    return call('record', recorded, isLast)
  }

  const reportTaken = ({ errors }: RecordResult): void => {
    ring.noteTaken()
    losses.end()
    for (const error of errors) losses.lose(restoreError(error))
  }

  // The next commit reports the end of the thread.
  const takeAll = (): void => void take(false).then(reportTaken, () => {})
  const ring = createRing(takeAll)

  const reportCommitted = (result: RecordResult): void => {
    const { failure, checkpointError, limits } = result
    for (const limit of limits ?? []) onLimit(limit)
    onWritten()
    reportTaken(result)
    if (checkpointError) onLost(restoreError(checkpointError))
    if (!failure) return
    const error = restoreError(failure.error)
    losses.lose(error, failure.exchanges)
    reportFatal(error)
  }

  const commit = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (committed === recorded) return
    const exchanges = recorded - committed
    committed = recorded
    written = take(true).then(reportCommitted, error => {
      losses.lose(error, exchanges)
      reportFatal(error)
    })
  }

  const takePortion = (): void => {
    if (isTaking || (recorded - taken < portion.exchanges && length < portion.length)) return
    isTaking = true
    take(false)
      .then(reportTaken)
      // The next commit reports the end of the thread.
      .catch(() => {})
      .finally(() => {
        isTaking = false
        takePortion()
      })
  }

  const add = (entry: Entry): void => {
    const result = ring.write(entry)
    if (result === 'full') losses.leaveOut(ring.waiting())
    if (result === 'too-large')
      losses.lose(new Error(`The request ${entry.id} is too large for the journal.`))
    if (result !== 'written') return
    recorded++
    if (recorded === 1) onFirst()
    length += (entry.request.body?.length ?? 0) + (entry.response.body?.length ?? 0)
    timer ??= setTimeout(commit, maxDelay).unref()
    takePortion()
  }

  const flush = async (): Promise<void> => {
    commit()
    await written
  }

  const callAfterRecorded: JournalDatabase['call'] = (name, ...args) => {
    // A response would let the process end before its thread has.
    if (closed) return Promise.reject(closedError())
    commit()
    const result = call(name, ...args)
    result.catch(reportFatal)
    return result
  }

  return {
    reads,
    record(entry) {
      if (closed) losses.lose(closedError())
      else add(entry)
    },
    room: ring.room,
    call: callAfterRecorded,
    async prune(now) {
      onWritten()
      for (const limit of await callAfterRecorded('limits')) onLimit(limit)
      return callAfterRecorded('prune', now)
    },
    lostCount: losses.count,
    flush,
    async close() {
      const flushed = flush()
      closed = true
      await flushed
      await closeConnections()
    },
  }
}

// The number of rows per turn of the event loop: a few milliseconds of work for an export.
const maxRowsPerSlice = 100

const failedSince = 'tenant = @tenant and status >= 400 and api is null and at >= @since'

/** Only opened sessions of listed tenants are shown: the others are being stored or deleted. */
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
  const idsBetween = reads
    .prepare<[string, string, number], string>(
      'select id from exchanges where id >= ? and id < ? order by id limit ?',
    )
    .pluck()
  const oldestFrom = reads.prepare<[number], { seq: number; id: string }>(
    'select seq, id from exchanges where seq >= ? and unauthenticated is null order by seq limit 1',
  )
  let oldestSeq = 1
  const positionOf = reads.prepare<[string], { seq: number }>('select seq from exchanges where id = ?')
  const sessions = createSessionRanges(reads, isListed)
  const rangesOf = (search: Search): readonly SeqRange[] => {
    const own = bounds.get() ?? { first: 1, last: 0 }
    const tenant = search.filter(isFieldTerm).find(({ key, not }) => key === 'tenant' && !not)?.value
    return tenant === undefined ? [own, ...sessions.all()] : [sessions.of(tenant) ?? own]
  }
  const recorded = createSubscriptions<Summary>()

  /** Newest first; one slice per turn of the event loop. */
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

    async idsFrom(beginning, limit) {
      await db.flush()
      return idsBetween.all(beginning, `${beginning}~`, limit)
    },

    async oldest() {
      await db.flush()
      const found = oldestFrom.get(oldestSeq)
      oldestSeq = found?.seq ?? oldestSeq
      return found?.id
    },

    async unanalyzed(limit) {
      let rows = unanalyzedRows.all(limit)
      // The last exchanges of a backlog wait for a commit.
      if (rows.length < limit) {
        await db.flush()
        rows = unanalyzedRows.all(limit)
      }
      return rows.map(row => ({ position: row.seq, exchange: toExchange(row) }))
    },

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

function parseCursor({ cursor }: ExchangeQuery): number {
  if (cursor === undefined) return Number.POSITIVE_INFINITY
  const seq = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(seq) || seq === 0 || toCursor({ seq }) !== cursor) throw new CursorError()
  return seq
}
