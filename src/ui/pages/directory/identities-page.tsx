import { useEffect, useRef } from 'preact/hooks'
import type { Identity, IdentityStatus } from '../../../domain/contract/identities.ts'
import { Empty } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { Origin, StatusBadge } from './identity-facts.tsx'
import { MomentNote, MomentSlider, selectedMoment } from './moment.tsx'

type Kind = { readonly list: 'users' | 'groups'; readonly page: 'user' | 'group'; readonly title: string }

const users: Kind = { list: 'users', page: 'user', title: 'Users' }
const groups: Kind = { list: 'groups', page: 'group', title: 'Groups' }

const descriptions: Readonly<Record<Kind['list'], string>> = {
  users: 'All users provisioned to this tenant, including deleted ones.',
  groups: 'All groups, with their members (AWS does not return members).',
}

export function Identities({ tenant = '', list }: PageProps & { readonly list: Kind['list'] }) {
  const kind = list === 'users' ? users : groups
  const at = selectedMoment()
  // An invalid status in the address is left to the API to report.
  const status = (query.value.get('status') || undefined) as IdentityStatus | undefined
  const text = query.value.get('text') || undefined
  const pages = usePages(`GET /tenants/:tenant/${kind.list}`, {
    params: { tenant },
    query: { at, status, text },
  })
  useEffect(() => refreshWith(pages.reload, tenant), [tenant])
  return (
    <>
      <PageHead title={kind.title} description={descriptions[kind.list]} />
      <MomentSlider tenant={tenant} />
      {at !== undefined && <MomentNote at={at} />}
      <Filters isPast={at !== undefined} />
      <PagedTable
        pages={pages}
        caption={kind.title}
        columns={columnsOf(kind, tenant, at)}
        keyOf={({ id }) => id}
        empty={<NoIdentities title={kind.title} isFiltered={Boolean(status ?? text ?? at)} tenant={tenant} />}
      />
    </>
  )
}

const refreshDelay = 1000

function refreshWith(reload: () => void, tenant: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const reloadSoon = (change: { readonly tenant?: string | undefined; readonly method?: string }) => {
    if (change.tenant !== undefined && change.tenant !== tenant) return
    if (change.method === 'GET' || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      reload()
    }, refreshDelay)
  }
  const stops = [onLive('exchange', reloadSoon), onLive('changed', reloadSoon), onLive('restart', reloadSoon)]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}

const columnsOf = (kind: Kind, tenant: string, at: string | undefined): readonly Column<Identity>[] => [
  {
    name: 'Name',
    of: ({ id, label, display }) => (
      <>
        <a href={pathTo(kind.page, { tenant, id }, { at })}>
          <ClientText text={label} />
        </a>
        {display !== label && (
          <div class="muted">
            <ClientText text={display} />
          </div>
        )}
      </>
    ),
  },
  { name: 'Status', of: ({ status }) => <StatusBadge status={status} /> },
  ...(kind.list === 'users' ? [{ name: 'Groups', of: formatGroups, wide: true }] : []),
  // The number of members is that of now.
  ...(kind.list === 'groups' && at === undefined
    ? [{ name: 'Members', of: formatMembers, numeric: true }]
    : []),
  {
    name: 'Created',
    of: ({ created, origin }) => (
      <>
        <Time at={created} />
        <div class="muted">
          <Origin origin={origin} tokenHidden />
        </div>
      </>
    ),
    wide: true,
  },
  { name: 'Last modified', of: ({ lastModified }) => <Time at={lastModified} />, wide: true },
  { name: 'Last seen', of: ({ lastSeen }) => <Time at={lastSeen} />, wide: true },
  { name: 'Revisions', of: ({ revisions }) => revisions, numeric: true, wide: true },
]

const formatMembers = ({ members }: Identity) => members?.toLocaleString('en') ?? '—'

const formatGroups = ({ groups: all }: Identity) => {
  if (all.length === 0) return <span class="muted">none</span>
  const names = all.slice(0, 3).map(({ display, id }) => display ?? id)
  return <ClientText text={names.join(', ') + (all.length > 3 ? ` and ${all.length - 3} more` : '')} />
}

const typingDelay = 250
const statuses: readonly IdentityStatus[] = ['active', 'disabled', 'retained', 'removed']

function Filters({ isPast }: { readonly isPast: boolean }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const search = (text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setQuery({ text }), typingDelay)
  }
  return (
    <search>
      <form class="inline" onSubmit={event => event.preventDefault()}>
        <div class="field">
          <label for="name">Name</label>
          <input
            id="name"
            type="search"
            defaultValue={query.value.get('text') ?? ''}
            onInput={event => search(event.currentTarget.value)}
            spellcheck={false}
          />
        </div>
        <div class="field narrow">
          <label for="status">Status</label>
          <select
            id="status"
            value={query.value.get('status') ?? ''}
            onChange={event => setQuery({ status: event.currentTarget.value })}
          >
            <option value="">any</option>
            {(isPast ? statuses.slice(0, 2) : statuses).map(status => (
              <option key={status} value={status}>
                {status}
              </option>
            ))}
          </select>
        </div>
      </form>
    </search>
  )
}

const NoIdentities = ({
  title,
  isFiltered,
  tenant,
}: {
  readonly title: string
  readonly isFiltered: boolean
  readonly tenant: string
}) =>
  isFiltered ? (
    <Empty title={`No matching ${title.toLowerCase()}.`}>
      <p>
        <button type="button" onClick={() => setQuery({ at: undefined, status: undefined, text: undefined })}>
          Clear filters
        </button>
      </p>
    </Empty>
  ) : (
    <Empty title={`No ${title.toLowerCase()} yet.`}>
      <p>
        To start provisioning, follow <a href={pathTo('connect', { tenant })}>Setup</a>.
      </p>
    </Empty>
  )
