import type { HistoryEntry, Identity, IdentityStatus } from '../../../domain/contract/identities.ts'
import { formatWhen } from '../../../domain/headline.ts'
import { Fact } from '../../components/layout.tsx'
import { Time } from '../../components/text.tsx'
import { formatDateTime, intlZone, zoneLabel } from '../../format.ts'
import { pathTo } from '../../router.ts'
import { clockLead } from '../../state.ts'

export type IdentityRef = {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly id: string
  readonly at: string | undefined
}

/** "09:15" today, else a date, by the tenant's clock. */
export const When = ({ at, tenant }: { readonly at: string; readonly tenant: string }) => {
  const date = new Date(at)
  return (
    <time dateTime={at} title={`${formatDateTime(date)} ${zoneLabel(date)}`}>
      {formatWhen(at, Date.now() + clockLead(tenant), intlZone())}
    </time>
  )
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
    <dl class="identity-facts">
      <Fact name="ID">
        <code>{id}</code>
      </Fact>
      <Fact name="Revisions">{revisions}</Fact>
      <Fact name="Last seen">
        <Time at={lastSeen} />
      </Fact>
      {predecessor && <Fact name="Replaces">{linkTo(predecessor, 'earlier record with this name')}</Fact>}
      {successor && <Fact name="Replaced by">{linkTo(successor, 'later record with this name')}</Fact>}
      <Fact name="Requests">
        <a href={pathTo('activity', {}, { q: `resource:${id}` })}>View requests</a>
      </Fact>
    </dl>
  )
}

export const unrecorded = (missing: HistoryEntry['missing']): string =>
  missing === 'lost' ? 'a request that a crash may have lost' : 'a request that the journal no longer has'

export const Origin = ({ origin }: Pick<Identity, 'origin'>) =>
  origin ? <a href={pathTo('exchange', { id: origin.exchange })}>{originText({ origin })}</a> : <>unknown</>

export const originText = ({ origin }: Pick<Identity, 'origin'>): string =>
  origin ? (origin.cause?.action ?? unrecorded(origin.missing)) : 'unknown'

const statuses: Readonly<Record<IdentityStatus, readonly [word: string, tone: string, title: string]>> = {
  active: ['active', 'plain', 'Active'],
  disabled: ['disabled', 'disabled', 'Disabled by the client'],
  retained: [
    'deleted',
    'plain',
    'Deleted by the client; a disabled record is kept until it is purged (retained)',
  ],
  removed: ['removed', 'plain', 'Removed; its history is kept'],
}

export const statusWord = (status: IdentityStatus): string => statuses[status][0]

export const Status = ({ status }: { readonly status: IdentityStatus }) => {
  const [word, tone, title] = statuses[status]
  return (
    <span class={`status-${tone}`} title={title}>
      {word}
    </span>
  )
}
