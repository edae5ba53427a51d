import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { RingReader } from '../../domain/journal/record-ring.ts'
import { keepRedactor } from '../../domain/journal/redact-recorded.ts'
import type { ClockJump, JournalLimit, Retention } from '../../domain/ports/journal.ts'
import type { SessionCounts, SessionRows } from '../../domain/ports/snapshots.ts'
import { type RowValues, rowOf, sizeOfValues, storedColumns } from '../common/exchange-rows.ts'
import { type Amount, kindOf, plus, pruningInterval } from '../common/journal-limits.ts'
import type { BatchRows } from '../common/plans/analysis.ts'
import { syncFile } from '../common/private-files.ts'
import { createAnalysisWriter } from './analysis-writer.ts'
import { type CopiedError, copyError } from './calls.ts'
import {
  checkpoint,
  disableCheckpoints,
  maxJournalLogBytes,
  needsCheckpoint,
  truncateByCommits,
} from './connections.ts'
import { createCompaction, type Database } from './database.ts'
import { createPositions } from './journal-file.ts'
import {
  createPruning,
  createPruningClock,
  type DeletedRow,
  defaultKeepBytes,
  type Pruning,
  type PruningStep,
  returningDeleted,
} from './journal-pruning.ts'
import { createSessionJournal, ofServer, serverBounds } from './session-journal.ts'
import { createTransaction, transactionStatements, writeFailed } from './transaction.ts'

const rowsPerBlock = 256

export type RecordResult = GroupResult & { readonly checkpointError?: CopiedError }

export type JournalOperations = ReturnType<typeof createJournalOperations>

/**
 * All writes to the journal, each in transactions of its own, except that exchanges share one until another write begins. The thread
 * of the journal runs them, or the caller's thread for a journal in memory. Long ones run in steps, between which others run.
 */
export function createJournalOperations(db: Database, given: Retention, ring: RingReader) {
  if (!db.memory) {
    disableCheckpoints(db)
    truncateByCommits(db)
  }
  const commit = createTransaction(db)
  const analysis = createAnalysisWriter(db)
  const keepBytes = given.bytes ?? defaultKeepBytes(db)
  const retention: Retention = { ...given, bytes: keepBytes }
  const pruning = createPruning(db, retention)
  const advance = createPositions(db)
  const clock = createPruningClock(db)
  const bounds = db.prepare<[], { first: number; last: number }>(serverBounds)
  const oldestTime = db.prepare<[], { at: number }>(
    `select at from exchanges where ${ofServer} order by seq limit 1`,
  )
  const sessions = createSessionJournal(db)
  const deleteBlock = db.prepare<[number, number], DeletedRow>(
    `delete from exchanges where seq >= ? and seq <= ? ${returningDeleted}`,
  )
  const deleteBlockOf = db.prepare<[number, number, string], DeletedRow>(
    `delete from exchanges where seq >= ? and seq <= ? and tenant = ? ${returningDeleted}`,
  )

  const group = createExchangeGroups(db, pruning, bounds.get()?.last ?? 0)

  /** Returns the error of a checkpoint: what was committed is stored in the log, and the next commit tries again. */
  const limitLog = (): CopiedError | undefined => {
    if (db.memory) return undefined
    try {
      if (needsCheckpoint(db, maxJournalLogBytes)) checkpoint(db, 'passive')
      return undefined
    } catch (error) {
      return copyError(writeFailed(db, error))
    }
  }

  let taken = 0

  const takeExchanges = (upTo: number): readonly CopiedError[] => {
    const errors: CopiedError[] = []
    const redactorFor = keepRedactor()
    for (; taken < upTo; taken++) {
      const next = ring.take()
      if (!next) break
      try {
        group.add(rowOf(next, redactorFor))
      } catch (error) {
        errors.push(copyError(error))
      }
    }
    return errors
  }

  const withoutGroup = <Result>(job: () => Result): Result => {
    group.close()
    return job()
  }

  const write = <Result>(job: () => Result): Result => {
    try {
      return withoutGroup(() =>
        commit(() => {
          const result = job()
          pruning.save()
          return result
        }),
      )
    } catch (error) {
      pruning.rolledBack()
      throw error
    } finally {
      limitLog()
    }
  }

  const writeInSteps = async (step: PruningStep): Promise<void> => {
    while (write(step)) await sharedSlices.next()
  }

  const compaction = createCompaction(
    db,
    // Exchanges arrive between the steps of a compaction.
    { write: async job => write(job), betweenCommits: withoutGroup },
    async () => void withoutGroup(() => checkpoint(db, 'truncate')),
  )

  /** Deletes the exchanges from `first` to `last` for about one time slice at a time. */
  const deleteBetween = (first: number, last: number, tenant: string | undefined): PruningStep => {
    let from = first
    return () => {
      while (from <= last) {
        const end = Math.min(last, from + rowsPerBlock - 1)
        pruning.deleted(
          tenant === undefined ? deleteBlock.all(from, end) : deleteBlockOf.all(from, end, tenant),
        )
        from = end + 1
        if (sharedSlices.isOver()) break
      }
      return from <= last
    }
  }

  const deleteSession = (tenant: string): Promise<void> => writeInSteps(() => sessions.remove(tenant))

  return {
    /**
     * Adds exchanges to the group that shares a commit: those in the ring up to a number, counted from the first one that was written
     * to it. The last call commits the group, and returns its result.
     */
    record(upTo: number, isLast: boolean): RecordResult {
      const errors = takeExchanges(upTo)
      if (!isLast) return { errors }
      const result = group.end()
      const checkpointError = limitLog()
      return { ...result, errors: [...errors, ...result.errors], ...(checkpointError && { checkpointError }) }
    },

    newest: group.newest,

    extent() {
      const { authenticated, unauthenticated } = pruning.stored()
      return {
        ...plus(authenticated, unauthenticated),
        oldest: oldestTime.get()?.at,
        keepBytes: Number.isFinite(keepBytes) ? keepBytes : undefined,
      }
    },

    saveBatch: (batch: BatchRows) => write(() => analysis.saveBatch(batch)),

    startSession: (tenant: string, counts: SessionCounts): boolean =>
      write(() => sessions.start(tenant, counts)),
    addSessionRows: (tenant: string, batch: SessionRows): void => write(() => sessions.add(tenant, batch)),
    deleteSession,
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

    limits: () => withoutGroup(pruning.nextReports),

    advance: () => withoutGroup(advance),

    async prune(now: number): Promise<ClockJump | undefined> {
      const jump = write(() => clock.detectJump(now))
      if (!jump) await writeInSteps(pruning.byAge(now))
      await writeInSteps(pruning.byLimits())
      return jump
    },

    compact: compaction.compact,
    shrink: compaction.shrink,
  }
}

