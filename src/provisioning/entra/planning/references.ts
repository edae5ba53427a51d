import { isUnassigned, type JsonObject } from '../../../scim/json.ts'
import type { Plan } from '../../kit/plan.ts'
import type { RequestOptions } from '../../kit/target.ts'
import { desiredValues } from './attribute-values.ts'
import { changesBetween } from './changes.ts'
import type { Failure } from './error-codes.ts'
import { failedOutcome, planPatch, skippedOutcome, unchangedOutcome } from './provision.ts'
import type { Outcome } from './provisioning-log.ts'
import { createStepLog } from './provisioning-log.ts'
import { isDeferredOnCreate, memberPatchBody } from './request-bodies.ts'
import { type ReadResult, readObjectResult, readWriteResult } from './responses.ts'
import { labelOf, objectPath, objectReadPath, type ProvisioningTarget } from './target-object.ts'

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
