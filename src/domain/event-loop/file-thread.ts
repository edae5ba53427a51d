import { once } from 'node:events'
import { clearTimeout, setTimeout } from 'node:timers'
import { type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads'

export type FileThreadLimits = ResourceLimits & {
  readonly maxMilliseconds: number
}

export type FileThreadStart = {
  readonly module: URL
  readonly data: unknown
  readonly moved?: readonly ArrayBuffer[]
  readonly limits: FileThreadLimits
  readonly tooLarge: () => Error
}

/**
 * A thread with one conversation: each message answers the previous one. A thread that sent many messages at once would occupy the
 * event loop, which receives all of them in one turn.
 */
export type FileThread<Message> = {
  receive(): Promise<Message>
  send(message: unknown): void
}

/**
 * Runs a thread that reads a file of a client, and ends it with `use`. If `signal` aborts, rejects with its reason. Rejects with
 * errors of the thread, and with `tooLarge` if its memory or time is not sufficient.
 */
export async function withFileThread<Message, Result>(
  { module, data, moved = [], limits: { maxMilliseconds, ...resourceLimits }, tooLarge }: FileThreadStart,
  signal: AbortSignal,
  use: (thread: FileThread<Message>) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const worker = new Worker(module, { workerData: data, transferList: [...moved], resourceLimits })
  const ended = new AbortController()
  worker.once('error', error => ended.abort(error))
  worker.once('exit', code => ended.abort(new Error(`The thread ended with exit code ${code}.`)))
  const until = AbortSignal.any([signal, ended.signal])

  const receive = async (): Promise<Message> => {
    const timeout = setTimeout(() => ended.abort(tooLarge()), maxMilliseconds)
    try {
      const [message] = await once(worker, 'message', { signal: until })
      return message
    } finally {
      clearTimeout(timeout)
    }
  }

  try {
    return await use({ receive, send: message => worker.postMessage(message) })
  } catch (error) {
    signal.throwIfAborted()
    const isWaiting = error instanceof Error && error.name === 'AbortError'
    const cause = isWaiting && ended.signal.aborted ? ended.signal.reason : error
    throw isOutOfMemory(cause) ? tooLarge() : cause
  } finally {
    await worker.terminate()
  }
}

type Functions<All> = { readonly [Name in keyof All]: (...args: never) => Promise<unknown> }

/** A call of one of these functions in another thread: arguments and results are copied. */
export type RemoteCall<All extends Functions<All>> = {
  readonly [Name in keyof All]: { readonly name: Name; readonly args: Parameters<All[Name]> }
}[keyof All]

/** In the thread: sends a message, and resolves with the starter's answer. */
export const askThrough =
  (port: MessagePort) =>
  async (message: unknown): Promise<unknown> => {
    const answered = once(port, 'message')
    port.postMessage(message)
    const [answer] = await answered
    return answer
  }

/** In the thread: functions that the starter runs when it receives `read`. */
export const remoteFunctions = <All extends Functions<All>>(
  names: readonly (keyof All)[],
  ask: ReturnType<typeof askThrough>,
): All =>
  Object.fromEntries(
    names.map(name => [name, (...args: unknown[]) => ask({ read: { name, args } })]),
  ) as unknown as All

/** In the starter. */
export const runRemoteCall = <All extends Functions<All>>(
  functions: All,
  { name, args }: RemoteCall<All>,
): Promise<unknown> => Reflect.apply(functions[name], functions, args)

/** Rows of a list that are sent at once: the event loop receives them in a millisecond. */
const rowsPerMessage = 500

/** A list in portions, each for one message. */
export function* rowsForMessages<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += rowsPerMessage) yield rows.slice(at, at + rowsPerMessage)
}

/** The memory of a thread that reads files of clients. It ends the thread before it ends the process. */
export const fileThreadLimits: ResourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 }

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
