import { signal } from '@preact/signals'
import type { Cycle, Page } from '../../answers.ts'
import { apiPath, get } from '../../api.ts'
import { onLive } from '../../live.ts'

/** The runs of clients that are known, by their ids. */
export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())
/** Those whose exchanges are hidden. */
export const collapsed = signal<ReadonlySet<string>>(new Set())

export async function loadCycles(): Promise<void> {
  const found = await get<Page<Cycle>>(apiPath(['cycles'], { limit: 200 })).catch(() => undefined)
  storeCycles(found?.items ?? [])
}

const storeCycles = (found: readonly Cycle[]) => {
  cycles.value = new Map([...cycles.value, ...found.map(cycle => [cycle.id, cycle] as const)])
}

const requested = new Set<string>()

/** A run that is older than those that were loaded. */
export function requestCycle(id: string): void {
  if (cycles.value.has(id) || requested.has(id)) return
  requested.add(id)
  void get<Cycle>(apiPath(['cycles', id])).then(
    cycle => storeCycles([cycle]),
    () => {},
  )
}

/** Whether no later run of the same client is known. */
export const isNewest = (cycle: Cycle): boolean =>
  ![...cycles.value.values()].some(other => other.started > cycle.started && isSameClient(other, cycle))

const isSameClient = (one: Cycle, other: Cycle): boolean =>
  one.tenant === other.tenant &&
  one.token?.id === other.token?.id &&
  one.client === other.client &&
  one.userAgent === other.userAgent

const runningWindow = 120_000

/** Whether a run may go on: the client's next one ends it, and so does silence. */
export const isRunning = (cycle: Cycle): boolean =>
  cycle.running && Date.now() - Date.parse(cycle.last) < runningWindow && isNewest(cycle)

onLive<Cycle>('cycle', cycle => storeCycles([cycle]))
// When the next one is expected depends on the tenant's clock.
onLive<{ readonly what: string }>('changed', ({ what }) => {
  if (what === 'clock') void loadCycles()
})
