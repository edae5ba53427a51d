import { extname } from 'node:path'
import { type FileThreadLimits, fileThreadLimits } from '../../domain/event-loop/file-thread.ts'
import type { NewSession } from '../../domain/ports/snapshots.ts'
import { readRowsInThread } from '../session-import/rows-in-thread.ts'
import { ImportError } from './directory.ts'
import type { ImportMistakes, ImportThreadData } from './thread.ts'

export { ImportError }

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/** For 100,000 users and 300,000 memberships. */
const defaultLimits: FileThreadLimits = {
  ...fileThreadLimits,
  maxOldGenerationSizeMb: 400,
  maxMilliseconds: 5 * 60_000,
}

const tooLarge = () => {
  const message = 'The export is too large for the memory or the time of an import on the server.'
  return new ImportError([{ file: '', message }])
}

/**
 * Reads an export as `readRowsInThread` does. Throws `ImportError`, also if the memory of the thread or the time is not sufficient.
 */
export function readImportInThread<Result>(
  data: ImportThreadData,
  signal: AbortSignal,
  store: (session: NewSession) => Promise<Result>,
  limits: FileThreadLimits = defaultLimits,
): Promise<Result> {
  const moved = 'bytes' in data.source ? [data.source.bytes.buffer as ArrayBuffer] : []
  const toError = ({ mistakes, count }: ImportMistakes) => new ImportError(mistakes, count)
  return readRowsInThread({ module: threadFile, data, moved, limits, tooLarge }, signal, toError, store)
}
