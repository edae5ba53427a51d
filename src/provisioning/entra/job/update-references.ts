import { compact } from '../../../scim/json.ts'
import type { SourceGroup, SourceUser } from '../../kit/directory/source-directory.ts'
import { executePlan, forEachConcurrently } from '../../kit/run.ts'
import { isGroup } from '../mapping/scope.ts'
import { unresolvedReferences } from '../planning/changes.ts'
import {
  failedOutcome,
  type MemberChanges,
  memberChanges,
  planGroupRead,
  planManager,
  planMemberChange,
  skippedOutcome,
} from '../planning/provision.ts'
import { createStepLog, type Outcome } from '../planning/provisioning-log.ts'
import type { Failure } from '../planning/responses.ts'
import { labelOf, type ProvisioningTarget } from '../planning/target-object.ts'
import { isDue, nextEscrow, waitForReferences } from './backoff.ts'
import type { WorkItem } from './change-set.ts'
import type { CycleContext } from './cycle-context.ts'
import { provisioningTargetFor, setEscrow, setManager } from './evaluate.ts'
import type { ObjectRecord } from './job-state.ts'

export const referencesDue = (context: CycleContext, kind: ObjectRecord['kind']): readonly string[] =>
  [...context.state.objects]
    .filter(([objectId, record]) => record.kind === kind && isReferenceDue(context, objectId, record))
    .map(([objectId]) => objectId)

function isReferenceDue(
  context: CycleContext,
  objectId: string,
  { references, target, managed }: ObjectRecord,
): boolean {
  if (!references || target === undefined || !managed || !context.changeSet.isExpected(objectId)) return false
  return (
    isDue(references, context.now()) ||
    (references.waitsFor ?? []).some(id => context.links.linkOf(id) !== undefined)
  )
}

export async function updateReferences(context: CycleContext, objectId: string): Promise<void> {
  const record = context.state.objects.get(objectId)
  const object = context.changeSet.find(objectId)
  if (!record || !object || record.target === undefined) return
  const kind = isGroup(object) ? 'group' : 'user'
  const item: WorkItem = {
    kind,
    objectId,
    object,
    decision: 'provision',
    fingerprint: record.fingerprint ?? '',
  }
  const subject = { ...provisioningTargetFor(context, item), target: record.target }
  if (isGroup(object)) await updateMembers(context, object, subject, record)
  else await updateManager(context, object, subject, record)
  context.currentResources.delete(objectId)
}

type LinkedItem = ProvisioningTarget & { readonly target: string }

async function updateManager(
  context: CycleContext,
  user: SourceUser,
  subject: LinkedItem,
  record: ObjectRecord,
): Promise<void> {
  const startedAt = context.now()
  const waits = unresolvedReferences(subject.mapping, subject.context, subject.linkOf)
    .map(({ objectId }) => objectId)
    .filter(context.changeSet.isExpected)
  const outcome = await executePlan(
    planManager(subject, context.currentResources.get(user.objectId)),
    context.send,
  )
  if (await isJobFailure(context, outcome)) return context.report(subject, outcome, startedAt)
  if (outcome.failure)
    setEscrow(record, 'references', nextEscrow(record.references, outcome.failure, context.now()))
  else if (waits.length > 0) record.references = waitForReferences(waits, context.now())
  else {
    delete record.references
    setManager(record, user.manager)
  }
  if (outcome.effect === 'updated') context.counts.managersSet++
  if (outcome.status !== 'skipped') context.report(subject, { ...outcome, effect: 'nothing' }, startedAt)
}

const isJobFailure = async (context: CycleContext, { failure }: Pick<Outcome, 'failure'>) =>
  failure?.mayConcernJob === true && (await context.isJobFailure(failure))

