import { open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../scim/json-error.ts'
import { writeAtomically } from '../atomic-write.ts'
import { emptyState, type JobState, type JobStore, type ObjectRecord } from './job-state.ts'

/** A state file that cannot be used; the message says why and what to do. */
export class StateError extends Error {
  override name = 'StateError'
}

const escrowSchema = z.object({
  attempts: z.number(),
  since: z.number(),
  nextAttempt: z.number(),
  errorCode: z.string(),
  reason: z.string(),
  response: z.object({ status: z.number(), detail: z.string().exactOptional() }).exactOptional(),
  waitsFor: z.array(z.string()).exactOptional(),
})

const recordSchema = z.object({
  kind: z.enum(['user', 'group']),
  name: z.string(),
  target: z.string().exactOptional(),
  managed: z.boolean(),
  fingerprint: z.string().exactOptional(),
  escrow: escrowSchema.exactOptional(),
  references: escrowSchema.exactOptional(),
  manager: z.string().exactOptional(),
  members: z.array(z.string()).exactOptional(),
  uncertainMembers: z.array(z.string()).exactOptional(),
  passedOver: z.array(z.string()).exactOptional(),
})

const quarantineSchema = z.object({
  reason: z.enum([
    'EncounteredQuarantineException',
    'EncounteredEscrowProportionThreshold',
    'EncounteredBaseEscrowThreshold',
    'EncounteredTotalEscrowThreshold',
    'TooManyDeletes',
  ]),
  currentBegan: z.number(),
  seriesBegan: z.number(),
  seriesCount: z.number(),
  nextAttempt: z.number(),
  error: z.object({ code: z.string(), message: z.string() }),
})

const stateSchema = z.object({
  version: z.literal(1),
  tenantUrl: z.string().exactOptional(),
  watermark: z.number().exactOptional(),
  configuration: z.string().exactOptional(),
  quarantine: quarantineSchema.exactOptional(),
  deletionsAllowed: z.boolean(),
  lastCycle: z.object({ cycleId: z.string(), ending: z.string(), endedAt: z.number() }).exactOptional(),
  nextCycleAt: z.number().exactOptional(),
  objects: z.record(z.string(), recordSchema),
})

function serializeState({ objects, ...rest }: JobState): string {
  const entries = [...objects].map(([objectId, { members, uncertainMembers, passedOver, ...each }]) => [
    objectId,
    {
      ...each,
      ...(members && { members: [...members] }),
      ...(uncertainMembers && { uncertainMembers: [...uncertainMembers] }),
      ...(passedOver && { passedOver: [...passedOver] }),
    },
  ])
  return `${JSON.stringify({ version: 1, ...rest, objects: Object.fromEntries(entries) })}\n`
}

export function parseState(text: string, path: string): JobState {
  let json: unknown
  try {
    json = parseJson(text)
  } catch (error) {
    throw new StateError(
      `The state file ${path} is not valid JSON: ${(error as Error).message} Restore it from a copy or delete it. Without it the next cycle is ` +
        'initial and matches existing objects again.',
    )
  }
  const read = stateSchema.safeParse(json)
  if (!read.success) {
    const [{ path: place = [], message = '' } = {}] = read.error.issues
    throw new StateError(
      `The file ${path} is not the state of a provisioning job: ${place.join('.')}: ${message}.`,
    )
  }
  const { version: _, objects, ...rest } = read.data
  return {
    ...rest,
    objects: new Map(Object.entries(objects).map(([objectId, each]) => [objectId, toRecord(each)])),
  }
}

const toRecord = ({
  members,
  uncertainMembers,
  passedOver,
  ...rest
}: z.infer<typeof recordSchema>): ObjectRecord => ({
  ...rest,
  ...(members && { members: new Set(members) }),
  ...(uncertainMembers && { uncertainMembers: new Set(uncertainMembers) }),
  ...(passedOver && { passedOver: new Set(passedOver) }),
})

type StateFile = JobStore & {
  /** Saves the state and releases the lock. */
  close(): Promise<void>
}

/**
 * The state of a job in one JSON file, which is replaced atomically. Throws StateError if the file cannot be read or
 * another process has locked it.
 */
export async function openStateFile(path: string): Promise<StateFile> {
  const release = await lock(`${path}.lock`, path)
  try {
    const state = await stateIn(path)
    let writing: Promise<void> = Promise.resolve()
    const save = () => {
      // Saves run one after the other; each writes the state at its start.
      const next = writing.then(() => writeState(path, state))
      writing = next.catch(() => {})
      return next
    }
    const close = async () => {
      try {
        await save()
      } finally {
        await release()
      }
    }
    return { state, save, close }
  } catch (error) {
    await release()
    throw error
  }
}

async function stateIn(path: string): Promise<JobState> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return emptyState()
    throw new StateError(`The state file ${path} cannot be read: ${(error as Error).message}`)
  }
  return parseState(text, path)
}

async function writeState(path: string, state: JobState): Promise<void> {
  await writeAtomically(path, serializeState(state))
  // The rename is durable only after the folder is synced.
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code

/** Locks held by this process. In a container a new process may have the id of the previous one. */
const heldLocks = new Set<string>()

/** Creates a lock file with the process id; a lock whose process has ended is taken over. */
async function lock(path: string, of: string): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(String(process.pid))
      await file.close()
      heldLocks.add(path)
      return async () => {
        heldLocks.delete(path)
        await rm(path, { force: true })
      }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new StateError(`The state file ${of} cannot be locked: ${(error as Error).message}`)
      }
      const holder = await readFile(path, 'utf8').catch(() => '')
      if (attempt > 3 || isRunning(Number(holder), path)) {
        throw new StateError(
          `The state file ${of} is in use by process ${holder || '(unknown)'}. Wait until it ends; ` +
            `if there is no such process, delete ${path}.`,
        )
      }
      // Also removes the draft that the ended process was writing.
      await rm(`${of}.${holder}.tmp`, { force: true })
      await rm(path, { force: true })
    }
  }
}

function isRunning(pid: number, path: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) return heldLocks.has(path)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
