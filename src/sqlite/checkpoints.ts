import type { Database } from './database.ts'

/** 32 MiB: pages that many writes change are then copied into the file once. */
const maxLogBytes = 32 * 1024 * 1024

/** `truncate` also waits for readers, and empties the write-ahead log. */
export type CheckpointMode = 'passive' | 'truncate'

/** Pages in the write-ahead log, and those of them that are copied into the database. */
type LogState = { readonly log: number; readonly checkpointed: number }

/** Copies the write-ahead log into the database. Returns the number of pages that are left. */
export function checkpoint(db: Database, mode: CheckpointMode): number {
  db.pragma(`wal_checkpoint(${mode})`)
  const { log, checkpointed } = stateOf(db)
  return log - checkpointed
}

/** Whether the write-ahead log is large enough for a checkpoint. Not within a transaction. */
export function needsCheckpoint(db: Database): boolean {
  const { log, checkpointed } = stateOf(db)
  return log >= maxLogBytes / Number(db.pragma('page_size', { simple: true })) && log > checkpointed
}

function stateOf(db: Database): LogState {
  const [state] = db.pragma('wal_checkpoint(noop)') as readonly LogState[]
  return state ?? { log: 0, checkpointed: 0 }
}

/** Leaves checkpoints to `checkpoint`. A log that a large transaction has enlarged becomes smaller after the next one. */
export function disableCheckpoints(db: Database): void {
  db.pragma('wal_autocheckpoint = 0')
  db.pragma(`journal_size_limit = ${2 * maxLogBytes}`)
}

type CheckpointOptions = {
  /** Makes a checkpoint in another thread, and returns the number of pages that are left. */
  readonly run: (mode: CheckpointMode) => Promise<number>
  /** Runs a job between two commits: none is made while it runs. */
  readonly betweenCommits: (job: () => Promise<unknown>) => Promise<unknown>
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
/** Pages whose copy delays the next commit by a few milliseconds. */
const maxPagesBetweenCommits = 200
const maxRounds = 6

/**
 * Checkpoints of a database by another thread, while this one writes: copying 32 MiB would block the event loop.
 * SQLite only starts the log anew once all of it is copied, so the last pages are copied between two commits.
 */
export function createCheckpoints(
  db: Database,
  { run, betweenCommits, onError }: CheckpointOptions,
): Checkpoints {
  disableCheckpoints(db)
  let underWay: Promise<void> | undefined
  let looked = 0
  let closed = false

  const copyLog = async (): Promise<void> => {
    // Each round copies what was written during the one before.
    let left = await run('passive')
    for (let round = 1; round < maxRounds && left > maxPagesBetweenCommits; round++)
      left = await run('passive')
    if (left > 0) await betweenCommits(() => run('passive'))
  }

  return {
    afterCommit() {
      const now = performance.now()
      if (closed || underWay || now - looked < millisecondsBetweenLooks) return
      looked = now
      if (!needsCheckpoint(db)) return
      underWay = copyLog()
        .catch(onError)
        .finally(() => {
          underWay = undefined
        })
    },
    truncate: async () => void (await betweenCommits(() => run('truncate'))),
    async close() {
      closed = true
      await underWay
    },
  }
}
