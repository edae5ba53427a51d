import { type Course, type CycleOrder, type CycleParts, startCourse, type Trouble } from './course.ts'
import type { CycleEnding, CycleReport } from './cycle-report.ts'
import { evaluate } from './evaluate.ts'
import { holdBack, reportStaged, tooManyDeletes } from './hold-back.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState } from './job-state.ts'
import { auditOf } from './log-entry.ts'
import { cyclePeriod, escrowCounts, quarantineAfter, thresholdPassed } from './quarantine.ts'
import { referencesDue, updateReferences } from './update-references.ts'

/**
 * One cycle: probes, users, groups, references. The first is the initial one, which differs only in that nothing is
 * remembered yet, so that everything has changed.
 */
export async function runCycle(parts: CycleParts, order: CycleOrder): Promise<CycleReport> {
  const { config, store, clock } = parts
  const { state } = store
  const kind = state.watermark === undefined ? 'initial' : 'incremental'
  const course = startCourse(parts, order)
  const { run } = course

  if (kind === 'initial' || config.probes.everyCycle || state.quarantine) await course.probe()
  const { held, users, groups } = holdBack(state, config, run.survey)
  if (run.mayGoOn()) for (const item of held) reportStaged(run, item)
  await course.phase('users', users, item => evaluate(run, item))
  await course.phase('groups', groups, item => evaluate(run, item))
  // Managers before memberships; nothing refers to what isn't there yet.
  await course.phase('references', referencesDue(run, 'user'), objectId => updateReferences(run, objectId))
  await course.phase('references', referencesDue(run, 'group'), objectId => updateReferences(run, objectId))

  const isDone = run.mayGoOn()
  if (isDone) {
    run.links.forget(run.survey.forgotten)
    state.watermark = course.startedAt
    if (held.length === 0) state.deletionsAllowed = false
  }
  const trouble = isDone ? passedBy(state, config, held.length) : course.trouble()
  settle(parts, course, trouble, isDone)
  await store.save()
  await parts.log.flush()
  const escrows = escrowCounts(state)
  return {
    cycleId: course.cycleId,
    kind,
    ending: endingOf(trouble, isDone),
    startedAt: course.startedAt,
    endedAt: clock(),
    nextCycleAt: state.nextCycleAt,
    requests: course.requests.all,
    writes: course.requests.writes,
    counts: run.counts,
    escrows: escrows.objects + escrows.references,
    quarantine: state.quarantine,
  }
}

/** What a whole cycle has shown. */
const passedBy = (state: JobState, config: JobConfig, held: number): Trouble | undefined =>
  held > 0 ? tooManyDeletes(held, config) : thresholdPassed(state, config.limits)

const endingOf = (trouble: Trouble | undefined, isDone: boolean): CycleEnding => {
  if (trouble) return 'quarantined'
  return isDone ? 'completed' : 'stopped'
}

/** Into quarantine, out of it, or neither; and when to go on. */
function settle(
  { store: { state }, clock, log, newId }: CycleParts,
  { cycleId, startedAt }: Pick<Course, 'cycleId' | 'startedAt'>,
  trouble: Trouble | undefined,
  isDone: boolean,
): void {
  const endedAt = clock()
  state.lastCycle = { cycleId, ending: endingOf(trouble, isDone), endedAt }
  if (trouble) {
    state.quarantine = quarantineAfter(state.quarantine, trouble.reason, trouble.failure, endedAt)
    state.nextCycleAt = state.quarantine.nextAttempt
    const { code, reason } = trouble.failure
    log.audited(auditOf(newId, endedAt, 'Quarantine', `${trouble.reason}: ${code}: ${reason}`, 'failure'))
    return
  }
  state.nextCycleAt = isDone ? startedAt + cyclePeriod : endedAt
  if (!isDone || !state.quarantine) return
  delete state.quarantine
  log.audited(auditOf(newId, endedAt, 'Quarantine', 'The job left quarantine after a cycle that worked.'))
}
