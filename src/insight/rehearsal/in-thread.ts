import { extname } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { Drift, PreviousDrift } from '../../domain/contract/drift.ts'
import { minute } from '../../domain/duration.ts'
import {
  type FileThreadLimits,
  fileThreadLimits,
  resultOfThread,
} from '../../domain/event-loop/file-thread.ts'
import { compact } from '../../scim/json.ts'
import { importLimits } from '../../traffic/aws-directory/archive.ts'
import type { TenantReads } from '../../traffic/aws-directory/of-tenant.ts'
import { type OnProgress, RehearsalError, type RehearsalMistake } from './played.ts'
import type { Run } from './setup.ts'
import type { RehearsalThreadData, WrittenRehearsal } from './thread.ts'

const threadFile = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url)

/** 100,000 users, 1,000 groups and 300,000 memberships need 270 MB. What is not collected between is the server's memory, too. */
export const defaultLimits = {
  ...fileThreadLimits,
  maxOldGenerationSizeMb: 352,
  maxMilliseconds: 10 * minute,
}

/** A drift of such a directory needs 320 MB, even if all users differ. */
export const driftLimits = { ...defaultLimits, maxOldGenerationSizeMb: 400 }

/** An export is played by a process of its own, and may take any time. */
export const limitsOfExport = (maxObjects = 0): FileThreadLimits => ({
  ...defaultLimits,
  maxOldGenerationSizeMb: Math.ceil(640 * Math.max(1, maxObjects / importLimits.objects)),
  maxMilliseconds: 2 ** 31 - 1,
})

type Given = Omit<RehearsalThreadData, 'kind' | 'progress'>

/**
 * Returns the JSON of a `Rehearsal` in portions. Plays a client against a copy of a tenant in a thread of its own, which asks for the
 * tenant page by page, or of an export, which it reads. An aborted rehearsal ends the thread and rejects with the signal's reason.
 * Throws `BodyError`, and `RehearsalError` also if the memory of the thread or the time is not sufficient.
 */
export async function rehearseInThread(
  given: Given,
  reads: TenantReads | Record<never, never>,
  run: Run,
  limits?: FileThreadLimits,
): Promise<readonly string[]> {
  const data = { ...given, kind: { name: 'rehearsal' } } as const
  const { json } = await playInThread<WrittenRehearsal>(data, reads, run, limits)
  return json
}

/** Throws as `rehearseInThread` does. */
export const findDriftInThread = (
  { previous, ...given }: Given & { readonly previous?: PreviousDrift },
  reads: TenantReads,
  run: Run,
): Promise<Drift> =>
  playInThread({ ...given, kind: { name: 'drift', ...compact({ previous }) } }, reads, run, driftLimits)

function playInThread<Result extends WrittenRehearsal | Drift>(
  given: Omit<RehearsalThreadData, 'progress'>,
  reads: TenantReads | Record<never, never>,
  { signal, onProgress }: Run,
  limits: FileThreadLimits = defaultLimits,
): Promise<Result> {
  const { port1, port2 } = new MessageChannel()
  if (onProgress) port1.on('message', (args: Parameters<OnProgress>) => onProgress(...args))
  const data: RehearsalThreadData = { ...given, ...(onProgress && { progress: port2 }) }
  const moved = [given.body.buffer, ...(onProgress ? [port2] : [])]
  const tooLarge = () => new RehearsalError([{ part: 'files', message: tooLargeFor(given, limits) }])
  return resultOfThread<Result, typeof reads, RehearsalMistake>(
    { module: threadFile, data, moved, limits, tooLarge },
    reads,
    signal,
    mistakes => new RehearsalError(mistakes),
  ).finally(() => port1.close())
}

const tooLargeFor = (
  { target }: Pick<RehearsalThreadData, 'target'>,
  { maxOldGenerationSizeMb }: FileThreadLimits,
): string =>
  'tenant' in target
    ? 'The directory is too large for the memory or the time of a rehearsal on the server. Run scimulator rehearse or drift with an export of AWS and the files.'
    : `The directory is too large for ${maxOldGenerationSizeMb} MB of memory. A higher --max-objects allows more.`
