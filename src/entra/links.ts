import type { JobState, ObjectRecord } from './job-state.ts'

/** Both directions between objects of the directory and ids of the target. */
export type Links = {
  /** The id of an object that is managed; what left the scope is linked, but referred to no more. */
  linkOf(objectId: string): string | undefined
  /** The id it was last known by, managed or not. */
  lastKnown(objectId: string): string | undefined
  isTaken(kind: ObjectRecord['kind'], target: string, by: string): boolean
  set(objectId: string, target: string): void
  remove(objectId: string): void
}

export function linksOf(state: JobState): Links {
  const owners = new Map<string, string>()
  const key = (kind: ObjectRecord['kind'], target: string) => `${kind} ${target}`
  for (const [objectId, { kind, target }] of state.objects) {
    if (target !== undefined) owners.set(key(kind, target), objectId)
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
    remove: objectId => {
      const record = state.objects.get(objectId)
      if (record?.target !== undefined) owners.delete(key(record.kind, record.target))
      state.objects.delete(objectId)
    },
  }
}
