import type { MessagePort } from 'node:worker_threads'
import { type FileThreadStart, withFileThread } from '../../domain/event-loop/file-thread.ts'
import { lowerPriority } from '../../domain/event-loop/priority.ts'
import type { NewSession, SessionRows } from '../../domain/ports/snapshots.ts'

export type CheckedSession = Omit<NewSession, 'rows'>

/** A file that was read and checked completely. `rows` is called once. */
export type SessionImport = {
  readonly checked: CheckedSession
  readonly rows: () => Generator<SessionRows>
}

/** The thread sends the first message by itself, and each further one on request. */
type RowsMessage<Mistake> =
  | { readonly checked: CheckedSession }
  | { readonly mistake: Mistake }
  | { readonly rows: SessionRows }
  | { readonly end: true }

/** In the thread. Classes of errors would be lost on the way: `toMistake` returns a value, or throws what is no mistake of a client. */
export async function sendRows<Mistake>(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  read: () => SessionImport | Promise<SessionImport>,
  toMistake: (error: unknown) => Mistake,
): Promise<void> {
  lowerPriority()
  const send = (message: RowsMessage<Mistake>) => port.postMessage(message)
  try {
    const { checked, rows } = await read()
    const batches = rows()
    port.on('message', () => {
      const { value, done } = batches.next()
      send(done ? { end: true } : { rows: value })
    })
    send({ checked })
  } catch (error) {
    send({ mistake: toMistake(error) })
  }
}

/**
 * Reads a file in a thread of its own: parsing and checking it can't be divided into slices. `store` gets the session once all of the
 * file is checked, and its rows on demand. An abort ends the thread and rejects with the signal's reason. Throws what `toError` makes
 * of a mistake, and what `store` throws.
 */
export const readRowsInThread = <Mistake, Result>(
  start: FileThreadStart,
  signal: AbortSignal,
  toError: (mistake: Mistake) => Error,
  store: (session: NewSession) => Promise<Result>,
): Promise<Result> =>
  withFileThread<RowsMessage<Mistake>, Result>(start, signal, async ({ receive, send }) => {
    async function* rows(): AsyncGenerator<SessionRows> {
      for (;;) {
        send('next')
        const message = await receive()
        if (!('rows' in message)) return
        yield message.rows
      }
    }

    const first = await receive()
    if ('mistake' in first) throw toError(first.mistake)
    if (!('checked' in first)) throw new Error('The thread has not checked the file.')
    return store({ ...first.checked, rows })
  })
