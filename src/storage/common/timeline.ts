import type { Timeline, TimelineInterval, TimelineQuery } from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'

/** An interval from 0; -1 is what was before all of them, the number of intervals what came after. */
export type TimelineRow = {
  readonly part: number
  readonly n: number
  readonly first: number
  readonly last: number
}

export function timelineRange(
  { from, until, now }: TimelineQuery,
  beginning: number | null | undefined,
): Pick<Timeline, 'from' | 'until'> {
  const end = Math.min(until ?? now, now)
  return { from: Math.min(end, from ?? beginning ?? end), until: end }
}

export function toTimeline(
  range: Pick<Timeline, 'from' | 'until'>,
  parts: number,
  rows: readonly TimelineRow[],
): Timeline {
  const intervals = Array.from({ length: parts }, (): TimelineInterval => ({ changes: 0 }))
  let before: number | undefined
  let after: number | undefined
  for (const { part, n, first, last } of rows) {
    if (part < 0) before = Math.max(before ?? last, last)
    else if (part >= parts) after = Math.min(after ?? first, first)
    else {
      const { changes = 0, last: previous = last } = intervals[part] ?? {}
      intervals[part] = { changes: changes + n, last: Math.max(previous, last) }
    }
  }
  return { ...range, intervals, ...compact({ before, after }) }
}
