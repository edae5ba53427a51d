import type { JsonObject } from '../scim/json.ts'
import { type Change, changesBetween, createdProperties, modifiedProperties } from './changes.ts'
import { createBody, leftOutOfCreate } from './create-body.ts'
import { desiredOf, isReference, unresolvedOf } from './desired.ts'
import { codes, type Failure } from './error-codes.ts'
import { planMatch } from './match.ts'
import { patchBody } from './patch-body.ts'
import type { Outcome, Plan } from './plan.ts'
import { objectPath, readPath } from './query.ts'
import { readObject, readWritten } from './read-answer.ts'
import { endpointOfSubject, type Subject, titleOf } from './subject.ts'
import { startTrail, type Trail } from './trail.ts'

type Found = JsonObject & { readonly id: string }

/** Brings an object that is in scope into the target, or up to date there; without its references. */
export function* planProvision(subject: Subject): Plan<Outcome> {
  const trail = startTrail()
  trail.step('import', subject.target ? 'Update' : 'Add', 'success', `Received ${titleOf(subject)}.`, {
    objectId: subject.objectId,
  })
  trail.step('scoping', subject.target ? 'Update' : 'Add', 'success', `${titleOf(subject)} is in scope.`)
  return subject.target === undefined
    ? yield* planUnlinked(subject, trail)
    : yield* planLinked(subject, subject.target, trail)
}

function* planUnlinked(subject: Subject, trail: Trail): Plan<Outcome> {
  const match = yield* planMatch(subject)
  if ('failure' in match) {
    trail.failed('matching', 'Add', match.failure)
    return failed(subject, trail, 'create', match.failure)
  }
  if (match.found) {
    trail.step('matching', 'Add', 'success', `${titleOf(subject)} was found in the target.`, {
      targetId: match.found.id,
    })
    return yield* planDifferences(subject, match.found, trail, 'matched')
  }
  trail.step('matching', 'Add', 'success', `${titleOf(subject)} was not found in the target.`)
  return yield* planCreate(subject, trail)
}

function* planLinked(subject: Subject, id: string, trail: Trail): Plan<Outcome> {
  const read = readObject(yield { method: 'GET', path: readPath(endpointOfSubject(subject), id) }, 'read')
  if ('failure' in read) {
    trail.failed('matching', 'Update', read.failure)
    return failed(subject, trail, 'update', read.failure, id)
  }
  trail.step('matching', 'Update', 'success', `${titleOf(subject)} was read from the target.`, {
    targetId: id,
  })
  return yield* planDifferences(subject, read.found, trail, 'updated')
}

function* planCreate(subject: Subject, trail: Trail): Plan<Outcome> {
  const { mapping, context, linkOf, wire } = subject
  // Who was never active has nothing that could be disabled.
  if (subject.kind === 'user' && context.isSoftDeleted) {
    return skipped(subject, trail, 'Add', 'is not active, and was never in the target')
  }
  if (!mapping.actions.create) return skipped(subject, trail, 'Add', 'is not created: that action is off')

  const desired = desiredOf(mapping, context, linkOf, 'create')
  const isUnresolved = unresolvedOf(mapping, context, linkOf).length > 0
  const body = createBody(subject.kind, desired, wire)
  const answer = yield { method: 'POST', path: `/${endpointOfSubject(subject)}`, body }
  const created = readObject(answer, 'create')
  if ('failure' in created) {
    trail.failed('export', 'Add', created.failure)
    return failed(subject, trail, 'create', created.failure)
  }
  trail.step('export', 'Add', 'success', `${titleOf(subject)} was created in the target.`)
  return {
    action: 'create',
    status: 'success',
    did: 'created',
    target: created.found.id,
    steps: trail.steps,
    modified: createdProperties(desired),
    referencesDiffer: isUnresolved || leftOutOfCreate(desired, wire).size > 0,
  }
}

function* planDifferences(
  subject: Subject,
  current: Found,
  trail: Trail,
  did: 'matched' | 'updated',
): Plan<Outcome> {
  const { mapping, context, linkOf, clearManager } = subject
  const all = changesBetween(desiredOf(mapping, context, linkOf), current, { clearManager })
  const changes = all.filter(({ op, value }) => op !== 'Remove' && !isReference(value))
  const referencesDiffer = changes.length < all.length || unresolvedOf(mapping, context, linkOf).length > 0
  if (changes.length === 0 || !mapping.actions.update) {
    const outcome =
      changes.length === 0
        ? skipped(subject, trail, 'Update', 'is as it should be in the target', codes.redundantExport)
        : skipped(subject, trail, 'Update', 'is not updated: that action is off')
    const found = did === 'matched' ? 'matched' : 'nothing'
    return { ...outcome, did: found, target: current.id, current, referencesDiffer }
  }
  const written = yield* planPatch(subject, current.id, changes, trail)
  const success = { did: context.isSoftDeleted && disables(changes) ? 'disabled' : did } as const
  return { ...written, ...(written.status === 'success' && success), referencesDiffer }
}

/** Sends changes to an object, and tells what became of it. */
export function* planPatch(
  subject: Subject,
  id: string,
  changes: readonly Change[],
  trail: Trail,
): Plan<Outcome> {
  const action = subject.context.isSoftDeleted && disables(changes) ? 'disable' : 'update'
  const path = objectPath(endpointOfSubject(subject), id)
  const failure = readWritten(
    yield { method: 'PATCH', path, body: patchBody(changes, subject.wire) },
    'change',
  )
  if (failure) {
    trail.failed('export', 'Update', failure)
    return failed(subject, trail, action, failure, id)
  }
  const done = action === 'disable' ? 'disabled' : 'updated'
  trail.step('export', 'Update', 'success', `${titleOf(subject)} was ${done} in the target.`)
  return {
    action,
    status: 'success',
    did: done,
    target: id,
    steps: trail.steps,
    modified: modifiedProperties(changes),
    referencesDiffer: false,
  }
}

/** Whether `active` is among the changes. */
export const disables = (changes: readonly Change[]): boolean =>
  changes.some(({ target }) => target.attribute.toLowerCase() === 'active')

export function skipped(
  subject: Subject,
  trail: Trail,
  operation: 'Add' | 'Update' | 'Delete',
  why: string,
  code: string = codes.synchronizationSkipped,
): Outcome {
  trail.step('export', operation, 'skipped', `${titleOf(subject)} ${why}.`, { SkipReason: code })
  return {
    action: 'other',
    status: 'skipped',
    did: 'nothing',
    target: subject.target,
    steps: trail.steps,
    modified: [],
    referencesDiffer: false,
  }
}

export const failed = (
  subject: Subject,
  trail: Trail,
  action: Outcome['action'],
  failure: Failure,
  target: string | undefined = subject.target,
): Outcome => ({
  action,
  status: 'failure',
  did: 'nothing',
  target,
  failure,
  steps: trail.steps,
  modified: [],
  referencesDiffer: false,
})
