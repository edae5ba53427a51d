import { parentPort, workerData } from 'node:worker_threads'
import { SessionFileError } from '../session-file.ts'
import { type Destination, importSession } from './import.ts'
import { sendRows } from './rows-in-thread.ts'

/** `file` is moved to the thread. */
export type SessionThreadData = Destination & { readonly file: Uint8Array<ArrayBuffer> }

function read({ file, ...destination }: SessionThreadData) {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  return importSession(bytes, destination)
}

/** A document that is nested too deeply exceeds the stack. */
function mistakeOf(error: unknown): string {
  if (error instanceof SessionFileError) return error.message
  if (error instanceof RangeError) return 'The session file is damaged: a value is nested too deeply.'
  throw error
}

if (parentPort) await sendRows(parentPort, () => read(workerData), mistakeOf)
