import { open } from 'node:fs/promises'
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Slices, sharedSlices } from '../../domain/event-loop/slices.ts'
import { DatabaseError, type SlicedJob, type Writer } from '../../domain/ports/database.ts'
import type { Snapshot } from './connections.ts'
import type { Database } from './database.ts'
import {
  isDiskError,
  isSqliteError,
  toDatabaseFailure,
  transactionStatements,
  withoutSync,
  writeFailed,
} from './transaction.ts'

export type WriterOptions = {
  /** Called when the database can't be written, after all jobs of the batch were rejected. */
  readonly onFatal?: (error: Error) => void
  readonly onDeferredError?: (error: unknown) => void
  readonly snapshot?: Snapshot
  readonly onCommit?: () => void
  readonly slices?: Slices
  /** Milliseconds after which a job of `writeInSlicesIfLong` starts again in slices. */
  readonly longJob?: number
}

type ClosableWriter = Writer & {
  close(): Promise<void>
}

type JobOutcome = { readonly value: unknown } | { readonly error: unknown }
type WriteJob = {
  readonly run: (protect: () => void) => unknown
  readonly settle: (outcome: JobOutcome) => void
  /** Throws errors other than SQLite's before it writes, or after `protect`. May run twice. */
  readonly decidesFirst?: true
}

/**
 * Deferred jobs wait this long for the commit of a job that is not deferred, in milliseconds. After each commit, the connection for
 * reads has to read its pages again.
 */
const maxDelay = 500
const noSnapshot: Snapshot = { release: () => {}, renew: () => {} }
const defaultLongJob = 5

export function createWriter(
  db: Database,
  {
    onFatal = () => {},
    onDeferredError = () => {},
    snapshot = noSnapshot,
    onCommit = () => {},
    slices = sharedSlices,
    longJob = defaultLongJob,
  }: WriterOptions = {},
): ClosableWriter {
  const runBatch = createBatchRunner(db)
  let urgent: WriteJob[] = []
  let deferred: WriteJob[] = []
  let turn: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  const loneJobs: (() => Promise<void>)[] = []
  let underWay: Promise<void> | undefined
  let closed = false
  let isFlushed = false

  const commit = () => {
    clearImmediate(turn)
    clearTimeout(timer)
    turn = undefined
    timer = undefined
    if (underWay) return
    commitBatch()
    underWay = loneJobs
      .shift()?.()
      .finally(() => {
        underWay = undefined
        turn ??= setImmediate(commit)
      })
  }

  const commitBatch = () => {
    const jobs = [...urgent, ...deferred]
    const numberUrgent = urgent.length
    urgent = []
    deferred = []
    if (jobs.length === 0) return
    snapshot.release()
    // Deferred jobs have no caller that waits for the disk.
    const outcomes = numberUrgent === 0 ? withoutSync(db, () => runBatch(jobs)) : runBatch(jobs)
    snapshot.renew()
    const end = Math.max(outcomes.length, numberUrgent)
    urgent = [...jobs.slice(outcomes.length, end), ...urgent]
    deferred = [...jobs.slice(end), ...deferred]
    for (const [at, outcome] of outcomes.entries()) jobs[at]?.settle(outcome)
    reportFatal(outcomes)
    onCommit()
  }

  const reportFatal = (outcomes: readonly JobOutcome[]) => {
    const fatal = outcomes.find(outcome => 'error' in outcome && outcome.error instanceof DatabaseError)
    if (fatal && 'error' in fatal) onFatal(fatal.error as DatabaseError)
  }

  const enqueue = <Result>(enter: (settle: WriteJob['settle']) => void): Promise<Result> => {
    if (closed) return Promise.reject(closedError())
    turn ??= setImmediate(commit)
    return new Promise<Result>((resolve, reject) => {
      enter(outcome => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as Result)))
    })
  }

  const slicedJob =
    (job: () => SlicedJob<unknown>, settle: WriteJob['settle']) => async (): Promise<void> => {
      const outcome = await runInSlices(db, job, { slices, snapshot })
      settle(outcome)
      reportFatal([outcome])
      onCommit()
    }

  const write = <Result>(job: () => Result): Promise<Result> =>
    enqueue(settle => urgent.push({ run: job, settle }))

  const writeInSlicesIfLong = <Result>(job: () => SlicedJob<Result>): Promise<Result> =>
    enqueue(settle =>
      urgent.push({
        // In memory, reads would see the uncommitted rows of slices.
        run: protect => runIfShort(job(), db.memory ? Number.POSITIVE_INFINITY : longJob, protect),
        decidesFirst: true,
        settle: outcome => {
          // A long job still precedes the jobs that follow it in its batch.
          if (isTooLong(outcome)) loneJobs.unshift(slicedJob(job, settle))
          else settle(outcome)
        },
      }),
    )

  const betweenCommits = <Result>(job: () => Promise<Result>): Promise<Result> =>
    enqueue(settle => {
      loneJobs.push(() => {
        snapshot.release()
        return job()
          .finally(() => {
            snapshot.renew()
            onCommit()
          })
          .then(
            value => settle({ value }),
            error => settle({ error }),
          )
      })
    })

  const defer = (job: () => void, delay = maxDelay): void => {
    const settle = (outcome: JobOutcome) => {
      if ('error' in outcome) onDeferredError(outcome.error)
    }
    if (isFlushed) {
      settle({ error: closedError() })
      return
    }
    deferred.push({ run: job, settle })
    timer ??= setTimeout(commit, delay).unref()
  }

  const flush = async (): Promise<void> => {
    commit()
    while (underWay || deferred.length > 0) {
      if (underWay) await underWay
      commit()
    }
  }

  const close = async (): Promise<void> => {
    const flushed = flush()
    closed = true
    await flushed
    isFlushed = true
    clearImmediate(turn)
  }

  return { write, writeInSlicesIfLong, betweenCommits, defer, flush, close }
}

