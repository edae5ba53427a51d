import { computed, effect, signal } from '@preact/signals'
import type { Exchange } from '../../../contract/exchanges.ts'
import { parseSearch } from '../../../journal/search/parse.ts'
import { type ApiProblem, call } from '../../api.ts'
import type { ListPosition } from '../../components/virtual-list.tsx'
import { formatCount } from '../../format.ts'
import { onLive, watch } from '../../live.ts'
import { toApiProblem } from '../../load.ts'
import { isBackNavigation, query, route } from '../../router.ts'
import { zone } from '../../zone.ts'
import { collapsed, collapsedCycles, collapseOlder, loadCycles, loadOlderCycles } from './cycles.ts'
import { buildRows, createExchangeList } from './exchange-list.ts'
import { withInstants } from './search-times.ts'

/** The search text, in the search language of the API. */
export const search = computed(() => query.value.get('q') ?? '')
/** The first error in the search text. An invalid search isn't sent: the server would report the same error. */
export const searchError = computed(() => parseSearch(search.value, Date.now()).errors[0])

/** The search as it is sent: its times are read in the time zone of the page. */
export const sentSearch = computed(() => withInstants(search.value, Date.now(), zone.value))

export const paused = signal(false)
/** How many requests have arrived while the list was paused. */
export const pendingCount = signal(0)
export const problem = signal<ApiProblem | undefined>(undefined)
export const loading = signal(false)
const hasMore = signal(false)
let list = createExchangeList()
const version = signal(0)
/** Exchanges that have arrived but aren't shown yet, oldest first. */
const pendingExchanges = new Map<string, Exchange>()
let next: string | undefined
let currentLoad = new AbortController()
/** Where each page but the first starts, and the collapsed cycles whose exchanges it omits. */
let pages: { readonly cursor: string; readonly from: number; readonly excluded: readonly string[] }[] = []
export const listPosition: ListPosition = { top: 0 }

export const entries = computed(() => {
  void version.value
  // A search shows only cycles with a match.
  const headed = search.value === '' ? collapsedCycles.value : []
  return buildRows(list, { ids: collapsed.value, headed, isComplete: !hasMore.value })
})

export const exchangeAt = (index: number): Exchange | undefined => list.at(index)

const narrow = matchMedia('(max-width: 760px)')
/** In pixels: a row has two lines on a narrow screen. */
export const rowHeight = signal(narrow.matches ? 58 : 34)
narrow.addEventListener('change', () => {
  rowHeight.value = narrow.matches ? 58 : 34
})

type Neighbors = { readonly newer?: Exchange | undefined; readonly older?: Exchange | undefined }

/** The exchanges before and after one in the list; none if the list doesn't have it. */
export function neighborsOf(id: string): Neighbors {
  void version.value
  const index = list.indexOf(id)
  if (index === undefined) return {}
  if (index === list.length - 1) loadMore()
  return { newer: list.at(index - 1), older: list.at(index + 1) }
}

/** Makes the list return to the row of a neighbor, `rows` below the present one. */
export function moveListPosition(key: string, rows: number): void {
  listPosition.key = key
  listPosition.top = Math.max(0, listPosition.top + rows * rowHeight.value)
}

const pageSize = 200

async function loadPage(cursor?: string): Promise<void> {
  const { signal: stopped } = currentLoad
  loading.value = true
  const excluded = cursor === undefined ? [] : await cyclesToExclude()
  if (stopped.aborted) return
  const q = [sentSearch.value, ...excluded.map(id => `-cycle:${id}`)].join(' ').trim()
  try {
    const query = { q: q || undefined, limit: pageSize, cursor }
    const page = await call('GET /exchanges', { query, signal: stopped })
    if (stopped.aborted) return
    if (cursor !== undefined) pages.push({ cursor, from: list.olderLength, excluded })
    list.addOlder(page.items)
    next = page.next
    hasMore.value = next !== undefined
    problem.value = undefined
    if (next === undefined) void loadDiscarded(stopped)
    version.value++
  } catch (error) {
    if (stopped.aborted) return
    problem.value = toApiProblem(error)
  }
  loading.value = false
}

const day = 86_400_000

/** The time before which the journal has discarded requests, and which requests it keeps. Set at the end of the list. */
export const retention = signal<{ readonly before: string; readonly kept: string } | undefined>(undefined)

async function loadDiscarded(stopped: AbortSignal): Promise<void> {
  const settings = await call('GET /settings', { signal: stopped }).catch(() => undefined)
  if (!settings || stopped.aborted) return
  const { exchanges, oldest, retention: limits } = settings.journal
  if (oldest === undefined) return
  if (exchanges >= limits.count)
    retention.value = { before: oldest, kept: `the newest ${formatCount(limits.count, 'request')}` }
  else if (Date.now() - Date.parse(oldest) > (limits.days - 1) * day)
    retention.value = { before: oldest, kept: `requests of the last ${formatCount(limits.days, 'day')}` }
}

