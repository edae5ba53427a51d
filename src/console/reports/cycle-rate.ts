import type { CycleRate } from '../../domain/contract/cycles.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Cycle } from '../../domain/ports/analysis.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Profile } from '../../profiles/profile.ts'

const maxRead = 20_000
const maxSeconds = 600
const second = 1000

type Second = CycleRate['seconds'][number]

export async function readCycleRate(
  journal: Pick<Journal, 'batches'>,
  { id, last }: Pick<Cycle, 'id' | 'last'>,
  profile: Profile | undefined,
  signal: AbortSignal,
) {
  const end = Math.floor(last / second)
  const counts: Second[] = []
  let read = 0
  let complete = true
  const search = [{ key: 'cycle', value: id }] as const
  for await (const exchanges of journal.batches({ search, bodies: 'none', signal })) {
    for (const exchange of exchanges) {
      const before = Math.max(0, end - Math.floor(exchange.at / second))
      if (before >= maxSeconds) complete = false
      else note(counts, before, exchange)
    }
    read += exchanges.length
    if (read < maxRead) continue
    complete = false
    break
  }
  const seconds = Array.from(
    { length: counts.length },
    (_, at) => counts[counts.length - 1 - at] ?? { reads: 0, writes: 0, throttled: 0 },
  )
  const most = (of: (one: Second) => number) => seconds.reduce((found, one) => Math.max(found, of(one)), 0)
  const limits = profile?.requests.limits
  return {
    ...(limits && { limits: { reads: limits.readsPerSecond, writes: limits.writesPerSecond } }),
    from: (end - Math.max(0, seconds.length - 1)) * second,
    seconds,
    peak: { reads: most(one => one.reads), writes: most(one => one.writes) },
    throttled: seconds.reduce((sum, one) => sum + one.throttled, 0),
    complete,
  }
}

/** The operations of a bulk request are one request. */
function note(counts: Second[], at: number, { method, operation, status, parent }: Exchange): void {
  if (parent !== undefined) return
  const count = counts[at] ?? { reads: 0, writes: 0, throttled: 0 }
  const isRead = method === 'GET' || method === 'HEAD' || operation === 'search'
  counts[at] = {
    reads: count.reads + (isRead ? 1 : 0),
    writes: count.writes + (isRead ? 0 : 1),
    throttled: count.throttled + (status === 429 ? 1 : 0),
  }
}
