import type { SourceGroup } from '../../kit/directory/source-directory.ts'
import { executePlan } from '../../kit/run.ts'
import { isGroup, scopedUserContext } from '../mapping/scope.ts'
import { type ExpressionContext, groupExpressionContext } from '../mapping/values.ts'
import { mapsMembers } from '../planning/changes.ts'
import { planDelete, planDisable, planProvision, skippedOutcome } from '../planning/provision.ts'
import type { Outcome } from '../planning/provisioning-log.ts'
import { createStepLog } from '../planning/provisioning-log.ts'
import { codes } from '../planning/responses.ts'
import type { ProvisioningTarget } from '../planning/target-object.ts'
import { dueNow, nextEscrow } from './backoff.ts'
import type { WorkItem } from './change-set.ts'
import type { CycleContext } from './cycle-context.ts'
import type { ObjectRecord } from './job-state.ts'

export function provisioningTargetFor(
  context: CycleContext,
  { kind, objectId, object, decision }: WorkItem,
): ProvisioningTarget {
  const { config, state, links, changeSet, wire } = context
  const record = state.objects.get(objectId)
  return {
    kind,
    objectId,
    name: nameOf(object) ?? record?.name ?? objectId,
    mapping: kind === 'user' ? config.mapping.users : config.mapping.groups,
    context: expressionContextOf(object, decision === 'provision', changeSet.scope.rolesOf(objectId)),
    target: record?.target,
    wire,
    linkOf: links.linkOf,
    disabledUnlinked: config.disabledUnlinked,
    clearManager:
      record?.manager !== undefined && object !== undefined && !isGroup(object) && !object.manager,
    isTaken: target => links.isLinkedToOther(kind, target, objectId),
    isShared: value => changeSet.isShared(kind, value),
  }
}

const expressionContextOf = (
  object: WorkItem['object'],
  isIn: boolean,
  appRoles: ExpressionContext['appRoles'],
): ExpressionContext => {
  if (object === undefined) return { attributes: {}, isSoftDeleted: true, appRoles: [] }
  return isGroup(object) ? groupExpressionContext(object) : scopedUserContext(object, isIn, appRoles)
}

function nameOf(object: WorkItem['object']): string | undefined {
  if (object === undefined) return undefined
  const { userPrincipalName, displayName } = object.attributes
  const name = isGroup(object) ? displayName : (userPrincipalName ?? displayName)
  return typeof name === 'string' ? name : undefined
}

export async function provisionItem(context: CycleContext, item: WorkItem): Promise<Outcome> {
  const { state, links } = context
  const startedAt = context.now()
  const subject = provisioningTargetFor(context, item)
  const outcome = await outcomeOf(context, item, subject)
  const isJobFailure =
    outcome.failure?.mayConcernJob === true && (await context.isJobFailure(outcome.failure))
  const record = state.objects.get(item.objectId) ?? newRecord(item, subject.name)
  state.objects.set(item.objectId, record)
  record.name = subject.name
  if (outcome.target !== undefined) links.set(item.objectId, outcome.target)
  // A failure of the whole job is not recorded for the object, which still counts as changed.
  if (!isJobFailure) recordOutcome(context, item, subject, outcome, record)
  context.report(subject, outcome, startedAt)
  return outcome
}

const newRecord = ({ kind }: WorkItem, name: string): ObjectRecord => ({ kind, name, managed: false })

async function outcomeOf(
  context: CycleContext,
  { decision }: WorkItem,
  subject: ProvisioningTarget,
): Promise<Outcome> {
  if (decision === 'provision') return executePlan(planProvision(subject), context.send)
  const { target } = subject
  if (target !== undefined && decision === 'disable')
    return executePlan(planDisable({ ...subject, target }), context.send)
  if (target !== undefined && decision === 'delete')
    return executePlan(planDelete({ ...subject, target }), context.send)
  const reason =
    decision === 'release' ? 'left the scope and is left unchanged' : 'is not in scope and not provisioned'
  return skippedOutcome(subject, createStepLog(), target === undefined ? 'Add' : 'Update', reason)
}

function recordOutcome(
  context: CycleContext,
  item: WorkItem,
  subject: ProvisioningTarget,
  outcome: Outcome,
  record: ObjectRecord,
): void {
  const now = context.now()
  record.fingerprint = item.fingerprint
  if (outcome.failure) {
    // An object in scope is managed even if its first attempt failed.
    if (item.decision === 'provision') record.managed = true
    setEscrow(record, 'escrow', nextEscrow(record.escrow, outcome.failure, now))
    if (outcome.failure.code !== codes.invalidAnchor) deferReferences(context, item, subject, outcome, record)
    return
  }
  delete record.escrow
  switch (item.decision) {
    case 'provision':
      record.managed = true
      deferReferences(context, item, subject, outcome, record)
      return
    case 'delete':
      if (outcome.effect === 'deleted' || item.object === undefined) context.links.remove(item.objectId)
      else record.managed = false
      return
    case 'disable':
      // A soft-deleted user stays managed until the purge deletes the account.
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

/** Defers managers and members to the end of the cycle, when the referenced objects are in the target. */
function deferReferences(
  context: CycleContext,
  item: WorkItem,
  subject: ProvisioningTarget,
  outcome: Outcome,
  record: ObjectRecord,
): void {
  if (item.decision !== 'provision' || item.object === undefined || outcome.target === undefined) return
  const differ = isGroup(item.object)
    ? mapsMembers(subject.mapping) && membersDiffer(item.object, record)
    : outcome.referencesDiffer
  if (differ) {
    record.references = { ...(record.references ?? dueNow(context.now())), nextAttempt: context.now() }
    if (outcome.current) context.currentResources.set(item.objectId, outcome.current)
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
