import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { DanglingAssignment } from '../../../domain/contract/access.ts'
import type { PurgeResult, StaleCounts, StaleIdentity, StaleReason } from '../../../domain/contract/stale.ts'
import { call } from '../../api.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { Collection, type Column } from '../../components/collection.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { type AnyForm, form } from '../../components/form.tsx'
import { May } from '../../components/may.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { QuerySelect } from '../../components/views.tsx'
import { formatCount } from '../../format.ts'
import { type Loaded, useLoad, usePages, useReload } from '../../load.ts'
import { pathTo, query } from '../../router.ts'

const reasonLabels: Readonly<Record<StaleReason | 'any', string>> = {
  retained: 'Deleted by client',
  disabled: 'Disabled',
  inactive: 'Inactive',
  'unresolved-reference': 'Dangling reference',
  'empty-group': 'Empty group',
  replaced: 'Name reused by another ID',
  any: 'All',
}

const reasons = Object.keys(reasonLabels) as readonly (StaleReason | 'any')[]

const inactivityPeriods: Readonly<Record<string, string>> = {
  '': 'Inactive for 90 days',
  '7d': 'Inactive for 7 days',
  '30d': 'Inactive for 30 days',
  '365d': 'Inactive for 365 days',
  '1c': 'Inactive for 1 cycle',
  '3c': 'Inactive for 3 cycles',
  '10c': 'Inactive for 10 cycles',
}

const toInactivityQuery = (period: string) => {
  const number = Number.parseInt(period, 10)
  if (Number.isNaN(number)) return {}
  return period.endsWith('c') ? { inactiveCycles: number } : { inactiveDays: number }
}

export const useStaleCounts = (tenant: string): Loaded<StaleCounts> =>
  useLoad('GET /tenants/:tenant/stale/counts', {
    params: { tenant },
    query: toInactivityQuery(query.value.get('silence') ?? ''),
  })

type UnusedViewProps = { readonly tenant: string; readonly loaded: Loaded<StaleCounts> }

/** Disabled, deleted and inactive users and groups, what refers to nothing, and the purge of deleted records. */
export function UnusedView({ tenant, loaded }: UnusedViewProps) {
  const silence = query.value.get('silence') ?? ''
  const counts = loaded.value.value
  const problem = loaded.problem.value
  const asked = reasons.find(name => name === query.value.get('reason'))
  const reason = asked ?? (counts && (reasons.find(name => counts[name] > 0) ?? 'any'))
  if (problem) return <ProblemBox problem={problem} />
  if (!reason) return <Loading />
  return <Unused key={reason} {...{ tenant, reason, counts, silence }} onReload={loaded.reload} />
}

type UnusedProps = {
  readonly tenant: string
  readonly reason: StaleReason | 'any'
  readonly silence: string
  readonly counts: StaleCounts | undefined
  readonly onReload: () => void
}

function Unused({ tenant, reason, silence, counts, onReload }: UnusedProps) {
  const pages = usePages('GET /tenants/:tenant/stale', {
    params: { tenant },
    query: { reason: reason === 'any' ? undefined : reason, ...toInactivityQuery(silence) },
  })
  const labelOf = (name: StaleReason | 'any') =>
    reasonLabels[name] + (counts ? ` (${counts[name].toLocaleString('en')})` : '')
  const selected = useSignal<ReadonlySet<string>>(new Set())
  const reload = () => {
    // What is no longer shown isn't purged.
    selected.value = new Set()
    onReload()
  }
  const ids = [...selected.value]
  const purgeable = counts?.retained ?? 0
  const isPurge = reason === 'retained' && purgeable > 0
  const loaded = pages.items.value
  const types = new Set(loaded.map(({ type }) => type))
  const [one] = types
  const noun = types.size !== 1 || pages.hasMore.value || one === undefined ? 'record' : one.toLowerCase()
  return (
    <>
      <Collection
        noun={['user or group', 'users and groups']}
        rows={pages}
        columns={[...columnsOf(tenant), ...(isPurge ? [selectionColumn(selected)] : [])]}
        keyOf={({ id }) => id}
        total={counts?.[reason]}
        file="unused.csv"
        live={tenant}
        onReload={reload}
        create={
          isPurge
            ? {
                label: `Purge ${formatCount(ids.length || purgeable, ids.length === 0 ? noun : 'selected record')}`,
                form: () =>
                  purgeForm(tenant, ids.length === 0 ? 'all' : ids, ids.length || purgeable, noun, reload),
                need: 'destroy',
              }
            : undefined
        }
        tools={
          <>
            <QuerySelect
              name="reason"
              label="Reason"
              value={reason}
              options={Object.fromEntries(reasons.map(name => [name, labelOf(name)]))}
            />
            {(reason === 'inactive' || reason === 'any') && (
              <QuerySelect name="silence" label="Inactive for" value={silence} options={inactivityPeriods} />
            )}
            {isPurge && (
              <May need="destroy">
                <label class="check">
                  <input
                    type="checkbox"
                    aria-label={`Select all ${loaded.length} shown`}
                    checked={loaded.length > 0 && loaded.every(({ id }) => selected.value.has(id))}
                    onChange={event => {
                      selected.value = new Set(event.currentTarget.checked ? loaded.map(({ id }) => id) : [])
                    }}
                  />
                  Select all
                </label>
              </May>
            )}
          </>
        }
        empty={reason === 'any' ? 'Nothing unused or dangling.' : 'None for this reason.'}
      />
      {/* The rows above would move it. */}
      {(loaded.length > 0 || !pages.loading.value) && <DanglingAssignments tenant={tenant} />}
    </>
  )
}

