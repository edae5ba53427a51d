import { computed, effect, signal, untracked } from '@preact/signals'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import { day } from '../../../domain/duration.ts'
import { parseSearch } from '../../../domain/journal/search/parse.ts'
import { type ApiProblem, call } from '../../api.ts'
import { type ListPosition, rowHeight } from '../../components/virtual-list.tsx'
import { formatCount, formatDay, formatSize, zone } from '../../format.ts'
import { onLive, watch } from '../../live.ts'
import { toApiProblem } from '../../load.ts'
import { isBackNavigation, query, route } from '../../router.ts'
import { clockLead, pageTenant } from '../../state.ts'
import {
  cycles,
  cyclesOf,
  forgetCycles,
  hasMoreCycles,
  isIdle,
  loadCycles,
  loadOlderCycles,
} from './cycles.ts'
import { createExchangeList } from './exchange-list.ts'
import { withInstants } from './search-times.ts'
import { buildRows, type ListRow, toSections } from './sections.ts'

export const search = computed(() => query.value.get('q') ?? '')
/** The first error in the search text. An invalid search isn't sent: the server would report the same error. */
export const searchError = computed(() => parseSearch(search.value, Date.now()).errors[0])

const joinTerms = (...terms: readonly (string | undefined)[]): string => terms.filter(Boolean).join(' ')

type Subject = {
  readonly q: string
  readonly isSearch: boolean
  /** Undefined: all tenants. */
  readonly tenant: string | undefined
}

const tenantTerm = ({ tenant }: Pick<Subject, 'tenant'>): string | undefined =>
  tenant === undefined ? undefined : `tenant:${tenant}`

export const wanted = computed((): Subject => {
  const tenant = pageTenant.value
  const lead = zone.value === 'tenant' ? clockLead(tenant) : 0
  const sent = withInstants(search.value, Date.now() + lead, zone.value)
  return { q: joinTerms(tenantTerm({ tenant }), sent), isSearch: sent !== '', tenant }
})

const subject = signal<Subject>({ q: '', isSearch: false, tenant: undefined })

export const paused = signal(false)
export const pendingCount = signal(0)
export const problem = signal<ApiProblem | undefined>(undefined)
export const loading = signal(false)
export const total = signal<{ readonly count: number; readonly complete: boolean } | undefined>(undefined)

const version = signal(0)
/** Oldest first. */
const pendingExchanges = new Map<string, Exchange>()
let currentLoad = new AbortController()
export const listPosition: ListPosition = { top: 0 }

/** How far the matches of a search have been loaded, newest first. */
type Stream = {
  isDone: boolean
  isLoading: boolean
  loadedDownTo?: string | undefined
  cursor?: string | undefined
}

const createStream = (): Stream => ({ isDone: false, isLoading: false })

let list = createExchangeList()
/** Matches of a search, or the newest exchanges and those of no cycle: each cycle loads its own. */
let main = createStream()
let ofCycles = new Map<string, Stream>()
let excluded = new Set<string>()

const sections = computed(() => {
  void version.value
  return toSections(list)
})

export const rows = computed(() => {
  void version.value
  void paused.value
  if (loading.value) return []
  return buildRows(sections.value, {
    // A search shows only cycles with a match.
    headed: subject.value.isSearch ? [] : cyclesOf(subject.value.tenant),
    isOpen,
    isIncomplete,
    loadedDownTo: main.isDone ? undefined : main.loadedDownTo,
    ...(!subject.value.isSearch && { folds: { isIdle, isUnfolded } }),
  })
})

/** Groups that the person has opened or closed. */
const toggled = signal<ReadonlySet<string>>(new Set())
/** Cycles before this time are closed at first; undefined in a search, which shows its matches. */
const openFrom = signal<string | undefined>(undefined)

export const isOpen = (cycle: string): boolean => {
  const isOld = (cycles.value.get(cycle)?.started ?? openFrom.value ?? '') < (openFrom.value ?? '')
  return isOld === toggled.value.has(cycle)
}

export const isUnfolded = (group: string): boolean => toggled.value.has(group)

export function toggle(group: string): void {
  const next = new Set(toggled.value)
  if (!next.delete(group)) next.add(group)
  // A search groups by cycle only, and does not load those that were closed.
  if (subject.value.isSearch && next.has(group)) excluded.add(group)
  toggled.value = next
}

export const isAtEnd = computed(() => {
  void version.value
  return main.isDone && (subject.value.isSearch || !hasMoreCycles.value)
})

