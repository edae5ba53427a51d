import { parentPort, workerData } from 'node:worker_threads'
import { sendRows } from '../session-import/rows-in-thread.ts'
import type { ExportSource } from './archive.ts'
import { ImportError } from './directory.ts'
import { fittingSwitches, importResultOf } from './evidence.ts'
import { type ReadOptions, readAwsExport } from './read.ts'
import { type ImportDestination, newImport } from './rows.ts'

/** The bytes of `source` are moved to the thread. */
export type ImportThreadData = Omit<ImportDestination, 'switches' | 'result'> & {
  readonly source: ExportSource
  readonly options: ReadOptions
  /** Sets the switches under which the profile accepts what AWS has. */
  readonly fitSwitches: boolean
}

export type ImportMistakes = Pick<ImportError, 'mistakes' | 'count'>

async function read({ source, options, fitSwitches, ...destination }: ImportThreadData) {
  const directory = await readAwsExport(source, options)
  const result = importResultOf(directory)
  const switches = fitSwitches ? fittingSwitches(result) : {}
  return newImport(directory, { ...destination, result, switches })
}

function mistakesOf(error: unknown): ImportMistakes {
  if (!(error instanceof ImportError)) throw error
  const { mistakes, count } = error
  return { mistakes, count }
}

if (parentPort) await sendRows(parentPort, () => read(workerData), mistakesOf)
