import type { CycleProgress, CycleReport } from './cycle-report.ts'
import type { JobConfig } from './job-config.ts'
import type { JobStore, Quarantine } from './job-state.ts'
import type { OnDemandAnswer } from './on-demand.ts'
import type { ProvisioningLog } from './provisioning-log.ts'
import type { SourceDirectory } from './source-directory.ts'
import type { Target } from './target.ts'

export type JobParts = {
  readonly config: JobConfig
  /** `openStateFile(path)`, or `memoryStore()`. */
  readonly state: JobStore
  /** `httpTarget({ tenantUrl, token, … })`. */
  readonly target: Target
  /** Milliseconds since 1970; all that takes days goes by it. */
  readonly clock: () => number
  /** `openLogFile(path, clock)`, or `noLog`. */
  readonly log: ProvisioningLog
  /** GUIDs for probes and log entries. */
  readonly newId?: () => string
}

export type ConnectionTest =
  | { readonly ok: true }
  /** Entra's words: "While attempting to validate our authorization to access your application, …". */
  | { readonly ok: false; readonly errorCode: string; readonly message: string }

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

/**
 * A provisioning job.
 *
 * ```ts
 * const store = await openStateFile('job.json')
 * const job = createJob({ config, state: store, target: httpTarget({ tenantUrl, token }), clock: Date.now, log })
 * const report = await job.runCycle({ directory: await readDirectory('directory.json') })
 * await store.close()
 * ```
 *
 * Only one of its methods may run at a time. Cycles are as long apart as the caller makes them:
 * `report.nextCycleAt` says when Entra would run the next.
 */
export type Job = {
  /** The probes, and nothing else. */
  testConnection(): Promise<ConnectionTest>
  /** The initial cycle while there is no watermark, an incremental one after that. */
  runCycle(cycle: {
    readonly directory: SourceDirectory
    /** Ends the cycle cleanly: what is under way is finished and the state is saved. */
    readonly signal?: AbortSignal
    /** Called for each object; cheap to ignore. */
    readonly onProgress?: (progress: CycleProgress) => void
    /** Runs although a quarantine's next attempt isn't due, as after new credentials. */
    readonly now?: boolean
  }): Promise<CycleReport>
  /** Provisions one user, or one group with up to five of its members, in the default dialect. */
  provisionOnDemand(demand: {
    readonly directory: SourceDirectory
    readonly objectId: string
    /** objectIds of members of the group, five at most. */
    readonly members?: readonly string[]
  }): Promise<OnDemandAnswer>
  /** Forgets watermark, escrows and quarantine, and with `full` the links too; the next cycle is an initial one. */
  restart(options: { readonly full: boolean }): Promise<void>
  /** Lets the deletions pass that a quarantine for TooManyDeletes holds back, in the next cycle. */
  allowDeletions(): Promise<void>
  status(): JobStatus
}

export function createJob(parts: JobParts): Job {
  throw new Error(`The job ${parts.config.jobId} cannot run yet.`)
}
