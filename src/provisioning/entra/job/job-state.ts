import type { ErrorResponse } from '../planning/error-codes.ts'
/** A pending retry of an object or its references. */
export type Escrow = {
  /** 0: not tried yet, only deferred to a later part of the cycle. */
  readonly attempts: number
  readonly since: number
  readonly nextAttempt: number
  readonly errorCode: string
  readonly reason: string
  readonly response?: ErrorResponse
  /** objectIds of objects that must be in the target first. */
  readonly waitsFor?: readonly string[]
}

export type QuarantineReason =
  | 'EncounteredQuarantineException'
  | 'EncounteredEscrowProportionThreshold'
  | 'EncounteredBaseEscrowThreshold'
  | 'EncounteredTotalEscrowThreshold'
  | 'TooManyDeletes'

export type Quarantine = {
  readonly reason: QuarantineReason
  readonly currentBegan: number
  readonly seriesBegan: number
  readonly seriesCount: number
  readonly nextAttempt: number
  readonly error: { readonly code: string; readonly message: string }
}

/** The state of one object that was ever evaluated. */
export type ObjectRecord = {
  readonly kind: 'user' | 'group'
  /** For the log, after the object was removed from the directory. */
  name: string
  /** Its id in the target: the link. */
  target?: string
  /** In scope when last evaluated. Objects that left the scope keep their link, but their purge isn't sent. */
  managed: boolean
  /** Fingerprint at the last evaluation; if absent, the object counts as changed. */
  fingerprint?: string
  /** Retry of the object itself. */
  escrow?: Escrow
  /** Retry of its manager or members. */
  references?: Escrow
  /** objectId of the manager in the target. */
  manager?: string
  /** objectIds of the members in the target. */
  members?: Set<string>
  /** objectIds of members whose last addition or removal has an unknown outcome: it is repeated, or reversed. */
  uncertainMembers?: Set<string>
  /** objectIds of members out of scope: not evaluated again until a restart. */
  passedOver?: Set<string>
}

/** What a job stores between cycles. */
export type JobState = {
  /** The tenant URL of the links, without query: a state used with another target causes a warning. */
  tenantUrl?: string
  /** All changes up to this time were processed; undefined before the end of the initial cycle. */
  watermark?: number
  /** Hash of mapping and scope: a change causes an initial cycle. */
  configuration?: string
  quarantine?: Quarantine
  /** Allowed once, after a quarantine for TooManyDeletes. */
  deletionsAllowed: boolean
  lastCycle?: { readonly cycleId: string; readonly ending: string; readonly endedAt: number }
  nextCycleAt?: number
  readonly objects: Map<string, ObjectRecord>
}

/** A state and its storage. */
export type JobStore = {
  readonly state: JobState
  /** Resolves when the current state is stored durably. */
  save(): Promise<void>
}

export const emptyState = (): JobState => ({ deletionsAllowed: false, objects: new Map() })

/** A state in memory only. */
export const memoryStore = (): JobStore => ({ state: emptyState(), save: async () => {} })

/** The status that Entra's provisioning page shows. Times are milliseconds since 1970. */
export type JobStatus = {
  readonly code: 'NotRun' | 'Active' | 'Quarantine' | 'Disabled'
  readonly initialCycleDone: boolean
  readonly watermark: number | undefined
  readonly nextCycleAt: number | undefined
  readonly quarantine: Quarantine | undefined
  readonly users: number
  readonly groups: number
  /** Objects that have a link to the target. */
  readonly links: number
  /** Objects and references waiting for a retry. */
  readonly escrows: { readonly objects: number; readonly references: number }
}

/** Links between objects of the directory and ids in the target. */
export type Links = {
  /** The target id of a managed object; undefined for objects that left the scope. */
  linkOf(objectId: string): string | undefined
  /** The last target id, managed or not. */
  lastKnown(objectId: string): string | undefined
  isLinkedToOther(kind: ObjectRecord['kind'], target: string, by: string): boolean
  set(objectId: string, target: string): void
  /** Removes an object that was deleted from the target. */
  remove(objectId: string): void
  /** Removes objects from the state unless a group still lists them as members; the target is not affected. */
  forget(objectIds: readonly string[]): void
}

export function createLinks(state: JobState): Links {
  const owners = new Map<string, string>()
  const key = (kind: ObjectRecord['kind'], target: string) => `${kind} ${target}`
  for (const [objectId, { kind, target }] of state.objects) {
    if (target !== undefined) owners.set(key(kind, target), objectId)
  }
  const drop = (objectId: string) => {
    const record = state.objects.get(objectId)
    if (record?.target !== undefined) owners.delete(key(record.kind, record.target))
    state.objects.delete(objectId)
  }
  return {
    linkOf: objectId => {
      const record = state.objects.get(objectId)
      return record?.managed ? record.target : undefined
    },
    lastKnown: objectId => state.objects.get(objectId)?.target,
    isLinkedToOther: (kind, target, by) => (owners.get(key(kind, target)) ?? by) !== by,
    set: (objectId, target) => {
      const record = state.objects.get(objectId)
      if (!record) return
      record.target = target
      owners.set(key(record.kind, target), objectId)
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
