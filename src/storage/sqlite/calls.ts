import { clearTimeout, setTimeout } from 'node:timers'
import type { MessagePort, Worker } from 'node:worker_threads'
import { DatabaseError } from '../../domain/ports/database.ts'

/** Arguments and results are copied between the threads. */
export type Operations = { readonly [name: string]: (...args: never[]) => unknown }

/** Operations start in the order of the calls. */
export type Call<Functions extends Operations> = <Name extends keyof Functions & string>(
  name: Name,
  ...args: Parameters<Functions[Name]>
) => Promise<Awaited<ReturnType<Functions[Name]>>>

type CallMessage = { readonly id: number; readonly name: string; readonly args: readonly unknown[] }
type ResultMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: CopiedError }

/** The members of an error that survive the copy: the class and `code` would be lost. */
export type CopiedError = {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

export const copyError = (error: unknown): CopiedError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, stack } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { name, message, ...(code !== undefined && { code }), ...(stack !== undefined && { stack }) }
}

export const restoreError = ({ name, message, ...rest }: CopiedError): Error =>
  Object.assign(name === 'DatabaseError' ? new DatabaseError(message) : new Error(message), { name, ...rest })

/** In the same thread as the caller, operations start at once. */
export const callInPlace =
  <Functions extends Operations>(operations: Functions): Call<Functions> =>
  async (name, ...args) =>
    (await operations[name]?.(...(args as never[]))) as never

export function serveCalls(port: MessagePort, operations: Operations): void {
  const run = async ({ id, name, args }: CallMessage): Promise<ResultMessage> => {
    try {
      return { id, value: await operations[name]?.(...(args as never[])) }
    } catch (error) {
      return { id, error: copyError(error) }
    }
  }
  port.on('message', async (message: CallMessage) => port.postMessage(await run(message)))
}

type PendingCall = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }

/** When the thread ends, pending and later calls reject with `toError`. The process may end while no call is pending. */
export function callThread<Functions extends Operations>(
  thread: Worker,
  toError: (reason: string) => Error,
): Call<Functions> {
  const pending = new Map<number, PendingCall>()
  let nextId = 1
  let ended: Error | undefined

  const end = (reason: string) => {
    ended ??= toError(reason)
    for (const { reject } of pending.values()) reject(ended)
    pending.clear()
  }
  thread.unref()
  thread.on('error', error => end(error instanceof Error ? error.message : String(error)))
  thread.on('exit', code => end(`exit code ${code}`))
  thread.on('message', (result: ResultMessage) => {
    const call = pending.get(result.id)
    pending.delete(result.id)
    if (pending.size === 0) thread.unref()
    if ('error' in result) call?.reject(restoreError(result.error))
    else call?.resolve(result.value as never)
  })

  return (name, ...args) =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(ended)
        return
      }
      const id = nextId++
      pending.set(id, { resolve, reject })
      thread.ref()
      thread.postMessage({ id, name, args } satisfies CallMessage)
    })
}

type LateStart<Functions extends Operations> = {
  /** Operations that start no thread at once, because no client waits for them. They still run in the order of the calls. */
  readonly patient: readonly (keyof Functions & string)[]
  readonly patience: number
}

/** The first call or `start` starts the thread with `create`. */
export function callWhenStarted<Functions extends Operations>(
  create: () => Call<Functions>,
  { patient, patience }: LateStart<Functions>,
): { readonly call: Call<Functions>; readonly start: () => void } {
  let started: Call<Functions> | undefined
  let timer: NodeJS.Timeout | undefined
  let waiting: (() => void)[] = []

  const start = (): Call<Functions> => {
    if (started) return started
    clearTimeout(timer)
    started = create()
    for (const send of waiting) send()
    waiting = []
    return started
  }
  return {
    start,
    call(name, ...args) {
      if (started || !patient.includes(name)) return start()(name, ...args)
      timer ??= setTimeout(start, patience)
      return new Promise((resolve, reject) => {
        waiting.push(() => void start()(name, ...args).then(resolve, reject))
      })
    },
  }
}
