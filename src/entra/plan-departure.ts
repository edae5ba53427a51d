import { changesBetween } from './changes.ts'
import { desiredOf } from './desired.ts'
import { codes } from './error-codes.ts'
import type { Outcome, Plan } from './plan.ts'
import { disables, failed, planPatch, skipped } from './plan-provision.ts'
import { objectPath, readPath } from './query.ts'
import { readObject, readWritten } from './read-answer.ts'
import { endpointOfSubject, type Subject, titleOf } from './subject.ts'
import { startTrail } from './trail.ts'

/** Disables a user who left the scope or was soft-deleted: `active` is sent and nothing else. */
export function* planDisable(subject: Subject & { readonly target: string }): Plan<Outcome> {
  const { mapping, context, linkOf, target } = subject
  const trail = startTrail()
  trail.step('import', 'Update', 'success', `Received ${titleOf(subject)}.`, { objectId: subject.objectId })
  trail.step('scoping', 'Update', 'success', `${titleOf(subject)} is no longer in scope, or was deleted.`)
  const read = readObject(yield { method: 'GET', path: readPath(endpointOfSubject(subject), target) }, 'read')
  if ('failure' in read) {
    if (read.failure.code === codes.invalidAnchor) {
      return skipped(subject, trail, 'Update', 'is not in the target any more')
    }
    trail.failed('matching', 'Update', read.failure)
    return failed(subject, trail, 'disable', read.failure)
  }
  const changes = changesBetween(desiredOf(mapping, context, linkOf), read.found)
  const active = changes.filter(change => disables([change]))
  if (active.length === 0) {
    return skipped(subject, trail, 'Update', 'is disabled in the target', codes.redundantExport)
  }
  if (!mapping.actions.update) {
    return skipped(subject, trail, 'Update', 'is not disabled: updates are off')
  }
  return yield* planPatch(subject, target, active, trail)
}

/** Deletes what was purged from the directory, or a group that left the scope. What is gone already is fine. */
export function* planDelete(subject: Subject & { readonly target: string }): Plan<Outcome> {
  const endpoint = endpointOfSubject(subject)
  const trail = startTrail()
  trail.step('import', 'Delete', 'success', `${titleOf(subject)} is deleted or no longer in scope.`, {
    objectId: subject.objectId,
  })
  if (!subject.mapping.actions.delete) {
    return skipped(subject, trail, 'Delete', 'is not deleted: that action is off')
  }
  const read = readObject(yield { method: 'GET', path: readPath(endpoint, subject.target) }, 'read')
  if ('failure' in read && read.failure.code !== codes.invalidAnchor) {
    trail.failed('matching', 'Delete', read.failure)
    return failed(subject, trail, 'delete', read.failure)
  }
  if (!('failure' in read)) {
    const path = objectPath(endpoint, subject.target)
    const failure = readWritten(yield { method: 'DELETE', path }, 'delete')
    if (failure && failure.code !== codes.invalidAnchor) {
      trail.failed('export', 'Delete', failure)
      return failed(subject, trail, 'delete', failure)
    }
  }
  trail.step('export', 'Delete', 'success', `${titleOf(subject)} was deleted from the target.`)
  return {
    action: 'delete',
    status: 'success',
    did: 'deleted',
    target: undefined,
    steps: trail.steps,
    modified: [],
    referencesDiffer: false,
  }
}
