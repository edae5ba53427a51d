import { sharedSlices } from '../event-loop/slices.ts'
import { type RowValues, storedColumns } from '../persistence/exchange-rows.ts'
import { syncFile } from '../persistence/private-files.ts'
import type { ClockJump, Retention } from '../ports/journal.ts'
import type { SessionCounts, SessionRows } from '../ports/opened-sessions.ts'
import { type BatchRows, createAnalysisWriter } from './analysis-rows.ts'
import { type CopiedError, copyError } from './calls.ts'
import {
  checkpoint,
  disableCheckpoints,
  maxJournalLogBytes,
  needsCheckpoint,
  truncateByCommits,
} from './checkpoints.ts'
import { createCompaction, type Database } from './database.ts'
import { createPruning, createPruningClock, type PruningStep } from './journal-pruning.ts'
import { createSessionJournal, ofServer, serverBounds } from './session-journal.ts'
import { createTransaction } from './writer.ts'

// Pruned in small steps, so that no request waits for a large one.
const recordsPerPruning = 100
const maxPrunedPerWrite = 1000
const rowsPerBlock = 256

export type JournalOperations = ReturnType<typeof createJournalOperations>

/**
 * All writes to the journal, each in transactions of its own. The thread of the journal runs them, or the caller's
 * thread for a journal in memory. Long ones run in steps, between which others run.
 */
export function createJournalOperations(db: Database, retention: Retention) {
  if (!db.memory) {
    disableCheckpoints(db)
    truncateByCommits(db)
  }
  const commit = createTransaction(db)
  const analysis = createAnalysisWriter(db)
  const pruning = createPruning(db, retention)
  const clock = createPruningClock(db)
  const insert = db.prepare(
    `insert into exchanges (seq, ${storedColumns.join(', ')}) values (?, ${storedColumns.map(() => '?').join(', ')})`,
  )
  const bounds = db.prepare<[], { first: number; last: number }>(serverBounds)
  const oldestTime = db.prepare<[], { at: number }>(
    `select at from exchanges where ${ofServer} order by seq limit 1`,
  )
  const sessions = createSessionJournal(db)
  const deleteBlock = db.prepare<[number, number]>('delete from exchanges where seq >= ? and seq <= ?')
  const deleteBlockOf = db.prepare<[number, number, string]>(
    'delete from exchanges where seq >= ? and seq <= ? and tenant = ?',
  )

  let sincePruned = 0
  // This is the only connection that writes, so the number is held in memory.
  let seq = bounds.get()?.last ?? 0

  const write = <Result>(job: () => Result): Result => {
    const result = commit(job)
    if (!db.memory && needsCheckpoint(db, maxJournalLogBytes)) checkpoint(db, 'passive')
    return result
  }

  const writeInSteps = async (step: PruningStep): Promise<void> => {
    while (write(step)) await sharedSlices.next()
  }

  const compaction = createCompaction(
    db,
    { write: async job => write(job), betweenCommits: job => job() },
    async () => void checkpoint(db, 'truncate'),
  )

  const insertOrLose = (values: RowValues): CopiedError | undefined => {
    try {
      insert.run(++seq, values)
      pruning.added(1)
      return undefined
    } catch (error) {
      // A failing disk affects the whole batch; a constraint violation affects this exchange alone.
      if (isDatabaseFailure(error)) throw error
      return copyError(error)
    }
  }

  const pruneExcess = (added: number): void => {
    sincePruned += added
    if (sincePruned < recordsPerPruning) return
    // More than were added, so that a lowered retention is reached.
    pruning.deleteExcess(Math.min(2 * sincePruned, maxPrunedPerWrite))
    sincePruned = 0
  }

  /** Deletes the exchanges from `first` to `last` for about one time slice at a time. */
  const deleteBetween = (first: number, last: number, tenant: string | undefined): PruningStep => {
    let from = first
    return () => {
      while (from <= last) {
        const end = Math.min(last, from + rowsPerBlock - 1)
        const { changes } =
          tenant === undefined ? deleteBlock.run(from, end) : deleteBlockOf.run(from, end, tenant)
        pruning.added(-changes)
        from = end + 1
        if (sharedSlices.isOver()) break
      }
      return from <= last
    }
  }

  const deleteSession = (tenant: string): Promise<void> => writeInSteps(() => sessions.remove(tenant))

  return {
    /** Returns the errors of the exchanges that can't be stored. */
    record: (rows: readonly RowValues[]): readonly CopiedError[] =>
      write(() => {
        const errors = rows.flatMap(values => insertOrLose(values) ?? [])
        pruneExcess(rows.length)
        return errors
      }),

    /** The number of the newest exchange. */
    newest: (): number => seq,

    extent: () => ({ exchanges: pruning.rowCount(), oldest: oldestTime.get()?.at }),

    saveBatch: (batch: BatchRows) => write(() => analysis.saveBatch(batch)),

    /** Reserves the numbers of a session. False if the journal has requests to a tenant of this id. */
    startSession: (tenant: string, counts: SessionCounts): boolean =>
      write(() => sessions.start(tenant, counts)),
    addSessionRows: (tenant: string, batch: SessionRows): void => write(() => sessions.add(tenant, batch)),
    deleteSession,
    /** Deletes the sessions of other tenants. */
    async keepSessions(tenants: readonly string[]): Promise<void> {
      for (const tenant of sessions.others(tenants)) await deleteSession(tenant)
    },

    deleteOldCycles: () => write(analysis.deleteOldCycles),

    clearSetup: (tenant: string): void => write(() => analysis.clearSetup(tenant)),

    /**
     * Deletes the exchanges of a tenant, or of all, up to a number, then its cycles and setup steps. When it ends, the
     * changes are on disk.
     */
    async clear(tenant: string | undefined, upTo: number): Promise<void> {
      const { first } = bounds.get() ?? { first: 1 }
      await writeInSteps(deleteBetween(first, upTo, tenant))
      write(() => analysis.clear(tenant))
      if (!db.memory) syncFile(`${db.name}-wal`)
    },

    async prune(now: number): Promise<ClockJump | undefined> {
      const jump = write(() => {
        pruning.recount()
        return clock.detectJump(now)
      })
      if (!jump) await writeInSteps(pruning.byAge(now))
      await writeInSteps(pruning.byCount())
      return jump
    },

    compact: compaction.compact,
    shrink: compaction.shrink,
  }
}

const isDatabaseFailure = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && !String(error.code).startsWith('SQLITE_CONSTRAINT')
