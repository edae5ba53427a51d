import type { JobState, ObjectRecord } from './job-state.ts'

/** Both directions between objects of the directory and ids of the target. */
export type Links = {
  /** The id of an object that is managed; what left the scope is linked, but referred to no more. */
  linkOf(objectId: string): string | undefined
  /** The id it was last known by, managed or not. */
  lastKnown(objectId: string): string | undefined
  isTaken(kind: ObjectRecord['kind'], target: string, by: string): boolean
  set(objectId: string, target: string): void
  /** It is gone from the target, and from all that is remembered. */
  remove(objectId: string): void
  /** It is remembered no more, once no group has to let go of it; in the target it may go on. */
  forget(objectIds: readonly string[]): void
}

export function linksOf(state: JobState): Links {
  const owners = new Map<string, string>()
  const key = (kind: ObjectRecord['kind'], target: string) => `${kind} ${target}`
  for (const [objectId, { kind, target }] of state.objects) {
    if (target !== undefined) owners.set(key(kind, target), objectId)
  }
  const drop = (objectId: string) => {
    const record = state.objects.get(objectId)
    if (record?.target !== undefined) owners.delete(key(record.kind, record.target))
    state.objects.delete(objectId)
  }
  return {
    linkOf: objectId => {
      const record = state.objects.get(objectId)
      return record?.managed ? record.target : undefined
    },
    lastKnown: objectId => state.objects.get(objectId)?.target,
    isTaken: (kind, target, by) => (owners.get(key(kind, target)) ?? by) !== by,
    set: (objectId, target) => {
      const record = state.objects.get(objectId)
      if (!record) return
      record.target = target
      owners.set(key(record.kind, target), objectId)
    },
    forget: objectIds => {
      if (objectIds.length === 0) return
      const held = new Set([...state.objects.values()].flatMap(({ members }) => [...(members ?? [])]))
      for (const objectId of objectIds) if (!held.has(objectId)) drop(objectId)
    },
    remove: objectId => {
      drop(objectId)
      // A target takes whom it deletes out of its groups.
      for (const { members } of state.objects.values()) members?.delete(objectId)
    },
  }
}
