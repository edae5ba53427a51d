import type { Identity, Status } from '../../answers.ts'
import { Badge, Fact, Time, type Tone } from '../../components/elements.tsx'
import { pathTo } from '../../router.ts'

/** What a resource's page needs to know to ask for its parts. */
export type IdentityRef = {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly id: string
  readonly at: string | undefined
}

/** When it was made, changed and asked about, and whom it followed. */
export function IdentityFacts({
  identity,
  shown,
}: {
  readonly identity: Identity
  readonly shown: IdentityRef
}) {
  const { tenant, list } = shown
  const page = list === 'users' ? 'user' : 'group'
  const other = (id: string, words: string) => <a href={pathTo(page, { tenant, id })}>{words}</a>
  return (
    <dl class="facts card">
      <Fact name="First seen">
        <Time at={identity.firstSeen} />
      </Fact>
      <Fact name="Made by">
        <Origin origin={identity.origin} />
      </Fact>
      <Fact name="Last written">
        <Time at={identity.lastWritten} />
      </Fact>
      <Fact name="Last seen">
        <Time at={identity.lastSeen} />
      </Fact>
      <Fact name="Versions">{identity.versions}</Fact>
      {identity.deleted && (
        <Fact name="Deleted">
          <Time at={identity.deleted.at} />{' '}
          {identity.deleted.exchange && (
            <a href={pathTo('exchange', { id: identity.deleted.exchange })}>by this request</a>
          )}
        </Fact>
      )}
      {identity.predecessor && (
        <Fact name="Came after">{other(identity.predecessor, 'an earlier one of this name')}</Fact>
      )}
      {identity.successor && (
        <Fact name="Replaced by">{other(identity.successor, 'a later one of this name')}</Fact>
      )}
      <Fact name="Requests">
        <a href={pathTo('activity', {}, { q: `resource:${identity.id}` })}>All about it</a>
      </Fact>
      <Fact name="Id">
        <code>{identity.id}</code>
      </Fact>
    </dl>
  )
}

/** Where it comes from: the request that made it, with the token that it carried. */
export const Origin = ({ origin }: Pick<Identity, 'origin'>) => {
  if (!origin) return <>unknown</>
  const { exchange, cause } = origin
  return (
    <>
      <a href={pathTo('exchange', { id: exchange })}>{cause?.action ?? 'a request'}</a>
      {cause?.token && `, token …${cause.token}`}
    </>
  )
}

const statusTones: Readonly<Record<Status, readonly [tone: Tone, title: string]>> = {
  active: ['good', 'In use'],
  disabled: ['warn', 'Its client has disabled it'],
  retained: ['bad', 'Its client has deleted it; a disabled record is kept until it is purged'],
  removed: ['plain', 'Gone; only its history is left'],
}

export const StatusBadge = ({ status }: { readonly status: Status }) => {
  const [tone, title] = statusTones[status]
  return (
    <Badge tone={tone} title={title}>
      {status}
    </Badge>
  )
}
