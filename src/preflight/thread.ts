import { parentPort, workerData } from 'node:worker_threads'
import type { Preflight } from '../contract/preflight.ts'
import {
  PreflightError,
  type PreflightMistake,
  type PreflightRequest,
  preflightFiles,
} from './preflight-files.ts'

/** The message of the thread to its starter. Classes of errors would be lost on the way. */
export type ThreadResult =
  | { readonly preflight: Preflight }
  | { readonly mistakes: readonly PreflightMistake[] }

async function run(request: PreflightRequest): Promise<ThreadResult> {
  try {
    return { preflight: await preflightFiles(request) }
  } catch (error) {
    if (error instanceof PreflightError) return { mistakes: error.mistakes }
    throw error
  }
}

parentPort?.postMessage(await run(workerData))
