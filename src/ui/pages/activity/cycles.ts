import { computed, signal } from '@preact/signals'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import { call } from '../../api.ts'
import { onLive } from '../../live.ts'

/** The loaded cycles by id, of all tenants. */
export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())
/** The ids of the cycles whose exchanges are hidden. */
export const collapsed = signal<ReadonlySet<string>>(new Set())

/** The tenant of the list; undefined for all. */
let listedTenant: string | undefined
let nextCycles: string | undefined
/** The pages that are being loaded. */
let loads = 0
/** Whether older cycles are still to be loaded. */
export const hasMoreCycles = signal(false)

/** Loads the newest cycles of a tenant, or of all. */
export async function loadCycles(tenant = listedTenant): Promise<void> {
  listedTenant = tenant
  nextCycles = undefined
  hasMoreCycles.value = false
  await loadPage()
}

/** Loads older cycles and collapses them. */
export async function loadOlderCycles(): Promise<void> {
  if (nextCycles === undefined) return
  const older = await loadPage(nextCycles)
  collapsed.value = new Set([...collapsed.value, ...older.map(({ id }) => id)])
}

async function loadPage(cursor?: string): Promise<readonly Cycle[]> {
  const tenant = listedTenant
  nextCycles = undefined
  loads++
  const page = await call('GET /cycles', { query: { limit: 200, cursor, tenant } }).catch(() => undefined)
  loads--
  if (tenant !== listedTenant) return []
  nextCycles = page?.next
  hasMoreCycles.value = nextCycles !== undefined
  storeCycles(page?.items ?? [])
  return page?.items ?? []
}

/** The loaded cycles, the one with the newest request first. */
const newestFirst = computed(() =>
  [...cycles.value.values()].sort((one, other) => (one.last < other.last ? 1 : -1)),
)

/** The cycles of a tenant, or of all, newest first. */
export const cyclesOf = (tenant: string | undefined): readonly Cycle[] =>
  tenant === undefined ? newestFirst.value : newestFirst.value.filter(cycle => cycle.tenant === tenant)

/** Collapses every cycle but the newest. */
export function collapseOlder(tenant: string | undefined): void {
  collapsed.value = new Set(
    cyclesOf(tenant)
      .slice(1)
      .map(({ id }) => id),
  )
}

const storeCycles = (loaded: readonly Cycle[]) => {
  for (const cycle of loaded) received.set(cycle, Date.now())
  if (loaded.some(({ running }) => running)) setTimeout(() => (now.value = Date.now()), runningWindow)
  cycles.value = new Map([...cycles.value, ...loaded.map(cycle => [cycle.id, cycle] as const)])
}

/** Removes all cycles: they may have been deleted. */
export function forgetCycles(): void {
  cycles.value = new Map()
  requested.clear()
}

const requested = new Set<string>()

/** Loads a cycle that is older than the loaded ones. */
export function requestCycle(id: string): void {
  if (loads > 0 || cycles.value.has(id) || requested.has(id)) return
  requested.add(id)
  void call('GET /cycles/:id', { params: { id } }).then(
    cycle => storeCycles([cycle]),
    () => {},
  )
}

/** Whether the client has no later cycle. Provisioning on demand is none. */
export const isNewest = (cycle: Cycle): boolean =>
  ![...cycles.value.values()].some(
    other => other.kind !== 'on-demand' && other.started > cycle.started && isSameClient(other, cycle),
  )

const isSameClient = (one: Cycle, other: Cycle): boolean =>
  one.tenant === other.tenant &&
  one.token?.id === other.token?.id &&
  one.client === other.client &&
  one.userAgent === other.userAgent &&
  (one.client === 'entra' || one.recognized?.product === other.recognized?.product)

/** Milliseconds without news of a cycle, after which it has ended: as on the server. */
const runningWindow = 5000
/** When the state of a cycle was received, by the clock of the browser. */
const received = new WeakMap<Cycle, number>()
/** The time of the last look at the running cycles. */
const now = signal(Date.now())

/** Whether more requests may follow: the client's next cycle or a pause ends a cycle. */
export const isRunning = (cycle: Cycle): boolean =>
  cycle.running && now.value - (received.get(cycle) ?? 0) < runningWindow && isNewest(cycle)

onLive('cycle', cycle => storeCycles([cycle]))
// The expected start of the next cycle depends on the tenant's clock.
onLive('changed', ({ what }) => {
  if (what === 'clock') void loadCycles()
})
