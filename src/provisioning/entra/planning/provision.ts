import { isUnassigned, type JsonObject } from '../../../scim/json.ts'
import type { Plan } from '../../kit/run.ts'
import type { RequestOptions } from '../../kit/target.ts'
import {
  type Change,
  changesBetween,
  createdProperties,
  desiredValues,
  isReference,
  modifiedProperties,
  unresolvedReferences,
} from './changes.ts'
import { createStepLog, type Operation, type Outcome, type StepLog } from './provisioning-log.ts'
import { createBody, isDeferredOnCreate, memberPatchBody, patchBody } from './request-bodies.ts'
import { codes, type Failure, type ReadResult, readObjectResult, readWriteResult } from './responses.ts'
import {
  endpointOf,
  labelOf,
  objectPath,
  objectReadPath,
  type ProvisioningTarget,
  planMatch,
} from './target-object.ts'

type MatchedObject = JsonObject & { readonly id: string }

export function* planProvision(subject: ProvisioningTarget): Plan<Outcome> {
  const log = createStepLog()
  log.step('import', subject.target ? 'Update' : 'Add', 'success', `Received ${labelOf(subject)}.`, {
    objectId: subject.objectId,
  })
  log.step('scoping', subject.target ? 'Update' : 'Add', 'success', `${labelOf(subject)} is in scope.`)
  return subject.target === undefined
    ? yield* planUnlinked(subject, log)
    : yield* planLinked(subject, subject.target, log)
}

function* planUnlinked(subject: ProvisioningTarget, log: StepLog): Plan<Outcome> {
  if (isDisabledUser(subject) && subject.disabledUnlinked === 'skip') {
    const description = `${labelOf(subject)} is disabled and was never linked. Disabled users are not provisioned.`
    return skip(subject, log, 'Add', description, codes.notEffectivelyEntitled)
  }
  const match = yield* planMatch(subject)
  if ('failure' in match) {
    log.failed('matching', 'Add', match.failure)
    return failedOutcome(subject, log, 'create', match.failure)
  }
  if (match.found) {
    log.step('matching', 'Add', 'success', 'Matched in target system.', {
      targetId: match.found.id,
    })
    return yield* planDifferences(subject, match.found, log, 'matched')
  }
  log.step('matching', 'Add', 'success', 'No match in target system.')
  return yield* planCreate(subject, log)
}

function* planLinked(subject: ProvisioningTarget, id: string, log: StepLog): Plan<Outcome> {
  const read = readObjectResult(
    yield { method: 'GET', path: objectReadPath(endpointOf(subject), id) },
    'read',
  )
  if ('failure' in read) {
    log.failed('matching', 'Update', read.failure)
    return failedOutcome(subject, log, 'update', read.failure, id)
  }
  log.step('matching', 'Update', 'success', 'Matched in target system.', {
    targetId: id,
  })
  return yield* planDifferences(subject, read.found, log, 'updated')
}

const isDisabledUser = ({ kind, context }: ProvisioningTarget): boolean =>
  kind === 'user' && context.isSoftDeleted

function* planCreate(subject: ProvisioningTarget, log: StepLog): Plan<Outcome> {
  const { mapping, context, linkOf, wire } = subject
  // A user who was never active doesn't exist in the target, so there is nothing to disable.
  if (isDisabledUser(subject)) {
    return skippedOutcome(subject, log, 'Add', 'is not active and was never provisioned')
  }
  if (!mapping.actions.create)
    return skippedOutcome(subject, log, 'Add', 'is not created: the Create action is off')

  const desired = desiredValues(mapping, context, linkOf, 'create')
  const isUnresolved = unresolvedReferences(mapping, context, linkOf).length > 0
  const body = createBody(subject.kind, desired, wire)
  const response = yield { method: 'POST', path: `/${endpointOf(subject)}`, body }
  const created = readObjectResult(response, 'create')
  if ('failure' in created) {
    log.failed('export', 'Add', created.failure)
    return failedOutcome(subject, log, 'create', created.failure)
  }
  log.step('export', 'Add', 'success', `${labelOf(subject)} was created in the target.`)
  return {
    action: 'create',
    status: 'success',
    effect: 'created',
    target: created.found.id,
    steps: log.steps,
    modified: createdProperties(desired),
    referencesDiffer: isUnresolved || isDeferredOnCreate(desired, wire).size > 0,
  }
}

