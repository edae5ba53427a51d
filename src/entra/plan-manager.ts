import type { JsonObject } from '../scim/json.ts'
import { changesBetween } from './changes.ts'
import { leftOutOfCreate } from './create-body.ts'
import { desiredOf } from './desired.ts'
import { codes } from './error-codes.ts'
import type { Outcome, Plan } from './plan.ts'
import { failed, planPatch, skipped } from './plan-provision.ts'
import { readPath } from './query.ts'
import { readObject } from './read-answer.ts'
import type { Subject } from './subject.ts'
import { titleOf } from './subject.ts'
import { startTrail } from './trail.ts'

/**
 * Writes what cannot go along in a POST: a user's manager, by its id in the target, and attributes of extensions
 * whose URN isn't as Microsoft forms them. `current` is what this cycle has read, if nothing came after.
 */
export function* planManager(
  subject: Subject & { readonly target: string },
  current: JsonObject | undefined,
): Plan<Outcome> {
  const { mapping, context, linkOf, clearManager, target, wire } = subject
  const trail = startTrail()
  const desired = desiredOf(mapping, context, linkOf, current ? 'update' : 'create')
  const separate = leftOutOfCreate(desired, { ...wire, sendManagerOnCreate: false })
  if (separate.size === 0 && !clearManager)
    return skipped(subject, trail, 'Update', 'has no reference to write yet')
  let known = current
  if (!known) {
    const read = readObject(yield { method: 'GET', path: readPath('Users', target) }, 'read')
    if ('failure' in read) {
      trail.failed('matching', 'Update', read.failure)
      return failed(subject, trail, 'update', read.failure)
    }
    known = read.found
  }
  const changes = changesBetween(separate, known, { clearManager })
  if (changes.length === 0) {
    return skipped(subject, trail, 'Update', 'has its manager in the target', codes.redundantExport)
  }
  if (!mapping.actions.update) {
    return skipped(subject, trail, 'Update', 'is not updated: that action is off')
  }
  trail.step(
    'referenceResolution',
    'Update',
    'success',
    `The manager of ${titleOf(subject)} is in the target.`,
  )
  return yield* planPatch(subject, target, changes, trail)
}
