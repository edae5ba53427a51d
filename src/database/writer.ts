/**
 * The one who writes to the database. What arrives in one turn of the event loop shares a commit, each job in a
 * savepoint of its own; a promise is kept only after the commit is on disk.
 */
export interface Writer {
  /** A job that throws is rolled back alone, and its error passes through. Jobs are synchronous. */
  write<Result>(job: () => Result): Promise<Result>
  /** For what may wait and may fail: joins the next commit, or has its own within a moment. */
  soon(job: () => void): void
  /** Resolves when everything handed over so far is written; what came by `write` is on disk. */
  flush(): Promise<void>
}
