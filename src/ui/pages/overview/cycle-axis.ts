import type { OverviewCycle } from '../../../domain/contract/overview.ts'
import type { Token } from '../../../domain/contract/tokens.ts'

/** The results of cycles, from the bottom of a bar to its top. */
export const results = ['created', 'modified', 'disabled', 'deleted', 'failed'] as const
export type Result = (typeof results)[number]

/** The width of a bar with the gap after it, and the height of the tallest bar. */
export const step = 20
export const barWidth = 14
export const barHeight = 120

type Segment = { readonly result: Result; readonly from: number; readonly height: number }

/** The height grows with the square root, so that small cycles are legible next to the first one. */
export function toBars(cycles: readonly OverviewCycle[]): readonly (readonly Segment[])[] {
  const total = (cycle: OverviewCycle) => results.reduce((sum, result) => sum + cycle[result], 0)
  const largest = Math.max(1, ...cycles.map(total))
  return cycles.map(cycle => {
    const height = barHeight * Math.sqrt(total(cycle) / largest)
    let from = 0
    return results
      .filter(result => cycle[result] > 0)
      .map(result => {
        const segment = { result, from, height: Math.max(2, (height * cycle[result]) / total(cycle)) }
        from += segment.height
        return segment
      })
  })
}

export function positionOf(time: string, cycles: readonly OverviewCycle[]): number {
  const later = cycles.findIndex(({ tenantStarted }) => tenantStarted > time)
  return (later < 0 ? cycles.length : later) * step
}

export const lifeOf = ({ created, expires }: Token, cycles: readonly OverviewCycle[]) => ({
  from: positionOf(created, cycles),
  until: positionOf(expires, cycles),
})

const labelWidth = 84

export function toDateLabels(
  cycles: readonly OverviewCycle[],
  formatDay: (time: string) => string,
): readonly { readonly x: number; readonly date: string }[] {
  let free = 0
  let last: string | undefined
  return cycles.flatMap(({ tenantStarted }, at) => {
    const date = formatDay(tenantStarted)
    if (date === last || at * step < free) return []
    last = date
    free = at * step + labelWidth
    return [{ x: at * step, date }]
  })
}
