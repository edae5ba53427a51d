import { computed, effect, signal } from '@preact/signals'
import { parseSearch } from '../../../../journal/search/parse.ts'
import type { Exchange, Page } from '../../answers.ts'
import { type ApiProblem, apiPath, get } from '../../api.ts'
import { onLive, watch } from '../../live.ts'
import { asProblem } from '../../load.ts'
import { place, query } from '../../router.ts'
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

export const entries = computed(() => {
  void version.value
  return entriesOf(list, closed.value)
})

export const exchangeAt = (index: number): Exchange | undefined => list.at(index)

const pageSize = 200

async function loadPage(cursor?: string): Promise<void> {
  const { signal: stopped } = turn
  loading.value = true
  try {
    const path = apiPath(['exchanges'], { q: search.value, limit: pageSize, cursor })
    const page: Page<Exchange> = await get(path, stopped)
    if (stopped.aborted) return
    list.addOlder(page.items)
    next = page.next
    hasMore.value = next !== undefined
    problem.value = undefined
    version.value++
  } catch (error) {
    if (stopped.aborted) return
    problem.value = asProblem(error)
  }
  loading.value = false
}

/** Begins anew, with the newest. */
export function reload(): void {
  turn.abort()
  turn = new AbortController()
  list = createExchangeList()
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
