import type { Directory, Timeline } from '../ports/directory.ts'
import type { Reads } from './connect.ts'
import type { RunSearch } from './search.ts'
import { prepared } from './statement.ts'

/** Counts the changes of a tenant over time. */
export function createTimeline(reads: Reads, search: RunSearch): Directory['timeline'] {
  const firstCreated = prepared(`
    select min(created) as created from (
      (select created from resources where tenant = $1 order by key limit 1)
      union all (select created from deleted_resources where tenant = $1 order by key limit 1)) first`)
  const changesOf = prepared(`
    select greatest(0, least($4::bigint - 1, (at - $2::bigint) * $4::bigint / greatest(1, $3::bigint - $2::bigint))) as part, count(*) as n
    from (
      select at from versions where tenant = $1 and at <= $3
      union all select at from membership_events where tenant = $1 and at <= $3) changes
    group by part`)

  return async (tenant, until, parts, signal): Promise<Timeline> => {
    const [first] = await reads.query<{ readonly created: number | null }>(firstCreated, [tenant])
    const from = Math.min(until, first?.created ?? until)
    const changes = new Array<number>(parts).fill(0)
    const values = [tenant, from, until, parts]
    const rows = await search<{ readonly part: number; readonly n: number }>(
      [tenant],
      { ...changesOf, values },
      signal,
    )
    for (const { part, n } of rows) changes[part] = n
    return { from, until, changes }
  }
}