async function updateMembers(
  context: CycleContext,
  group: SourceGroup,
  subject: LinkedItem,
  record: ObjectRecord,
): Promise<void> {
  const startedAt = context.now()
  if (!subject.mapping.actions.update) {
    delete record.references
    return context.report(
      subject,
      skippedOutcome(subject, createStepLog(), 'Update', 'is not updated: the Update action is off'),
      startedAt,
    )
  }
  const read = context.currentResources.has(group.objectId)
    ? undefined
    : await executePlan(planGroupRead(subject.target), context.send)
  if (read && 'failure' in read) {
    const log = createStepLog()
    log.failed('matching', 'Update', read.failure)
    const outcome = failedOutcome(subject, log, 'update', read.failure)
    if (!(await isJobFailure(context, outcome))) {
      setEscrow(record, 'references', nextEscrow(record.references, read.failure, context.now()))
    }
    return context.report(subject, outcome, startedAt)
  }

  const work = memberChangesOf(context, group, record)
  const written = record.members ?? new Set()
  const uncertain = record.uncertainMembers ?? new Set()
  record.members = written
  for (const objectId of work.deleted) {
    written.delete(objectId)
    uncertain.delete(objectId)
  }
  recordOutOfScope(record, group, work)
  const sent = await sendMembers(context, subject, work, written, uncertain)
  if (uncertain.size > 0) record.uncertainMembers = uncertain
  else delete record.uncertainMembers
  if (context.canContinue() || sent.isComplete) {
    if (sent.failure)
      setEscrow(
        record,
        'references',
        nextEscrow(record.references, sent.failure, context.now(), work.waiting),
      )
    else if (work.waiting.length > 0) record.references = waitForReferences(work.waiting, context.now())
    else delete record.references
  }
  if (sent.modified.length > 0 || sent.failure)
    context.report(subject, memberOutcome(subject, sent), startedAt)
}

const memberChangesOf = (context: CycleContext, group: SourceGroup, record: ObjectRecord): MemberChanges =>
  memberChanges(
    group.members,
    {
      written: record.members ?? new Set(),
      uncertain: record.uncertainMembers ?? new Set(),
      passedOver: record.passedOver ?? new Set(),
    },
    objectId => {
      const link = context.links.linkOf(objectId)
      const lastKnown = context.links.lastKnown(objectId)
      return {
        ...compact({ link, lastKnown }),
        expected: context.changeSet.isExpected(objectId),
      }
    },
  )

/** Drops members that left the group, so that they are evaluated again if they return. */
function recordOutOfScope(
  record: ObjectRecord,
  { members }: SourceGroup,
  { passedOver }: MemberChanges,
): void {
  const listed = new Set(members)
  const kept = [...(record.passedOver ?? []), ...passedOver].filter(objectId => listed.has(objectId))
  if (kept.length > 0) record.passedOver = new Set(kept)
  else delete record.passedOver
}

type MemberResult = {
  readonly failure: Failure | undefined
  readonly isComplete: boolean
  readonly modified: Outcome['modified']
}

async function sendMembers(
  context: CycleContext,
  subject: LinkedItem,
  work: MemberChanges,
  written: Set<string>,
  uncertain: Set<string>,
): Promise<MemberResult> {
  const batches = [
    ...inBatches(work.add, context.config.memberBatchSize).map(members => ({ op: 'add' as const, members })),
    ...inBatches(work.remove, context.config.memberBatchSize).map(members => ({
      op: 'remove' as const,
      members,
    })),
  ]
  const modified: Outcome['modified'][number][] = []
  let failure: Failure | undefined
  let done = 0
  await forEachConcurrently(
    batches,
    context.config.memberConcurrency,
    context.canContinue,
    async ({ op, members }) => {
      const ids = members.map(([, target]) => target)
      const memberFailure = await executePlan(
        planMemberChange(subject.target, op, ids, context.wire),
        context.send,
      )
      if (memberFailure) {
        failure ??= memberFailure
        if (memberFailure.unknownOutcome) for (const [objectId] of members) uncertain.add(objectId)
        if (memberFailure.mayConcernJob) await context.isJobFailure(memberFailure)
        else done++
        return
      }
      done++
      for (const [objectId, target] of members) {
        uncertain.delete(objectId)
        if (op === 'add') written.add(objectId)
        else written.delete(objectId)
        modified.push({
          displayName: 'members',
          oldValue: op === 'add' ? null : target,
          newValue: op === 'add' ? target : null,
        })
      }
      context.counts[op === 'add' ? 'membersAdded' : 'membersRemoved'] += members.length
    },
  )
  return { failure, isComplete: done === batches.length, modified }
}

function inBatches<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  const batches: Value[][] = []
  for (let at = 0; at < values.length; at += size) batches.push(values.slice(at, at + size))
  return batches
}

function memberOutcome(subject: LinkedItem, { failure, modified }: MemberResult): Outcome {
  const log = createStepLog()
  log.step('referenceResolution', 'Update', 'success', `Members of ${labelOf(subject)} are in the target.`)
  if (failure) {
    log.failed('export', 'Update', failure)
    return { ...failedOutcome(subject, log, 'update', failure), modified }
  }
  log.step('export', 'Update', 'success', `${modified.length} members of ${labelOf(subject)} were updated.`)
  return {
    ...skippedOutcome(subject, log, 'Update', ''),
    action: 'update',
    status: 'success',
    steps: log.steps,
    modified,
  }
}
