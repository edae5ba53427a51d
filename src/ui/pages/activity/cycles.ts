import { computed, signal } from '@preact/signals'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import { call } from '../../api.ts'
import { onLive } from '../../live.ts'

export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())

/** The tenant of the list; undefined for all. */
let listedTenant: string | undefined
let nextCycles: string | undefined
let loads = 0
export const hasMoreCycles = signal(false)

export async function loadCycles(tenant = listedTenant): Promise<void> {
  listedTenant = tenant
  nextCycles = undefined
  hasMoreCycles.value = false
  await loadPage()
}

export async function loadOlderCycles(): Promise<void> {
  if (nextCycles !== undefined) await loadPage(nextCycles)
}

async function loadPage(cursor?: string): Promise<void> {
  const tenant = listedTenant
  nextCycles = undefined
  loads++
  const page = await call('GET /cycles', { query: { limit: 200, cursor, tenant } }).catch(() => undefined)
  loads--
  if (tenant !== listedTenant) return
  nextCycles = page?.next
  hasMoreCycles.value = nextCycles !== undefined
  storeCycles(page?.items ?? [])
}

const newestFirst = computed(() =>
  [...cycles.value.values()].sort((one, other) => (one.last < other.last ? 1 : -1)),
)

export const cyclesOf = (tenant: string | undefined): readonly Cycle[] =>
  tenant === undefined ? newestFirst.value : newestFirst.value.filter(cycle => cycle.tenant === tenant)

const storeCycles = (loaded: readonly Cycle[]) => {
  for (const cycle of loaded) received.set(cycle, Date.now())
  if (loaded.some(({ running }) => running)) setTimeout(() => (now.value = Date.now()), runningWindow)
  cycles.value = new Map([...cycles.value, ...loaded.map(cycle => [cycle.id, cycle] as const)])
}

export function forgetCycles(): void {
  cycles.value = new Map()
  requested.clear()
}

const requested = new Set<string>()

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
const now = signal(Date.now())

/** Whether more requests may follow: the client's next cycle or a pause ends a cycle. */
export const isRunning = (cycle: Cycle): boolean =>
  cycle.running && now.value - (received.get(cycle) ?? 0) < runningWindow && isNewest(cycle)

/** Whether a cycle has ended without work. */
export function isIdle(id: string): boolean {
  const cycle = cycles.value.get(id)
  return (
    cycle !== undefined &&
    (cycle.kind === 'cycle' || cycle.kind === 'test-connection') &&
    cycle.created + cycle.modified + cycle.disabled + cycle.deleted + cycle.failed === 0 &&
    !isRunning(cycle)
  )
}

onLive('cycle', cycle => storeCycles([cycle]))
// The expected start of the next cycle depends on the tenant's clock.
onLive('changed', ({ what }) => {
  if (what === 'clock') void loadCycles()
})
