import { useEffect, useRef } from 'preact/hooks'
import type { Identity, Status } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import { ClientText, Empty, PageHead, Time } from '../../components/elements.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { formatCount } from '../../format.ts'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { Origin, StatusBadge } from './identity-facts.tsx'
import { MomentNote, MomentSlider, shownMoment } from './moment.tsx'

type Kind = { readonly list: 'users' | 'groups'; readonly page: 'user' | 'group'; readonly title: string }

const users: Kind = { list: 'users', page: 'user', title: 'Users' }
const groups: Kind = { list: 'groups', page: 'group', title: 'Groups' }

export const UsersPage = (props: PageProps) => <Identities {...props} kind={users} />
export const GroupsPage = (props: PageProps) => <Identities {...props} kind={groups} />

const descriptions: Readonly<Record<Kind['list'], string>> = {
  users: 'Everybody the client has ever made here, also those whom it has deleted since.',
  groups: 'Every group the client has ever made here, with the members that AWS never shows.',
}

function Identities({ tenant = '', kind }: PageProps & { readonly kind: Kind }) {
  const at = shownMoment()
  const status = query.value.get('status') ?? undefined
  const text = query.value.get('text') ?? undefined
  const pages = usePages<Identity>(apiPath(['tenants', tenant, kind.list], { at, status, text }))
  useEffect(() => refreshWith(pages.reload, tenant), [tenant])
  return (
    <>
      <PageHead title={kind.title} description={descriptions[kind.list]} />
      <MomentSlider tenant={tenant} />
      {at !== undefined && <MomentNote at={at} />}
      <Filters past={at !== undefined} />
      <PagedTable
        pages={pages}
        caption={kind.title}
        columns={columnsOf(kind, tenant, at)}
        keyOf={({ id }) => id}
        empty={<NoIdentities filtered={Boolean(status ?? text ?? at)} tenant={tenant} />}
      />
    </>
  )
}

const refreshDelay = 1000

/** What clients do shows soon, but a run of thousands of requests doesn't have the list loaded thousands of times. */
function refreshWith(reload: () => void, tenant: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const soon = (change: { readonly tenant?: string; readonly method?: string }) => {
    if (change.tenant !== undefined && change.tenant !== tenant) return
    if (change.method === 'GET' || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      reload()
    }, refreshDelay)
  }
  const stops = [onLive('exchange', soon), onLive('changed', soon), onLive('restart', soon)]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}

const columnsOf = (kind: Kind, tenant: string, at: string | undefined): readonly Column<Identity>[] => [
  {
    name: 'Name',
    of: one => (
      <>
        <a href={pathTo(kind.page, { tenant, id: one.id }, { at })}>
          <ClientText text={one.label} />
        </a>
        {one.display !== one.label && (
          <div class="muted">
            <ClientText text={one.display} />
          </div>
        )}
      </>
    ),
  },
  { name: 'State', of: ({ status }) => <StatusBadge status={status} /> },
  ...(kind.list === 'users' ? [{ name: 'Groups', of: formatGroups, wide: true }] : []),
  { name: 'Made by', of: ({ origin }) => <Origin origin={origin} />, wide: true },
  { name: 'First seen', of: ({ firstSeen }) => <Time at={firstSeen} />, wide: true },
  { name: 'Last written', of: ({ lastWritten }) => <Time at={lastWritten} /> },
  { name: 'Last seen', of: ({ lastSeen }) => <Time at={lastSeen} />, wide: true },
  { name: 'Versions', of: ({ versions }) => versions, numeric: true, wide: true },
]

const formatGroups = ({ groups: all }: Identity) => {
  if (all.length === 0) return <span class="muted">none</span>
  const named = all.slice(0, 3).map(({ display, id }) => display ?? id)
  return <ClientText text={named.join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '')} />
}

const typingDelay = 250
const statuses: readonly Status[] = ['active', 'disabled', 'retained', 'removed']

function Filters({ past }: { readonly past: boolean }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const seek = (text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setQuery({ text }), typingDelay)
  }
  return (
    <search>
      <form class="line" onSubmit={event => event.preventDefault()}>
        <div class="field">
          <label for="seek">Name</label>
          <input
            id="seek"
            type="search"
            defaultValue={query.value.get('text') ?? ''}
            onInput={event => seek(event.currentTarget.value)}
            spellcheck={false}
          />
        </div>
        <div class="field narrow">
          <label for="state">State</label>
          <select
            id="state"
            value={query.value.get('status') ?? ''}
            onChange={event => setQuery({ status: event.currentTarget.value })}
          >
            <option value="">any</option>
            {(past ? statuses.slice(0, 2) : statuses).map(state => (
              <option key={state} value={state}>
                {state}
              </option>
            ))}
          </select>
        </div>
      </form>
    </search>
  )
}

const NoIdentities = ({ filtered, tenant }: { readonly filtered: boolean; readonly tenant: string }) =>
  filtered ? (
    <Empty title={`${formatCount(0, 'match', 'matches')}.`}>
      <p>
        <button type="button" onClick={() => setQuery({ at: undefined, status: undefined, text: undefined })}>
          Show all
        </button>
      </p>
    </Empty>
  ) : (
    <Empty title="Nothing here yet.">
      <p>
        Provisioning fills it: <a href={pathTo('setup', { tenant })}>Set-up</a> says how to begin.
      </p>
    </Empty>
  )
