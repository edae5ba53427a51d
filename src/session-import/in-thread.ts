import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { NewSession, SessionRows } from '../ports/opened-sessions.ts'
import { SessionFileError } from './blocks.ts'
import type { Destination } from './import.ts'
import type { SessionThreadData, SessionThreadMessage } from './thread.ts'

export { SessionFileError }

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/**
 * Reads a session file in a thread of its own: parsing and checking it can't be divided into slices. `store` gets the session once
 * all of the file is checked, and its rows on demand. The file is moved to the thread. An aborted import ends the thread and
 * rejects with the signal's reason. Throws `SessionFileError`, and what `store` throws.
 */
export async function readSessionInThread<Result>(
  file: Uint8Array<ArrayBuffer>,
  destination: Destination,
  signal: AbortSignal,
  store: (session: NewSession) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const workerData: SessionThreadData = { ...destination, file }
  const worker = new Worker(threadFile, { workerData, transferList: [file.buffer] })
  const ended = new AbortController()
  worker.once('error', error => ended.abort(error))
  worker.once('exit', code => ended.abort(new Error(`The thread ended with exit code ${code}.`)))
  const until = AbortSignal.any([signal, ended.signal])

  /** Rejects with errors of the thread. */
  const receive = async (): Promise<SessionThreadMessage> => {
    const [message] = await once(worker, 'message', { signal: until })
    return message
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

const isOutOfMemory = (error: unknown): boolean =>
  (error as { readonly code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'

const tooLarge =
  'The session is too large for the memory of the server. Export a part of the requests, with a search.'
