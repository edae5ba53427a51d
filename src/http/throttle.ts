import { errors } from '../scim/error.ts'
import type { Tenant } from '../tenants/tenant.ts'

type Bucket = { left: number; filled: number }
type Kind = 'write' | 'read'

/**
 * Refuses what goes over the profile's requests a second and tenant, where the tenant asks for that (AWS's
 * quotas: 25 writes, 40 reads). `monotonic` gives milliseconds.
 */
export function createThrottle(monotonic: () => number): (tenant: Tenant, method: string) => void {
  const buckets = new Map<string, Bucket>()
  return (tenant, method) => {
    if (tenant.settings.throttle === 'off') return
    const kind: Kind = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
    const { readsPerSecond, writesPerSecond } = tenant.profile.limits
    const rate = kind === 'read' ? readsPerSecond : writesPerSecond
    if (!take(bucketOf(buckets, `${tenant.key} ${kind}`, rate, monotonic()), rate, monotonic())) {
      throw errors.throttled(
        `More than ${rate} ${kind} requests in a second. Wait a moment and send it again.`,
      )
    }
  }
}

function bucketOf(buckets: Map<string, Bucket>, name: string, rate: number, now: number): Bucket {
  const known = buckets.get(name)
  if (known) return known
  const bucket = { left: rate, filled: now }
  buckets.set(name, bucket)
  return bucket
}

function take(bucket: Bucket, rate: number, now: number): boolean {
  bucket.left = Math.min(rate, bucket.left + ((now - bucket.filled) * rate) / 1000)
  bucket.filled = now
  if (bucket.left < 1) return false
  bucket.left -= 1
  return true
}
