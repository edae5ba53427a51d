import { type RowValues, storedColumns } from '../persistence/exchange-rows.ts'
import { type CopiedError, copyError } from './calls.ts'
import type { Database } from './database.ts'
import type { Pruning } from './journal-pruning.ts'
import { transactionStatements, writeFailed } from './transaction.ts'

// Pruned in small steps, so that no request waits for a large one.
const recordsPerPruning = 100
const maxPrunedPerWrite = 1000

export type GroupResult = {
  /** One for each exchange that can't be stored. */
  readonly errors: readonly CopiedError[]
  /** Why further exchanges are not stored, and how many. */
  readonly failure?: { readonly error: CopiedError; readonly exchanges: number }
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
  let sincePruned = 0
  /** Exchanges of the open transaction, and the number of rows before it. */
  let uncommitted = 0
  let rowsBefore = 0
  let errors: CopiedError[] = []
  let failure: Error | undefined
  /** Exchanges that the failure has lost. */
  let lost = 0

  const insertOrLose = (values: RowValues): void => {
    try {
      insert.run(++seq, values)
      pruning.added(1)
    } catch (error) {
      // A failing disk affects the whole transaction; a constraint violation affects this exchange alone.
      if (isDatabaseFailure(error)) throw error
      errors.push(copyError(error))
      uncommitted--
    }
  }

  const pruneExcess = (added: number): void => {
    sincePruned += added
    if (sincePruned < recordsPerPruning) return
    // More than were added, so that a lowered retention is reached.
    pruning.deleteExcess(Math.min(2 * sincePruned, maxPrunedPerWrite))
    sincePruned = 0
  }

  const fail = (error: unknown): void => {
    failure = writeFailed(db, error)
    lost += uncommitted
    uncommitted = 0
    if (db.inTransaction) rollback.run()
    pruning.added(rowsBefore - pruning.rowCount())
  }

  const open = (): void => {
    if (db.inTransaction) return
    rowsBefore = pruning.rowCount()
    begin.run()
  }

  /** Commits what was added, so that another transaction can begin. */
  const close = (): void => {
    if (!db.inTransaction) return
    try {
      commit.run()
      uncommitted = 0
    } catch (error) {
      fail(error)
    }
  }

  return {
    newest: (): number => seq,
    /** After a failure, the rest of the group is lost, too: `end` reports it. */
    add(rows: readonly RowValues[]): void {
      if (failure) {
        lost += rows.length
        return
      }
      uncommitted += rows.length
      try {
        open()
        for (const values of rows) insertOrLose(values)
        pruneExcess(rows.length)
      } catch (error) {
        fail(error)
      }
    },
    close,
    /** Commits the group. */
    end(): GroupResult {
      close()
      const result = {
        errors,
        ...(failure && { failure: { error: copyError(failure), exchanges: lost } }),
      }
      errors = []
      failure = undefined
      lost = 0
      return result
    },
  }
}

const isDatabaseFailure = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && !String(error.code).startsWith('SQLITE_CONSTRAINT')
