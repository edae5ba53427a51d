import { ownLiveMemory } from './live-memory.ts'
import type { Served } from './server.ts'
import { type Figure, require } from './trial.ts'

/** In MB: `resident` as the system counts, just before a full collection; `live` what is left after it. */
export type Sample = { readonly resident: number; readonly live: number }

/** Memory of a server that is inspected. */
export async function sampleOf(server: Served): Promise<Sample> {
  const resident = server.memory().now
  return { resident, live: await server.live() }
}

/** Memory of this process. */
export async function ownSample(): Promise<Sample> {
  const resident = process.memoryUsage.rss() / 1e6
  return { resident, live: await ownLiveMemory() }
}

/** In MB: what statements, caches and counters of a busy server still fill when half of the time is over. */
const mostGrowth = 8

/** Growth of what can't be let go of over the second half, when whatever is kept at most has been filled. */
export function growthOf(samples: readonly Sample[]): number {
  const live = samples.map(sample => sample.live)
  const half = Math.floor(live.length / 2)
  return Math.max(...live.slice(-2)) - Math.max(...live.slice(half - 1, half + 1))
}

/** Throws `TrialError` if memory grows without bound. */
export function requireSteady(samples: readonly Sample[]): void {
  const growth = growthOf(samples)
  require(growth < mostGrowth, `memory grows by ${growth.toFixed(1)} MB: ${inWords(samples, 'live')}`)
}

const inWords = (samples: readonly Sample[], which: keyof Sample): string =>
  samples.map(sample => sample[which].toFixed(0)).join(', ')

export const memoryFigures = (samples: readonly Sample[]): readonly Figure[] => [
  ['live memory after a collection, at each tenth, MB', inWords(samples, 'live')],
  ['resident memory before it, at each tenth, MB', inWords(samples, 'resident')],
]
