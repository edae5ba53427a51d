import { isUnassigned, type JsonObject } from '../scim/json.ts'
import type { WireOptions } from './dialect.ts'
import type { Failure } from './error-codes.ts'
import { memberPatchBody } from './patch-body.ts'
import type { Plan } from './plan.ts'
import { objectPath, readPath } from './query.ts'
import { type Read, readObject, readWritten } from './read-answer.ts'

/** Before members are written the group is read, without them. */
export function* planGroupRead(target: string): Plan<Read<JsonObject & { readonly id: string }>> {
  return readObject(yield { method: 'GET', path: readPath('Groups', target) }, 'read')
}

/** One request for members, by their ids in the target. */
export function* planMemberChange(
  target: string,
  op: 'add' | 'remove',
  members: readonly string[],
  wire: WireOptions,
): Plan<Failure | undefined> {
  const path = objectPath('Groups', target)
  return readWritten(yield { method: 'PATCH', path, body: memberPatchBody(op, members, wire) }, 'change')
}

export type MemberWork = {
  /** objectIds, with their ids in the target. */
  readonly add: readonly (readonly [objectId: string, target: string])[]
  readonly remove: readonly (readonly [objectId: string, target: string])[]
  /** Of the directory's members: not in the target yet, but they will be. */
  readonly waiting: readonly string[]
  /** Out of scope: they are left out, now and until a restart. */
  readonly passedOver: readonly string[]
  /** Were written once and have no id in the target any more. */
  readonly gone: readonly string[]
}

/** What the job remembers of a group's members: objectIds. */
export type RememberedMembers = {
  readonly written: ReadonlySet<string>
  /**
   * Written with an unknown outcome. The target's list is never read, so whoever is listed is added again, and whoever
   * isn't is removed: adding a member twice or removing one who isn't there changes nothing.
   */
  readonly uncertain: ReadonlySet<string>
  readonly passedOver: ReadonlySet<string>
}

/** What has to be done about a group's members. The target's own list is never read. */
export function memberWork(
  members: readonly string[],
  { written, uncertain, passedOver }: RememberedMembers,
  find: (objectId: string) => {
    readonly link?: string
    readonly lastKnown?: string
    readonly expected: boolean
  },
): MemberWork {
  const listed = new Set(members)
  const add: (readonly [string, string])[] = []
  const waiting: string[] = []
  const leftOut: string[] = []
  for (const objectId of listed) {
    if ((written.has(objectId) && !uncertain.has(objectId)) || passedOver.has(objectId)) continue
    const { link, expected } = find(objectId)
    if (link !== undefined) add.push([objectId, link])
    else if (expected) waiting.push(objectId)
    else leftOut.push(objectId)
  }
  const remove: (readonly [string, string])[] = []
  const gone: string[] = []
  for (const objectId of new Set([...written, ...uncertain])) {
    if (listed.has(objectId)) continue
    const { lastKnown } = find(objectId)
    if (isUnassigned(lastKnown)) gone.push(objectId)
    else remove.push([objectId, lastKnown as string])
  }
  return { add, remove, waiting, passedOver: leftOut, gone }
}
