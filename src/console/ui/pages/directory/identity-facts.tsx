import type { Identity } from '../../answers.ts'
import { Time } from '../../components/basics.tsx'
import { Fact } from '../../components/fact.tsx'
import { pathTo } from '../../router.ts'
import type { Shown } from './shown.ts'

/** When it was made, changed and asked about, and whom it followed. */
export function IdentityFacts({ identity, shown }: { readonly identity: Identity; readonly shown: Shown }) {
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
