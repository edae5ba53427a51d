import { createHash } from 'node:crypto'
import { fold } from '../../../scim/text.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from '../../kit/directory/source-directory.ts'
import { evaluateScope, isGroup, isPurged, type Scope, scopedUserContext } from '../mapping/scope.ts'
import { groupExpressionContext } from '../mapping/values.ts'
import { matchingValues } from '../planning/target-object.ts'
import { isDue } from './backoff.ts'
import type { JobConfig, JobState, ObjectRecord } from './job-state.ts'

type DirectoryStatus = {
  readonly kind: 'user' | 'group'
  readonly presence: 'present' | 'softDeleted' | 'gone'
  readonly inScope: boolean
}

type Decision = 'provision' | 'disable' | 'delete' | 'release' | 'skip' | 'forget'

function decide(
  { kind, presence, inScope }: DirectoryStatus,
  record: Pick<ObjectRecord, 'target' | 'managed'> | undefined,
  skipOutOfScopeDeletions: boolean,
): Decision {
  const isManaged = record?.target !== undefined && record.managed
  if (presence === 'gone') return isManaged ? 'delete' : 'forget'
  if (presence === 'softDeleted') {
    if (!isManaged) return 'skip'
    return kind === 'user' ? 'disable' : 'delete'
  }
  if (inScope) return 'provision'
  if (!isManaged) return 'skip'
  if (skipOutOfScopeDeletions) return 'release'
  return kind === 'user' ? 'disable' : 'delete'
}

export const isRemoval = (decision: Decision): boolean => decision === 'disable' || decision === 'delete'

/**
 * Hash of all data of an object that affect provisioning. Entra queries its directory for changes since the
 * watermark; here an object counts as changed when its fingerprint differs.
 */
function fingerprintOf(object: SourceUser | SourceGroup, scope: Scope): string {
  const parts = [
    object.attributes,
    object.deletedAt ?? 0,
    scope.has(object),
    scope.rolesOf(object.objectId),
    ...(isGroup(object) ? [object.members] : [object.accountEnabled, object.manager]),
  ]
  return hashJson(parts)
}

const removedFingerprint = 'vanished'

/** 22 characters. A slice would keep all 43 in memory, for each object. */
export const hashJson = (value: unknown): string =>
  Buffer.from(createHash('sha256').update(JSON.stringify(value)).digest('base64url')).toString(
    'latin1',
    0,
    22,
  )

export type WorkItem = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  readonly object: SourceUser | SourceGroup | undefined
  readonly decision: Decision
  readonly fingerprint: string
}

export type ChangeSet = {
  readonly scope: Scope
  /** Removals come first, because they free unique values. */
  readonly users: readonly WorkItem[]
  readonly groups: readonly WorkItem[]
  readonly forgotten: readonly string[]
  find(objectId: string): SourceUser | SourceGroup | undefined
  isExpected(objectId: string): boolean
  isShared(kind: 'user' | 'group', value: string): boolean
}

export function buildChangeSet(
  directory: SourceDirectory,
  state: JobState,
  config: JobConfig,
  now: number,
): ChangeSet {
  const scope = evaluateScope(directory, config.mapping, config.scope)
  const objects = new Map<string, SourceUser | SourceGroup>()
  for (const object of [...directory.users, ...directory.groups]) {
    if (!isPurged(object, now)) objects.set(object.objectId, object)
  }
  const find = (objectId: string) => objects.get(objectId)
  const isExpected = (objectId: string) => {
    const object = objects.get(objectId)
    return object !== undefined && object.deletedAt === undefined && scope.has(object)
  }
  const items = [...presentItems(objects, state, scope, config), ...removedItems(objects, state)].filter(
    item => needsWork(item, state.objects.get(item.objectId), scope, now),
  )
  const of = (kind: WorkItem['kind']) =>
    config.mapping[`${kind}s`].enabled
      ? items
          .filter(item => item.kind === kind && item.decision !== 'forget')
          .toSorted((one, other) => Number(isRemoval(other.decision)) - Number(isRemoval(one.decision)))
      : []
  return {
    scope,
    users: of('user'),
    groups: of('group'),
    forgotten: items.filter(({ decision }) => decision === 'forget').map(({ objectId }) => objectId),
    find,
    isExpected,
    isShared: duplicateValueCheck(objects, scope, config),
  }
}

function* presentItems(
  objects: ReadonlyMap<string, SourceUser | SourceGroup>,
  state: JobState,
  scope: Scope,
  config: JobConfig,
): Generator<WorkItem> {
  for (const object of objects.values()) yield workItemFor(object, state, scope, config)
}

export function workItemFor(
  object: SourceUser | SourceGroup,
  state: JobState,
  scope: Scope,
  config: JobConfig,
) {
  const kind = isGroup(object) ? 'group' : 'user'
  const presence = object.deletedAt === undefined ? 'present' : 'softDeleted'
  const situation = { kind, presence, inScope: scope.has(object) } as const
  return {
    kind,
    objectId: object.objectId,
    object,
    decision: decide(situation, state.objects.get(object.objectId), config.skipOutOfScopeDeletions),
    fingerprint: fingerprintOf(object, scope),
  } satisfies WorkItem
}

function* removedItems(objects: ReadonlyMap<string, unknown>, state: JobState): Generator<WorkItem> {
  for (const [objectId, record] of state.objects) {
    if (objects.has(objectId)) continue
    const decision = decide({ kind: record.kind, presence: 'gone', inScope: false }, record, false)
    yield { kind: record.kind, objectId, object: undefined, decision, fingerprint: removedFingerprint }
  }
}

function needsWork(
  { objectId, decision, fingerprint }: WorkItem,
  record: ObjectRecord | undefined,
  scope: Scope,
  now: number,
) {
  // Objects never assigned and without a record aren't part of a cycle.
  if (!record) return decision === 'provision' || scope.isEntitled(objectId)
  return record.fingerprint !== fingerprint || isDue(record.escrow, now)
}

function duplicateValueCheck(
  objects: ReadonlyMap<string, SourceUser | SourceGroup>,
  scope: Scope,
  { mapping }: JobConfig,
): ChangeSet['isShared'] {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const object of objects.values()) {
    if (object.deletedAt !== undefined || !scope.has(object)) continue
    const [first] = isGroup(object)
      ? matchingValues(mapping.groups, groupExpressionContext(object))
      : matchingValues(mapping.users, scopedUserContext(object, true, []))
    if (first?.value === undefined) continue
    const key = matchingKey(isGroup(object) ? 'group' : 'user', first.value)
    if (seen.has(key)) shared.add(key)
    seen.add(key)
  }
  return (kind, value) => shared.has(matchingKey(kind, value))
}

const matchingKey = (kind: 'user' | 'group', value: string) => `${kind} ${fold(value)}`
