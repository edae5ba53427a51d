/** The database can't be used. `message` is one sentence with the reason and the remedy. */
export class DatabaseError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseError'
  }
}

/** The database can't be used at present; a client may try again in a moment. */
export class UnavailableError extends DatabaseError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnavailableError'
  }
}

/** Too many long reads wait already; a client may try again later. */
export class BusyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BusyError'
  }
}

/** A job that yields every millisecond or so. */
export type SlicedJob<Result> = Generator<undefined, Result>

/** Jobs of one turn of the event loop share a commit; promises resolve once it is on disk. */
export interface Writer {
  /** A job that throws is rolled back alone, and its error is passed on. Jobs are synchronous. */
  write<Result>(job: () => Result): Promise<Result>
  /**
   * For jobs that may take more than a few milliseconds: runs with the others of its turn, unless it takes longer than a
   * slice. Then it is rolled back and starts again, and each `yield` may end a slice. Reads are served between slices, and
   * see the state before the job; other jobs wait for its commit. Jobs of `write` and of this method run in the order of the
   * calls.
   *
   * The job may run again, and it throws errors of its own before it writes or after its first `yield`. Before that `yield`
   * it writes nothing, unless it ends without one.
   */
  writeInSlicesIfLong<Result>(job: () => SlicedJob<Result>): Promise<Result>
  /** Runs a job between two commits: no other job runs, and no transaction is open, until its promise is settled. */
  betweenCommits<Result>(job: () => Promise<Result>): Promise<Result>
  /**
   * For jobs that may be delayed or lost: runs with the next commit, or in its own after `delay` milliseconds. A long one writes a
   * portion, and defers the rest.
   */
  defer(job: () => void, delay?: number): void
  /** Resolves when all jobs so far are written, deferred ones with what they defer; those of `write` are on disk. */
  flush(): Promise<void>
}

type CompactionResult = { readonly before: number; readonly after: number }

export type Compaction = {
  /**
   * Returns all free pages to the file system. A file of an earlier version is rewritten, while requests
   * wait; any other shrinks in steps, between requests. Throws `DatabaseError` if there is no space for that.
   */
  compact(): Promise<CompactionResult>
  /** Returns free pages in steps, while there are more than new data will soon need. */
  shrink(): Promise<void>
}
