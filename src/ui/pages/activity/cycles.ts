import { computed, signal } from '@preact/signals'
import type { Cycle } from '../../../contract/cycles.ts'
import { call } from '../../api.ts'
import { onLive } from '../../live.ts'

/** The loaded cycles by id. */
export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())
/** The ids of the cycles whose exchanges are hidden. */
export const collapsed = signal<ReadonlySet<string>>(new Set())

let nextCycles: string | undefined

export async function loadCycles(): Promise<void> {
  const page = await call('GET /cycles', { query: { limit: 200 } }).catch(() => undefined)
  nextCycles = page?.next
  storeCycles(page?.items ?? [])
}

/** Loads older cycles and collapses them. Returns false if there are none. */
export async function loadOlderCycles(): Promise<boolean> {
  if (nextCycles === undefined) return false
  const query = { limit: 200, cursor: nextCycles }
  nextCycles = undefined
  const page = await call('GET /cycles', { query }).catch(() => undefined)
  if (!page) return false
  nextCycles = page.next
  storeCycles(page.items)
  collapsed.value = new Set([...collapsed.value, ...page.items.map(({ id }) => id)])
  return true
}

/** The loaded cycles, the one with the newest request first. */
const newestFirst = computed(() =>
  [...cycles.value.values()].sort((one, other) => (one.last < other.last ? 1 : -1)),
)

/** The cycles whose exchanges are hidden, newest first. */
export const collapsedCycles = computed(() => newestFirst.value.filter(({ id }) => collapsed.value.has(id)))

/** Collapses every cycle but the newest. */
export function collapseOlder(): void {
  collapsed.value = new Set(newestFirst.value.slice(1).map(({ id }) => id))
}

const storeCycles = (loaded: readonly Cycle[]) => {
  cycles.value = new Map([...cycles.value, ...loaded.map(cycle => [cycle.id, cycle] as const)])
}

const requested = new Set<string>()

/** Loads a cycle that is older than the loaded ones. */
export function requestCycle(id: string): void {
  if (cycles.value.has(id) || requested.has(id)) return
  requested.add(id)
  void call('GET /cycles/:id', { params: { id } }).then(
    cycle => storeCycles([cycle]),
    () => {},
  )
}

/** Whether the client has no later cycle. */
export const isNewest = (cycle: Cycle): boolean =>
  ![...cycles.value.values()].some(other => other.started > cycle.started && isSameClient(other, cycle))

const isSameClient = (one: Cycle, other: Cycle): boolean =>
  one.tenant === other.tenant &&
  one.token?.id === other.token?.id &&
  one.client === other.client &&
  one.userAgent === other.userAgent &&
  (one.client === 'entra' || one.recognized?.product === other.recognized?.product)

const runningWindow = 120_000

/** Whether more requests may follow: the client's next cycle or a pause ends a cycle. */
export const isRunning = (cycle: Cycle): boolean =>
  cycle.running && Date.now() - Date.parse(cycle.last) < runningWindow && isNewest(cycle)

onLive('cycle', cycle => storeCycles([cycle]))
// The expected start of the next cycle depends on the tenant's clock.
onLive('changed', ({ what }) => {
  if (what === 'clock') void loadCycles()
})
