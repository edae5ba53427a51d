import { randomUUID } from 'node:crypto'
import { executePlan } from '../../kit/run.ts'
import { type Credentials, secretToken } from '../credentials/credentials.ts'
import { planProbe, probeFailureMessage } from '../planning/probe.ts'
import { escrowCounts, isDisabled } from './backoff.ts'
import { hashJson } from './change-set.ts'
import { runCycle } from './cycle.ts'
import { authenticationFailure, type CycleRequest, type JobDeps } from './cycle-context.ts'
import { type CycleEnding, type CycleReport, noCounts } from './cycle-report.ts'
import type { JobConfig, JobState, JobStatus, JobStore } from './job-state.ts'
import { toAuditEntry } from './log.ts'
import { type OnDemandRequest, type OnDemandResponse, provisionOnDemand } from './on-demand.ts'

const configurationHash = ({ mapping, scope }: JobConfig): string => hashJson([mapping, scope])

const configurationChanged = (state: JobState, config: JobConfig): boolean =>
  state.configuration !== configurationHash(config)

function resetJob(state: JobState, full: boolean): void {
  delete state.watermark
  delete state.quarantine
  delete state.nextCycleAt
  state.deletionsAllowed = false
  if (full) state.objects.clear()
  for (const record of state.objects.values()) {
    delete record.fingerprint
    delete record.escrow
    delete record.references
    delete record.passedOver
  }
}

function idleReason({ quarantine }: JobState, now: number): 'waiting' | 'disabled' | undefined {
  if (isDisabled(quarantine, now)) return 'disabled'
  return quarantine && now < quarantine.nextAttempt ? 'waiting' : undefined
}

function idleReport(state: JobState, ending: CycleEnding, now: number, newId: () => string): CycleReport {
  const { objects, references } = escrowCounts(state)
  return {
    cycleId: newId(),
    kind: state.watermark === undefined ? 'initial' : 'incremental',
    ending,
    startedAt: now,
    endedAt: now,
    nextCycleAt: ending === 'disabled' ? undefined : state.nextCycleAt,
    requests: 0,
    writes: 0,
    counts: noCounts(),
    escrows: objects + references,
    quarantine: state.quarantine,
  }
}

export function jobStatus(state: JobState, now: number): JobStatus {
  const records = [...state.objects.values()]
  return {
    code: statusCode(state, now),
    initialCycleDone: state.watermark !== undefined,
    watermark: state.watermark,
    nextCycleAt: state.nextCycleAt,
    quarantine: state.quarantine,
    users: records.filter(({ kind }) => kind === 'user').length,
    groups: records.filter(({ kind }) => kind === 'group').length,
    links: records.filter(({ target }) => target !== undefined).length,
    escrows: escrowCounts(state),
  }
}

function statusCode(state: JobState, now: number): JobStatus['code'] {
  if (isDisabled(state.quarantine, now)) return 'Disabled'
  if (state.quarantine) return 'Quarantine'
  return state.lastCycle ? 'Active' : 'NotRun'
}

type JobOptions = Pick<JobDeps, 'config' | 'target' | 'clock' | 'log'> & {
  readonly state: JobStore
  readonly credentials?: Credentials
  readonly newId?: () => string
}

type ConnectionTest =
  | { readonly ok: true }
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
 * Only one of its methods may run at a time. The caller decides when to run cycles; `report.nextCycleAt` is when Entra
 * would run the next.
 */
export type Job = {
  testConnection(): Promise<ConnectionTest>
  /** Runs the initial cycle while there is no watermark, then incremental ones. */
  runCycle(
    cycle: CycleRequest & {
      /** Runs even if the next attempt of a quarantine isn't due, as after new credentials. */
      readonly now?: boolean
    },
  ): Promise<CycleReport>
  /** Provisions one user, or one group with up to five of its members, in the default dialect. */
  provisionOnDemand(request: OnDemandRequest): Promise<OnDemandResponse>
  /** Clears watermark, escrows and quarantine, with `full` also the links; the next cycle is initial. */
  restart(options: { readonly full: boolean }): Promise<void>
  allowDeletions(): Promise<void>
  status(): JobStatus
}

export function createJob(job: JobOptions): Job {
  const { config, state: store, target, clock, log, newId = randomUUID } = job
  const { state } = store
  const credentials = job.credentials ?? secretToken('')
  const deps: JobDeps = { config, store, target, credentials, clock, log, newId }
  const audit = (activity: string, reason: string) =>
    log.audited(toAuditEntry(newId, clock(), activity, reason))
  const saved = async () => {
    await store.save()
    await log.flush()
  }

  return {
    async testConnection() {
      const refusal = await authenticationFailure(credentials)
      if (refusal) return { ok: false, errorCode: refusal.code, message: refusal.reason }
      const failure = await executePlan(planProbe(config.mapping, config.probes, newId), target)
      return failure
        ? { ok: false, errorCode: failure.code, message: probeFailureMessage(failure) }
        : { ok: true }
    },

    async runCycle({ now = false, ...request }) {
      const hasNewConfiguration = configurationChanged(state, config)
      const idle = hasNewConfiguration ? undefined : idleReason(state, clock())
      if (idle === 'disabled' || (idle === 'waiting' && !now)) return idleReport(state, idle, clock(), newId)
      if (hasNewConfiguration) {
        if (state.configuration === undefined) {
          audit('Enable/start provisioning', 'The first cycle is initial.')
        } else {
          resetJob(state, false)
          audit('Update attribute mappings or scope', 'The next cycle is initial.')
        }
        state.configuration = configurationHash(config)
      }
      return runCycle(deps, request)
    },

    provisionOnDemand: request => provisionOnDemand(deps, request),

    async restart({ full }) {
      resetJob(state, full)
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
      audit('Allow deletions', 'The next cycle applies deletions above the threshold.')
      await saved()
    },

    status: () => jobStatus(state, clock()),
  }
}
