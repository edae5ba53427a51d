import type { Cause, Change, Place, Written } from '../../../domain/ports/resources.ts'
import { notBefore, rewrite, toStored, touch } from './content.ts'
import { recordVersions } from './history.ts'
import { editMembers } from './memberships.ts'
import { type Plan, read } from './plan.ts'

/** Plans the change of a resource. See `ResourceStore.update`. */
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
