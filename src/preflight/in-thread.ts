import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Preflight } from '../contract/preflight.ts'
import { PreflightError, type PreflightRequest } from './preflight-files.ts'
import type { ThreadResult } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/**
 * Checks files in a thread of its own: parsing JSON, comparing a large directory and the regular expressions of a mapping
 * can't be divided into slices. An aborted check ends the thread and rejects with the signal's reason. Throws PreflightError.
 */
export async function preflightInThread(request: PreflightRequest, signal: AbortSignal): Promise<Preflight> {
  signal.throwIfAborted()
  const worker = new Worker(threadFile, { workerData: request })
  const stop = () => void worker.terminate()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await resultOf(worker)
    if ('mistakes' in result) throw new PreflightError(result.mistakes)
    return result.preflight
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

const resultOf = (worker: Worker): Promise<ThreadResult> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`The thread ended with exit code ${code}.`)))
  })