/** Rolls back a job that has to run in slices. */
const tooLong = new Error('The job is too long to share a commit.')
const isTooLong = (outcome: JobOutcome): boolean => 'error' in outcome && outcome.error === tooLong

function runIfShort<Result>(job: SlicedJob<Result>, longJob: number, protect: () => void): Result {
  const began = performance.now()
  let step = job.next()
  if (!step.done) protect()
  for (; !step.done; step = job.next()) {
    if (performance.now() - began >= longJob) throw tooLong
  }
  return step.value
}

/** The batch then runs again, with a savepoint for each job. */
const notUndoable = new Error('A job without a savepoint failed after it had written.')

const closedError = () => new DatabaseError('The database is closed. Restart the server.')

/** If the transaction fails as a whole, all jobs fail with one error. Jobs after one that needs slices have no outcome. */
function createBatchRunner(db: Database): (jobs: readonly WriteJob[]) => readonly JobOutcome[] {
  const { begin, commit, rollback } = transactionStatements(db)
  const savepoint = db.prepare('savepoint job')
  const release = db.prepare('release job')
  const rollbackTo = db.prepare('rollback to job')

  const runOne = (job: WriteJob, isProtected: boolean): JobOutcome => {
    let hasSavepoint = false
    const protect = () => {
      if (hasSavepoint) return
      savepoint.run()
      hasSavepoint = true
    }
    if (isProtected) protect()
    try {
      const value = job.run(protect)
      if (hasSavepoint) release.run()
      return { value }
    } catch (error) {
      // A full or failing disk can make SQLite roll back the transaction: then the whole batch fails.
      if (!db.inTransaction) throw error
      if (hasSavepoint) {
        rollbackTo.run()
        release.run()
      } else if (isSqliteError(error)) {
        throw notUndoable
      }
      return { error: isDiskError(error) ? writeFailed(db, error) : error }
    }
  }

  /** The first jobs of a batch need no savepoints if they decide before they write and may run again. */
  const runAll = (jobs: readonly WriteJob[], areProtected: boolean): readonly JobOutcome[] => {
    begin.run()
    const outcomes: JobOutcome[] = []
    let isProtected = areProtected
    for (const job of jobs) {
      isProtected ||= !job.decidesFirst
      const outcome = runOne(job, isProtected)
      outcomes.push(outcome)
      if (isTooLong(outcome)) break
    }
    commit.run()
    return outcomes
  }

  const runTogether = (jobs: readonly WriteJob[]): readonly JobOutcome[] => {
    try {
      return runAll(jobs, false)
    } catch (error) {
      if (error !== notUndoable) throw error
      rollback.run()
      return runAll(jobs, true)
    }
  }

  // A single job needs no savepoint: it is undone by rolling back the transaction.
  const runAlone = (job: WriteJob): JobOutcome => {
    begin.run()
    let value: unknown
    try {
      value = job.run(() => {})
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
      const [first, ...others] = jobs
      return first && others.length === 0 ? [runAlone(first)] : runTogether(jobs)
    } catch (error) {
      if (db.inTransaction) rollback.run()
      const fatal = writeFailed(db, error)
      return jobs.map(() => ({ error: fatal }))
    }
  }
}

async function runInSlices(
  db: Database,
  job: () => SlicedJob<unknown>,
  { slices, snapshot }: { readonly slices: Slices; readonly snapshot: Snapshot },
): Promise<JobOutcome> {
  await nextTurn()
  const restoreSettings = useSettingsOfLongJobs(db)
  try {
    snapshot.release()
    db.exec('begin immediate')
    snapshot.renew()
    const steps = job()
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        db.exec('commit')
        snapshot.renew()
        await syncLog(db)
        return { value: step.value }
      }
      if (slices.isOver()) await slices.next(undefined, 'urgent')
    }
  } catch (error) {
    const failure = toDatabaseFailure(db, error)
    if (db.inTransaction) db.exec('rollback')
    return { error: failure }
  } finally {
    restoreSettings()
  }
}

/** In KiB. A commit of as many changed pages takes about 20 ms. */
const longJobCache = 8192

function useSettingsOfLongJobs(db: Database): () => void {
  const cacheSize = db.pragma('cache_size', { simple: true })
  // Pages that don't fit are written during the slices.
  db.pragma(`cache_size = ${-longJobCache}`)
  // `syncLog` follows the commit.
  db.pragma('synchronous = normal')
  return () => {
    db.pragma('synchronous = full')
    db.pragma(`cache_size = ${cacheSize}`)
  }
}

/** Waits off the event loop until commits are on disk: a long job leaves megabytes to write. */
async function syncLog(db: Database): Promise<void> {
  const log = await open(`${db.name}-wal`, 'r+')
  try {
    await log.datasync()
  } finally {
    await log.close()
  }
}
