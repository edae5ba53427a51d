import { parentPort, workerData } from 'node:worker_threads'
import { createRingReader, type RingBuffer } from '../../domain/journal/record-ring.ts'
import type { Retention } from '../../domain/ports/journal.ts'
import { serveCalls } from './calls.ts'
import { openConnection } from './connection.ts'
import { type CheckpointMode, checkpoint } from './connections.ts'
import type { Database } from './database.ts'
import { journalPath, openJournal } from './journal-file.ts'
import { createJournalOperations } from './journal-operations.ts'

/** `path` is that of the database, not of the journal. */
export type JournalThreadData = {
  readonly path: string
  readonly retention: Retention
  readonly ring: RingBuffer
}

export type ThreadOperations = ReturnType<typeof createThreadOperations>

/** Milliseconds to wait for readers, such as a backup of another process, during which the server makes no commit. */
const checkpointTimeout = 10

function createThreadOperations({ path, retention, ring }: JournalThreadData) {
  const journal = openJournal(journalPath(path))
  let main: Database | undefined
  return {
    ...createJournalOperations(journal, retention, createRingReader(ring)),
    checkpoint(mode: CheckpointMode): number {
      main ??= openConnection(path, { fileMustExist: true, timeout: checkpointTimeout })
      return checkpoint(main, mode)
    },
    close(): void {
      journal.close()
      main?.close()
    },
  }
}

if (parentPort) serveCalls(parentPort, createThreadOperations(workerData))
