import { useEffect, useState } from 'preact/hooks'
import { apiPath, post, send } from '../../api.ts'
import { Dropdown } from '../../components/dropdown.tsx'
import {
  ActionButton,
  Copyable,
  Empty,
  Loading,
  PageHead,
  ProblemBox,
  Time,
} from '../../components/elements.tsx'
import { VirtualList } from '../../components/virtual-list.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../notices.ts'
import { isBackNavigation, pathTo, setQuery } from '../../router.ts'
import { currentTenant, tenants } from '../../state.ts'
import {
  entries,
  exchangeAt,
  followSearch,
  listPosition,
  loading,
  loadMore,
  pause,
  paused,
  pendingCount,
  problem,
  reload,
  resume,
  retention,
  search,
} from './activity.ts'
import { CycleRow, ExchangeRow } from './rows.tsx'
import { SearchField } from './search-field.tsx'

/** What to do while nobody has asked anything yet. */
export function EmptyActivity() {
  const tenant = (tenants.value ?? []).find(({ id }) => id === currentTenant.value)
  if (!tenant) return null
  return (
    <Empty title="Nobody has sent a request yet.">
      <p>
        Point a provisioning client at <code>{tenant.endpoint}</code>; <SetupLink tenant={tenant.id} /> says
        what to paste where in Entra. Or send a first request by hand:
      </p>
      <Copyable
        what="the command"
        text={`curl -H "Authorization: Bearer $SCIM_TOKEN" ${tenant.endpoint}/Users`}
      />
      <p>Or see what a provisioning run looks like:</p>
      <p>
        <ActionButton tone="primary" act={() => runSample(tenant.id)}>
          Run the Springfield sample
        </ActionButton>
      </p>
    </Empty>
  )
}

const SetupLink = ({ tenant }: { readonly tenant: string }) => (
  <a href={pathTo('setup', { tenant })}>Set-up</a>
)

type SampleResult = { readonly requests: number; readonly created: number }

async function runSample(tenant: string): Promise<void> {
  const { requests, created } = await post<SampleResult>(apiPath(['tenants', tenant, 'sample']))
  announce(`Springfield is provisioned: ${formatCount(requests, 'request')}, ${created} created.`)
}

/** What clients send, as it comes, newest first. */
export function ActivityPage() {
  useEffect(followSearch, [])
  // Only a reader who comes back expects the list where it was left.
  useState(() => {
    if (!isBackNavigation()) Object.assign(listPosition, { top: 0, key: undefined })
  })
  const shown = problem.value
  return (
    <div class="activity">
      <PageHead title="Activity">
        {paused.value ? (
          <button type="button" class="primary" onClick={resume}>
            {pendingCount.value === 0 ? 'Go on' : `Show ${formatCount(pendingCount.value, 'new request')}`}
          </button>
        ) : (
          <button type="button" onClick={pause}>
            Pause
          </button>
        )}
        <ExportChoice />
      </PageHead>
      <SearchField />
      {shown && (
        <ProblemBox problem={shown}>
          <ActionButton act={reload}>Try again</ActionButton>
        </ProblemBox>
      )}
      <Rows />
    </div>
  )
}

function Rows() {
  const lines = entries.value
  const isEnd = (index: number) => index === lines.length
  const lineHeight = useNarrow() ? 58 : 34
  if (lines.length === 0) return <NoRows />
  const line = (index: number) => {
    if (isEnd(index)) return <JournalEnd />
    const entry = lines[index]
    if (!entry) return null
    if (entry.kind === 'cycle') return <CycleRow id={entry.cycle} shown={entry.shown} />
    const exchange = exchangeAt(entry.index)
    return exchange ? <ExchangeRow exchange={exchange} /> : null
  }
  const keyOf = (index: number) => {
    if (isEnd(index)) return 'end'
    const entry = lines[index]
    return entry?.kind === 'cycle' ? entry.cycle : (exchangeAt(entry?.index ?? -1)?.id ?? String(index))
  }
  return (
    <VirtualList
      label="Exchanges, newest first"
      count={lines.length + (retention.value ? 1 : 0)}
      rowHeight={lineHeight}
      renderRow={line}
      keyOf={keyOf}
      onEnd={loadMore}
      position={listPosition}
    />
  )
}

/** Why the list ends where it does. */
const JournalEnd = () => {
  const end = retention.value
  if (!end) return null
  return (
    <p class="muted">
      Requests before <Time at={end.before} /> were discarded: the journal keeps {end.keeps}.
    </p>
  )
}

function NoRows() {
  if (loading.value) return <Loading />
  if (problem.value) return null
  if (search.value === '') return <EmptyActivity />
  return (
    <Empty title="No exchange matches.">
      <p>
        <button type="button" onClick={() => setQuery({ q: undefined })}>
          Show all
        </button>
      </p>
    </Empty>
  )
}

const narrow = matchMedia('(max-width: 760px)')

function useNarrow(): boolean {
  const [is, set] = useState(narrow.matches)
  useEffect(() => {
    const look = () => set(narrow.matches)
    narrow.addEventListener('change', look)
    return () => narrow.removeEventListener('change', look)
  }, [])
  return is
}

const formats = { ndjson: 'Lines of JSON', har: 'HAR archive', csv: 'CSV table' } as const

/** Downloads what is sought. */
function ExportChoice() {
  const download = async (format: string) => {
    const path = apiPath(['exchanges', 'export'], { format, q: search.value })
    const answer = await send('GET', path)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await answer.blob())
    link.download = `exchanges.${format}`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <Dropdown label="Export">
      <div class="stack">
        {Object.entries(formats).map(([format, label]) => (
          <ActionButton key={format} act={() => download(format)}>
            {label}
          </ActionButton>
        ))}
      </div>
    </Dropdown>
  )
}