function* planDifferences(
  subject: ProvisioningTarget,
  current: MatchedObject,
  log: StepLog,
  effect: 'matched' | 'updated',
): Plan<Outcome> {
  const { mapping, context, linkOf, clearManager } = subject
  const all = changesBetween(desiredValues(mapping, context, linkOf), current, { clearManager })
  const changes = all.filter(({ op, value }) => op !== 'Remove' && !isReference(value))
  const referencesDiffer =
    changes.length < all.length || unresolvedReferences(mapping, context, linkOf).length > 0
  if (changes.length === 0 || !mapping.actions.update) {
    const outcome =
      changes.length === 0
        ? unchangedOutcome(subject, log)
        : skippedOutcome(subject, log, 'Update', 'is not updated: the Update action is off')
    const found = effect === 'matched' ? 'matched' : 'nothing'
    return { ...outcome, effect: found, target: current.id, current, referencesDiffer }
  }
  const written = yield* planPatch(subject, current.id, changes, log)
  const success = { effect: context.isSoftDeleted && isDisabling(changes) ? 'disabled' : effect } as const
  return { ...written, ...(written.status === 'success' && success), referencesDiffer }
}

function* planPatch(
  subject: ProvisioningTarget,
  id: string,
  changes: readonly Change[],
  log: StepLog,
): Plan<Outcome> {
  const action = subject.context.isSoftDeleted && isDisabling(changes) ? 'disable' : 'update'
  const path = objectPath(endpointOf(subject), id)
  const failure = readWriteResult(
    yield { method: 'PATCH', path, body: patchBody(changes, subject.wire) },
    'change',
  )
  if (failure) {
    log.failed('export', 'Update', failure)
    return failedOutcome(subject, log, action, failure, id)
  }
  const done = action === 'disable' ? 'disabled' : 'updated'
  log.step('export', 'Update', 'success', `${labelOf(subject)} was ${done} in the target.`)
  return {
    action,
    status: 'success',
    effect: done,
    target: id,
    steps: log.steps,
    modified: modifiedProperties(changes),
    referencesDiffer: false,
  }
}

const isDisabling = (changes: readonly Change[]): boolean =>
  changes.some(({ target }) => target.attribute.toLowerCase() === 'active')

export const skippedOutcome = (
  subject: ProvisioningTarget,
  log: StepLog,
  operation: Operation,
  reason: string,
): Outcome => skip(subject, log, operation, `${labelOf(subject)} ${reason}.`, codes.synchronizationSkipped)

const unchangedOutcome = (subject: ProvisioningTarget, log: StepLog): Outcome =>
  skip(subject, log, 'Update', 'No changes required.', codes.redundantExport)

function skip(
  subject: ProvisioningTarget,
  log: StepLog,
  operation: Operation,
  description: string,
  code: string,
): Outcome {
  log.step('export', operation, 'skipped', description, { SkipReason: code })
  return {
    action: 'other',
    status: 'skipped',
    effect: 'nothing',
    target: subject.target,
    steps: log.steps,
    modified: [],
    referencesDiffer: false,
  }
}

export const failedOutcome = (
  subject: ProvisioningTarget,
  log: StepLog,
  action: Outcome['action'],
  failure: Failure,
  target: string | undefined = subject.target,
): Outcome => ({
  action,
  status: 'failure',
  effect: 'nothing',
  target,
  failure,
  steps: log.steps,
  modified: [],
  referencesDiffer: false,
})

export function* planDisable(subject: ProvisioningTarget & { readonly target: string }): Plan<Outcome> {
  const { mapping, context, linkOf, target } = subject
  const log = createStepLog()
  log.step('import', 'Update', 'success', `Received ${labelOf(subject)}.`, { objectId: subject.objectId })
  log.step('scoping', 'Update', 'success', `${labelOf(subject)} is no longer in scope or was deleted.`)
  const read = readObjectResult(
    yield { method: 'GET', path: objectReadPath(endpointOf(subject), target) },
    'read',
  )
  if ('failure' in read) {
    if (read.failure.code === codes.invalidAnchor) {
      return skippedOutcome(subject, log, 'Update', 'no longer exists in the target')
    }
    log.failed('matching', 'Update', read.failure)
    return failedOutcome(subject, log, 'disable', read.failure)
  }
  const changes = changesBetween(desiredValues(mapping, context, linkOf), read.found)
  const active = changes.filter(change => isDisabling([change]))
  if (active.length === 0) {
    return unchangedOutcome(subject, log)
  }
  if (!mapping.actions.update) {
    return skippedOutcome(subject, log, 'Update', 'is not disabled: the Update action is off')
  }
  return yield* planPatch(subject, target, active, log)
}

