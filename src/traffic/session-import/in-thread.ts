import { extname } from 'node:path'
import {
  type FileThreadLimits,
  fileThreadLimits,
  withFileThread,
} from '../../domain/event-loop/file-thread.ts'
import type { NewSession, SessionRows } from '../../domain/ports/snapshots.ts'
import { SessionFileError } from '../session-file.ts'
import type { Destination } from './import.ts'
import type { SessionThreadData, SessionThreadMessage } from './thread.ts'

export { SessionFileError }

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/** A session of 100,000 users and as many requests (62 MB, decompressed 900 MB) takes half a minute of computing time. */
const defaultLimits: FileThreadLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

/**
 * Reads a session file in a thread of its own: parsing and checking it can't be divided into slices. `store` gets the session once
 * all of the file is checked, and its rows on demand. The file is moved to the thread. An aborted import ends the thread and
 * rejects with the signal's reason. Throws `SessionFileError`, also if the memory of the thread or the time is not sufficient, and
 * what `store` throws.
 */
export async function readSessionInThread<Result>(
  file: Uint8Array<ArrayBuffer>,
  destination: Destination,
  signal: AbortSignal,
  store: (session: NewSession) => Promise<Result>,
  limits: FileThreadLimits = defaultLimits,
): Promise<Result> {
  const data: SessionThreadData = { ...destination, file }
  const start = { module: threadFile, data, moved: [file.buffer], limits, tooLarge }
  return withFileThread<SessionThreadMessage, Result>(start, signal, async ({ receive, send }) => {
    async function* rows(): AsyncGenerator<SessionRows> {
      for (;;) {
        send('next')
        const message = await receive()
        if (!('rows' in message)) return
        yield message.rows
      }
    }

    const first = await receive()
    if ('mistake' in first) throw new SessionFileError(first.mistake)
    if (!('checked' in first)) throw new Error('The thread has not checked the file.')
    return store({ ...first.checked, rows })
  })
}

const tooLarge = () =>
  new SessionFileError(
    'The session is too large for the memory or the time of an import on the server. Export a part of the requests, with a search.',
  )
