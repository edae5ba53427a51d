import type { CycleReport } from '../../entra/cycle-report.ts'
import type { JobState } from '../../entra/job-state.ts'
import type { SourceDirectory } from '../../entra/source-directory.ts'
import { isQuiet } from './one-cycle.ts'

const thirtyDays = 30 * 24 * 3_600_000

/**
 * When a clock that runs fast should come to the next cycle: after the usual time while something happens, and else
 * with the first cycle in which something is due, for those before it would only probe. Undefined when nothing is.
 */
export function nextDue(
  report: CycleReport,
  state: JobState,
  directory: SourceDirectory,
  every: number,
): number | undefined {
  if (report.ending === 'waiting') return report.nextCycleAt
  const next = report.startedAt + every
  if (!isQuiet(report)) return next
  const due = [...retries(state), ...purges(state, directory)]
  if (due.length === 0) return undefined
  const cycles = Math.ceil((Math.min(...due) - report.startedAt) / every)
  return report.startedAt + Math.max(1, cycles) * every
}

function* retries(state: JobState): Generator<number> {
  for (const { escrow, references } of state.objects.values()) {
    for (const each of [escrow, references]) {
      if (each && each.nextAttempt < Number.MAX_SAFE_INTEGER) yield each.nextAttempt
    }
  }
}

/** Those who are deleted softly and provisioned are deleted in the target 30 days later. */
function* purges(state: JobState, { users, groups }: SourceDirectory): Generator<number> {
  for (const { objectId, deletedAt } of [...users, ...groups]) {
    const record = state.objects.get(objectId)
    if (deletedAt !== undefined && record?.target !== undefined && record.managed)
      yield deletedAt + thirtyDays
  }
}
