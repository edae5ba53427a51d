import type { JsonObject } from '../../scim/json.ts'
import { desiredValues, isReference, unresolvedReferences } from './attribute-values.ts'
import { type Change, changesBetween, createdProperties, modifiedProperties } from './changes.ts'
import { codes, type Failure } from './error-codes.ts'
import type { Outcome, Plan } from './plan.ts'
import { createStepLog, type StepLog } from './provisioning-log.ts'
import { createBody, isDeferredOnCreate, patchBody } from './request-bodies.ts'
import { readObjectResult, readWriteResult } from './responses.ts'
import {
  endpointOf,
  labelOf,
  objectPath,
  objectReadPath,
  type ProvisioningTarget,
  planMatch,
} from './target-object.ts'

type MatchedObject = JsonObject & { readonly id: string }

/** Brings an object that is in scope into the target, or up to date there; without its references. */
export function* planProvision(subject: ProvisioningTarget): Plan<Outcome> {
  const trail = createStepLog()
  trail.step('import', subject.target ? 'Update' : 'Add', 'success', `Received ${labelOf(subject)}.`, {
    objectId: subject.objectId,
  })
  trail.step('scoping', subject.target ? 'Update' : 'Add', 'success', `${labelOf(subject)} is in scope.`)
  return subject.target === undefined
    ? yield* planUnlinked(subject, trail)
    : yield* planLinked(subject, subject.target, trail)
}

function* planUnlinked(subject: ProvisioningTarget, trail: StepLog): Plan<Outcome> {
  const match = yield* planMatch(subject)
  if ('failure' in match) {
    trail.failed('matching', 'Add', match.failure)
    return failedOutcome(subject, trail, 'create', match.failure)
  }
  if (match.found) {
    trail.step('matching', 'Add', 'success', `${labelOf(subject)} was found in the target.`, {
      targetId: match.found.id,
    })
    return yield* planDifferences(subject, match.found, trail, 'matched')
  }
  trail.step('matching', 'Add', 'success', `${labelOf(subject)} was not found in the target.`)
  return yield* planCreate(subject, trail)
}

function* planLinked(subject: ProvisioningTarget, id: string, trail: StepLog): Plan<Outcome> {
  const read = readObjectResult(
    yield { method: 'GET', path: objectReadPath(endpointOf(subject), id) },
    'read',
  )
  if ('failure' in read) {
    trail.failed('matching', 'Update', read.failure)
    return failedOutcome(subject, trail, 'update', read.failure, id)
  }
  trail.step('matching', 'Update', 'success', `${labelOf(subject)} was read from the target.`, {
    targetId: id,
  })
  return yield* planDifferences(subject, read.found, trail, 'updated')
}

function* planCreate(subject: ProvisioningTarget, trail: StepLog): Plan<Outcome> {
  const { mapping, context, linkOf, wire } = subject
  // Who was never active has nothing that could be disabled.
  if (subject.kind === 'user' && context.isSoftDeleted) {
    return skippedOutcome(subject, trail, 'Add', 'is not active, and was never in the target')
  }
  if (!mapping.actions.create)
    return skippedOutcome(subject, trail, 'Add', 'is not created: that action is off')

  const desired = desiredValues(mapping, context, linkOf, 'create')
  const isUnresolved = unresolvedReferences(mapping, context, linkOf).length > 0
  const body = createBody(subject.kind, desired, wire)
  const answer = yield { method: 'POST', path: `/${endpointOf(subject)}`, body }
  const created = readObjectResult(answer, 'create')
  if ('failure' in created) {
    trail.failed('export', 'Add', created.failure)
    return failedOutcome(subject, trail, 'create', created.failure)
  }
  trail.step('export', 'Add', 'success', `${labelOf(subject)} was created in the target.`)
  return {
    action: 'create',
    status: 'success',
    effect: 'created',
    target: created.found.id,
    steps: trail.steps,
    modified: createdProperties(desired),
    referencesDiffer: isUnresolved || isDeferredOnCreate(desired, wire).size > 0,
  }
}

function* planDifferences(
  subject: ProvisioningTarget,
  current: MatchedObject,
  trail: StepLog,
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
        ? skippedOutcome(subject, trail, 'Update', 'is as it should be in the target', codes.redundantExport)
        : skippedOutcome(subject, trail, 'Update', 'is not updated: that action is off')
    const found = effect === 'matched' ? 'matched' : 'nothing'
    return { ...outcome, effect: found, target: current.id, current, referencesDiffer }
  }
  const written = yield* planPatch(subject, current.id, changes, trail)
  const success = { effect: context.isSoftDeleted && isDisabling(changes) ? 'disabled' : effect } as const
  return { ...written, ...(written.status === 'success' && success), referencesDiffer }
}

