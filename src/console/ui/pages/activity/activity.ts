import { computed, effect, signal } from '@preact/signals'
import { parseSearch } from '../../../../journal/search/parse.ts'
import type { Cycle, Exchange, Page } from '../../answers.ts'
import { type ApiProblem, apiPath, get } from '../../api.ts'
import { onLive, watch } from '../../live.ts'
import { asProblem } from '../../load.ts'
import { place, query } from '../../router.ts'
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
export const closed = signal<ReadonlySet<string>>(new Set())
export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())

let list = createExchangeList()
const version = signal(0)
let waiting: Exchange[] = []
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
  waiting = []
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

export function toggleCycle(id: string): void {
  const now = new Set(closed.value)
  if (!now.delete(id)) now.add(id)
  closed.value = now
}

function showWaiting(): void {
  held.value = 0
  if (waiting.length === 0) return
  list.addNewer(waiting)
  waiting = []
  version.value++
}

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

async function loadCycles(): Promise<void> {
  const found = await get<Page<Cycle>>(apiPath(['cycles'], { limit: pageSize })).catch(() => undefined)
  noteCycles(found?.items ?? [])
}

const noteCycles = (found: readonly Cycle[]) => {
  cycles.value = new Map([...cycles.value, ...found.map(cycle => [cycle.id, cycle] as const)])
}

const asked = new Set<string>()

/** A run that is older than those that were loaded. */
export function wantCycle(id: string): void {
  if (cycles.value.has(id) || asked.has(id)) return
  asked.add(id)
  void get<Cycle>(apiPath(['cycles', id])).then(
    cycle => noteCycles([cycle]),
    () => {},
  )
}

// A list that was left is found again as it was, as long as it has been kept up to date.
let following = false

/** Follows what is sought for as long as the page is open. */
export function followSearch(): () => void {
  return effect(() => {
    if (place.value?.page !== 'activity') return
    if (mistake.value) return
    const wanted = search.value
    watch(wanted)
    if (following && wanted === shownSearch) return
    following = true
    shownSearch = wanted
    reload()
  })
}
let shownSearch = ''

onLive<Exchange>('exchange', exchange => {
  waiting.push(exchange)
  soon(() => {
    if (paused.value) held.value = waiting.length
    else showWaiting()
  })
})

type Analysed = {
  readonly items: readonly Pick<Exchange, 'id' | 'cycle' | 'dialect' | 'findings' | 'severity'>[]
}
onLive<Analysed>('analysed', ({ items }) => {
  for (const { id, ...notes } of items) {
    list.change(id, { ...notes, analysed: true })
    waiting = waiting.map(one => (one.id === id ? { ...one, ...notes, analysed: true } : one))
  }
  soon(() => {
    if (!paused.value) showWaiting()
    version.value++
  })
})
onLive<Cycle>('cycle', cycle => noteCycles([cycle]))
onLive('restart', reload)
onLive<{ readonly what: string }>('changed', ({ what }) => {
  if (what === 'reset') reload()
})
