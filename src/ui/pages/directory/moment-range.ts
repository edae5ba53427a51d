import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Timeline } from '../../../domain/contract/identities.ts'

/** What the slider shows; without a limit, it begins with the first resource or ends now. */
export type Range = { readonly from?: string; readonly until?: string }

export const steps = 1000

export function dayRange(at: Date, isUtc: boolean): Range {
  if (Number.isNaN(at.getTime())) return {}
  const startOfDay = (later: number) =>
    isUtc
      ? new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + later))
      : new Date(at.getFullYear(), at.getMonth(), at.getDate() + later)
  return { from: startOfDay(0).toISOString(), until: startOfDay(1).toISOString() }
}

type Span = Pick<Cycle, 'kind' | 'tenantStarted' | 'tenantLast'>

/** The cycle that contains a time, or the newest; the time between two cycles where none does. */
export function cycleRange(at: string | undefined, newestFirst: readonly Span[]): Range {
  const cycles = newestFirst.filter(({ kind }) => kind === 'cycle')
  const time = at === undefined ? Number.POSITIVE_INFINITY : Date.parse(at)
  const index = cycles.findIndex(({ tenantStarted }) => Date.parse(tenantStarted) <= time)
  const cycle = cycles[index]
  if (!cycle) {
    const oldest = cycles.at(-1)
    return oldest ? { until: oldest.tenantStarted } : {}
  }
  const { tenantStarted, tenantLast } = cycle
  if (at === undefined || time <= Date.parse(tenantLast)) {
    return { from: tenantStarted, until: tenantLast }
  }
  const next = cycles[index - 1]
  return { from: tenantLast, ...(next && { until: next.tenantStarted }) }
}

/** Where a time is on the slider; now is at its end. */
export function toPosition({ from, until }: Timeline, at: string | undefined): number {
  if (at === undefined) return steps
  const length = Math.max(1, Date.parse(until) - Date.parse(from))
  const position = ((Date.parse(at) - Date.parse(from)) / length) * steps
  return Math.max(0, Math.min(steps, Math.round(position)))
}

const stopsOf = ({ buckets, before, after }: Timeline): readonly string[] =>
  [before, ...buckets.map(({ last }) => last), after].filter(stop => stop !== undefined)

export const stopBefore = (timeline: Timeline, at: string | undefined): string | undefined =>
  stopsOf(timeline).findLast(stop => at === undefined || Date.parse(stop) < Date.parse(at))

export const stopAfter = (timeline: Timeline, at: string): string | undefined =>
  stopsOf(timeline).find(stop => Date.parse(stop) > Date.parse(at))
