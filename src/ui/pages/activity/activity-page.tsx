import { effect } from '@preact/signals'
import { useEffect, useId, useState } from 'preact/hooks'
import type { JournalFormat } from '../../../domain/contract/exchanges.ts'
import { type SearchKey, searchKeys } from '../../../domain/journal/search/keys.ts'
import { fetchContent } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Dropdown, ExportMenu } from '../../components/dropdown.tsx'
import { Empty, Loading, ProblemBox } from '../../components/feedback.tsx'
import { SearchInput } from '../../components/field.tsx'
import { ViewedPage } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { RunSample } from '../../components/run-sample.tsx'
import { Time } from '../../components/text.tsx'
import { viewIn } from '../../components/views.tsx'
import { rowHeight, VirtualList } from '../../components/virtual-list.tsx'
import { formatCount } from '../../format.ts'
import { isBackNavigation, pathTo, query, route, setQuery } from '../../router.ts'
import { allTenants, currentTenant, pageTenant, tenants } from '../../state.ts'
import {
  followSearch,
  isAtEnd,
  listPosition,
  loading,
  loadNear,
  pause,
  paused,
  pendingCount,
  problem,
  reload,
  resume,
  retention,
  rows,
  search,
  searchError,
  toggle,
  total,
  wanted,
} from './activity.ts'
import { ConsoleChanges } from './console-changes.tsx'
import { CyclesView } from './cycles-view.tsx'
import { CallsRow, CycleRow, ExchangeRow, IdleRow, RunRow } from './rows.tsx'
import type { ListRow } from './sections.ts'

function EmptyActivity() {
  const tenant = currentTenant.value
  if (tenant === undefined) return null
  return (
    <Empty title="No requests yet.">
      <p>
        <a href={pathTo('connect', { tenant })}>Connect</a> a provisioning client, or run a sample cycle.
      </p>
      <May need="write">
        <p>
          <RunSample tenant={tenant} />
        </p>
      </May>
    </Empty>
  )
}

function addressTenant(): void {
  if (route.value?.page !== 'activity' || (tenants.value ?? []).length < 2 || query.value.has('tenant'))
    return
  setQuery({ tenant: pageTenant.value ?? allTenants })
}

const views = {
  requests: { label: 'Requests' },
  cycles: { label: 'Cycles' },
  changes: { label: 'Console changes' },
}

export function ActivityPage() {
  const view = viewIn(views)
  useEffect(() => effect(addressTenant), [])
  return (
    <ViewedPage title="Activity" views={views} actions={view === 'requests' && <RequestActions />}>
      {view === 'requests' && <Requests />}
      {view === 'cycles' && <CyclesView />}
      {view === 'changes' && <ConsoleChanges />}
    </ViewedPage>
  )
}

const RequestActions = () => (
  <>
    {paused.value ? (
      <button type="button" class="primary" onClick={resume}>
        {pendingCount.value === 0 ? 'Resume' : `Show ${formatCount(pendingCount.value, 'new request')}`}
      </button>
    ) : (
      <button type="button" class="plain" onClick={pause}>
        Pause
      </button>
    )}
    <ExportMenu
      labels={formatLabels}
      fileNames={fileNames}
      fetchFile={format =>
        fetchContent('GET /exchanges/export', { query: { format, q: wanted.value.q || undefined } })
      }
    />
  </>
)

function Requests() {
  useEffect(followSearch, [])
  // Only Back returns to the previous scroll position.
  useState(() => {
    if (!isBackNavigation()) Object.assign(listPosition, { top: 0, key: undefined })
  })
  const error = problem.value
  return (
    <div class="activity">
      <SearchField />
      <Matches />
      {error && (
        <ProblemBox problem={error}>
          <ActionButton onAction={reload}>Try again</ActionButton>
        </ProblemBox>
      )}
      <Rows />
    </div>
  )
}

const Matches = () => {
  const found = total.value
  return (
    <p class="matches muted" role="status">
      {search.value !== '' &&
        found &&
        `${found.complete ? '' : 'More than '}${formatCount(found.count, 'matching request')}`}
    </p>
  )
}

