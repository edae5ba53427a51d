import type { Mapping } from '../mapping/mapping.ts'
import type { RequestOptions } from '../target.ts'

/** What an administrator sets on a provisioning job, and how its requests are paced. No secrets: the token is the target's. */
export type JobConfig = {
  /** `scim.<tenant id without dashes>.<guid>` for an app of one's own. */
  readonly jobId: string
  /** The directory's tenant id, a GUID. */
  readonly tenantId: string
  /** The enterprise application, for the log. */
  readonly application: { readonly id: string; readonly displayName: string }
  readonly mapping: Mapping
  /** "Sync only assigned users and groups", or all of them. Scoping filters apply in both. */
  readonly scope: 'assigned' | 'all'
  /** Users who leave the scope are left as they are. */
  readonly skipOutOfScopeDeletions: boolean
  /** More disables and deletions than this in one cycle wait until they are allowed; absent means no limit. */
  readonly accidentalDeletionThreshold?: number
  readonly wire: RequestOptions
  /** Look-ups of random GUIDs before anything else. */
  readonly probes: {
    readonly users: number
    readonly groups: number
    /** Also at the start of incremental cycles. */
    readonly everyCycle: boolean
  }
  /** Members in one request. */
  readonly memberBatchSize: number
  /** Requests for members of one group under way at a time. */
  readonly memberConcurrency: number
  /** Users, or groups, worked on at a time. */
  readonly concurrency: number
  readonly limits: QuarantineLimits
}

/** When failures put the whole job into quarantine. */
export type QuarantineLimits = {
  /** From this many failures on, their share of all objects counts. */
  readonly examinedFrom: number
  readonly share: number
  /** More failed objects than this, whatever the share. */
  readonly objects: number
  /** More failed objects and references than this. */
  readonly objectsAndReferences: number
}

/** Everything but the mapping, as Entra does it when nothing is set. */
export const defaultJobConfig: Omit<JobConfig, 'mapping' | 'wire' | 'jobId' | 'tenantId' | 'application'> = {
  scope: 'assigned',
  skipOutOfScopeDeletions: false,
  probes: { users: 2, groups: 1, everyCycle: true },
  memberBatchSize: 1,
  memberConcurrency: 4,
  concurrency: 4,
  limits: { examinedFrom: 5000, share: 0.4, objects: 40_000, objectsAndReferences: 60_000 },
}
