import { computed, effect, signal } from '@preact/signals'
import { parseSearch } from '../../../journal/search/parse.ts'
import type { Exchange, Page } from '../../answers.ts'
import { type ApiProblem, apiPath, get } from '../../api.ts'
import type { ListPosition } from '../../components/virtual-list.tsx'
import { formatCount } from '../../format.ts'
import { onLive, watch } from '../../live.ts'
import { toApiProblem } from '../../load.ts'
import { isBackNavigation, query, route } from '../../router.ts'
import { collapsed, loadCycles } from './cycles.ts'
import { buildRows, createExchangeList } from './exchange-list.ts'

/** What is sought, in the search language of the API. */
export const search = computed(() => query.value.get('q') ?? '')
/** What is wrong with it. The server would say the same; so what can't be read isn't sent. */
export const searchError = computed(() => parseSearch(search.value, Date.now()).errors[0])

export const paused = signal(false)
/** How many have come while the list was held. */
export const pendingCount = signal(0)
export const problem = signal<ApiProblem | undefined>(undefined)
export const loading = signal(false)
export const hasMore = signal(false)
let list = createExchangeList()
const version = signal(0)
/** What has come and isn't shown yet, in the order of coming. */
const pendingExchanges = new Map<string, Exchange>()
let next: string | undefined
let currentLoad = new AbortController()
/** Where each page but the first begins, and the closed cycles whose exchanges it leaves out. */
let pages: { readonly cursor: string; readonly from: number; readonly without: readonly string[] }[] = []
/** Where the reader is in the list. */
export const listPosition: ListPosition = { top: 0 }

export const entries = computed(() => {
  void version.value
  return buildRows(list, collapsed.value)
})

export const exchangeAt = (index: number): Exchange | undefined => list.at(index)

const pageSize = 200

async function loadPage(cursor?: string): Promise<void> {
  const { signal: stopped } = currentLoad
  loading.value = true
  // The first page has the cycles' headings; of a closed cycle nothing more is needed, however long it is.
  const without = cursor === undefined ? [] : [...collapsed.value].slice(-maxExcluded)
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
    problem.value = toApiProblem(error)
  }
  loading.value = false
}

type JournalExtent = {
  readonly journal: {
    readonly exchanges: number
    readonly oldest?: string
    readonly keeps: { readonly count: number; readonly days: number }
  }
}

const day = 86_400_000

/** At the end of the list: since when the journal has everything, if it has discarded older requests. */
export const retention = signal<{ readonly before: string; readonly keeps: string } | undefined>(undefined)

async function loadDiscarded(stopped: AbortSignal): Promise<void> {
  const found = await get<JournalExtent>(apiPath(['settings']), stopped).catch(() => undefined)
  if (!found || stopped.aborted) return
  const { exchanges, oldest, keeps } = found.journal
  if (oldest === undefined) return
  if (exchanges >= keeps.count)
    retention.value = { before: oldest, keeps: `the newest ${formatCount(keeps.count, 'request')}` }
  else if (Date.now() - Date.parse(oldest) > (keeps.days - 1) * day)
    retention.value = { before: oldest, keeps: `those of the last ${formatCount(keeps.days, 'day')}` }
}

// A search has at most so many terms.
const maxExcluded = 20

/** Shows or hides the exchanges of a cycle. Pages that left it out are loaded again when it is opened. */
export function toggleCycle(id: string): void {
  const now = new Set(collapsed.value)
  const opens = now.delete(id)
  if (!opens) now.add(id)
  collapsed.value = now
  const at = opens ? pages.findIndex(({ without }) => without.includes(id)) : -1
  const page = pages[at]
  if (!page) return
  currentLoad.abort()
  currentLoad = new AbortController()
  pages = pages.slice(0, at)
  list.dropOlder(page.from)
  retention.value = undefined
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
  void loadCycles()
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
  if (list.length > maxKept) {
    reload()
    return
  }
  list.addNewer([...pendingExchanges.values()])
  pendingExchanges.clear()
  version.value++
}

/** Whoever leaves the page open for weeks finds the newest, not a browser without memory. */
const maxKept = 200_000

// However many come at once, the list is drawn once.
let drawing = false
function scheduleRender(draw: () => void): void {
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
    if (route.value?.page !== 'activity') return
    if (searchError.value) return
    const wanted = search.value
    watch(wanted)
    if (following && wanted === loadedSearch) return
    following = true
    loadedSearch = wanted
    if (!isBackNavigation()) listPosition.top = 0
    reload()
  })
  return () => {
    stop()
    if (loadedSearch === '') return
    // Other pages want to be told of all that happens.
    following = false
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

onLive<Exchange>('exchange', exchange => {
  if (following) addExchanges([exchange])
})

// Whatever came after the list was asked for and before the stream was open is in neither.
onLive('hello', () => {
  if (!following) return
  void get<Page<Exchange>>(apiPath(['exchanges'], { q: loadedSearch, limit: pageSize })).then(
    ({ items }) => addExchanges(items.filter(({ id }) => !list.has(id)).toReversed()),
    () => {},
  )
})

type AnalyzedEvent = {
  readonly items: readonly Pick<Exchange, 'id' | 'cycle' | 'dialect' | 'findings' | 'severity'>[]
}
onLive<AnalyzedEvent>('analyzed', ({ items }) => {
  for (const { id, ...notes } of items) {
    list.update(id, { ...notes, analyzed: true })
    const held = pendingExchanges.get(id)
    if (held) pendingExchanges.set(id, { ...held, ...notes, analyzed: true })
  }
  scheduleRender(() => {
    if (!paused.value) showPending()
    version.value++
  })
})
onLive('restart', reload)
onLive<{ readonly what: string }>('changed', ({ what }) => {
  if (what === 'reset') reload()
})
