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

/** The connections to a database. In memory there is only one, which is used for everything. */
export type Connections = {
  /** Used by jobs of the writer, and by nothing else: its transaction may be open for several turns. */
  readonly writes: Database
  /** Read-only: it sees what is committed. For statements of a few milliseconds. */
  readonly reads: Database
  /** The state that `reads` sees, for the writer. */
  readonly snapshot: Snapshot
  /** For statements that take longer. */
  readonly longReads: LongReads
  /** Closes all of them. */
  readonly close: () => Promise<void>
}

/** Adds the other connections to the one that `migrate` has prepared. */
export function connect(writes: Database): Connections {
  if (writes.memory) {
    const longReads = readInPlace(writes)
    const snapshot = { release: () => {}, renew: () => {} }
    return { writes, reads: writes, snapshot, longReads, close: async () => void writes.close() }
  }
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