function Rows() {
  const all = rows.value
  if (all.every(({ kind }) => kind === 'more') && (searchError.value || loading.value || isAtEnd.value))
    return <NoRows />
  const renderRow = (index: number) => {
    const row = all[index]
    switch (row?.kind) {
      case 'cycle':
        return <CycleRow {...row} />
      case 'idle':
        return <IdleRow id={row.id} ids={row.cycles} />
      case 'calls':
        return <CallsRow {...row} />
      case 'run':
        return <RunRow {...row} />
      case 'exchange':
        return <ExchangeRow exchange={row.exchange} />
      case 'more':
        return <p class="more-row muted">Loading…</p>
      default:
        return <JournalEnd />
    }
  }
  const onKeyDown = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
    if (key !== 'x' || ctrlKey || metaKey || altKey || !(target instanceof Element)) return
    const at = Number(target.closest<HTMLElement>('[data-row]')?.dataset.row ?? Number.NaN)
    const group = all.findLast(({ kind }, index) => index <= at && groupKinds.includes(kind))
    if (group) toggle(group.id)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the key belongs to the rows in it
    <div class="activity-rows" onKeyDown={onKeyDown}>
      <VirtualList
        label="Requests, newest first"
        count={all.length + (retention.value && isAtEnd.value ? 1 : 0)}
        rowHeight={rowHeight.value}
        renderRow={renderRow}
        keyOf={index => all[index]?.id ?? 'end'}
        onRange={loadNear}
        position={listPosition}
      />
    </div>
  )
}

const groupKinds: readonly ListRow['kind'][] = ['cycle', 'idle', 'calls']

const JournalEnd = () => {
  const end = retention.value
  if (!end) return null
  return (
    <p class="muted">
      Requests before <Time at={end.before} /> were discarded: the journal keeps {end.kept}.
    </p>
  )
}

function NoRows() {
  if (searchError.value || problem.value) return null
  if (loading.value) return <Loading />
  if (search.value === '') return <EmptyActivity />
  return (
    <Empty title="No matching requests.">
      <p>
        {pageTenant.value !== undefined && (tenants.value ?? []).length > 1 && (
          <>
            <button type="button" onClick={() => setQuery({ tenant: allTenants })}>
              Search all tenants
            </button>{' '}
          </>
        )}
        <button type="button" onClick={() => setQuery({ q: undefined })}>
          Clear search
        </button>
      </p>
    </Empty>
  )
}

const formatLabels: Readonly<Record<JournalFormat, string>> = {
  ndjson: 'NDJSON',
  har: 'HAR',
  csv: 'CSV',
  cloudtrail: 'CloudTrail',
  recording: 'Recording',
}

const fileNames: Readonly<Record<JournalFormat, string>> = {
  ndjson: 'requests.ndjson',
  har: 'requests.har',
  csv: 'requests.csv',
  cloudtrail: 'requests.cloudtrail.json',
  recording: 'requests.recording.jsonl',
}

const setSearch = (q: string) => setQuery({ q })

const SearchHelp = () => (
  <Dropdown label="Filters">
    <ul class="search-help">
      {Object.values<SearchKey>(searchKeys).map(({ example, description }) => (
        <li key={example}>
          <button type="button" onClick={() => setSearch(`${search.value} ${example}`.trim())}>
            <code>{example}</code>
          </button>{' '}
          {description}
        </li>
      ))}
    </ul>
    <p class="muted">
      A request must match all filters; prefix one with <code>-</code> to exclude. Other words match the
      action, names, URLs and bodies. The API (<code>?q=</code>) and <code>scimulator journal list</code>{' '}
      accept the same filters.
    </p>
  </Dropdown>
)

function SearchField() {
  const id = useId()
  const error = searchError.value
  const { at = 0, length = 0, suggestion } = error ?? {}
  const text = search.value
  const [before, wrong, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)]
  return (
    <search>
      <div class="search-line">
        <SearchInput
          name="q"
          label="Search requests"
          hint='Search: status:4xx action:disable user:barney text:"externalId"'
          errorId={error && id}
        />
        <SearchHelp />
      </div>
      {error && (
        <div class="search-error" id={id} role="alert">
          <code>
            {before}
            <mark>{wrong || ' '}</mark>
            {after}
          </code>
          <p>
            {error.message}{' '}
            {suggestion !== undefined && (
              <button type="button" onClick={() => setSearch(before + suggestion + after)}>
                Use {suggestion}
              </button>
            )}
          </p>
        </div>
      )}
    </search>
  )
}
