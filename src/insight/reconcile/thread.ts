import { parentPort, workerData } from 'node:worker_threads'
import { BodyError, type FieldError, parseBody } from '../../domain/contract/problem.ts'
import { operations, type Reconciliation } from '../../domain/contract/reconcile.ts'
import {
  askThrough,
  type RemoteCall,
  remoteFunctions,
  rowsForMessages,
} from '../../domain/event-loop/file-thread.ts'
import { defaultMappings } from '../../provisioning/entra/mapping/default-mappings.ts'
import { readExport } from './export.ts'
import { ExportError, type ExportMistake } from './export-error.ts'
import { type ComparedDirectory, reconcile, viewReconciliation } from './reconcile.ts'

/** `body` is moved to the thread. */
export type ReconcileThreadData = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly mapping: keyof typeof defaultMappings
  readonly tenant: number
}

export type ReconciledLists = Pick<Reconciliation, 'missing' | 'extra' | 'different'>

/** The starter answers `read` with its result, and `lists` when it wants the next message. Classes of errors would be lost on the way. */
export type ReconcileThreadMessage =
  | { readonly read: RemoteCall<ComparedDirectory> }
  | { readonly lists: Partial<ReconciledLists> }
  | { readonly rest: Omit<Reconciliation, keyof ReconciledLists> }
  | { readonly mistakes: readonly ExportMistake[] }
  | { readonly invalid: { readonly message: string; readonly errors: readonly FieldError[] } }

async function run(port: NonNullable<typeof parentPort>, data: ReconcileThreadData): Promise<void> {
  const send = (message: ReconcileThreadMessage) => port.postMessage(message)
  const ask = askThrough(port)
  const directory = remoteFunctions<ComparedDirectory>(['identities', 'identity', 'members'], ask)
  try {
    const { missing, extra, different, ...rest } = await compare(data, directory)
    for (const rows of rowsForMessages(missing)) await ask({ lists: { missing: rows } })
    for (const rows of rowsForMessages(extra)) await ask({ lists: { extra: rows } })
    for (const rows of rowsForMessages(different)) await ask({ lists: { different: rows } })
    send({ rest })
  } catch (error) {
    if (error instanceof ExportError) send({ mistakes: error.mistakes })
    else if (error instanceof BodyError) send({ invalid: { message: error.message, errors: error.errors } })
    else throw error
  }
}

async function compare(
  { body, mapping: name, tenant }: ReconcileThreadData,
  directory: ComparedDirectory,
): Promise<Reconciliation> {
  const file = parseBody(body, operations.reconcile.body)
  const mapping = defaultMappings[name]
  const exported = await readExport(file.text, mapping, file.name)
  const ofType = exported.type === 'User' ? mapping.users : mapping.groups
  return viewReconciliation(exported, await reconcile(exported, ofType, directory, tenant))
}

if (parentPort) await run(parentPort, workerData)
