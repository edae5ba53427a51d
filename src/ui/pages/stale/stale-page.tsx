import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { DanglingAssignment } from '../../../domain/contract/access.ts'
import type { PurgeResult, StaleCounts, StaleIdentity, StaleReason } from '../../../domain/contract/stale.ts'
import { type ApiProblem, call } from '../../api.ts'
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Badge, Empty, Loading, ProblemBox } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, PagedTable } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { toApiProblem, useLoad, usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'

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

function PurgeDialog({
  tenant,
  selection,
  onPurged,
  onClose,
}: {
  readonly tenant: string
  readonly selection: readonly string[] | 'all'
  readonly onPurged: () => void
  readonly onClose: () => void
}) {
  const [preview, setPreview] = useState<PurgeResult>()
  const [problem, setProblem] = useState<ApiProblem>()
  const purge = (preview: boolean) =>
    call('POST /tenants/:tenant/stale/purge', {
      params: { tenant },
      body: selection === 'all' ? { all: true, preview } : { ids: [...selection], preview },
    })
  useEffect(() => {
    purge(true).then(setPreview, (error: unknown) => setProblem(toApiProblem(error)))
  }, [])
  const purgeSelection = async () => {
    const { purged } = await purge(false)
    announce(`${formatCount(purged.length, 'record')} purged. History is kept.`)
    onPurged()
  }
  return (
    <Dialog title="Purge these records?" onClose={onClose}>
      {problem && <ProblemBox problem={problem} />}
      {!preview && !problem && <Loading label="Finding deleted records" />}
      {preview && <Records preview={preview} />}
      <div class="actions">
        <ActionButton
          tone="danger"
          onAction={purgeSelection}
          disabled={!preview || preview.purged.length === 0}
        >
          {preview ? `Purge ${formatCount(preview.purged.length, 'record')}` : 'Purge'}
        </ActionButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}

const Records = ({ preview: { records = [], skipped } }: { readonly preview: PurgeResult }) => (
  <>
    {records.length === 0 ? (
      <p>No deleted records to purge.</p>
    ) : (
      <ul class="record-list">
        {records.map(({ id, type, label, deleted, groups }) => (
          <li key={id}>
            {type} <ClientText text={label} />
            {deleted && (
              <>
                , deleted <Time at={deleted.at} />
              </>
            )}
            {groups.length > 0 && `, member of ${formatCount(groups.length, 'group')}`}
          </li>
        ))}
      </ul>
    )}
    {skipped.length > 0 && (
      <p class="muted">{formatCount(skipped.length, 'record')} in use will be skipped.</p>
    )}
  </>
)

function DanglingAssignments({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access/dangling', { params: { tenant } })
  useEffect(() => onLive('changed', pages.reload), [])
  if (pages.items.value.length === 0 && !pages.problem.value) return null
  return (
    <div class="below-table">
      <h2>Assignments of deleted users and groups</h2>
      <p class="muted">
        AWS keeps the account assignments of deleted users and groups. A user or group that is created again
        has a new ID and no assignments.
      </p>
      <PagedTable
        pages={pages}
        caption="Assignments of deleted users and groups"
        columns={danglingColumns(tenant)}
        keyOf={({ assignment }) => assignment.id}
        empty={null}
      />
    </div>
  )
}

const danglingColumns = (tenant: string): readonly Column<DanglingAssignment>[] => {
  const pageOf = ({ type }: DanglingAssignment['principal']) => (type === 'Group' ? 'group' : 'user')
  return [
    {
      name: 'Name',
      of: ({ principal }) => (
        <a href={pathTo(pageOf(principal), { tenant, id: principal.id })}>
          <ClientText text={principal.name} />
        </a>
      ),
    },
    { name: 'Type', of: ({ principal }) => principal.type, wide: true },
    {
      name: 'Account',
      of: ({ account }) => (
        <a href={pathTo('access', { tenant }, { account })}>
          <code class="account-id">{account}</code>
        </a>
      ),
    },
    { name: 'Permission set', of: ({ permissionSet }) => permissionSet.name },
    { name: 'Deleted', of: ({ deleted }) => deleted !== undefined && <Time at={deleted} /> },
    {
      name: 'Created again',
      of: ({ principal, successor }) =>
        successor !== undefined && (
          <a href={pathTo(pageOf(principal), { tenant, id: successor })}>later record</a>
        ),
      wide: true,
    },
    {
      name: 'Command to delete',
      of: ({ command, principal }) => (
        <CopyButton text={command} what={`the command that deletes the assignment of ${principal.name}`} />
      ),
    },
  ]
}
