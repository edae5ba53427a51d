import type { Cause, Change, Draft, Place, Written } from '../../../domain/ports/resources.ts'
import { errors } from '../../../scim/error.ts'
import type { LookupKey, PreparedResource, StoredResource } from '../../../scim/resource.ts'
import { fold } from '../../../scim/text.ts'
import { computeDifference } from '../text-difference.ts'
import { editMembers } from './memberships.ts'
import {
  type CurrentResource,
  causeColumns,
  type KeyPair,
  type Plan,
  type PlanChange,
  type PlanChanges,
  type PlanQueries,
  type PlanStep,
  type ResourceContent,
  read,
  readAll,
} from './plan.ts'

export function* planInsert(place: Place, cause: Cause, draft: Draft, limit: number): Plan<Written> {
  const { tenant, type, id } = place
  const { now } = cause
  const { next } = draft
  const { document, label } = next
  const exclusive = next.keys.filter(isExclusive)
  const [isTenant, hasRoom, key, predecessor, ...holders] = yield* read(
    { query: 'tenant', of: [tenant] },
    { query: 'room', of: [tenant, type, limit] },
    { query: 'newKey', of: [] },
    { query: 'predecessor', of: [tenant, type, fold(label)] },
    ...exclusive.map(key => ({ query: 'holder', of: holderOf(tenant, type, key) }) as const),
  )
  if (!isTenant) throw errors.unauthorized('The tenant has been deleted.')
  if (!hasRoom) {
    throw errors.quotaExceeded(
      `The directory has ${limit} resources of the type ${type}, which is the maximum.`,
    )
  }
  rejectTaken(type, exclusive, holders)

  const stored = { key, id, type, document, label, version: 1, era: null, created: now, lastModified: now }
  const changes: PlanChange[] = []
  if (predecessor) {
    changes.push({ change: 'setSuccessor', row: { tenant, key: predecessor.key, successor: id } })
  }
  changes.push({
    change: 'addResource',
    row: {
      tenant,
      key,
      type,
      id,
      created: now,
      predecessor: predecessor?.id ?? null,
      content: toContent(next, stored, next.keys.map(toKeyPair)),
    },
  })
  if (next.keys.length > 0) changes.push({ change: 'addKeys', row: { tenant, type, key, keys: next.keys } })
  // Before its members, so that the history has them in this order.
  changes.push(
    ...(yield* recordVersions(tenant, [{ key, version: 1, action: 'created', at: now, document }], cause)),
  )
  if (draft.awaited) changes.push({ change: 'linkMember', row: { tenant, id, key } })
  const members = yield* editMembers(draft.memberships, {
    tenant,
    group: stored,
    isNew: true,
    policy: draft.members,
    cause,
  })
  changes.push(...members.changes)
  const { added, removed } = members
  return { value: { ...stored, changed: true, added, removed }, changes }
}

export function* planUpdate(place: Place, requested: Cause, change: Change): Plan<Written | undefined> {
  const { tenant, type, id } = place
  const [current] = yield* read({ query: 'current', of: [tenant, type, id, 'update'] })
  if (!current) return { value: undefined, changes: [] }
  const cause = notBefore(current, requested)
  const { next, memberships, members: policy } = change(current)
  const members = yield* editMembers(memberships, { tenant, group: current, isNew: false, policy, cause })
  const { added, removed } = members
  const isSame = next.document === current.document && (next.secrets ?? null) === current.secrets
  // RFC 7644 §3.5.2.1: a request that changes nothing leaves lastModified unchanged.
  if (isSame && added === 0 && removed === 0) {
    return { value: { ...toStored(current), changed: false, added, removed }, changes: [] }
  }
  const { stored, changes } = isSame
    ? touch(tenant, current, cause.now)
    : yield* rewrite(tenant, current, cause.now, next)
  const { key, version, document, lastModified } = stored
  const versions = yield* recordVersions(
    tenant,
    [{ key, version, action: 'changed', at: lastModified, document, previous: current.document }],
    cause,
  )
  return {
    value: { ...stored, changed: true, added, removed },
    changes: [...members.changes, ...changes, ...versions],
  }
}

export type Revision = { readonly stored: StoredResource; readonly changes: readonly PlanChange[] }

export function* rewrite(
  tenant: number,
  current: CurrentResource,
  now: number,
  next: PreparedResource,
): PlanStep<Revision> {
  const { key, type } = current
  const stored = { ...nextVersion(current, now), document: next.document, label: next.label }
  const keys = next.keys.map(toKeyPair)
  const content = toContent(next, stored, keys)
  const rewritten: PlanChange = { change: 'rewriteResource', row: { tenant, type, key, content } }
  if (areSame(keys, current.keys)) return { stored, changes: [rewritten] }
  const dropped = current.keys.filter(pair => !includesPair(pair, keys))
  const added = next.keys.filter((_, at) => !includesPair(keys[at], current.keys))
  yield* claimKeys(tenant, type, added)
  return {
    stored,
    changes: [
      { change: 'dropKeys', row: { tenant, type, key, keys: dropped } },
      rewritten,
      { change: 'addKeys', row: { tenant, type, key, keys: added } },
    ],
  }
}

export function touch(tenant: number, current: StoredResource, now: number): Revision {
  const stored = nextVersion(current, now)
  const { key, version, lastModified } = stored
  return { stored, changes: [{ change: 'touchResource', row: { tenant, key, version, lastModified } }] }
}

/** Requests are dated before they wait for others, so a request may be slightly earlier than the last change. */
export const notBefore = ({ lastModified }: StoredResource, cause: Cause): Cause => ({
  ...cause,
  now: Math.max(cause.now, lastModified),
})

