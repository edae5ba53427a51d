import { DatabaseError } from './database-error.ts'
import type { Database } from './sqlite.ts'
import type { Writer } from './writer.ts'

export type WriterOptions = {
  /** The database can't be written; everyone in the batch has been told. */
  readonly onFatal?: (error: Error) => void
  /** A job handed to `soon` failed, alone or with its batch. */
  readonly onLost?: (error: unknown) => void
}

export type ClosableWriter = Writer & {
  /** Writes what has been handed over, and takes no more. */
  close(): Promise<void>
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }
type Job = { readonly run: () => unknown; readonly settle: (outcome: Outcome) => void }

const longestWait = 50

/** Collects the jobs of one turn of the event loop, and of `soon`, into one commit. */
export function createWriter(
  db: Database,
  { onFatal = () => {}, onLost = () => {} }: WriterOptions = {},
): ClosableWriter {
  const runBatch = createBatch(db)
  let urgent: Job[] = []
  let patient: Job[] = []
  let turn: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const commit = () => {
    clearImmediate(turn)
    clearTimeout(timer)
    turn = undefined
    timer = undefined
    const jobs = [...urgent, ...patient]
    const isPatient = urgent.length === 0
    urgent = []
    patient = []
    if (jobs.length === 0) return
    const outcomes = isPatient ? unsynced(db, () => runBatch(jobs)) : runBatch(jobs)
    for (const [at, { settle }] of jobs.entries()) settle(outcomes[at] ?? { error: notRun() })
    const fatal = outcomes.find(outcome => 'error' in outcome && outcome.error instanceof DatabaseError)
    if (fatal && 'error' in fatal) onFatal(fatal.error as DatabaseError)
  }

  const write = <Result>(job: () => Result): Promise<Result> => {
    if (closed) return Promise.reject(closedError())
    turn ??= setImmediate(commit)
    return new Promise<Result>((resolve, reject) => {
      urgent.push({
        run: job,
        settle: outcome => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as Result)),
      })
    })
  }

  const soon = (job: () => void): void => {
    const settle = (outcome: Outcome) => {
      if ('error' in outcome) onLost(outcome.error)
    }
    if (closed) {
      settle({ error: closedError() })
      return
    }
    patient.push({ run: job, settle })
    timer ??= setTimeout(commit, longestWait).unref()
  }

  const flush = async (): Promise<void> => commit()

  const close = async (): Promise<void> => {
    commit()
    closed = true
  }

  return { write, soon, flush, close }
}

/**
 * What may wait is promised to nobody, so its commit doesn't wait for the disk either; the next commit that does
 * brings it there too. In memory there is nothing to wait for.
 */
function unsynced<Result>(db: Database, run: () => Result): Result {
  if (db.memory) return run()
  db.pragma('synchronous = normal')
  try {
    return run()
  } finally {
    db.pragma('synchronous = full')
  }
}

const notRun = () => new Error('The batch ended before this job.')
const closedError = () => new DatabaseError('The database is closed: start the server again.')

/** Runs jobs in one immediate transaction; when that fails as a whole, each has the same `DatabaseError`. */
function createBatch(db: Database): (jobs: readonly Job[]) => readonly Outcome[] {
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const savepoint = db.prepare('savepoint job')
  const release = db.prepare('release job')
  const rollbackTo = db.prepare('rollback to job')

  const runInSavepoint = (job: Job): Outcome => {
    savepoint.run()
    try {
      const value = job.run()
      release.run()
      return { value }
    } catch (error) {
      // A full or failing disk can make SQLite roll everything back by itself: then it is the batch's error.
      if (!db.inTransaction) throw error
      rollbackTo.run()
      release.run()
      return { error: isDiskTrouble(error) ? unwritable(db, error) : error }
    }
  }

  const runAll = (jobs: readonly Job[]): readonly Outcome[] => {
    const outcomes = jobs.map(runInSavepoint)
    commit.run()
    return outcomes
  }

  // Alone, a job needs no savepoint: undoing it is undoing the transaction.
  const runAlone = (job: Job): Outcome => {
    let value: unknown
    try {
      value = job.run()
    } catch (error) {
      if (isDiskTrouble(error)) throw error
      rollback.run()
      return { error }
    }
    commit.run()
    return { value }
  }

  return jobs => {
    try {
      begin.run()
      const [first, ...others] = jobs
      return first && others.length === 0 ? [runAlone(first)] : runAll(jobs)
    } catch (error) {
      if (db.inTransaction) rollback.run()
      const fatal = unwritable(db, error)
      return jobs.map(() => ({ error: fatal }))
    }
  }
}

const diskTrouble = /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM)/

const isDiskTrouble = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && diskTrouble.test(String(error.code))

const unwritable = (db: Database, error: unknown): DatabaseError =>
  new DatabaseError(
    `The database ${db.name} can't be written (${error instanceof Error ? error.message : error}): check the space and the state of its disk.`,
    { cause: error },
  )
