import { fold } from '../scim/text.ts'
import { type Decision, decide, isDeparture } from './decide.ts'
import { isDue } from './escrow.ts'
import { fingerprintOf, vanished } from './fingerprint.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState, ObjectRecord } from './job-state.ts'
import { matchingValues } from './match.ts'
import { isGroup, isPurged, type Scope, scopeOf, userContext } from './scope.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'
import { contextOfGroup } from './source-object.ts'

/** An object that has to be looked at in this cycle. */
export type Item = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  /** Undefined when the directory doesn't have it any more. */
  readonly object: SourceUser | SourceGroup | undefined
  readonly decision: Decision
  readonly fingerprint: string
}

/** The directory held against what is remembered. */
export type Survey = {
  readonly scope: Scope
  /** What has changed, failed and is due, or is gone; departures first, for they make room. */
  readonly users: readonly Item[]
  readonly groups: readonly Item[]
  /** Gone from the directory, and nothing is to be done about it: objectIds. */
  readonly forgotten: readonly string[]
  /** Of the directory as it is today, without what was purged. */
  find(objectId: string): SourceUser | SourceGroup | undefined
  /** In scope and not deleted, so that it is in the target or will be. */
  isExpected(objectId: string): boolean
  /** Whether several objects in scope have this value of the first matching attribute. */
  isShared(kind: 'user' | 'group', value: string): boolean
}

export function surveyOf(
  directory: SourceDirectory,
  state: JobState,
  config: JobConfig,
  now: number,
): Survey {
  const scope = scopeOf(directory, config.mapping, config.scope)
  const objects = new Map<string, SourceUser | SourceGroup>()
  for (const object of [...directory.users, ...directory.groups]) {
    if (!isPurged(object, now)) objects.set(object.objectId, object)
  }
  const find = (objectId: string) => objects.get(objectId)
  const isExpected = (objectId: string) => {
    const object = objects.get(objectId)
    return object !== undefined && object.deletedAt === undefined && scope.has(object)
  }
  const items = [...present(objects, state, scope, config), ...gone(objects, state)].filter(item =>
    needsLook(item, state.objects.get(item.objectId), scope, now),
  )
  const of = (kind: Item['kind']) =>
    config.mapping[`${kind}s`].enabled
      ? items
          .filter(item => item.kind === kind && item.decision !== 'forget')
          .toSorted((one, other) => Number(isDeparture(other.decision)) - Number(isDeparture(one.decision)))
      : []
  return {
    scope,
    users: of('user'),
    groups: of('group'),
    forgotten: items.filter(({ decision }) => decision === 'forget').map(({ objectId }) => objectId),
    find,
    isExpected,
    isShared: sharedValues(objects, scope, config),
  }
}

function* present(
  objects: ReadonlyMap<string, SourceUser | SourceGroup>,
  state: JobState,
  scope: Scope,
  config: JobConfig,
): Generator<Item> {
  for (const object of objects.values()) yield itemOf(object, state, scope, config)
}

/** An object of the directory, with what would have to be done about it. */
export function itemOf(object: SourceUser | SourceGroup, state: JobState, scope: Scope, config: JobConfig) {
  const kind = isGroup(object) ? 'group' : 'user'
  const presence = object.deletedAt === undefined ? 'present' : 'softDeleted'
  const situation = { kind, presence, inScope: scope.has(object) } as const
  return {
    kind,
    objectId: object.objectId,
    object,
    decision: decide(situation, state.objects.get(object.objectId), config.skipOutOfScopeDeletions),
    fingerprint: fingerprintOf(object, scope),
  } satisfies Item
}

function* gone(objects: ReadonlyMap<string, unknown>, state: JobState): Generator<Item> {
  for (const [objectId, record] of state.objects) {
    if (objects.has(objectId)) continue
    const decision = decide({ kind: record.kind, presence: 'gone', inScope: false }, record, false)
    yield { kind: record.kind, objectId, object: undefined, decision, fingerprint: vanished }
  }
}

function needsLook(
  { objectId, decision, fingerprint }: Item,
  record: ObjectRecord | undefined,
  scope: Scope,
  now: number,
) {
  // Who was never assigned nor known isn't part of a cycle.
  if (!record) return decision === 'provision' || scope.isEntitled(objectId)
  return record.fingerprint !== fingerprint || isDue(record.escrow, now)
}

function sharedValues(
  objects: ReadonlyMap<string, SourceUser | SourceGroup>,
  scope: Scope,
  { mapping }: JobConfig,
): Survey['isShared'] {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const object of objects.values()) {
    if (object.deletedAt !== undefined || !scope.has(object)) continue
    const [first] = isGroup(object)
      ? matchingValues(mapping.groups, contextOfGroup(object))
      : matchingValues(mapping.users, userContext(object, true, []))
    if (first?.value === undefined) continue
    const key = keyOf(isGroup(object) ? 'group' : 'user', first.value)
    if (seen.has(key)) shared.add(key)
    seen.add(key)
  }
  return (kind, value) => shared.has(keyOf(kind, value))
}

const keyOf = (kind: 'user' | 'group', value: string) => `${kind} ${fold(value)}`
