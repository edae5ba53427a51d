import type { Outcome } from '../planning/plan.ts'
import { createStepLog } from '../planning/provisioning-log.ts'
import { labelOf, type ProvisioningTarget } from '../planning/target-object.ts'
import { cyclePeriod, escrowCounts, exceededThreshold, nextQuarantine } from './backoff.ts'
import { type ChangeSet, isRemoval, type WorkItem } from './change-set.ts'
import {
  type CycleContext,
  type CycleExecution,
  type CycleRequest,
  type JobDeps,
  type QuarantineCause,
  startCycle,
} from './cycle-context.ts'
import type { CycleEnding, CycleReport } from './cycle-report.ts'
import { provisionItem, provisioningTargetFor } from './evaluate.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState } from './job-state.ts'
import { toAuditEntry } from './log.ts'
import { referencesDue, updateReferences } from './update-references.ts'

/** Above the threshold, disables and deletions aren't done but shown, until somebody allows them. */
export function stageDeletions(
  state: JobState,
  config: JobConfig,
  { users, groups }: Pick<ChangeSet, 'users' | 'groups'>,
) {
  const departures = [...users, ...groups].filter(({ decision }) => isRemoval(decision))
  const limit = config.accidentalDeletionThreshold ?? Number.POSITIVE_INFINITY
  if (departures.length <= limit || state.deletionsAllowed) return { held: [], users, groups }
  const others = ({ decision }: WorkItem) => !isRemoval(decision)
  return { held: departures, users: users.filter(others), groups: groups.filter(others) }
}

export function exceedsDeletionThreshold(
  count: number,
  { accidentalDeletionThreshold }: JobConfig,
): QuarantineCause {
  const reason =
    `${count} objects would be disabled or deleted, which is more than the threshold of ` +
    `${accidentalDeletionThreshold}. They wait until the deletions are allowed, or undone in the directory.`
  return { reason: 'TooManyDeletes', failure: { code: 'TooManyDeletes', reason } }
}

export function reportStagedDeletions(run: CycleContext, item: WorkItem): void {
  const subject = provisioningTargetFor(run, item)
  run.report(subject, stagedOutcome(subject), run.now())
}

function stagedOutcome(subject: ProvisioningTarget): Outcome {
  const trail = createStepLog()
  const why = `${labelOf(subject)} would be disabled or deleted, and waits until deletions are allowed.`
  trail.step('processing', 'Delete', 'skipped', why)
  return {
    action: 'stageddelete',
    status: 'skipped',
    effect: 'nothing',
    target: subject.target,
    steps: trail.steps,
    modified: [],
    referencesDiffer: false,
  }
}

/**
 * One cycle: probes, users, groups, references. The first is the initial one, which differs only in that nothing is
 * remembered yet, so that everything has changed.
 */
export async function runCycle(parts: JobDeps, order: CycleRequest): Promise<CycleReport> {
  const { config, store, clock } = parts
  const { state } = store
  const kind = state.watermark === undefined ? 'initial' : 'incremental'
  const course = startCycle(parts, order)
  const { context } = course

  if (kind === 'initial' || config.probes.everyCycle || state.quarantine) await course.probe()
  const { held, users, groups } = stageDeletions(state, config, context.changeSet)
  if (context.canContinue()) for (const item of held) reportStagedDeletions(context, item)
  await course.runPhase('users', users, item => provisionItem(context, item))
  await course.runPhase('groups', groups, item => provisionItem(context, item))
  // Managers before memberships; nothing refers to what isn't there yet.
  await course.runPhase('references', referencesDue(context, 'user'), objectId =>
    updateReferences(context, objectId),
  )
  await course.runPhase('references', referencesDue(context, 'group'), objectId =>
    updateReferences(context, objectId),
  )

  const isDone = context.canContinue()
  if (isDone) {
    context.links.forget(context.changeSet.forgotten)
    state.watermark = course.startedAt
    if (held.length === 0) state.deletionsAllowed = false
  }
  const trouble = isDone ? passedThreshold(state, config, held.length) : course.quarantineCause()
  finishCycle(parts, course, trouble, isDone)
  await store.save()
  await parts.log.flush()
  const escrows = escrowCounts(state)
  return {
    cycleId: course.cycleId,
    kind,
    ending: cycleEnding(trouble, isDone),
    startedAt: course.startedAt,
    endedAt: clock(),
    nextCycleAt: state.nextCycleAt,
    requests: course.requests.all,
    writes: course.requests.writes,
    counts: context.counts,
    escrows: escrows.objects + escrows.references,
    quarantine: state.quarantine,
  }
}

/** What a whole cycle has shown. */
const passedThreshold = (state: JobState, config: JobConfig, held: number): QuarantineCause | undefined =>
  held > 0 ? exceedsDeletionThreshold(held, config) : exceededThreshold(state, config.limits)

const cycleEnding = (trouble: QuarantineCause | undefined, isDone: boolean): CycleEnding => {
  if (trouble) return 'quarantined'
  return isDone ? 'completed' : 'stopped'
}

/** Into quarantine, out of it, or neither; and when to go on. */
function finishCycle(
  { store: { state }, clock, log, newId }: JobDeps,
  { cycleId, startedAt }: Pick<CycleExecution, 'cycleId' | 'startedAt'>,
  trouble: QuarantineCause | undefined,
  isDone: boolean,
): void {
  const endedAt = clock()
  state.lastCycle = { cycleId, ending: cycleEnding(trouble, isDone), endedAt }
  if (trouble) {
    state.quarantine = nextQuarantine(state.quarantine, trouble.reason, trouble.failure, endedAt)
    state.nextCycleAt = state.quarantine.nextAttempt
    const { code, reason } = trouble.failure
    log.audited(
      toAuditEntry(newId, endedAt, 'Quarantine', `${trouble.reason}: ${code}: ${reason}`, 'failure'),
    )
    return
  }
  state.nextCycleAt = isDone ? startedAt + cyclePeriod : endedAt
  if (!isDone || !state.quarantine) return
  delete state.quarantine
  log.audited(
    toAuditEntry(newId, endedAt, 'Quarantine', 'The job left quarantine after a cycle that worked.'),
  )
}
