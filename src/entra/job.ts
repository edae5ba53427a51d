import { randomUUID } from 'node:crypto'
import type { CycleParts } from './course.ts'
import { runCycle } from './cycle.ts'
import type { CycleProgress, CycleReport } from './cycle-report.ts'
import { drive } from './executor.ts'
import type { JobConfig } from './job-config.ts'
import {
  configurationChanged,
  configurationOf,
  idleBecause,
  idleReport,
  restart,
  statusOf,
} from './job-life.ts'
import type { JobStore } from './job-state.ts'
import type { JobStatus } from './job-status.ts'
import { auditOf } from './log-entry.ts'
import { type OnDemandAnswer, provisionOnDemand } from './on-demand.ts'
import { planProbe, probeText } from './plan-probe.ts'
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

export function createJob(job: JobParts): Job {
  const { config, state: store, target, clock, log, newId = randomUUID } = job
  const { state } = store
  const parts: CycleParts = { config, store, target, clock, log, newId }
  const audit = (activity: string, reason: string) => log.audited(auditOf(newId, clock(), activity, reason))
  const saved = async () => {
    await store.save()
    await log.flush()
  }

  return {
    async testConnection() {
      const refused = await drive(planProbe(config.mapping, config.probes, newId), target)
      return refused ? { ok: false, errorCode: refused.code, message: probeText(refused) } : { ok: true }
    },

    async runCycle({ now = false, ...order }) {
      const isNew = configurationChanged(state, config)
      const idle = isNew ? undefined : idleBecause(state, clock())
      if (idle === 'disabled' || (idle === 'waiting' && !now)) return idleReport(state, idle, clock(), newId)
      if (isNew) {
        if (state.configuration === undefined) {
          audit('Enable/start provisioning', 'The first cycle is an initial one.')
        } else {
          restart(state, false)
          audit('Update attribute mappings or scope', 'The next cycle is an initial one.')
        }
        state.configuration = configurationOf(config)
      }
      return runCycle(parts, order)
    },

    provisionOnDemand: demand => provisionOnDemand(parts, demand),

    async restart({ full }) {
      restart(state, full)
      audit(
        'Restart provisioning',
        full
          ? 'Watermark, escrows, quarantine and links were cleared.'
          : 'Watermark, escrows and quarantine were cleared.',
      )
      await saved()
    },

    async allowDeletions() {
      state.deletionsAllowed = true
      if (state.quarantine?.reason === 'TooManyDeletes') {
        state.quarantine = { ...state.quarantine, nextAttempt: clock() }
        state.nextCycleAt = clock()
      }
      audit('Allow deletions', 'Deletions above the threshold pass in the next cycle.')
      await saved()
    },

    status: () => statusOf(state, clock()),
  }
}
