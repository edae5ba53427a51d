import * as z from 'zod'
import { ids, mapOf, type Store, stateFormat } from '../../kit/state-file.ts'
import type { RequestOptions } from '../../kit/target.ts'
import type { Mapping } from '../mapping/mapping.ts'

const escrowSchema = z.object({
  /** 0: not tried yet, only deferred to a later part of the cycle. */
  attempts: z.number(),
  since: z.number(),
  nextAttempt: z.number(),
  errorCode: z.string(),
  reason: z.string(),
  response: z.object({ status: z.number(), detail: z.string().exactOptional() }).exactOptional(),
  waitsFor: z.array(z.string()).readonly().exactOptional(),
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

const recordSchema = z.object({
  kind: z.enum(['user', 'group']),
  /** For the log, after the object was removed from the directory. */
  name: z.string(),
  target: z.string().exactOptional(),
  /** In scope when last evaluated. Objects that left the scope keep their link, but their purge isn't sent. */
  managed: z.boolean(),
  /** Fingerprint at the last evaluation; if absent, the object counts as changed. */
  fingerprint: z.string().exactOptional(),
  escrow: escrowSchema.exactOptional(),
  references: escrowSchema.exactOptional(),
  manager: z.string().exactOptional(),
  members: ids.exactOptional(),
  /** objectIds of members whose last addition or removal has an unknown outcome: it is repeated, or reversed. */
  uncertainMembers: ids.exactOptional(),
  /** objectIds of members out of scope: not evaluated again until a restart. */
  passedOver: ids.exactOptional(),
})

const stateSchema = z.object({
  /** The tenant URL of the links, without query: a state used with another target causes a warning. */
  tenantUrl: z.string().exactOptional(),
  /** All changes up to this time were processed; absent before the end of the initial cycle. */
  watermark: z.number().exactOptional(),
  /** Hash of mapping and scope: a change causes an initial cycle. */
  configuration: z.string().exactOptional(),
  quarantine: quarantineSchema.exactOptional(),
  /** Allowed once, after a quarantine for TooManyDeletes. */
  deletionsAllowed: z.boolean(),
  lastCycle: z.object({ cycleId: z.string(), ending: z.string(), endedAt: z.number() }).exactOptional(),
  nextCycleAt: z.number().exactOptional(),
  objects: mapOf(recordSchema),
})

export type Escrow = Readonly<z.output<typeof escrowSchema>>
export type Quarantine = Readonly<z.output<typeof quarantineSchema>>
export type QuarantineReason = Quarantine['reason']
export type ObjectRecord = z.output<typeof recordSchema>
export type JobState = z.output<typeof stateSchema>
export type JobStore = Store<JobState>

export const entraState = stateFormat<JobState>({
  job: 'a provisioning job',
  schema: stateSchema,
  emptyState: () => ({ deletionsAllowed: false, objects: new Map() }),
  withoutIt: 'Without it the next cycle is initial and matches existing objects again.',
})

export const { emptyState, memoryStore, openStateFile } = entraState

/** The status that Entra's provisioning page shows. Times are milliseconds since 1970. */
export type JobStatus = {
  readonly code: 'NotRun' | 'Active' | 'Quarantine' | 'Disabled'
  readonly initialCycleDone: boolean
  readonly watermark: number | undefined
  readonly nextCycleAt: number | undefined
  readonly quarantine: Quarantine | undefined
  readonly users: number
  readonly groups: number
  readonly links: number
  readonly escrows: { readonly objects: number; readonly references: number }
}

export type Links = {
  linkOf(objectId: string): string | undefined
  lastKnown(objectId: string): string | undefined
  isLinkedToOther(kind: ObjectRecord['kind'], target: string, by: string): boolean
  set(objectId: string, target: string): void
  remove(objectId: string): void
  /** Removes objects from the state unless a group still lists them as members; the target is not affected. */
  forget(objectIds: readonly string[]): void
}

export function createLinks(state: JobState): Links {
  const owners = { user: new Map<string, string>(), group: new Map<string, string>() }
  for (const [objectId, { kind, target }] of state.objects) {
    if (target !== undefined) owners[kind].set(target, objectId)
  }
  const drop = (objectId: string) => {
    const record = state.objects.get(objectId)
    if (record?.target !== undefined) owners[record.kind].delete(record.target)
    state.objects.delete(objectId)
  }
  return {
    linkOf: objectId => {
      const record = state.objects.get(objectId)
      return record?.managed ? record.target : undefined
    },
    lastKnown: objectId => state.objects.get(objectId)?.target,
    isLinkedToOther: (kind, target, by) => (owners[kind].get(target) ?? by) !== by,
    set: (objectId, target) => {
      const record = state.objects.get(objectId)
      if (!record) return
      record.target = target
      owners[record.kind].set(target, objectId)
    },
    forget: objectIds => {
      if (objectIds.length === 0) return
      const held = new Set([...state.objects.values()].flatMap(({ members }) => [...(members ?? [])]))
      for (const objectId of objectIds) if (!held.has(objectId)) drop(objectId)
    },
    remove: objectId => {
      drop(objectId)
      // A target removes a deleted user from its groups.
      for (const { members } of state.objects.values()) members?.delete(objectId)
    },
  }
}

/** Requests per second: Microsoft requires targets to support 25 for each tenant (its SCIM tutorial). */
export const requestsPerSecond = 25

/** Minutes of an initial cycle per user, group and membership, by Microsoft's estimate (when provisioning finishes). */
export const initialCycleMinutes = { least: 0.01, most: 0.08 } as const

export type JobConfig = {
  /** `scim.<tenant id without dashes>.<guid>` for a non-gallery application. */
  readonly jobId: string
  readonly tenantId: string
  readonly application: { readonly id: string; readonly displayName: string }
  readonly mapping: Mapping
  readonly scope: 'assigned' | 'all'
  readonly skipOutOfScopeDeletions: boolean
  /**
   * A disabled user in scope without a link: skipped, as Microsoft documents (how-provisioning-works), or matched and disabled in the
   * target.
   */
  readonly disabledUnlinked: 'skip' | 'disable'
  /** If one cycle has more disables and deletions than this, they are held until allowed; absent: no limit. */
  readonly accidentalDeletionThreshold?: number
  readonly wire: RequestOptions
  readonly probes: {
    readonly users: number
    readonly groups: number
    readonly everyCycle: boolean
  }
  readonly memberBatchSize: number
  readonly memberConcurrency: number
  readonly concurrency: number
  readonly limits: QuarantineLimits
}

export type QuarantineLimits = {
  readonly examinedFrom: number
  readonly share: number
  readonly objects: number
  readonly objectsAndReferences: number
}

export const defaultJobConfig: Omit<JobConfig, 'mapping' | 'wire' | 'jobId' | 'tenantId' | 'application'> = {
  scope: 'assigned',
  skipOutOfScopeDeletions: false,
  disabledUnlinked: 'skip',
  probes: { users: 2, groups: 1, everyCycle: true },
  memberBatchSize: 1,
  memberConcurrency: 4,
  concurrency: 4,
  limits: { examinedFrom: 5000, share: 0.4, objects: 40_000, objectsAndReferences: 60_000 },
}
