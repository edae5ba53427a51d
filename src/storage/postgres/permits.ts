import type { TakePermit } from '../../domain/ports/engine.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

// A second without requests fills a bucket.
const available = (bucket: string) =>
  `least($3::double precision, ${bucket}.available + extract(epoch from clock_timestamp() - ${bucket}.filled) * $3)`
const take = prepared(`
  insert into buckets as held (tenant, kind, available, filled)
  values ($1, $2, $3::double precision - 1, clock_timestamp())
  on conflict (tenant, kind) do update set available = ${available('held')} - 1, filled = clock_timestamp()
  where ${available('held')} >= 1
  returning tenant`)
const missing = prepared(
  `select 1 - ${available('held')} as share from buckets as held where tenant = $1 and kind = $2`,
)

/** Without a permit, the time of the next one is remembered, so that a flood of requests costs no statements. */
export function createPostgresPermits(statements: Pick<Reads, 'query'>, monotonic: () => number): TakePermit {
  const emptyUntil = new Map<string, number>()
  return (tenant, kind, rate) => {
    const name = `${tenant} ${kind}`
    const until = emptyUntil.get(name)
    if (until !== undefined && monotonic() < until) return false
    emptyUntil.delete(name)
    return takePermit(tenant, kind, rate, name)
  }

  async function takePermit(tenant: number, kind: string, rate: number, name: string): Promise<boolean> {
    const values = [tenant, kind, rate]
    if ((await statements.query(take, values)).length > 0) return true
    const [{ share } = { share: 0 }] = await statements.query<{ readonly share: number }>(missing, values)
    emptyUntil.set(name, monotonic() + (Math.max(0, share) / rate) * 1000)
    return false
  }
}
