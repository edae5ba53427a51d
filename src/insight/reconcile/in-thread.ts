import { extname } from 'node:path'
import { BodyError } from '../../domain/contract/problem.ts'
import type { Reconciliation } from '../../domain/contract/reconcile.ts'
import {
  type FileThreadLimits,
  fileThreadLimits,
  runRemoteCall,
  withFileThread,
} from '../../domain/event-loop/file-thread.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { ExportError } from './export-error.ts'
import type { ComparedDirectory } from './reconcile.ts'
import type { ReconciledLists, ReconcileThreadData, ReconcileThreadMessage } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

const defaultLimits: FileThreadLimits = { ...fileThreadLimits, maxMilliseconds: 5 * 60_000 }

/**
 * Compares an export with a directory in a thread of its own, which parses the export and asks for the directory page by page. An
 * aborted comparison ends the thread and rejects with the signal's reason. Throws `BodyError`, and `ExportError` also if the memory
 * of the thread or the time is not sufficient.
 */
export async function reconcileInThread(
  data: ReconcileThreadData,
  directory: ComparedDirectory,
  signal: AbortSignal,
  limits: FileThreadLimits = defaultLimits,
): Promise<Reconciliation> {
  const start = { module: threadFile, data, moved: [data.body.buffer], limits, tooLarge }
  return withFileThread<ReconcileThreadMessage, Reconciliation>(start, signal, async ({ receive, send }) => {
    const lists: ReconciledLists = { missing: [], extra: [], different: [] }
    for (;;) {
      const message = await receive()
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
      if ('read' in message) send(await runRemoteCall(directory, message.read))
      else if ('lists' in message) {
        const { missing = [], extra = [], different = [] } = message.lists
        lists.missing.push(...missing)
        lists.extra.push(...extra)
        lists.different.push(...different)
        send(undefined)
      } else if ('mistakes' in message) throw new ExportError(message.mistakes)
      else if ('invalid' in message) throw new BodyError(message.invalid.message, message.invalid.errors)
      else return { ...message.rest, ...lists }
    }
  })
}

const tooLarge = () =>
  new ExportError([
    {
      message:
        'The export is too large for the memory or the time of a comparison on the server. Compare fewer users at a time.',
    },
  ])