const nextVersion = (current: StoredResource, now: number): StoredResource => ({
  ...toStored(current),
  version: current.version + 1,
  lastModified: Math.max(now, current.lastModified),
})

/** Without secrets, since the result of a change may be shown. */
const toStored = ({
  key,
  id,
  type,
  document,
  label,
  version,
  era,
  created,
  lastModified,
}: StoredResource): StoredResource => ({
  key,
  id,
  type,
  document,
  label,
  version,
  era,
  created,
  lastModified,
})

function* claimKeys(tenant: number, type: string, keys: readonly LookupKey[]): PlanStep<void> {
  const exclusive = keys.filter(isExclusive)
  const holders = yield* readAll(
    'holder',
    exclusive.map(key => holderOf(tenant, type, key)),
  )
  rejectTaken(type, exclusive, holders)
}

const isExclusive = ({ exclusive }: LookupKey): boolean => exclusive

const holderOf = (
  tenant: number,
  type: string,
  { attribute, value }: LookupKey,
): PlanQueries['holder']['of'] => [tenant, type, attribute, value]

function rejectTaken(
  type: string,
  keys: readonly LookupKey[],
  holders: readonly (number | undefined)[],
): void {
  const taken = keys.find((_, at) => holders[at] !== undefined)
  if (taken) throw errors.uniqueness(taken.attribute, type)
}

const toKeyPair = ({ attribute, value }: LookupKey): KeyPair => [attribute, value]

const areSame = (keys: readonly KeyPair[], others: readonly KeyPair[]): boolean =>
  keys.length === others.length && keys.every((pair, at) => isSamePair(pair, others[at]))

const includesPair = (pair: KeyPair | undefined, pairs: readonly KeyPair[]): boolean =>
  pairs.some(other => isSamePair(other, pair))

const isSamePair = (one: KeyPair, other: KeyPair | undefined): boolean =>
  one[0] === other?.[0] && one[1] === other[1]

const toContent = (
  { document, secrets, search, label, display, enabled }: PreparedResource,
  {
    type,
    created,
    version,
    lastModified,
  }: Pick<StoredResource, 'type' | 'created' | 'version' | 'lastModified'>,
  keys: readonly KeyPair[],
): ResourceContent => ({
  document,
  secrets: secrets ?? null,
  search: { ...search, meta: { resourceType: type, created, lastModified } },
  keys,
  version,
  lastModified,
  label,
  display,
  enabled,
})

export type VersionRecord = {
  readonly key: number
  readonly version: number
  readonly action: PlanChanges['version']['action']
  /** Not before the version before: the state at a moment is that of the last version until then. */
  readonly at: number
  readonly document?: string
  /** The document of the version before; absent for the first version. */
  readonly previous?: string
}

/**
 * A version's document as stored: complete, or as a difference from an earlier one. A deletion has neither, nor has a short
 * first version: its document is `previousDocument` of the next version, or that of the resource until there is one.
 */
type StoredDocument = Pick<PlanChanges['version'], 'document' | 'difference' | 'previousDocument'>

/** Shorter documents, which are most, are stored in full, and cost nothing more to read. In UTF-16 code units. */
const minLengthForDifference = 4096

/** Every 64th version is stored in full, so the cost of reading doesn't grow with the history. */
const wholeVersionInterval = 64

/**
 * Adds versions to the history, one per resource. Storing each version of a large resource in full would let small changes
 * fill the disk.
 */
export function* recordVersions(
  tenant: number,
  records: readonly VersionRecord[],
  cause: Cause,
): PlanStep<readonly PlanChange[]> {
  const toChange = (record: VersionRecord, lastWhole?: string): PlanChange => ({
    change: 'version',
    row: {
      tenant,
      key: record.key,
      version: record.version,
      action: record.action,
      at: record.at,
      ...causeColumns(cause),
      ...storedDocument(record, lastWhole),
    },
  })
  const needing = records.filter(needsLastWhole)
  if (needing.length === 0) return records.map(record => toChange(record))
  const found = yield* readAll(
    'lastWhole',
    needing.map(({ key }) => [tenant, key]),
  )
  const lastWhole = new Map(needing.map(({ key }, at) => [key, found[at]]))
  return records.map(record => toChange(record, lastWhole.get(record.key)))
}

const needsLastWhole = ({ version, action, document, previous }: VersionRecord): boolean =>
  document !== undefined &&
  action !== 'created' &&
  !isShort(document) &&
  version % wholeVersionInterval !== 0 &&
  !isSecond(version, previous)

const isSecond = (version: number, previous: string | undefined): previous is string =>
  // An earlier server stored the first document, too. Finding that out would cost more than storing it again.
  version === 2 && previous !== undefined && isShort(previous)

function storedDocument(
  { version, action, document, previous }: VersionRecord,
  lastWhole: string | undefined,
): StoredDocument {
  if (document !== undefined && action === 'created' && isShort(document)) return nothing
  if (isSecond(version, previous)) {
    return document === undefined
      ? { ...nothing, previousDocument: previous }
      : differenceOrWhole(previous, document, previous)
  }
  if (document === undefined) return nothing
  return lastWhole === undefined ? { ...nothing, document } : differenceOrWhole(lastWhole, document, null)
}

function differenceOrWhole(base: string, document: string, previousDocument: string | null): StoredDocument {
  const difference = computeDifference(base, document)
  return difference.length < document.length / 2
    ? { document: null, difference, previousDocument }
    : { document, difference: null, previousDocument }
}

const isShort = (document: string): boolean => document.length < minLengthForDifference

const nothing: StoredDocument = { document: null, difference: null, previousDocument: null }
