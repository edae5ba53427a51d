import { extname } from 'node:path'
import { BodyError } from '../../domain/contract/problem.ts'
import type { Rehearsal } from '../../domain/contract/rehearsal.ts'
import { minute } from '../../domain/duration.ts'
import {
  type FileThreadLimits,
  fileThreadLimits,
  runRemoteCall,
  withFileThread,
} from '../../domain/event-loop/file-thread.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { TenantReads } from '../../traffic/aws-directory/of-tenant.ts'
import { RehearsalError } from './played.ts'
import type { RehearsalLists, RehearsalThreadData, RehearsalThreadMessage } from './thread.ts'

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
export async function rehearseInThread(
  data: RehearsalThreadData,
  reads: TenantReads,
  signal: AbortSignal,
  limits: FileThreadLimits = defaultLimits,
): Promise<Rehearsal> {
  const start = { module: threadFile, data, moved: [data.body.buffer], limits, tooLarge }
  return withFileThread<RehearsalThreadMessage, Rehearsal>(start, signal, async ({ receive, send }) => {
    const lists: RehearsalLists = { people: [], objects: [] }
    for (;;) {
      const message = await receive()
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
      if ('read' in message) send(await runRemoteCall(reads, message.read))
      else if ('lists' in message) {
        const { people = [], objects = [] } = message.lists
        lists.people.push(...people)
        lists.objects.push(...objects)
        send(undefined)
      } else if ('mistakes' in message) throw new RehearsalError(message.mistakes)
      else if ('invalid' in message) throw new BodyError(message.invalid.message, message.invalid.errors)
      else return { ...message.rest, ...lists }
    }
  })
}

const tooLarge = () =>
  new RehearsalError([
    {
      part: 'files',
      message:
        'The directory is too large for the memory or the time of a rehearsal on the server. Run scimulator rehearse with an export of AWS and the files.',
    },
  ])
