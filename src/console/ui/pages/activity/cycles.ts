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

onLive<Cycle>('cycle', cycle => noteCycles([cycle]))
