import type { Cause } from '../../../domain/ports/resources.ts'
import { errors } from '../../../scim/error.ts'
import type { LookupKey, PreparedResource, StoredResource } from '../../../scim/resource.ts'
import {
  type CurrentResource,
  type KeyPair,
  type PlanChange,
  type PlanQueries,
  type PlanStep,
  type ResourceContent,
  readAll,
} from './plan.ts'

/** A new version of a resource, and what writes it. */
export type Revision = { readonly stored: StoredResource; readonly changes: readonly PlanChange[] }

/** Gives a resource a new version with other content. */
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

/** Gives a resource a new version with the same content. */
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
export const toStored = ({
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

/** Rejects exclusive keys of other resources. The resource itself has none of these keys. */
function* claimKeys(tenant: number, type: string, keys: readonly LookupKey[]): PlanStep<void> {
  const exclusive = keys.filter(isExclusive)
  const holders = yield* readAll(
    'holder',
    exclusive.map(key => holderOf(tenant, type, key)),
  )
  rejectTaken(type, exclusive, holders)
}

export const isExclusive = ({ exclusive }: LookupKey): boolean => exclusive

export const holderOf = (
  tenant: number,
  type: string,
  { attribute, value }: LookupKey,
): PlanQueries['holder']['of'] => [tenant, type, attribute, value]

/** Rejects keys that have a holder. */
export function rejectTaken(
  type: string,
  keys: readonly LookupKey[],
  holders: readonly (number | undefined)[],
): void {
  const taken = keys.find((_, at) => holders[at] !== undefined)
  if (taken) throw errors.uniqueness(taken.attribute, type)
}

export const toKeyPair = ({ attribute, value }: LookupKey): KeyPair => [attribute, value]

/** Most changes leave the keys alone. */
const areSame = (keys: readonly KeyPair[], others: readonly KeyPair[]): boolean =>
  keys.length === others.length && keys.every((pair, at) => isSamePair(pair, others[at]))

const includesPair = (pair: KeyPair | undefined, pairs: readonly KeyPair[]): boolean =>
  pairs.some(other => isSamePair(other, pair))

const isSamePair = (one: KeyPair, other: KeyPair | undefined): boolean =>
  one[0] === other?.[0] && one[1] === other[1]

export const toContent = (
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
