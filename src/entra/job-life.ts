import type { CycleEnding, CycleReport } from './cycle-report.ts'
import { hashOf } from './fingerprint.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState } from './job-state.ts'
import type { JobStatus } from './job-status.ts'
import { escrowCounts, isDisabled } from './quarantine.ts'
import { noCounts } from './run.ts'

/** Stands for what causes an initial cycle when it is changed. */
export const configurationOf = ({ mapping, scope }: JobConfig): string => hashOf([mapping, scope])

export const configurationChanged = (state: JobState, config: JobConfig): boolean =>
  state.configuration !== configurationOf(config)

/** Watermark, escrows and quarantine are forgotten; with `full`, who is who in the target as well. */
export function restart(state: JobState, full: boolean): void {
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

/** Why a cycle that is asked for now isn't run. */
export function idleBecause({ quarantine }: JobState, now: number): 'waiting' | 'disabled' | undefined {
  if (isDisabled(quarantine, now)) return 'disabled'
  return quarantine && now < quarantine.nextAttempt ? 'waiting' : undefined
}

export function idleReport(
  state: JobState,
  ending: CycleEnding,
  now: number,
  newId: () => string,
): CycleReport {
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

export function statusOf(state: JobState, now: number): JobStatus {
  const records = [...state.objects.values()]
  return {
    code: codeOf(state, now),
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

function codeOf(state: JobState, now: number): JobStatus['code'] {
  if (isDisabled(state.quarantine, now)) return 'Disabled'
  if (state.quarantine) return 'Quarantine'
  return state.lastCycle ? 'Active' : 'NotRun'
}
