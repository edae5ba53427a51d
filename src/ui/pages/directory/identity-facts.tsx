import type { HistoryEntry, Identity, IdentityStatus } from '../../../domain/contract/identities.ts'
import { Facts } from '../../components/layout.tsx'
import { Time } from '../../components/text.tsx'
import { pathTo } from '../../router.ts'

export type IdentityRef = {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly id: string
  readonly at: string | undefined
}

/** What the sentence, the strip and the timeline don't say. */
export function IdentityFacts({
  identity: { id, lastSeen, revisions, predecessor, successor },
  tenant,
  list,
}: Pick<IdentityRef, 'tenant' | 'list'> & {
  readonly identity: Identity
}) {
  const linkTo = (other: string, label: string) => (
    <a href={pathTo(list === 'users' ? 'user' : 'group', { tenant, id: other })}>{label}</a>
  )
  return (
    <Facts
      class="identity-facts"
      of={{
        ID: <code>{id}</code>,
        Revisions: revisions,
        'Last seen': <Time at={lastSeen} />,
        Replaces: predecessor && linkTo(predecessor, 'earlier record with this name'),
        'Replaced by': successor && linkTo(successor, 'later record with this name'),
        Requests: <a href={pathTo('activity', {}, { q: `resource:${id}` })}>View requests</a>,
      }}
    />
  )
}

export const unrecorded = (missing: HistoryEntry['missing']): string =>
  missing === 'lost' ? 'a request that a crash may have lost' : 'a request that the journal no longer has'

export const originText = ({ origin }: Pick<Identity, 'origin'>): string =>
  origin ? (origin.cause?.action ?? unrecorded(origin.missing)) : 'unknown'

const statuses = {
  active: { word: 'active', tone: 'plain', title: 'Active' },
  disabled: { word: 'disabled', tone: 'disabled', title: 'Disabled by the client' },
  retained: {
    word: 'deleted',
    tone: 'plain',
    title: 'Deleted by the client; a disabled record is kept until it is purged (retained)',
  },
  removed: { word: 'removed', tone: 'plain', title: 'Removed; its history is kept' },
} as const

export const statusOf = (status: IdentityStatus) => statuses[status]

export const Status = ({ status }: { readonly status: IdentityStatus }) => {
  const { word, tone, title } = statuses[status]
  return (
    <span class={`status-${tone}`} title={title}>
      {word}
    </span>
  )
}