const selectionColumn = (selected: { value: ReadonlySet<string> }): Column<StaleIdentity> => ({
  name: 'Select',
  text: ({ id }) => (selected.value.has(id) ? 'selected' : ''),
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
  need: 'destroy',
  always: true,
})

const pageOf = (type: string) => (type === 'Group' ? 'group' : 'user')

const columnsOf = (tenant: string): readonly Column<StaleIdentity>[] => [
  {
    name: 'Name',
    text: ({ label }) => label,
    to: ({ id, type }) => pathTo(pageOf(type), { tenant, id }),
    kind: 'name',
  },
  {
    name: 'Reason',
    text: ({ reasons: all }) => all.map(each => reasonLabels[each]).join(', '),
    kind: 'rest',
  },
  { name: 'Type', text: ({ type }) => type.toLowerCase() },
  { name: 'Deleted', text: ({ deleted }) => deleted?.at, kind: 'time', wide: true },
  { name: 'Last seen', text: ({ lastSeen }) => lastSeen, kind: 'time', wide: true },
]

const purgeForm = (
  tenant: string,
  selection: readonly string[] | 'all',
  count: number,
  noun: string,
  onPurged: () => void,
): AnyForm =>
  form({
    title: 'Purge these records?',
    label: `Purge ${formatCount(count, noun)}`,
    danger: true,
    fields: () => <PurgePreview tenant={tenant} selection={selection} />,
    submit: async () => {
      const { purged } = await purge(tenant, selection, false)
      onPurged()
      return `${formatCount(purged.length, 'record')} purged. History is kept.`
    },
  })

const purge = (tenant: string, selection: readonly string[] | 'all', preview: boolean) =>
  call('POST /tenants/:tenant/stale/purge', {
    params: { tenant },
    body: selection === 'all' ? { all: true, preview } : { ids: [...selection], preview },
  })

function PurgePreview({
  tenant,
  selection,
}: {
  readonly tenant: string
  readonly selection: readonly string[] | 'all'
}) {
  const preview = useSignal<PurgeResult | undefined>(undefined)
  useEffect(() => {
    // The purge itself reports what fails.
    purge(tenant, selection, true).then(
      result => {
        preview.value = result
      },
      () => {},
    )
  }, [])
  if (!preview.value) return <Loading label="Finding deleted records" />
  const { records = [], skipped } = preview.value
  return (
    <>
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
      {skipped.length > 0 && (
        <p class="muted">{formatCount(skipped.length, 'record')} in use will be skipped.</p>
      )}
    </>
  )
}

function DanglingAssignments({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access/dangling', { params: { tenant } })
  useReload(pages.reload)
  if (pages.items.value.length === 0 && !pages.problem.value) return null
  return (
    <Collection
      noun={['assignment of deleted users and groups', 'assignments of deleted users and groups']}
      title="Assignments of deleted users and groups"
      rows={pages}
      columns={danglingColumns(tenant)}
      keyOf={({ assignment }) => assignment.id}
      empty={null}
    />
  )
}

const danglingColumns = (tenant: string): readonly Column<DanglingAssignment>[] => [
  {
    name: 'Name',
    text: ({ principal }) => principal.name,
    to: ({ principal }) => pathTo(pageOf(principal.type), { tenant, id: principal.id }),
    kind: 'name',
  },
  { name: 'Type', text: ({ principal }) => principal.type.toLowerCase() },
  {
    name: 'Account',
    text: ({ account }) => account,
    code: true,
    to: ({ account }) => pathTo('access', { tenant }, { account }),
    always: true,
  },
  {
    name: 'Permission set',
    text: ({ permissionSet }) => permissionSet.name,
    kind: 'rest',
  },
  { name: 'Deleted', text: ({ deleted }) => deleted, kind: 'time', wide: true },
  {
    name: 'Created again',
    text: ({ successor }) => successor && 'later record',
    to: ({ principal, successor }) => successor && pathTo(pageOf(principal.type), { tenant, id: successor }),
  },
  {
    name: 'Command to delete',
    text: ({ command }) => command,
    of: ({ command, principal }) => (
      <CopyButton text={command} what={`the command that deletes the assignment of ${principal.name}`} />
    ),
    always: true,
  },
]
