import { parentPort, workerData } from 'node:worker_threads'
import type { SessionRows } from '../../domain/ports/snapshots.ts'
import { SessionFileError } from '../session-file.ts'
import { type CheckedSession, type Destination, importSession } from './import.ts'

/** `file` is moved to the thread. */
export type SessionThreadData = Destination & { readonly file: Uint8Array<ArrayBuffer> }

/** The thread sends the first message by itself, and each further one on request. Classes of errors would be lost on the way. */
export type SessionThreadMessage =
  | { readonly checked: CheckedSession }
  | { readonly mistake: string }
  | { readonly rows: SessionRows }
  | { readonly end: true }

function run(port: NonNullable<typeof parentPort>, { file, ...destination }: SessionThreadData): void {
  const send = (message: SessionThreadMessage) => port.postMessage(message)
  try {
    const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
    const { checked, rows } = importSession(bytes, destination)
    const batches = rows()
    port.on('message', () => {
      const { value, done } = batches.next()
      send(done ? { end: true } : { rows: value })
    })
    send({ checked })
  } catch (error) {
    send({ mistake: mistakeOf(error) })
  }
}

/** A document that is nested too deeply exceeds the stack. */
function mistakeOf(error: unknown): string {
  if (error instanceof SessionFileError) return error.message
  if (error instanceof RangeError) return 'The session file is damaged: a value is nested too deeply.'
  throw error
}

if (parentPort) run(parentPort, workerData)