let isWhole = false

function isIncomplete(id: string, loaded: readonly Exchange[]): boolean {
  if (isWhole) return false
  const own = ofCycles.get(id)
  if (own) return !own.isDone
  if (subject.value.isSearch) return excluded.has(id)
  const cycle = cycles.value.get(id)
  // The operations of a bulk request are exchanges, too, but are not counted.
  const isCounted = loaded.every(({ parent, operation }) => parent === undefined && operation !== 'bulk')
  return cycle !== undefined && !(isCounted && loaded.length + pendingCount.value >= cycle.requests)
}

/** Whether times of the list need their day. */
export const daysDiffer = computed(() => {
  void version.value
  const isTenants = zone.value === 'tenant'
  const listed = subject.value.isSearch ? [] : cyclesOf(subject.value.tenant)
  const days = [
    ...[list.at(0), list.at(list.length - 1)].map(one => (isTenants ? one?.tenantTime : one?.at)),
    ...[listed[0], listed.at(-1)].map(one => (isTenants ? one?.tenantStarted : one?.started)),
  ].flatMap(time => (time === undefined ? [] : formatDay(time)))
  return new Set(days).size > 1
})

export type Neighbor = { readonly exchange: Exchange; readonly distance: number }

export function neighborsOf(id: string): {
  readonly newer?: Neighbor | undefined
  readonly older?: Neighbor | undefined
} {
  const all = rows.value
  const index = all.findIndex(row => row.kind === 'exchange' && row.exchange.id === id)
  if (index < 0) return {}
  const next = (step: 1 | -1): Neighbor | undefined => {
    for (let at = index + step; ; at += step) {
      const row = all[at]
      if (!row) return undefined
      if (row.kind === 'more') loadMore(row)
      if (row.kind === 'exchange') return { exchange: row.exchange, distance: at - index }
    }
  }
  return { newer: next(-1), older: next(1) }
}

export function moveListPosition({ exchange, distance }: Neighbor): void {
  listPosition.key = `request ${exchange.id}`
  listPosition.top = Math.max(0, listPosition.top + distance * rowHeight.value)
}

const ahead = 60

export function loadNear(first: number, end: number): void {
  const all = rows.value
  for (const row of all.slice(first, end + ahead)) if (row.kind === 'more') loadMore(row)
  if (end + ahead >= all.length && !subject.value.isSearch) void loadOlderCycles()
}

function loadMore({ of: cycle }: Extract<ListRow, { kind: 'more' }>): void {
  if (problem.value) return
  if (cycle === undefined) {
    if (!main.isLoading) void load(main, subject.value.isSearch ? searchWithoutExcluded() : othersSearch())
    return
  }
  const own = ofCycles.get(cycle) ?? createStream()
  ofCycles.set(cycle, own)
  if (!own.isLoading) void load(own, joinTerms(subject.value.q, `cycle:${cycle}`))
}

const othersSearch = () => joinTerms(tenantTerm(subject.value), '-cycle:any')

// The search language limits the number of terms.
const maxExcluded = 20

const searchWithoutExcluded = () =>
  joinTerms(subject.value.q, ...[...excluded].slice(-maxExcluded).map(id => `-cycle:${id}`))

const pageSize = 200

/** The next page. Throws ApiProblem. */
async function loadNext(stream: Stream, q: string, signal: AbortSignal): Promise<readonly Exchange[]> {
  stream.isLoading = true
  try {
    const query = { q: q || undefined, limit: pageSize, cursor: stream.cursor }
    const { items, next } = await call('GET /exchanges', { query, signal })
    stream.cursor = next
    stream.isDone = next === undefined
    stream.loadedDownTo = items.at(-1)?.at ?? stream.loadedDownTo
    return items
  } finally {
    stream.isLoading = false
  }
}

async function load(stream: Stream, q: string): Promise<void> {
  const { signal: stopped } = currentLoad
  try {
    const items = await loadNext(stream, q, stopped)
    if (stopped.aborted) return
    list.addOlder(items.filter(isChosen))
    problem.value = undefined
    if (main.isDone) void loadDiscarded(stopped)
    version.value++
  } catch (error) {
    if (!stopped.aborted) problem.value = toApiProblem(error)
  }
}

/** Whether an exchange is of the chosen tenant: the newest exchanges are loaded without a search, which is faster. */
const isChosen = ({ tenant }: Exchange): boolean =>
  subject.value.tenant === undefined || tenant === subject.value.tenant

