import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { StaleCounts, StaleIdentity, StaleReason } from '../../../domain/contract/stale.ts'
import { Badge, Empty } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { onLive } from '../../live.ts'
import { useLoad, usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { DanglingAssignments } from './dangling-assignments.tsx'
import { PurgeDialog } from './purge-dialog.tsx'

const reasonLabels: Readonly<Record<StaleReason, string>> = {
  retained: 'Deleted by client',
  disabled: 'Disabled',
  inactive: 'Inactive',
  'unresolved-reference': 'Dangling reference',
  'empty-group': 'Empty group',
  replaced: 'Name reused by another ID',
}

const tabs = [...(Object.keys(reasonLabels) as readonly StaleReason[]), 'any'] as const

const inactivityPeriods: Readonly<Record<string, string>> = {
  '': '90 days',
  '7d': '7 days',
  '30d': '30 days',
  '365d': '365 days',
  '1c': '1 cycle',
  '3c': '3 cycles',
  '10c': '10 cycles',
}

const toInactivityQuery = (period: string) => {
  const number = Number.parseInt(period, 10)
  if (Number.isNaN(number)) return {}
  return period.endsWith('c') ? { inactiveCycles: number } : { inactiveDays: number }
}

export function StalePage({ tenant = '' }: PageProps) {
  const reason = selectedReason()
  const silence = query.value.get('silence') ?? ''
  const inactivity = toInactivityQuery(silence)
  const pages = usePages('GET /tenants/:tenant/stale', {
    params: { tenant },
    query: { reason: reason === 'any' ? undefined : reason, ...inactivity },
  })
  const counts = useLoad('GET /tenants/:tenant/stale/counts', { params: { tenant }, query: inactivity })
  const selected = useSignal<ReadonlySet<string>>(new Set())
  const purging = useSignal<readonly string[] | 'all' | undefined>(undefined)
  const reload = () => {
    pages.reload()
    counts.reload()
  }
  useEffect(() => onLive('changed', reload), [])
  // What is no longer shown isn't purged.
  useEffect(() => {
    selected.value = new Set()
  }, [tenant, reason, silence])
  const onPurged = () => {
    selected.value = new Set()
    purging.value = undefined
    reload()
  }
  const ids = [...selected.value]
  return (
    <>
      <PageHead
        title="Stale identities"
        description="Disabled, deleted or inactive identities. Purging removes deleted records; history is kept."
      >
        <May need="destroy">
          <button
            type="button"
            class="danger"
            disabled={ids.length === 0}
            onClick={() => {
              purging.value = ids
            }}
          >
            Purge selected ({ids.length})…
          </button>
          <button
            type="button"
            onClick={() => {
              purging.value = 'all'
            }}
          >
            Purge all deleted…
          </button>
        </May>
      </PageHead>
      <InactivityFilter silence={silence} />
      <ReasonTabs reason={reason} counts={counts.value.value} />
      <PagedTable
        pages={pages}
        caption="Stale identities"
        columns={[
          ...(reason === 'retained' ? [selectionColumn(selected, pages.items.value)] : []),
          ...columnsOf(tenant),
        ]}
        keyOf={({ id }) => id}
        empty={
          <Empty title={reason === 'any' ? 'No stale identities.' : 'No stale identities for this reason.'}>
            <p>Disabled, deleted and inactive identities and dangling references appear here.</p>
          </Empty>
        }
      />
      <DanglingAssignments tenant={tenant} />
      {purging.value && (
        <PurgeDialog
          tenant={tenant}
          selection={purging.value}
          onPurged={onPurged}
          onClose={() => {
            purging.value = undefined
          }}
        />
      )}
    </>
  )
}

const selectedReason = (): StaleReason | 'any' => {
  const chosen = query.value.get('reason')
  return tabs.find(name => name === chosen) ?? 'retained'
}

const ReasonTabs = ({
  reason,
  counts,
}: {
  readonly reason: StaleReason | 'any'
  readonly counts: StaleCounts | undefined
}) => (
  <fieldset class="tabs">
    <legend class="visually-hidden">Reason</legend>
    {tabs.map(name => (
      <button
        key={name}
        type="button"
        aria-pressed={reason === name}
        onClick={() => setQuery({ reason: name })}
      >
        {name === 'any' ? 'All' : reasonLabels[name]}
        {counts && ` (${counts[name].toLocaleString('en')})`}
      </button>
    ))}
  </fieldset>
)

const selectionColumn = (
  selected: { value: ReadonlySet<string> },
  items: readonly StaleIdentity[],
): Column<StaleIdentity> => ({
  name: 'Select',
  head: (
    <input
      type="checkbox"
      aria-label={`Select all ${items.length} shown`}
      checked={items.length > 0 && items.every(({ id }) => selected.value.has(id))}
      onChange={event => {
        selected.value = new Set(event.currentTarget.checked ? items.map(({ id }) => id) : [])
      }}
    />
  ),
  need: 'destroy',
  of: ({ id, label }) => (
    <input
      type="checkbox"
      aria-label={`Select ${label}`}
      checked={selected.value.has(id)}
      onChange={event => {
        const next = new Set(selected.value)
        if (event.currentTarget.checked) next.add(id)
        else next.delete(id)
        selected.value = next
      }}
    />
  ),
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
  {
    name: 'Reason',
    of: ({ reasons }) => (
      <span class="badges">
        {reasons.map(each => (
          <Badge key={each}>{reasonLabels[each]}</Badge>
        ))}
      </span>
    ),
  },
  { name: 'Deleted', of: ({ deleted }) => deleted && <Time at={deleted.at} />, wide: true },
  { name: 'Last seen', of: ({ lastSeen }) => <Time at={lastSeen} />, wide: true },
]

const InactivityFilter = ({ silence }: { readonly silence: string }) => (
  <form class="inline" onSubmit={event => event.preventDefault()}>
    <div class="field narrow">
      <label for="silence">Inactive for</label>
      <select
        id="silence"
        value={silence}
        onChange={event => setQuery({ silence: event.currentTarget.value })}
      >
        {Object.entries(inactivityPeriods).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  </form>
)
