import { extname } from 'node:path'
import { type FileThreadLimits, fileThreadLimits } from '../../domain/event-loop/file-thread.ts'
import type { NewSession } from '../../domain/ports/snapshots.ts'
import { SessionFileError } from '../session-file.ts'
import type { Destination } from './import.ts'
import { readRowsInThread } from './rows-in-thread.ts'
import type { SessionThreadData } from './thread.ts'

export { SessionFileError }

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/** A session of 100,000 users and as many requests (62 MB, decompressed 900 MB) takes half a minute of computing time. */
const defaultLimits: FileThreadLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

/**
 * Reads a session file as `readRowsInThread` does. The file is moved to the thread. Throws `SessionFileError`, also if the memory of
 * the thread or the time is not sufficient.
 */
export function readSessionInThread<Result>(
  file: Uint8Array<ArrayBuffer>,
  destination: Destination,
  signal: AbortSignal,
  store: (session: NewSession) => Promise<Result>,
  limits: FileThreadLimits = defaultLimits,
): Promise<Result> {
  const data: SessionThreadData = { ...destination, file }
  const start = { module: threadFile, data, moved: [file.buffer], limits, tooLarge }
  return readRowsInThread(start, signal, (mistake: string) => new SessionFileError(mistake), store)
}

const tooLarge = () =>
  new SessionFileError(
    'The session is too large for the memory or the time of an import on the server. Export a part of the requests, with a search.',
  )
