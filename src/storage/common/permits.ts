import type { TakePermit } from '../../domain/ports/engine.ts'

type Bucket = { permits: number; filled: number }

/** Permits in memory: a second without requests fills a bucket. `monotonic` returns milliseconds. */
export function createPermits(monotonic: () => number): TakePermit {
  const buckets = new Map<string, Bucket>()
  return (tenant, kind, rate) => {
    const now = monotonic()
    const name = `${tenant} ${kind}`
    const bucket = buckets.get(name) ?? { permits: rate, filled: now }
    buckets.set(name, bucket)
    bucket.permits = Math.min(rate, bucket.permits + ((now - bucket.filled) * rate) / 1000)
    bucket.filled = now
    if (bucket.permits < 1) return false
    bucket.permits -= 1
    return true
  }
}
