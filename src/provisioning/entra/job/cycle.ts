import { createStepLog, type Outcome } from '../planning/provisioning-log.ts'
import { labelOf, type ProvisioningTarget } from '../planning/target-object.ts'
import { cyclePeriod, escrowCounts, exceededThreshold, nextQuarantine } from './backoff.ts'
import { type ChangeSet, isRemoval, type WorkItem } from './change-set.ts'
import {
  type CycleContext,
  type CycleRequest,
  createCycleContext,
  type JobDeps,
  type QuarantineCause,
} from './cycle-context.ts'
import type { CycleEnding, CycleReport } from './cycle-report.ts'
import { provisionItem, provisioningTargetFor } from './evaluate.ts'
import type { JobConfig, JobState } from './job-state.ts'
import { toAuditEntry } from './log.ts'
import { referencesDue, updateReferences } from './update-references.ts'

function stageDeletions(
  state: JobState,
  config: JobConfig,
  { users, groups }: Pick<ChangeSet, 'users' | 'groups'>,
) {
  const removals = [...users, ...groups].filter(({ decision }) => isRemoval(decision))
  const threshold = config.accidentalDeletionThreshold ?? Number.POSITIVE_INFINITY
  if (removals.length <= threshold || state.deletionsAllowed) return { staged: [], users, groups }
  const isOther = ({ decision }: WorkItem) => !isRemoval(decision)
  return { staged: removals, users: users.filter(isOther), groups: groups.filter(isOther) }
}

function tooManyDeletes(count: number, { accidentalDeletionThreshold }: JobConfig): QuarantineCause {
  const reason =
    `${count} objects would be disabled or deleted, more than the threshold of ` +
    `${accidentalDeletionThreshold}. They are held until you allow the deletions or undo them in the directory.`
  return { reason: 'TooManyDeletes', failure: { code: 'TooManyDeletes', reason } }
}

function reportStagedDeletion(context: CycleContext, item: WorkItem): void {
  const object = provisioningTargetFor(context, item)
  context.report(object, stagedOutcome(object), context.now())
}

function stagedOutcome(object: ProvisioningTarget): Outcome {
  const log = createStepLog()
  const description = `${labelOf(object)} would be disabled or deleted; held until the deletions are allowed.`
  log.step('processing', 'Delete', 'skipped', description)
  return {
    action: 'stageddelete',
    status: 'skipped',
    effect: 'nothing',
    target: object.target,
    steps: log.steps,
    modified: [],
    referencesDiffer: false,
  }
}

/** The initial cycle differs only in that the state is empty, so every object counts as changed. */
export async function runCycle(deps: JobDeps, request: CycleRequest): Promise<CycleReport> {
  const { config, store, clock } = deps
  const { state } = store
  const kind = state.watermark === undefined ? 'initial' : 'incremental'
  const context = createCycleContext(deps, request)

  await context.authenticate()
  if (context.canContinue() && (kind === 'initial' || config.probes.everyCycle || state.quarantine))
    await context.probe()
  const { staged, users, groups } = stageDeletions(state, config, context.changeSet)
  if (context.canContinue()) for (const item of staged) reportStagedDeletion(context, item)
  await context.runPhase('users', users, item => provisionItem(context, item))
  await context.runPhase('groups', groups, item => provisionItem(context, item))
  // Managers before members, after all objects: a reference needs the id of its object in the target.
  await context.runPhase('references', referencesDue(context, 'user'), objectId =>
    updateReferences(context, objectId),
  )
  await context.runPhase('references', referencesDue(context, 'group'), objectId =>
    updateReferences(context, objectId),
  )

  const isComplete = context.canContinue()
  if (isComplete) {
    context.links.forget(context.changeSet.forgotten)
    state.watermark = context.startedAt
    if (staged.length === 0) state.deletionsAllowed = false
  }
  const cause = isComplete ? causeAfterCycle(state, config, staged.length) : context.quarantineCause()
  finishCycle(deps, context, cause, isComplete)
  await store.save()
  await deps.log.flush()
  const escrows = escrowCounts(state)
  return {
    cycleId: context.cycleId,
    kind,
    ending: cycleEnding(cause, isComplete),
    startedAt: context.startedAt,
    endedAt: clock(),
    nextCycleAt: state.nextCycleAt,
    requests: context.requests.all,
    writes: context.requests.writes,
    counts: context.counts,
    escrows: escrows.objects + escrows.references,
    quarantine: state.quarantine,
  }
}

const causeAfterCycle = (state: JobState, config: JobConfig, staged: number): QuarantineCause | undefined =>
  staged > 0 ? tooManyDeletes(staged, config) : exceededThreshold(state, config.limits)

const cycleEnding = (cause: QuarantineCause | undefined, isComplete: boolean): CycleEnding => {
  if (cause) return 'quarantined'
  return isComplete ? 'completed' : 'stopped'
}

function finishCycle(
  { store: { state }, clock, log, newId }: JobDeps,
  { cycleId, startedAt }: CycleContext,
  cause: QuarantineCause | undefined,
  isComplete: boolean,
): void {
  const endedAt = clock()
  state.lastCycle = { cycleId, ending: cycleEnding(cause, isComplete), endedAt }
  if (cause) {
    state.quarantine = nextQuarantine(state.quarantine, cause.reason, cause.failure, endedAt)
    state.nextCycleAt = state.quarantine.nextAttempt
    const { code, reason } = cause.failure
    log.audited(toAuditEntry(newId, endedAt, 'Quarantine', `${cause.reason}: ${code}: ${reason}`, 'failure'))
    return
  }
  state.nextCycleAt = isComplete ? startedAt + cyclePeriod : endedAt
  if (!isComplete || !state.quarantine) return
  delete state.quarantine
  log.audited(toAuditEntry(newId, endedAt, 'Quarantine', 'The job left quarantine after a successful cycle.'))
}
