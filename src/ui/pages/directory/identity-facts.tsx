import type { HistoryEntry, Identity, IdentityStatus } from '../../../domain/contract/identities.ts'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { Fact } from '../../components/layout.tsx'
import { Time } from '../../components/text.tsx'
import { pathTo } from '../../router.ts'

export type IdentityRef = {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly id: string
  readonly at: string | undefined
}

export function IdentityFacts({
  identity,
  tenant,
  list,
}: Pick<IdentityRef, 'tenant' | 'list'> & {
  readonly identity: Identity
}) {
  const page = list === 'users' ? 'user' : 'group'
  const linkTo = (id: string, label: string) => <a href={pathTo(page, { tenant, id })}>{label}</a>
  return (
    <dl class="facts card">
      <Fact name="Created">
        <Time at={identity.created} />
      </Fact>
      <Fact name="Created by">
        <Origin origin={identity.origin} />
      </Fact>
      <Fact name="Last modified">
        <Time at={identity.lastModified} />
      </Fact>
      <Fact name="Last seen">
        <Time at={identity.lastSeen} />
      </Fact>
      <Fact name="Revisions">{identity.revisions}</Fact>
      {identity.deleted && (
        <Fact name="Deleted">
          <Time at={identity.deleted.at} />{' '}
          {identity.deleted.exchange && (
            <a href={pathTo('exchange', { id: identity.deleted.exchange })}>View request</a>
          )}
        </Fact>
      )}
      {identity.predecessor && (
        <Fact name="Replaces">{linkTo(identity.predecessor, 'earlier record with this name')}</Fact>
      )}
      {identity.successor && (
        <Fact name="Replaced by">{linkTo(identity.successor, 'later record with this name')}</Fact>
      )}
      <Fact name="Requests">
        <a href={pathTo('activity', {}, { q: `resource:${identity.id}` })}>View requests</a>
      </Fact>
      <Fact name="ID">
        <code>{identity.id}</code>
      </Fact>
    </dl>
  )
}

export const unrecorded = (missing: HistoryEntry['missing']): string =>
  missing === 'lost' ? 'a request that a crash may have lost' : 'a request that the journal no longer has'

export const Origin = ({
  origin,
  tokenHidden = false,
}: Pick<Identity, 'origin'> & { readonly tokenHidden?: boolean }) => {
  if (!origin) return <>unknown</>
  const { exchange, cause, missing } = origin
  return (
    <>
      <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? unrecorded(missing)}</a>
      {cause?.token && !tokenHidden && `, token …${cause.token}`}
    </>
  )
}

const statusTones: Readonly<Record<IdentityStatus, readonly [tone: Tone, title: string]>> = {
  active: ['good', 'Active'],
  disabled: ['warn', 'Disabled by the client'],
  retained: ['bad', 'Deleted by the client; a disabled record is kept until it is purged'],
  removed: ['plain', 'Removed; its history is kept'],
}

export const StatusBadge = ({ status }: { readonly status: IdentityStatus }) => {
  const [tone, title] = statusTones[status]
  return (
    <Badge tone={tone} title={title}>
      {status}
    </Badge>
  )
}
