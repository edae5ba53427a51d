import { useEffect, useMemo } from 'preact/hooks'
import { type AddressBook, Addresses } from '../components/record-link.tsx'
import { ClientText, TenantTime } from '../components/text.tsx'
import { type Address, address, hrefTo } from './address.ts'
import { Cycles, Findings, RequestPage, Requests } from './requests.tsx'
import { ResourcePage, Resources } from './resources.tsx'
import type { Session } from './session.ts'

export function App({ session }: { readonly session: Session }) {
  const { facts } = session
  const shown = address.value
  useEffect(() => {
    scrollTo(0, 0)
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [shown])
  const addresses = useMemo(() => addressesOf(session), [])
  return (
    <div class="session">
      <header class="session-head">
        {facts.test !== undefined && (
          <p class="headline">
            Failed test: <ClientText text={facts.test} />
          </p>
        )}
        {facts.headline !== undefined && <p class="headline">{facts.headline}</p>}
        <p>
          <strong>{facts.tenant}</strong>, exported{' '}
          <TenantTime at={facts.exported} tenantTime={facts.tenantTime} />
          <span class="muted">
            , profile {facts.profile}, Scimulator {facts.version}
            {facts.q !== undefined && (
              <>
                , requests that match <code>{facts.q}</code>
              </>
            )}
          </span>
        </p>
        <Navigation session={session} shown={shown} />
      </header>
      <main>
        <Addresses.Provider value={addresses}>
          <View session={session} shown={shown} />
        </Addresses.Provider>
      </main>
    </div>
  )
}

/** Addresses of records, where the file has them. */
const addressesOf = ({ requestById, resourceById }: Session): AddressBook => ({
  resource: ({ id = '' }) => (resourceById.has(id) ? hrefTo({ view: 'resource', id }) : undefined),
  exchange: id => (requestById.has(id) ? hrefTo({ view: 'request', id }) : undefined),
  cycle: id => hrefTo({ view: 'requests', cycle: id }),
  credentials: () => undefined,
})

function Navigation({ session, shown }: { readonly session: Session; readonly shown: Address }) {
  const { facts, requests, cycles, findings, resources } = session
  const links: readonly (readonly [Address, string, number])[] = [
    [{ view: 'requests' }, 'Requests', requests.length],
    [{ view: 'cycles' }, 'Cycles', cycles.length],
    [{ view: 'findings' }, 'Findings', findings.length],
    ...facts.types.map(({ name, plural }) => {
      const count = resources.filter(({ resource }) => resource.type === name).length
      return [{ view: 'resources', type: name }, plural, count] as const
    }),
  ]
  const current = hrefTo(shown)
  return (
    <nav aria-label="Session">
      {links.map(([to, label, count]) => (
        <a key={label} href={hrefTo(to)} aria-current={hrefTo(to) === current ? 'page' : undefined}>
          {label} <span class="muted">{count.toLocaleString('en')}</span>
        </a>
      ))}
    </nav>
  )
}

function View({ session, shown }: { readonly session: Session; readonly shown: Address }) {
  switch (shown.view) {
    case 'requests':
      return <Requests key={shown.cycle} session={session} cycle={shown.cycle} />
    case 'request':
      return <RequestPage session={session} id={shown.id} />
    case 'cycles':
      return <Cycles session={session} />
    case 'findings':
      return <Findings session={session} />
    case 'resources':
      return <Resources key={shown.type} session={session} type={shown.type} />
    case 'resource':
      return <ResourcePage session={session} id={shown.id} />
  }
}
