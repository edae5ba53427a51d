import { z } from 'zod'
import type { JobState, ObjectRecord } from './job-state.ts'

/** A state file that cannot be used; the message says why and what to do. */
export class StateError extends Error {
  override name = 'StateError'
}

const escrow = z.object({
  attempts: z.number(),
  since: z.number(),
  nextAttempt: z.number(),
  errorCode: z.string(),
  reason: z.string(),
  waitsFor: z.array(z.string()).exactOptional(),
})

const record = z.object({
  kind: z.enum(['user', 'group']),
  name: z.string(),
  target: z.string().exactOptional(),
  managed: z.boolean(),
  fingerprint: z.string().exactOptional(),
  escrow: escrow.exactOptional(),
  references: escrow.exactOptional(),
  manager: z.string().exactOptional(),
  members: z.array(z.string()).exactOptional(),
  uncertainMembers: z.array(z.string()).exactOptional(),
  passedOver: z.array(z.string()).exactOptional(),
})

const quarantine = z.object({
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

const written = z.object({
  version: z.literal(1),
  tenantUrl: z.string().exactOptional(),
  watermark: z.number().exactOptional(),
  configuration: z.string().exactOptional(),
  quarantine: quarantine.exactOptional(),
  deletionsAllowed: z.boolean(),
  lastCycle: z.object({ cycleId: z.string(), ending: z.string(), endedAt: z.number() }).exactOptional(),
  nextCycleAt: z.number().exactOptional(),
  objects: z.record(z.string(), record),
})

export function writtenState({ objects, ...rest }: JobState): string {
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

export function readState(text: string, path: string): JobState {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new StateError(
      `The state file ${path} is not JSON. Put a copy of it back, or remove it: the next cycle is an initial one then, ` +
        'and finds by their matching attributes whoever is in the target.',
    )
  }
  const read = written.safeParse(json)
  if (!read.success) {
    const [{ path: place = [], message = '' } = {}] = read.error.issues
    throw new StateError(
      `The file ${path} is no state of a provisioning job: at "${place.join('.')}": ${message}.`,
    )
  }
  const { version: _, objects, ...rest } = read.data
  return {
    ...rest,
    objects: new Map(Object.entries(objects).map(([objectId, each]) => [objectId, recordOf(each)])),
  }
}

const recordOf = ({
  members,
  uncertainMembers,
  passedOver,
  ...rest
}: z.infer<typeof record>): ObjectRecord => ({
  ...rest,
  ...(members && { members: new Set(members) }),
  ...(uncertainMembers && { uncertainMembers: new Set(uncertainMembers) }),
  ...(passedOver && { passedOver: new Set(passedOver) }),
})
