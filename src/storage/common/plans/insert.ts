import type { Cause, Draft, Place, Written } from '../../../domain/ports/resources.ts'
import { errors } from '../../../scim/error.ts'
import { fold } from '../../../scim/text.ts'
import { holderOf, isExclusive, rejectTaken, toContent, toKeyPair } from './content.ts'
import { recordVersions } from './history.ts'
import { editMembers } from './memberships.ts'
import { type Plan, type PlanChange, read } from './plan.ts'

/** Plans the creation of a resource. See `ResourceStore.insert`. */
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
