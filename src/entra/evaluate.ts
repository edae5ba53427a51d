import { mapsMembers } from './desired.ts'
import { codes } from './error-codes.ts'
import { dueAtOnce, escrowAfter } from './escrow.ts'
import { drive } from './executor.ts'
import type { ObjectRecord } from './job-state.ts'
import type { Outcome } from './plan.ts'
import { planDelete, planDisable } from './plan-departure.ts'
import { planProvision, skipped } from './plan-provision.ts'
import type { Run } from './run.ts'
import { isGroup } from './scope.ts'
import type { SourceGroup } from './source-directory.ts'
import type { Subject } from './subject.ts'
import { subjectOf } from './subject-of.ts'
import type { Item } from './survey.ts'
import { startTrail } from './trail.ts'

/** Does what a cycle does about one object, apart from its references, and remembers what came of it. */
export async function evaluate(run: Run, item: Item): Promise<Outcome> {
  const { state, links } = run
  const startedAt = run.now()
  const subject = subjectOf(run, item)
  const outcome = await outcomeOf(run, item, subject)
  const isBroken = outcome.failure?.doubtful === true && (await run.breaksJob(outcome.failure))
  const record = state.objects.get(item.objectId) ?? newRecord(item, subject.name)
  state.objects.set(item.objectId, record)
  record.name = subject.name
  if (outcome.target !== undefined) links.set(item.objectId, outcome.target)
  // A failure of the whole job says nothing about the object: it stays as changed as it was.
  if (!isBroken) remember(run, item, subject, outcome, record)
  run.report(subject, outcome, startedAt)
  return outcome
}

const newRecord = ({ kind }: Item, name: string): ObjectRecord => ({ kind, name, managed: false })

async function outcomeOf(run: Run, { decision }: Item, subject: Subject): Promise<Outcome> {
  if (decision === 'provision') return drive(planProvision(subject), run.send)
  const { target } = subject
  if (target !== undefined && decision === 'disable')
    return drive(planDisable({ ...subject, target }), run.send)
  if (target !== undefined && decision === 'delete')
    return drive(planDelete({ ...subject, target }), run.send)
  const why =
    decision === 'release'
      ? 'left the scope and is left as it is'
      : 'is not in scope, and nothing is managed for it'
  return skipped(subject, startTrail(), target === undefined ? 'Add' : 'Update', why)
}

function remember(run: Run, item: Item, subject: Subject, outcome: Outcome, record: ObjectRecord): void {
  const now = run.now()
  record.fingerprint = item.fingerprint
  if (outcome.failure) {
    // Found or not, what is in scope is managed from now on.
    if (item.decision === 'provision') record.managed = true
    setEscrow(record, 'escrow', escrowAfter(record.escrow, outcome.failure, now))
    if (outcome.failure.code !== codes.invalidAnchor) deferReferences(run, item, subject, outcome, record)
    return
  }
  delete record.escrow
  switch (item.decision) {
    case 'provision':
      record.managed = true
      deferReferences(run, item, subject, outcome, record)
      return
    case 'delete':
      if (outcome.did === 'deleted' || item.object === undefined) run.links.remove(item.objectId)
      else record.managed = false
      return
    case 'disable':
      // Of who is only soft-deleted the purge is still to come.
      record.managed = item.object?.deletedAt !== undefined
      delete record.references
      return
    case 'release':
      record.managed = false
      delete record.references
      return
    case 'skip':
    case 'forget':
      return
  }
}

/** Managers and members are left to the end of the cycle, when all that they point to is there. */
function deferReferences(
  run: Run,
  item: Item,
  subject: Subject,
  outcome: Outcome,
  record: ObjectRecord,
): void {
  if (item.decision !== 'provision' || item.object === undefined || outcome.target === undefined) return
  const differ = isGroup(item.object)
    ? mapsMembers(subject.mapping) && membersDiffer(item.object, record)
    : outcome.referencesDiffer
  if (differ) {
    record.references = { ...(record.references ?? dueAtOnce(run.now())), nextAttempt: run.now() }
    if (outcome.current) run.fresh.set(item.objectId, outcome.current)
  } else {
    delete record.references
    if (!isGroup(item.object) && !outcome.failure) setManager(record, item.object.manager)
  }
}

const membersDiffer = (
  { members }: SourceGroup,
  { members: written, uncertainMembers, passedOver }: ObjectRecord,
): boolean => {
  const listed = new Set(members)
  return (
    uncertainMembers !== undefined ||
    members.some(member => !written?.has(member) && !passedOver?.has(member)) ||
    [...(written ?? [])].some(member => !listed.has(member))
  )
}

export function setManager(record: ObjectRecord, manager: string | undefined): void {
  if (manager === undefined) delete record.manager
  else record.manager = manager
}

export function setEscrow(
  record: ObjectRecord,
  which: 'escrow' | 'references',
  escrow: ObjectRecord['escrow'],
): void {
  if (escrow) record[which] = escrow
  else delete record[which]
}
