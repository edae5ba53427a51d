import { type Slices, sharedSlices } from '../event-loop/slices.ts'
import { DatabaseError, type SlicedJob, type Writer } from '../ports/database.ts'
import type { Database } from './database.ts'

export type WriterOptions = {
  /** Called when the database can't be written, after all jobs of the batch were rejected. */
  readonly onFatal?: (error: Error) => void
  /** Called when a job passed to `defer` failed, alone or with its batch. */
  readonly onDeferredError?: (error: unknown) => void
  /** The slices of the event loop. */
  readonly slices?: Slices
}

type ClosableWriter = Writer & {
  /** Writes all pending jobs, and accepts no more. */
  close(): Promise<void>
}

type JobOutcome = { readonly value: unknown } | { readonly error: unknown }
type WriteJob = { readonly run: () => unknown; readonly settle: (outcome: JobOutcome) => void }

const maxDelay = 50

/** Collects the jobs of one turn of the event loop, and deferred ones, into one commit. */
export function createWriter(
  db: Database,
  { onFatal = () => {}, onDeferredError = () => {}, slices = sharedSlices }: WriterOptions = {},
): ClosableWriter {
  const runBatch = createBatchRunner(db)
  let urgent: WriteJob[] = []
  let deferred: WriteJob[] = []
  let turn: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  /** Jobs in slices run one at a time, each in a transaction of its own. */
  const slicedJobs: (() => Promise<void>)[] = []
  let underWay: Promise<void> | undefined
  let closed = false

  const commit = () => {
    clearImmediate(turn)
    clearTimeout(timer)
    turn = undefined
    timer = undefined
    if (underWay) return
    commitBatch()
    underWay = slicedJobs
      .shift()?.()
      .finally(() => {
        underWay = undefined
        turn ??= setImmediate(commit)
      })
  }

  const commitBatch = () => {
    const jobs = [...urgent, ...deferred]
    const onlyDeferred = urgent.length === 0
    urgent = []
    deferred = []
    if (jobs.length === 0) return
    const outcomes = onlyDeferred ? withoutSync(db, () => runBatch(jobs)) : runBatch(jobs)
    for (const [at, { settle }] of jobs.entries()) settle(outcomes[at] ?? { error: jobNotRun() })
    reportFatal(outcomes)
  }

  const reportFatal = (outcomes: readonly JobOutcome[]) => {
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

  const writeInSlices = <Result>(job: () => SlicedJob<Result>): Promise<Result> => {
    if (closed) return Promise.reject(closedError())
    turn ??= setImmediate(commit)
    return new Promise<Result>((resolve, reject) => {
      slicedJobs.push(async () => {
        const outcome = await runInSlices(db, job, slices)
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.value as Result)
        reportFatal([outcome])
      })
    })
  }

  const defer = (job: () => void): void => {
    const settle = (outcome: JobOutcome) => {
      if ('error' in outcome) onDeferredError(outcome.error)
    }
    if (closed) {
      settle({ error: closedError() })
      return
    }
    deferred.push({ run: job, settle })
    timer ??= setTimeout(commit, maxDelay).unref()
  }

  const flush = async (): Promise<void> => {
    commit()
    while (underWay) {
      await underWay
      commit()
    }
  }

  const close = async (): Promise<void> => {
    const flushed = flush()
    closed = true
    await flushed
    clearImmediate(turn)
  }

  return { write, writeInSlices, defer, flush, close }
}

/**
 * Nobody waits for deferred jobs, so their commit doesn't wait for the disk; the next commit that does makes
 * it durable, too. In memory nothing has to be synced.
 */
function withoutSync<Result>(db: Database, run: () => Result): Result {
  if (db.memory) return run()
  db.pragma('synchronous = normal')
  try {
    return run()
  } finally {
    db.pragma('synchronous = full')
  }
}

const jobNotRun = () => new Error('The batch ended before this job.')
const closedError = () => new DatabaseError('The database is closed. Restart the server.')

/** Runs jobs in one immediate transaction; if it fails as a whole, all fail with the same `DatabaseError`. */
function createBatchRunner(db: Database): (jobs: readonly WriteJob[]) => readonly JobOutcome[] {
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const savepoint = db.prepare('savepoint job')
  const release = db.prepare('release job')
  const rollbackTo = db.prepare('rollback to job')

  const runInSavepoint = (job: WriteJob): JobOutcome => {
    savepoint.run()
    try {
      const value = job.run()
      release.run()
      return { value }
    } catch (error) {
      // A full or failing disk can make SQLite roll back the transaction: then the whole batch fails.
      if (!db.inTransaction) throw error
      rollbackTo.run()
      release.run()
      return { error: isDiskError(error) ? writeFailed(db, error) : error }
    }
  }

  const runAll = (jobs: readonly WriteJob[]): readonly JobOutcome[] => {
    const outcomes = jobs.map(runInSavepoint)
    commit.run()
    return outcomes
  }

  // A single job needs no savepoint: it is undone by rolling back the transaction.
  const runAlone = (job: WriteJob): JobOutcome => {
    let value: unknown
    try {
      value = job.run()
    } catch (error) {
      if (isDiskError(error)) throw error
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
      const fatal = writeFailed(db, error)
      return jobs.map(() => ({ error: fatal }))
    }
  }
}

/**
 * Runs a job in a transaction that stays open between its slices. In memory, where reads would see the
 * uncommitted rows, it runs at once.
 */
async function runInSlices(db: Database, job: () => SlicedJob<unknown>, slices: Slices): Promise<JobOutcome> {
  try {
    db.exec('begin immediate')
    const steps = job()
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        db.exec('commit')
        return { value: step.value }
      }
      if (!db.memory && slices.isOver()) await slices.next()
    }
  } catch (error) {
    const isLost = isDiskError(error) || !db.inTransaction
    if (db.inTransaction) db.exec('rollback')
    return { error: isLost ? writeFailed(db, error) : error }
  }
}

const diskErrorCodes = /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM)/

const isDiskError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && diskErrorCodes.test(String(error.code))

const writeFailed = (db: Database, error: unknown): DatabaseError =>
  new DatabaseError(
    `The database ${db.name} can't be written (${error instanceof Error ? error.message : error}). Check the disk and its free space.`,
    { cause: error },
  )
