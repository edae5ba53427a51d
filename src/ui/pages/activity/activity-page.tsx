import { effect } from '@preact/signals'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { JournalFormat } from '../../../domain/contract/exchanges.ts'
import { type SearchKey, searchKeys } from '../../../domain/journal/search/keys.ts'
import { fetchContent } from '../../api.ts'
import { ActionButton, Copyable } from '../../components/buttons.tsx'
import { Dropdown, ExportMenu } from '../../components/dropdown.tsx'
import { Empty, Loading, ProblemBox } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { RunSample } from '../../components/run-sample.tsx'
import { Time } from '../../components/text.tsx'
import { VirtualList } from '../../components/virtual-list.tsx'
import { formatCount } from '../../format.ts'
import { ZoneSelect } from '../../frame/navigation.tsx'
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
  rowHeight,
  rows,
  search,
  searchError,
  total,
  wanted,
} from './activity.ts'
import { CycleRow, ExchangeRow } from './rows.tsx'

function EmptyActivity() {
  const tenant = (tenants.value ?? []).find(({ id }) => id === currentTenant.value)
  if (!tenant) return null
  return (
    <Empty title="No requests yet.">
      <p>
        Connect a provisioning client to <code>{tenant.endpoint}</code>. For Entra ID, follow{' '}
        <a href={pathTo('connect', { tenant: tenant.id })}>Setup</a>. Or send a request from the command line:
      </p>
      <Copyable
        what="the command"
        text={`curl -H "Authorization: Bearer $SCIM_TOKEN" ${tenant.endpoint}/Users`}
      />
      <May need="write">
        <p>Or run a sample provisioning cycle:</p>
        <p>
          <RunSample tenant={tenant.id} />
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

export function ActivityPage() {
  useEffect(followSearch, [])
  useEffect(() => effect(addressTenant), [])
  // Only Back returns to the previous scroll position.
  useState(() => {
    if (!isBackNavigation()) Object.assign(listPosition, { top: 0, key: undefined })
  })
  const error = problem.value
  return (
    <div class="activity">
      <PageHead title="Activity">
        {paused.value ? (
          <button type="button" class="primary" onClick={resume}>
            {pendingCount.value === 0 ? 'Resume' : `Show ${formatCount(pendingCount.value, 'new request')}`}
          </button>
        ) : (
          <button type="button" onClick={pause}>
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
      </PageHead>
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
  const isEnd = (index: number) => index === all.length
  if (all.every(({ kind }) => kind === 'more') && (searchError.value || loading.value || isAtEnd.value))
    return <NoRows />
  const renderRow = (index: number) => {
    if (isEnd(index)) return <JournalEnd />
    const row = all[index]
    switch (row?.kind) {
      case 'cycle':
        return <CycleRow id={row.cycle} loaded={row.loaded} />
      case 'exchange':
        return <ExchangeRow exchange={row.exchange} />
      case 'more':
        return <p class="more-row muted">Loading…</p>
      default:
        return null
    }
  }
  const keyOf = (index: number) => {
    if (isEnd(index)) return 'end'
    const row = all[index]
    switch (row?.kind) {
      case 'cycle':
        return row.cycle
      case 'exchange':
        // A cycle has the id of its first exchange.
        return `request ${row.exchange.id}`
      default:
        return `more ${row?.of}`
    }
  }
  return (
    <VirtualList
      label="Requests, newest first"
      count={all.length + (retention.value && isAtEnd.value ? 1 : 0)}
      rowHeight={rowHeight.value}
      renderRow={renderRow}
      keyOf={keyOf}
      onRange={loadNear}
      position={listPosition}
    />
  )
}

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

const SearchHelp = ({ add }: { readonly add: (filter: string) => void }) => (
  <Dropdown label="Filters">
    <ul class="search-help">
      {Object.values<SearchKey>(searchKeys).map(({ example, description }) => (
        <li key={example}>
          <button type="button" onClick={() => add(example)}>
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

const typingDelay = 250

function SearchField() {
  const field = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const id = useId()
  const error = searchError.value

  // A link or Back may change the search.
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = search.value
  }, [search.value])

  const apply = (text: string) => {
    clearTimeout(timer.current)
    setQuery({ q: text })
  }
  const set = (text: string) => {
    if (field.current) field.current.value = text
    apply(text)
  }
  const onInput = (event: { readonly currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value
    clearTimeout(timer.current)
    timer.current = setTimeout(() => apply(text), typingDelay)
  }
  const { at = 0, length = 0, suggestion } = error ?? {}
  const text = search.value
  return (
    <search>
      <form
        onSubmit={event => {
          event.preventDefault()
          apply(field.current?.value ?? '')
        }}
      >
        <label class="visually-hidden" for={id}>
          Search requests
        </label>
        <input
          id={id}
          ref={field}
          type="search"
          defaultValue={text}
          onInput={onInput}
          placeholder='Search: status:4xx action:disable user:barney text:"externalId"'
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={error !== undefined}
          aria-describedby={error ? `${id}-error` : undefined}
        />
        <ZoneSelect />
        <SearchHelp add={filter => set(`${text} ${filter}`.trim())} />
      </form>
      {error && (
        <div class="search-error" id={`${id}-error`} role="alert">
          <code>
            {text.slice(0, at)}
            <mark>{text.slice(at, at + length) || ' '}</mark>
            {text.slice(at + length)}
          </code>
          <p>
            {error.message}{' '}
            {suggestion !== undefined && (
              <button
                type="button"
                onClick={() => set(text.slice(0, at) + suggestion + text.slice(at + length))}
              >
                Use {suggestion}
              </button>
            )}
          </p>
        </div>
      )}
    </search>
  )
}
