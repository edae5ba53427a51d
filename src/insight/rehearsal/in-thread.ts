import { extname } from 'node:path'
import type { Drift } from '../../domain/contract/drift.ts'
import type { Rehearsal } from '../../domain/contract/rehearsal.ts'
import { minute } from '../../domain/duration.ts'
import {
  type FileThreadLimits,
  fileThreadLimits,
  resultOfThread,
} from '../../domain/event-loop/file-thread.ts'
import type { TenantReads } from '../../traffic/aws-directory/of-tenant.ts'
import { RehearsalError, type RehearsalMistake } from './played.ts'
import type { RehearsalThreadData } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

const defaultLimits: FileThreadLimits = {
  ...fileThreadLimits,
  maxOldGenerationSizeMb: 768,
  maxMilliseconds: 10 * minute,
}

/**
 * Plays a client against a copy of a tenant in a thread of its own, which asks for the tenant page by page. An aborted rehearsal ends
 * the thread and rejects with the signal's reason. Throws `BodyError`, and `RehearsalError` also if the memory of the thread or the
 * time is not sufficient.
 */
export function playInThread<Result extends Rehearsal | Drift>(
  data: RehearsalThreadData,
  reads: TenantReads,
  signal: AbortSignal,
  limits: FileThreadLimits = defaultLimits,
): Promise<Result> {
  const start = { module: threadFile, data, moved: [data.body.buffer], limits, tooLarge }
  return resultOfThread(
    start,
    reads,
    signal,
    (mistakes: readonly RehearsalMistake[]) => new RehearsalError(mistakes),
  )
}

const tooLarge = () =>
  new RehearsalError([
    {
      part: 'files',
      message:
        'The directory is too large for the memory or the time of a rehearsal on the server. Run scimulator rehearse or drift with an export of AWS and the files.',
    },
  ])
