import type { Identity, IdentityQuery, PointInTime } from '../../domain/ports/directory.ts'
import { fold } from '../../scim/text.ts'
import type { Dialect } from './dialect.ts'
import { deletedStates, joinLastSeen, searchableNames } from './identities.ts'

export type PastVersion = { readonly version: number; readonly at: number; readonly document: string }

export type Candidate = {
  readonly key: number
  readonly id: string
  readonly label: string
  readonly display: string
  readonly created: number
  readonly predecessor: string | null
  readonly seen: number | null
  readonly version: number | null
  readonly enabled: number | boolean | null
}

/**
 * The resources that may have existed at `@at`, with the alias `x`: existing ones, and deleted ones by state. Each source is in
 * the order of an index whose last column is the key.
 */
export function candidateSources(dialect: Dialect): readonly string[] {
  const columns = 'x.key, x.id, x.label, x.display, x.created, x.predecessor, s.at as seen'
  const deleted = `
    select ${columns}, null as version, null as enabled from deleted_resources x ${joinLastSeen(dialect)}
    where x.created <= @at and x.deleted_at > @at`
  return [
    `select ${columns}, x.version, x.enabled from resources x ${joinLastSeen(dialect)} where x.created <= @at`,
    ...deletedStates.map(state => `${deleted} and x.state = '${state}'`),
  ]
}

export function toPastIdentity(
  type: string,
  row: Candidate,
  version: PastVersion,
  then: PointInTime,
): Identity {
  const { label, display, enabled } = namesAtThatTime(type, row, version, then)
  return {
    key: row.key,
    type,
    id: row.id,
    status: enabled ? 'active' : 'disabled',
    label,
    display,
    document: version.document,
    versions: version.version,
    firstSeen: row.created,
    lastWritten: version.at,
    // Only the time of the last request is stored.
    lastSeen: row.seen !== null && row.seen <= then.at ? Math.max(row.seen, version.at) : version.at,
    groups: [],
    ...(row.predecessor !== null && { predecessor: row.predecessor }),
  }
}

/** Reading documents is most of the work of a search, so unchanged resources use their current names. */
function namesAtThatTime(
  type: string,
  row: Candidate,
  { version, document }: PastVersion,
  { readDocument }: PointInTime,
) {
  const { label, display } = row
  if (row.version === version) return { label, display, enabled: Boolean(row.enabled) }
  return readDocument(type, document) ?? { label, display, enabled: true }
}

export const matchesQuery = (identity: Identity, { status, text }: IdentityQuery): boolean =>
  (status === undefined || identity.status === status) &&
  (text === undefined || searchableNames(identity).includes(fold(text)))

export const joiningsSql = ({ sameTenant, wholeText }: Dialect): string => {
  // Later events show whether the member left.
  const leftAfterwards = (member: string) => `
    select 1 from membership_events l
    where l.group_key = e.group_key and l.moment > e.moment and l.at <= @at and ${member}${sameTenant('l.tenant', 'e.tenant')}`
  return `
    select e.moment, ${wholeText('e', 'member_id')} as "memberId", e.member_key as "memberKey",
      e.at as joined, e.exchange, e.via
    from membership_events e
    where e.group_key = @group and e.moment < @before and e.at <= @at and e.event = 'added'
      and not exists (${leftAfterwards('l.member_key = e.member_key')})
      and (e.member_key is not null or not exists (
        ${leftAfterwards('l.member_key is null and l.member_id = e.member_id')}))`
}

export type JoiningRow = {
  readonly moment: number
  readonly memberId: string
  readonly memberKey: number | null
  readonly joined: number
  readonly exchange: string | null
  readonly via: string | null
}

export function groupsAfter(
  events: readonly { readonly event: 'added' | 'removed'; readonly group: number }[],
): readonly number[] {
  const groups = new Set<number>()
  for (const { event, group } of events) {
    if (event === 'added') groups.add(group)
    else groups.delete(group)
  }
  return [...groups]
}