/** Sends changes to an object, and tells what became of it. */
export function* planPatch(
  subject: ProvisioningTarget,
  id: string,
  changes: readonly Change[],
  trail: StepLog,
): Plan<Outcome> {
  const action = subject.context.isSoftDeleted && isDisabling(changes) ? 'disable' : 'update'
  const path = objectPath(endpointOf(subject), id)
  const failure = readWriteResult(
    yield { method: 'PATCH', path, body: patchBody(changes, subject.wire) },
    'change',
  )
  if (failure) {
    trail.failed('export', 'Update', failure)
    return failedOutcome(subject, trail, action, failure, id)
  }
  const done = action === 'disable' ? 'disabled' : 'updated'
  trail.step('export', 'Update', 'success', `${labelOf(subject)} was ${done} in the target.`)
  return {
    action,
    status: 'success',
    effect: done,
    target: id,
    steps: trail.steps,
    modified: modifiedProperties(changes),
    referencesDiffer: false,
  }
}

/** Whether `active` is among the changes. */
export const isDisabling = (changes: readonly Change[]): boolean =>
  changes.some(({ target }) => target.attribute.toLowerCase() === 'active')

export function skippedOutcome(
  subject: ProvisioningTarget,
  trail: StepLog,
  operation: 'Add' | 'Update' | 'Delete',
  why: string,
  code: string = codes.synchronizationSkipped,
): Outcome {
  trail.step('export', operation, 'skipped', `${labelOf(subject)} ${why}.`, { SkipReason: code })
  return {
    action: 'other',
    status: 'skipped',
    effect: 'nothing',
    target: subject.target,
    steps: trail.steps,
    modified: [],
    referencesDiffer: false,
  }
}

export const failedOutcome = (
  subject: ProvisioningTarget,
  trail: StepLog,
  action: Outcome['action'],
  failure: Failure,
  target: string | undefined = subject.target,
): Outcome => ({
  action,
  status: 'failure',
  effect: 'nothing',
  target,
  failure,
  steps: trail.steps,
  modified: [],
  referencesDiffer: false,
})

/** Disables a user who left the scope or was soft-deleted: `active` is sent and nothing else. */
export function* planDisable(subject: ProvisioningTarget & { readonly target: string }): Plan<Outcome> {
  const { mapping, context, linkOf, target } = subject
  const trail = createStepLog()
  trail.step('import', 'Update', 'success', `Received ${labelOf(subject)}.`, { objectId: subject.objectId })
  trail.step('scoping', 'Update', 'success', `${labelOf(subject)} is no longer in scope, or was deleted.`)
  const read = readObjectResult(
    yield { method: 'GET', path: objectReadPath(endpointOf(subject), target) },
    'read',
  )
  if ('failure' in read) {
    if (read.failure.code === codes.invalidAnchor) {
      return skippedOutcome(subject, trail, 'Update', 'is not in the target any more')
    }
    trail.failed('matching', 'Update', read.failure)
    return failedOutcome(subject, trail, 'disable', read.failure)
  }
  const changes = changesBetween(desiredValues(mapping, context, linkOf), read.found)
  const active = changes.filter(change => isDisabling([change]))
  if (active.length === 0) {
    return skippedOutcome(subject, trail, 'Update', 'is disabled in the target', codes.redundantExport)
  }
  if (!mapping.actions.update) {
    return skippedOutcome(subject, trail, 'Update', 'is not disabled: updates are off')
  }
  return yield* planPatch(subject, target, active, trail)
}

/** Deletes what was purged from the directory, or a group that left the scope. What is gone already is fine. */
export function* planDelete(subject: ProvisioningTarget & { readonly target: string }): Plan<Outcome> {
  const endpoint = endpointOf(subject)
  const trail = createStepLog()
  trail.step('import', 'Delete', 'success', `${labelOf(subject)} is deleted or no longer in scope.`, {
    objectId: subject.objectId,
  })
  if (!subject.mapping.actions.delete) {
    return skippedOutcome(subject, trail, 'Delete', 'is not deleted: that action is off')
  }
  const read = readObjectResult(
    yield { method: 'GET', path: objectReadPath(endpoint, subject.target) },
    'read',
  )
  if ('failure' in read && read.failure.code !== codes.invalidAnchor) {
    trail.failed('matching', 'Delete', read.failure)
    return failedOutcome(subject, trail, 'delete', read.failure)
  }
  if (!('failure' in read)) {
    const path = objectPath(endpoint, subject.target)
    const failure = readWriteResult(yield { method: 'DELETE', path }, 'delete')
    if (failure && failure.code !== codes.invalidAnchor) {
      trail.failed('export', 'Delete', failure)
      return failedOutcome(subject, trail, 'delete', failure)
    }
  }
  trail.step('export', 'Delete', 'success', `${labelOf(subject)} was deleted from the target.`)
  return {
    action: 'delete',
    status: 'success',
    effect: 'deleted',
    target: undefined,
    steps: trail.steps,
    modified: [],
    referencesDiffer: false,
  }
}