// The search language limits the number of terms.
const maxExcluded = 20

/** The newest of the collapsed cycles whose exchanges are still to be loaded: their headings need none. */
async function cyclesToExclude(): Promise<readonly string[]> {
  const oldest = list.at(list.length - 1)?.at ?? ''
  for (;;) {
    const older = collapsedCycles.value.filter(({ started }) => started <= oldest)
    if (older.length >= maxExcluded || search.value !== '' || !(await loadOlderCycles()))
      return older.slice(0, maxExcluded).map(({ id }) => id)
  }
}

/** Expands or collapses a cycle. Expanding it reloads the pages that omitted its exchanges. */
export function toggleCycle(id: string): void {
  const nowCollapsed = new Set(collapsed.value)
  const isExpanded = nowCollapsed.delete(id)
  if (!isExpanded) nowCollapsed.add(id)
  collapsed.value = nowCollapsed
  const pageIndex = isExpanded ? pages.findIndex(({ excluded }) => excluded.includes(id)) : -1
  const page = pages[pageIndex]
  if (!page) return
  currentLoad.abort()
  currentLoad = new AbortController()
  pages = pages.slice(0, pageIndex)
  list.dropOlder(page.from)
  retention.value = undefined
  next = page.cursor
  loading.value = false
  hasMore.value = true
  version.value++
  loadMore()
}

/** Whether the list is loaded back to a time, and so holds every matching exchange since then. */
export const isLoadedBackTo = (instant: string): boolean => {
  const oldest = list.at(list.length - 1)
  return !hasMore.value || (oldest !== undefined && oldest.at < instant)
}

/** Discards the list and loads the newest exchanges. */
export function reload(): void {
  currentLoad.abort()
  currentLoad = new AbortController()
  list = createExchangeList()
  pages = []
  retention.value = undefined
  pendingExchanges.clear()
  pendingCount.value = 0
  hasMore.value = false
  version.value++
  void loadPage()
  const isFirst = collapsed.peek().size === 0
  void loadCycles().then(() => {
    if (isFirst && loadedSearch === '') collapseOlder()
  })
}

export function loadMore(): void {
  if (!loading.value && next !== undefined && !problem.value) void loadPage(next)
}

export function resume(): void {
  paused.value = false
  showPending()
}

export function pause(): void {
  paused.value = true
}

function showPending(): void {
  pendingCount.value = 0
  if (pendingExchanges.size === 0) return
  if (list.length > maxLoaded) {
    reload()
    return
  }
  list.addNewer([...pendingExchanges.values()])
  pendingExchanges.clear()
  version.value++
}

/** A longer list is reloaded, so that a page left open for weeks doesn't fill the browser's memory. */
const maxLoaded = 200_000

// One render a frame, however many exchanges arrive at once.
let isScheduled = false
function scheduleRender(render: () => void): void {
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    render()
  })
}

// The list survives a visit to another page only while it receives all events.
let isFollowing = false

/** Loads the list of the current search and keeps it up to date. Returns a function that ends this. */
export function followSearch(): () => void {
  const stop = effect(() => {
    if (route.value?.page !== 'activity') return
    if (searchError.value) return
    const newSearch = sentSearch.value
    watch(newSearch)
    if (isFollowing && newSearch === loadedSearch) return
    if (newSearch !== loadedSearch || !isFollowing) collapsed.value = new Set()
    isFollowing = true
    loadedSearch = newSearch
    if (!isBackNavigation()) listPosition.top = 0
    reload()
  })
  return () => {
    stop()
    if (loadedSearch === '') return
    // Other pages need the events of all exchanges.
    isFollowing = false
    watch('')
  }
}
let loadedSearch = ''

function addExchanges(exchanges: readonly Exchange[]): void {
  for (const exchange of exchanges) pendingExchanges.set(exchange.id, exchange)
  scheduleRender(() => {
    if (paused.value) pendingCount.value = pendingExchanges.size
    else showPending()
  })
}

onLive('exchange', exchange => {
  if (isFollowing) addExchanges([exchange])
})

// Exchanges between the request for the list and the start of the stream are in neither.
onLive('hello', () => {
  if (!isFollowing) return
  void call('GET /exchanges', { query: { q: loadedSearch || undefined, limit: pageSize } }).then(
    ({ items }) => addExchanges(items.filter(({ id }) => !list.has(id)).toReversed()),
    () => {},
  )
})

onLive('analyzed', ({ items }) => {
  for (const { id, ...analysis } of items) {
    list.update(id, { ...analysis, analyzed: true })
    const pending = pendingExchanges.get(id)
    if (pending) pendingExchanges.set(id, { ...pending, ...analysis, analyzed: true })
  }
  scheduleRender(() => {
    if (!paused.value) showPending()
    version.value++
  })
})
onLive('restart', reload)
onLive('changed', ({ what }) => {
  if (what === 'reset') reload()
})
