import Sqlite from 'better-sqlite3'
import { type Database, lockTimeout } from './database.ts'
import { createLongReads, type LongReads, readInPlace } from './long-reads.ts'

/**
 * The connections to a database. In memory there is only one, which is used for everything.
 */
export type Connections = {
  /** Used by jobs of the writer, and by nothing else: its transaction may be open for several turns. */
  readonly writes: Database
  /** Read-only: it sees what is committed. For statements of a few milliseconds. */
  readonly reads: Database
  /** For statements that take longer. */
  readonly longReads: LongReads
  /** Closes all of them. */
  readonly close: () => Promise<void>
}

/** Adds the other connections to the one that `migrate` has prepared. */
export function connect(writes: Database): Connections {
  if (writes.memory) {
    const longReads = readInPlace(writes)
    return { writes, reads: writes, longReads, close: async () => void writes.close() }
  }
  const reads = new Sqlite(writes.name, { readonly: true, timeout: lockTimeout })
  reads.pragma('cache_size = -65536')
  const longReads = createLongReads(writes.name)
  const close = async () => {
    await longReads.close()
    reads.close()
    writes.close()
  }
  return { writes, reads, longReads, close }
}
