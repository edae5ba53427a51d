import { computed, effect, signal } from '@preact/signals'
import { parseSearch } from '../../../../journal/search/parse.ts'
import type { Exchange, Page } from '../../answers.ts'
import { type ApiProblem, apiPath, get } from '../../api.ts'
import type { ListPlace } from '../../components/virtual-list.tsx'
import { onLive, watch } from '../../live.ts'
import { asProblem } from '../../load.ts'
import { cameBack, place, query } from '../../router.ts'
import { counted } from '../../words.ts'
import { closed, loadCycles } from './cycles.ts'
import { entriesOf } from './entries.ts'
import { createExchangeList } from './exchange-list.ts'

/** What is sought, in the search language of the API. */
export const search = computed(() => query.value.get('q') ?? '')
/** What is wrong with it. The server would say the same; so what can't be read isn't sent. */
export const mistake = computed(() => parseSearch(search.value, Date.now()).mistakes[0])

export const paused = signal(false)
/** How many have come while the list was held. */
export const held = signal(0)
export const problem = signal<ApiProblem | undefined>(undefined)
export const loading = signal(false)
export const hasMore = signal(false)
let list = createExchangeList()
const version = signal(0)
/** What has come and isn't shown yet, in the order of coming. */
const waiting = new Map<string, Exchange>()
let next: string | undefined
let turn = new AbortController()
/** Where each page but the first begins, and the closed cycles whose exchanges it leaves out. */
let pages: { readonly cursor: string; readonly from: number; readonly without: readonly string[] }[] = []
/** Where the reader is in the list. */
export const listPlace: ListPlace = { top: 0 }

export const entries = computed(() => {
  void version.value
  return entriesOf(list, closed.value)
})

export const exchangeAt = (index: number): Exchange | undefined => list.at(index)

const pageSize = 200

async function loadPage(cursor?: string): Promise<void> {
  const { signal: stopped } = turn
  loading.value = true
  // The first page has the cycles' headings; of a closed cycle nothing more is needed, however long it is.
  const without = cursor === undefined ? [] : [...closed.value].slice(-mostExcluded)
  const q = [search.value, ...without.map(id => `-cycle:${id}`)].join(' ').trim()
  try {
    const path = apiPath(['exchanges'], { q, limit: pageSize, cursor })
    const page: Page<Exchange> = await get(path, stopped)
    if (stopped.aborted) return
    if (cursor !== undefined) pages.push({ cursor, from: list.olderLength, without })
    list.addOlder(page.items)
    next = page.next
    hasMore.value = next !== undefined
    problem.value = undefined
    if (next === undefined) void loadDiscarded(stopped)
    version.value++
  } catch (error) {
    if (stopped.aborted) return
    problem.value = asProblem(error)
  }
  loading.value = false
}

type Retained = {
  readonly journal: {
    readonly exchanges: number
    readonly oldest?: string
    readonly keeps: { readonly count: number; readonly days: number }
  }
}

const day = 86_400_000

/** At the end of the list: since when the journal has everything, if it has discarded older requests. */
export const discarded = signal<{ readonly before: string; readonly keeps: string } | undefined>(undefined)

async function loadDiscarded(stopped: AbortSignal): Promise<void> {
  const found = await get<Retained>(apiPath(['settings']), stopped).catch(() => undefined)
  if (!found || stopped.aborted) return
  const { exchanges, oldest, keeps } = found.journal
  if (oldest === undefined) return
  if (exchanges >= keeps.count)
    discarded.value = { before: oldest, keeps: `the newest ${counted(keeps.count, 'request')}` }
  else if (Date.now() - Date.parse(oldest) > (keeps.days - 1) * day)
    discarded.value = { before: oldest, keeps: `those of the last ${counted(keeps.days, 'day')}` }
}

// A search has at most so many terms.
const mostExcluded = 20

/** Shows or hides the exchanges of a cycle. Pages that left it out are loaded again when it is opened. */
export function toggleCycle(id: string): void {
  const now = new Set(closed.value)
  const opens = now.delete(id)
  if (!opens) now.add(id)
  closed.value = now
  const at = opens ? pages.findIndex(({ without }) => without.includes(id)) : -1
  const page = pages[at]
  if (!page) return
  turn.abort()
  turn = new AbortController()
  pages = pages.slice(0, at)
  list.dropOlder(page.from)
  discarded.value = undefined
  next = page.cursor
  loading.value = false
  hasMore.value = true
  version.value++
  loadMore()
}

/** Whether all exchanges of a cycle that match are in the list, as it is loaded back to before its beginning. */
export const isLoadedBackTo = (instant: string): boolean => {
  const oldest = list.at(list.length - 1)
  return !hasMore.value || (oldest !== undefined && oldest.at < instant)
}

/** Begins anew, with the newest. */
export function reload(): void {
  turn.abort()
  turn = new AbortController()
  list = createExchangeList()
  pages = []
  discarded.value = undefined
  waiting.clear()
  held.value = 0
  hasMore.value = false
  version.value++
  void loadPage()
  void loadCycles()
}

export function loadMore(): void {
  if (!loading.value && next !== undefined && !problem.value) void loadPage(next)
}

export function resume(): void {
  paused.value = false
  showWaiting()
}

export function pause(): void {
  paused.value = true
}

function showWaiting(): void {
  held.value = 0
  if (waiting.size === 0) return
  if (list.length > mostKept) {
    reload()
    return
  }
  list.addNewer([...waiting.values()])
  waiting.clear()
  version.value++
}

/** Whoever leaves the page open for weeks finds the newest, not a browser without memory. */
const mostKept = 200_000

// However many come at once, the list is drawn once.
let drawing = false
function soon(draw: () => void): void {
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    draw()
  })
}

// A list that was left is found again as it was, as long as it has been kept up to date.
let following = false

/** Follows what is sought for as long as the page is open. */
export function followSearch(): () => void {
  const stop = effect(() => {
    if (place.value?.page !== 'activity') return
    if (mistake.value) return
    const wanted = search.value
    watch(wanted)
    if (following && wanted === shownSearch) return
    following = true
    shownSearch = wanted
    if (!cameBack()) listPlace.top = 0
    reload()
  })
  return () => {
    stop()
    if (shownSearch === '') return
    // Other pages want to be told of all that happens.
    following = false
    watch('')
  }
}
let shownSearch = ''

function note(exchanges: readonly Exchange[]): void {
  for (const exchange of exchanges) waiting.set(exchange.id, exchange)
  soon(() => {
    if (paused.value) held.value = waiting.size
    else showWaiting()
  })
}

onLive<Exchange>('exchange', exchange => {
  if (following) note([exchange])
})

// Whatever came after the list was asked for and before the stream was open is in neither.
onLive('hello', () => {
  if (!following) return
  void get<Page<Exchange>>(apiPath(['exchanges'], { q: shownSearch, limit: pageSize })).then(
    ({ items }) => note(items.filter(({ id }) => !list.has(id)).toReversed()),
    () => {},
  )
})

type Analysed = {
  readonly items: readonly Pick<Exchange, 'id' | 'cycle' | 'dialect' | 'findings' | 'severity'>[]
}
onLive<Analysed>('analysed', ({ items }) => {
  for (const { id, ...notes } of items) {
    list.change(id, { ...notes, analysed: true })
    const held = waiting.get(id)
    if (held) waiting.set(id, { ...held, ...notes, analysed: true })
  }
  soon(() => {
    if (!paused.value) showWaiting()
    version.value++
  })
})
onLive('restart', reload)
onLive<{ readonly what: string }>('changed', ({ what }) => {
  if (what === 'reset') reload()
})
