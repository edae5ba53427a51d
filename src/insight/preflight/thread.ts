import { parentPort, workerData } from 'node:worker_threads'
import { operations, type Preflight, type PreflightInput } from '../../domain/contract/preflight.ts'
import { parseBody } from '../../domain/contract/problem.ts'
import { sendResult } from '../../domain/event-loop/file-thread.ts'
import { compact } from '../../scim/json.ts'
import { mistakesOf } from './preflight-error.ts'
import { type PreflightRequest, preflightFiles } from './preflight-files.ts'

/** `body` is moved to the thread. */
export type PreflightThreadData = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly now: number
  readonly profile: PreflightRequest['profile']
}

const check = ({ body, ...tenant }: PreflightThreadData): Promise<Preflight> =>
  preflightFiles(toRequest(parseBody(body, operations.preflight.body), tenant))

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

if (parentPort) await sendResult(parentPort, [], () => check(workerData), mistakesOf)
