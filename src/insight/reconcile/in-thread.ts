import { extname } from 'node:path'
import type { Reconciliation } from '../../domain/contract/reconcile.ts'
import {
  type FileThreadLimits,
  fileThreadLimits,
  resultOfThread,
} from '../../domain/event-loop/file-thread.ts'
import { ExportError, type ExportMistake } from './export-error.ts'
import type { ComparedDirectory } from './reconcile.ts'
import type { ReconcileThreadData } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

const defaultLimits: FileThreadLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

/**
 * Compares an export with a directory in a thread of its own, which parses the export and asks for the directory page by page. An
 * aborted comparison ends the thread and rejects with the signal's reason. Throws `BodyError`, and `ExportError` also if the memory
 * of the thread or the time is not sufficient.
 */
export function reconcileInThread(
  data: ReconcileThreadData,
  directory: ComparedDirectory,
  signal: AbortSignal,
  limits: FileThreadLimits = defaultLimits,
): Promise<Reconciliation> {
  const start = { module: threadFile, data, moved: [data.body.buffer], limits, tooLarge }
  return resultOfThread(
    start,
    directory,
    signal,
    (mistakes: readonly ExportMistake[]) => new ExportError(mistakes),
  )
}

const tooLarge = () =>
  new ExportError([
    {
      message:
        'The export is too large for the memory or the time of a comparison on the server. Compare fewer users at a time.',
    },
  ])
