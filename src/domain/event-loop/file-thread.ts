import { once } from 'node:events'
import { clearTimeout, setTimeout } from 'node:timers'
import { type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads'
import { BodyError, type FieldError } from '../contract/problem.ts'
import { lowerPriority } from './priority.ts'
import { sharedSlices } from './slices.ts'

export type FileThreadLimits = ResourceLimits & {
  readonly maxMilliseconds: number
}

export type FileThreadStart = {
  readonly module: URL
  readonly data: unknown
  readonly moved?: readonly (ArrayBuffer | MessagePort)[]
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
type RemoteCall<All extends Functions<All>> = {
  readonly [Name in keyof All]: { readonly name: Name; readonly args: Parameters<All[Name]> }
}[keyof All]

/** In the thread: sends a message, and resolves with the starter's answer. */
const askThrough =
  (port: MessagePort) =>
  async (message: unknown): Promise<unknown> => {
    const answered = once(port, 'message')
    port.postMessage(message)
    const [answer] = await answered
    return answer
  }

/** In the thread: functions that the starter runs when it receives `read`. */
const remoteFunctions = <All extends Functions<All>>(
  names: readonly (keyof All)[],
  ask: ReturnType<typeof askThrough>,
): All =>
  Object.fromEntries(
    names.map(name => [name, (...args: unknown[]) => ask({ read: { name, args } })]),
  ) as unknown as All

/** Rows of a list that are sent at once: the event loop receives them in a millisecond. */
const defaultRowsPerMessage = 500

/** What a thread sends whose input is a file of a client and a directory. Classes of errors would be lost on the way. */
type ReadingMessage<Reads extends Functions<Reads>, Mistake> =
  | { readonly read: RemoteCall<Reads> }
  | { readonly list: string; readonly rows: readonly unknown[] }
  | { readonly rest: object }
  | { readonly mistakes: readonly Mistake[] }
  | { readonly invalid: { readonly message: string; readonly errors: readonly FieldError[] } }

/**
 * In the thread: calls `run` with functions of the starter, and sends its result, its lists in portions. `mistakesOf` returns the
 * mistakes of an error that the starter has to throw again.
 */
export async function sendResult<Reads extends Functions<Reads>, Mistake>(
  port: MessagePort,
  names: readonly (keyof Reads)[],
  run: (reads: Reads) => Promise<object>,
  mistakesOf: (error: unknown) => readonly Mistake[] | undefined,
  rowsPerMessage = defaultRowsPerMessage,
): Promise<void> {
  lowerPriority()
  const send = (message: ReadingMessage<Reads, Mistake>) => port.postMessage(message)
  const ask = askThrough(port)
  try {
    const result = Object.entries(await run(remoteFunctions<Reads>(names, ask)))
    for (const [list, rows] of result) {
      if (!Array.isArray(rows)) continue
      for (let at = 0; at < rows.length; at += rowsPerMessage)
        await ask({ list, rows: rows.slice(at, at + rowsPerMessage) })
    }
    send({
      rest: Object.fromEntries(result.map(([name, value]) => [name, Array.isArray(value) ? [] : value])),
    })
  } catch (error) {
    const mistakes = mistakesOf(error)
    if (mistakes) send({ mistakes })
    else if (error instanceof BodyError) send({ invalid: { message: error.message, errors: error.errors } })
    else throw error
  }
}

/** In the starter: the result of a thread that runs `sendResult`. Throws `BodyError`, `errorOf` the mistakes, and as `withFileThread`. */
export const resultOfThread = <Result extends object, Reads extends Functions<Reads>, Mistake>(
  start: FileThreadStart,
  reads: Reads,
  signal: AbortSignal,
  errorOf: (mistakes: readonly Mistake[]) => Error,
): Promise<Result> =>
  withFileThread<ReadingMessage<Reads, Mistake>, Result>(start, signal, async ({ receive, send }) => {
    const lists: Record<string, unknown[]> = {}
    for (;;) {
      const message = await receive()
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
      if ('read' in message) send(await Reflect.apply(reads[message.read.name], reads, message.read.args))
      else if ('list' in message) {
        const list = lists[message.list] ?? []
        list.push(...message.rows)
        lists[message.list] = list
        send(undefined)
      } else if ('mistakes' in message) throw errorOf(message.mistakes)
      else if ('invalid' in message) throw new BodyError(message.invalid.message, message.invalid.errors)
      else return { ...message.rest, ...lists } as Result
    }
  })

/** The memory of a thread that reads files of clients. It ends the thread before it ends the process. */
export const fileThreadLimits: ResourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 }

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
