import { parentPort, workerData } from 'node:worker_threads'
import { operations, type Preflight, type PreflightInput } from '../../domain/contract/preflight.ts'
import { BodyError, type FieldError, parseBody } from '../../domain/contract/problem.ts'
import { compact } from '../../scim/json.ts'
import { PreflightError, type PreflightMistake } from './preflight-error.ts'
import { type PreflightRequest, preflightFiles } from './preflight-files.ts'

/** `body` is moved to the thread. */
export type PreflightThreadData = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly now: number
  readonly profile: PreflightRequest['profile']
}

/** The message of the thread to its starter. Classes of errors would be lost on the way. */
export type PreflightThreadMessage =
  | { readonly preflight: Preflight }
  | { readonly mistakes: readonly PreflightMistake[] }
  | { readonly invalid: { readonly message: string; readonly errors: readonly FieldError[] } }

async function run({ body, ...tenant }: PreflightThreadData): Promise<PreflightThreadMessage> {
  try {
    const request = toRequest(parseBody(body, operations.preflight.body), tenant)
    return { preflight: await preflightFiles(request) }
  } catch (error) {
    if (error instanceof PreflightError) return { mistakes: error.mistakes }
    if (error instanceof BodyError) return { invalid: { message: error.message, errors: error.errors } }
    throw error
  }
}

function toRequest(
  { files, profile: name, ...input }: PreflightInput,
  { now, profile }: Omit<PreflightThreadData, 'body'>,
): PreflightRequest {
  const isOwn = name === undefined || name === profile.name
  return {
    files,
    ...compact(input),
    now,
    profile: isOwn ? profile : { ...profile, name, switches: {} },
  }
}

parentPort?.postMessage(await run(workerData))
