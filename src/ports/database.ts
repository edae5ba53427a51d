/** The database can't be used; `message` is one sentence that says why and what to do. */
export class DatabaseError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseError'
  }
}

/**
 * The one who writes to the database. What arrives in one turn of the event loop shares a commit, each job in a
 * savepoint of its own; a promise is kept only after the commit is on disk.
 */
export interface Writer {
  /** A job that throws is rolled back alone, and its error passes through. Jobs are synchronous. */
  write<Result>(job: () => Result): Promise<Result>
  /** For what may wait and may fail: joins the next commit, or has its own within a moment. */
  defer(job: () => void): void
  /** Resolves when everything handed over so far is written; what came by `write` is on disk. */
  flush(): Promise<void>
}

/** What the database takes, in bytes, before and after. */
export type CompactionResult = { readonly before: number; readonly after: number }

export type Compaction = {
  /**
   * Gives all free pages back to the file system. A file that an earlier version made is written anew, and requests wait
   * meanwhile; any other shrinks in portions, between requests. Throws `DatabaseError` when there is no room for that.
   */
  compact(): Promise<CompactionResult>
  /** Gives free pages back in portions while there are more than new data will need soon. */
  shrink(): Promise<void>
}
