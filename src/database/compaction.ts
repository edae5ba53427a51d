import { setImmediate as nextTurn } from 'node:timers/promises'
import { DatabaseError } from './database-error.ts'
import type { Database } from './sqlite.ts'
import type { Writer } from './writer.ts'

/** What the database takes, in bytes, before and after. */
export type Compacted = { readonly before: number; readonly after: number }

export type Compaction = {
  /**
   * Gives all free pages back to the file system. A file that an earlier version made is written anew, and requests wait
   * meanwhile; any other shrinks in portions, between requests. Throws `DatabaseError` when there is no room for that.
   */
  compact(): Promise<Compacted>
  /** Gives free pages back in portions while there are more than new data will need soon. */
  shrink(): Promise<void>
}

/** A portion takes some milliseconds, in which nobody else is served. */
const pagesAtOnce = 256

/** 8 MiB in pages of 4 KiB: the journal alone fills and empties as much in the ordinary course of things. */
const pagesKept = 2048

/** Makes a database's file smaller. Whatever is deleted leaves free pages in it, which only new data would use again. */
export function createCompaction(db: Database, writer: Writer): Compaction {
  const number = (pragma: string) => Number(db.pragma(pragma, { simple: true }))
  const bytes = () => number('page_count') * number('page_size')
  // 2: free pages can be given back one by one. `openSqlite` asks for it, and gets it for new files.
  const isIncremental = () => number('auto_vacuum') === 2

  const giveBack = (pages: number) => writer.write(() => void db.pragma(`incremental_vacuum(${pages})`))

  const shrinkTo = async (pagesLeft: number): Promise<void> => {
    for (let free = number('freelist_count'); free > pagesLeft; ) {
      await giveBack(Math.min(pagesAtOnce, free - pagesLeft))
      await nextTurn()
      const now = number('freelist_count')
      // Writes in between may free as many pages as are given back, again and again.
      if (now >= free) return
      free = now
    }
  }

  const rewrite = async (): Promise<void> => {
    await writer.flush()
    try {
      db.exec('vacuum main')
    } catch (error) {
      throw new DatabaseError(
        `The database ${db.name} can't be compacted (${error instanceof Error ? error.message : error}): make room for a second file of its size beside it and in the folder for temporary files.`,
        { cause: error },
      )
    }
  }

  let underWay: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(job: () => Promise<Result>): Promise<Result> => {
    const next = underWay.then(job)
    underWay = next.catch(() => undefined)
    return next
  }

  return {
    compact: () =>
      inTurn(async () => {
        const before = bytes()
        await (isIncremental() ? shrinkTo(0) : rewrite())
        // The file itself becomes shorter when what was written beside it is copied into it.
        if (!db.memory) db.pragma('wal_checkpoint(truncate)')
        return { before, after: bytes() }
      }),
    shrink: () =>
      inTurn(async () => {
        if (!isIncremental() || number('freelist_count') <= 2 * pagesKept) return
        await shrinkTo(pagesKept)
        db.pragma('wal_checkpoint(truncate)')
      }),
  }
}
