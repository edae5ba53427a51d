import type { OverviewCycle } from '../../../domain/contract/overview.ts'
import { minute } from '../../../domain/duration.ts'

/** The kinds of change, from the line up. */
export const kinds = ['modified', 'created', 'disabled', 'deleted'] as const
export type Kind = (typeof kinds)[number]

/** Pixels. Changes stand on `line`, failures hang below it. Widths are percents, so that a phone gets the same picture. */
export const strip = { top: 36, line: 140, lane: 143, laneHeight: 18, height: 200 }

/** Up to so many cycles have a tenth of the width each, and all their numbers. */
const few = 8
/** A larger cycle than this many times the next one gets a broken top. */
const outlier = 4
/** One failure is no tower: the axis of failures ends at this many at least. */
const leastFailures = 12
/** Percent, with room on a phone. */
const labelWidth = 24

export type Column = {
  readonly cycle: OverviewCycle
  readonly x: number
  readonly width: number
  readonly total: number
  readonly isBroken: boolean
  readonly segments: readonly { readonly kind: Kind; readonly y: number; readonly height: number }[]
  /** The height of its failures below the line. */
  readonly failures: number
  readonly hasNumber: boolean
  /** How the clock's move before it is marked, if it is no repetition of the previous one. */
  readonly moved: 'label' | 'sign' | undefined
}

export const changesOf = (cycle: OverviewCycle): number => kinds.reduce((sum, kind) => sum + cycle[kind], 0)

/** Where the linear scale ends: at the largest cycle that is not an outlier. One of twenty may be one. */
export function scaleEnd(cycles: readonly OverviewCycle[]): number {
  const sizes = cycles.map(changesOf).filter(size => size > 0)
  sizes.sort((one, other) => other - one)
  let outliers = Math.max(1, Math.floor(cycles.length / 20))
  while (outliers-- > 0 && sizes.length > 1 && (sizes[0] ?? 0) > outlier * (sizes[1] ?? 0)) sizes.shift()
  return sizes[0] ?? 1
}

/** The columns of the strip and the place of the next cycle. A cycle without work has a third of the width. */
export function layOut(cycles: readonly OverviewCycle[]) {
  const hasRoom = cycles.length <= few
  const weights = [...cycles.map(cycle => (changesOf(cycle) > 0 || cycle.failed > 0 ? 3 : 1)), 3]
  const unit = hasRoom ? 10 / 3 : 100 / weights.reduce((sum, weight) => sum + weight)
  const places: { readonly x: number; readonly width: number }[] = []
  let x = 0
  for (const weight of weights) {
    places.push({ x, width: weight * unit * (hasRoom ? 0.4 : 0.78) })
    x += weight * unit
  }
  const end = scaleEnd(cycles)
  const most = Math.max(leastFailures, ...cycles.map(({ failed }) => failed))
  const highest = cycles.findIndex(cycle => changesOf(cycle) === end)
  let labelEnd = 0
  const markOf = (at: number): Column['moved'] => {
    const [before, move] = [cycles[at - 1], cycles[at]].map(cycle => cycle?.clockMoved)
    if (move === undefined || (before !== undefined && Math.abs(move - before) < minute)) return undefined
    const left = places[at]?.x ?? 0
    if (left < labelEnd) return 'sign'
    labelEnd = left + labelWidth
    return 'label'
  }
  const columns = cycles.map((cycle, at): Column => {
    const total = changesOf(cycle)
    const isBroken = total > end
    const isNumbered =
      hasRoom || isBroken || at === cycles.length - 1 || (at === highest && cycles.length - at > 5)
    return {
      cycle,
      ...(places[at] ?? { x: 0, width: 0 }),
      total,
      isBroken,
      segments: stack(cycle, (strip.line - strip.top) / Math.max(end, total)),
      failures: cycle.failed === 0 ? 0 : Math.max(4, (cycle.failed / most) * strip.laneHeight),
      hasNumber: isNumbered && total > 0,
      moved: markOf(at),
    }
  })
  return { columns, next: places.at(-1) ?? { x: 0, width: 0 }, hasRoom }
}

function stack(cycle: OverviewCycle, scale: number): Column['segments'] {
  let y = strip.line
  return kinds
    .filter(kind => cycle[kind] > 0)
    .map(kind => {
      const height = Math.max(2, cycle[kind] * scale)
      y -= height
      return { kind, y, height }
    })
}
