import type { Quarantine } from './job-state.ts'

/** How a call of `runCycle` ended. */
export type CycleEnding =
  /** All changes were looked at; what failed is in escrow. */
  | 'completed'
  /** The signal was given; the next cycle goes on from here. */
  | 'stopped'
  /** The job is in quarantine now, because of this cycle. */
  | 'quarantined'
  /** In quarantine, and the next attempt isn't due: no request was sent. */
  | 'waiting'
  /** Four weeks in quarantine: only a restart wakes the job. No request was sent. */
  | 'disabled'

export type CyclePhase = 'probes' | 'users' | 'groups' | 'references'

/** What was done, in objects; members and managers in references. */
export type CycleCounts = {
  readonly created: number
  /** Found in the target by a matching attribute, and linked. */
  readonly matched: number
  readonly updated: number
  readonly disabled: number
  readonly deleted: number
  readonly stagedDeletes: number
  readonly skipped: number
  readonly failed: number
  readonly membersAdded: number
  readonly membersRemoved: number
  readonly managersSet: number
}

export type CycleReport = {
  readonly cycleId: string
  readonly kind: 'initial' | 'incremental'
  readonly ending: CycleEnding
  /** By the job's clock, in milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** When the service would run again: 40 minutes on, or the next attempt of a quarantine. Undefined when disabled. */
  readonly nextCycleAt: number | undefined
  readonly requests: number
  /** POST, PATCH and DELETE among them. */
  readonly writes: number
  readonly counts: CycleCounts
  /** Objects and references that wait for another attempt. */
  readonly escrows: number
  readonly quarantine: Quarantine | undefined
}

export type CycleProgress = {
  readonly phase: CyclePhase
  readonly done: number
  readonly total: number
  readonly requests: number
  readonly counts: CycleCounts
}