/** Deletes a purged object, or a group that left the scope. An object that no longer exists counts as deleted. */
export function* planDelete(subject: ProvisioningTarget & { readonly target: string }): Plan<Outcome> {
  const endpoint = endpointOf(subject)
  const log = createStepLog()
  log.step('import', 'Delete', 'success', `${labelOf(subject)} is deleted or no longer in scope.`, {
    objectId: subject.objectId,
  })
  if (!subject.mapping.actions.delete) {
    return skippedOutcome(subject, log, 'Delete', 'is not deleted: the Delete action is off')
  }
  const read = readObjectResult(
    yield { method: 'GET', path: objectReadPath(endpoint, subject.target) },
    'read',
  )
  if ('failure' in read && read.failure.code !== codes.invalidAnchor) {
    log.failed('matching', 'Delete', read.failure)
    return failedOutcome(subject, log, 'delete', read.failure)
  }
  if (!('failure' in read)) {
    const path = objectPath(endpoint, subject.target)
    const failure = readWriteResult(yield { method: 'DELETE', path }, 'delete')
    if (failure && failure.code !== codes.invalidAnchor) {
      log.failed('export', 'Delete', failure)
      return failedOutcome(subject, log, 'delete', failure)
    }
  }
  log.step('export', 'Delete', 'success', `${labelOf(subject)} was deleted from the target.`)
  return {
    action: 'delete',
    status: 'success',
    effect: 'deleted',
    target: undefined,
    steps: log.steps,
    modified: [],
    referencesDiffer: false,
  }
}

/**
 * Writes attributes that a POST omits: a user's manager, by its id in the target, and attributes of extensions whose URN
 * doesn't have Microsoft's form. `current` is the resource as read in this cycle, if it wasn't written since.
 */
export function* planManager(
  subject: ProvisioningTarget & { readonly target: string },
  current: JsonObject | undefined,
): Plan<Outcome> {
  const { mapping, context, linkOf, clearManager, target, wire } = subject
  const log = createStepLog()
  const desired = desiredValues(mapping, context, linkOf, current ? 'update' : 'create')
  const separate = isDeferredOnCreate(desired, { ...wire, sendManagerOnCreate: false })
  if (separate.size === 0 && !clearManager)
    return skippedOutcome(subject, log, 'Update', 'has no reference to write')
  let known = current
  if (!known) {
    const read = readObjectResult(yield { method: 'GET', path: objectReadPath('Users', target) }, 'read')
    if ('failure' in read) {
      log.failed('matching', 'Update', read.failure)
      return failedOutcome(subject, log, 'update', read.failure)
    }
    known = read.found
  }
  const changes = changesBetween(separate, known, { clearManager })
  if (changes.length === 0) {
    return unchangedOutcome(subject, log)
  }
  if (!mapping.actions.update) {
    return skippedOutcome(subject, log, 'Update', 'is not updated: the Update action is off')
  }
  log.step('referenceResolution', 'Update', 'success', `The manager of ${labelOf(subject)} is in the target.`)
  return yield* planPatch(subject, target, changes, log)
}

export function* planGroupRead(target: string): Plan<ReadResult<JsonObject & { readonly id: string }>> {
  return readObjectResult(yield { method: 'GET', path: objectReadPath('Groups', target) }, 'read')
}

export function* planMemberChange(
  target: string,
  op: 'add' | 'remove',
  members: readonly string[],
  wire: RequestOptions,
): Plan<Failure | undefined> {
  const path = objectPath('Groups', target)
  return readWriteResult(yield { method: 'PATCH', path, body: memberPatchBody(op, members, wire) }, 'change')
}

export type MemberChanges = {
  readonly add: readonly (readonly [objectId: string, target: string])[]
  readonly remove: readonly (readonly [objectId: string, target: string])[]
  readonly waiting: readonly string[]
  readonly passedOver: readonly string[]
  readonly deleted: readonly string[]
}

type RecordedMembers = {
  readonly written: ReadonlySet<string>
  /**
   * Members whose last write has an unknown outcome. The target's list is never read, so they are added again if the
   * directory lists them and removed otherwise: repeating an addition or removal changes nothing.
   */
  readonly uncertain: ReadonlySet<string>
  readonly passedOver: ReadonlySet<string>
}

/** Compares a group's members with the job's state. The target's list is never read. */
export function memberChanges(
  members: readonly string[],
  { written, uncertain, passedOver }: RecordedMembers,
  find: (objectId: string) => {
    readonly link?: string
    readonly lastKnown?: string
    readonly expected: boolean
  },
): MemberChanges {
  const listed = new Set(members)
  const add: (readonly [string, string])[] = []
  const waiting: string[] = []
  const outOfScope: string[] = []
  for (const objectId of listed) {
    if ((written.has(objectId) && !uncertain.has(objectId)) || passedOver.has(objectId)) continue
    const { link, expected } = find(objectId)
    if (link !== undefined) add.push([objectId, link])
    else if (expected) waiting.push(objectId)
    else outOfScope.push(objectId)
  }
  const remove: (readonly [string, string])[] = []
  const deleted: string[] = []
  for (const objectId of new Set([...written, ...uncertain])) {
    if (listed.has(objectId)) continue
    const { lastKnown } = find(objectId)
    if (isUnassigned(lastKnown)) deleted.push(objectId)
    else remove.push([objectId, lastKnown as string])
  }
  return { add, remove, waiting, passedOver: outOfScope, deleted }
}
