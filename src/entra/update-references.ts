import { unresolvedOf } from './desired.ts'
import type { Failure } from './error-codes.ts'
import { escrowAfter, isDue, waitingFor } from './escrow.ts'
import { setEscrow, setManager } from './evaluate.ts'
import { drive, forEachConcurrently } from './executor.ts'
import type { ObjectRecord } from './job-state.ts'
import type { Outcome } from './plan.ts'
import { planManager } from './plan-manager.ts'
import { type MemberWork, memberWork, planGroupRead, planMemberChange } from './plan-members.ts'
import { failed, skipped } from './plan-provision.ts'
import type { Run } from './run.ts'
import { isGroup } from './scope.ts'
import type { SourceGroup, SourceUser } from './source-directory.ts'
import { type Subject, titleOf } from './subject.ts'
import { subjectOf } from './subject-of.ts'
import type { Item } from './survey.ts'
import { startTrail } from './trail.ts'

/** Users whose manager, or groups whose members, are to be looked at now. */
export const referencesDue = (run: Run, kind: ObjectRecord['kind']): readonly string[] =>
  [...run.state.objects]
    .filter(([objectId, record]) => record.kind === kind && isReferenceDue(run, objectId, record))
    .map(([objectId]) => objectId)

function isReferenceDue(run: Run, objectId: string, { references, target, managed }: ObjectRecord): boolean {
  if (!references || target === undefined || !managed || !run.survey.isExpected(objectId)) return false
  return (
    isDue(references, run.now()) || (references.waitsFor ?? []).some(id => run.links.linkOf(id) !== undefined)
  )
}

/** Writes an object's references, as far as what they point to is in the target. */
export async function updateReferences(run: Run, objectId: string): Promise<void> {
  const record = run.state.objects.get(objectId)
  const object = run.survey.find(objectId)
  if (!record || !object || record.target === undefined) return
  const kind = isGroup(object) ? 'group' : 'user'
  const item: Item = { kind, objectId, object, decision: 'provision', fingerprint: record.fingerprint ?? '' }
  const subject = { ...subjectOf(run, item), target: record.target }
  if (isGroup(object)) await updateMembers(run, object, subject, record)
  else await updateManager(run, object, subject, record)
  run.fresh.delete(objectId)
}

type Linked = Subject & { readonly target: string }

async function updateManager(
  run: Run,
  user: SourceUser,
  subject: Linked,
  record: ObjectRecord,
): Promise<void> {
  const startedAt = run.now()
  const waits = unresolvedOf(subject.mapping, subject.context, subject.linkOf)
    .map(({ objectId }) => objectId)
    .filter(run.survey.isExpected)
  const outcome = await drive(planManager(subject, run.fresh.get(user.objectId)), run.send)
  if (await isBroken(run, outcome)) return run.report(subject, outcome, startedAt)
  if (outcome.failure)
    setEscrow(record, 'references', escrowAfter(record.references, outcome.failure, run.now()))
  else if (waits.length > 0) record.references = waitingFor(waits, run.now())
  else {
    delete record.references
    setManager(record, user.manager)
  }
  if (outcome.did === 'updated') run.counts.managersSet++
  if (outcome.status !== 'skipped') run.report(subject, { ...outcome, did: 'nothing' }, startedAt)
}

const isBroken = async (run: Run, { failure }: Pick<Outcome, 'failure'>) =>
  failure?.doubtful === true && (await run.breaksJob(failure))

