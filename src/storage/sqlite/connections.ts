import { openConnection } from './connection.ts'
import { type Database, lockTimeout } from './database.ts'
import { createLongReads, type LongReads, readInPlace } from './long-reads.ts'

/**
 * A read transaction that is kept open from one commit to the next: without it, each statement would lock and unlock
 * the file, which takes about as long as finding a row. Only the writer's process makes commits, so nothing is missed.
 */
export type Snapshot = {
  /** To be called before a transaction that writes: an open snapshot keeps the write-ahead log from starting anew. */
  readonly release: () => void
  /** Sees everything that is committed. To be called after each transaction that writes. */
  readonly renew: () => void
}

export type Connections = {
  /** Used by jobs of the writer, and by nothing else: its transaction may be open for several turns. */
  readonly writes: Database
  /** Read-only: it sees what is committed. For statements of a few milliseconds. */
  readonly reads: Database
  readonly snapshot: Snapshot
  readonly longReads: LongReads
  readonly close: () => Promise<void>
}

export function connect(writes: Database): Connections {
  if (writes.memory) return connectAlone(writes)
  const reads = openConnection(writes.name, { readonly: true, timeout: lockTimeout })
  reads.pragma('cache_size = -65536')
  const longReads = createLongReads(writes.name)
  const close = async () => {
    await longReads.close()
    reads.close()
    writes.close()
  }
  return { writes, reads, snapshot: createSnapshot(reads), longReads, close }
}

/** For a database that only one connection sees. */
export function connectAlone(db: Database): Connections {
  const snapshot = { release: () => {}, renew: () => {} }
  return { writes: db, reads: db, snapshot, longReads: readInPlace(db), close: async () => void db.close() }
}

function createSnapshot(reads: Database): Snapshot {
  // The first statement after it takes the lock.
  const begin = reads.prepare('begin')
  const end = reads.prepare('commit')
  const release = () => {
    if (reads.inTransaction) end.run()
  }
  return {
    release,
    renew() {
      release()
      begin.run()
    },
  }
}

/** 32 MiB: pages that many writes change are then copied into the file once. */
const maxLogBytes = 32 * 1024 * 1024

/** For the journal, which changes most pages once. A commit waits while a checkpoint reaches the disk. */
export const maxJournalLogBytes = 8 * 1024 * 1024

/** `truncate` also waits for readers, and empties the write-ahead log. */
export type CheckpointMode = 'passive' | 'truncate'

type LogState = { readonly log: number; readonly checkpointed: number }

/** Returns the number of pages that are left to copy or, with `truncate`, in the log. */
export function checkpoint(db: Database, mode: CheckpointMode): number {
  db.pragma(`wal_checkpoint(${mode})`)
  const { log, checkpointed } = stateOf(db)
  return mode === 'truncate' ? log : log - checkpointed
}

/** Whether the write-ahead log is large enough for a checkpoint. Not within a transaction. */
export function needsCheckpoint(db: Database, maxBytes = maxLogBytes): boolean {
  const { log, checkpointed } = stateOf(db)
  return log >= pagesOf(db, maxBytes) && log > checkpointed
}

const pagesOf = (db: Database, bytes: number): number =>
  bytes / Number(db.pragma('page_size', { simple: true }))

function stateOf(db: Database): LogState {
  const [state] = db.pragma('wal_checkpoint(noop)') as readonly LogState[]
  return state ?? { log: 0, checkpointed: 0 }
}

/** A log of this size was enlarged by a large transaction, and its file is truncated. */
const maxFileBytes = 2 * maxLogBytes

export function disableCheckpoints(db: Database): void {
  db.pragma('wal_autocheckpoint = 0')
}

/** The next commit after a checkpoint truncates the file of a large log, which takes 100 ms for some 100 MB. */
export function truncateByCommits(db: Database): void {
  db.pragma(`journal_size_limit = ${maxFileBytes}`)
}

type CheckpointOptions = {
  readonly run: (mode: CheckpointMode) => Promise<number>
  /** No commit is made while the job runs. */
  readonly betweenCommits: (job: () => Promise<number>) => Promise<number>
  readonly onError: (error: unknown) => void
}

export type Checkpoints = {
  readonly afterCommit: () => void
  readonly truncate: () => Promise<void>
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
  let isFileLarge = false

  const copyLog = async (): Promise<void> => {
    isFileLarge ||= stateOf(db).log >= pagesOf(db, maxFileBytes)
    // Each round copies what was written during the one before.
    let left = await run('passive')
    for (let round = 1; round < maxRounds && left > maxPagesBetweenCommits; round++)
      left = await run('passive')
    if (isFileLarge) isFileLarge = (await betweenCommits(() => run('truncate'))) > 0
    else if (left > 0) await betweenCommits(() => run('passive'))
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
