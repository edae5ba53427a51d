import { signal } from '@preact/signals'
import type { Cycle } from '../../../contract/cycles.ts'
import { call } from '../../api.ts'
import { onLive } from '../../live.ts'

/** The loaded cycles by id. */
export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())
/** The ids of the cycles whose exchanges are hidden. */
export const collapsed = signal<ReadonlySet<string>>(new Set())

export async function loadCycles(): Promise<void> {
  const page = await call('GET /cycles', { query: { limit: 200 } }).catch(() => undefined)
  storeCycles(page?.items ?? [])
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
  one.userAgent === other.userAgent

const runningWindow = 120_000

/** Whether more requests may follow: the client's next cycle or a pause ends a cycle. */
export const isRunning = (cycle: Cycle): boolean =>
  cycle.running && Date.now() - Date.parse(cycle.last) < runningWindow && isNewest(cycle)

onLive('cycle', cycle => storeCycles([cycle]))
// The expected start of the next cycle depends on the tenant's clock.
onLive('changed', ({ what }) => {
  if (what === 'clock') void loadCycles()
})
