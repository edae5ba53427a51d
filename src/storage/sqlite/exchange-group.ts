import type { JournalLimit } from '../../domain/ports/journal.ts'
import { type RowValues, sizeOfValues, storedColumns } from '../common/exchange-rows.ts'
import { type Amount, kindOf, plus, pruningInterval } from '../common/journal-limits.ts'
import { type CopiedError, copyError } from './calls.ts'
import type { Database } from './database.ts'
import type { Pruning } from './journal-pruning.ts'
import { transactionStatements, writeFailed } from './transaction.ts'

const maxPrunedPerWrite = 1000
/** A commit writes pages of the indexes: few for many exchanges together. */
const maxUncommitted: Amount = { exchanges: 2048, bytes: 16 * 1024 * 1024 }

export type GroupResult = {
  readonly errors: readonly CopiedError[]
  readonly failure?: { readonly error: CopiedError; readonly exchanges: number }
  readonly limits?: readonly JournalLimit[]
}

/**
 * Inserts exchanges, those of several calls in one transaction: the targets of exchanges are in no order, so a commit writes most
 * pages of their index, however many exchanges it has. `newest` is the number of the last one that is stored.
 */
export function createExchangeGroups(db: Database, pruning: Pruning, newest: number) {
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
