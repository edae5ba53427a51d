import type { Database } from './database.ts'

/** 32 MiB: pages that many writes change are then copied into the file once. */
const maxLogBytes = 32 * 1024 * 1024

/** `truncate` also waits for readers, and empties the write-ahead log. */
export type CheckpointMode = 'passive' | 'truncate'

/** Pages in the write-ahead log, and those of them that are copied into the database. */
type LogState = { readonly log: number; readonly checkpointed: number }

/** Copies the write-ahead log into the database. */
export const checkpoint = (db: Database, mode: CheckpointMode): void =>
  void db.pragma(`wal_checkpoint(${mode})`)

/** The pages of the write-ahead log that are not copied yet, and whether the log is large enough for a checkpoint. */
export function unsavedPages(db: Database): { readonly pages: number; readonly isLarge: boolean } {
  const [state] = db.pragma('wal_checkpoint(noop)') as readonly LogState[]
  const { log, checkpointed } = state ?? { log: 0, checkpointed: 0 }
  const maxPages = maxLogBytes / Number(db.pragma('page_size', { simple: true }))
  return { pages: log - checkpointed, isLarge: log >= maxPages && log > checkpointed }
}

type CheckpointOptions = {
  /** Makes a checkpoint in another thread. */
  readonly run: (mode: CheckpointMode) => Promise<void>
  /** Runs a job between two commits: none is made while it runs. */
  readonly betweenCommits: (job: () => Promise<void>) => Promise<void>
  readonly onError: (error: unknown) => void
}

export type Checkpoints = {
  /** To be called after each commit. */
  readonly afterCommit: () => void
  /** Copies the whole log and empties its file. */
  readonly truncate: () => Promise<void>
  /** Resolves once no checkpoint runs; no other starts by itself. */
  readonly close: () => Promise<void>
}

const millisecondsBetweenLooks = 100
/** About 4 MiB: their copy delays the next commit by some milliseconds. */
const maxPagesBetweenCommits = 1000
const maxRounds = 4

/**
 * Checkpoints of a database by another thread, while this one writes: copying 32 MiB would block the event loop.
 * SQLite only starts the log anew once all of it is copied, so the last pages are copied between two commits.
 */
export function createCheckpoints(
  db: Database,
  { run, betweenCommits, onError }: CheckpointOptions,
): Checkpoints {
  db.pragma('wal_autocheckpoint = 0')
  let underWay: Promise<void> | undefined
  let looked = 0
  let closed = false

  const copyLog = async (): Promise<void> => {
    for (let round = 0; round < maxRounds; round++) {
      await run('passive')
      if (unsavedPages(db).pages <= maxPagesBetweenCommits) break
    }
    if (unsavedPages(db).pages > 0) await betweenCommits(() => run('passive'))
  }

  return {
    afterCommit() {
      const now = performance.now()
      if (closed || underWay || now - looked < millisecondsBetweenLooks) return
      looked = now
      if (!unsavedPages(db).isLarge) return
      underWay = copyLog()
        .catch(onError)
        .finally(() => {
          underWay = undefined
        })
    },
    truncate: () => betweenCommits(() => run('truncate')),
    async close() {
      closed = true
      await underWay
    },
  }
}
