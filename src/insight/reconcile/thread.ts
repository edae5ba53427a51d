import { parentPort, workerData } from 'node:worker_threads'
import { parseBody } from '../../domain/contract/problem.ts'
import { operations, type Reconciliation } from '../../domain/contract/reconcile.ts'
import { sendResult } from '../../domain/event-loop/file-thread.ts'
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

if (parentPort)
  await sendResult<ComparedDirectory, ExportMistake>(
    parentPort,
    ['identities', 'identity', 'members'],
    directory => compare(workerData, directory),
    error => (error instanceof ExportError ? error.mistakes : undefined),
  )
