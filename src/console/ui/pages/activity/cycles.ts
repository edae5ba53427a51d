import { signal } from '@preact/signals'
import type { Cycle, Page } from '../../answers.ts'
import { apiPath, get } from '../../api.ts'
import { onLive } from '../../live.ts'

/** The runs of clients that are known, by their ids. */
export const cycles = signal<ReadonlyMap<string, Cycle>>(new Map())
/** Those whose exchanges are hidden. */
export const closed = signal<ReadonlySet<string>>(new Set())

export async function loadCycles(): Promise<void> {
  const found = await get<Page<Cycle>>(apiPath(['cycles'], { limit: 200 })).catch(() => undefined)
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

/** Whether no later run of the same client is known. */
export const isNewest = (cycle: Cycle): boolean =>
  ![...cycles.value.values()].some(other => other.started > cycle.started && isSameClient(other, cycle))

const isSameClient = (one: Cycle, other: Cycle): boolean =>
  one.tenant === other.tenant &&
  one.token?.id === other.token?.id &&
  one.client === other.client &&
  one.userAgent === other.userAgent

const stillRunning = 120_000

/** Whether a run may go on: the client's next one ends it, and so does silence. */
export const isRunning = (cycle: Cycle): boolean =>
  cycle.running && Date.now() - Date.parse(cycle.last) < stillRunning && isNewest(cycle)

onLive<Cycle>('cycle', cycle => noteCycles([cycle]))
// When the next one is expected depends on the tenant's clock.
onLive<{ readonly what: string }>('changed', ({ what }) => {
  if (what === 'clock') void loadCycles()
})
