import { extname } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { Preflight } from '../contract/preflight.ts'
import { fileThreadLimits, isOutOfMemory } from '../event-loop/thread-limits.ts'
import { PreflightError, type PreflightRequest } from './preflight-files.ts'
import type { ThreadResult } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

type PreflightLimits = ResourceLimits & { readonly maxMilliseconds: number }

/** 100,000 users, which AWS allows, take less than half of the memory and 10 to 20 seconds on a free machine. */
export const defaultLimits: PreflightLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

/**
 * Checks files in a thread of its own: parsing JSON, comparing a large directory and the regular expressions of a mapping
 * can't be divided into slices. An aborted check ends the thread and rejects with the signal's reason. Throws PreflightError,
 * also if the memory of the thread or the time is not sufficient.
 */
export async function preflightInThread(
  request: PreflightRequest,
  signal: AbortSignal,
  { maxMilliseconds, ...resourceLimits }: PreflightLimits = defaultLimits,
): Promise<Preflight> {
  signal.throwIfAborted()
  const worker = new Worker(threadFile, { workerData: request, resourceLimits })
  const timeout = AbortSignal.timeout(maxMilliseconds)
  const until = AbortSignal.any([signal, timeout])
  const stop = () => void worker.terminate()
  until.addEventListener('abort', stop, { once: true })
  try {
    const result = await resultOf(worker)
    if ('mistakes' in result) throw new PreflightError(result.mistakes)
    return result.preflight
  } catch (error) {
    signal.throwIfAborted()
    throw isOutOfMemory(error) || timeout.aborted ? new PreflightError([tooLarge]) : error
  } finally {
    until.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

const tooLarge = {
  part: 'files',
  message:
    'The directory is too large for the memory or the time of a check on the server. Run scimulator preflight with the files, or check fewer users at a time.',
} as const

const resultOf = (worker: Worker): Promise<ThreadResult> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`The thread ended with exit code ${code}.`)))
  })
