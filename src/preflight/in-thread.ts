import { extname } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { Preflight } from '../contract/preflight.ts'
import { PreflightError, type PreflightRequest } from './preflight-files.ts'
import type { ThreadResult } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/**
 * Checks files in a thread of its own: parsing JSON, comparing a large directory and the regular expressions of a mapping
 * can't be divided into slices. An aborted check ends the thread and rejects with the signal's reason. Throws PreflightError,
 * also if the memory of the thread, by default that of the process, is not sufficient.
 */
export async function preflightInThread(
  request: PreflightRequest,
  signal: AbortSignal,
  resourceLimits: ResourceLimits = {},
): Promise<Preflight> {
  signal.throwIfAborted()
  const worker = new Worker(threadFile, { workerData: request, resourceLimits })
  const stop = () => void worker.terminate()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await resultOf(worker)
    if ('mistakes' in result) throw new PreflightError(result.mistakes)
    return result.preflight
  } catch (error) {
    signal.throwIfAborted()
    throw isOutOfMemory(error) ? new PreflightError([tooLarge]) : error
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  (error as { readonly code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'

const tooLarge = {
  part: 'files',
  message:
    'The directory is too large for the memory of the server. Run scimulator preflight with the files, or check fewer users at a time.',
} as const

const resultOf = (worker: Worker): Promise<ThreadResult> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`The thread ended with exit code ${code}.`)))
  })
