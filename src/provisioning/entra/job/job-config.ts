import type { RequestOptions } from '../../kit/target.ts'
import type { Mapping } from '../mapping/mapping.ts'

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
