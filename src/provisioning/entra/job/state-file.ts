import { z } from 'zod'
import { parseJson } from '../../../scim/json-error.ts'
import { openLockedState, StateError, type StateFile } from '../../kit/locked-state.ts'
import { emptyState, type JobState, type ObjectRecord } from './job-state.ts'

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

/**
 * The state of a job in one JSON file, which is replaced atomically. Throws StateError if the file cannot be read or
 * another process has locked it.
 */
export const openStateFile = (path: string): Promise<StateFile<JobState>> =>
  openLockedState(path, { empty: emptyState, parse: parseState, serialize: serializeState })
