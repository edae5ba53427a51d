import type { Cause, Place, Removal } from '../../../domain/ports/resources.ts'
import { fold } from '../../../scim/text.ts'
import { toRelated } from '../related.ts'
import { allMembers, membershipChanges } from './memberships.ts'
import {
  type CurrentResource,
  inPortions,
  maxListInChange,
  type Plan,
  type PlanChange,
  type PlanStep,
  type RetainedRecord,
  read,
  readAll,
} from './plan.ts'
import { notBefore, recordVersions, rewrite, touch, type VersionRecord } from './write.ts'

const keysPerPage = 500

/** Resources that are read and changed at once: about two milliseconds. */
const resourcesPerPortion = 50

export function* planRemoval(place: Place, requested: Cause, removal: Removal): Plan<boolean> {
  const { tenant, type, id } = place
  const [current] = yield* read({ query: 'current', of: [tenant, type, id, 'delete'] })
  if (!current) return { value: false, changes: [] }
  removal.check?.(current)
  const cause = notBefore(current, requested)
  const { key, version, document } = current
  const [groups] = yield* read({ query: 'groupsOf', of: [tenant, key] })
  const left = groups.flatMap(group =>
    membershipChanges('removeMembers', tenant, group.key, [{ memberId: id, memberKey: key }], cause),
  )
  const members = yield* allMembers(tenant, key)
  const others = yield* changeOthers(place, current, new Set(groups.map(group => group.key)), cause, removal)
  const deleted = yield* recordVersions(
    tenant,
    [{ key, version: version + 1, action: 'deleted', at: cause.now, previous: document }],
    cause,
  )
  const changes: readonly PlanChange[] = [
    ...left,
    ...membershipChanges('removeMembers', tenant, key, members, cause),
    ...others,
    ...deleted,
    {
      change: 'addDeleted',
      row: {
        tenant,
        key,
        foldedLabel: fold(current.label),
        groups: JSON.stringify(groups.map(toRelated)),
        at: cause.now,
        exchange: cause.exchange ?? null,
        state: removal.onDelete === 'retain' ? 'retained' : 'removed',
      },
    },
    ...dropAssignments(place, cause, removal),
    { change: 'dropKeys', row: { tenant, type, key, keys: current.keys } },
    { change: 'dropResource', row: { tenant, type, key } },
  ]
  return { value: true, changes }
}

const dropAssignments = (
  { tenant, type, id }: Place,
  { now, exchange }: Cause,
  { assignments }: Removal,
): readonly PlanChange[] =>
  assignments === 'delete'
    ? [{ change: 'dropAssignments', row: { tenant, type, id, at: now, exchange: exchange ?? null } }]
    : []

function* changeOthers(
  { tenant, id }: Place,
  removed: CurrentResource,
  groups: ReadonlySet<number>,
  cause: Cause,
  { removeReference, references }: Removal,
): PlanStep<readonly PlanChange[]> {
  const referrers = removeReference ? yield* referrersTo(tenant, id, references) : noKeys
  const others = new Set([...groups, ...referrers])
  others.delete(removed.key)
  const changes: PlanChange[] = []
  // By key, so that engines lock them in this order.
  for (const keys of inPortions([...others].sort(byNumber), resourcesPerPortion)) {
    const [found] = yield* read({ query: 'resources', of: [tenant, keys] })
    const versions: VersionRecord[] = []
    for (const other of found) {
      const next = referrers.has(other.key) ? removeReference?.(other, id) : undefined
      const differs = next !== undefined && next.document !== other.document
      if (!differs && !groups.has(other.key)) continue
      const revision = differs
        ? yield* rewrite(tenant, other, cause.now, next)
        : touch(tenant, other, cause.now)
      changes.push(...revision.changes)
      const { key, version, document, lastModified } = revision.stored
      versions.push({ key, version, action: 'changed', at: lastModified, document, previous: other.document })
    }
    changes.push(...(yield* recordVersions(tenant, versions, cause)))
  }
  return changes
}

const noKeys: ReadonlySet<number> = new Set()
const byNumber = (one: number, other: number) => one - other

function* referrersTo(
  tenant: number,
  id: string,
  attributes: readonly string[],
): PlanStep<ReadonlySet<number>> {
  const referrers = new Set<number>()
  if (attributes.length === 0) return referrers
  const [types] = yield* read({ query: 'types', of: [tenant] })
  for (const type of types) {
    for (const attribute of attributes) {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const [keys]: [readonly number[]] = yield* read({
          query: 'referrersAfter',
          of: [tenant, type, attribute, id, after, keysPerPage],
        })
        for (const key of keys) referrers.add(key)
        after = keys[keysPerPage - 1]
      }
    }
  }
  return referrers
}

/** Read at once, in less than a millisecond. */
const recordsPerPage = 200

/** Without ids, all retained records are purged. Returns the ids. See `Directory.purge`. */
export function* planPurge(
  tenant: number,
  now: number,
  ids: readonly string[] | 'all',
): Plan<readonly string[]> {
  const records = ids === 'all' ? yield* allRetained(tenant) : yield* retainedWithIds(tenant, ids)
  const changes: PlanChange[] = []
  for (const portion of inPortions(records, maxListInChange)) {
    // The deletion is one version, the purge the next.
    const purged = portion.map(({ key, version }) => ({ key, version: version + 2 }))
    changes.push({ change: 'purgeRecords', row: { tenant, records: purged, at: now } })
  }
  return { value: records.map(({ id }) => id), changes }
}

function* allRetained(tenant: number): PlanStep<readonly RetainedRecord[]> {
  const records: RetainedRecord[] = []
  const [types] = yield* read({ query: 'deletedTypes', of: [tenant] })
  for (const type of types) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const [page]: [readonly RetainedRecord[]] = yield* read({
        query: 'retainedAfter',
        of: [tenant, type, after, recordsPerPage],
      })
      for (const record of page) records.push(record)
      after = page[recordsPerPage - 1]?.key
    }
  }
  return records.sort((one, other) => one.key - other.key)
}

function* retainedWithIds(tenant: number, ids: readonly string[]): PlanStep<readonly RetainedRecord[]> {
  const found = yield* readAll(
    'retained',
    [...new Set(ids)].map(id => [tenant, id]),
  )
  return found.flat()
}
