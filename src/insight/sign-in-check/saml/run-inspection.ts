import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createWorkLimit } from '../../../domain/event-loop/slices.ts'
import { BusyError } from '../../../domain/ports/database.ts'
import { InputError } from './input-error.ts'
import type { CheckInput, Inspection } from './inspect.ts'
import type { InspectionMessage } from './inspect-thread.ts'

const threadFile = new URL(`./inspect-thread${extname(import.meta.filename)}`, import.meta.url)

/** An inspection takes some 20 ms; hostile input ends here. */
const maxMilliseconds = 5000
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 }

const limit = createWorkLimit(1, {
  maximum: 10,
  error: () => new BusyError('Too many checks of SAML responses are waiting. Retry in a moment.'),
})

const idleMilliseconds = 10_000

let idleThread: Worker | undefined

function takeThread(): Worker {
  const thread = idleThread ?? startThread()
  idleThread = undefined
  thread.ref()
  return thread
}

function startThread(): Worker {
  // The thread writes nothing; reading its streams would keep the process from ending.
  const thread = new Worker(threadFile, { resourceLimits, stdout: true, stderr: true })
  // An error ends the thread.
  thread.on('error', () => {})
  return thread
}

/** The process may end while a thread is idle. */
function releaseThread(thread: Worker): void {
  thread.unref()
  idleThread = thread
  setTimeout(() => {
    if (idleThread !== thread) return
    idleThread = undefined
    void thread.terminate()
  }, idleMilliseconds).unref()
}

/**
 * Inspects a response in a thread, with limits of time and memory: signatures are verified synchronously, and the input is
 * untrusted. Throws `InputError`.
 */
export const runInspection = (input: CheckInput, signal?: AbortSignal): Promise<Inspection> =>
  limit(() => inspectInThread(input, signal), signal)

async function inspectInThread(input: CheckInput, signal: AbortSignal | undefined): Promise<Inspection> {
  signal?.throwIfAborted()
  const message = await send(takeThread(), input, signal)
  signal?.throwIfAborted()
  if (!message) {
    throw new InputError('response', 'The check ended early: the response needs too much time or memory.')
  }
  if ('inspection' in message) return message.inspection
  throw new InputError(message.field, message.message)
}

async function send(
  thread: Worker,
  input: CheckInput,
  signal: AbortSignal | undefined,
): Promise<InspectionMessage | undefined> {
  const end = () => void thread.terminate()
  const timer = setTimeout(end, maxMilliseconds)
  signal?.addEventListener('abort', end, { once: true })
  const { promise, resolve } = Promise.withResolvers<InspectionMessage | undefined>()
  const onExit = () => resolve(undefined)
  thread.on('message', resolve)
  thread.on('exit', onExit)
  thread.postMessage(input)
  try {
    const message = await promise
    if (message && !signal?.aborted) releaseThread(thread)
    return message
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    thread.off('message', resolve)
    thread.off('exit', onExit)
  }
}
