import { once } from 'node:events'
import { extname } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { fileThreadLimits, isOutOfMemory } from '../event-loop/thread-limits.ts'
import type { NewSession, SessionRows } from '../ports/opened-sessions.ts'
import { SessionFileError } from '../session-file/read-blocks.ts'
import type { Destination } from './import.ts'
import type { SessionThreadData, SessionThreadMessage } from './thread.ts'

export { SessionFileError }

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

type ImportLimits = ResourceLimits & {
  /** For the check of the file, and for each batch of rows. */
  readonly maxMilliseconds: number
}

/** A session of 100,000 users and as many requests (62 MB, decompressed 900 MB) takes half a minute of computing time. */
const defaultLimits: ImportLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

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
  { maxMilliseconds, ...resourceLimits }: ImportLimits = defaultLimits,
): Promise<Result> {
  signal.throwIfAborted()
  const workerData: SessionThreadData = { ...destination, file }
  const worker = new Worker(threadFile, { workerData, transferList: [file.buffer], resourceLimits })
  const ended = new AbortController()
  worker.once('error', error => ended.abort(error))
  worker.once('exit', code => ended.abort(new Error(`The thread ended with exit code ${code}.`)))
  const until = AbortSignal.any([signal, ended.signal])

  /** Rejects with errors of the thread. */
  const receive = async (): Promise<SessionThreadMessage> => {
    const timeout = setTimeout(() => ended.abort(new SessionFileError(tooLarge)), maxMilliseconds)
    try {
      const [message] = await once(worker, 'message', { signal: until })
      return message
    } finally {
      clearTimeout(timeout)
    }
  }

  async function* rows(): AsyncGenerator<SessionRows> {
    for (;;) {
      worker.postMessage('next')
      const message = await receive()
      if (!('rows' in message)) return
      yield message.rows
    }
  }

  try {
    const first = await receive()
    if ('mistake' in first) throw new SessionFileError(first.mistake)
    if (!('checked' in first)) throw new Error('The thread has not checked the file.')
    return await store({ ...first.checked, rows })
  } catch (error) {
    signal.throwIfAborted()
    // Waiting for a message of the ended thread.
    const isWaiting = error instanceof Error && error.name === 'AbortError'
    const cause = isWaiting && ended.signal.aborted ? ended.signal.reason : error
    throw isOutOfMemory(cause) ? new SessionFileError(tooLarge) : cause
  } finally {
    await worker.terminate()
  }
}

const tooLarge =
  'The session is too large for the memory or the time of an import on the server. Export a part of the requests, with a search.'
