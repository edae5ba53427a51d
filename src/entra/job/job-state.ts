/** Why an object or its references wait, and until when. */
export type Escrow = {
  /** 0 means that it hasn't been tried yet, only put off to a later part of the cycle. */
  readonly attempts: number
  readonly since: number
  readonly nextAttempt: number
  readonly errorCode: string
  readonly reason: string
  /** objectIds of those that have to be in the target first. */
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

/** What is known of one object that was ever looked at. */
export type ObjectRecord = {
  readonly kind: 'user' | 'group'
  /** For the log, when the object itself is gone. */
  name: string
  /** Its id in the target: the link. */
  target?: string
  /** In scope when it was last looked at. Links of those who left are kept, but a later purge isn't sent. */
  managed: boolean
  /** Of the source object as it was last evaluated; different or absent means that it has changed. */
  fingerprint?: string
  /** Of an object whose evaluation failed. */
  escrow?: Escrow
  /** Of its manager, or its members. */
  references?: Escrow
  /** objectId of the manager who was written. */
  manager?: string
  /** objectIds of the members who were written. */
  members?: Set<string>
  /** objectIds of members whose last addition or removal has an unknown outcome: it is repeated, or reversed. */
  uncertainMembers?: Set<string>
  /** objectIds of members who were out of scope: they aren't looked at again until a restart. */
  passedOver?: Set<string>
}

/** What a job remembers between two cycles. */
export type JobState = {
  /** Where the links lead, without its query: whoever uses the state for another target can be warned. */
  tenantUrl?: string
  /** Until when all changes have been seen; undefined before the initial cycle has ended. */
  watermark?: number
  /** Of mapping and scope: another one causes an initial cycle. */
  configuration?: string
  quarantine?: Quarantine
  /** Allowed once, after a quarantine for TooManyDeletes. */
  deletionsAllowed: boolean
  lastCycle?: { readonly cycleId: string; readonly ending: string; readonly endedAt: number }
  nextCycleAt?: number
  readonly objects: Map<string, ObjectRecord>
}

/** A state and the place where it is kept. */
export type JobStore = {
  readonly state: JobState
  /** Resolves when the state, as it is now, would survive the end of the process. */
  save(): Promise<void>
}

export const emptyState = (): JobState => ({ deletionsAllowed: false, objects: new Map() })

/** A state that ends with the process, for tests and trials. */
export const memoryStore = (): JobStore => ({ state: emptyState(), save: async () => {} })

/** How a job is, as Entra's page shows it. Times are milliseconds since 1970. */
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
  /** Objects, and references, that wait for another attempt. */
  readonly escrows: { readonly objects: number; readonly references: number }
}

/** Both directions between objects of the directory and ids of the target. */
export type Links = {
  /** The id of an object that is managed; what left the scope is linked, but referred to no more. */
  linkOf(objectId: string): string | undefined
  /** The id it was last known by, managed or not. */
  lastKnown(objectId: string): string | undefined
  isLinkedToOther(kind: ObjectRecord['kind'], target: string, by: string): boolean
  set(objectId: string, target: string): void
  /** It is gone from the target, and from all that is remembered. */
  remove(objectId: string): void
  /** It is remembered no more, once no group has to let go of it; in the target it may go on. */
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
      // A target takes whom it deletes out of its groups.
      for (const { members } of state.objects.values()) members?.delete(objectId)
    },
  }
}
