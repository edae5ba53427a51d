import type { HistoryEntry, IdentityDetail, RelatedResource } from '../../domain/contract/identities.ts'
import type { SessionResource } from '../../domain/contract/session-file.ts'

export type Moment = {
  /** The id of the request; ids rise in order of arrival. */
  readonly request?: string
  /** ISO 8601 in UTC. */
  readonly at: string
}

export type StatusAt = 'none' | 'active' | 'disabled' | 'deleted'

export type StateAt = {
  readonly status: StatusAt
  readonly document?: IdentityDetail['document']
  readonly groups: readonly RelatedResource[]
  readonly members: readonly RelatedResource[]
}

/** Replays the history of a resource until a moment; all of it without one. */
export function stateAt({ resource, history }: SessionResource, moment: Moment | undefined): StateAt {
  const groups = new Map<string, RelatedResource>()
  const members = new Map<string, RelatedResource>()
  let revision: Extract<HistoryEntry, { kind: 'revision' }> | undefined
  for (const entry of history.toReversed()) {
    if (moment && !hasHappened(entry, moment)) continue
    if (entry.kind === 'revision') {
      revision = entry
      continue
    }
    const isMember = entry.member.id === resource.id
    const [related, other] = isMember ? [groups, entry.group] : [members, entry.member]
    if (entry.event === 'added') related.set(other.id, other)
    else related.delete(other.id)
  }
  const { document } = revision ?? {}
  return {
    status: statusOf(revision),
    ...(document && { document }),
    groups: [...groups.values()],
    members: [...members.values()],
  }
}

/** Changes without a request, which the console made, are placed by their time. */
const hasHappened = ({ exchange, at }: HistoryEntry, moment: Moment): boolean =>
  moment.request === undefined || exchange === undefined ? at <= moment.at : exchange <= moment.request

function statusOf(revision: Extract<HistoryEntry, { kind: 'revision' }> | undefined): StatusAt {
  if (!revision) return 'none'
  if (revision.action === 'deleted' || revision.action === 'purged') return 'deleted'
  return revision.document?.active === false ? 'disabled' : 'active'
}