export const retention = signal<{ readonly before: string; readonly kept: string } | undefined>(undefined)

async function loadDiscarded(stopped: AbortSignal): Promise<void> {
  const settings = await call('GET /settings', { signal: stopped }).catch(() => undefined)
  if (!settings || stopped.aborted) return
  const { exchanges, bytes, oldest, retention: limits } = settings.journal
  if (oldest === undefined) return
  // Requests without valid credentials may leave a part of the limit unused.
  if (limits.bytes !== undefined && bytes > 0.85 * limits.bytes)
    retention.value = { before: oldest, kept: `the newest ${formatSize(limits.bytes)} of requests` }
  else if (exchanges >= limits.count)
    retention.value = { before: oldest, kept: `the newest ${formatCount(limits.count, 'request')}` }
  else if (Date.now() - Date.parse(oldest) > (limits.days - 1) * day)
    retention.value = { before: oldest, kept: `requests of the last ${formatCount(limits.days, 'day')}` }
}

export const isLoaded = (cycle: string, started: string): boolean =>
  excluded.has(cycle)
    ? ofCycles.get(cycle)?.isDone === true
    : main.isDone || (main.loadedDownTo !== undefined && main.loadedDownTo < started)

export function reload(): void {
  currentLoad.abort()
  currentLoad = new AbortController()
  list = createExchangeList()
  main = createStream()
  ofCycles = new Map()
  excluded = new Set()
  isWhole = false
  retention.value = undefined
  total.value = undefined
  problem.value = undefined
  pendingExchanges.clear()
  pendingCount.value = 0
  version.value++
  void loadFirst()
}

async function loadFirst(): Promise<void> {
  const { signal: stopped } = currentLoad
  loading.value = true
  const { isSearch, q, tenant } = subject.peek()
  // Rows without the headings of their cycles would move when those arrive.
  await Promise.all([load(main, isSearch ? q : ''), loadCycles(tenant)])
  if (stopped.aborted) return
  if (!isSearch) openFrom.value ??= cyclesOf(tenant)[0]?.started
  loading.value = false
  if (!isSearch) isWhole = main.isDone
  else if (main.isDone) total.value = { count: list.length, complete: true }
  else void countMatches(stopped)
  version.value++
}

async function countMatches(stopped: AbortSignal): Promise<void> {
  const query = { q: subject.value.q || undefined }
  const counted = await call('GET /exchanges/count', { query, signal: stopped }).catch(() => undefined)
  if (!stopped.aborted) total.value = counted
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
  const before = list.length
  list.addNewer([...pendingExchanges.values()])
  if (total.value) total.value = { ...total.value, count: total.value.count + list.length - before }
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

/** Returns a function that ends the updates. */
export function followSearch(): () => void {
  const stop = effect(() => {
    if (route.value?.page !== 'activity' || query.value.has('view')) return
    if (searchError.value) return
    const next = wanted.value
    watch(next.isSearch ? next.q : '')
    const isSame = isFollowing && next.q === subject.peek().q && next.isSearch === subject.peek().isSearch
    if (isSame) return
    toggled.value = new Set()
    openFrom.value = undefined
    isFollowing = true
    subject.value = next
    if (!isBackNavigation()) listPosition.top = 0
    untracked(reload)
  })
  return () => {
    stop()
    if (!subject.value.isSearch) return
    // Other pages need the events of all exchanges.
    isFollowing = false
    watch('')
  }
}

function addExchanges(exchanges: readonly Exchange[]): void {
  for (const exchange of exchanges) pendingExchanges.set(exchange.id, exchange)
  scheduleRender(() => {
    if (paused.value) pendingCount.value = pendingExchanges.size
    else showPending()
  })
}

onLive('exchange', exchange => {
  if (isFollowing && isChosen(exchange)) addExchanges([exchange])
})

// Exchanges between the request for the list and the start of the stream are in neither.
onLive('hello', () => {
  if (!isFollowing) return
  const q = subject.value.isSearch ? subject.value.q : undefined
  void call('GET /exchanges', { query: { q, limit: 200 } }).then(
    ({ items }) => addExchanges(items.filter(one => isChosen(one) && !list.has(one.id)).toReversed()),
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

function reloadAll(): void {
  forgetCycles()
  reload()
}

onLive('restart', reloadAll)
onLive('changed', ({ what }) => {
  if (what === 'reset') reloadAll()
})
