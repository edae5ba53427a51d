import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createWorkLimit } from '../../event-loop/work-limit.ts'
import { BusyError } from '../../ports/database.ts'
import { InputError } from './input-error.ts'
import type { CheckInput, Inspection } from './inspect.ts'
import type { InspectionMessage } from './inspect-thread.ts'

const threadFile = new URL(`./inspect-thread${extname(import.meta.filename)}`, import.meta.url)

/** An inspection takes some 50 ms; hostile input ends here. */
const maxMilliseconds = 5000
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 }

const limit = createWorkLimit(1, {
  maximum: 10,
  error: () => new BusyError('Too many checks of SAML responses are waiting. Retry in a moment.'),
})

/**
 * Inspects a response in a thread of its own, with limits of time and memory: signatures are verified synchronously, and the input
 * comes from anywhere. What libraries print there is dropped, since it may quote the response. Throws `InputError`.
 */
export const runInspection = (input: CheckInput, signal?: AbortSignal): Promise<Inspection> =>
  limit(() => inspectInThread(input, signal), signal)

async function inspectInThread(input: CheckInput, signal: AbortSignal | undefined): Promise<Inspection> {
  signal?.throwIfAborted()
  const thread = new Worker(threadFile, { workerData: input, resourceLimits, stdout: true, stderr: true })
  thread.stdout.resume()
  thread.stderr.resume()
  const end = () => void thread.terminate()
  const timer = setTimeout(end, maxMilliseconds)
  signal?.addEventListener('abort', end, { once: true })
  try {
    const message = await new Promise<InspectionMessage | undefined>(resolve => {
      thread.once('message', resolve)
      thread.once('error', () => resolve(undefined))
      thread.once('exit', () => resolve(undefined))
    })
    signal?.throwIfAborted()
    if (!message) {
      throw new InputError('response', 'The check ended early: the response needs too much time or memory.')
    }
    if ('inspection' in message) return message.inspection
    throw new InputError(message.field, message.message)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    await thread.terminate()
  }
}