async function updateMembers(
  run: Run,
  group: SourceGroup,
  subject: Linked,
  record: ObjectRecord,
): Promise<void> {
  const startedAt = run.now()
  if (!subject.mapping.actions.update) {
    delete record.references
    return run.report(
      subject,
      skipped(subject, startTrail(), 'Update', 'is not updated: that action is off'),
      startedAt,
    )
  }
  const read = run.fresh.has(group.objectId)
    ? undefined
    : await drive(planGroupRead(subject.target), run.send)
  if (read && 'failure' in read) {
    const trail = startTrail()
    trail.failed('matching', 'Update', read.failure)
    const outcome = failed(subject, trail, 'update', read.failure)
    if (!(await isBroken(run, outcome))) {
      setEscrow(record, 'references', escrowAfter(record.references, read.failure, run.now()))
    }
    return run.report(subject, outcome, startedAt)
  }

  const work = workOf(run, group, record)
  const written = record.members ?? new Set()
  const uncertain = record.uncertainMembers ?? new Set()
  record.members = written
  for (const objectId of work.gone) {
    written.delete(objectId)
    uncertain.delete(objectId)
  }
  keepPassedOver(record, group, work)
  const sent = await sendMembers(run, subject, work, written, uncertain)
  if (uncertain.size > 0) record.uncertainMembers = uncertain
  else delete record.uncertainMembers
  if (run.mayGoOn() || sent.isComplete) {
    if (sent.failure)
      setEscrow(record, 'references', escrowAfter(record.references, sent.failure, run.now(), work.waiting))
    else if (work.waiting.length > 0) record.references = waitingFor(work.waiting, run.now())
    else delete record.references
  }
  if (sent.modified.length > 0 || sent.failure) run.report(subject, outcomeOf(subject, sent), startedAt)
}

const workOf = (run: Run, group: SourceGroup, record: ObjectRecord): MemberWork =>
  memberWork(
    group.members,
    {
      written: record.members ?? new Set(),
      uncertain: record.uncertainMembers ?? new Set(),
      passedOver: record.passedOver ?? new Set(),
    },
    objectId => {
      const link = run.links.linkOf(objectId)
      const lastKnown = run.links.lastKnown(objectId)
      return {
        ...(link !== undefined && { link }),
        ...(lastKnown !== undefined && { lastKnown }),
        expected: run.survey.isExpected(objectId),
      }
    },
  )

/** Who leaves the group and comes back later is looked at again. */
function keepPassedOver(record: ObjectRecord, { members }: SourceGroup, { passedOver }: MemberWork): void {
  const listed = new Set(members)
  const kept = [...(record.passedOver ?? []), ...passedOver].filter(objectId => listed.has(objectId))
  if (kept.length > 0) record.passedOver = new Set(kept)
  else delete record.passedOver
}

type Sent = {
  readonly failure: Failure | undefined
  readonly isComplete: boolean
  readonly modified: Outcome['modified']
}

/** Sends the changes, and keeps in `written` and `uncertain` what is known of each member afterwards. */
async function sendMembers(
  run: Run,
  subject: Linked,
  work: MemberWork,
  written: Set<string>,
  uncertain: Set<string>,
): Promise<Sent> {
  const batches = [
    ...inBatches(work.add, run.config.memberBatchSize).map(members => ({ op: 'add' as const, members })),
    ...inBatches(work.remove, run.config.memberBatchSize).map(members => ({
      op: 'remove' as const,
      members,
    })),
  ]
  const modified: Outcome['modified'][number][] = []
  let failure: Failure | undefined
  let done = 0
  await forEachConcurrently(batches, run.config.memberConcurrency, run.mayGoOn, async ({ op, members }) => {
    const ids = members.map(([, target]) => target)
    const refused = await drive(planMemberChange(subject.target, op, ids, run.wire), run.send)
    if (refused) {
      failure ??= refused
      if (refused.unknownOutcome) for (const [objectId] of members) uncertain.add(objectId)
      if (refused.doubtful) await run.breaksJob(refused)
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
    run.counts[op === 'add' ? 'membersAdded' : 'membersRemoved'] += members.length
  })
  return { failure, isComplete: done === batches.length, modified }
}

function inBatches<Value>(values: readonly Value[], size: number): readonly (readonly Value[])[] {
  const batches: Value[][] = []
  for (let at = 0; at < values.length; at += size) batches.push(values.slice(at, at + size))
  return batches
}

function outcomeOf(subject: Linked, { failure, modified }: Sent): Outcome {
  const trail = startTrail()
  trail.step('referenceResolution', 'Update', 'success', `Members of ${titleOf(subject)} are in the target.`)
  if (failure) {
    trail.failed('export', 'Update', failure)
    return { ...failed(subject, trail, 'update', failure), modified }
  }
  trail.step('export', 'Update', 'success', `${modified.length} members of ${titleOf(subject)} were changed.`)
  return {
    ...skipped(subject, trail, 'Update', ''),
    action: 'update',
    status: 'success',
    steps: trail.steps,
    modified,
  }
}
