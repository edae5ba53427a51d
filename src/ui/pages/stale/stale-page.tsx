import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { StaleIdentity } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import { Badge, ClientText, Empty, PageHead, Time } from '../../components/elements.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { formatCount } from '../../format.ts'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { StatusBadge } from '../directory/identity-facts.tsx'
import { PurgeDialog } from './purge-dialog.tsx'

const reasons: Readonly<Record<string, string>> = {
  retained: 'deleted by its client, kept until purged',
  disabled: 'disabled',
  silent: 'no request about it for long',
  'unresolved-reference': 'points at nobody',
  'empty-group': 'a group without members',
  replaced: 'its name now belongs to another id',
}

const silencePeriods: Readonly<Record<string, string>> = {
  '': '90 days',
  '7d': '7 days',
  '30d': '30 days',
  '365d': 'a year',
  '1c': 'one cycle',
  '3c': 'three cycles',
  '10c': 'ten cycles',
}

const toSilenceQuery = (chosen: string) => {
  const number = Number.parseInt(chosen, 10)
  if (Number.isNaN(number)) return {}
  return chosen.endsWith('c') ? { silentCycles: number } : { silentDays: number }
}

/** Identities that need a look, and the purge of those that their client has deleted. */
export function StalePage({ tenant = '' }: PageProps) {
  const reason = query.value.get('reason') ?? undefined
  const silence = query.value.get('silence') ?? ''
  const pages = usePages<StaleIdentity>(
    apiPath(['tenants', tenant, 'stale'], { reason, ...toSilenceQuery(silence) }),
  )
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const asking = useSignal<readonly string[] | 'all' | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const purged = () => {
    chosen.value = new Set()
    asking.value = undefined
    pages.reload()
  }
  const ids = [...chosen.value]
  return (
    <>
      <PageHead
        title="Stale"
        description="Identities that need a look. Purging forgets what their client has deleted; their history stays."
      >
        <button
          type="button"
          class="danger"
          disabled={ids.length === 0}
          onClick={() => {
            asking.value = ids
          }}
        >
          Purge {formatCount(ids.length, 'chosen one', 'chosen ones')}…
        </button>
        <button
          type="button"
          onClick={() => {
            asking.value = 'all'
          }}
        >
          Purge all retained…
        </button>
      </PageHead>
      <Filters reason={reason} silence={silence} />
      <PagedTable
        pages={pages}
        caption="Stale identities"
        columns={[selectionColumn(chosen), ...columnsOf(tenant)]}
        keyOf={({ id }) => id}
        empty={
          <Empty title="Nothing is stale.">
            <p>Whoever is disabled, deleted, silent or points nowhere turns up here.</p>
          </Empty>
        }
      />
      {asking.value && (
        <PurgeDialog
          tenant={tenant}
          asked={asking.value}
          onPurged={purged}
          onClose={() => {
            asking.value = undefined
          }}
        />
      )}
    </>
  )
}

/** Only retained records can be purged. */
const selectionColumn = (chosen: { value: ReadonlySet<string> }): Column<StaleIdentity> => ({
  name: 'Choose',
  of: ({ id, label, status }) =>
    status === 'retained' ? (
      <input
        type="checkbox"
        aria-label={`Choose ${label}`}
        checked={chosen.value.has(id)}
        onChange={event => {
          const next = new Set(chosen.value)
          if (event.currentTarget.checked) next.add(id)
          else next.delete(id)
          chosen.value = next
        }}
      />
    ) : null,
})

const columnsOf = (tenant: string): readonly Column<StaleIdentity>[] => [
  {
    name: 'Name',
    of: ({ id, type, label }) => (
      <a href={pathTo(type === 'Group' ? 'group' : 'user', { tenant, id })}>
        <ClientText text={label} />
      </a>
    ),
  },
  { name: 'Type', of: ({ type }) => type, wide: true },
  { name: 'State', of: ({ status }) => <StatusBadge status={status} />, wide: true },
  {
    name: 'Why',
    of: ({ reasons: why }) => (
      <span class="signs">
        {why.map(one => (
          <Badge key={one} title={reasons[one] ?? one}>
            {one.replaceAll('-', ' ')}
          </Badge>
        ))}
      </span>
    ),
  },
  { name: 'Deleted', of: ({ deleted }) => deleted && <Time at={deleted.at} /> },
  { name: 'Last seen', of: ({ lastSeen }) => <Time at={lastSeen} />, wide: true },
]

const Filters = ({ reason, silence }: { readonly reason: string | undefined; readonly silence: string }) => (
  <form class="line" onSubmit={event => event.preventDefault()}>
    <div class="field">
      <label for="reason">Why</label>
      <select
        id="reason"
        value={reason ?? ''}
        onChange={event => setQuery({ reason: event.currentTarget.value })}
      >
        <option value="">any reason</option>
        {Object.entries(reasons).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </div>
    <div class="field narrow">
      <label for="silence">Silent means no request for</label>
      <select
        id="silence"
        value={silence}
        onChange={event => setQuery({ silence: event.currentTarget.value })}
      >
        {Object.entries(silencePeriods).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </div>
  </form>
)
