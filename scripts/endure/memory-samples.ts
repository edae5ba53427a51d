import { ownLiveMemory } from './live-memory.ts'
import type { Served } from './server.ts'
import { type Figure, require } from './trial.ts'

/** In MB: `resident` memory just before a full garbage collection, `live` memory after it. */
export type Sample = { readonly resident: number; readonly live: number }

/** Memory of a server that was started with the inspector. */
export async function sampleOf(server: Served): Promise<Sample> {
  const resident = server.memory().now
  return { resident, live: await server.live() }
}

/** Memory of this process. */
export async function ownSample(): Promise<Sample> {
  const resident = process.memoryUsage.rss() / 1e6
  return { resident, live: await ownLiveMemory() }
}

/** In MB: the growth of statements, caches and counters of a busy server in the second half of a trial. */
const maxGrowth = 8

/** Growth of live memory in the second half, when all bounded caches are full. */
export function growthOf(samples: readonly Sample[]): number {
  const live = samples.map(sample => sample.live)
  const half = Math.floor(live.length / 2)
  return Math.max(...live.slice(-2)) - Math.max(...live.slice(half - 1, half + 1))
}

/** Throws `TrialError` if memory grows without bound. */
export function requireSteady(samples: readonly Sample[]): void {
  const growth = growthOf(samples)
  require(growth < maxGrowth, `memory grows by ${growth.toFixed(1)} MB: ${formatSamples(samples, 'live')}`)
}

const formatSamples = (samples: readonly Sample[], which: keyof Sample): string =>
  samples.map(sample => sample[which].toFixed(0)).join(', ')

export const memoryFigures = (samples: readonly Sample[]): readonly Figure[] => [
  ['live memory at each tenth, MB', formatSamples(samples, 'live')],
  ['resident memory at each tenth, MB', formatSamples(samples, 'resident')],
]
