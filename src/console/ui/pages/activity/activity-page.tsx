import { useEffect, useState } from 'preact/hooks'
import { apiPath, send } from '../../api.ts'
import { ActionButton, Empty, Loading, PageHead, ProblemBox, Time } from '../../components/basics.tsx'
import { Drop } from '../../components/drop.tsx'
import { VirtualList } from '../../components/virtual-list.tsx'
import { cameBack, setQuery } from '../../router.ts'
import { counted } from '../../words.ts'
import {
  discarded,
  entries,
  exchangeAt,
  followSearch,
  held,
  listPlace,
  loading,
  loadMore,
  pause,
  paused,
  problem,
  reload,
  resume,
  search,
} from './activity.ts'
import { CycleLine, ExchangeLine } from './lines.tsx'
import { NothingYet } from './nothing-yet.tsx'
import { SearchField } from './search-field.tsx'

/** What clients send, as it comes, newest first. */
export function ActivityPage() {
  useEffect(followSearch, [])
  // Only a reader who comes back expects the list where it was left.
  useState(() => {
    if (!cameBack()) Object.assign(listPlace, { top: 0, key: undefined })
  })
  const shown = problem.value
  return (
    <div class="activity">
      <PageHead title="Activity">
        {paused.value ? (
          <button type="button" class="primary" onClick={resume}>
            {held.value === 0 ? 'Go on' : `Show ${counted(held.value, 'new request')}`}
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
      <Lines />
    </div>
  )
}

function Lines() {
  const lines = entries.value
  const isEnd = (index: number) => index === lines.length
  const lineHeight = useNarrow() ? 58 : 34
  if (lines.length === 0) return <NoLines />
  const line = (index: number) => {
    if (isEnd(index)) return <JournalEnd />
    const entry = lines[index]
    if (!entry) return null
    if (entry.kind === 'cycle') return <CycleLine id={entry.cycle} shown={entry.shown} />
    const exchange = exchangeAt(entry.index)
    return exchange ? <ExchangeLine exchange={exchange} /> : null
  }
  const keyOf = (index: number) => {
    if (isEnd(index)) return 'end'
    const entry = lines[index]
    return entry?.kind === 'cycle' ? entry.cycle : (exchangeAt(entry?.index ?? -1)?.id ?? String(index))
  }
  return (
    <VirtualList
      label="Exchanges, newest first"
      count={lines.length + (discarded.value ? 1 : 0)}
      lineHeight={lineHeight}
      line={line}
      keyOf={keyOf}
      onEnd={loadMore}
      kept={listPlace}
    />
  )
}

/** Why the list ends where it does. */
const JournalEnd = () => {
  const end = discarded.value
  if (!end) return null
  return (
    <p class="muted">
      Requests before <Time at={end.before} /> were discarded: the journal keeps {end.keeps}.
    </p>
  )
}

function NoLines() {
  if (loading.value) return <Loading />
  if (problem.value) return null
  if (search.value === '') return <NothingYet />
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
    <Drop words="Export">
      <div class="stack">
        {Object.entries(formats).map(([format, words]) => (
          <ActionButton key={format} act={() => download(format)}>
            {words}
          </ActionButton>
        ))}
      </div>
    </Drop>
  )
}