const maxPrunedPerWrite = 1000
/** A commit writes pages of the indexes: few for many exchanges together. */
const maxUncommitted: Amount = { exchanges: 2048, bytes: 16 * 1024 * 1024 }

type GroupResult = {
  readonly errors: readonly CopiedError[]
  readonly failure?: { readonly error: CopiedError; readonly exchanges: number }
  readonly limits?: readonly JournalLimit[]
}

/**
 * Inserts exchanges, those of several calls in one transaction: the targets of exchanges are in no order, so a commit writes most
 * pages of their index, however many exchanges it has. `newest` is the number of the last one that is stored.
 */
function createExchangeGroups(db: Database, pruning: Pruning, newest: number) {
  const { begin, commit, rollback } = transactionStatements(db)
  const insert = db.prepare(
    `insert into exchanges (seq, ${storedColumns.join(', ')}) values (?, ${storedColumns.map(() => '?').join(', ')})`,
  )
  // This is the only connection that writes, so the number is held in memory.
  let seq = newest
  let sincePruned: Amount = { exchanges: 0, bytes: 0 }
  let reports: readonly JournalLimit[] = []
  let uncommitted = 0
  let uncommittedBytes = 0
  let errors: CopiedError[] = []
  let failure: Error | undefined
  let lost = 0

  const insertOrLose = (values: RowValues): void => {
    try {
      insert.run(++seq, values)
      const { isUnauthenticated, bytes } = sizeOfValues(values)
      const added = { exchanges: 1, bytes }
      uncommittedBytes += bytes
      pruning.added(kindOf(isUnauthenticated), added)
      sincePruned = plus(sincePruned, added)
    } catch (error) {
      // A failing disk affects the whole transaction; a constraint violation affects this exchange alone.
      if (isDatabaseFailure(error)) throw error
      errors.push(copyError(error))
      uncommitted--
    }
  }

  const pruneExcess = (): void => {
    const { exchanges, bytes } = sincePruned
    if (exchanges < pruningInterval.exchanges && bytes < pruningInterval.bytes) return
    const found = pruning.nextReports()
    reports = [...reports, ...found]
    // The report comes first. Then more than were added, so that a lowered retention is reached.
    if (found.length === 0) pruning.deleteExcess(maxPrunedPerWrite)
    sincePruned = { exchanges: 0, bytes: 0 }
  }

  const fail = (error: unknown): void => {
    failure = writeFailed(db, error)
    lost += uncommitted
    uncommitted = 0
    uncommittedBytes = 0
    if (db.inTransaction) rollback.run()
    pruning.rolledBack()
  }

  const open = (): void => {
    if (!db.inTransaction) begin.run()
  }

  const close = (): void => {
    if (!db.inTransaction) return
    try {
      pruning.save()
      commit.run()
      uncommitted = 0
      uncommittedBytes = 0
    } catch (error) {
      fail(error)
    }
  }

  return {
    newest: (): number => seq,
    add(values: RowValues): void {
      if (failure) {
        lost++
        return
      }
      uncommitted++
      try {
        open()
        insertOrLose(values)
        pruneExcess()
        if (uncommitted >= maxUncommitted.exchanges || uncommittedBytes >= maxUncommitted.bytes) close()
      } catch (error) {
        fail(error)
      }
    },
    close,
    end(): GroupResult {
      close()
      const result = {
        errors,
        ...(failure && { failure: { error: copyError(failure), exchanges: lost } }),
        ...(reports.length > 0 && { limits: reports }),
      }
      errors = []
      reports = []
      failure = undefined
      lost = 0
      return result
    },
  }
}

const isDatabaseFailure = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && !String(error.code).startsWith('SQLITE_CONSTRAINT')
